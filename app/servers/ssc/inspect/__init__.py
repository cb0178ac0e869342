"""A look into a scan before it is sent: whose results, of what, from when, and what is odd.

Only what no server could take is refused for good: an archive that is empty, cut off or locked.
What a server would take to nobody's use is refused as long as nobody says otherwise.
"""

from __future__ import annotations

from app.core.drafts import Inspection, Look, unwatched
from app.core.uploads import Source
from app.servers.ssc.inspect.findings import findings
from app.servers.ssc.inspect.reading import FORTIFY, OTHER, Seen, seen

__all__ = ["FORTIFY", "OTHER", "inspect"]


def inspect(source: Source, look: Look = unwatched) -> Inspection:
    """Findings and facts of one file. Raises FileProblem, and what `look` raises.

    Facts, each only if it is known: `kind` (fortify, other), `format`, `engine`, `engine_version`,
    `build`, `project`, `label`, `version`, `scanned`, `scan` (its id), `files`, `lines`, `findings`
    (their number) and `critical`, `high`, `medium`, `low`.
    """
    read = seen(source, look)
    return Inspection(tuple(findings(source, read)), _facts(read))


def _facts(read: Seen) -> dict[str, str]:
    scan = read.scan
    facts = {"kind": read.kind, "format": read.format, "engine": read.engine, **scan.facts}
    if scan.findings is not None:
        facts["findings"] = str(scan.findings)
        facts |= {name: str(count) for name, count in scan.priorities.items()}
    return {key: text for key, text in facts.items() if text}
