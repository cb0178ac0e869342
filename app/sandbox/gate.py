"""The door of every address: counts what comes in, lets faults strike, reports each request."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from app.sandbox.family import Address, Answered
from app.sandbox.faults import Fault, Faults

_LINE = "sandbox.connection"
_CUT_AFTER = 65_536


class Line(H11Protocol):
    """A connection that the application may break: HTTP servers offer no way to send nothing."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._lost = asyncio.Event()
        self.app_state = {**self.app_state, _LINE: self}

    def hang_up(self) -> None:
        self.transport.close()

    def snap(self) -> None:
        self.transport.abort()

    async def gone(self) -> None:
        """Wait until a broken connection is known as such."""
        await self._lost.wait()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._lost.set()


class Gate:
    """One address as an ASGI application with its faults in front."""

    def __init__(
        self,
        family: str,
        address: Address,
        faults: Faults,
        expire_tokens: Callable[[], None],
        report: Callable[[Answered], None],
    ) -> None:
        self._family = family
        self._address = address
        self._faults = faults
        self._expire_tokens = expire_tokens
        self._report = report

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        strikes = self._faults.strikes(self._family, scope["method"], scope["path"])
        passage = _Passage(scope, receive, send, strikes)

        def report(status: int) -> None:
            self._report(
                Answered(
                    self._family,
                    scope["method"],
                    scope["path"],
                    status,
                    passage.received,
                    (time.perf_counter() - passage.began) * 1000,
                    tuple(fault.kind for fault in strikes),
                    passage.began,
                )
            )

        passage.report = report
        kinds = {fault.kind: fault for fault in strikes}
        try:
            if instead := kinds.get("busy") or kinds.get("server-error"):
                status = instead.status or (429 if instead.kind == "busy" else 503)
                reply = self._address.refusal(status)
                if instead.kind == "busy":
                    reply.headers["Retry-After"] = str(instead.retry_after)
                await reply(scope, passage.receive, passage.send)
            elif "silent" in kinds:
                await passage.silence()
            elif "nonsense" in kinds:
                page = HTMLResponse("<!doctype html><title>Welcome</title><p>Please log in.</p>")
                await page(scope, passage.receive, passage.send)
            else:
                if "expire-token" in kinds:
                    passage.before_reply = self._expire_tokens
                await self._address.app(scope, passage.receive, passage.send)
        except ClientDisconnect:
            pass
        except asyncio.CancelledError:
            return  # The servers end with this request under way; nobody waits for its reply.
        finally:
            passage.settle()
        await passage.over()


class _Passage:
    """One request on its way in and its reply on the way out."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, strikes: Sequence[Fault]
    ) -> None:
        self.began = time.perf_counter()
        self.received = 0
        self.report: Callable[[int], None] = lambda status: None
        self.before_reply: Callable[[], None] = lambda: None
        self._line: Line = scope["state"][_LINE]
        self._receive = receive
        self._send = send
        self._status = 0
        self._owed = -1
        """Bytes of the reply's body as its head announces them; negative: not announced."""
        self._settled = False
        self._broken = False
        self._lost = any(fault.kind == "lost-reply" for fault in strikes)
        self._rate = next((f.bytes_per_second for f in strikes if f.kind == "slow"), 0)
        self._left = self._cut_at(scope, strikes)

    @staticmethod
    def _cut_at(scope: Scope, strikes: Sequence[Fault]) -> int | None:
        cut = next((fault for fault in strikes if fault.kind == "cut-body"), None)
        if cut is None:
            return None
        if cut.after_bytes is not None:
            return cut.after_bytes
        length = next((int(v) for k, v in scope["headers"] if k == b"content-length"), 0)
        return min(_CUT_AFTER, length // 2)

    async def receive(self) -> Message:
        if self._left is not None and self._left <= 0:
            self._broken = True
            self._line.snap()
            return {"type": "http.disconnect"}
        message = await self._receive()
        if message["type"] != "http.request":
            return message
        body = message.get("body", b"")
        if self._left is not None and len(body) >= self._left:
            body, message = body[: self._left], {**message, "more_body": True}
            message["body"] = body
        if self._left is not None:
            self._left -= len(body)
        self.received += len(body)
        if self._rate and body:
            await asyncio.sleep(len(body) / self._rate)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.before_reply()
            if self._lost:
                self.settle()
                self._broken = True
                self._line.hang_up()
            else:
                self._status = message["status"]
        if self._lost:
            return
        if message["type"] == "http.response.start":
            headers = dict(message.get("headers", ()))
            self._owed = int(headers.get(b"content-length", b"-1"))
        else:
            whole = len(message.get("body", b"")) == self._owed
            if whole or not message.get("more_body", False):
                self.settle()
        await self._send(message)

    async def silence(self) -> None:
        """Take the request and never answer it; the connection stays until the client ends it."""
        self._broken = True
        await self._line.gone()

    async def over(self) -> None:
        """Let a connection that was broken on purpose end before the server would answer on it."""
        if self._broken:
            await self._line.gone()

    def settle(self) -> None:
        """Report once, and before the client can see the end of the reply."""
        if not self._settled:
            self._settled = True
            self.report(self._status)
