"""Reading the CSV that came, from disk: its header, its records, and why it is refused."""

import csv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_BLOCK = 65_536


class Unusable(Exception):
    """The file is refused as a whole; the text says why."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file that can be imported. `records` are its data rows, blank ones not counted."""

    path: Path
    header: tuple[str, ...]
    records: int


def checked(path: Path, size_limit: int, record_limit: int) -> Table:
    """Read a file once as a whole; raises Unusable."""
    if path.stat().st_size > size_limit:
        raise Unusable(f"The file is too large. Allowed maximum size is {size_limit} bytes.")
    header: tuple[str, ...] = ()
    records = 0
    with _rows(path) as rows:
        for number, row in rows:
            if not header:
                header = tuple(name.strip() for name in row)
                if len(set(header)) != len(header) or "" in header:
                    raise Unusable("The header record must be composed of unique string names.")
                continue
            records += 1
            if len(row) != len(header):
                raise Unusable(
                    f"Row {number}: expected {len(header)} columns, got {len(row)} columns."
                )
            if records > record_limit:
                raise Unusable(f"The file has more than {record_limit} records.")
    if not header:
        raise Unusable("The file is empty.")
    return Table(path, header, records)


def records(table: Table) -> Iterator[dict[str, str]]:
    """The data rows, each cell trimmed."""
    with _rows(table.path) as rows:
        next(rows, None)
        for _, row in rows:
            yield {name: cell.strip() for name, cell in zip(table.header, row, strict=True)}


def unpacked(path: Path, target: Path, size_limit: int) -> Path:
    """The one CSV file of an archive, written to `target`; raises Unusable."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) != 1 or not entries[0].filename.lower().endswith(".csv"):
                raise Unusable("The archive must hold exactly one file, and that a CSV file.")
            with archive.open(entries[0]) as source, target.open("wb") as file:
                size = 0
                while block := source.read(_BLOCK):
                    size += len(block)
                    if size > size_limit:
                        raise Unusable(
                            f"The file is too large. Allowed maximum size is {size_limit} bytes."
                        )
                    file.write(block)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise Unusable(f"The archive cannot be read: {error}") from None
    return target


@contextmanager
def _rows(path: Path) -> Iterator[Iterator[tuple[int, list[str]]]]:
    """The rows of a file that are not blank, with their numbers; raises Unusable."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            yield (
                (number, row)
                for number, row in enumerate(reader, 1)
                if any(cell.strip() for cell in row)
            )
    except UnicodeDecodeError:
        raise Unusable("The file cannot be parsed: it is not valid UTF-8.") from None
    except csv.Error as error:
        raise Unusable(f"The file cannot be parsed: {error}") from None
