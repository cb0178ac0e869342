"""The only place that prints: results on standard output, everything else on standard error."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping
from typing import Any, TextIO

from app.core.problems import Problem

PROGRAM = "longshore"


class Output:
    """Two streams that never raise: a reader that went away ends the printing, not the upload."""

    def __init__(self, results: TextIO | None, words: TextIO | None, *, verbose: bool) -> None:
        self._results = results
        self._words = words
        self.verbose = verbose
        for stream in (results, words):
            # A file name or a server's word that the terminal cannot show must not end the program.
            if (reconfigure := getattr(stream, "reconfigure", None)) is not None:
                reconfigure(errors="backslashreplace")

    @classmethod
    def standard(cls, *, verbose: bool = False) -> Output:
        return cls(sys.stdout, sys.stderr, verbose=verbose)

    @property
    def terminal(self) -> bool:
        """Whether standard error can show bars."""
        with contextlib.suppress(OSError, ValueError):
            return bool(self._words and self._words.isatty() and os.environ.get("TERM") != "dumb")
        return False

    def result(self, text: str = "") -> None:
        self._results = _written(self._results, f"{shown(text)}\n")

    def event(self, members: Mapping[str, Any] | list[Any]) -> None:
        """One line of JSON, in ASCII, so that no encoding can spoil it."""
        self._results = _written(self._results, f"{json.dumps(members)}\n")

    def words(self, text: str) -> None:
        self._words = _written(self._words, f"{shown(text)}\n")

    def raw(self, text: str) -> None:
        """Text with control sequences of our own, for bars on a terminal."""
        self._words = _written(self._words, text)

    def complaint(self, text: str) -> None:
        """An error in one sentence."""
        self.words(f"{PROGRAM}: {text}")

    def problem(self, problem: Problem, *, name: str = "") -> None:
        """What happened, what it means, what to do; the technical details only if asked for."""
        from app.viewmodels import words
        from app.viewmodels.details import technical_lines

        start = f"{name}: " if name else ""
        self.complaint(f"{start}{words.title(problem)}.")
        self.words(f"  {words.meaning(problem)}")
        for advice in words.advice(problem):
            self.words(f"  - {advice}")
        if self.verbose:
            for line in technical_lines(problem):
                self.words(f"  | {line}")


def details(problem: Problem) -> dict[str, Any]:
    """A problem as the JSON lines tell it."""
    from app.viewmodels import words

    return {
        "id": problem.id,
        "title": words.title(problem),
        "meaning": words.meaning(problem),
        "advice": list(words.advice(problem)),
        "retry": problem.retry.value,
        "server": problem.server_words,
    }


def _written(stream: TextIO | None, text: str) -> TextIO | None:
    """The stream to write to from now on: None once its reader has gone."""
    if stream is None:
        return None
    try:
        stream.write(text)
        stream.flush()
    except (OSError, ValueError):
        _silence(stream)
        return None
    return stream


def _silence(stream: TextIO) -> None:
    """Gives what is still buffered somewhere to go, or Python complains about it at the end."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, stream.fileno())
        finally:
            os.close(nowhere)


def shown(text: str) -> str:
    """Control characters, which a file's name may hold, made visible instead of obeyed."""
    return "".join(
        char if char.isprintable() or char in "\t\n" or ord(char) > 0x9F else repr(char)[1:-1]
        for char in text
    )
