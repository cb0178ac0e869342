"""In which order the files of one send go to TAO: what others refer to first."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.drafts import Finding, Level
from app.core.uploads import Source
from app.servers.tao import problems
from app.servers.tao.inspect import header_of
from app.servers.tao.wire import kinds


def batches(sources: Sequence[Source]) -> Sequence[Sequence[int]]:
    """Every file alone: organizations, groups, users, links, then sessions; else as they were."""
    ranks = [kinds.rank(header_of(source), source.name) for source in sources]
    return [(index,) for index in sorted(range(len(sources)), key=ranks.__getitem__)]


def lacking(sources: Sequence[Source]) -> Sequence[Sequence[Finding]]:
    """For each file of one send: what it refers to and none of them brings."""
    found = [kinds.kind_of(header_of(source)) for source in sources]
    brought = {thing for kind in found if kind is not None for thing in kind.brings}
    said: list[list[Finding]] = []
    for source, kind in zip(sources, found, strict=True):
        absent = [thing for thing in kind.refers_to if thing not in brought] if kind else []
        facts = {"name": source.name, "kinds": " and ".join(absent)}
        said.append([Finding(problems.NEEDS_FIRST, Level.INFO, facts)] if absent else [])
    return said
