"""Lines of a record for reading, whatever the record holds: never too many, never too long."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from app.core.catalogue import Entry
from app.core.previews import TaggedLine, TaggedRecord
from app.servers.folio import findings

LINES = 1_000
SIGNS = 4_000
SHORTENED = "Only the beginning of this record is shown."

_NOTES = {
    findings.UNREADABLE_RECORDS: "This record cannot be read; this is what stands in the file.",
    findings.NO_LEADER: "This record has no proper leader.",
    findings.OVERLONG: "This record is longer than MARC allows.",
    findings.DIRECTORY: "The directory of this record does not fit its fields.",
    findings.FIELD_ENDS: "Some fields of this record do not end where they should.",
    findings.STRAY_BYTES: "Bytes that belong to no record stand before this one.",
    findings.BASE_ADDRESS: "This record states a wrong beginning of its data.",
    findings.NOT_UTF8: "This record says it is Unicode and is not.",
    findings.UTF8_UNFLAGGED: "This record is Unicode and does not say so.",
    findings.ENCODING_FLAG: "This record has an unknown sign for its encoding.",
    findings.RECORD_LENGTHS: "This record states a wrong length.",
    findings.LEADER_ODD: "This record has an unusual leader.",
    findings.CUT_OFF: "This record is cut off.",
    findings.NO_LAST_END: "This record lacks the sign that ends it.",
    findings.NOT_XML: "The file cannot be read any further.",
    findings.NOT_JSON: "The file cannot be read any further.",
    findings.XML_NOT_RECORDS: "FOLIO will take this for a record, which it is not.",
    findings.MESSAGE_ENDS: "This message has no end.",
    findings.SEGMENT_COUNT: "This message has another number of segments than it says.",
    findings.NOT_INVOICES: "This message is no invoice.",
}
"""What is said about one record, for translation, the gravest first."""


def gravest(entries: Collection[Entry]) -> tuple[str, ...]:
    """The gravest of what is wrong with a record, as a sentence; none for nothing."""
    ids = {entry.id for entry in entries}
    return tuple(note for entry, note in _NOTES.items() if entry.id in ids)[:1]


def readable(text: str) -> str:
    """Without signs that cannot be seen, and not too long."""
    if len(text) > SIGNS:
        text = text[: SIGNS - 1] + "…"
    return text if text.isprintable() else "".join(map(_seen, text))


def _seen(sign: str) -> str:
    if sign.isprintable():
        return sign
    return " " if sign.isspace() else "\N{MIDDLE DOT}"


def coded(subfields: Iterable[tuple[str, str]]) -> str:
    """Subfields on one line: “$a Title / $c somebody”."""
    return " ".join(f"${code} {text}".rstrip() for code, text in subfields)


def line(tag: str, indicators: str, text: str, *, marked: bool = False) -> TaggedLine:
    return TaggedLine(readable(tag[:12]), readable(indicators[:4]), readable(text), marked)


def record(
    number: int, title: str, lines: Sequence[TaggedLine], entries: Collection[Entry] = ()
) -> TaggedRecord:
    """A record with its notes; of very many lines only the first."""
    notes = gravest(entries)
    if len(lines) > LINES:
        notes = (*notes, SHORTENED)
    return TaggedRecord(number, readable(title)[:200], tuple(lines[:LINES]), notes)


def title_of(fields: Iterable[tuple[str, Sequence[tuple[str, str]]]]) -> str:
    """What a record is called: its title, else its heading."""
    headings: list[str] = []
    for tag, subfields in fields:
        parts = [text for code, text in subfields if code in "abt" and text]
        if tag == "245" and parts:
            return " ".join(parts)
        if tag[:1] == "1" and parts:
            headings.append(" ".join(parts))
    return headings[0] if headings else ""
