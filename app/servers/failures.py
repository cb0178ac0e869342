"""What went wrong below HTTP, as Problems: the one place that knows the libraries' errors."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpcore2

from app.core import catalogue
from app.core.problems import ConnectionProblem, Problem, TrustProblem, Unreachable, defect
from app.servers.address import Address

CAUGHT: tuple[type[Exception], ...] = (
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.ProxyError,
    httpcore2.UnsupportedProtocol,
    ssl.SSLError,
)

# OpenSSL's verify codes, then those of Windows (CERT_E_…) and macOS (errSec…).
_EXPIRED = frozenset({9, 10, 0x800B0101, -67818})
_OTHER_NAME = frozenset({62, 63, 64, 0x800B010F, -67602})


def problem(
    error: BaseException, where: Address, *, connect: float, write: float, read: float
) -> Problem:
    """The problem behind a failed request to `where`, which bore so many seconds of silence."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return tls_problem(cause, where)
    host = {"host": where.host}
    match error:
        case httpcore2.ConnectTimeout():
            return Unreachable(catalogue.CONNECTION_SLOW, host | {"seconds": f"{connect:g}"})
        case httpcore2.ConnectError():
            return unreachable(causes, where)
        case httpcore2.ReadTimeout():
            return ConnectionProblem(catalogue.SERVER_SILENT, host | {"seconds": f"{read:g}"})
        case httpcore2.WriteTimeout():
            return ConnectionProblem(catalogue.SERVER_SILENT, host | {"seconds": f"{write:g}"})
        case httpcore2.NetworkError() | httpcore2.RemoteProtocolError():
            return ConnectionProblem(catalogue.CONNECTION_CUT, host)
    return defect(error)


def unreachable(causes: list[BaseException], where: Address) -> Unreachable:
    """Why no connection came about."""
    host = {"host": where.host}
    if any(isinstance(cause, socket.gaierror | UnicodeError) for cause in causes):
        return Unreachable(catalogue.NAME_UNKNOWN, host)
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return Unreachable(catalogue.CONNECTION_REFUSED, host | {"port": str(where.port)})
    reasons = (cause.strerror for cause in causes if isinstance(cause, OSError) and cause.errno)
    reason = next((reason for reason in reasons if reason), "no connection came about")
    return Unreachable(catalogue.CONNECTION_UNREACHABLE, host | {"reason": reason})


def tls_problem(error: ssl.SSLError, where: Address) -> TrustProblem:
    host = {"host": where.host}
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in _EXPIRED:
            return TrustProblem(catalogue.CERTIFICATE_EXPIRED, host)
        if error.verify_code in _OTHER_NAME:
            return TrustProblem(catalogue.CERTIFICATE_NAME, host)
        reason = error.verify_message or "unknown"
        return TrustProblem(catalogue.CERTIFICATE_UNTRUSTED, host | {"reason": reason})
    reason = (error.reason or "no details").replace("_", " ").lower()
    return TrustProblem(catalogue.TLS_FAILED, host | {"reason": reason})


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        if isinstance(error, BaseExceptionGroup):
            for inner in error.exceptions:
                yield from _causes(inner)
        error = error.__cause__ or error.__context__
