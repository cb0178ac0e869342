"""Answers given before the body was read, the way servlet containers and proxies give them."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

_PATIENCE = 2.0


async def answered(
    answer: Callable[[Request], Awaitable[Response]],
    scope: Scope,
    receive: Receive,
    send: Send,
    swallow: int,
) -> None:
    """Send what `answer` says, whether it has read the body or not.

    Of a body it has not read to its end, up to `swallow` bytes are read after the reply, and then
    the connection ends: a client still sending meets a reset instead of the reply. A connection
    whose whole body fits stays open.
    """
    body = _Body(receive)
    request = Request(scope, body)
    reply = await answer(request)
    headers = request.headers
    sent = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    if sent and not body.ended:
        await _answer_early(reply, scope, body, send, swallow)
    else:
        await reply(scope, body, send)


class _Body:
    """Knows whether the whole body was read."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.ended = False

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            self.ended = True
        return message


async def _answer_early(
    reply: Response, scope: Scope, receive: Receive, send: Send, swallow: int
) -> None:
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
