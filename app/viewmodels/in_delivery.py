"""Which files are on their way to which destination."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from app.core.uploads import Source, Upload
from app.viewmodels.listed import Moved


class InDelivery:
    """Counts the uploads that have not ended, from the moves it is told."""

    def __init__(self) -> None:
        self._uploads: Counter[tuple[str, Source]] = Counter()

    def moved(self, moves: Sequence[Moved]) -> None:
        for move in moves:
            self._count(move.before, -1)
            self._count(move.after, 1)

    def has(self, destination: str, source: Source) -> bool:
        """Whether the file, as it was looked at, is sent there or worked on there."""
        return (destination, source) in self._uploads

    def _count(self, upload: Upload | None, n: int) -> None:
        if upload is None or upload.phase.final:
            return
        key = upload.destination, upload.source
        self._uploads[key] += n
        if self._uploads[key] <= 0:
            del self._uploads[key]
