"""Lane: the way to one destination: signed in once, reachable or not, so many sends at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from app.core.changes import LaneChanged, LaneState
from app.core.problems import (
    Problem,
    Retry,
    SignInProblem,
    TokenRefused,
    TrustProblem,
    Unreachable,
)
from app.core.uploads import Wait, Why
from app.servers.api import Family, Server
from app.transfer.links import Link, Links
from app.transfer.retry import Policy, crowded
from app.transfer.slots import Slots

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Route:
    """How one destination is reached: its family, and a fresh connection for the asking.

    `at_once` is how many files are sent at the same time; None: as the family is used to.
    """

    family: Family
    connect: Callable[[], AbstractAsyncContextManager[Server]]
    at_once: int | None = None


class Lane:
    """The engine's side of one destination. `changed` is called when its state changed."""

    def __init__(
        self,
        destination: str,
        route: Route,
        policy: Policy,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        changed: Callable[[Lane], None],
    ) -> None:
        self.destination = destination
        self.family = route.family
        self._policy = policy
        self._spawn = spawn
        self._changed = changed
        self.state = LaneState.IDLE
        self.problem: Problem | None = None
        self.until: float | None = None
        self.at_once = route.at_once or route.family.at_once
        self.slots = Slots(self.at_once)
        self._account = ""
        self._links = Links(destination, route.connect, spawn)
        self._link: Link | None = None
        """The one in use; it may have become stale."""
        self._waiting: list[asyncio.Future[None]] = []
        self._impatient: list[asyncio.Future[None]] = []
        """Of those who wait: who rather hears what stands in the way."""
        self._connecting: asyncio.Task[None] | None = None
        self._nudge = asyncio.Event()
        self._refusals = 0
        self._given_up = False
        self._paused = False
        self._calm: asyncio.TimerHandle | None = None
        self.looking = asyncio.Lock()
        """Held while jobs are asked about: one question at a time, whoever asks."""

    def snapshot(self) -> LaneChanged:
        return LaneChanged(
            self.destination,
            self.state,
            account=self._account,
            at_once=self.slots.limit,
            sending=self.slots.taken,
            problem=self.problem,
            until=self.until,
        )

    @property
    def patient(self) -> bool:
        """Whether it goes on trying to reach the server."""
        return not self._given_up

    def wait(self) -> Wait:
        """Why an upload of this lane stands still just now."""
        match self.state:
            case LaneState.UNREACHABLE:
                return Wait(Why.NETWORK, until=self.until, problem=self.problem)
            case LaneState.SIGN_IN:
                return Wait(Why.SIGN_IN, problem=self.problem)
            case _:
                return Wait(Why.SLOT)

    def within_reach(self) -> Lane:
        """Itself, for somebody who waits for an answer. Raises the Problem that is in the way."""
        if self.problem is not None and self.state in (LaneState.UNREACHABLE, LaneState.SIGN_IN):
            raise self.problem.bare()
        return self

    @asynccontextmanager
    async def server(self, *, now: bool = False) -> AsyncIterator[Server]:
        """A signed-in server; waits as long as the policy allows until there is one.

        Raises the Problem that stands in the way only where no person is there to remove it, or
        when the policy's patience with an unreachable server has run out; with `now` whenever one
        does.
        """
        while True:
            link = self._link
            if link is not None and not link.stale:
                break
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            if now:
                self._impatient.append(waiter)
                if self.state is LaneState.SIGN_IN:
                    self._refuse_impatient()
                self._nudge.set()
            self._connect_soon()
            await waiter
        link.taken()
        try:
            yield link.server
        except Problem as problem:
            self._report(link, problem)
            raise
        finally:
            link.given_back()

    async def call(self, verb: Callable[[Server], Awaitable[T]], *, now: bool = False) -> T:
        """One call that only reads, made again after a refused token. Raises Problem, with `now`
        also that which other calls wait out."""
        for last in (False, True):
            try:
                async with self.server(now=now) as server:
                    answer = await verb(server)
                self.went_well()
                return answer
            except TokenRefused:
                if last:
                    raise
        raise AssertionError("unreachable")

    def went_well(self) -> None:
        """A call was answered: refusals are forgotten, and the lane feels its way up again."""
        self._refusals = 0
        if self.slots.limit < self.at_once and self._calm is None:
            self.slots.limit += 1
            self._changed(self)

    def set_at_once(self, count: int) -> None:
        self.at_once = max(1, count)
        self.slots.limit = self.at_once
        self._changed(self)

    def try_now(self) -> None:
        """Ends the wait for an unreachable or busy server."""
        self._given_up = False
        if self._calm is not None:
            self._calm.cancel()
            self._calmed()
        self._nudge.set()

    def renew(self) -> None:
        """Secret or settings changed: the next call signs in anew; waits for the person end."""
        if self._link is not None:
            self._link.drop()
            self._link = None
        self._refusals = 0
        self._given_up = False
        if self.state is LaneState.SIGN_IN:
            self._say(LaneState.IDLE)
        self._nudge.set()
        self._connect_soon()

    def close(self) -> None:
        """Ends every connection, with its sign-out, even if it is in use."""
        if self._calm is not None:
            self._calm.cancel()
            self._calm = None
        self._links.close()

    def _say(
        self, state: LaneState, problem: Problem | None = None, until: float | None = None
    ) -> None:
        self.state, self.problem, self.until = state, problem, until
        self._changed(self)

    def _report(self, link: Link, problem: Problem) -> None:
        """Draws the lane's own conclusions from a problem met while using `link`."""
        if link.stale:
            return
        if isinstance(problem, Unreachable):
            self._forsake(link)
            self._say(LaneState.UNREACHABLE, problem.bare())
        elif isinstance(problem, TokenRefused):
            self._forsake(link)
            self._refusals += 1
            if self._refusals > 1:
                self._say(LaneState.SIGN_IN, problem.bare())
        elif isinstance(problem, SignInProblem | TrustProblem):
            self._forsake(link)
            self._say(LaneState.SIGN_IN, problem.bare())
        elif crowded(problem):
            if self._calm is None:
                # Several that were under way are told the same: that is one word, not many.
                self.slots.limit = max(1, self.slots.limit // 2)
            pause = self._policy.delay_after(problem, 1)
            self._quiet_for(pause)
            self._say(LaneState.BUSY, problem.bare(), self._policy.now() + pause)

    def pause(self, on: bool) -> None:
        """While on, no further send begins."""
        self._paused = on
        self._gate()

    def _quiet_for(self, seconds: float) -> None:
        if self._calm is not None:
            self._calm.cancel()
        self._calm = asyncio.get_running_loop().call_later(seconds, self._calmed)
        self._gate()

    def _calmed(self) -> None:
        self._calm = None
        self._gate()
        if self.state is LaneState.BUSY:
            self._say(LaneState.READY)

    def _gate(self) -> None:
        self.slots.pause(self._paused or self._calm is not None)

    def _forsake(self, link: Link) -> None:
        link.drop()
        if self._link is link:
            self._link = None

    def _connect_soon(self) -> None:
        if self._connecting is None:
            self._connecting = self._spawn(self._connect())
            self._connecting.add_done_callback(self._connected)

    def _connected(self, task: asyncio.Task[None]) -> None:
        self._connecting = None
        if self._wanted() and not task.cancelled():
            self._connect_soon()

    def _wanted(self) -> bool:
        self._waiting = [waiter for waiter in self._waiting if not waiter.done()]
        return bool(self._waiting)

    async def _connect(self) -> None:
        """Signs in for all who wait. Ends when there is a link or nobody wants one."""
        tries = 0
        while self._wanted():
            if self.state is LaneState.SIGN_IN:
                if not self._policy.person:
                    self._fail_waiting()
                    return
                await self._nudged(None)
                continue
            if self.state is LaneState.UNREACHABLE and self.problem is not None:
                tries += 1
                patience = self._policy.reach_tries
                if self._given_up or (patience is not None and tries > patience):
                    self._given_up = True
                    self._fail_waiting()
                    return
                pause = self._policy.delay(tries)
                self._say(self.state, self.problem, self._policy.now() + pause)
                await self._nudged(pause)
                if not self._wanted():
                    return
            if self.state is not LaneState.UNREACHABLE:
                self._say(LaneState.CONNECTING)
            self._nudge.clear()
            try:
                self._link = await self._links.open()
            except Problem as problem:
                self._not_connected(problem)
                continue
            self._account = self._link.server.account
            self._say(LaneState.READY)
            for waiter in self._waiting:
                if not waiter.done():
                    waiter.set_result(None)
            self._impatient.clear()
            return

    def _not_connected(self, problem: Problem) -> None:
        log.info("no connection to %s: %s", self.destination, problem.id)
        if problem.retry in (Retry.REACH, Retry.SOFT, Retry.BUSY):
            self._say(LaneState.UNREACHABLE, problem.bare())
        else:
            self._say(LaneState.SIGN_IN, problem.bare())
        self._refuse_impatient()

    def _refuse_impatient(self) -> None:
        impatient, self._impatient = self._impatient, []
        for waiter in impatient:
            if not waiter.done() and self.problem is not None:
                waiter.set_exception(self.problem.bare())

    def _fail_waiting(self) -> None:
        for waiter in self._waiting:
            if not waiter.done() and self.problem is not None:
                waiter.set_exception(self.problem.bare())

    async def _nudged(self, seconds: float | None) -> None:
        self._nudge.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._nudge.wait()
        except TimeoutError:
            pass
