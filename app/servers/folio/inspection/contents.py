"""What a file holds, told from its first bytes, whatever it is called."""

from __future__ import annotations

import re
from enum import Enum, auto

LOOKED_AT = 4096


class Contents(Enum):
    BINARY = auto()
    XML = auto()
    JSON = auto()
    EDIFACT = auto()
    MNEMONIC = auto()
    WEB_PAGE = auto()
    ARCHIVE = auto()
    DOCUMENT = auto()
    TABLE = auto()
    UNKNOWN = auto()


_LEADER = re.compile(rb"[\s\x00\x1a\x1d]*\d{5}[a-zA-Z0-9 #|.]{5}")
_EDIFACT = re.compile(rb"\s*(UNA.{6}|UNB[^A-Za-z0-9\s])", re.S)
_MNEMONIC = re.compile(rb"\s*=(LDR|leader|\d{3})  ", re.I)
_WEB_PAGE = re.compile(
    rb"\s*(<\?xml[^>]*>\s*)?(<!--[^>]*-->\s*)?<(!doctype\s+html|html|head|body)[\s>]", re.I | re.S
)
_JSON = re.compile(rb'\s*(\[\s*)?\{\s*"|\s*\[\s*\]')
_ARCHIVES = (
    *(b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"BZh", b"Rar!"),
    *(b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd"),
)
_DOCUMENTS = (b"%PDF", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf")
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def contents(start: bytes) -> Contents:
    """The kind of file that begins with these bytes (LOOKED_AT of them are enough)."""
    if start.startswith(_ARCHIVES):
        return Contents.ARCHIVE
    if start.startswith(_DOCUMENTS):
        return Contents.DOCUMENT
    text = _plain(start)
    if _LEADER.match(text):
        return Contents.BINARY
    if _EDIFACT.match(text):
        return Contents.EDIFACT
    if _MNEMONIC.match(text):
        return Contents.MNEMONIC
    if _WEB_PAGE.match(text):
        return Contents.WEB_PAGE
    if text.lstrip().startswith(b"<"):
        return Contents.XML
    if _JSON.match(text):
        return Contents.JSON
    if b"\x1d" in text or b"\x1e" in text:
        return Contents.BINARY
    return Contents.TABLE if _is_table(text) else Contents.UNKNOWN


def _plain(start: bytes) -> bytes:
    """Without a byte order mark; UTF-16 as the letters it holds."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return start.decode("utf-16", "replace").lstrip("\ufeff").encode("utf-8")
    return start.removeprefix(_BOMS[0])


def _is_table(text: bytes) -> bool:
    """Several lines with the same separators, as many in each."""
    lines = [line for line in text.split(b"\n")[:-1] if line.strip()][:5]
    return len(lines) > 1 and any(
        (first := lines[0].count(separator)) > 0
        and all(line.count(separator) == first for line in lines)
        for separator in (b",", b";", b"\t")
    )
