"""Paths to sources: folders are walked, what nobody means to send is skipped and counted."""

# Path objects would cost more than the walk itself.
# ruff: noqa: PTH100, PTH116, PTH118, PTH119
from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.core import catalogue
from app.core.file_problems import file_problem
from app.core.problems import FileProblem
from app.core.uploads import Source


class Why(StrEnum):
    """Why something in a folder was passed over."""

    HIDDEN = "hidden"
    JUNK = "junk"
    TWICE = "twice"
    """The same file was already met under another name or by another path."""
    LOOP = "loop"
    """A folder that was already walked, met again through a link or another path."""


@dataclass(frozen=True, slots=True)
class Skipped:
    path: str
    why: Why


@dataclass(frozen=True, slots=True)
class Unusable:
    """Something asked for that cannot be sent."""

    path: str
    problem: FileProblem


Met = Source | Skipped | Unusable

_JUNK = frozenset({"thumbs.db", "desktop.ini", "__macosx", "$recycle.bin"})
_JUNK_BEGINNINGS = ("~$", "._")
_DIGITS = re.compile(r"(\d+)")


def scan(paths: Iterable[str | Path], wanted: Callable[[], bool] = lambda: True) -> Iterator[Met]:
    """Every file the paths mean, in the order to show it; ends early once `wanted` says no.

    A path given by name is always taken; the rules for hidden and junk files hold inside folders,
    which are walked to the bottom with their own files first. Blocks on the file system.
    """
    walk = _Walk(wanted)
    for path in paths:
        yield from walk.path(os.fspath(path))


def identity(source: Source) -> tuple[str, int, int]:
    """What makes two sources the same file as it was: real path, size, time of last change."""
    return os.path.realpath(source.path), source.size, source.changed_ns


class _Walk:
    def __init__(self, wanted: Callable[[], bool]) -> None:
        self._wanted = wanted
        self._files: set[tuple[str, int, int]] = set()
        self._folders: set[str] = set()

    def path(self, path: str) -> Iterator[Met]:
        path = os.path.abspath(path)
        try:
            facts = os.stat(path)
            real = os.path.realpath(path)
        except OSError as error:
            yield Unusable(path, _problem(path, error))
            return
        if stat.S_ISDIR(facts.st_mode):
            yield from self._tree((path, real))
        else:
            yield self._file(path, real, facts)

    def _file(self, path: str, real: str, facts: os.stat_result) -> Met:
        if not stat.S_ISREG(facts.st_mode):
            return Unusable(path, _not_a_file(path))
        same = (real, facts.st_size, facts.st_mtime_ns)
        if same in self._files:
            return Skipped(path, Why.TWICE)
        self._files.add(same)
        return Source(path, facts.st_size, facts.st_mtime_ns)

    def _tree(self, top: tuple[str, str]) -> Iterator[Met]:
        """Each folder's files, then its folders; by a stack, for trees deeper than Python's own."""
        waiting = [top]
        while waiting and self._wanted():
            path, real = waiting.pop()
            if real in self._folders:
                yield Skipped(path, Why.LOOP)
                continue
            self._folders.add(real)
            folders: list[tuple[str, str]] = []
            yield from self._listed(path, real, folders)
            waiting.extend(reversed(folders))

    def _listed(self, path: str, real: str, folders: list[tuple[str, str]]) -> Iterator[Met]:
        """One folder's files; `folders` gets its folders with their real paths."""
        try:
            with os.scandir(path) as listing:
                entries = sorted(listing, key=lambda entry: _natural(entry.name))
        except OSError as error:
            yield Unusable(path, _problem(path, error))
            return
        for entry in entries:
            if not self._wanted():
                return
            try:
                if why := _passed_over(entry):
                    yield Skipped(entry.path, why)
                    continue
                # Only a link can lead elsewhere; resolving every name would cost a look per part.
                inside = not entry.is_symlink()
                at = os.path.join(real, entry.name) if inside else os.path.realpath(entry.path)
                if entry.is_dir():
                    folders.append((entry.path, at))
                else:
                    yield self._file(entry.path, at, os.stat(entry.path))
            except OSError as error:
                yield Unusable(entry.path, _problem(entry.path, error))


def _passed_over(entry: os.DirEntry[str]) -> Why | None:
    name = entry.name.casefold()
    if name in _JUNK or name.startswith(_JUNK_BEGINNINGS):
        return Why.JUNK
    attributes = getattr(entry.stat(follow_symlinks=False), "st_file_attributes", 0)
    if name.startswith(".") or attributes & stat.FILE_ATTRIBUTE_HIDDEN:
        return Why.JUNK if name in (".ds_store", ".git") else Why.HIDDEN
    return None


def _natural(name: str) -> tuple[list[str | int], str]:
    """Sorts “part2” before “part10”; words stand at even places, so that only like is compared."""
    pieces = _DIGITS.split(name.casefold())
    return [int(piece) if index % 2 else piece for index, piece in enumerate(pieces)], name


def _problem(path: str, error: OSError) -> FileProblem:
    if isinstance(error, FileNotFoundError) and os.path.lexists(path):
        # A link that leads nowhere is there, but nothing is behind it.
        return _not_a_file(path)
    return file_problem(os.path.basename(path) or path, error)


def _not_a_file(path: str) -> FileProblem:
    return FileProblem(catalogue.FILE_NOT_A_FILE, {"name": os.path.basename(path) or path})
