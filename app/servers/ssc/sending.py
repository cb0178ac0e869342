"""Getting one file to the server exactly once, whatever becomes of the answer.

SSC takes the same file again and again, each time as a new artifact. So a version's artifacts
are looked at before a file is sent and, after a lost answer, before it is sent once more.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import aclosing
from dataclasses import replace
from weakref import WeakValueDictionary

from app.core import catalogue
from app.core.problems import (
    Busy,
    ConnectionProblem,
    Problem,
    Refused,
    ServerFault,
    TokenRefused,
    Uncertain,
    Unreachable,
)
from app.core.uploads import Source
from app.servers.api import Body, Found, Keep, Verdict
from app.servers.bodies import Sized, blocks
from app.servers.multipart import Multipart
from app.servers.ssc import problems
from app.servers.ssc.gateway import Gateway, History, hidden, status_of
from app.servers.ssc.rhythm import Rhythm
from app.servers.ssc.tickets import REST, Attempt, Delivery
from app.servers.ssc.wire.artifacts import Artifact
from app.servers.ssc.wire.transfer import UPLOAD

GIGABYTE = 1_000_000_000

_CLOCK_SLACK = 300.0
"""Seconds by which an artifact may seem older than its upload: several clocks are involved."""
_PLAIN = re.compile(r"[^A-Za-z0-9]+")
_PROXIES = (408, 502, 504)
"""Answered by something before the server, which may still be at work."""


class Sending:
    """Sends files over one connection and remembers what it is owed an answer for."""

    def __init__(self, gateway: Gateway, rhythm: Rhythm, user: Callable[[], str]) -> None:
        self._gateway = gateway
        self._rhythm = rhythm
        self._user = user
        self._rest_absent = False
        self._taken: set[int] = set()
        self._owed: dict[tuple[int, Source], Attempt] = {}
        self._alike: WeakValueDictionary[tuple[int, str, int], asyncio.Lock] = WeakValueDictionary()

    def begun(self, delivery: Delivery, source: Source) -> Delivery:
        """The delivery, with what an earlier one of the same file left without an answer."""
        owed = self._owed.get((delivery.version, source))
        return delivery.tried(owed) if owed is not None else delivery

    async def send(self, delivery: Delivery, body: Body, keep: Keep) -> Delivery:
        """The delivery, arrived. See `servers.api.Server.send` for what is raised when."""
        if delivery.accepted:
            return delivery
        async with self._alone(delivery):
            return await self._send(delivery, body, keep)

    async def _send(self, delivery: Delivery, body: Body, keep: Keep) -> Delivery:
        # A small question first: with a body of gigabytes under way, a server that refuses closes
        # the connection, and a refused token looks like a broken network.
        history = await self._history(delivery.version)
        earlier = delivery.attempt
        if earlier is not None and earlier.whole and history is not None:
            mine = self._mine(delivery, earlier, history.artifacts)
            if len(mine) == 1 and self._own(mine):
                return self._settled(delivery.arrived(mine[0].id))
        sending = _Sending(delivery.tried(earlier or _attempt(delivery, history)), keep)
        keep(sending.delivery.ticket)
        owed = (delivery.version, body.source)
        self._owed.pop(owed, None)
        try:
            return self._settled(await self._post(sending, body))
        except Problem as problem:
            judged = await self._judged(sending, problem)
            if not isinstance(judged, Refused) and sending.attempt.whole:
                self._owed[owed] = sending.attempt
            raise judged from None
        except asyncio.CancelledError:
            # Stopped by the person while the server may be storing the file.
            if sending.attempt.whole:
                self._owed[owed] = sending.attempt
            raise

    async def find(self, delivery: Delivery) -> Found:
        """What the server has of a file whose answer is missing."""
        if delivery.accepted:
            return Found(Verdict.WHOLE, delivery.ticket)
        if delivery.attempt is None:
            return Found(Verdict.RESUME, delivery.ticket)
        async with self._alone(delivery):
            return await self._find(delivery, delivery.attempt)

    async def _find(self, delivery: Delivery, attempt: Attempt) -> Found:
        async for last in self._rhythm.looks(self._patience(delivery, attempt), first=0.3):
            history = await self._history(delivery.version)
            if history is None:
                if attempt.whole:
                    raise _uncertain(delivery, "Your token may not look at the version's uploads.")
                break
            mine = self._mine(delivery, attempt, history.artifacts)
            if len(mine) > 1:
                raise _uncertain(delivery, "Several uploads there look like it.")
            if mine and not self._own(mine):
                raise _uncertain(delivery, f"There is one like it, uploaded by “{mine[0].user}”.")
            if mine:
                arrived = self._settled(delivery.arrived(mine[0].id))
                return Found(Verdict.WHOLE, arrived.ticket)
            if last:
                break
        return Found(Verdict.RESUME, delivery.ticket)

    def _alone(self, delivery: Delivery) -> asyncio.Lock:
        """Files that look the same on the server take turns, or one could pass for the other."""
        key = (delivery.version, delivery.name, delivery.size)
        return self._alike.setdefault(key, asyncio.Lock())

    def _settled(self, arrived: Delivery) -> Delivery:
        if arrived.artifact is not None:
            self._taken.add(arrived.artifact)
        return arrived

    def _patience(self, delivery: Delivery, attempt: Attempt) -> float:
        rhythm = self._rhythm
        if not attempt.whole:
            return rhythm.broken
        if attempt.status and attempt.status not in _PROXIES:
            return rhythm.answered
        return rhythm.unanswered + rhythm.per_gigabyte * delivery.size / GIGABYTE

    async def _history(self, version: int) -> History | None:
        """The version's latest artifacts, or None where the token may not see them."""
        try:
            return await self._gateway.history(version)
        except Refused as problem:
            if not hidden(problem):
                raise
        await self._gateway.may_list_versions()
        return None

    def _mine(
        self, delivery: Delivery, attempt: Attempt, listed: Iterable[Artifact]
    ) -> list[Artifact]:
        """The artifacts that can be this upload: own ones if there are any."""
        found = [
            one
            for one in listed
            if one.id not in attempt.known
            and one.id not in self._taken
            and resembles(one, delivery)
        ]
        since = attempt.since - _CLOCK_SLACK
        found = [one for one in found if one.uploaded is None or one.uploaded >= since]
        return self._own(found) or found

    def _own(self, found: Iterable[Artifact]) -> list[Artifact]:
        user = self._user().casefold()
        return [one for one in found if not (user and one.user) or one.user.casefold() == user]

    async def _post(self, sending: _Sending, body: Body) -> Delivery:
        delivery = sending.delivery
        if delivery.way == REST and not self._rest_absent:
            try:
                form = sending.form(body)
                artifact = await self._gateway.upload(delivery.version, form, delivery.engine)
            except Refused as problem:
                if not hidden(problem):
                    raise
                # Servers or proxies without this way, and tokens that may not use it. The version
                # was there a moment ago, and nothing has been taken.
                self._rest_absent = status_of(problem) != 403
                sending.begins_again()
                try:
                    return await self._post_with_token(sending, body)
                except Refused as other:
                    raise (problem if status_of(other) == 403 else other) from None
            return sending.delivery.arrived(artifact.id if artifact is not None else None)
        return await self._post_with_token(sending, body)

    async def _post_with_token(self, sending: _Sending, body: Body) -> Delivery:
        """With a fresh token each time: whether a broken upload uses its token up is not known."""
        delivery = sending.delivery
        refusal: Problem | None = None
        for _ in range(2):
            form = sending.form(body)
            try:
                submission = await self._gateway.upload_with_token(
                    delivery.version, form, delivery.engine
                )
            except (TokenRefused, Refused) as problem:
                at_upload = problem.exchange is not None and UPLOAD in problem.exchange.url
                if not at_upload or status_of(problem) not in (401, 403):
                    raise
                refusal = problem
                sending.begins_again()
                continue
            if not submission.accepted:
                reason = submission.message or "no reason was given."
                facts = {"code": str(submission.code), "reason": reason}
                raise Refused(problems.SUBMISSION_REFUSED, facts)
            return sending.delivery.arrived(job=submission.job)
        exchange = refusal.exchange if refusal is not None else None
        raise Refused(problems.FILE_TOKEN_REFUSED, exchange=exchange)

    async def _judged(self, sending: _Sending, problem: Problem) -> Problem:
        """What is raised for a failed post, with all that the next try must know in the ticket."""
        if isinstance(problem, Unreachable | TokenRefused) or status_of(problem) == 429:
            sending.begins_again()
        elif problem.id == catalogue.NOT_THE_SERVER.id and (status_of(problem) or 400) < 400:
            # A portal's page came instead of the answer: the server may have its part.
            sending.answered(status_of(problem) or 0)
            facts = {"what": "send the file"}
            return ServerFault(catalogue.SERVER_NONSENSE, facts, exchange=problem.exchange)
        elif isinstance(problem, ServerFault | Busy):
            sending.answered(status_of(problem) or 0)
        elif isinstance(problem, ConnectionProblem) and not sending.attempt.whole:
            try:
                # A server that refuses early only closes the connection; the same small question
                # again tells that from a broken network.
                await self._gateway.may_list_versions()
            except TokenRefused as refused:
                return refused
            except Problem:
                return problem
        return problem


