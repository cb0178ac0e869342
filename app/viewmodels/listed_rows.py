"""What is told about the rows of the list, and what can be done with them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from app.core.drafts import Draft
from app.viewmodels import elsewhere, row, sentences
from app.viewmodels.aim import Aim
from app.viewmodels.command_line import send_command
from app.viewmodels.destinations import DestinationsModel
from app.viewmodels.intake import Intake
from app.viewmodels.row import RowAction
from app.viewmodels.targets import Targets
from app.viewmodels.uploads import UploadsModel
from app.viewmodels.usual import UsualDurations

# None of it is told before the window is painted.
if TYPE_CHECKING:
    from app.core.previews import Preview
    from app.transfer.upload_log import UploadLog
    from app.viewmodels.details import Details


class ListedRows:
    """Ids are row ids (“d12” a draft, “u5” an upload); of a row that is gone nothing is told.

    `epoch` is now, in seconds since the epoch.
    """

    def __init__(
        self,
        uploads: UploadsModel,
        intake: Intake,
        destinations: DestinationsModel,
        targets: Targets,
        aim: Aim,
        usual: UsualDurations,
        epoch: Callable[[], float],
    ) -> None:
        self._uploads = uploads
        self._intake = intake
        self._destinations = destinations
        self._targets = targets
        self._aim = aim
        self._usual = usual
        self._epoch = epoch
        self._log: UploadLog | None = None

    def begin(self, log: UploadLog | None) -> None:
        """The lines logged about uploads are read here from now on."""
        self._log = log

    def actions(self, id: str) -> tuple[RowAction, ...]:
        """Everything that can be done with a row, the main action first."""
        upload = self._uploads.upload(id)
        if upload is not None:
            other = self._uploads.elsewhere(id)
            if other is not None:
                return elsewhere.actions(other)
            return row.actions(upload, self._destinations.family_of(upload.destination))
        draft = self._draft(id)
        if draft is None:
            return ()
        from app.viewmodels.corrected import healed

        return row.draft_actions(draft, correctable=bool(healed(draft, self._aim.family)))

    def details(self, id: str) -> Details | None:
        """Everything there is to say about a row."""
        from app.viewmodels.details import Beyond, details

        upload = self._uploads.upload(id)
        if upload is None:
            target = self._targets.of(self._aim.destination, {})
            return details(None, self._draft(id), target, Beyond(self._epoch()))
        target = self._targets.of(upload.destination, upload.options)
        logged = self._log.lines(upload.id) if self._log and self._uploads.is_own(id) else ()
        usual = self._usual.of(upload.destination, upload.options)
        beyond = Beyond(self._epoch(), usual, logged)
        return details(upload, self._uploads.prepared(id), target, beyond)

    async def preview(self, id: str, first: int, count: int) -> Preview:
        """`count` records or rows of a row's file from number `first` on. Raises Problem."""
        upload = self._uploads.upload(id)
        if upload is not None:
            family = self._destinations.family_of(upload.destination)
        else:
            family = self._aim.family
        known = upload or self._draft(id)
        if family is None or known is None:
            from app.core.previews import Facts

            return Facts(())
        return await asyncio.to_thread(family.preview, known.source, first, count)

    def commands(self, ids: Sequence[str]) -> str:
        """A line for each send among these rows, that does the same in a terminal."""
        sends: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
        for id in ids:
            upload = self._uploads.upload(id)
            draft = self._draft(id)
            if upload is not None:
                key = upload.destination, tuple(sorted(upload.options.items()))
                sends.setdefault(key, []).append(upload.source.path)
            elif draft is not None:
                key = self._aim.destination, tuple(sorted(self._aim.options.values.items()))
                sends.setdefault(key, []).append(draft.source.path)
        lines = []
        for (destination, options), paths in sends.items():
            found = self._destinations.find(destination)
            family = self._destinations.family_of(destination)
            if found is not None and family is not None:
                lines.append(send_command(paths, found.name, dict(options), family.options))
        return "\n".join(lines)

    def link(self, id: str) -> str:
        """The address of the row's job in the server's web application, or empty."""
        upload = self._uploads.upload(id)
        return sentences.link(upload) if upload else ""

    def _draft(self, id: str) -> Draft | None:
        return self._intake.find(int(id[1:])) if id.startswith("d") else None
