"""The structure of a binary MARC file: from leader to leader, nothing inside records.

Each record is taken to be as long as it says (ISO 2709, leader positions 0 to 4) if the sign that
ends one is there. That is about as fast as Python goes from record to record; only where it does
not lead on are the ends looked for.
"""

from __future__ import annotations

import math
import time

from app.core.drafts import Look, Place
from app.core.uploads import Source
from app.servers.folio import findings
from app.servers.folio.inspection.blocks import BLANKS, END, Block, block_of
from app.servers.folio.inspection.ending import say_ending
from app.servers.folio.inspection.pieces import PIECE, Told
from app.servers.folio.inspection.record import LEADER
from app.servers.folio.inspection.tally import Tally
from app.servers.source_file import opened

_END = END[0]


def structure(source: Source, look: Look, seconds: float = math.inf) -> Tally:
    """How many records there are, which have wrong lengths, and whether the last one is whole.

    Where so many seconds are not enough, `records` is None and the fact `about_records` says how
    many there will be if all are like those seen. Raises FileProblem, and what `look` raises.
    """
    tally, told = Tally("MARC", "MARC"), Told(look)
    until = time.monotonic() + seconds
    number, offset = 1, 0
    with opened(source) as file:
        while data := file.read(PIECE):
            hopped, records = _hop(data)
            if records:
                number, offset = number + records, offset + hopped
                file.seek(offset)
            else:
                block = block_of(file, data, number, offset, told)
                if not block.ended:
                    say_ending(tally, block)
                    break
                _say_lengths(tally, block)
                number, offset = number + len(block), block.behind
            told.upto(offset)
            if time.monotonic() > until and offset < source.size:
                tally.facts["about_records"] = _about(number - 1, offset, source.size)
                return tally
    told.end(source.size)
    tally.records = number - 1 or None
    return tally


def _hop(data: bytes) -> tuple[int, int]:
    """How far and over how many records the lengths lead."""
    at = records = 0
    try:
        while True:
            size = int(data[at : at + 5])
            if size <= LEADER or data[at + size - 1] != _END:
                break
            at += size
            records += 1
    except (ValueError, IndexError):
        pass
    return at, records


def _about(records: int, seen: int, size: int) -> str:
    """What so many records in the bytes seen make in all of them, to two digits."""
    guess = records * size // seen
    step = 10 ** max(len(str(guess)) - 2, 0)
    return str(round(guess / step) * step)


def _say_lengths(tally: Tally, block: Block) -> None:
    wrong = [index for index in range(len(block)) if block.size or not _fits(block.record(index))]
    if wrong:
        first = wrong[0]
        raw = block.record(first)
        blanks = len(raw) - len(raw.lstrip(BLANKS))
        place = Place(record=block.number + first, byte=block.place(first) + blanks)
        tally.say(findings.RECORD_LENGTHS, place, count=len(wrong))


def _fits(raw: bytes) -> bool:
    record = raw.lstrip(BLANKS)
    return record[:5] == b"%05d" % (len(record) + 1)
