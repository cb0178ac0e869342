"""Whom a destination trusts: the system's roots, a chosen CA; and its own client certificate."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import truststore

from app.core import catalogue
from app.core.problems import TrustProblem

_SYSTEM_CA_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)

# Tags and object identifiers of DER, as in RFC 5280.
_VERSION = 0xA0
_SHORT_TIME = 0x17
_WIDE_TEXT = 0x1E
_COMMON_NAME = bytes.fromhex("550403")
_ORGANIZATION = bytes.fromhex("55040a")


def context(settings: Mapping[str, str]) -> ssl.SSLContext:
    """The TLS context of a destination (`ca_file`, `client_cert`).

    Slow, because it reads every root: call it in a worker thread.
    Raises TrustProblem when one of the files cannot be used.
    """
    made = _system_roots()
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file := settings.get("ca_file", "").strip():
        try:
            made.load_verify_locations(cafile=ca_file)
        except (OSError, ValueError) as error:
            raise _unusable(ca_file, error, "no certificate in PEM form is in it") from None
    if client_cert := settings.get("client_cert", "").strip():
        try:
            # A function for the passphrase, or OpenSSL would ask for it on the terminal.
            made.load_cert_chain(client_cert, password=_no_passphrase)
        except (OSError, ValueError) as error:
            words = "no certificate with its unencrypted key in PEM form is in it"
            raise _unusable(client_cert, error, words) from None
    return made


def _system_roots() -> ssl.SSLContext:
    if sys.platform in ("win32", "darwin"):
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # OpenSSL's own store is the system's here. truststore would read all of it anew, and add it
    # once more, at every handshake.
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.set_default_verify_paths()
    paths = ssl.get_default_verify_paths()
    if not paths.cafile and not (paths.capath and any(Path(paths.capath).glob("*.0"))):
        # A frozen program carries an OpenSSL that was built for another system's folders.
        for name in _SYSTEM_CA_FILES:
            if Path(name).is_file():
                made.load_verify_locations(cafile=name)
                break
    return made


def _no_passphrase() -> str:
    return ""


def _unusable(path: str, error: Exception, words: str) -> TrustProblem:
    reason = words
    if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) and error.strerror:
        reason = error.strerror
    return TrustProblem(catalogue.CA_FILE_UNREADABLE, {"name": Path(path).name, "reason": reason})


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a person wants to know of a certificate: who vouches for it, and until when."""

    issuer: str
    expires: datetime


def certificate(der: bytes) -> Certificate | None:
    """What is in a certificate in DER form; None when it cannot be read.

    Read here because the `ssl` module only takes apart certificates that it verified itself, and on
    Windows and macOS the system does that.
    """
    try:
        _, whole, _ = _element(der)
        _, body, _ = _element(whole)
        tag, _, rest = _element(body)
        if tag == _VERSION:
            _, _, rest = _element(rest)
        _, _, rest = _element(rest)
        _, issuer, rest = _element(rest)
        _, validity, _ = _element(rest)
        _, _, after = _element(validity)
        tag, text, _ = _element(after)
        names = dict(_names(issuer))
        written = text.decode("ascii")
        # Until 2049 the year has two digits.
        century = "" if tag != _SHORT_TIME else ("19" if written >= "50" else "20")
        expires = datetime.strptime(f"{century}{written}", "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except (IndexError, ValueError):
        return None
    wanted = (names.get(_COMMON_NAME), names.get(_ORGANIZATION))
    return Certificate(", ".join(name for name in wanted if name), expires)


def _element(data: bytes) -> tuple[int, bytes, bytes]:
    """The first DER element: its tag, its content, and what follows it."""
    tag, length, start = data[0], data[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[2:start], "big")
    if start + length > len(data):
        raise ValueError("an element longer than what holds it")
    return tag, data[start : start + length], data[start + length :]


def _names(name: bytes) -> Iterator[tuple[bytes, str]]:
    while name:
        _, group, name = _element(name)
        _, pair, _ = _element(group)
        _, kind, rest = _element(pair)
        tag, text, _ = _element(rest)
        yield kind, text.decode("utf-16-be" if tag == _WIDE_TEXT else "utf-8", errors="replace")
