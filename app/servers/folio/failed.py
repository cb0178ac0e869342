"""Which records of an ended job failed, and why: its log, page by page, part by part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.core.jobs import MOST_FAILURES, Failure, RecordKey
from app.servers.folio.gateway import Gateway
from app.servers.folio.wire import jobs
from app.servers.folio.wire.jobs import JobExecution

MOST_KNOWN = 100_000
"""Of so many failed records it is asked which they are. For every page the server looks through
the log of the whole part, so nobody should ask it without end."""
_FIRST_PAGE = 100
"""What the web page of FOLIO asks for; most jobs have fewer failures."""
_PAGE = 500


class FailedRecords:
    """The failed records of one job, of all parts together where the file was split.

    `collect` raises what the gateway raises; called again it goes on where it stopped.
    """

    def __init__(self, gateway: Gateway) -> None:
        self.failures: list[Failure] = []
        """The first MOST_FAILURES."""
        self.listed = 0
        """How many the logs list in all."""
        self._gateway = gateway
        self._which: dict[RecordKey, None] = {}
        self._seen = 0
        self._offset = 0
        self._done: set[str] = set()

    @property
    def which(self) -> tuple[RecordKey, ...]:
        return tuple(self._which)

    async def collect(
        self, parts: Sequence[JobExecution], summaries: Mapping[str, Mapping[str, int]]
    ) -> None:
        """Takes the logs of all parts.

        A part that ended well is not asked about: there may be a thousand of them.
        """
        before: int | None = 0
        for part in parts:
            failed = summaries.get(part.id, {}).get("failed", 0)
            if part.id not in self._done and (failed or part.status != jobs.COMMITTED):
                self.listed += await self._read(part.id, before)
                self._done.add(part.id)
                self._offset = 0
            # Each part counts its records from 0; without a part's total the numbers end here.
            before = None if before is None or part.total is None else before + part.total

    async def _read(self, part: str, before: int | None) -> int:
        """Takes the log of one part; how many failures are in it."""
        while True:
            limit = _PAGE if self._offset else _FIRST_PAGE
            page = await self._gateway.failures(part, limit, self._offset, before)
            self._offset += limit
            self.failures += page.failures[: MOST_FAILURES - len(self.failures)]
            self._seen += len(page.failures)
            if self._seen <= MOST_KNOWN:
                self._which.update(dict.fromkeys(page.which))
            ended = not page.failures or self._offset >= page.total
            if ended or self._seen >= MOST_KNOWN:
                return page.total
