"""Tokens that end while files are sent: one renewal for all, no failure, nothing sent twice."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from app.sandbox import Fault, Served
from app.transfer.body import source_of
from app.transfer.engine import Engine
from tests.campaigns.network import (
    MODES,
    PATIENT,
    SENDING,
    Mode,
    Told,
    judge,
    quicker,
    routed,
    sandbox_of,
)

EIGHT = 8
BEFORE: Mapping[str, str] = {
    "folio-raw": "GET /data-import/uploadDefinitions/*",
    "ssc-rest": "GET */projectVersions/*/artifacts",
    "tao": "GET */status/*",
}
"""A call that every file makes just before its bytes; TAO has but one token call before them."""


def renewals(mode: Mode, served: Served) -> list[bool]:
    """Each renewal after the first sign-in, and whether it was accepted."""
    books = served.books
    if mode.family.key == "folio":
        assert len(books.sign_ins) == 1, "a refresh does, without the password"
        return list(books.refreshes)
    if mode.family.key == "ssc":
        made = [one for one in books.tokens if not one.pasted]
        return [True] * (len(made) - 1)
    return [not one.error for one in books.sign_ins][1:]


async def eight_at_once(
    mode: Mode, served: Served, folder: Path, meanwhile: Callable[[], None] = lambda: None
) -> Told:
    """Sends eight files at the same time, each as a send of its own."""
    paths = mode.files(folder, random.Random(8), EIGHT)
    told = Told()
    route = routed(quicker(mode, silence=math.inf), served.fields, served.secret)
    async with Engine(route, told, policy=PATIENT) as engine:
        engine.at_once("there", EIGHT)
        for path in paths:
            engine.submit("there", [source_of(path)], mode.options)
        meanwhile()
        await told.until(lambda: told.ended)
    assert judge(mode, served, told, paths) == 0
    return told


@pytest.mark.parametrize(
    ("mode", "when"),
    [*((mode, "while") for mode in MODES), *((mode, "before") for mode in MODES[::2])],
    ids=str,
)
def test_eight_sends_whose_token_ends_renew_it_once(mode: Mode, when: str, tmp_path: Path) -> None:
    with sandbox_of(mode, pace=10.0) as (box, served, _):
        # All eight are under way when the first of them is answered and the token ends.
        box.faults.add(Fault("slow", match=SENDING[mode.name], bytes_per_second=150_000))
        pattern = SENDING[mode.name] if when == "while" else BEFORE[mode.name]
        box.faults.add(Fault("expire-token", match=pattern, times=1))
        asyncio.run(eight_at_once(mode, served, tmp_path))
        assert renewals(mode, served) == [True]
        refused = [one for one in served.books.requests if one.status == 401]
        assert refused, "the token had ended"


@pytest.mark.parametrize("mode", [MODES[0], MODES[1], MODES[4]], ids=str)
def test_tokens_that_live_shorter_than_an_upload_are_renewed_again_and_again(
    mode: Mode, tmp_path: Path
) -> None:
    """They really end, by the server's clock, while slow bytes flow; refresh tokens work once."""
    with sandbox_of(mode, pace=10.0, token_seconds=0.4) as (box, served, _):
        box.faults.add(Fault("slow", match=SENDING[mode.name], bytes_per_second=60_000))
        asyncio.run(eight_at_once(mode, served, tmp_path))
        made = renewals(mode, served)
        assert made and all(made)
