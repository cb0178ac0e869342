"""The shapes in which a TAO portal, its gateway and its storage say yes and no."""

from typing import Any, Literal

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

Json = dict[str, Any]

_TITLES = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Not Allowed",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}


class Refused(Exception):
    """Ends the handling of a call with this reply."""

    def __init__(self, reply: Response) -> None:
        super().__init__(reply.status_code)
        self.reply = reply


def json(status: int, body: Any) -> Response:
    return JSONResponse(body, status)


def error(status: int, message: str, shape: Literal["message", "error", "problem"]) -> Response:
    """A refusal of the application."""
    if shape == "problem":
        body = {"type": "about:blank", "title": _TITLES.get(status, "Error"), "detail": message}
        return JSONResponse(body, status, media_type="application/problem+json")
    return JSONResponse(
        {"message": message} if shape == "message" else {"error": {"message": message}}, status
    )


def oauth(status: int, code: str, description: str) -> Response:
    """A refusal of the token call."""
    return JSONResponse(
        {"error": code, "error_description": description},
        status,
        headers={"Cache-Control": "no-store", "Pragma": "no-cache"},
    )


def page(status: int) -> Response:
    """A proxy's page."""
    words = f"{status} {_TITLES.get(status, 'Error')}"
    return HTMLResponse(
        f"<html>\r\n<head><title>{words}</title></head>\r\n"
        f"<body><center><h1>{words}</h1></center><hr></body>\r\n</html>\r\n",
        status,
    )


def denied(shape: Literal["text", "string", "object"]) -> Response:
    """No good token."""
    if shape == "text":
        return PlainTextResponse("Access Denied", 401)
    body: Any = "Access Denied" if shape == "string" else {"message": "Access Denied"}
    return JSONResponse(body, 401)


def portal() -> Response:
    """What people see at the address they paste."""
    return HTMLResponse("<!doctype html><title>TAO Portal</title><div id='app'></div>")


def storage(status: int, code: str, message: str) -> Response:
    """Storage's XML."""
    return Response(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{message}</Message></Error>",
        status,
        media_type="application/xml",
    )
