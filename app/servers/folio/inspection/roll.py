"""What the records of a file have in common and what each must have, in whatever form they came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from app.core.drafts import Level, Place
from app.servers.folio import findings
from app.servers.folio.inspection.tally import Tally
from app.servers.folio.wire.profiles import AUTHORITY, BIBLIOGRAPHIC, HOLDINGS

OTHER = "other"

KINDS = {
    **dict.fromkeys("abcdefghijkmnoprt", BIBLIOGRAPHIC),
    **dict.fromkeys("uvxy", HOLDINGS),
    "z": AUTHORITY,
}
"""By leader position 6 (MARC 21)."""
KIND_OF = {ord(letter): kind for letter, kind in KINDS.items()}
MANY = 100_000
_NUMBERS_KEPT = 200_000
"""Of so many 001s it is remembered that they occurred; of later ones only whether they are among
these. Each takes some 100 bytes there."""


class Roll:
    """Counts records by kind and says what is missing in them."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self.kinds: Counter[str] = Counter()
        self._flags: Counter[str] = Counter()
        self._numbers: set[int] = set()

    def add(
        self, place: Place, leader: str, tags: Collection[str], number: bytes, *, leftover: bool
    ) -> None:
        """A record; `place` says where it is."""
        say = self._tally.say
        kind = KINDS.get(leader[6:7], OTHER)
        self.kinds[kind] += 1
        self._flags[leader[9:10]] += 1
        if leader[5:6] == "d":
            say(findings.MARKED_DELETED, place)
        if "001" not in tags:
            say(findings.NO_NUMBER, place)
        elif self.repeated([number])[0]:
            say(findings.NUMBERS_TWICE, _in(place, "001"))
        if kind == BIBLIOGRAPHIC and "245" not in tags:
            say(findings.NO_TITLE, place)
        elif kind == HOLDINGS:
            if "004" not in tags:
                say(findings.HOLDINGS_NO_LINK, place)
            if "852" not in tags:
                say(findings.HOLDINGS_NO_PLACE, place)
        elif kind == OTHER:
            say(findings.KIND_NOT_TAKEN, place)
        if leftover:
            say(findings.LEFTOVER_IDS, _in(place, "999"))

    def count(self, letters: bytes, flags: bytes) -> Counter[str]:
        """Records by their leader positions 6 and 9, of which nothing is said; how many there are
        of each kind."""
        kinds: Counter[str] = Counter()
        for letter in set(letters):
            kinds[KIND_OF.get(letter, OTHER)] += letters.count(letter)
        self.kinds += kinds
        self._flags.update({flag: flags.count(flag.encode()) for flag in "a "})
        return kinds

    def repeated(self, numbers: Iterable[bytes]) -> tuple[int, int]:
        """How many of these 001s came before, as far as is remembered, and the index of the first
        of them; remembers them."""
        hashes = list(map(hash, numbers))
        fresh = set(hashes)
        twice = len(hashes) - len(fresh)
        if not self._numbers.isdisjoint(fresh):
            twice += len(self._numbers & fresh)
        first = self._first(hashes) if twice else 0
        room = _NUMBERS_KEPT - len(self._numbers)
        if room > 0:
            self._numbers.update(fresh if len(fresh) <= room else list(fresh)[:room])
        return twice, first

    def _first(self, hashes: list[int]) -> int:
        met: set[int] = set()
        for index, one in enumerate(hashes):
            if one in met or one in self._numbers:
                return index
            met.add(one)
        return 0

    @property
    def total(self) -> int:
        return self.kinds.total()

    def finish(self, *, encodings: bool = True) -> None:
        """Says what is true of the file as a whole, and tells its facts."""
        tally, kinds = self._tally, +self.kinds
        for kind, count in kinds.items():
            tally.facts[kind] = str(count)
        if len(kinds) > 1:
            tally.say(
                findings.MIXED_KINDS,
                bibliographic=str(kinds[BIBLIOGRAPHIC]),
                holdings=str(kinds[HOLDINGS]),
                authority=str(kinds[AUTHORITY]),
                other=str(kinds[OTHER]),
            )
        elif kinds:
            tally.facts["record_type"] = next(iter(kinds))
        if encodings and self.total:
            unicode, older = self._flags["a"], self._flags[" "]
            if unicode and older:
                tally.say(findings.ENCODINGS_MIXED, level=Level.INFO)
            elif unicode or older:
                tally.facts["encoding"] = "UTF-8" if unicode else "MARC-8"
        if self.total > MANY:
            tally.say(findings.MANY_RECORDS, level=Level.INFO, count=self.total)


def _in(place: Place, column: str) -> Place:
    return Place(record=place.record, line=place.line, byte=place.byte, column=column)
