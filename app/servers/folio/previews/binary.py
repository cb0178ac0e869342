"""Binary MARC records for reading, broken ones as far as they can be shown."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.catalogue import Entry
from app.core.previews import TaggedLine, TaggedRecord
from app.core.uploads import Source
from app.servers.folio import findings
from app.servers.folio.inspection.blocks import BLANKS, Block, blocks
from app.servers.folio.inspection.record import Examined, Field, examine
from app.servers.folio.previews.tagged import SIGNS, coded, line, record, title_of

_MARKS_LEADER = {
    findings.RECORD_LENGTHS.id,
    findings.BASE_ADDRESS.id,
    findings.LEADER_ODD.id,
    findings.ENCODING_FLAG.id,
    findings.OVERLONG.id,
}


def records(source: Source, first: int) -> Iterator[TaggedRecord]:
    """The records from number `first` on. Raises FileProblem."""
    for block in blocks(source):
        if not block.ended:
            rest = block.data.lstrip(BLANKS)
            if rest and block.number >= first and (rest[:5].isdigit() or block.number == 1):
                yield _cut_off(block, rest)
            return
        for index in range(max(first - block.number, 0), len(block)):
            raw = block.record(index)
            yield _tagged(block.number + index, raw, examine(raw, block.size))


def _cut_off(block: Block, rest: bytes) -> TaggedRecord:
    seen = examine(rest, block.size)
    whole = rest.endswith(b"\x1e") and seen.leader[:5] == b"%05d" % (len(rest) + 1)
    begun = rest[:5].isdigit()
    entry = findings.NO_LAST_END if whole else findings.CUT_OFF
    faults = (findings.UNREADABLE_RECORDS,) if not begun else (entry,)
    return _tagged(block.number, rest, seen, faults)


def _tagged(
    number: int, raw: bytes, seen: Examined, said: tuple[Entry, ...] | None = None
) -> TaggedRecord:
    entries = tuple(fault.entry for fault in seen.faults) if said is None else said
    if not seen.leader:
        shown = raw[:SIGNS].decode("utf-8", "replace")
        return record(number, "", [line("", "", shown, marked=True)], entries)
    ids = {fault.entry.id for fault in seen.faults}
    tags = {fault.tag for fault in seen.faults if fault.tag}
    decode = _Letters(seen.leader[9:10], raw).decode
    leader = seen.leader.decode("latin-1")
    lines: list[TaggedLine] = [line("LDR", "", leader, marked=bool(ids & _MARKS_LEADER))]
    fields: list[tuple[str, list[tuple[str, str]]]] = []
    for field in seen.fields:
        leftover = field.tag == "999" and field.value.startswith(b"ff")
        marked = field.tag in tags or leftover
        if field.tag.startswith("00") or b"\x1f" not in field.value:
            indicators, text = _unparted(field)
            lines.append(line(field.tag, indicators, decode(text), marked=marked))
            continue
        head, *parts = field.value.split(b"\x1f")
        subfields = [(part[:1], part[1:]) for part in map(decode, parts) if part]
        fields.append((field.tag, subfields))
        text_of_all = coded(subfields)
        lines.append(line(field.tag, head.decode("latin-1"), text_of_all, marked=marked))
    return record(number, title_of(fields) or _number(seen), lines, entries)


def _unparted(field: Field) -> tuple[str, bytes]:
    """Indicators and text of a field without subfields."""
    if field.tag.startswith("00"):
        return "", field.value
    return field.value[:2].decode("latin-1"), field.value[2:]


def _number(seen: Examined) -> str:
    return seen.number[:200].decode("utf-8", "replace")


class _Letters:
    """Turns a record's bytes into text: as its leader says, unless its bytes say otherwise."""

    def __init__(self, flag: bytes, raw: bytes) -> None:
        self._unicode = True
        if flag != b"a" and not raw.isascii():
            try:
                raw.decode("utf-8")
            except UnicodeDecodeError:
                self._unicode = False

    def decode(self, text: bytes) -> str:
        text = text[: SIGNS * 4]
        if self._unicode or text.isascii():
            return text.decode("utf-8", "replace")
        # Slow to import, and needed only for MARC-8.
        from pymarc.marc8 import marc8_to_unicode

        try:
            return str(marc8_to_unicode(text, hide_utf8_warnings=True))
        except (ValueError, IndexError, KeyError, TypeError):
            return text.decode("latin-1")
