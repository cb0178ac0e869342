"""The text of a file, decoded as it is read, in blocks of whole lines."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from app.core.drafts import Look, Place, unwatched

BLOCK = 256 * 1024

_LONGEST_LINE = 1024 * 1024
_LONGEST_ROW = 4 * 1024 * 1024
"""What has more characters is no row of a table, and is not kept whole."""
_TOLD_EVERY = 4
_ONLY_IN_1252 = re.compile(rb"[\x80-\x9f]")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the bytes of a file are to be read; `codec` empty: they are no text."""

    codec: str
    title: str
    mark: int = 0
    """Bytes of the byte order mark at its beginning."""


UTF8 = Encoding("utf-8", "UTF-8")
UTF8_BOM = Encoding("utf-8", "UTF-8 with BOM", 3)
UTF16 = Encoding("utf-16", "UTF-16")
UTF16_LE = Encoding("utf-16-le", "UTF-16")
UTF16_BE = Encoding("utf-16-be", "UTF-16")
UTF32 = Encoding("utf-32", "UTF-32")
WINDOWS_1252 = Encoding("cp1252", "Windows-1252")
LATIN1 = Encoding("latin-1", "Latin-1")
MIXED = Encoding("utf-8", "UTF-8, damaged")
NOT_TEXT = Encoding("", "no text")


def encoding_of(start: bytes) -> Encoding:
    """What the first bytes of a file tell. Whether it is UTF-8 throughout only reading shows."""
    if start.startswith(codecs.BOM_UTF8):
        return UTF8_BOM
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return UTF32
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return UTF16
    nulls = start.count(0)
    if not nulls:
        return UTF8
    even = start[::2].count(0)
    # Text in western letters has a zero in every other byte, always on the same side.
    if nulls > len(start) / 4 and min(even, nulls - even) < nulls / 20:
        return UTF16_BE if even > nulls / 2 else UTF16_LE
    # A few zeros among much text are a flaw of the text; workbooks and pictures have many.
    control = sum(start.count(byte) for byte in range(32) if byte not in b"\t\n\r")
    return NOT_TEXT if control > max(2, len(start) // 50) else UTF8


class Text:
    """Decodes a file that stands at its beginning. `encoding` can turn out to be another one."""

    def __init__(
        self, file: BinaryIO, encoding: Encoding, look: Look = unwatched, block: int = BLOCK
    ) -> None:
        self.encoding = encoding
        self.given = 0
        """Blocks handed out so far."""
        self.not_utf8: Place | None = None
        """Where the first byte is that is not UTF-8."""
        self.nulls = 0
        self.first_null: Place | None = None
        self.escapes = 0
        """Backslashes before a double quote."""
        self.first_escape: Place | None = None
        self._file = file
        self._look = look
        self._wide = encoding.codec.startswith(("utf-16", "utf-32"))
        errors = "replace" if self._wide else "strict"
        self._decoder = codecs.getincrementaldecoder(encoding.codec)(errors)
        self._block = block
        self._since = 0
        """Characters handed out since a row has ended."""
        self._read = 0
        self._lines = 0
        """Ends of lines in the bytes read so far."""
        self._lines_given = 0
        self._after_return = False
        self._accents = False
        self._at_end = False

    def allow(self) -> None:
        """A row has ended: as much as one row may take can follow."""
        self._since = 0

    def blocks(self) -> Iterator[str]:
        """Blocks that end where a line ends, the last one excepted. Raises csv.Error for a line,
        or a row, so long that it can be none."""
        rest = ""
        while True:
            text = rest + self._decoded()
            ended = self._at_end
            if ended and not text:
                return
            cut = len(text)
            if not ended:
                # A \r at the very end may be the first half of a line's end.
                cut = text.rfind("\n") + 1 or text.rfind("\r", 0, -1) + 1
            rest = text[cut:]
            if len(rest) > _LONGEST_LINE:
                raise csv.Error
            if not cut:
                continue
            block = text[:cut]
            self._count_escapes(block)
            if self._since > _LONGEST_ROW:
                raise csv.Error
            self._since += len(block)
            self.given += 1
            if self.given % _TOLD_EVERY == 0:
                self._look(self._read)
            yield block
            if ended:
                return

    def _decoded(self) -> str:
        if self._read == 0 and self.encoding.mark:
            self._read = len(self._file.read(self.encoding.mark))
        piece = self._file.read(self._block)
        self._at_end = not piece
        if self._after_return and piece.startswith(b"\n"):
            # One end of a line, counted with its first half already.
            self._lines -= 1
        text = self._decode(piece)
        if not self._wide:
            self._count_nulls(piece)
        self._lines += _byte_line_ends(piece)
        self._after_return = piece.endswith(b"\r") if piece else self._after_return
        self._read += len(piece)
        self._accents = self._accents or not text.isascii()
        return text

    def _decode(self, piece: bytes) -> str:
        final = not piece
        pending = self._decoder.getstate()[0]
        self._tell_latin_1_from_1252(piece)
        try:
            return self._decoder.decode(piece, final)
        except UnicodeDecodeError as error:
            data, at = pending + piece, error.start
            self.not_utf8 = Place(
                line=self._lines + _byte_line_ends(piece[: max(0, at - len(pending))]) + 1,
                byte=self._read - len(pending) + at,
            )
            before = data[:at].decode("utf-8")
            if self._accents or not before.isascii():
                self.encoding = MIXED
            else:
                self.encoding = LATIN1
            codec = "utf-8" if self.encoding is MIXED else WINDOWS_1252.codec
            self._decoder = codecs.getincrementaldecoder(codec)("replace")
            self._tell_latin_1_from_1252(data[at:])
            return before + self._decoder.decode(data[at:], final)

    def _tell_latin_1_from_1252(self, piece: bytes) -> None:
        if self.encoding is LATIN1 and _ONLY_IN_1252.search(piece):
            self.encoding = WINDOWS_1252

    def _count_nulls(self, piece: bytes) -> None:
        if count := piece.count(0):
            if not self.nulls:
                at = piece.find(0)
                line = self._lines + _byte_line_ends(piece[:at]) + 1
                self.first_null = Place(line=line, byte=self._read + at)
            self.nulls += count

    def _count_escapes(self, block: str) -> None:
        if count := block.count('\\"'):
            if not self.escapes:
                before = block[: block.find('\\"')]
                self.first_escape = Place(line=self._lines_given + line_ends(before) + 1)
            self.escapes += count
        if not self.escapes:
            self._lines_given += line_ends(block)


def _byte_line_ends(text: bytes) -> int:
    return text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")


def line_ends(text: str) -> int:
    """How many lines end in it."""
    return text.count("\n") + text.count("\r") - text.count("\r\n")
