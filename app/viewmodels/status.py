"""The live panel: what is going on, in figures and sentences, kept by moves and ticks."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.core.changes import LaneChanged
from app.core.problems import JobFailed
from app.core.uploads import Phase, Upload
from app.transfer.meter import Rate
from app.viewmodels import row, words
from app.viewmodels.destinations import DestinationsModel
from app.viewmodels.panel_lines import (
    NEEDING,
    LaneLine,
    NeedLine,
    WorkLine,
    lane_line,
    need_lines,
    work_text,
)
from app.viewmodels.row import Kind
from app.viewmodels.throughput import Throughput
from app.viewmodels.uploads import Moved
from app.viewmodels.words import counted, tr


@dataclass(frozen=True, slots=True)
class Totals:
    """Figures of the run: of all that was unfinished since the window was last idle."""

    files: int = 0
    done: int = 0
    active: int = 0
    """Being prepared, sent or worked on."""
    waiting: int = 0
    needs: int = 0
    failed: int = 0
    sent_bytes: int = 0
    confirmed_bytes: int = 0
    all_bytes: int = 0
    size_known: bool = True

    @property
    def fraction(self) -> float:
        """Of the bytes; 1 only when all of them are confirmed."""
        if not self.all_bytes:
            return 0.0
        if self.confirmed_bytes >= self.all_bytes:
            return 1.0
        return min(self.sent_bytes / self.all_bytes, row.ALMOST)


class StatusModel(QObject):
    """`changed` when anything shown may be different; the figures are read afterwards."""

    changed = Signal()
    delivered = Signal(object, object)
    """(what moved, the lanes that changed), for what is told outside the window."""

    def __init__(
        self,
        destinations: DestinationsModel,
        parent: QObject | None = None,
        *,
        epoch: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._destinations = destinations
        self._epoch = epoch
        self._clock = clock
        self._run: dict[int, Upload] = {}
        self._codes: dict[str, set[int]] = {}
        self._code_of: dict[int, str] = {}
        self._all: dict[int, Upload] = {}
        self._moving: set[int] = set()
        self._bytes_all = 0
        self._bytes_sent = 0
        self._partial = 0
        self._counts: Counter[Kind] = Counter()
        """Uploads of the run by kind; kept up, since there may be thousands of them."""
        self._rate = Rate()
        self._throughput = Throughput()
        self._at_each: Counter[tuple[str, str]] = Counter()
        """Uploads by destination and state."""
        self._refused: tuple[str, ...] = ()
        self._asking: tuple[str, ...] = ()
        self._last = ""
        self._lane_ids: dict[str, None] = {}
        self._notes: dict[str, str] = {}
        self.paused = False

    # --- figures and sentences

    @property
    def lanes(self) -> list[LaneLine]:
        """The destinations in use since the start."""
        lines = []
        for id in self._lane_ids:
            destination, lane = self._destinations.find(id), self._destinations.lane(id)
            if destination is None or lane is None:
                continue
            family = self._destinations.family_of(id)
            counts = {code: n for (where, code), n in self._at_each.items() if where == id}
            light = self._destinations.light(id)
            lines.append(lane_line(destination, family, lane, light, counts, paused=self.paused))
        return lines

    @property
    def busy(self) -> bool:
        """Whether anything is unfinished, the servers' work included."""
        return bool(self._moving)

    @property
    def totals(self) -> Totals:
        counts = self._counts
        moving = sum(len(self._ids(code)) for code in row.MOVING)
        return Totals(
            files=len(self._run),
            done=counts[Kind.DONE],
            active=moving,
            waiting=max(0, counts[Kind.ACTIVE] - moving),
            needs=counts[Kind.NEEDS] + self._needing_drafts,
            failed=counts[Kind.FAILED],
            sent_bytes=min(self._bytes_sent + self._partial, self._bytes_all),
            confirmed_bytes=self._bytes_sent,
            all_bytes=self._bytes_all,
        )

    @property
    def rate(self) -> str:
        return words.rate(self._rate.per_second) if self.sending else ""

    @property
    def eta(self) -> str:
        """For the bytes; the servers' own work cannot be foretold."""
        if not self.sending or self._bytes_sent + self._partial >= self._bytes_all:
            return ""
        return words.eta(self._rate.time_left(self._bytes_all, self._clock()))

    @property
    def bytes(self) -> str:
        """“12.4 of 20.3 MB”; empty while nothing is to be sent."""
        totals = self.totals
        return words.size_of(totals.sent_bytes, totals.all_bytes) if totals.all_bytes else ""

    @property
    def bars(self) -> tuple[float, ...]:
        """Bytes per second over the last minutes, the oldest first; none while nothing moved."""
        return self._throughput.bars(self._clock())

    @property
    def sending(self) -> bool:
        return bool(self._ids("uploading"))

    @property
    def headline(self) -> str:
        """The one sentence that matters most just now."""
        for codes, one, many in _HEADLINES:
            n = sum(len(self._ids(code)) for code in codes)
            if "invalid" in codes:
                n += self._needing_drafts
            if n:
                return counted(n, one, many)
        return self.summary

    @property
    def summary(self) -> str:
        """What to say while nothing runs."""
        if self._last:
            return tr("Nothing running. {last}", last=self._last)
        return tr("Nothing running.")

    @property
    def last(self) -> str:
        """“Last batch: 40 files, 38 done, 2 need you, 10:42”, or empty."""
        return self._last

    @property
    def needs(self) -> list[NeedLine]:
        """What needs the person, the same reasons together, most rows first."""
        codes = (*NEEDING, "failed")
        needing = [(code, self._all[id]) for code in codes for id in sorted(self._ids(code))]
        return need_lines(needing, self._refused, self._asking)

    @property
    def works(self) -> list[WorkLine]:
        """What each server works on for us."""
        jobs: dict[str, list[Upload]] = {}
        for code in row.ON_SERVER:
            for number in self._ids(code):
                upload = self._all[number]
                jobs.setdefault(upload.destination, []).append(upload)
        lines = []
        for id, uploads in jobs.items():
            destination = self._destinations.find(id)
            name = destination.name if destination else ""
            lines.append(WorkLine(id, name, work_text(uploads)))
        return lines

    @property
    def notes(self) -> list[str]:
        """What is to be known about the computer itself: “Computer stays awake while uploading”."""
        return list(self._notes.values())

    # --- feeding

    def note(self, key: str, text: str) -> None:
        """One sentence about the computer; empty takes it back."""
        if self._notes.get(key, "") != text:
            self._notes.pop(key, None)
            if text:
                self._notes[key] = text
            self.changed.emit()

    def forget_speed(self) -> None:
        """Time has passed in which nothing could move: speed and time left are found anew."""
        self._rate = Rate()

    def moved(self, moves: Sequence[Moved], lanes: Mapping[str, LaneChanged]) -> bool:
        """Takes what moved in the table, and the lanes that changed; whether a run ended with it.

        An upload may have done all its way since the last call, so what is new counts even if it
        has ended already.
        """
        counting = [move for move in moves if self._counts_now(move)]
        if counting and not self._moving:
            self._begin_run()
        ran = bool(self._moving or counting)
        for move in moves:
            if move.after is not None:
                self._follow(move.before, move.after)
            elif move.before is not None:
                self._forget(move.before)
        sent = self._bytes_sent + self._partial
        if sent > self._throughput.counted:
            # What is sent between two ticks counts, too.
            self._throughput.read(sent, self._clock())
        self._lane_ids.update(dict.fromkeys(lanes))
        ended = ran and bool(moves) and not self._moving and bool(self._run)
        if ended:
            self._end_run()
        self.delivered.emit(moves, lanes)
        self.changed.emit()
        return ended

    def tick(self, partial: int) -> None:
        """`partial` is the bytes sent of all unfinished rows."""
        self._partial = partial
        self._rate.read(self._bytes_sent + partial, self._clock())
        self._throughput.read(self._bytes_sent + partial, self._clock())
        self.changed.emit()

    def drafts_need(self, refused: Sequence[str], asking: Sequence[str]) -> None:
        """The drafts that cannot be sent, and those that ask something first."""
        if (tuple(refused), tuple(asking)) != (self._refused, self._asking):
            self._refused, self._asking = tuple(refused), tuple(asking)
            self.changed.emit()

    # --- inside

    @property
    def _needing_drafts(self) -> int:
        return len(self._refused) + len(self._asking)

    def _ids(self, code: str) -> set[int]:
        return self._codes.get(code, set())

    def _counts_now(self, move: Moved) -> bool:
        """Whether it belongs to the run: on its way, or new to us."""
        return move.after is not None and (not move.after.phase.final or move.before is None)

    def _follow(self, before: Upload | None, after: Upload) -> None:
        self._all[after.id] = after
        self._recode(after)
        if after.phase.final:
            self._moving.discard(after.id)
            if after.id not in self._run and before is not None:
                return
        else:
            self._moving.add(after.id)
        self._account(self._run.get(after.id), -1)
        self._run[after.id] = after
        self._account(after, 1)
        if before is not None and before.phase is Phase.SENDING is not after.phase:
            # Counted with the confirmed bytes from now on; the next tick reads anew.
            self._partial = max(0, self._partial - before.source.size)

    def _forget(self, upload: Upload) -> None:
        self._all.pop(upload.id, None)
        self._moving.discard(upload.id)
        code = self._code_of.pop(upload.id, "")
        self._codes.get(code, set()).discard(upload.id)
        self._count_there(upload.destination, code, -1)
        if upload.id in self._run and upload.phase is not Phase.DONE:
            self._account(self._run.pop(upload.id), -1)

    def _recode(self, upload: Upload) -> None:
        code, old = row.code(upload), self._code_of.get(upload.id)
        if code == old:
            return
        if old is not None:
            self._codes[old].discard(upload.id)
            self._count_there(upload.destination, old, -1)
        self._count_there(upload.destination, code, 1)
        self._codes.setdefault(code, set()).add(upload.id)
        self._code_of[upload.id] = code

    def _count_there(self, destination: str, code: str, n: int) -> None:
        key = destination, code
        self._at_each[key] += n
        if self._at_each[key] <= 0:
            del self._at_each[key]

    def _account(self, upload: Upload | None, sign: int) -> None:
        if upload is None:
            return
        wanted, confirmed = _bytes_of(upload)
        self._bytes_all += sign * wanted
        self._bytes_sent += sign * confirmed
        self._counts[row.kind(row.code(upload))] += sign

    def _begin_run(self) -> None:
        self._run.clear()
        self._counts.clear()
        self._bytes_all = self._bytes_sent = self._partial = 0
        self._rate = Rate()
        self._throughput.restart()

    def _end_run(self) -> None:
        totals = self.totals
        parts = [
            counted(totals.files, "{n} file", "{n} files"),
            counted(totals.done, "{n} done", "{n} done"),
        ]
        if needing := totals.failed + totals.needs - self._needing_drafts:
            parts.append(counted(needing, "{n} needs you", "{n} need you"))
        parts.append(words.clock(self._epoch()))
        self._last = tr("Last batch: {parts}", parts=tr(", ").join(parts))


_HEADLINES = (
    (("invalid", *NEEDING), "{n} file needs you", "{n} files need you"),
    (("uploading", "finishing"), "Uploading {n} file", "Uploading {n} files"),
    (("preparing",), "Preparing {n} file", "Preparing {n} files"),
    (
        ("queued", "paused", "waiting_network", "retrying"),
        "{n} file is waiting",
        "{n} files are waiting",
    ),
    (
        ("server_queued", "processing", "unknown"),
        "The server is working on {n} file",
        "The server is working on {n} files",
    ),
)


def _bytes_of(upload: Upload) -> tuple[int, int]:
    """(to be sent, confirmed): what ended unsent counts for neither."""
    size = upload.source.size
    match upload.phase:
        case Phase.SENT | Phase.PROCESSING | Phase.DONE | Phase.UNWATCHED:
            return size, size
        case Phase.FAILED if isinstance(upload.problem, JobFailed):
            return size, size
        case Phase.FAILED | Phase.CANCELLED:
            return 0, 0
        case _:
            return size, 0
