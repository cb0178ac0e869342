"""When to try again, and how long to wait: pure functions of a problem and its tries."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

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
    reach_tries: int | None = None
    """How often an unreachable server is tried before its uploads fail; None: for ever."""
    delays: tuple[float, ...] = (1, 3, 10, 30, 60)
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
        step = self.delays[min(max(tries, 1), len(self.delays)) - 1]
        return step * self.jitter() * self.scale

    def busy_delay(self, problem: Problem, tries: int) -> float:
        """What the server asked for, or the usual wait."""
        if problem.after is not None:
            return max(problem.after * self.scale, 0.05 * self.scale)
        return self.delay(tries)


def worth_trying(problem: Problem, tries: int, policy: Policy) -> bool:
    """Whether what failed `tries` times with problems like this is tried again by itself."""
    match problem.retry:
        case Retry.SOFT:
            return tries <= policy.tries
        case Retry.BUSY:
            return tries <= policy.busy_tries
        case Retry.REACH:
            return True
        case _:
            return False


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
