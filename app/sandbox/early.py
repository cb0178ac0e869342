"""Answers given before the body was read, the way servlet containers and proxies give them."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_PATIENCE = 2.0


async def answer_early(
    reply: Response, scope: Scope, receive: Receive, send: Send, swallow: int
) -> None:
    """Send `reply` at once, read up to `swallow` bytes of the body, then end the connection.

    A client still sending then meets a reset instead of the reply. A connection whose whole body
    fits stays open.
    """
    headers = Request(scope).headers
    length = headers.get("content-length", "")
    reads_on = "expect" not in headers
    if not reads_on or not length.isdecimal() or int(length) > swallow:
        reply.headers["Connection"] = "close"
    await send(
        {"type": "http.response.start", "status": reply.status_code, "headers": reply.raw_headers}
    )
    await send({"type": "http.response.body", "body": bytes(reply.body), "more_body": True})
    if reads_on:
        await _swallow(receive, swallow)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _swallow(receive: Receive, swallow: int) -> None:
    try:
        async with asyncio.timeout(_PATIENCE):
            while swallow > 0:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
                swallow -= len(message.get("body", b""))
    except TimeoutError:
        return
