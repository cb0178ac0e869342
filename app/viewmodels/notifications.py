"""What the person is told outside the window: little, once, and only while it is not in front."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.core.changes import LaneChanged, LaneState
from app.core.uploads import Upload
from app.viewmodels import row, words
from app.viewmodels.listed import Moved
from app.viewmodels.row import Kind
from app.viewmodels.words import counted, tr

SAME_AGAIN_AFTER = 600.0
"""Seconds in which the same words are not said twice."""

_SETTLED = (Kind.DONE, Kind.FAILED, Kind.OTHER)


@dataclass(frozen=True, slots=True)
class Notification:
    """Two short texts. One on the screen for each tag: a later one takes its place."""

    tag: str
    title: str
    text: str
    problem: bool = False
    """Whether it needs the person."""


@dataclass(slots=True)
class _Send:
    """The files of one press of Upload, by what became of them."""

    destination: str
    codes: dict[int, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    failed: Upload | None = None
    """The first that failed since it was last finished."""
    finished: bool = False

    def put(self, upload: Upload, code: str) -> None:
        """An empty code: it is not listed any more."""
        before = self.codes.pop(upload.id, None)
        if before is not None:
            self.counts[before] -= 1
        if code:
            self.codes[upload.id] = code
            self.counts[code] += 1

    def of(self, *kinds: Kind) -> int:
        return sum(n for code, n in self.counts.items() if row.kind(code) in kinds)

    @property
    def over(self) -> bool:
        return bool(self.codes) and self.of(*_SETTLED) == len(self.codes)


class Notifications:
    """Decides what is told: a finished send, its first failure, a server that needs the person.

    `name` gives the name of a destination; while `in_front` the window itself says it all.
    """

    def __init__(
        self,
        name: Callable[[str], str],
        in_front: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._in_front = in_front
        self._clock = clock
        self._sends: dict[tuple[str, int], _Send] = {}
        self._lanes: dict[str, LaneState] = {}
        self._said: dict[tuple[str, str], float] = {}

    def moved(self, moves: Sequence[Moved], lanes: Mapping[str, LaneChanged]) -> list[Notification]:
        """What these changes are worth telling."""
        touched: dict[tuple[str, int], None] = {}
        for move in moves:
            touched.update(dict.fromkeys(self._put(move)))
        found = [*self._of_lanes(lanes), *self._of_sends(touched)]
        return [] if self._in_front() else [one for one in found if self._is_news(one)]

    def _put(self, move: Moved) -> Iterable[tuple[str, int]]:
        upload = move.after or move.before
        if upload is None:
            return
        key = upload.destination, upload.batch
        send = self._sends.setdefault(key, _Send(upload.destination))
        if move.after is None:
            send.put(upload, "")
            if not send.codes:
                del self._sends[key]
            return
        code = row.code(upload)
        if row.kind(code) is Kind.FAILED and send.failed is None:
            send.failed = upload
            yield key
        send.put(upload, code)
        if send.over:
            yield key
        else:
            send.finished = False

    def _of_sends(self, touched: Iterable[tuple[str, int]]) -> Iterable[Notification]:
        for key in touched:
            send = self._sends.get(key)
            if send is None:
                continue
            tag = f"send {key[0]} {key[1]}"
            if send.over:
                if not send.finished:
                    send.finished = True
                    if send.of(Kind.DONE, Kind.FAILED):
                        yield self._finished(tag, send)
                    send.failed = None
            elif send.failed is not None and send.of(Kind.FAILED):
                title = tr("A file for {server} needs you", server=self._name(send.destination))
                yield Notification(tag, title, _why(send.failed), problem=True)

    def _finished(self, tag: str, send: _Send) -> Notification:
        server = self._name(send.destination)
        done, failed = send.of(Kind.DONE), send.of(Kind.FAILED)
        imperfect = send.counts["done_with_errors"]
        if not done and failed:
            title = counted(
                failed,
                "{n} file for {server} needs you",
                "{n} files for {server} need you",
                server=server,
            )
            return Notification(tag, title, _why(send.failed), problem=True)
        n = done + failed
        title = counted(n, "{n} file sent to {server}", "{n} files sent to {server}", server=server)
        if not failed and not imperfect:
            return Notification(tag, title, tr("All done."))
        parts = [counted(done, "{n} done", "{n} done")]
        if imperfect:
            parts.append(counted(imperfect, "{n} with failed records", "{n} with failed records"))
        if failed:
            parts.append(counted(failed, "{n} needs you", "{n} need you"))
        return Notification(tag, title, tr("{parts}.", parts=tr(", ").join(parts)), problem=True)

    def _of_lanes(self, lanes: Mapping[str, LaneChanged]) -> Iterable[Notification]:
        for id, lane in lanes.items():
            before, self._lanes[id] = self._lanes.get(id), lane.state
            if lane.state is LaneState.SIGN_IN is not before:
                title = tr("{server} needs you", server=self._name(id))
                text = words.title(lane.problem) if lane.problem else tr("Sign in needed")
                yield Notification(f"server {id}", title, text, problem=True)

    def _is_news(self, one: Notification) -> bool:
        now = self._clock()
        self._said = {said: at for said, at in self._said.items() if now - at < SAME_AGAIN_AFTER}
        key = one.title, one.text
        if key in self._said:
            return False
        self._said[key] = now
        return True


def _why(upload: Upload | None) -> str:
    if upload is None or upload.problem is None:
        return ""
    return words.title(upload.problem)
