"""Previews: the first records or rows of a file, rendered for reading. No secret is in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TaggedLine:
    """One line of a record: “245”, “10”, “$a Title /”. `marked` is what a finding is about."""

    tag: str
    indicators: str
    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class TaggedRecord:
    """One record (a MARC record, an invoice's message), counted from 1 in its file."""

    number: int
    title: str
    lines: tuple[TaggedLine, ...]
    notes: tuple[str, ...] = ()
    """What is wrong with it, and why it shows less than the file holds: sentences for
    translation, each by itself."""


@dataclass(frozen=True, slots=True)
class Records:
    """Records from the one asked for on; `more` when others follow."""

    records: tuple[TaggedRecord, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class FactGroup:
    title: str
    facts: tuple[tuple[str, str], ...]
    """(label, value); labels are for translation, values are the file's own."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a file that has no records to show: a scan and its findings."""

    groups: tuple[FactGroup, ...]


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table, counted from 1 behind the header. Secret cells are masked already."""

    number: int
    cells: tuple[str, ...]
    marks: Mapping[int, str] = field(default_factory=dict)
    """By the index of a cell: the id of the finding it is part of."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows from the one asked for on; `more` when others follow."""

    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    more: bool = False
    header_marks: Mapping[int, str] = field(default_factory=dict)
    """By the index of a column: the id of the finding about it."""


Preview = Records | Facts | Table
