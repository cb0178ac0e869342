"""“Test connection”: each step once as it should be, and once broken."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence

import pytest

from app.core import catalogue
from app.core.catalogue import Entry
from app.core.problems import Refused, SignInProblem
from app.servers.api import Step, StepState
from app.servers.http import Http, Patience
from app.servers.probe import Check, steps
from tests.servers.authority import Authority
from tests.servers.loopback import Answers, head, pump, reply, serving

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_proxies_around")]

OK, FAILED, SKIPPED = StepState.OK, StepState.FAILED, StepState.SKIPPED
GENERAL = ["address", "name", "connection", "trust"]
BRIEF = Patience(connect=0.5)


async def never() -> str:
    raise AssertionError("a step after a failed one was run")


LATER = (Check("gateway", "Gateway", never), Check("sign-in", "Sign-in", never))


async def walked(
    base: str, settings: Mapping[str, str] | None = None, own: Sequence[Check] = LATER
) -> list[Step]:
    return [step async for step in steps(base, settings or {}, own, BRIEF)]


def broken(found: Sequence[Step], key: str, entry: Entry) -> Step:
    """The failed step; those before it went well, those after it were not tried."""
    keys = [step.key for step in found]
    assert all(step.problem is None or step.detail for step in found)
    assert keys == [*GENERAL, "gateway", "sign-in"]
    at = keys.index(key)
    assert [step.state for step in found] == [OK] * at + [FAILED] + [SKIPPED] * (len(keys) - at - 1)
    step = found[at]
    assert step.problem is not None
    assert step.problem.entry is entry
    assert all(step.title for step in found)
    return step


async def test_all_is_well(authority: Authority) -> None:
    server = Answers()
    async with serving(server, authority.server()) as port:
        base = f"https://localhost:{port}/okapi"
        settings = {"ca_file": str(authority.ca_file)}
        async with Http(settings, base=base) as http:

            async def version() -> str:
                await http.call("GET", "/version")
                return "Quesnelia"

            found = await walked(base, settings, [Check("version", "Version", version)])
    assert [(step.key, step.state) for step in found] == [
        (key, OK) for key in [*GENERAL, "version"]
    ]
    told = {step.key: step.detail for step in found}
    assert told["address"] == base
    assert "127.0.0.1" in told["name"] or "::1" in told["name"]
    assert told["connection"] == f"port {port} answers"
    assert told["trust"].startswith(
        "TLS 1.3, certificate by Private CA, Longshore tests, valid until 2"
    )
    assert told["trust"].endswith("days left)")
    assert told["version"] == "Quesnelia"
    assert [request.target for request in server.requests] == ["/okapi/version"]


async def test_plain_http_on_this_computer_says_that_it_is_plain() -> None:
    async with serving(Answers()) as port:
        found = await walked(f"http://127.0.0.1:{port}", own=[])
    assert [step.state for step in found] == [OK] * 4
    assert found[-1].detail == "none: plain http is not encrypted"


@pytest.mark.parametrize("base", ["folio.example.org", "", "https://a b"])
async def test_a_bad_address(base: str) -> None:
    broken(await walked(base), "address", catalogue.ADDRESS_INVALID)


async def test_an_address_that_would_show_the_password() -> None:
    broken(await walked("http://folio.example.org"), "address", catalogue.INSECURE_ADDRESS)


async def test_a_setting_that_is_no_proxy() -> None:
    found = await walked("https://folio.example.org", {"proxy": "socks5://a"})
    broken(found, "address", catalogue.PROXY_FAILED)


async def test_an_unknown_name() -> None:
    step = broken(await walked("https://name.invalid"), "name", catalogue.NAME_UNKNOWN)
    assert step.problem is not None
    assert step.problem.facts == {"host": "name.invalid"}


async def test_an_unknown_proxy() -> None:
    found = await walked("https://folio.example.org", {"proxy": "proxy.invalid"})
    step = broken(found, "name", catalogue.NAME_UNKNOWN)
    assert step.problem is not None
    assert step.problem.facts == {"host": "proxy.invalid"}


async def test_a_closed_port() -> None:
    async with serving(Answers()) as port:
        pass
    broken(await walked(f"https://127.0.0.1:{port}"), "connection", catalogue.CONNECTION_REFUSED)


async def test_a_proxy_that_wants_a_sign_in_or_says_no() -> None:
    for status, entry in ((407, catalogue.PROXY_SIGN_IN), (403, catalogue.PROXY_FAILED)):
        async with serving(Answers(lambda request, status=status: reply(status))) as way:  # type: ignore[misc]
            found = await walked("https://folio.example.org", {"proxy": f"127.0.0.1:{way}"})
        broken(found, "connection", entry)
        assert found[1].detail == "the proxy 127.0.0.1 is 127.0.0.1; it finds folio.example.org"


async def test_a_proxy_that_leads_there(authority: Authority) -> None:
    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await head(reader)
        assert asked is not None
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

    tls = authority.server("folio.test")
    settings = {"ca_file": str(authority.ca_file)}
    async with serving(Answers(), tls) as port, serving(proxy) as way:
        found = await walked(
            "https://folio.test", settings | {"proxy": f"http://u:p@127.0.0.1:{way}"}, []
        )
    assert [step.state for step in found] == [OK] * 4
    assert found[2].detail == f"by the proxy 127.0.0.1:{way}"
    assert "u:p" not in repr(found)


@pytest.mark.parametrize(
    ("server", "entry", "remark"),
    [
        (
            lambda known: known.server("localhost"),
            catalogue.CERTIFICATE_UNTRUSTED,
            "certificate by Private CA, Longshore tests, valid until 2",
        ),
        (
            lambda known: known.server("elsewhere.org"),
            catalogue.CERTIFICATE_NAME,
            "certificate by Private CA, Longshore tests, valid until 2",
        ),
        (
            lambda known: known.server("localhost", expired=True),
            catalogue.CERTIFICATE_EXPIRED,
            "(expired)",
        ),
    ],
)
async def test_a_certificate_that_is_not_trusted_is_shown(
    authority: Authority,
    server: Callable[[Authority], ssl.SSLContext],
    entry: Entry,
    remark: str,
) -> None:
    settings = (
        {} if entry is catalogue.CERTIFICATE_UNTRUSTED else {"ca_file": str(authority.ca_file)}
    )
    answers = Answers()
    async with serving(answers, server(authority)) as port:
        step = broken(await walked(f"https://localhost:{port}", settings), "trust", entry)
    assert remark in step.detail
    assert answers.requests == []


async def test_a_port_without_encryption() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with serving(talk) as port:
        broken(await walked(f"https://localhost:{port}"), "trust", catalogue.TLS_FAILED)


async def test_a_certificate_file_that_cannot_be_used(authority: Authority) -> None:
    async with serving(Answers(), authority.server()) as port:
        found = await walked(f"https://localhost:{port}", {"ca_file": "/nowhere/ca.pem"})
    step = broken(found, "trust", catalogue.CA_FILE_UNREADABLE)
    assert step.problem is not None
    assert step.problem.facts["name"] == "ca.pem"


async def test_the_familys_steps_fail_in_their_turn() -> None:
    async def page() -> str:
        raise Refused(catalogue.NOT_THE_SERVER)

    async def well() -> str:
        return "Okapi"

    async def wrong() -> str:
        raise SignInProblem(catalogue.SIGN_IN_REFUSED)

    async def mistaken() -> str:
        raise KeyError("s3cret")

    async with serving(Answers()) as port:
        base = f"http://127.0.0.1:{port}"
        sign_in = Check("sign-in", "Sign-in", never)
        own = [Check("gateway", "Gateway", page), sign_in]
        broken(await walked(base, own=own), "gateway", catalogue.NOT_THE_SERVER)
        own = [Check("gateway", "Gateway", well), Check("sign-in", "Sign-in", wrong)]
        broken(await walked(base, own=own), "sign-in", catalogue.SIGN_IN_REFUSED)
        own = [Check("gateway", "Gateway", mistaken), sign_in]
        found = await walked(base, own=own)
        broken(found, "gateway", catalogue.DEFECT)
        assert "s3cret" not in repr(found)


async def test_rights_are_looked_at_each() -> None:
    async def missing() -> str:
        raise Refused(catalogue.FORBIDDEN)

    async def there() -> str:
        return "yes"

    async with serving(Answers()) as port:
        own = [
            Check("uploads", "Uploads", missing, vital=False),
            Check("profiles", "Profiles", there, vital=False),
        ]
        found = await walked(f"http://127.0.0.1:{port}", own=own)
    assert [step.state for step in found] == [OK] * 4 + [FAILED, OK]


async def test_given_up_halfway_nothing_stays_open() -> None:
    ended = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        ended.set()

    async with serving(talk) as port:
        walking = steps(f"http://127.0.0.1:{port}", {}, [])
        async for step in walking:
            if step.key == "connection":
                break
        await walking.aclose()  # type: ignore[attr-defined]
        await asyncio.wait_for(ended.wait(), 2)
