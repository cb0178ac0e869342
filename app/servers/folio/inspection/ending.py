"""What stands behind the last record end of a binary MARC file."""

from __future__ import annotations

import re

from app.core.drafts import Place
from app.servers.folio import findings
from app.servers.folio.inspection.blocks import BLANKS, Block
from app.servers.folio.inspection.record import LEADER
from app.servers.folio.inspection.tally import Tally

_LEADER = re.compile(rb"\d{5}[a-z|# ][a-z|# ].{3}(22|  |$)", re.DOTALL)
"""A file without a single record end is MARC only if it begins with a leader."""


def say_ending(tally: Tally, block: Block) -> None:
    """Says what is wrong with a block that has no record end; `block.number` is that of the next
    record."""
    size, records = block.size or 0, block.number - 1
    rest = block.data.lstrip(BLANKS)
    if not rest:
        return
    skipped = len(block.data) - len(rest)
    size -= skipped
    place = Place(record=records or None, byte=block.offset + skipped, after=bool(records))
    if not rest[:5].isdigit() or (not records and not _LEADER.match(rest)):
        if records:
            tally.say(findings.STRAY_BYTES, place)
    elif len(rest) > LEADER and rest[:5] == b"%05d" % (size + 1) and rest.endswith(b"\x1e"):
        tally.say(findings.NO_LAST_END, place)
    else:
        tally.say(findings.CUT_OFF, place, asks=True)
