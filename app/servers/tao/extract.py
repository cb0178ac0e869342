"""The failed rows of a rostering file with its header, as a file that can be mended and sent again.

Rows count as TAO counts them: without the header and without blank ones. They are kept byte for
byte; only with passwords masked they are written anew.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from typing import TextIO

from app.core import catalogue
from app.core.jobs import RecordKey
from app.core.problems import FileProblem
from app.core.uploads import Source
from app.servers.source_file import opened
from app.servers.tao.inspect.rows import delimiter_of
from app.servers.tao.wire.kinds import is_password

MASK = "***"
_LONGEST_LINE = 1024 * 1024


def failed_records(
    source: Source, records: Collection[RecordKey], bare: bool = False
) -> Iterator[bytes]:
    """The header and these rows. With `bare` passwords are as in the file, otherwise masked.

    Raises FileProblem, at the end also when a row is not there.
    """
    wanted = frozenset(records)
    found = 0
    try:
        # Every byte is a letter of Latin-1, and commas, quotes and line ends are the same in
        # UTF-8: so the bytes come out as they went in.
        with opened(source, buffered=True) as file:
            table = _Table(io.TextIOWrapper(file, encoding="latin-1", newline=""))
            yield table.header.encode("latin-1")
            for number, (raw, cells) in enumerate(table.rows(), 1):
                if number not in wanted:
                    continue
                found += 1
                raw = raw if bare else table.masked(raw, cells)
                yield raw.encode("latin-1")
                if found == len(wanted):
                    return
    except csv.Error:
        pass
    raise FileProblem(catalogue.RECORDS_NOT_FOUND, {"name": source.name})


class _Table:
    """A table's text, its rows with the very text they were read from."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._taken: list[str] = []
        self.header = next((line for line in self._lines() if line.strip()), "")
        self._taken.clear()
        self._delimiter, told = delimiter_of(self.header)
        named = self.header
        if told:
            # To the server that line is the header and the names are a row like any other.
            at = file.tell()
            named = file.readline(_LONGEST_LINE)
            file.seek(at)
        names = next(csv.reader([named], delimiter=self._delimiter), [])
        self._secret = [at for at, name in enumerate(names) if is_password(name)]
        if not self.header.endswith(("\n", "\r")):
            self.header += "\n"

    def rows(self) -> Iterator[tuple[str, list[str]]]:
        """The text and cells of each row that is not blank. Raises csv.Error."""
        for cells in csv.reader(self._lines(), delimiter=self._delimiter):
            raw = "".join(self._taken)
            self._taken.clear()
            if any(cell.strip() for cell in cells):
                yield raw if raw.endswith(("\n", "\r")) else f"{raw}\n", cells

    def masked(self, raw: str, cells: list[str]) -> str:
        """The row anew, its passwords unreadable; a row without any stays as it is."""
        secret = [at for at in self._secret if at < len(cells) and cells[at].strip()]
        if not secret:
            return raw
        shown = [MASK if at in secret else cell for at, cell in enumerate(cells)]
        end = "\r\n" if raw.endswith("\r\n") else "\n"
        text = io.StringIO()
        csv.writer(text, delimiter=self._delimiter, lineterminator=end).writerow(shown)
        return text.getvalue()

    def _lines(self) -> Iterator[str]:
        while line := self._file.readline(_LONGEST_LINE):
            if len(line) == _LONGEST_LINE:
                raise csv.Error
            self._taken.append(line)
            yield line
