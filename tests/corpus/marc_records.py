"""MARC records made field by field, so that each part of them can be made wrong."""

from __future__ import annotations

from collections.abc import Sequence

Fields = Sequence[tuple[str, bytes]]

TITLE = ("245", b"10\x1faA short history of rivers /\x1fcKim Ito.")
FIXED = ("008", b"260302s2026    xxu           000 0 eng d")


def binary(
    fields: Fields,
    *,
    leader: str = "nam a",
    length: bytes | None = None,
    base: bytes | None = None,
    counts: bytes = b"22",
    entry_map: bytes = b"4500",
    directory: bytes | None = None,
    end: bytes = b"\x1d",
) -> bytes:
    """An ISO 2709 record; `leader` are the positions 5 to 9, the others as given or as they must
    be."""
    body = entries = b""
    for tag, value in fields:
        value += b"\x1e"
        entries += b"%s%04d%05d" % (tag.encode(), len(value), len(body))
        body += value
    entries = (entries if directory is None else directory) + b"\x1e"
    start = 24 + len(entries)
    whole = start + len(body) + 1
    head = (length or b"%05d" % whole) + leader.encode() + counts + (base or b"%05d" % start)
    return head + b" a " + entry_map + entries + body + end


def book(number: int, *more: tuple[str, bytes], **parts: object) -> bytes:
    """A sound bibliographic record."""
    first = ("001", b"in%08d" % number)
    return binary([first, FIXED, TITLE, *more], **parts)  # type: ignore[arg-type]


def holdings(number: int, *, link: bool = True, place: bool = True) -> bytes:
    fields = [("001", b"ho%08d" % number)]
    fields += [("004", b"in00000001")] if link else []
    fields += [("008", b"2603020u    8   4001uueng0000000")]
    fields += [("852", b"0 \x1fbmain\x1fhQA76")] if place else []
    return binary(fields, leader="nx  a")


def authority(number: int) -> bytes:
    return binary([("001", b"n%08d" % number), ("100", b"1 \x1faIto, Kim")], leader="nz  a")


def xml(*records: str, root: str = "collection", head: str = "", space: bool = True) -> bytes:
    name = ' xmlns="http://www.loc.gov/MARC21/slim"' if space else ""
    inside = "\n".join(records)
    return f"<?xml version='1.0'?>\n{head}<{root}{name}>\n{inside}\n</{root}>\n".encode()


def xml_record(number: int, *, leader: str = "00000nam a2200000 a 4500", title: bool = True) -> str:
    field = '<datafield tag="245" ind1="1" ind2="0"><subfield code="a">Rivers</subfield>'
    shown = f"{field}</datafield>" if title else ""
    return (
        f"<record><leader>{leader}</leader>"
        f'<controlfield tag="001">in{number:08d}</controlfield>{shown}</record>'
    )


def invoice(number: int, *, segments: int | None = None, kind: str = "INVOIC") -> str:
    inside = [f"UNH+{number}+{kind}:D:96A:UN:EAN008", f"BGM+380+{900 + number}+9", "LIN+1"]
    count = len(inside) + 1 if segments is None else segments
    return "".join(f"{one}'" for one in [*inside, f"UNT+{count}+{number}"])


def interchange(*messages: str, said: int | None = None, end: bool = True) -> bytes:
    closed = f"UNZ+{len(messages) if said is None else said}+1'" if end else ""
    return f"UNA:+.? 'UNB+UNOC:3+A+B+260302:0900+1'{''.join(messages)}{closed}".encode()
