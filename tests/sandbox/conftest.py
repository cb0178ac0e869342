"""A sandbox per test, and clients that are closed after it."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from app.sandbox import Sandbox
from tests.sandbox import ssc_client, tao_client
from tests.sandbox.client import Client

Begin = Callable[..., Sandbox]
Connect = Callable[..., Client]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def begin(stack: ExitStack) -> Begin:
    """A sandbox, fast and with small parts unless told otherwise."""

    def begun(**options: Any) -> Sandbox:
        options = {"pace": 50, "visible_after": 0.02, "min_part": 100} | options
        return stack.enter_context(Sandbox(**options))

    return begun


@pytest.fixture
def connect(stack: ExitStack) -> Connect:
    """A client of the nth server, signed in unless told otherwise."""

    def connected(box: Sandbox, at: int = 0, sign_in: bool = True) -> Client:
        client = Client(box.servers[at])
        stack.callback(client.http.close)
        if sign_in:
            assert client.sign_in().status_code == 201
        return client

    return connected


@pytest.fixture
def ssc(stack: ExitStack) -> ssc_client.Open:
    return partial(ssc_client.opened, stack)


@pytest.fixture
def tao(stack: ExitStack) -> tao_client.Open:
    return partial(tao_client.opened, stack)


@pytest.fixture
def samples() -> Path:
    """Real files of others, by family; they are beside the project and not in it."""
    beside = Path(__file__).parents[2].parent / "shared" / "samples"
    folder = Path(os.environ.get("LONGSHORE_SAMPLES", beside))
    if not all((folder / family).is_dir() for family in ("folio", "ssc", "tao")):
        pytest.skip("no folder of sample files (LONGSHORE_SAMPLES)")
    return folder
