"""“Test connection” for FOLIO."""

from __future__ import annotations

import pytest

from app.core.destinations import Destination, Secret
from app.servers.api import Step, StepState
from app.servers.folio import FAMILY
from tests.servers.conftest import Begin
from tests.servers.delivery import run
from tests.servers.folio_ground import Folio


def steps(folio: Folio, *, secret: str = "", **settings: str) -> dict[str, Step]:
    destination = Destination("d", "folio", "Test", {**folio.served.fields, **settings})

    async def work() -> dict[str, Step]:
        probe = FAMILY.probe(destination, Secret(secret or folio.served.secret))
        return {step.key: step async for step in probe}

    found: dict[str, Step] = run(work)
    return found


def failed(found: dict[str, Step]) -> list[tuple[str, str]]:
    return [
        (key, step.problem.id if step.problem else "")
        for key, step in found.items()
        if step.state is StepState.FAILED
    ]


@pytest.mark.parametrize(("platform", "gateway"), [("okapi", "Okapi"), ("eureka", "Eureka (Kong)")])
def test_every_step_goes_well(begin: Begin, platform: str, gateway: str) -> None:
    folio = Folio(begin("folio", platform=platform))
    found = steps(folio)
    assert failed(found) == []
    assert found["gateway"].detail == gateway
    assert found["sign-in"].detail == folio_account(folio)
    assert all(step.title for step in found.values())
    assert set(folio.books.sign_outs) == {"session"}
    written = [one for one in folio.books.requests if one.method not in ("GET", "HEAD")]
    assert all(one.path.startswith("/authn/") for one in written)


def folio_account(folio: Folio) -> str:
    return f"{folio.served.fields['username']} at {folio.served.fields['tenant']}"


@pytest.mark.parametrize("platform", ["okapi", "eureka"])
def test_a_wrong_tenant_is_found_at_the_latest_when_signing_in(begin: Begin, platform: str) -> None:
    folio = Folio(begin("folio", platform=platform))
    assert failed(steps(folio, tenant="nowhere")) == [("sign-in", "folio.tenant-unknown")]


def test_a_wrong_password_is_tried_once(begin: Begin) -> None:
    folio = Folio(begin("folio"))
    assert failed(steps(folio, secret="wrong")) == [("sign-in", "sign-in.refused")]
    assert len(folio.books.sign_ins) == 1


def test_a_web_page_is_told_apart(begin: Begin) -> None:
    folio = Folio(begin("folio", prefix="/okapi"))
    page = folio.served.url.removesuffix("/okapi")
    assert failed(steps(folio, url=page)) == [("gateway", "folio.not-gateway")]


def test_each_missing_right_is_named(begin: Begin) -> None:
    denied = (
        "data-import.splitconfig.get",
        "converter-storage.jobprofile.collection.get",
        "data-import.fileExtensions.collection.get",
    )
    folio = Folio(begin("folio", platform="eureka", deny=denied))
    found = steps(folio)
    assert [key for key, _ in failed(found)] == ["splitting", "profiles", "extensions"]
    for key, permission in zip(("splitting", "profiles", "extensions"), denied, strict=True):
        problem = found[key].problem
        assert problem is not None
        assert permission in problem.meaning
        assert "ui-data-import.manage" in problem.advice[0]


def test_an_address_that_is_none_is_a_step_too(begin: Begin) -> None:
    folio = Folio(begin("folio"))
    assert failed(steps(folio, url="not an address")) == [("address", "connection.address")]
    folio.box.__exit__(None, None, None)
    assert failed(steps(folio)) == [("connection", "connection.refused")]
