"""The structure of a binary MARC file: from record end to record end, nothing inside records.

Each record is found by the sign that ends it, and its size compared with the one it gives itself
(ISO 2709, leader positions 0 to 4). That is about as fast as Python goes from record to record.
"""

from __future__ import annotations

from app.core.drafts import Look, Place
from app.core.uploads import Source
from app.servers.folio import findings
from app.servers.folio.inspection.blocks import BLANKS, Block, blocks
from app.servers.folio.inspection.ending import say_ending
from app.servers.folio.inspection.tally import Tally


def structure(source: Source, look: Look) -> Tally:
    """How many records there are, which have wrong lengths, and whether the last one is whole.
    Raises FileProblem, and what `look` raises."""
    tally = Tally("MARC", "MARC")
    records = 0
    for block in blocks(source, look):
        if not block.ended:
            say_ending(tally, block)
            break
        records += len(block)
        wrong = _wrong_lengths(block)
        if wrong:
            first = wrong[0]
            raw = block.record(first)
            blanks = len(raw) - len(raw.lstrip(BLANKS))
            place = Place(record=block.number + first, byte=block.place(first) + blanks)
            tally.say(findings.RECORD_LENGTHS, place, count=len(wrong))
    tally.records = records or None
    return tally


def _wrong_lengths(block: Block) -> list[int]:
    if block.size is not None:
        return [0]
    data = block.data
    told = [data[start : start + 5] for start in block.starts]
    if b"".join(told).isdigit() and list(map(int, told)) == block.sizes:
        return []
    return [index for index in range(len(block)) if not _fits(block.record(index))]


def _fits(raw: bytes) -> bool:
    record = raw.lstrip(BLANKS)
    return record[:5] == b"%05d" % (len(record) + 1)
