"""Gestures' tasks are owned: told when they fail, gone when the window goes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from app.core.problems import Defect, Problem
from app.viewmodels.tasks import TaskScope

from .made import problem


async def fail(error: Exception) -> None:
    await asyncio.sleep(0)
    raise error


def test_a_problem_is_told(ui: Callable[..., Any]) -> None:
    told: list[Problem] = []

    async def main() -> None:
        scope = TaskScope(told.append)
        scope.start(fail(problem()))
        while not told:
            await asyncio.sleep(0.001)
        assert len(scope) == 0

    ui(main())
    assert told == [problem()]


def test_a_mistake_is_logged_and_told_as_one(
    ui: Callable[..., Any], logged_errors: list[logging.LogRecord]
) -> None:
    told: list[Problem] = []

    async def main() -> None:
        scope = TaskScope(told.append)
        scope.start(fail(ValueError("secret")))
        while not told:
            await asyncio.sleep(0.001)

    ui(main())
    assert isinstance(told[0], Defect) and "secret" not in told[0].meaning
    assert len(logged_errors) == 1


def test_closing_cancels_what_is_left_even_before_its_first_step(ui: Callable[..., Any]) -> None:
    ended: list[str] = []

    async def work(name: str) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            ended.append(name)

    async def main() -> None:
        scope = TaskScope(lambda _: ended.append("told"))
        scope.start(work("a"))
        await asyncio.sleep(0.01)
        scope.start(work("never begun"))
        await scope.aclose()
        assert len(scope) == 0
        assert scope.start(work("late")) is None

    ui(main())
    assert ended == ["a"]
