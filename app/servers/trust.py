"""Whom a destination trusts: the system's roots, a chosen CA; and its own client certificate."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Mapping
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
