"""A look into one file before it is sent, whose every failure is a finding."""

from __future__ import annotations

import logging

from app.core import catalogue
from app.core.drafts import Finding, Inspection, Level, Look, Stopped, unwatched
from app.core.problems import FileProblem, Problem, defect
from app.core.uploads import Source
from app.servers.api import Family

log = logging.getLogger(__name__)


def inspected(family: Family, source: Source, look: Look = unwatched) -> Inspection:
    """What the family finds in the file; for a worker thread. Raises Stopped if `look` does."""
    if source.size == 0:
        return refused(FileProblem(catalogue.FILE_EMPTY, {"name": source.name}))
    try:
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
