"""The receipt of what was sent: for people as a page, for programs as JSON, and its check sums."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.core.history import Past
from app.reports.tables import as_value
from app.reports.words import iso

FORMAT = 1
"""Of the JSON: a higher number means that a member changed its meaning."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Uploads that ended, in the order to show; when the receipt was made, and by what."""

    pasts: Sequence[Past]
    made: float
    """Seconds since the epoch."""
    program: str
    """Name and version."""

    @property
    def accounts(self) -> tuple[str, ...]:
        return _each(past.upload.account for past in self.pasts)

    @property
    def servers(self) -> tuple[str, ...]:
        return _each(past.server for past in self.pasts)

    @property
    def size(self) -> int:
        return sum(past.upload.source.size for past in self.pasts)

    @property
    def began(self) -> float:
        return min((past.added for past in self.pasts if past.added), default=0.0)

    @property
    def ended(self) -> float:
        return max((past.ended for past in self.pasts), default=0.0)


def receipt_json(receipt: Receipt) -> bytes:
    """ASCII, indented; every upload as in the history's JSON."""
    value = {
        "receipt": FORMAT,
        "made": iso(receipt.made),
        "program": receipt.program,
        "accounts": list(receipt.accounts),
        "servers": list(receipt.servers),
        "files": [as_value(past) for past in receipt.pasts],
        "checksums": [line.decode("utf-8", "replace") for line in _lines(receipt.pasts)],
    }
    return f"{json.dumps(value, indent=2)}\n".encode()


def checksums(pasts: Sequence[Past]) -> bytes:
    """A line for each file, as `sha256sum` writes and `sha256sum -c` checks it; paths are whole.

    Files whose digest is not known, since they never arrived, are left out.
    """
    return b"".join(line + b"\n" for line in _lines(pasts))


def _lines(pasts: Sequence[Past]) -> list[bytes]:
    lines: dict[bytes, None] = {}
    for past in pasts:
        if past.upload.sha256:
            lines[_line(past.upload.sha256, past.upload.source.path)] = None
    return list(lines)


def _line(digest: str, path: str) -> bytes:
    """A path with a line's end in it is written with a backslash, which the line begins with."""
    named = path.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    lead = "\\" if named != path else ""
    return f"{lead}{digest}  {named}".encode("utf-8", "surrogateescape")


def _each(names: Iterable[str]) -> tuple[str, ...]:
    """Every name once; empty ones are none."""
    return tuple(dict.fromkeys(name for name in names if name))
