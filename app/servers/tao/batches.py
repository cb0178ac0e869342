"""In which order the files of one send go to TAO: what others refer to first."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.uploads import Source
from app.servers.tao.inspect import header_of
from app.servers.tao.wire import kinds


def batches(sources: Sequence[Source]) -> Sequence[Sequence[int]]:
    """Every file alone: organizations, groups, users, links, then sessions; else as they were."""
    ranks = [kinds.rank(header_of(source), source.name) for source in sources]
    return [(index,) for index in sorted(range(len(sources)), key=ranks.__getitem__)]
