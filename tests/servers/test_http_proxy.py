"""Through proxies: tunnels with credentials, plain forwarding, the system's settings, refusals."""

from __future__ import annotations

import asyncio
import base64
import ssl

import pytest

from app.core import catalogue
from app.core.problems import Problem, Retry, TrustProblem, Unreachable
from app.servers.address import address
from app.servers.http import Http
from app.servers.proxies import proxy_for
from tests.servers.authority import Authority
from tests.servers.loopback import Answers, Blocks, Request, head, pump, reply, serving

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_proxies_around")]

NAME, WORD = "jane doe", "p@ss:wörd/%"
PAIR = "jane%20doe:p%40ss%3Aw%C3%B6rd%2F%25"


class RealProxy:
    """A proxy that asks for a name and a password, forwards, and tunnels."""

    def __init__(self, names: dict[str, int] | None = None) -> None:
        self.names = names or {}
        self.seen: list[Request] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await head(reader)
        assert asked is not None
        self.seen.append(asked)
        expected = "Basic " + base64.b64encode(f"{NAME}:{WORD}".encode()).decode()
        if asked.header("proxy-authorization") != expected:
            writer.write(reply(407, b"", 'Proxy-Authenticate: Basic realm="x"'))
            await writer.drain()
            return
        if asked.method == "CONNECT":
            host, _, port = asked.target.rpartition(":")
            far_reader, far_writer = await asyncio.open_connection(
                "127.0.0.1", self.names.get(host, int(port))
            )
            writer.write(b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n")
        else:
            authority = asked.target.removeprefix("http://").partition("/")[0]
            path = asked.target.removeprefix(f"http://{authority}")
            far_reader, far_writer = await asyncio.open_connection(
                "127.0.0.1", int(authority.rpartition(":")[2])
            )
            kept = [f"{k}: {v}" for k, v in asked.headers if not k.lower().startswith("proxy-")]
            far_writer.write(
                "\r\n".join([f"{asked.method} {path} HTTP/1.1", *kept, "", ""]).encode()
            )
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))


async def test_a_tunnel_with_name_and_password(authority: Authority) -> None:
    server, proxy = Answers(), RealProxy()
    async with serving(server, authority.server()) as port, serving(proxy) as way:
        settings = {
            "proxy": f"http://{PAIR}@127.0.0.1:{way}",
            "ca_file": str(authority.ca_file),
        }
        async with Http(settings, base=f"https://localhost:{port}") as http:
            http.headers["X-Okapi-Token"] = "secret"
            await http.call("GET", "/")
            await http.send("PUT", "/", Blocks(3_000_000))
    assert [request.method for request in proxy.seen] == ["CONNECT"]
    assert proxy.seen[0].target == f"localhost:{port}"
    assert proxy.seen[0].header("host") == f"localhost:{port}"
    assert proxy.seen[0].header("x-okapi-token") == ""
    assert len(server.requests[1].body) == 3_000_000
    assert server.requests[0].header("proxy-authorization") == ""


async def test_plain_http_is_forwarded() -> None:
    server, proxy = Answers(), RealProxy()
    async with serving(server) as port, serving(proxy) as way:
        settings = {"proxy": f"{PAIR}@127.0.0.1:{way}"}
        async with Http(settings, base=f"http://127.0.0.1:{port}/okapi") as http:
            await http.send("PUT", "/a", Blocks(1_000_000), params={"q": "1"})
    assert proxy.seen[0].target == f"http://127.0.0.1:{port}/okapi/a?q=1"
    assert server.requests[0].target == "/okapi/a?q=1"
    assert len(server.requests[0].body) == 1_000_000


async def test_a_proxy_reached_by_https_itself(authority: Authority) -> None:
    server, proxy = Answers(), RealProxy()
    tls = authority.server()
    async with (
        serving(server, tls) as port,
        serving(server) as plain,
        serving(proxy, tls) as way,
    ):
        settings = {
            "proxy": f"https://{PAIR}@localhost:{way}",
            "ca_file": str(authority.ca_file),
        }
        async with Http(settings) as http:
            await http.call("GET", f"https://localhost:{port}/a")
            await http.call("GET", f"http://localhost:{plain}/b")
    assert [request.target for request in server.requests] == ["/a", "/b"]


async def refused(settings: dict[str, str], base: str) -> Problem:
    async with Http(settings, base=base) as http:
        with pytest.raises(Problem) as caught:
            await http.call("GET", "/")
    return caught.value


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("pair", ["", "jane:wrong@"])
async def test_a_proxy_that_asks_for_a_sign_in(scheme: str, pair: str) -> None:
    async with serving(RealProxy()) as way:
        problem = await refused(
            {"proxy": f"http://{pair}127.0.0.1:{way}"}, f"{scheme}://localhost:9"
        )
    assert (type(problem), problem.entry) == (TrustProblem, catalogue.PROXY_SIGN_IN)
    assert problem.facts == {"host": "127.0.0.1"}


