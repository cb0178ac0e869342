"""What one pass over a table gives the person to know, to decide, or to mend.

Refused for good is only what no server can read. What a server may take although the records would
be harmed, or although nothing would come of it, is refused as long as nobody says otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from app.core.catalogue import Entry
from app.core.drafts import NOWHERE, Finding, Level, Place
from app.core.uploads import Source
from app.servers.reply import size_words
from app.servers.tao import cell_entries, file_entries
from app.servers.tao.inspect.formats import no_header
from app.servers.tao.inspect.reading import MOST_COLUMNS, Seen, Tally
from app.servers.tao.inspect.rows import COMMA, DELIMITERS
from app.servers.tao.inspect.text import LATIN1, MIXED, UTF8_BOM, WINDOWS_1252
from app.servers.tao.wire import kinds
from app.servers.tao.wire.kinds import Kind, is_password

USUAL_BYTES = 5_242_880
USUAL_ROWS = 10_000

_NAMED = 6
_ORDER = {entry.id: number for number, entry in enumerate(cell_entries.ENTRIES)}
_BLANKS_NAMED = 20


def findings(source: Source, seen: Seen) -> Iterator[Finding]:
    """In the order to show them; one of each kind and column."""
    yield from _about_text(seen)
    if not any(seen.columns):
        if seen.rows.unreadable is not None:
            yield _doubted(file_entries.UNREADABLE_CSV, Place(line=seen.rows.unreadable))
        elif seen.rows.unclosed is not None:
            yield _doubted(file_entries.OPEN_QUOTE, Place(line=seen.rows.unclosed))
        else:
            yield Finding(file_entries.NO_HEADER, Level.ERROR)
        return
    if seen.rows.separator_line:
        yield _doubted(file_entries.SEPARATOR_LINE)
    if seen.rows.delimiter != COMMA:
        yield _doubted(file_entries.DELIMITER, delimiter=DELIMITERS[seen.rows.delimiter])
    yield from _about_columns(seen)
    yield from _about_rows(seen)
    yield from _about_cells(seen)
    yield from _about_size(source, seen)


def _about_text(seen: Seen) -> Iterator[Finding]:
    text = seen.text
    place = text.not_utf8 or NOWHERE
    if text.encoding.codec.startswith(("utf-16", "utf-32")):
        yield Finding(file_entries.UTF16, Level.ERROR, {"encoding": text.encoding.title})
    elif text.encoding in (LATIN1, WINDOWS_1252):
        yield _doubted(file_entries.NOT_UTF8, place, encoding=text.encoding.title)
    elif text.encoding is MIXED:
        yield _doubted(file_entries.PARTLY_UTF8, place)
    elif text.encoding is UTF8_BOM:
        yield Finding(file_entries.BYTE_ORDER_MARK, Level.INFO)
    if text.nulls:
        yield _doubted(file_entries.NULLS, text.first_null or NOWHERE, count=str(text.nulls))
    if text.escapes:
        place = text.first_escape or NOWHERE
        yield _warning(file_entries.ESCAPES, place, count=str(text.escapes))


def _about_columns(seen: Seen) -> Iterator[Finding]:
    kind, columns = seen.kind, seen.columns
    if kind is None and no_header(columns):
        yield _doubted(file_entries.HEADER_MISSING)
    elif kind is None:
        yield _warning(file_entries.KIND_UNKNOWN)
    elif kind is kinds.ONEROSTER:
        yield _warning(file_entries.ONEROSTER)
    if len(columns) > MOST_COLUMNS:
        facts = {"count": str(len(columns)), "looked": str(MOST_COLUMNS)}
        yield Finding(file_entries.MANY_COLUMNS, Level.WARNING, facts)
    counted = Counter(columns)
    if unnamed := counted.pop("", 0):
        yield _doubted(file_entries.COLUMN_UNNAMED, count=str(unnamed))
    if twice := [column for column, count in counted.items() if count > 1]:
        yield _doubted(file_entries.COLUMN_TWICE, columns=_list(twice))
    spaced = [name.strip() for name in seen.rows.header if name.strip() and name != name.strip()]
    if spaced:
        yield _warning(file_entries.COLUMN_SPACES, columns=_list(spaced))
    if kind is not None:
        yield from _about_template(kind, list(counted))


def _about_template(kind: Kind, columns: Sequence[str]) -> Iterator[Finding]:
    if unknown := [column for column in columns if not kind.knows(column)]:
        known = {name.casefold(): name for name in kind.columns}
        named = [_hinted(column, known) for column in unknown]
        yield _warning(file_entries.COLUMNS_UNKNOWN, columns=_list(named), kind=kind.title)
    if missing := sorted(kind.required.difference(columns)):
        yield _doubted(file_entries.COLUMNS_MISSING, columns=_list(missing), kind=kind.title)
    elif lacking := sorted(kind.creating.difference(columns)):
        yield Finding(file_entries.NOTHING_NEW, Level.INFO, {"columns": _list(lacking)})


def _hinted(column: str, known: Mapping[str, str]) -> str:
    """A column with the one that was probably meant."""
    meant = known.get(column.casefold().replace(" ", "_").replace("-", "_"))
    return f"{column} ({meant}?)" if meant else column


def _about_rows(seen: Seen) -> Iterator[Finding]:
    rows, following = seen.rows, seen.records + 1
    if rows.unreadable is not None:
        yield _doubted(file_entries.UNREADABLE_CSV, Place(following, rows.unreadable))
    elif rows.unclosed is not None:
        yield _doubted(file_entries.OPEN_QUOTE, Place(following, rows.unclosed))
    elif not seen.records:
        yield _doubted(file_entries.NO_ROWS)
    if seen.ragged.count:
        yield _doubted(
            file_entries.RAGGED,
            seen.ragged.first,
            count=str(seen.ragged.count),
            cells=str(seen.ragged_cells),
            columns=str(len(seen.columns)),
        )
    if seen.broken_lines.count:
        count = str(seen.broken_lines.count)
        if seen.kind is kinds.ONEROSTER:
            place = seen.broken_lines.first
            yield _doubted(file_entries.ONEROSTER_LINE_BREAKS, place, count=count)
        else:
            facts = {"count": count}
            yield Finding(file_entries.LINE_BREAKS, Level.INFO, facts, seen.broken_lines.first)


def _about_cells(seen: Seen) -> Iterator[Finding]:
    yield from _about_blanks(seen)
    for at, tally in sorted(seen.long_cells.items()):
        yield _counted(cell_entries.LONG_CELLS, Level.WARNING, tally, seen.columns[at])
    if seen.doubled.count:
        count = str(seen.doubled.count)
        if seen.keys.full:
            count = f"at least {seen.doubled.count:,}"
        column = seen.doubled.first.column
        yield _warning(cell_entries.KEYS_TWICE, seen.doubled.first, column=column, count=count)
    ruled = sorted(seen.ruled.items(), key=lambda one: (one[0][0], _ORDER[one[0][1].entry.id]))
    for (at, rule), tally in ruled:
        facts = {"example": '{"google": "user-id"}'}
        yield _counted(rule.entry, rule.level, tally, seen.columns[at], facts, asks=rule.asks)
    if any(map(is_password, seen.columns)) and seen.records:
        yield Finding(cell_entries.PASSWORDS, Level.INFO)


def _about_blanks(seen: Seen) -> Iterator[Finding]:
    kind, columns = seen.kind, seen.columns
    required = kind.required if kind is not None else frozenset()
    clears = kinds.clears(kind, columns)
    clearing: list[tuple[str, Tally]] = []
    for at, tally in sorted(seen.blanks.items()):
        column = columns[at]
        if column in required:
            yield _counted(cell_entries.BLANK_KEYS, Level.ERROR, tally, column, asks=True)
        elif kind is kinds.ORGANIZATIONS and column == kind.key_column:
            yield _counted(cell_entries.BLANK_IDS, Level.WARNING, tally, column)
        elif kind is not None and column == kind.key_column:
            yield _counted(cell_entries.BLANK_KEYS, Level.WARNING, tally, column)
        elif column and clears:
            clearing.append((column, tally))
    for column, tally in clearing[:_BLANKS_NAMED]:
        yield _counted(cell_entries.BLANK_CELLS, Level.WARNING, tally, column, asks=True)
    if others := clearing[_BLANKS_NAMED:]:
        tally = Tally(sum(one.count for _, one in others), others[0][1].first)
        named = f"{len(others):,} more columns"
        yield _counted(cell_entries.BLANK_CELLS, Level.WARNING, tally, named, asks=True)


def _about_size(source: Source, seen: Seen) -> Iterator[Finding]:
    if source.size > USUAL_BYTES:
        limit, size = size_words(USUAL_BYTES), size_words(source.size)
        yield _warning(file_entries.LARGE_FILE, limit=limit, size=size)
    if seen.records > USUAL_ROWS:
        yield _warning(file_entries.MANY_ROWS, limit=str(USUAL_ROWS), count=str(seen.records))


def _counted(
    entry: Entry,
    level: Level,
    tally: Tally,
    column: str,
    more: Mapping[str, str] | None = None,
    *,
    asks: bool = False,
) -> Finding:
    facts = {"column": column, "count": str(tally.count), **(more or {})}
    return Finding(entry, level, facts, tally.first, asks)


def _doubted(entry: Entry, place: Place = NOWHERE, **facts: str) -> Finding:
    """A server may take it, and harm is likely."""
    return Finding(entry, Level.ERROR, facts, place, asks=True)


def _warning(entry: Entry, place: Place = NOWHERE, **facts: str) -> Finding:
    return Finding(entry, Level.WARNING, facts, place)


def _list(names: Iterable[str]) -> str:
    """The first names, each cut, and how many there are besides."""
    all_of = [name if len(name) <= 60 else f"{name[:59]}…" for name in names]
    told = ", ".join(all_of[:_NAMED])
    more = len(all_of) - _NAMED
    return f"{told} and {more:,} more" if more > 0 else told
