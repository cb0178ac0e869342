"""The truth about uploads: the only place where one moves, is journalled and is told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.core.changes import Change, UploadChanged, UploadsForgotten
from app.core.timeline import ADDED, JOB, Mark, marked
from app.core.uploads import Phase, Upload
from app.transfer.journal import Journal
from app.transfer.meter import Meter
from app.transfer.upload_log import concerning

log = logging.getLogger(__name__)


class Ledger(Mapping[int, Upload]):
    """Uploads by id, in the order they were added, with their meters."""

    def __init__(
        self,
        tell: Callable[[Change], None],
        journal: Journal,
        ended: Callable[[Upload], None],
        now: Callable[[], float],
    ) -> None:
        """`now` gives seconds since the epoch."""
        self._now = now
        self._tell = tell
        self._ended = ended
        self._journal = journal
        self._uploads: dict[int, Upload] = {}
        self.meters: dict[int, Meter] = {}
        self.openings: dict[int, str] = {}
        """The opening an upload belongs to on its server."""

    def __getitem__(self, key: int) -> Upload:
        return self._uploads[key]

    def __iter__(self) -> Iterator[int]:
        return iter(self._uploads)

    def __len__(self) -> int:
        return len(self._uploads)

    def known(self, ids: Iterable[int]) -> list[Upload]:
        """Those of `ids` it has, in their order."""
        return [self._uploads[i] for i in dict.fromkeys(ids) if i in self._uploads]

    def add(self, uploads: Sequence[Upload]) -> None:
        """New uploads, or those of another run; each is safe in the journal before it is told."""
        at = self._now()
        uploads = [self._entered(upload, at) for upload in uploads]
        by_opening: dict[str, list[Upload]] = {}
        for upload in uploads:
            self.meters[upload.id] = Meter(upload.source.size)
            self._uploads[upload.id] = upload
            by_opening.setdefault(self.openings.get(upload.id, ""), []).append(upload)
        for key, members in by_opening.items():
            self._journal.save(members, key)
        for upload in uploads:
            self._tell(UploadChanged(upload))

    def move(self, upload_id: int, phase: Phase, **facts: Any) -> Upload:
        """Moves the upload. Raises IllegalMove. A move that changes nothing is not told."""
        old = self._uploads[upload_id]
        new = old.move(phase, **facts)
        return self._put(old, new) if new != old else old

    def change(self, upload_id: int, **facts: Any) -> Upload:
        """New facts in the same phase."""
        old = self._uploads[upload_id]
        new = replace(old, **facts)
        return self._put(old, new) if new != old else old

    def forget(self, ids: Sequence[int]) -> None:
        known = tuple(upload_id for upload_id in ids if upload_id in self._uploads)
        for upload_id in known:
            del self._uploads[upload_id]
            del self.meters[upload_id]
            self.openings.pop(upload_id, None)
        if known:
            self._journal.forget(known)
            self._tell(UploadsForgotten(known))

    def _entered(self, upload: Upload, at: float) -> Upload:
        """With the mark of its coming, which those added together have in common; what was taken
        over may stand elsewhere than it was."""
        marks = upload.marks or (Mark(at, ADDED, upload.attempt),)
        phases = [one.what for one in marks if one.what != JOB]
        known = phases[-1] if phases[-1] != ADDED else Phase.QUEUED
        if known != upload.phase:
            marks = marked(marks, self._mark(upload))
        return replace(upload, marks=marks)

    def _mark(self, upload: Upload) -> Mark:
        said = ""
        if upload.wait is not None:
            said = upload.wait.problem.id if upload.wait.problem else upload.wait.why
        elif upload.problem is not None:
            said = upload.problem.id
        return Mark(self._now(), upload.phase, upload.attempt, said)

    def _put(self, old: Upload, upload: Upload) -> Upload:
        if upload.phase is not old.phase:
            mark = self._mark(upload)
            upload = replace(upload, marks=marked(upload.marks, mark))
            with concerning((upload.id,)):
                said = f": {mark.said}" if mark.said else ""
                log.debug("attempt %d, %s%s", mark.attempt, mark.what, said)
        elif upload.job is not None and (old.job is None or old.job.state is not upload.job.state):
            mark = Mark(self._now(), JOB, upload.attempt, upload.job.state)
            upload = replace(upload, marks=marked(upload.marks, mark))
        self._uploads[upload.id] = upload
        self._journal.save([upload], self.openings.get(upload.id, ""))
        self._tell(UploadChanged(upload))
        if upload.phase.final:
            self._ended(upload)
        return upload
