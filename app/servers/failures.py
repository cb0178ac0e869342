"""What went wrong below HTTP, as Problems: the one place that knows the libraries' errors."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpcore2

from app.core import catalogue
from app.core.problems import ConnectionProblem, Problem, TrustProblem, Unreachable, defect
from app.servers.address import Address
from app.servers.patience import Patience
from app.servers.proxies import Proxy, ProxyFailure

CAUGHT: tuple[type[Exception], ...] = (
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.ProxyError,
    httpcore2.UnsupportedProtocol,
    ssl.SSLError,
)

_ENDED = ssl.SSLEOFError | ssl.SSLZeroReturnError

# OpenSSL's verify codes, then those of Windows (CERT_E_…) and macOS (errSec…).
_EXPIRED = frozenset({9, 10, 0x800B0101, -67818})
_OTHER_NAME = frozenset({62, 63, 64, 0x800B010F, -67602})

_TLS_WORDS = {
    "WRONG_VERSION_NUMBER": "it answers without encryption",
    "HTTP_REQUEST": "it answers without encryption",
    "UNSUPPORTED_PROTOCOL": "it only knows an outdated kind of encryption",
    "TLSV1_ALERT_PROTOCOL_VERSION": "it only knows an outdated kind of encryption",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "it asks for a client certificate",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "it refused, perhaps for want of a client certificate",
    "TLSV1_ALERT_UNKNOWN_CA": "it does not accept the client certificate",
    "SSLV3_ALERT_BAD_CERTIFICATE": "it does not accept the client certificate",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "the client certificate has expired",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "it does not accept the client certificate",
}


def problem(error: Exception, where: Address, patience: Patience, proxy: Proxy | None) -> Problem:
    """The problem behind a failed request to `where`, perhaps by way of `proxy`."""
    if isinstance(error, ProxyFailure) and proxy is not None:
        return _proxy_problem(error, where, patience, proxy)
    host = {"host": where.host}
    causes = list(_causes(error))
    encrypted = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    match error:
        case httpcore2.ConnectTimeout():
            facts = host | {"seconds": f"{patience.connect:g}"}
            return Unreachable(catalogue.CONNECTION_SLOW, facts)
        case httpcore2.ConnectError() if isinstance(encrypted, _ENDED):
            # Servers and proxies that restart do so, and it may pass. Others do so for good where
            # they speak no TLS, or none this computer does.
            facts = host | {"reason": "it closed the connection at once"}
            return Unreachable(catalogue.TLS_FAILED, facts)
        case httpcore2.ConnectError() if encrypted is not None:
            return tls_problem(encrypted, where)
        case httpcore2.ConnectError():
            # Plain http goes through the proxy as it is: then it was the proxy that was called.
            called = proxy.where if proxy is not None and not where.secure else where
            return unreachable(causes, called)
        case httpcore2.ReadTimeout():
            facts = host | {"seconds": f"{patience.read:g}"}
            return ConnectionProblem(catalogue.SERVER_SILENT, facts)
        case httpcore2.WriteTimeout():
            facts = host | {"seconds": f"{patience.write:g}"}
            return ConnectionProblem(catalogue.SERVER_SILENT, facts)
        case httpcore2.ReadError() if encrypted is not None and "ALERT" in (encrypted.reason or ""):
            # With TLS 1.3 a server refuses a client certificate only after the handshake.
            return tls_problem(encrypted, where)
        case httpcore2.NetworkError() | httpcore2.RemoteProtocolError():
            return ConnectionProblem(catalogue.CONNECTION_CUT, host)
    return defect(error)


def unreachable(causes: list[BaseException], where: Address) -> Unreachable:
    """Why no connection to `where` came about."""
    host = {"host": where.host}
    if any(isinstance(cause, socket.gaierror | UnicodeError) for cause in causes):
        return Unreachable(catalogue.NAME_UNKNOWN, host)
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return Unreachable(catalogue.CONNECTION_REFUSED, host | {"port": str(where.port)})
    reasons = (cause.strerror for cause in causes if isinstance(cause, OSError) and cause.errno)
    reason = next((reason for reason in reasons if reason), "no connection came about")
    return Unreachable(catalogue.CONNECTION_UNREACHABLE, host | {"reason": reason})


def tls_problem(error: ssl.SSLError, where: Address) -> TrustProblem:
    """Why there is no secure connection to `where`."""
    host = {"host": where.host}
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in _EXPIRED:
            return TrustProblem(catalogue.CERTIFICATE_EXPIRED, host)
        if error.verify_code in _OTHER_NAME:
            return TrustProblem(catalogue.CERTIFICATE_NAME, host)
        reason = error.verify_message or "no reason given"
        return TrustProblem(catalogue.CERTIFICATE_UNTRUSTED, host | {"reason": reason})
    code = error.reason or ""
    reason = _TLS_WORDS.get(code) or code.replace("_", " ").lower() or "the connection ended"
    return TrustProblem(catalogue.TLS_FAILED, host | {"reason": reason})


def _proxy_problem(
    error: ProxyFailure, where: Address, patience: Patience, proxy: Proxy
) -> Problem:
    if isinstance(error.cause, httpcore2.ConnectError | httpcore2.ConnectTimeout):
        return problem(error.cause, proxy.where, patience, None)
    host = {"host": proxy.where.host}
    if error.status == 407:
        return TrustProblem(catalogue.PROXY_SIGN_IN, host)
    if error.status in (502, 503, 504):
        reason = f"the proxy “{proxy.where.host}” answered {error.answer}"
        facts = {"host": where.host, "reason": reason}
        return Unreachable(catalogue.CONNECTION_UNREACHABLE, facts)
    return TrustProblem(catalogue.PROXY_FAILED, host | {"reason": error.answer})


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what led to it. The pool takes its cause away, but not its arguments."""
    while error is not None:
        yield error
        inner = error.exceptions if isinstance(error, BaseExceptionGroup) else error.args
        for other in inner:
            if isinstance(other, BaseException):
                yield from _causes(other)
        error = error.__cause__
