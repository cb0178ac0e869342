"""One line of the monitor: a server's job, and our upload if it is ours; cells and order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum
from types import MappingProxyType
from typing import Any

from app.core.jobs import Job
from app.core.timeline import begun
from app.core.uploads import Upload
from app.viewmodels import monitor_words, words
from app.viewmodels.words import counted, number, tr


class Column(IntEnum):
    NAME = 0
    STATE = 1
    RECORDS = 2
    FAILED = 3
    WHO = 4
    SERVER = 5
    STARTED = 6
    ENDED = 7
    TOOK = 8
    USUAL = 9
    NUMBER = 10
    MINE = 11
    WORD = 12


HEADS: Mapping[Column, str] = MappingProxyType(
    {
        Column.NAME: "File",
        Column.STATE: "State",
        Column.RECORDS: "Records",
        Column.FAILED: "Failed",
        Column.WHO: "By",
        Column.SERVER: "Server",
        Column.STARTED: "Began",
        Column.ENDED: "Ended",
        Column.TOOK: "Took",
        Column.USUAL: "Usually",
        Column.NUMBER: "Number",
        Column.MINE: "From here",
        Column.WORD: "The server says",
    }
)
NUMBERS = frozenset({Column.RECORDS, Column.FAILED, Column.TOOK, Column.USUAL})


class Show(StrEnum):
    """Which rows are wanted."""

    ALL = "all"
    RUNNING = "running"
    ENDED = "ended"
    FAILED = "failed"
    """Failed as a whole, or in some records."""
    MINE = "mine"


class Group(Enum):
    """Under which headings."""

    NONE = "none"
    SERVER = "server"
    BATCH = "batch"


@dataclass(frozen=True, slots=True)
class MonitorRow:
    """`upload` is ours, with the id of its row in the list of uploads; None for others' jobs."""

    key: str
    destination: str
    server: str
    job: Job
    code: str
    name: str
    who: str
    upload: Upload | None = None
    upload_row: str = ""
    usual: float | None = None
    """Seconds that such jobs take; None while too few are known."""

    @property
    def failed(self) -> int | None:
        """Records that failed, as far as anybody said."""
        if self.upload is not None and self.upload.result is not None:
            return self.upload.result.failed
        return self.job.failed

    @property
    def ended(self) -> bool:
        return self.job.state.ended

    @property
    def heading(self) -> tuple[str, int, float]:
        """What those of one batch share: server, number of the send, and when it was added."""
        if self.upload is None:
            return self.destination, 0, 0.0
        return self.destination, self.upload.batch, begun(self.upload.marks) or 0.0

    def fits(self, show: Show) -> bool:
        match show:
            case Show.ALL:
                return True
            case Show.RUNNING:
                return not self.ended
            case Show.ENDED:
                return self.ended
            case Show.FAILED:
                return self.code in ("failed", "done_with_errors")
            case Show.MINE:
                return self.upload is not None

    @property
    def held(self) -> str:
        """Everything that can be searched for, in lower case."""
        job = self.job
        parts = (self.name, self.who, self.server, job.word, *job.facts.values())
        return " ".join((*parts, monitor_words.sentence(job, self.failed))).casefold()


def cell(row: MonitorRow, column: Column, now: float, seen: str = "") -> str:
    """What stands in a cell; `seen` is the state with the time of the last answer, if it is old."""
    job = row.job
    match column:
        case Column.NAME:
            return row.name or tr("(no name)")
        case Column.STATE:
            return seen or monitor_words.sentence(job, row.failed)
        case Column.RECORDS:
            return monitor_words.records(job)
        case Column.FAILED:
            return number(row.failed) if row.failed else ""
        case Column.WHO:
            return row.who
        case Column.SERVER:
            return row.server
        case Column.STARTED:
            return "" if job.started is None else words.moment(job.started)
        case Column.ENDED:
            return "" if job.ended is None else words.moment(job.ended)
        case Column.TOOK:
            took = monitor_words.seconds(job, now)
            return "" if took is None else words.duration(took)
        case Column.USUAL:
            return monitor_words.usual(row.usual)
        case Column.NUMBER:
            return monitor_words.main_id(job)
        case Column.MINE:
            return "" if row.upload is None else tr("batch {n}", n=number(row.upload.batch))
        case Column.WORD:
            return job.word


def spoken(row: MonitorRow, now: float, seen: str = "") -> str:
    """The row in one sentence, for those who hear it."""
    job = row.job
    parts = [cell(row, Column.NAME, now), cell(row, Column.STATE, now, seen)]
    if job.done is not None and job.total and not row.ended:
        all = number(job.total)
        parts.append(tr("{n} of {all} records", n=number(min(job.done, job.total)), all=all))
    if row.who:
        parts.append(tr("by {who}", who=row.who))
    parts.append(tr("on {server}", server=row.server))
    if job.started is not None:
        parts.append(tr("began {time}", time=words.moment(job.started)))
    if not row.ended and (about := cell(row, Column.USUAL, now)):
        parts.append(tr("usually takes {time}", time=about))
    if row.upload is not None:
        parts.append(tr("sent from here"))
    return tr(", ").join(parts)


def heading_words(rows: list[MonitorRow], group: Group) -> str:
    """The heading of a group of rows, with what is in it."""
    first, n = rows[0], len(rows)
    what = [counted(n, "{n} job", "{n} jobs")]
    if running := sum(not one.ended for one in rows):
        what.append(tr("{n} at work", n=number(running)))
    if failed := sum(one.fits(Show.FAILED) for one in rows):
        what.append(tr("{n} failed", n=number(failed)))
    title = first.server
    if group is Group.BATCH:
        server, batch, added = first.heading
        if batch and server:
            title = tr("Batch {n} to {server}", n=number(batch), server=first.server)
            if added:
                title = tr("{title}, {time}", title=title, time=words.moment(added))
        else:
            title = tr("Others’ jobs on {server}", server=first.server)
    return tr("{title}: {what}", title=title, what=tr(", ").join(what))


_LAST = (1, 0)


def _some(value: Any) -> tuple[int, Any]:
    """What is not known comes last."""
    return _LAST if value is None or value == "" else (0, value)


SORTS: Mapping[Column, Callable[[MonitorRow], Any]] = MappingProxyType(
    {
        Column.NAME: lambda row: row.name.casefold(),
        Column.STATE: lambda row: monitor_words.ORDER.index(row.code),
        Column.RECORDS: lambda row: _some(row.job.total or row.job.done),
        Column.FAILED: lambda row: row.failed or 0,
        Column.WHO: lambda row: _some(row.who.casefold()),
        Column.SERVER: lambda row: row.server.casefold(),
        Column.STARTED: lambda row: row.job.started or 0.0,
        Column.ENDED: lambda row: row.job.ended or 0.0,
        # By when they began: a sort by a running clock would never stand still.
        Column.TOOK: lambda row: _took(row.job),
        Column.USUAL: lambda row: row.usual or 0.0,
        Column.NUMBER: lambda row: _number(monitor_words.main_id(row.job)),
        Column.MINE: lambda row: row.upload.batch if row.upload else 0,
        Column.WORD: lambda row: row.job.word.casefold(),
    }
)


def _took(job: Job) -> tuple[int, float]:
    if job.ended is None or job.started is None:
        return 1, -(job.started or 0.0)
    return 0, job.ended - job.started


def _number(id: str) -> tuple[int, int, str]:
    return (0, int(id), "") if id.isdecimal() else (1, 0, id)
