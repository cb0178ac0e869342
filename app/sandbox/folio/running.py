"""One job at work: records per second, an entry in the log for each, and its verdict."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from app.sandbox.family import Ground
from app.sandbox.folio.records import NO_DATE, NO_NUMBER, NO_TITLE, WRONG_KIND, Record
from app.sandbox.folio.state import Entry, Job

_TICK = 0.05


@dataclass(frozen=True, slots=True)
class Run:
    """The records of one job, or only their number; `first` is the number of its first record."""

    records: Sequence[Record] | int
    first: int = 0

    @property
    def total(self) -> int:
        return self.records if isinstance(self.records, int) else len(self.records)

    @property
    def last_end(self) -> int:
        return 0 if isinstance(self.records, int) else self.records[-1].end


async def advance(job: Job, run: Run, ground: Ground, rate: float) -> None:
    """Work through the records at `rate` a second; stops by itself when the job has ended."""
    if job.ended:
        return
    if run.total == 0:
        job.end("ERROR", "FILE_PROCESSING_ERROR")
        return
    job.total = run.total
    began, done = time.monotonic(), 0
    while done < run.total and not job.ended:
        await asyncio.sleep(min(_TICK, 1 / rate))
        upto = min(run.total, max(done, int((time.monotonic() - began) * rate)))
        if _ended(job):
            return
        if isinstance(run.records, int):
            job.unlogged += upto - done
        else:
            for number in range(done, upto):
                job.entries.append(_entry(job, run.records[number], number))
        done = job.done = upto
    if not job.ended:
        failed = any(entry.error for entry in job.entries)
        job.end("ERROR" if failed else "COMMITTED")


def _ended(job: Job) -> bool:
    """Asked anew: another call may have stopped the job while this one slept."""
    return job.ended


def _entry(job: Job, record: Record, number: int) -> Entry:
    """The number counts from zero within the job, as the real log's does."""
    record_id = str(uuid4())
    error = _error(job, record, record_id) if record.fault else ""
    return Entry(record_id, record.order or str(number), record.title, record.kind, error)


def _error(job: Job, record: Record, record_id: str) -> str:
    """What a real log says about such a record."""
    if record.fault == NO_TITLE:
        return (
            "Mapped Instance is invalid: [Field 'title' is a required field and can not be null], "
            f"by jobExecutionId: '{job.id}' and recordId: '{record_id}' and chunkId: '{uuid4()}' "
        )
    if record.fault == WRONG_KIND:
        name = (job.profile or {}).get("name")
        return f"Chosen job profile '{name}' does not support '{record.kind}' record type"
    if record.fault in (NO_NUMBER, NO_DATE):
        missing = {"key": record.fault.removeprefix("no "), "value": "null"}
        said = {"message": "must not be null", "type": "1", "parameters": [missing]}
        return json.dumps({"errors": [said], "total_records": 1})
    return json.dumps(
        {
            "name": "org.marc4j.MarcException",
            "message": "Error parsing marc record: unable to parse record directory",
        }
    )
