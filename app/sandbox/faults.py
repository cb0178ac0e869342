"""Faults a sandbox can be asked to have: on which calls they strike, and how often.

A fault is programmed by name (its defaults are the calls where it hurts most, chosen by the family)
or exactly, with a pattern and a count:

    sandbox.faults.add("lost-reply")
    sandbox.faults.add(Fault("cut-body", match="POST */files/*", times=1, after_bytes=4096))

Patterns are `METHOD GLOB`, matched against the path without the query string; the method may be
`*`. With `!` in front a pattern leaves its calls alone. For the two faults of jobs the pattern is
a glob over the file name.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """What one named fault does; `times` is how often it strikes per pattern (None: always)."""

    text: str
    times: int | None
    of_jobs: bool = False


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "slow": Kind("bodies are read at `bytes_per_second`", None),
        "cut-body": Kind("the connection breaks after `after_bytes` of a body", 1),
        "lost-reply": Kind("the work is done, then the connection closes without a reply", 1),
        "expire-token": Kind("after the call every access token issued so far is invalid", 1),
        "busy": Kind("429 (or `status`) with Retry-After, nothing is done", 1),
        "server-error": Kind("503 (or `status`), nothing is done", 1),
        "nonsense": Kind("200 with a web page instead of the answer, nothing is done", 1),
        "silent": Kind("no answer ever comes, the connection stays open, nothing is done", 1),
        "slow-job": Kind("jobs advance twenty times slower", None, of_jobs=True),
        "job-error": Kind("jobs fail before their first record", None, of_jobs=True),
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `match` empty: the family's calls that matter; `times` None: the kind's count.

    `times` of 0 means always. Raises ValueError for an unknown kind.
    """

    kind: str
    match: str = ""
    times: int | None = None
    after_bytes: int | None = None
    status: int | None = None
    retry_after: int = 1
    bytes_per_second: int = 1_048_576

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; known are {', '.join(KINDS)}")

    @property
    def limit(self) -> int | None:
        """How often it strikes for each of its patterns; None is always."""
        if self.times is None:
            return KINDS[self.kind].times
        return self.times or None


class Faults:
    """The faults in force. Any thread may add, clear and ask; the order of adding decides."""

    def __init__(self, faults: Iterable[Fault | str] = ()) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._struck: dict[tuple[int, str, str], int] = {}
        self._defaults: dict[str, Mapping[str, Sequence[str]]] = {}
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault | str) -> None:
        fault = Fault(fault) if isinstance(fault, str) else fault
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Take every fault back; their counts begin anew."""
        with self._lock:
            self._faults.clear()
            self._struck.clear()

    def where(self, family: str, defaults: Mapping[str, Sequence[str]]) -> None:
        """Name the calls that matter for a family, per kind; the first pattern that fits counts."""
        with self._lock:
            self._defaults[family] = defaults

    def strikes(self, family: str, method: str, path: str) -> list[Fault]:
        """The faults that strike this call, each counted as used once."""
        with self._lock:
            return [
                fault
                for index, fault in enumerate(self._faults)
                if not KINDS[fault.kind].of_jobs
                and self._strikes(index, fault, family, method, path)
            ]

    def strikes_job(self, kind: str, family: str, file_name: str) -> bool:
        """Whether a fault of jobs strikes the job of this file; counted as used once."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.kind == kind and fnmatchcase(file_name, fault.match or "*"):
                    return self._use(index, fault, family, fault.match)
        return False

    def _strikes(self, index: int, fault: Fault, family: str, method: str, path: str) -> bool:
        patterns = (
            [fault.match] if fault.match else self._defaults.get(family, {}).get(fault.kind, ())
        )
        for pattern in patterns:
            wanted, _, glob = pattern.removeprefix("!").partition(" ")
            if wanted in ("*", method) and fnmatchcase(path, glob or "*"):
                return not pattern.startswith("!") and self._use(index, fault, family, pattern)
        return False

    def _use(self, index: int, fault: Fault, family: str, pattern: str) -> bool:
        key = (index, family, pattern)
        used = self._struck.get(key, 0)
        if fault.limit is not None and used >= fault.limit:
            return False
        self._struck[key] = used + 1
        return True
