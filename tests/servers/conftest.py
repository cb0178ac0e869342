"""Sandboxes for the adapters, one per test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from app.sandbox import Sandbox
from tests.servers.families import CASES, Case

Begin = Callable[..., Sandbox]


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture
def begin() -> Iterator[Begin]:
    """Starts a sandbox that works fast; it ends with the test."""
    with ExitStack() as stack:

        def begun(family: str, **options: Any) -> Sandbox:
            options = {"pace": 50.0, "seed": 7} | options
            return stack.enter_context(Sandbox((family,), **options))

        yield begun
