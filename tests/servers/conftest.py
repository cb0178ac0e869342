"""Sandboxes for the adapters, one per test, and what tests of the HTTP client need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from app.sandbox import Sandbox
from tests.servers.authority import Authority
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


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def no_proxies_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
