"""EDIFACT (ISO 9735): invoices, segment by segment. UNA, where there is one, names the signs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.drafts import Look, Place, unwatched
from app.core.uploads import Source
from app.servers.folio import findings
from app.servers.folio.inspection.pieces import pieces
from app.servers.folio.inspection.tally import Tally

_KEPT = 64 * 1024
"""How much of a segment is kept; real ones have a few hundred bytes."""
_BEFORE = b"\xef\xbb\xbf \r\n\t"


@dataclass(frozen=True, slots=True)
class Signs:
    component: bytes = b":"
    element: bytes = b"+"
    release: bytes = b"?"
    end: bytes = b"'"


@dataclass(frozen=True, slots=True)
class Segment:
    """`text` without its end; `ended` is False for what stands behind the last end."""

    byte: int
    text: bytes
    signs: Signs
    ended: bool = True

    @property
    def name(self) -> str:
        return self.text[:3].decode("latin-1")

    def elements(self) -> list[bytes]:
        """Its parts as they are written, the name first."""
        return parted(self.text, self.signs.element, self.signs.release)

    def component(self, element: int, component: int = 0) -> str:
        """A part of an element (0 is the name), empty where there is none."""
        elements = self.elements()
        if element >= len(elements):
            return ""
        found = parted(elements[element], self.signs.component, self.signs.release)
        value = found[component] if component < len(found) else b""
        return released(value, self.signs.release).decode("latin-1").strip()


def released(text: bytes, release: bytes) -> bytes:
    """Without the signs that release others."""
    if not release.strip() or release not in text:
        return text
    return re.sub(re.escape(release) + rb"(.)", rb"\1", text, flags=re.S)


def parted(text: bytes, sign: bytes, release: bytes) -> list[bytes]:
    """Cut at each sign that is not released by the one before it."""
    pieces = text.split(sign)
    if release == sign or not release.strip() or release not in text:
        return pieces
    made: list[bytes] = []
    joined: list[bytes] = []
    for piece in pieces:
        joined.append(piece)
        # Two release signs are one that means itself.
        if (len(piece) - len(piece.rstrip(release))) % 2 == 0:
            made.append(sign.join(joined))
            joined = []
    return [*made, sign.join(joined)] if joined else made


def segments(source: Source, look: Look = unwatched) -> Iterator[Segment]:
    """All segments but UNA; nothing if the file does not begin as EDIFACT does. Of a segment
    longer than 64 KiB only its beginning is told. Raises FileProblem, and what `look` raises."""
    signs: Signs | None = None
    byte, kept, dropped = 0, b"", 0
    for piece in pieces(source, look):
        if signs is None:
            start = piece.lstrip(_BEFORE)
            byte = len(piece) - len(start)
            if not start.startswith((b"UNA", b"UNB")):
                return
            signs = Signs()
            if start.startswith(b"UNA") and len(start) >= 9:
                signs = Signs(start[3:4], start[4:5], start[6:7], start[8:9])
                start = start[9:]
                byte += 9
            piece = start
        *texts, kept = parted(kept + piece, signs.end, signs.release)
        for text in texts:
            yield _segment(byte, text, signs)
            byte += dropped + len(text) + 1
            dropped = 0
        if len(kept) > _KEPT:
            # The last bytes decide whether the sign that follows is released.
            short = kept[: _KEPT // 2] + kept[-_KEPT // 4 :]
            dropped += len(kept) - len(short)
            kept = short
    if signs is not None and kept.strip(_BEFORE):
        yield _segment(byte, kept, signs, ended=False)


def _segment(byte: int, text: bytes, signs: Signs, *, ended: bool = True) -> Segment:
    stripped = text.lstrip(b" \r\n\t")
    return Segment(byte + len(text) - len(stripped), stripped.rstrip(b"\r\n"), signs, ended)


def scan(source: Source, look: Look) -> Tally:
    """What an EDIFACT file holds: each message is an invoice. Raises FileProblem, and what `look`
    raises."""
    tally = Tally("EDIFACT", "EDIFACT", 0)
    messages = within = 0
    begun = closed = is_open = False
    for segment in segments(source, look):
        begun = True
        place = Place(record=messages or None, byte=segment.byte)
        if not segment.ended:
            tally.say(findings.UNCOUNTED_END, place)
            closed = True
        within += 1
        match segment.name:
            case "UNH":
                if is_open:
                    tally.say(findings.MESSAGE_ENDS, place)
                messages, within, is_open = messages + 1, 1, True
                kind = segment.component(2)
                if kind != "INVOIC":
                    place = Place(record=messages, byte=segment.byte)
                    tally.say(findings.NOT_INVOICES, place, kind=kind[:20] or "–")
            case "UNT" if is_open:
                if _number(segment.component(1)) != within:
                    tally.say(findings.SEGMENT_COUNT, place)
                is_open = False
            case "UNZ" if not closed:
                closed = True
                said = segment.component(1)
                if _number(said) != messages:
                    held = str(messages)
                    tally.say(findings.MESSAGE_COUNT, place, said=said[:20] or "–", held=held)
    if not begun:
        tally.records = None
        tally.say(findings.NOT_EDIFACT, asks=True)
        return tally
    tally.records = messages
    if is_open:
        tally.say(findings.MESSAGE_ENDS, Place(record=messages))
    if not messages:
        tally.say(findings.NO_RECORDS, asks=True)
    elif not closed:
        tally.say(findings.UNCOUNTED_END, Place(record=messages, after=True))
    return tally


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None
