"""Inspector: looks into files, the many and the large ones in a process of its own.

Whatever runs in a thread of the window's process keeps the window from the interpreter now and
then. What takes long is therefore done by another process, one for the window, which ends when
nothing is left to look into.
"""

from __future__ import annotations

import logging
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from app import __version__
from app.core.drafts import Inspection, Stopped
from app.core.uploads import Source
from app.inspection import ARGUMENT
from app.inspection.looks import Watcher, looks

if TYPE_CHECKING:
    from app.servers.api import Family

log = logging.getLogger(__name__)

MANY = 200
LARGE = 16 * 1024 * 1024
"""From so many files on, or bytes of one of them, a process is worth its start, which takes about
as long as the look into fewer or smaller ones."""


class Request(NamedTuple):
    """What the process is asked: pickled, to its standard input. Its answers come the same way."""

    version: str
    """Of the program that asks: an update may have put another one where it was started from."""
    family: str
    sources: tuple[Source, ...]


class Seen(NamedTuple):
    """So many bytes of the file at this place in the request."""

    at: int
    size: int


class Glanced(NamedTuple):
    """What a first glance gave."""

    at: int
    inspection: Inspection


class Found(NamedTuple):
    """The inspection of one file is finished."""

    at: int
    inspection: Inspection


class Trouble(NamedTuple):
    """Something for the log."""

    text: str


class Finished(NamedTuple):
    """The answer to one request is complete, or `why` there is none."""

    why: str = ""


Answer = Seen | Glanced | Found | Trouble | Finished


class _Gone(Exception):
    """The process could not be started, or has ended."""


class Inspector:
    """`looks` runs on one worker thread; `rest` and `close` may be called on any."""

    def __init__(
        self, command: Sequence[str] | None = None, *, many: int = MANY, large: int = LARGE
    ) -> None:
        """`command` starts the process; none at all is this program's own."""
        self._command = tuple(command) if command is not None else own_command()
        self._many = many
        self._large = large
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._usable = True
        self._asking = False
        """Whether somebody waits for answers of the process."""
        self._closed = False

    @property
    def process_id(self) -> int | None:
        process = self._process
        return process.pid if process is not None else None

    def looks(
        self, family: Family, sources: Sequence[Source], watcher: Watcher
    ) -> Generator[tuple[int, Inspection]]:
        """The index and inspection of each file, in any order; those no longer wanted are left
        out. Where there is no process this thread does it."""
        left = dict(enumerate(sources))
        if self._process is None and len(left) < self._many:
            # Soon done, and of more use to the person than the first word about a large file.
            yield from self._here(family, self._small(left), watcher)
        while left and self._usable:
            try:
                yield from self._asked(family, left, watcher)
            except _Gone as gone:
                self.rest()
                if self._closed:
                    return
                log.warning("no process looks into files: %s", gone)
                self._usable = False
        yield from self._here(family, left, watcher)

    def rest(self) -> None:
        """Nothing is left to look into: the process ends, until it is needed again."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            _end(process)

    def close(self) -> None:
        """Ends a look that goes on, at once; there will be no other process."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                # The thread that waits for its answers sees their end, and clears up.
                self._process.kill()
        if not self._asking:
            self.rest()

    # inside

    def _small(self, left: dict[int, Source]) -> dict[int, Source]:
        """Takes from `left` the first files that together are not large."""
        small, size = {}, 0
        for index, source in list(left.items()):
            if size + source.size < self._large:
                size += source.size
                small[index] = left.pop(index)
        return small

    def _here(
        self, family: Family, left: Mapping[int, Source], watcher: Watcher
    ) -> Iterator[tuple[int, Inspection]]:
        indexes = list(left)
        for at, inspection in looks(family, list(left.values()), _Renumbered(watcher, indexes)):
            yield indexes[at], inspection

    def _asked(
        self, family: Family, left: dict[int, Source], watcher: Watcher
    ) -> Generator[tuple[int, Inspection]]:
        """Takes from `left` what is finished or no longer wanted. Raises _Gone."""
        self._asking = True
        try:
            yield from self._answered(self._started(), family, left, watcher)
        finally:
            self._asking = False

    def _answered(
        self,
        process: subprocess.Popen[bytes],
        family: Family,
        left: dict[int, Source],
        watcher: Watcher,
    ) -> Generator[tuple[int, Inspection]]:
        to, answers = _pipes(process)
        indexes = list(left)
        finished = False
        try:
            _write(to, Request(__version__, family.key, tuple(left.values())))
            while not finished:
                answer = _read(answers)
                match answer:
                    case Seen(at, size):
                        watcher.seen(indexes[at], size)
                    case Glanced(at, inspection):
                        watcher.glanced(indexes[at], inspection)
                    case Found(at, inspection):
                        del left[indexes[at]]
                        yield indexes[at], inspection
                    case Trouble(text):
                        log.error("%s", text)
                    case Finished(why):
                        finished = True
                        if why:
                            raise _Gone(why)
        except Stopped:
            # The one it works on is not wanted; those that are will be asked for again.
            for index in [one for one in left if not watcher.wanted(one)]:
                del left[index]
        finally:
            if not finished:
                self.rest()

    def _started(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._closed:
                raise _Gone("the window closes")
            if self._process is None:
                try:
                    self._process = _start(self._command)
                except OSError as error:
                    raise _Gone(error) from None
            return self._process


class _Renumbered:
    """Passes on what is said about files under their former indexes."""

    def __init__(self, watcher: Watcher, indexes: Sequence[int]) -> None:
        self._watcher = watcher
        self._indexes = indexes

    def wanted(self, index: int) -> bool:
        return self._watcher.wanted(self._indexes[index])

    def seen(self, index: int, size: int) -> None:
        self._watcher.seen(self._indexes[index], size)

    def glanced(self, index: int, inspection: Inspection) -> None:
        self._watcher.glanced(self._indexes[index], inspection)


def own_command() -> tuple[str, ...]:
    """What starts this program as such a process."""
    if getattr(sys, "frozen", False):
        program = Path(sys.executable)
        if sys.platform == "win32":
            # The window's own program has no standard input and output.
            program = program.with_name("longshore.exe")
        return str(program), ARGUMENT
    # Without -P a folder named “app” where the person is would be taken for the program.
    return sys.executable, "-P", "-m", "app", ARGUMENT


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.BELOW_NORMAL_PRIORITY_CLASS
    environment = dict(os.environ)
    if not getattr(sys, "frozen", False):
        environment["PYTHONPATH"] = str(Path(__file__).parent.parent.parent)
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        creationflags=flags,
        env=environment,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """It only reads, and so it may be ended at any moment."""
    process.kill()
    with suppress(OSError):
        process.communicate()


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None and process.stdout is not None
    return process.stdin, process.stdout


def _write(to: IO[bytes], request: Request) -> None:
    try:
        pickle.dump(request, to)
        to.flush()
    except (OSError, ValueError) as error:
        raise _Gone(error) from None


def _read(answers: IO[bytes]) -> Answer:
    try:
        answer = pickle.load(answers)
    except Exception as error:
        # Bytes that are no answer can make it raise anything.
        raise _Gone(repr(error)) from None
    if not isinstance(answer, Answer):
        raise _Gone("it says something else")
    return answer
