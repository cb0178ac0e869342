"""A look into files before they are sent, whose every failure is a finding."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Protocol

from app.core import catalogue
from app.core.drafts import Finding, Inspection, Level, Look, Stopped, unwatched
from app.core.problems import FileProblem, Problem, defect
from app.core.uploads import Source

if TYPE_CHECKING:
    from app.servers.api import Family

log = logging.getLogger(__name__)

GLANCED_FROM = 32 * 1024 * 1024
"""Into a file with so many bytes there is a glance first: a look takes noticeable time."""


class Watcher(Protocol):
    """Follows looks into several files, each known by its index."""

    def wanted(self, index: int) -> bool:
        """Whether the look into this file is still to be made."""

    def seen(self, index: int, size: int) -> None:
        """So many bytes were seen; raises Stopped where the file is no longer wanted."""

    def glanced(self, index: int, inspection: Inspection) -> None:
        """What a first glance gave; the look goes on."""


class Unwatched:
    """A Watcher for looks nobody follows."""

    def wanted(self, index: int) -> bool:
        return True

    def seen(self, index: int, size: int) -> None:
        pass

    def glanced(self, index: int, inspection: Inspection) -> None:
        pass


def looks(
    family: Family, sources: Sequence[Source], watcher: Watcher
) -> Iterator[tuple[int, Inspection]]:
    """Looks into one file after the other, in this thread; those no longer wanted are left out."""
    for index, source in enumerate(sources):
        if not watcher.wanted(index):
            continue
        with suppress(Stopped):
            seen, glanced = partial(watcher.seen, index), partial(watcher.glanced, index)
            yield index, inspected(family, source, seen, glanced)


def inspected(
    family: Family,
    source: Source,
    look: Look = unwatched,
    glanced: Callable[[Inspection], None] | None = None,
) -> Inspection:
    """What the family finds in the file; for a worker thread. `glanced` is told what a glance into
    a large file gives. Raises Stopped if `look` does."""
    if source.size == 0:
        return refused(FileProblem(catalogue.FILE_EMPTY, {"name": source.name}))
    try:
        if glanced is not None and family.glance is not None and source.size >= GLANCED_FROM:
            early = family.glance(source, lambda size: look(0))
            if early is not None:
                glanced(early)
        return family.inspect(source, look)
    except Stopped:
        raise
    except Problem as problem:
        return refused(problem)
    except Exception as error:
        log.exception("Looking into a file failed")
        return refused(defect(error))


def refused(problem: Problem) -> Inspection:
    """The problem as the one thing found."""
    return Inspection((Finding(problem.entry, Level.ERROR, problem.facts),))
