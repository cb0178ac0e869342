"""When to try again, and how long to wait: pure functions of a problem and its tries."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from app.core import catalogue
from app.core.problems import (
    Busy,
    ConnectionProblem,
    Problem,
    Retry,
    ServerFault,
    SignInProblem,
    TrustProblem,
    Unreachable,
)


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient the engine is. All times in seconds; `scale` shortens every wait, for tests."""

    person: bool = True
    """Somebody is there to sign in and to decide; without, what needs a person fails instead."""
    tries: int = 5
    """Soft retries of one upload before it fails."""
    busy_tries: int = 20
    """Retries where the server said that it is too busy, or when to come back."""
    reach_tries: int | None = None
    """How often an unreachable server is tried before its uploads fail; None: for ever."""
    delays: tuple[float, ...] = (1, 3, 10, 30, 60)
    full_delays: tuple[float, ...] = (60, 300, 900, 1800, 3600)
    """Waits while the server has no room: somebody has to make some first."""
    watch_limit: float = 86_400
    poll_first: float = 2.0
    poll_longest: float = 30.0
    stop_within: float = 1.5
    """How long signing out may take when the engine ends."""
    scale: float = 1.0
    jitter: Callable[[], float] = field(default=lambda: random.uniform(0.8, 1.2))
    now: Callable[[], float] = time.time
    """Seconds since the epoch, only for what people are shown."""

    def delay(self, tries: int) -> float:
        """The wait before try `tries` (1 is the first repetition), scaled and jittered."""
        return self._step(self.delays, tries)

    def delay_after(self, problem: Problem, tries: int) -> float:
        """The wait before try `tries` after this problem: as the server asked, or the usual one.

        Never shorter than asked for. Less than a second is no wish to be left in peace.
        """
        if problem.after is not None and problem.after >= 1:
            return problem.after * max(1.0, self.jitter()) * self.scale
        full = problem.entry is catalogue.SERVER_FULL
        return self._step(self.full_delays if full else self.delays, tries)

    def tries_after(self, problem: Problem) -> int:
        """How often what met this problem is tried again before it fails."""
        return self.busy_tries if crowded(problem) else self.tries

    def _step(self, delays: tuple[float, ...], tries: int) -> float:
        return delays[min(max(tries, 1), len(delays)) - 1] * self.jitter() * self.scale


def worth_trying(problem: Problem, tries: int, policy: Policy) -> bool:
    """Whether what failed `tries` times with problems like this is tried again by itself."""
    match problem.retry:
        case Retry.SOFT | Retry.BUSY:
            return tries <= policy.tries_after(problem)
        case Retry.REACH:
            return True
        case _:
            return False


def crowded(problem: Problem) -> bool:
    """Whether the server asked all to wait: then nothing else is sent there either, and less."""
    if problem.retry not in (Retry.BUSY, Retry.SOFT):
        return False
    return problem.after is not None or bool(problem.exchange and problem.exchange.status == 429)


def nothing_happened(problem: Problem) -> bool:
    """Whether the server certainly did nothing: then the request may simply be made again."""
    if isinstance(problem, Unreachable | SignInProblem | TrustProblem):
        return True
    return isinstance(problem, Busy) and bool(problem.exchange and problem.exchange.status == 429)


def ambiguous(problem: Problem) -> bool:
    """Whether the server may have done what was asked although no proper answer came."""
    if nothing_happened(problem):
        return False
    return isinstance(problem, ConnectionProblem | ServerFault | Busy)
