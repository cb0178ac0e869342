"""Forms as they arrive: read in one pass, files written to disk and hashed on the way."""

import hashlib
import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from starlette.requests import Request

_HEADERS_LIMIT = 16_384
_VALUE_LIMIT = 65_536
_HEAD = 16
_PARAMETER = re.compile(r';\s*([\w*.-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]*))')


class Malformed(Exception):
    """The body is not the form its header promises; the text says why."""


class TooManyParts(Exception):
    """More parts than the server takes."""


@dataclass(slots=True)
class File:
    """One part with a file name. `path` None: only its first bytes, size and hash are kept."""

    name: str
    filename: str
    content_type: str
    path: Path | None
    size: int = 0
    head: bytes = b""
    digest: Any = field(default_factory=hashlib.sha256)

    @property
    def sha256(self) -> str:
        return str(self.digest.hexdigest())


@dataclass(slots=True)
class Form:
    """What a form held: fields by name (the last one counts) and files in their order."""

    fields: dict[str, str] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)

    def forget(self) -> None:
        """Remove every file from disk."""
        for file in self.files:
            if file.path is not None:
                file.path.unlink(missing_ok=True)


def boundary_of(content_type: str) -> str | None:
    """The boundary in the header of a multipart form; None for any other type."""
    kind, _, rest = content_type.partition(";")
    if kind.strip().lower() != "multipart/form-data":
        return None
    return _parameters(";" + rest).get("boundary") or None


async def read_form(
    request: Request, place: Callable[[], Path | None], most_parts: int | None = None
) -> Form:
    """Read a multipart form; each file goes to the path that `place` names for it.

    Raises Malformed, TooManyParts, and ClientDisconnect when the connection breaks; in all three
    cases nothing stays on disk.
    """
    boundary = boundary_of(request.headers.get("content-type", ""))
    if boundary is None:
        raise Malformed("the request was rejected because no multipart boundary was found")
    with _Reader(boundary, place, most_parts) as reader:
        try:
            async for block in request.stream():
                reader.feed(block)
            reader.finish()
        except BaseException:
            reader.close()
            reader.form.forget()
            raise
    return reader.form


class _Reader:
    """Takes a body apart block by block, holding no more than a block and a delimiter."""

    def __init__(
        self, boundary: str, place: Callable[[], Path | None], most_parts: int | None
    ) -> None:
        self.form = Form()
        self._place = place
        self._most_parts = most_parts
        self._delimiter = b"\r\n--" + boundary.encode("latin-1", "replace")
        # The first delimiter has no line end in front of it.
        self._held = bytearray(b"\r\n")
        self._state: Callable[[], bool] = self._preamble
        self._parts = 0
        self._field = ""
        self._value = bytearray()
        self._file: File | None = None
        self._disk: IO[bytes] | None = None
        self._open = ExitStack()
        self._ended = False

    def __enter__(self) -> "_Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._open.close()

    def feed(self, block: bytes) -> None:
        if self._ended:
            return
        self._held += block
        while self._state():
            pass

    def finish(self) -> None:
        if not self._ended:
            raise Malformed("Stream ended unexpectedly")

    def _preamble(self) -> bool:
        """Everything before the first delimiter is dropped."""
        at = self._held.find(self._delimiter)
        if at < 0:
            del self._held[: -len(self._delimiter)]
            return False
        del self._held[: at + len(self._delimiter)]
        self._state = self._after_delimiter
        return True

    def _after_delimiter(self) -> bool:
        """`--` ends the form; a line end begins a part."""
        if len(self._held) < 2:
            return False
        if self._held.startswith(b"--"):
            self._ended = True
            self._held.clear()
            return False
        end = self._held.find(b"\r\n")
        if end < 0:
            if len(self._held) > _HEADERS_LIMIT:
                raise Malformed("Unexpected characters follow a boundary")
            return False
        # The line end stays: a part without headers ends them with it.
        del self._held[:end]
        self._state = self._headers
        return True

    def _headers(self) -> bool:
        end = self._held.find(b"\r\n\r\n")
        if end < 0:
            if len(self._held) > _HEADERS_LIMIT:
                raise Malformed("Header section has more than 16384 bytes")
            return False
        headers = _headers_of(bytes(self._held[:end]))
        del self._held[: end + 4]
        self._begin(headers)
        return True

    def _begin(self, headers: Mapping[str, str]) -> None:
        self._parts += 1
        if self._most_parts is not None and self._parts > self._most_parts:
            raise TooManyParts
        disposition = _parameters(headers.get("content-disposition", ""))
        name = disposition.get("name", "")
        filename = disposition.get("filename*") or disposition.get("filename")
        if filename is None:
            self._field, self._value = name, bytearray()
        else:
            self._file = File(name, filename, headers.get("content-type", ""), self._place())
            self.form.files.append(self._file)
            if self._file.path is not None:
                self._disk = self._open.enter_context(self._file.path.open("wb"))
        self._state = self._content

    def _content(self) -> bool:
        at = self._held.find(self._delimiter)
        if at >= 0:
            self._take(at)
            del self._held[: len(self._delimiter)]
            self._end()
            return True
        self._take(max(0, len(self._held) - len(self._delimiter) + 1))
        return False

    def _take(self, count: int) -> None:
        if not count:
            return
        block = bytes(self._held[:count])
        del self._held[:count]
        if self._file is None:
            self._value += block
            if len(self._value) > _VALUE_LIMIT:
                raise Malformed("A form field is too long")
            return
        self._file.size += len(block)
        if len(self._file.head) < _HEAD:
            self._file.head = (self._file.head + block)[:_HEAD]
        self._file.digest.update(block)
        if self._disk is not None:
            self._disk.write(block)

    def _end(self) -> None:
        if self._file is None:
            self.form.fields[self._field] = self._value.decode("utf-8", "replace")
        self._open.close()
        self._file = self._disk = None
        self._state = self._after_delimiter


def _headers_of(block: bytes) -> dict[str, str]:
    headers = {}
    for line in _text(block).split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return headers


def _parameters(header: str) -> dict[str, str]:
    found = {}
    for match in _PARAMETER.finditer(header):
        name, quoted, bare = match.groups()
        name = name.lower()
        value = bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        if name.endswith("*"):
            charset, _, encoded = value.partition("'")
            value = unquote_to_bytes(encoded.partition("'")[2]).decode(charset or "utf-8")
        else:
            # HTML forms and HTTP libraries write a quote inside a name this way.
            value = value.replace("%22", '"')
        found[name] = value
    return found


def _text(block: bytes) -> str:
    try:
        return block.decode()
    except UnicodeDecodeError:
        return block.decode("latin-1")
