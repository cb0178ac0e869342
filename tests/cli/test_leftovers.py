"""`longshore leftovers` against the books of the built-in FOLIO."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from app.core.destinations import Destination, Secret
from app.core.uploads import Source
from app.sandbox import Sandbox
from app.servers.folio.server import connect

from .conftest import PROFILE, Shell


def opened(sandbox: Sandbox, path: Path, key: str) -> str:
    """An upload definition that a run of this program made and nobody will start; its id."""
    served = sandbox.servers[0]
    size = path.stat().st_size

    async def work() -> str:
        destination = Destination("d", "folio", "Test", served.fields)
        async with connect(destination, Secret(served.secret)) as server:
            option, value = PROFILE.split("=")
            opening = await server.open(key, [Source(str(path), size, 1)], {option: value})
            return str(opening.data["definition"])

    return asyncio.run(work())


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "left.mrc"
    path.write_bytes(b"00026nam a2200025 a 4500\x1e\x1d")
    return path


def listed(shell: Shell, *arguments: str) -> dict[str, Any]:
    ended = shell("leftovers", "--to", "raw", "--json", *arguments)
    assert ended.code == 0, ended
    (told,) = (json.loads(line) for line in ended.out.splitlines())
    return dict(told)


def test_what_is_left_is_told_and_deleted_only_on_request(
    saved: Shell, sandbox: Sandbox, record: Path
) -> None:
    books = sandbox.servers[0].books
    assert listed(saved)["leftovers"] == []
    before = set(books.definitions)
    mine = opened(sandbox, record, "made-by-an-earlier-run")
    told = listed(saved)
    assert told["server"] == "raw" and told["problem"] is None
    (one,) = told["leftovers"]
    assert (one["name"], one["detail"], one["removed"]) == ("left.mrc", "0 of 1 uploaded", False)
    assert " at " in one["who"] and one["made"].endswith("+00:00")
    assert mine in books.definitions

    plain = saved("leftovers", "--to", "raw")
    assert plain.out.startswith("raw\tleft.mrc\t0 of 1 uploaded\t") and "--remove" in plain.err
    assert listed(saved, "--remove", "--older-than", "3600")["leftovers"] == []
    assert mine in books.definitions

    (gone,) = listed(saved, "--remove")["leftovers"]
    assert gone["removed"] is True
    assert mine in books.deleted_definitions
    assert set(books.definitions) == before, "nothing but the leftover is gone"
    assert "Nothing is left" in saved("leftovers", "--to", "raw").err


def test_one_secret_is_not_shown_to_every_server(saved: Shell) -> None:
    ended = saved("leftovers")
    assert ended.code == 2 and "--to" in ended.err


def test_trouble_with_one_server_does_not_hide_the_others(saved: Shell) -> None:
    ended = saved("leftovers", "--json", LONGSHORE_SECRET="")
    told = [json.loads(line) for line in ended.out.splitlines()]
    assert [one["server"] for one in told] == ["raw", "split"]
    assert all(one["problem"]["id"] and one["leftovers"] == [] for one in told)
    assert ended.code == 4