@pytest.mark.parametrize("status", [403, 405, 500])
async def test_a_proxy_that_does_not_pass_the_connection_on(status: int) -> None:
    async with serving(Answers(lambda request: reply(status))) as way:
        problem = await refused({"proxy": f"127.0.0.1:{way}"}, "https://folio.example.org")
    assert (type(problem), problem.entry) == (TrustProblem, catalogue.PROXY_FAILED)
    assert problem.facts == {"host": "127.0.0.1", "reason": f"{status} Word"}


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_server_the_proxy_cannot_reach_is_waited_for(status: int) -> None:
    async with serving(Answers(lambda request: reply(status))) as way:
        problem = await refused({"proxy": f"127.0.0.1:{way}"}, "https://folio.example.org")
    assert (type(problem), problem.retry) == (Unreachable, Retry.REACH)
    assert problem.facts["host"] == "folio.example.org"
    assert f"answered {status} Word" in problem.facts["reason"]


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-x\r\n\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\n\r\nGET / HTTP/1.1\r\n",
        b"x" * 200_000,
    ],
)
async def test_something_that_is_no_proxy(answer: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(answer)
        await writer.drain()

    async with serving(talk) as way:
        problem = await refused({"proxy": f"127.0.0.1:{way}"}, "https://folio.example.org")
    assert problem.entry is catalogue.PROXY_FAILED
    assert problem.facts["host"] == "127.0.0.1"


@pytest.mark.parametrize("base", ["https://folio.example.org", "http://127.0.0.1:9"])
async def test_a_proxy_that_is_not_there(base: str) -> None:
    async with serving(Answers()) as way:
        pass
    problem = await refused({"proxy": f"127.0.0.1:{way}"}, base)
    assert (type(problem), problem.entry) == (Unreachable, catalogue.CONNECTION_REFUSED)
    assert problem.facts == {"host": "127.0.0.1", "port": str(way)}
    problem = await refused({"proxy": "proxy.invalid"}, base)
    assert problem.entry is catalogue.NAME_UNKNOWN
    assert problem.facts == {"host": "proxy.invalid"}


async def test_a_certificate_the_server_shows_through_the_proxy_is_its_own_fault(
    authority: Authority,
) -> None:
    async with serving(Answers(), authority.server()) as port, serving(RealProxy()) as way:
        settings = {"proxy": f"http://{PAIR}@127.0.0.1:{way}"}
        problem = await refused(settings, f"https://localhost:{port}")
    assert problem.entry is catalogue.CERTIFICATE_UNTRUSTED
    assert problem.facts["host"] == "localhost"


async def test_a_proxy_whose_own_certificate_is_not_trusted(authority: Authority) -> None:
    async with serving(RealProxy(), authority.server()) as way:
        problem = await refused({"proxy": f"https://127.0.0.1:{way}"}, "https://localhost:9")
    assert problem.entry is catalogue.CERTIFICATE_UNTRUSTED
    assert problem.facts["host"] == "127.0.0.1"


@pytest.mark.parametrize(
    "text", ["socks5://127.0.0.1:1080", "http://", "http://a:b@[::1", "a:99999"]
)
async def test_a_setting_that_is_no_proxy(text: str) -> None:
    problem = await refused({"proxy": text}, "https://folio.example.org")
    assert problem.entry is catalogue.PROXY_FAILED
    assert "http://proxy.example.org:3128" in problem.facts["reason"]


async def test_the_systems_proxy_is_used_where_it_applies(monkeypatch: pytest.MonkeyPatch) -> None:
    def chosen(setting: str, where: str) -> str:
        found = proxy_for({"proxy": setting}, address(where))
        return found.where.shown if found else "direct"

    assert chosen("", "https://folio.example.org") == "direct"
    monkeypatch.setenv("https_proxy", "http://u:p@outside:8080")
    monkeypatch.setenv("http_proxy", "plain")
    monkeypatch.setenv("no_proxy", "inside.org,.intra,10.0.0.5:8443")
    assert chosen("", "https://folio.example.org") == "http://outside:8080/"
    assert chosen("", "http://folio.example.org") == "http://plain:3128/"
    assert chosen("", "https://folio.inside.org") == "direct"
    assert chosen("", "https://a.intra") == "direct"
    assert chosen("", "https://10.0.0.5:8443") == "direct"
    assert chosen("", "https://10.0.0.5") == "http://outside:8080/"
    assert chosen("", "https://localhost:9") == "direct"
    assert chosen("", "https://127.0.0.1:9") == "direct"
    assert chosen("none", "https://folio.example.org") == "direct"
    assert chosen("other:1", "https://folio.inside.org") == "http://other:1/"
    monkeypatch.delenv("https_proxy")
    monkeypatch.setenv("all_proxy", "http://[2001:db8::1]:3128")
    assert chosen("", "https://folio.example.org") == "http://[2001:db8::1]:3128/"


async def test_the_proxys_password_is_shown_nowhere() -> None:
    found = proxy_for({"proxy": f"http://{PAIR}@127.0.0.1"}, address("https://a.org"))
    assert found is not None
    assert found.authorization == "Basic " + base64.b64encode(f"{NAME}:{WORD}".encode()).decode()
    assert "authorization" not in repr(found)
    assert "jane" not in repr(found)


async def test_tls_ends_at_the_server_and_not_at_the_proxy(authority: Authority) -> None:
    """The certificate is checked against the server's name, whatever the proxy's address is."""
    tls: ssl.SSLContext = authority.server("folio.test")
    server, proxy = Answers(), RealProxy()
    async with serving(server, tls) as port, serving(proxy) as way:
        proxy.names["folio.test"] = port
        settings = {
            "proxy": f"http://{PAIR}@127.0.0.1:{way}",
            "ca_file": str(authority.ca_file),
        }
        async with Http(settings, base="https://folio.test") as http:
            await http.call("GET", "/")
    assert proxy.seen[0].target == "folio.test:443"
    assert server.requests[0].header("host") == "folio.test"