class _Sending:
    """One delivery while its bytes go out; its ticket is kept whenever it has learnt something."""

    def __init__(self, delivery: Delivery, keep: Keep) -> None:
        assert delivery.attempt is not None
        self.delivery = delivery
        self.attempt = self._before = delivery.attempt
        self._keep = keep

    def form(self, body: Body) -> Multipart:
        return Multipart("file", self.delivery.name, _Told(body, self._all_out))

    def begins_again(self) -> None:
        """Nothing of what went out was taken."""
        self._learnt(self._before)

    def answered(self, status: int) -> None:
        self._learnt(replace(self.attempt, status=status))

    def _all_out(self) -> None:
        """The file's last byte is out; without the few bytes behind it no server takes the form."""
        self._learnt(replace(self.attempt, whole=True, status=0))

    def _learnt(self, attempt: Attempt) -> None:
        if attempt != self.attempt:
            self.attempt = attempt
            self.delivery = self.delivery.tried(attempt)
            self._keep(self.delivery.ticket)


class _Told:
    """A body that tells when its last block has been taken."""

    def __init__(self, body: Sized, done: Callable[[], None]) -> None:
        self._body = body
        self._done = done

    @property
    def size(self) -> int:
        return self._body.size

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async with aclosing(blocks(self._body)) as given:
            async for block in given:
                yield block
        self._done()


def resembles(artifact: Artifact, delivery: Delivery) -> bool:
    """The same size and name; letters a server may have garbled are not compared."""
    if artifact.size is not None and artifact.size != delivery.size:
        return False
    if artifact.name == delivery.name:
        return True
    garbled = not delivery.name.isascii() or any(sign in delivery.name for sign in '"%\\')
    return garbled and _plain(artifact.name) == _plain(delivery.name)


def _plain(name: str) -> str:
    return _PLAIN.sub("", name.replace("%22", ""))


def _attempt(delivery: Delivery, history: History | None) -> Attempt:
    listed = history.artifacts if history is not None else ()
    now = history.now if history is not None else None
    return Attempt(
        since=time.time() if now is None else now,
        known=tuple(one.id for one in listed if resembles(one, delivery)),
    )


def _uncertain(delivery: Delivery, reason: str) -> Uncertain:
    return Uncertain(problems.MAY_BE_THERE, {"name": delivery.name, "reason": reason})
