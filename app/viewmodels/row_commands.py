"""What can be asked about rows: every command of the menu, handed to the engine."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from PySide6.QtCore import QObject, Signal

from app.core.catalogue import FILE_CHANGED
from app.core.jobs import JobAction
from app.core.uploads import FINAL, Phase, Upload
from app.viewmodels import row
from app.viewmodels.intake import Intake
from app.viewmodels.notices import Notice
from app.viewmodels.row import RowAction
from app.viewmodels.tasks import TaskScope
from app.viewmodels.uploads import UploadsModel
from app.viewmodels.words import counted

if TYPE_CHECKING:
    from app.transfer.engine import Engine
    from app.transfer.host import EngineHost
    from app.transfer.queues import Where
    from app.viewmodels.lost_files import LostFiles

P = ParamSpec("P")

UNDO_SECONDS = 10.0
GESTURE_SECONDS = 0.5


class RowCommands(QObject):
    """Commands return at once; ids are row ids (“d12” a draft, “u5” an upload)."""

    notice = Signal(object)
    """A Notice."""

    tasks: TaskScope
    uploads: UploadsModel
    intake: Intake

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._host: EngineHost | None = None
        self._cancelled: list[str] = []
        self._cancelled_at = 0.0
        self._undo: Callable[[], None] | None = None

    @property
    def host(self) -> EngineHost:
        """The engine's host. Raises RuntimeError before there is one."""
        if self._host is None:
            raise RuntimeError("the engine has not begun")
        return self._host

    @property
    @abstractmethod
    def lost(self) -> LostFiles:
        """What is done about files that are gone."""

    @property
    def engine(self) -> type[Engine]:
        """Has the commands. It is loaded with the first of them, not for the first paint."""
        from app.transfer.engine import Engine

        return Engine

    @property
    def begun(self) -> bool:
        """Whether there is an engine to command."""
        return self._host is not None

    @abstractmethod
    def upload(self, ids: Iterable[str] | None = None) -> None:
        """Sends the drafts that are ready, or those of them in `ids`."""

    @abstractmethod
    async def take_over(self) -> None:
        """Lists what ended processes left unfinished. Raises Problem."""

    def remove(self, ids: Iterable[str]) -> None:
        """Takes rows off the list; what is not sent yet is cancelled, a server's job goes on."""
        ids = list(ids)
        drafts = [number(id) for id in ids if id.startswith("d")]
        self.uploads.remove_drafts(drafts)
        self.intake.remove(drafts)
        uploads = self.known(ids)
        waiting = [one.id for one in uploads if one.phase not in (*FINAL, Phase.PROCESSING)]
        if uploads:
            self.command(_remove, waiting, [one.id for one in uploads])

    def clear_finished(self) -> None:
        """Takes off the list what is done or cancelled."""
        self.remove(self.uploads.ids(("done", "done_with_errors", "cancelled")))

    def cancel(self, ids: Iterable[str]) -> None:
        """Cancels sends, to be undone within ten seconds; asks the server to cancel its jobs."""
        uploads = [one for one in self.known(ids) if not one.phase.final]
        self.command(self.engine.cancel, [one.id for one in uploads])
        taken = [f"u{one.id}" for one in uploads if one.phase is not Phase.PROCESSING]
        if taken:
            now = time.monotonic()
            # A gesture on several rows arrives row by row.
            together = now - self._cancelled_at < GESTURE_SECONDS
            self._cancelled = [*self._cancelled, *taken] if together else taken
            self._cancelled_at = now
            self.uploads.offer_undo(taken, UNDO_SECONDS)
            n = len(self._cancelled)
            text = counted(n, "{n} upload cancelled", "{n} uploads cancelled")
            self.offer_undo(text, self._uncancel)

    def offer_undo(self, text: str, undo: Callable[[], None]) -> None:
        """Tells what was done; until the next such thing it can be taken back."""
        self._undo = undo
        self.notice.emit(Notice(text, action=RowAction.UNDO))

    def undo(self) -> None:
        """Takes back what was done last, if that is possible."""
        undo, self._undo = self._undo, None
        if undo is not None:
            undo()

    def retry(self, ids: Iterable[str]) -> None:
        """A new attempt; of a file that changed, with the file as it is now."""
        ids = list(ids)
        changed = [one for one in self.known(ids) if one.phase is Phase.FAILED and _stale(one)]
        for one in changed:
            self.tasks.start(self.lost.use(f"u{one.id}", Path(one.source.path)))
        as_it_is = {one.id for one in changed}
        self.command(self.engine.retry, [id for id in numbers(ids) if id not in as_it_is])

    def retry_all_failed(self) -> None:
        self.retry(self.uploads.ids(("failed",)))

    def hold(self, ids: Iterable[str]) -> None:
        self.command(self.engine.hold, numbers(ids))

    def release(self, ids: Iterable[str]) -> None:
        self.command(self.engine.release, numbers(ids))

    def start_now(self, ids: Iterable[str]) -> None:
        self.command(self.engine.start_now, numbers(ids))
        self._put_in_order(ids)

    def move(self, ids: Iterable[str], where: Where) -> None:
        """Changes the order of what has not begun."""
        self.command(self.engine.move, numbers(ids), where)
        self._put_in_order(ids)

    def unwatch(self, ids: Iterable[str]) -> None:
        self.command(self.engine.unwatch, numbers(ids))

    def watch(self, ids: Iterable[str]) -> None:
        """Follows again, or looks at once."""
        self.command(self.engine.watch, numbers(ids))

    def look_again(self, ids: Iterable[str]) -> None:
        """Asks the server once more whether it has the file."""
        self.command(self.engine.look_again, numbers(ids))

    def send_anyway(self, ids: Iterable[str]) -> None:
        self.command(self.engine.send_anyway, numbers(ids))

    def approve(self, ids: Iterable[str], comment: str) -> None:
        """Gives the approval these jobs wait for, where the server lets the person."""
        for upload in self.known(ids):
            if upload.job is not None and JobAction.APPROVE in upload.job.actions:
                self.act(f"u{upload.id}", JobAction.APPROVE, comment)

    def act(self, id: str, action: JobAction, comment: str = "") -> None:
        """Asks the server to do something with a job."""
        self.command(self.engine.act, numbers([id]), action, comment)

    def try_now(self, destination: str) -> None:
        """Ends waits for the network, for a busy server, for a retry."""
        self.command(self.engine.try_now, destination)

    def perform(self, id: str, action: RowAction) -> bool:
        """Does what needs no question; False when it is for the view to ask or show."""
        if action is RowAction.TAKE_OVER:
            self.tasks.start(self.take_over())
            return True
        if self.uploads.elsewhere(id) is not None:
            return action not in (RowAction.OPEN_ON_SERVER, RowAction.DETAILS)
        match action:
            case RowAction.UPLOAD:
                self.upload([id])
            case RowAction.REMOVE if self.uploads.code(id) not in row.ON_SERVER:
                self.remove([id])
            case RowAction.START_NOW:
                self.start_now([id])
            case RowAction.PAUSE | RowAction.STOP:
                self.hold([id])
            case RowAction.CANCEL if self.uploads.code(id) not in row.ON_SERVER:
                self.cancel([id])
            case RowAction.RESUME:
                self.release([id])
            case RowAction.TRY_NOW:
                self._try_row(id)
            case RowAction.UNWATCH:
                self.unwatch([id])
            case RowAction.CHECK_NOW | RowAction.WATCH:
                self.watch([id])
            case RowAction.RETRY | RowAction.UPLOAD_AGAIN | RowAction.UNDO:
                self.retry([id])
            case RowAction.LOOK_AGAIN:
                self.look_again([id])
            case RowAction.SEND_ANYWAY if id.startswith("u"):
                self.send_anyway([id])
            case _:
                return False
        return True

    def known(self, ids: Iterable[str]) -> list[Upload]:
        """The uploads of this process among these rows."""
        own = (id for id in ids if self.uploads.is_own(id))
        return [one for one in map(self.uploads.upload, own) if one is not None]

    def command(
        self, command: Callable[Concatenate[Engine, P], object], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Hands a command to the engine; what goes wrong becomes a notice."""
        self.tasks.start(self.host.call(command, *args, **kwargs))

    # --- inside

    def _uncancel(self) -> None:
        cancelled, self._cancelled = self._cancelled, []
        self.retry(cancelled)

    def _try_row(self, id: str) -> None:
        upload = self.uploads.upload(id)
        if upload is None:
            return
        if upload.phase is Phase.SENDING:
            # Nothing moves any more: stop it and let it go on at once.
            self.command(_restart, upload.id)
        else:
            self.try_now(upload.destination)

    def _put_in_order(self, ids: Iterable[str]) -> None:
        self.tasks.start(self._order({one.destination for one in self.known(ids)}))

    async def _order(self, destinations: Iterable[str]) -> None:
        for destination in destinations:
            self.uploads.reorder(await self.host.call(self.engine.order, destination))


def _remove(engine: Engine, waiting: Sequence[int], ids: Sequence[int]) -> None:
    """One command, so that nothing can begin in between."""
    engine.cancel(waiting)
    engine.forget(ids)


def _restart(engine: Engine, id: int) -> None:
    engine.hold([id])
    engine.release([id])


def _stale(upload: Upload) -> bool:
    return upload.problem is not None and upload.problem.id == FILE_CHANGED.id


def number(id: str) -> int:
    return int(id[1:])


def numbers(ids: Iterable[str]) -> list[int]:
    return [number(id) for id in ids if id.startswith("u")]
