"""The importer: one file after its upload, row by row, each with a verdict of its own."""

import asyncio
import csv
import time
from pathlib import Path
from typing import IO

from app.sandbox.family import Ground
from app.sandbox.tao.kinds import kind_of
from app.sandbox.tao.options import Options
from app.sandbox.tao.roster import Importer, Invalid, Roster, Row
from app.sandbox.tao.state import Import
from app.sandbox.tao.table import Table, records

_CRAWL = 20.0
#: After so many rows everybody else has a turn.
_BREATH = 100
_VERDICT = ("status", "errorType", "errorCode", "errorMessage")
_FIELD_ERROR = "validation.fieldError"
_INTERNAL = "csv.import.internalError"


class Processing:
    def __init__(self, options: Options, ground: Ground, folder: Path) -> None:
        self._options = options
        self._ground = ground
        self._folder = folder
        self.roster = Roster()

    def begin(self, one: Import) -> None:
        one.task = asyncio.get_running_loop().create_task(self._run(one))

    async def close(self, imports: list[Import]) -> None:
        tasks = [one.task for one in imports if one.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, one: Import) -> None:
        faults, family = self._ground.faults, self._ground.family
        factor = _CRAWL if faults.strikes_job("slow-job", family, one.name) else 1.0
        await self._ground.work(self._options.queue_seconds * factor)
        one.become("processing")
        if faults.strikes_job("job-error", family, one.name):
            self._fail(one, "Global import error: the import was stopped unexpectedly")
            return
        if one.table is None:
            one.become("processed")
            return
        kind = kind_of(one.table.header)
        if kind is None:
            self._fail(one, "Global import error: header mismatch")
            return
        one.kind = kind.name
        if wrong := kind.faults(one.table.header):
            self._fail(one, f"Global import error: header mismatch: {', '.join(wrong)}")
            return
        await self._import(one, one.table, factor)
        one.become("processed")

    @staticmethod
    def _fail(one: Import, message: str) -> None:
        one.messages = [message]
        one.become("failed")

    async def _import(self, one: Import, table: Table, factor: float) -> None:
        """Every row is its own transaction; the result is written beside the import."""
        rate = self._options.records_per_second * self._ground.pace / factor
        importer = Importer(self.roster, one.kind, references=self._options.references)
        one.result = self._folder / f"result-{one.reference}.csv"
        began = time.monotonic()
        with one.result.open("w", encoding="utf-8", newline="") as file:
            writer = _Writer(file, table.header, doubled=self._options.doubled_rows)
            for number, row in enumerate(records(table), 1):
                early = number / rate - (time.monotonic() - began)
                if early > 0 or number % _BREATH == 0:
                    await asyncio.sleep(max(0.0, early))
                self._one_row(one, importer, writer, number, row)
                one.lines = number

    def _one_row(
        self, one: Import, importer: Importer, writer: "_Writer", number: int, row: Row
    ) -> None:
        if number in self._options.broken_rows:
            writer.write(row, "500", _INTERNAL, "Internal error while importing this row.")
            one.failed += 1
            return
        try:
            importer.apply(dict(row))
        except Invalid as error:
            writer.write(row, "400", _FIELD_ERROR, str(error))
            one.failed += 1
        else:
            writer.write(row, "processed", "", "")


class _Writer:
    """The result: the columns that came and the verdict on each row.

    A column that is already called `status` is overwritten.
    """

    def __init__(self, file: IO[str], header: tuple[str, ...], *, doubled: bool) -> None:
        columns = [*header, *(name for name in _VERDICT if name not in header)]
        self._writer = csv.DictWriter(file, columns, lineterminator="\n")
        self._writer.writeheader()
        self._times = 2 if doubled else 1

    def write(self, row: Row, status: str, code: str, message: str) -> None:
        verdict = {
            "status": status,
            "errorType": "error" if code else "",
            "errorCode": code,
            "errorMessage": message,
        }
        for _ in range(self._times):
            self._writer.writerow(row | verdict)
