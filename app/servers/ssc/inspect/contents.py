"""What is in an archive: the entries that matter, and what its list of contents adds up to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO

from app.core.drafts import Look
from app.servers.ssc import archive
from app.servers.ssc.archive import Entry

STATIC = "audit.fvdl"
DYNAMIC = "webinspect.xml"
THIRD_PARTY = "scan.info"
RESULTS = (STATIC, DYNAMIC, THIRD_PARTY)

MOST_ENTRIES = 1_000_000

_IMPOSSIBLE = 500
"""Results shrink to a tenth or a fiftieth when packed."""
_NOTICEABLE = 1_000_000_000
_WHOLE_NOTICEABLE = 20_000_000_000
_TOLD_EVERY = 4096
_SOURCE = frozenset(
    {
        *(".c", ".cc", ".cpp", ".cs", ".cfm", ".cls", ".cobol", ".cbl", ".go", ".h", ".hpp"),
        *(".htm", ".html", ".java", ".js", ".jsp", ".jsx", ".kt", ".m", ".php", ".pkb", ".pks"),
        *(".pl", ".py", ".rb", ".scala", ".sql", ".swift", ".ts", ".tsx", ".vb", ".vue"),
    }
)


@dataclass(slots=True)
class Contents:
    """Of the whole list; `more` when it is longer than anybody should read."""

    count: int = 0
    packed: int = 0
    """All entries with their headers, in bytes; more than the archive when some share bytes."""
    unpacked: int = 0
    results: dict[str, Entry] = field(default_factory=dict)
    twice: str = ""
    """Results that are in the archive under the same name more than once."""
    swollen: int = 0
    """What an entry of the results, or all entries together, unbelievably unpack to; else 0."""
    locked: bool = False
    packed_results: bool = False
    """An .fpr inside, at any depth."""
    sources: int = 0
    """Files of source code that are not in the archive's own folders of a scan."""
    scanned: int = 0
    """Files that the scanner packed along with its results."""
    outside: str = ""
    """A name that leads out of the folder it is unpacked to."""
    more: bool = False

    @property
    def resulting(self) -> list[Entry]:
        return [self.results[name] for name in RESULTS if name in self.results]


def contents(file: BinaryIO, look: Look) -> Contents:
    """Reads the list of contents to its end, or as far as is sensible. Raises Unreadable."""
    seen = Contents()
    for entry in archive.entries(file, MOST_ENTRIES + 1):
        if seen.count == MOST_ENTRIES:
            seen.more = True
            break
        seen.count += 1
        if seen.count % _TOLD_EVERY == 0:
            look(0)
        _add(seen, entry)
    size = file.seek(0, 2)
    if seen.unpacked > _WHOLE_NOTICEABLE and seen.unpacked > _IMPOSSIBLE * size:
        seen.swollen = seen.swollen or seen.unpacked
    return seen


def _add(seen: Contents, entry: Entry) -> None:
    name = entry.name
    seen.packed += archive.HEADER + len(name) + entry.packed
    seen.unpacked += entry.size
    if name in RESULTS:
        if name in seen.results:
            seen.twice = name
        seen.results[name] = entry
        if entry.size > _NOTICEABLE and entry.size > _IMPOSSIBLE * max(entry.packed, 1):
            seen.swollen = entry.size
    elif name.startswith(("src-archive/", "src-xrefdata/")):
        seen.scanned += 1
    else:
        ending = name[name.rfind(".") :].lower()
        seen.packed_results = seen.packed_results or ending == ".fpr"
        seen.sources += ending in _SOURCE
    seen.locked = seen.locked or entry.encrypted
    if not seen.outside and _leads_outside(name):
        seen.outside = name[:100]


def _leads_outside(name: str) -> bool:
    if name.startswith("/") or name[1:3] == ":/":
        return True
    return ".." in name and ".." in name.split("/")
