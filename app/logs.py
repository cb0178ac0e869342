"""The log file: what a person may send to others, so no secret and no query string is in it."""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

NAME = "longshore.log"
BYTES = 1_000_000
KEPT = 3

# These say whole addresses, or the arguments of calls, when they are asked for more.
QUIET = ("httpcore2", "h11", "qasync", "asyncio", "uvicorn", "keyring", "urllib3")

_QUERY = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s?#'\"<>]*)[?#][^\s'\"<>]*", re.IGNORECASE)
_PATH_QUERY = re.compile(r"(?<=\s)(/[^\s?#'\"<>]*)\?[^\s'\"<>]*")
_USER = re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^\s/@'\"<>]+@", re.IGNORECASE)
_NAMED = re.compile(
    r"""(["']?\b[\w-]*(?:password|passwd|secret|token|signature|authorization|cookie|api-?key)\b["']?
        \s*[:=]\s*)
        (?:(?:bearer|basic|fortifytoken)\s+)?
        (?:"[^"]*"|'[^']*'|[^\s,;"'}\])]+)""",
    re.IGNORECASE | re.VERBOSE,
)
_SCHEME = re.compile(r"\b(bearer|basic|fortifytoken)\s+[\w+/.=~-]{8,}", re.IGNORECASE)
_JWT = re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?")


def redacted(text: str) -> str:
    """The text without query strings, names in addresses, tokens and what is called a secret."""
    text = _QUERY.sub(r"\1?…", text)
    text = _PATH_QUERY.sub(r"\1?…", text)
    text = _USER.sub(r"\1…@", text)
    text = _NAMED.sub(r"\1…", text)
    text = _SCHEME.sub(r"\1 …", text)
    return _JWT.sub("…", text)


class Redacting(logging.Formatter):
    """Cuts after formatting, so that arguments and tracebacks are cut as well."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


@contextmanager
def kept(folder: Path, *, level: int = logging.INFO) -> Iterator[Path]:
    """Logs to a file in `folder`, uncaught exceptions included; yields its path.

    A folder that cannot be written to means no log, never an error.
    """
    path = folder / NAME
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    handler: logging.Handler
    try:
        handler = RotatingFileHandler(path, maxBytes=BYTES, backupCount=KEPT, encoding="utf-8")
    except OSError:
        handler = logging.NullHandler()
    handler.setLevel(level)
    handler.setFormatter(
        Redacting("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s")
    )
    root = logging.getLogger()
    before = root.level
    root.setLevel(level)
    root.addHandler(handler)
    hooks = sys.excepthook, threading.excepthook
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    try:
        yield path
    finally:
        sys.excepthook, threading.excepthook = hooks
        root.removeHandler(handler)
        root.setLevel(before)
        handler.close()


@contextmanager
def heard(handler: logging.Handler) -> Iterator[None]:
    """Everything the program itself logs goes to this handler too, the finest details included."""
    own = logging.getLogger("app")
    before = own.level
    own.setLevel(logging.DEBUG)
    own.addHandler(handler)
    try:
        yield
    finally:
        own.removeHandler(handler)
        own.setLevel(before)


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Also where exceptions of Qt's slots end."""
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger(__name__).critical("Uncaught exception", exc_info=(kind, error, trace))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        _uncaught(args.exc_type, args.exc_value, args.exc_traceback)
