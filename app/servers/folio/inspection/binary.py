"""Binary MARC: every record is counted and checked, at about the speed of a fast disk.

The first records of a file, and every record whose leader does not fit it, are examined one by
one. The others are looked over many at once (`Group`); where something in their directories does
not add up, they are examined too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.core.catalogue import Entry
from app.core.drafts import Look, Place
from app.core.uploads import Source
from app.servers.folio import findings
from app.servers.folio.inspection.blocks import BLANKS, Block, blocks
from app.servers.folio.inspection.ending import say_ending
from app.servers.folio.inspection.group import Group, misfits, span
from app.servers.folio.inspection.record import LEADER, Examined, examine
from app.servers.folio.inspection.roll import KIND_OF, OTHER, Roll
from app.servers.folio.inspection.tally import Tally
from app.servers.folio.wire.profiles import BIBLIOGRAPHIC, HOLDINGS

EXAMINED = 1_000
"""So many records at the beginning of a file are examined one by one."""
_HOLDINGS_NEED = (
    (b"004", findings.HOLDINGS_NO_LINK),
    (b"852", findings.HOLDINGS_NO_PLACE),
)


def scan(source: Source, look: Look, examined: int = EXAMINED) -> Tally:
    """What a binary MARC file holds; the first `examined` records are looked at closely. Raises
    FileProblem, and what `look` raises."""
    return _Scan(examined).run(source, look)


class _Scan:
    def __init__(self, examined: int) -> None:
        self._examined = examined
        self._tally = Tally("MARC", "MARC", 0)
        self._roll = Roll(self._tally)
        self._records = 0
        self._model: bytes | None = None
        """What all records were equal to so far; None once one differs."""

    def run(self, source: Source, look: Look) -> Tally:
        for block in blocks(source, look):
            if not block.ended:
                say_ending(self._tally, block)
            elif len(block):
                self._compare(block)
                self._records += len(block)
                if block.size is not None or self._records <= self._examined:
                    self._examine(block, self._worth_a_look(block, range(len(block))))
                else:
                    self._look_over(block)
            if block.stray:
                behind = block.number - 1 + block.stray_behind
                place = Place(record=behind or None, byte=block.stray_at, after=bool(behind))
                self._tally.say(findings.STRAY_BYTES, place, count=block.stray)
        return self._finished()

    def _compare(self, block: Block) -> None:
        if block.number == 1:
            self._model = block.record(0)
        if self._model is not None and (
            block.size is not None
            or any(block.record(index) != self._model for index in range(len(block)))
        ):
            self._model = None

    def _finished(self) -> Tally:
        tally = self._tally
        tally.records = self._records
        self._roll.finish()
        hopeless = tally.count(findings.UNREADABLE_RECORDS) == self._records
        begun = tally.count(findings.CUT_OFF) or tally.count(findings.NO_LAST_END)
        if hopeless and not begun:
            tally.say(findings.NOT_MARC, asks=True)
            tally.records = self._records or None
        if self._model is not None and self._records > 1:
            tally.say(findings.ALL_SAME, count=self._records)
        return tally

    # --- one by one

    def _examine(self, block: Block, indexes: Sequence[int]) -> None:
        for index in indexes:
            seen = examine(block.record(index), block.size)
            self._say_faults(block, index, seen)
            if seen.leader:
                leader = seen.leader.decode("latin-1")
                place = Place(record=block.number + index, byte=block.place(index) + seen.skipped)
                self._roll.add(place, leader, seen.tags, seen.number, leftover=seen.leftover)

    def _say_faults(self, block: Block, index: int, seen: Examined) -> None:
        for fault in seen.faults:
            at = block.place(index) + seen.skipped + fault.at
            place = Place(record=block.number + index, byte=at, column=fault.tag)
            self._tally.say(fault.entry, place)

    # --- many at once

    def _look_over(self, block: Block) -> None:
        data, starts = block.data, block.starts
        if not bytes([data[start] for start in starts]).isdigit():
            starts = [
                end - len(data[start:end].lstrip(BLANKS))
                for start, end in zip(starts, block.ends, strict=True)
            ]
        records = span(data, starts, block.ends)
        odd = misfits(records)
        usual: Sequence[int] = range(len(records))
        if odd:
            unusual = frozenset(odd)
            usual = [index for index in usual if index not in unusual]
            records = records.only(usual)
            odd = list(self._worth_a_look(block, odd))
        if usual:
            group = Group(records)
            if group.sound:
                self._take(block, usual, group)
            else:
                odd = sorted([*odd, *usual])
        self._examine(block, odd)

    def _worth_a_look(self, block: Block, odd: Sequence[int]) -> Sequence[int]:
        """Without scraps shorter than a leader: there may be one for each byte of the file."""
        scraps = [index for index in odd if block.ends[index] - block.starts[index] < LEADER]
        if not scraps:
            return odd
        self._say(findings.UNREADABLE_RECORDS, block, scraps)
        few = frozenset(scraps)
        return [index for index in odd if index not in few]

    def _take(self, block: Block, usual: Sequence[int], group: Group) -> None:
        """Counts sound records, and says what is missing in them."""

        def say(entry: Entry, indexes: list[int], tag: str = "") -> None:
            self._say(entry, block, [usual[index] for index in indexes], tag)

        letters = group.letters
        kinds = self._roll.count(letters, group.flags)

        def those(kind: str, indexes: Iterable[int]) -> list[int]:
            return [index for index in indexes if KIND_OF.get(letters[index], OTHER) == kind]

        say(findings.MARKED_DELETED, group.deleted)
        if len(group.numbered) != len(letters):
            say(findings.NO_NUMBER, group.without(b"001"))
        if kinds[BIBLIOGRAPHIC]:
            say(findings.NO_TITLE, those(BIBLIOGRAPHIC, group.without(b"245")))
        if kinds[HOLDINGS]:
            for tag, entry in _HOLDINGS_NEED:
                say(entry, those(HOLDINGS, group.without(tag)))
        if kinds[OTHER]:
            say(findings.KIND_NOT_TAKEN, those(OTHER, range(len(letters))))
        say(findings.LEFTOVER_IDS, group.leftovers(), "999")
        twice, first = self._roll.repeated(group.numbers())
        if twice:
            index = usual[group.numbered[first]]
            place = Place(record=block.number + index, byte=block.place(index), column="001")
            self._tally.say(findings.NUMBERS_TWICE, place, count=twice)
        for entry, indexes in group.miscoded():
            # The first is looked at closely, for its place.
            if not self._tally.count(entry):
                first = usual[indexes.pop(0)]
                self._say_faults(block, first, examine(block.record(first)))
            say(entry, indexes)

    def _say(self, entry: Entry, block: Block, indexes: Sequence[int], tag: str = "") -> None:
        if indexes:
            first = indexes[0]
            place = Place(record=block.number + first, byte=block.place(first), column=tag)
            self._tally.say(entry, place, count=len(indexes))
