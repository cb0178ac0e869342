"""The shapes in which an SSC server, its container and its proxy say yes and no."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from starlette.responses import HTMLResponse, JSONResponse, Response

Json = dict[str, Any]

DENIED = -10301
SUBMITTED = -10001
REJECTED = -10003

_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    411: "Length Required",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


class Refused(Exception):
    """Ends the handling of a call with this reply."""

    def __init__(self, reply: Response) -> None:
        super().__init__(reply.status_code)
        self.reply = reply


def result(data: Any = None, status: int = 200, **more: Any) -> Response:
    """The envelope of every answer of the API; without data the member is absent."""
    body: Json = {} if data is None else {"data": data}
    return JSONResponse(body | more | {"responseCode": status}, status)


def error(status: int, message: str, code: int = -1) -> Response:
    return JSONResponse({"message": message, "responseCode": status, "errorCode": code}, status)


def denied(right: str = "") -> Response:
    """The one answer to a missing right and to an id that does not exist."""
    wanted = f" One of these permissions are required: {right}" if right else ""
    return error(403, f"Access Denied.{wanted}", DENIED)


def tomcat(status: int, message: str = "") -> Response:
    """The container's own page."""
    title = f"HTTP Status {status} – {_TITLES.get(status, 'Error')}"
    detail = f"<p><b>Message</b> {escape(message)}</p>" if message else ""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><title>{title}</title></head>'
        f"<body><h1>{title}</h1><hr>{detail}<h3>Apache Tomcat</h3></body></html>",
        status,
    )


def proxy(status: int) -> Response:
    """The page of a proxy in front."""
    words = f"{status} {_TITLES.get(status, 'Error')}"
    return HTMLResponse(
        f"<html>\r\n<head><title>{words}</title></head>\r\n"
        f"<body><center><h1>{words}</h1></center><hr></body>\r\n</html>\r\n",
        status,
    )


def xml(values: Iterable[tuple[str, object]], *, prefix: bool, status: int = 200) -> Response:
    """The flat answer of `/upload`; old servers write it without a prefix."""
    root, space = ("ns2:", ":ns2") if prefix else ("", "")
    inside = "".join(f"<{root}{name}>{escape(str(value))}</{root}{name}>" for name, value in values)
    return Response(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<{root}jobStatus xmlns{space}="urn:made-up:sandbox">{inside}</{root}jobStatus>',
        status,
        media_type="application/xml",
    )


def date(seconds: float | None, *, colon: bool = True) -> str | None:
    """A time with milliseconds; older releases write the offset without a colon."""
    if seconds is None:
        return None
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text if colon else text.replace("+00:00", "+0000")


def picked(body: Json, fields: str | None) -> Json:
    """Only the asked fields, in a comma list; one with a dot brings what it is inside of."""
    if not fields:
        return body
    wanted = {name.strip().partition(".")[0] for name in fields.split(",")}
    return {name: value for name, value in body.items() if name in wanted}


def without_booleans(body: Mapping[str, Any]) -> Json:
    return {name: value for name, value in body.items() if not isinstance(value, bool)}
