"""The shapes in which a FOLIO system says yes and no."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

Json = dict[str, Any]


class Refused(Exception):
    """Ends the handling of a call with this reply."""

    def __init__(self, reply: Response) -> None:
        super().__init__(reply.status_code)
        self.reply = reply


def text(status: int, sentence: str) -> Response:
    """Shape A: a plain sentence."""
    return PlainTextResponse(sentence, status)


def errors(
    status: int,
    message: str,
    code: str,
    kind: str = "error",
    parameters: Sequence[Mapping[str, str]] = (),
) -> Response:
    """Shape B with one error."""
    error = {"message": message, "type": kind, "code": code, "parameters": list(parameters)}
    return many_errors(status, [error])


def many_errors(status: int, found: Sequence[Mapping[str, Any]]) -> Response:
    return JSONResponse({"errors": list(found), "total_records": len(found)}, status)


def kong(status: int, message: str) -> Response:
    """Shape C: Kong's own object."""
    return JSONResponse({"message": message, "request_id": uuid4().hex}, status)


def page(status: int, title: str) -> Response:
    """Shape D: a proxy's page."""
    words = f"{status} {title}"
    return HTMLResponse(
        f"<html>\r\n<head><title>{words}</title></head>\r\n"
        f"<body><center><h1>{words}</h1></center><hr></body>\r\n</html>\r\n",
        status,
    )


def s3(status: int, code: str, message: str) -> Response:
    """Shape E: storage's XML."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{message}</Message>"
        f"<RequestId>{uuid4().hex[:16].upper()}</RequestId></Error>"
    )
    return Response(body, status, media_type="application/xml")


def json(status: int, body: Any) -> Response:
    return JSONResponse(body, status)


def nothing(status: int = 204) -> Response:
    return Response(status_code=status)


def missing_field(key: str) -> Response:
    return errors(
        422,
        "must not be null",
        "jakarta.validation.constraints.NotNull.message",
        "1",
        [{"key": key, "value": "null"}],
    )


def unknown_field(name: str, schema: str) -> Response:
    return errors(
        422,
        f'Unrecognized field "{name}" (class org.folio.rest.jaxrs.model.{schema}), '
        "not marked as ignorable",
        "-1",
        "1",
    )


def check_schema(body: Any, schema: str, known: Sequence[str], required: Sequence[str]) -> Json:
    """A closed schema: raises Refused (400 or 422) for what does not fit."""
    if not isinstance(body, dict):
        raise Refused(text(400, f"Cannot deserialize value of type `{schema}`"))
    for name in body:
        if name not in known:
            raise Refused(unknown_field(name, schema))
    for name in required:
        if body.get(name) is None:
            raise Refused(missing_field(name))
    return body


def date(seconds: float) -> str:
    """A time as current releases write it: milliseconds and +00:00."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def login_date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
