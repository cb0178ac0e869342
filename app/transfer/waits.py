"""Waits: whether a batch tries again after a problem, and the time until then."""

from __future__ import annotations

import asyncio

from app.core.problems import Problem, SignInProblem, TokenRefused, TrustProblem, Unreachable
from app.core.uploads import Wait, Why
from app.transfer.lanes import Lane
from app.transfer.retry import Policy, worth_trying


class Waits:
    """The policy, applied to what is asked of one lane."""

    def __init__(self, lane: Lane, policy: Policy) -> None:
        self._lane = lane
        self._policy = policy
        self._hurry = asyncio.Event()

    def may_wait(self, problem: Problem, tries: int) -> bool:
        """Whether what failed `tries` times is tried again by itself."""
        if isinstance(problem, TokenRefused):
            return tries <= 2 or self._policy.person
        if isinstance(problem, SignInProblem | TrustProblem):
            return self._policy.person
        if isinstance(problem, Unreachable):
            return self._lane.patient
        return worth_trying(problem, tries, self._policy)

    def wait_for(self, problem: Problem, tries: int) -> Wait:
        """What an upload waits for until then."""
        if isinstance(problem, SignInProblem | TrustProblem | Unreachable):
            return self._lane.wait()
        until = self._policy.now() + self._policy.delay_after(problem, tries)
        all_tries = self._policy.tries_after(problem)
        return Wait(Why.RETRY, until=until, tries=(tries, all_tries), problem=problem.bare())

    async def over(self, wait: Wait) -> None:
        """Returns when the time to try again has come, or the person does not wait for it. Where
        the lane is in the way, there is no such time: whoever asks it for its server waits there.
        """
        if wait.problem is None or wait.why is not Why.RETRY:
            return
        hurry = self._hurry
        tries = wait.tries[0] if wait.tries else 1
        try:
            async with asyncio.timeout(self._policy.delay_after(wait.problem, tries)):
                await hurry.wait()
        except TimeoutError:
            pass

    def end(self) -> None:
        """All that wait just now are to go on."""
        self._hurry.set()
        self._hurry = asyncio.Event()
