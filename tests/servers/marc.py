"""Binary MARC records made for tests."""

from __future__ import annotations

_FIELD_END = b"\x1e"
_RECORD_END = b"\x1d"


def marc(title: str, number: int = 1, *, padding: int = 0) -> bytes:
    """One record with a control number and a title; `padding` bytes of note make it longer."""
    values = [
        (b"001", f"in{number:08d}".encode()),
        (b"008", b"260302s2026    xxu           000 0 eng d"),
        (b"245", b"10\x1fa" + title.encode()),
    ]
    while padding > 0:
        values.append((b"500", b"  \x1fa" + b"x" * min(padding, 9000)))
        padding -= 9000
    directory = body = b""
    for tag, value in values:
        value += _FIELD_END
        directory += b"%s%04d%05d" % (tag, len(value), len(body))
        body += value
    directory += _FIELD_END
    base = 24 + len(directory)
    whole = base + len(body) + 1
    return b"%05dnam a22%05d a 4500" % (whole, base) + directory + body + _RECORD_END
