"""Deliveries through a real nginx: TLS, its body limit, and a server behind it that comes and
goes.

`LONGSHORE_NGINX_RUNS` asks for so many troubled deliveries of each family and way to send.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.changes import LaneState
from app.core.problems import Uncertain
from app.core.uploads import Phase
from tests.campaigns import nginx
from tests.campaigns.network import (
    MODES,
    SILENCE,
    Mode,
    delivered,
    judge,
    large_file,
    sandbox_of,
)
from tests.campaigns.network_proxy import Kind, Proxy, Trouble
from tests.servers.authority import Authority

log = logging.getLogger(__name__)

RUNS = int(os.environ.get("LONGSHORE_NGINX_RUNS") or 1)
BEHIND = (Kind.AWAY, Kind.AWAY, Kind.CUT, Kind.RESET, Kind.LOST, Kind.STALL)

pytestmark = pytest.mark.skipif(nginx.PROGRAM is None, reason="nginx is not installed")


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    yield Authority(tmp_path)


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_a_server_behind_nginx_that_comes_and_goes(
    mode: Mode, tmp_path: Path, authority: Authority
) -> None:
    """Answers of 502 and 504 are got over: nothing is lost, nothing is there twice."""
    answers: Counter[int] = Counter()
    certificate = authority.issue("localhost", "127.0.0.1")

    async def campaign() -> None:
        secure, plain = nginx.free_ports(2)
        up = down = 1
        with sandbox_of(mode) as (_, served, behind):
            shown = {behind[1]: plain}
            async with Proxy(behind, SILENCE, shown=shown) as proxy:
                for index in range(RUNS + 1):
                    chosen = random.Random(f"{mode.name}-{index}")
                    folder = tmp_path / str(index)
                    with nginx.nginx(
                        folder,
                        certificate,
                        (secure, plain),
                        (proxy.fronts[behind[0]], proxy.fronts[behind[1]]),
                        buffering=index % 2 == 0,
                        answers_within="400ms",
                    ) as front:
                        paths = mode.files(folder, chosen, 3)
                        if index == 0:
                            proxy.expect(())
                        else:
                            kind = BEHIND[(index - 1) % len(BEHIND)]
                            upwards = kind is Kind.LOST or chosen.random() < 0.6
                            at = chosen.randrange(up if upwards else down)
                            proxy.expect([Trouble(kind, at, upwards, seconds=0.4)])
                        fields = front.settings(served.fields, behind[0], authority.ca_file)
                        try:
                            told = await delivered(mode, served, fields, paths)
                            unsure = judge(mode, served, told, paths)
                        except AssertionError as error:
                            error.add_note(f"run {index}: {proxy.struck}")
                            raise
                        if index == 0:
                            up, down = proxy.up, proxy.down
                            assert unsure == 0
                        for method in ("GET", "POST", "PUT", "DELETE"):
                            answers.update(front.answers(method, ""))

    asyncio.run(campaign())
    figures = ", ".join(f"{status}: {count}" for status, count in sorted(answers.items()))
    log.info("%s: %d deliveries behind nginx; answers %s", mode, RUNS, figures)
    assert answers[502] + answers[504] > 0 or RUNS < 6


HANDSHAKE = 1500
"""Bytes in each direction in which a secure connection comes about."""


@pytest.mark.parametrize("mode", [MODES[0], MODES[2], MODES[4]], ids=str)
def test_a_network_that_breaks_inside_tls_is_no_matter_of_certificates(
    mode: Mode, tmp_path: Path, authority: Authority
) -> None:
    certificate = authority.issue("localhost")

    async def campaign() -> None:
        secure, plain = nginx.free_ports(2)
        with (
            sandbox_of(mode) as (_, served, behind),
            nginx.nginx(tmp_path / "nginx", certificate, (secure, plain), behind) as front,
        ):
            fields = front.settings(served.fields, behind[0], authority.ca_file)
            async with Proxy([secure], SILENCE) as proxy:
                fields["url"] = proxy.front(fields["url"])
                for index in range(RUNS + 1):
                    chosen = random.Random(f"tls-{mode.name}-{index}")
                    folder = tmp_path / str(index)
                    folder.mkdir()
                    kinds = (Kind.CUT, Kind.RESET, Kind.CONNECT)
                    proxy.expect(
                        Trouble(kind, chosen.randrange(HANDSHAKE if early else 50_000), up)
                        for kind, early, up in (
                            (Kind.CUT, True, index % 2 == 0),
                            (chosen.choice(kinds), False, True),
                        )
                    )
                    paths = mode.files(folder, chosen, 2)
                    told = await delivered(mode, served, fields, paths)
                    judge(mode, served, told, paths)
                    assert proxy.struck
                    states = {lane.state for lane in told.lanes}
                    assert LaneState.SIGN_IN not in states, proxy.struck

    asyncio.run(campaign())


# With splitting on, bytes go to the storage, past the limit of the service.
@pytest.mark.parametrize("mode", [MODES[0], *MODES[2:]], ids=str)
@pytest.mark.parametrize("buffering", [True, False], ids=["buffered", "straight"])
def test_a_body_limit_is_told_with_advice_and_never_tried_again(
    mode: Mode, buffering: bool, tmp_path: Path, authority: Authority
) -> None:
    certificate = authority.issue("localhost")
    sending = {"folio": "/files/", "ssc": "/artifacts", "tao": "/upload/api/v1/upload"}
    part = "resultFileUpload.html" if mode.name == "ssc-token" else sending[mode.family.key]

    async def work() -> None:
        secure, plain = nginx.free_ports(2)
        with (
            sandbox_of(mode) as (_, served, behind),
            nginx.nginx(
                tmp_path / "nginx",
                certificate,
                (secure, plain),
                behind,
                buffering=buffering,
                largest="64k",
            ) as front,
        ):
            large = large_file(mode, tmp_path, 400_000)
            fields = front.settings(served.fields, behind[0], authority.ca_file)
            told = await delivered(mode, served, fields, [large])
            [upload] = told.uploads.values()
            assert upload.phase is Phase.FAILED and upload.attempt == 1
            problem = upload.problem
            assert problem is not None and not isinstance(problem, Uncertain)
            assert problem.exchange is not None and problem.exchange.status == 413
            assert problem.id in ("refused.too-large", "folio.proxy-limit", "ssc.size-limit")
            assert problem.advice and problem.meaning
            assert front.answers("POST", part).count(413) == 1
            assert mode.arrived(served) == []

    asyncio.run(work())
