"""“Test connection” for TAO: it finds the paths and posts no file."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from app.core.destinations import Secret
from app.servers.api import Step, StepState
from app.servers.tao import FAMILY
from tests.servers.conftest import Begin
from tests.servers.delivery import run
from tests.servers.tao_ground import Tao


def steps(tao: Tao, *, secret: str = "", **settings: str) -> dict[str, Step]:
    async def work() -> dict[str, Step]:
        probe = FAMILY.probe(tao.destination(**settings), Secret(secret or tao.served.secret))
        return {step.key: step async for step in probe}

    found: dict[str, Step] = run(work)
    assert tao.books.uploads == []
    assert tao.books.leaks == []
    return found


def failed(found: dict[str, Step]) -> list[tuple[str, str]]:
    return [
        (key, step.problem.id if step.problem else "")
        for key, step in found.items()
        if step.state is StepState.FAILED
    ]


@pytest.mark.parametrize("chosen", ["advance", "advance-short"])
@pytest.mark.parametrize("paths", ["advance", "advance-short"])
@pytest.mark.parametrize("unknown", ["page", "empty", "json"])
def test_the_right_profile_is_found(begin: Begin, paths: str, chosen: str, unknown: str) -> None:
    tao = Tao(begin("tao", paths=paths, unknown_path=unknown))
    found = steps(tao, paths=chosen)
    assert list(found) == ["address", "server", "sign-in", "paths", "right"]
    assert failed(found) == []
    assert (f"Choose “{paths}”" in found["paths"].detail) is (paths != chosen)


def test_what_was_left_out_of_the_address_is_said(begin: Begin) -> None:
    tao = Tao(begin("tao"))
    pasted = f"{tao.served.url}/api/v1/upload/api/v1/status/12345"
    found = steps(tao, url=pasted)
    assert failed(found) == []
    assert "“/api/v1/upload/api/v1/status/12345” was left out" in found["address"].detail


def test_own_paths_are_tested_as_they_are(begin: Begin) -> None:
    tao = Tao(begin("tao", paths="custom"))
    assert failed(steps(tao)) == []
    wrong = steps(tao, status_url="{base}/nowhere/{referenceId}")
    assert failed(wrong) == [("paths", "tao.wrong-paths")]
    assert failed(steps(tao, status_url="{base}/nowhere")) == [("address", "tao.address-reference")]


@pytest.mark.parametrize(
    ("options", "more", "where"),
    [
        ({}, {"secret": "wrong"}, ("sign-in", "sign-in.refused")),
        ({}, {"url": "ftp://x"}, ("address", "connection.address")),
        ({}, {"url": "http://tao.example.org"}, ("server", "connection.insecure")),
        ({"paths": "custom"}, {"paths": "advance"}, ("sign-in", "tao.not-tao")),
        (
            {"paths": "custom", "token_paths": "advance"},
            {"paths": "advance"},
            ("paths", "tao.wrong-paths"),
        ),
        ({"deny": ("status",)}, {}, ("right", "tao.scope")),
        ({"scope": "reporting"}, {}, ("right", "tao.scope")),
    ],
)
def test_the_step_that_fails_is_the_last(
    begin: Begin, options: dict[str, Any], more: dict[str, str], where: tuple[str, str]
) -> None:
    found = steps(Tao(begin("tao", **options)), **more)
    assert failed(found) == [where]
    assert list(found)[-1] == where[0]


def test_a_server_that_is_not_there(begin: Begin) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    assert failed(steps(Tao(begin("tao")), url=url)) == [("server", "connection.refused")]


def test_a_server_in_trouble_teaches_nothing(begin: Begin) -> None:
    tao = Tao(begin("tao"))
    tao.fault("server-error", "GET */status/*", status=500)
    found = steps(tao)
    assert found["paths"].state is StepState.SKIPPED
    assert failed(found) == []
