"""What one pass over a scan file gives the person to know, to decide, or to mend."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from app.core import catalogue
from app.core.catalogue import Entry
from app.core.drafts import Finding, Level
from app.core.uploads import Source
from app.servers.reply import size_words
from app.servers.ssc import file_entries
from app.servers.ssc.archive import CutOff, Unusual
from app.servers.ssc.inspect.contents import MOST_ENTRIES, Contents
from app.servers.ssc.inspect.reading import FORTIFY, OTHER, Seen

_ARCHIVES = (".fpr", ".zip")
_LARGEST = 2_000_000_000
_AHEAD = timedelta(hours=36)
"""Scanners write the time of their own zone and seldom say which."""


def findings(source: Source, read: Seen) -> Iterator[Finding]:
    """In the order to show them; one of each kind."""
    name = {"name": source.name}
    for entry, level, asks, facts in _said(source, read):
        yield Finding(entry, level, name | facts, asks=asks)


_Said = tuple[Entry, Level, bool, dict[str, str]]


def _said(source: Source, read: Seen) -> Iterator[_Said]:
    if source.size == 0:
        yield _refused(catalogue.FILE_EMPTY)
        return
    if source.size > _LARGEST:
        yield _warning(file_entries.VERY_LARGE, size=size_words(source.size))
    if not read.archive:
        if source.name.lower().endswith(_ARCHIVES):
            yield _refused(file_entries.NOT_AN_ARCHIVE)
        else:
            yield _warning(file_entries.PLAIN_FILE)
    elif read.contents is None:
        cut = isinstance(read.trouble, CutOff)
        yield _refused(file_entries.CUT_OFF if cut else file_entries.LIST_DAMAGED)
    elif read.contents.count == 0:
        yield _refused(file_entries.NOTHING_INSIDE)
    elif any(one.encrypted for one in read.contents.resulting) or (
        read.contents.locked and not read.contents.results
    ):
        yield _refused(file_entries.ENCRYPTED)
    else:
        yield from _about_contents(source, read, read.contents)


def _about_contents(source: Source, read: Seen, listed: Contents) -> Iterator[_Said]:
    if listed.swollen:
        yield _doubted(file_entries.SWOLLEN, unpacked=size_words(listed.swollen))
    if listed.packed > source.size:
        yield _doubted(file_entries.OVERLAPPING)
    if listed.more:
        yield _doubted(file_entries.TOO_MANY_ENTRIES, count=str(MOST_ENTRIES))
    if listed.twice:
        yield _warning(file_entries.RESULTS_TWICE, part=listed.twice)
    if listed.outside:
        yield _warning(file_entries.NAMES_OUTSIDE, path=listed.outside)
    if not listed.results:
        if not listed.more:
            yield _other_content(source, listed)
    elif isinstance(read.trouble, Unusual):
        yield _warning(file_entries.UNUSUAL_RESULTS, reason=str(read.trouble))
    elif read.trouble is not None:
        yield _doubted(file_entries.UNREADABLE_RESULTS, reason=str(read.trouble))
    else:
        yield from _about_results(read, listed)


def _other_content(source: Source, listed: Contents) -> _Said:
    if listed.packed_results:
        return _question(file_entries.PACKED_RESULTS)
    if listed.sources * 2 > listed.count:
        return _question(file_entries.SOURCE_CODE)
    if source.name.lower().endswith(".fpr"):
        return _question(file_entries.OTHER_CONTENT)
    return _warning(file_entries.OTHER_CONTENT)


def _about_results(read: Seen, listed: Contents) -> Iterator[_Said]:
    if read.kind == OTHER and not read.engine:
        yield _warning(file_entries.NO_ENGINE)
    scan = read.scan
    if read.kind == FORTIFY:
        if scan.sources is False or scan.facts.get("files") == "0":
            yield _question(file_entries.NO_FILES)
        elif scan.findings == 0:
            yield _question(file_entries.EMPTY_SCAN)
        elif scan.findings is None:
            unpacked = size_words(listed.resulting[0].size)
            yield file_entries.NOT_COUNTED, Level.INFO, False, {"unpacked": unpacked}
    scanned = scan.facts.get("scanned", "")
    if scanned:
        moment = scan_moment(scanned)
        if moment is None and read.kind == OTHER:
            yield _warning(file_entries.SCAN_DATE_ODD, scanned=scanned)
        elif moment is not None and moment > datetime.now(UTC) + _AHEAD:
            yield _warning(file_entries.SCAN_IN_FUTURE, scanned=scanned)


def scan_moment(text: str) -> datetime | None:
    """When a scan says it was made, without a zone taken as UTC; None if that is no time."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _refused(entry: Entry) -> _Said:
    """No server could take it."""
    return entry, Level.ERROR, False, {}


def _doubted(entry: Entry, **facts: str) -> _Said:
    """A server may take it, and harm is likely."""
    return entry, Level.ERROR, True, facts


def _question(entry: Entry, **facts: str) -> _Said:
    return entry, Level.WARNING, True, facts


def _warning(entry: Entry, **facts: str) -> _Said:
    return entry, Level.WARNING, False, facts
