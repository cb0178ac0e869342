"""Which keys a table has more than once, in twelve bytes a row and for so many rows."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

MOST_KEYS = 1_000_000

_BUCKETS = 256
_NO_KEY = hash("")


class Keys:
    """Remembers a number for each key, by which two keys are the same all but certainly."""

    def __init__(self) -> None:
        self.full = False
        """Rows behind the first million were not looked at."""
        self._hashes = array("q")
        self._records = array("I")

    def add(self, records: Sequence[int], keys: Sequence[str]) -> None:
        """The numbers of some records and their keys; an empty one is none."""
        left = MOST_KEYS - len(self._hashes)
        if len(keys) > left:
            self.full = True
            keys = keys[:left]
        self._hashes.extend(map(hash, keys))
        self._records.extend(records[: len(keys)])

    def doubled(self) -> tuple[int, int]:
        """How many rows have the key of an earlier row, and the number of the first such record."""
        hashes = [array("q") for _ in range(_BUCKETS)]
        records = [array("I") for _ in range(_BUCKETS)]
        for key, record in zip(self._hashes, self._records, strict=True):
            if key != _NO_KEY:
                hashes[key % _BUCKETS].append(key)
                records[key % _BUCKETS].append(record)
        count, first = 0, 0
        for some, where in zip(hashes, records, strict=True):
            more = len(some) - len(set(some))
            if more:
                count += more
                early = _first_again(some, where)
                first = min(first or early, early)
        return count, first


def _first_again(keys: Sequence[int], records: Sequence[int]) -> int:
    seen: set[int] = set()
    for key, record in zip(keys, records, strict=True):
        if key in seen:
            return record
        seen.add(key)
    return 0


def joined(key: Sequence[str], beside: Sequence[str] | None) -> list[str]:
    """The keys of rows, by their key column and the one beside it, if there is one."""
    if beside is None:
        return [one.strip() for one in key]
    pairs = zip(key, beside, strict=True)
    return [f"{one.strip()}\x1f{other.strip()}" if one.strip() else "" for one, other in pairs]
