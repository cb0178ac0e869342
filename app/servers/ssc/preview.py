"""What a scan file is, for reading: whose results, of what, how many findings, how large."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.drafts import unwatched
from app.core.previews import FactGroup, Facts
from app.core.uploads import Source
from app.servers.reply import size_words
from app.servers.ssc.inspect.contents import Contents
from app.servers.ssc.inspect.reading import Seen, seen
from app.servers.ssc.inspect.scan import PRIORITIES

_SCAN = (
    ("Build", "build"),
    ("Project", "project"),
    ("Version", "version"),
    ("Label", "label"),
    ("Scanned on", "scanned"),
    ("Scan ID", "scan"),
    ("Files", "files"),
    ("Lines of code", "lines"),
)


def preview(source: Source, first: int, count: int) -> Facts:
    """All facts at once: there are no records to page through. Raises FileProblem."""
    read = seen(source, unwatched)
    groups = [_group("Scan", _scan(read)), _group("Findings", _findings(read))]
    groups.append(_group("File", _file(source, read)))
    return Facts(tuple(group for group in groups if group.facts))


def _group(title: str, facts: Iterable[tuple[str, str]]) -> FactGroup:
    return FactGroup(title, tuple((label, text) for label, text in facts if text))


def _scan(read: Seen) -> list[tuple[str, str]]:
    told = read.scan.facts
    engine = " ".join(part for part in (read.engine, told.get("engine_version", "")) if part)
    return [
        ("Results", read.format),
        ("Engine", engine),
        *((label, told.get(key, "")) for label, key in _SCAN),
        ("Scanned by computer", read.scan.machine),
    ]


def _findings(read: Seen) -> list[tuple[str, str]]:
    """By the priority that SSC gives by default; a template of the version can give another."""
    scan = read.scan
    if scan.findings is None:
        return [("Not counted", "–")] if read.format.startswith("FPR") else []
    rated = [(name.capitalize(), f"{scan.priorities[name]:,}") for name in PRIORITIES]
    unrated = scan.findings - scan.priorities.total()
    if not scan.priorities:
        return [("All", f"{scan.findings:,}")]
    others = [("Without a priority", f"{unrated:,}")] if unrated > 0 else []
    return [("All", f"{scan.findings:,}"), *rated, *others]


def _file(source: Source, read: Seen) -> list[tuple[str, str]]:
    facts = [("Size", size_words(source.size))]
    if read.contents is not None:
        facts += _contents(read.contents)
    return facts


def _contents(listed: Contents) -> list[tuple[str, str]]:
    results = ", ".join(f"{one.name} ({size_words(one.size)})" for one in listed.resulting)
    size, entries = "Size unpacked", "Entries"
    if listed.more:
        size, entries = "Size unpacked, at least", "Entries, at least"
    return [
        (size, size_words(listed.unpacked)),
        (entries, f"{listed.count:,}"),
        ("Entries of source code", f"{listed.scanned:,}" if listed.scanned else ""),
        ("Read by the server", results),
    ]
