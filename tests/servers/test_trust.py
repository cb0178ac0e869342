"""Certificates: whom a destination trusts, what is said when it cannot, client certificates."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core import catalogue
from app.core.problems import Problem, Retry, TrustProblem
from app.servers import trust
from app.servers.http import Http, Patience
from tests.servers.authority import Authority
from tests.servers.loopback import Answers, Blocks, head, serving

pytestmark = pytest.mark.anyio


async def problem_of(
    tls: ssl.SSLContext, settings: dict[str, str], host: str = "localhost"
) -> tuple[Problem, Answers]:
    server = Answers()
    async with serving(server, tls) as port, Http(settings, base=f"https://{host}:{port}") as http:
        http.headers["Authorization"] = "secret"
        with pytest.raises(Problem) as caught:
            await http.send("PUT", "/", Blocks(1_000_000))
    return caught.value, server


async def test_an_authority_of_ones_own_is_trusted_when_it_is_chosen(authority: Authority) -> None:
    server = Answers()
    async with serving(server, authority.server()) as port:
        settings = {"ca_file": str(authority.ca_file)}
        async with Http(settings, base=f"https://localhost:{port}") as http:
            assert (await http.call("GET", "/")).status == 200
        async with Http(settings, base=f"https://127.0.0.1:{port}") as http:
            assert (await http.call("GET", "/")).status == 200


async def test_an_unknown_authority_is_not(authority: Authority) -> None:
    problem, server = await problem_of(authority.server(), {})
    assert (type(problem), problem.entry) == (TrustProblem, catalogue.CERTIFICATE_UNTRUSTED)
    assert problem.retry is Retry.PERSON
    assert problem.facts["host"] == "localhost"
    assert problem.facts["reason"]
    assert server.requests == []


async def test_another_authority_does_not_help(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path, "Another CA")
    problem, _ = await problem_of(authority.server(), {"ca_file": str(other.ca_file)})
    assert problem.entry is catalogue.CERTIFICATE_UNTRUSTED


@pytest.mark.parametrize(
    ("names", "host"), [(("elsewhere.org",), "localhost"), (("localhost",), "127.0.0.1")]
)
async def test_a_certificate_for_another_name(
    authority: Authority, names: tuple[str, ...], host: str
) -> None:
    settings = {"ca_file": str(authority.ca_file)}
    problem, server = await problem_of(authority.server(*names), settings, host)
    assert (problem.entry, problem.facts) == (catalogue.CERTIFICATE_NAME, {"host": host})
    assert server.requests == []


async def test_an_expired_certificate(authority: Authority) -> None:
    settings = {"ca_file": str(authority.ca_file)}
    problem, server = await problem_of(authority.server(expired=True), settings)
    assert problem.entry is catalogue.CERTIFICATE_EXPIRED
    assert server.requests == []


async def test_a_server_that_speaks_no_tls(authority: Authority) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    for what, words in ((talk, "it answers without encryption"), (silent, "")):
        async with serving(what) as port, Http({}, base=f"https://localhost:{port}") as http:
            with pytest.raises(Problem) as caught:
                await http.call("GET", "/")
        if words:
            assert caught.value.entry is catalogue.TLS_FAILED
            assert caught.value.facts == {"host": "localhost", "reason": words}
        else:
            assert caught.value.retry in (Retry.PERSON, Retry.REACH)


async def test_an_outdated_server(authority: Authority) -> None:
    tls = authority.server()
    with pytest.warns(DeprecationWarning):
        tls.minimum_version = tls.maximum_version = ssl.TLSVersion.TLSv1_1
    tls.set_ciphers("ALL:@SECLEVEL=0")
    settings = {"ca_file": str(authority.ca_file)}
    problem, _ = await problem_of(tls, settings)
    assert problem.entry is catalogue.TLS_FAILED
    # It only hangs up, and so do servers that are about to restart.
    assert problem.retry is Retry.REACH


@contextlib.contextmanager
def refusing(tls: ssl.SSLContext) -> Iterator[int]:
    """A server that says why it refuses a handshake, which those of asyncio do not."""

    def refuse() -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            tls.wrap_socket(connection, server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=refuse)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_server_that_asks_for_a_client_certificate(
    authority: Authority, version: ssl.TLSVersion, tmp_path: Path
) -> None:
    tls = authority.server(clients=True)
    tls.minimum_version = tls.maximum_version = version
    settings = {"ca_file": str(authority.ca_file)}
    stranger = Authority(tmp_path, "Stranger").issue("someone")
    for given in ({}, {"client_cert": str(stranger)}):
        with refusing(tls) as port:
            async with Http(settings | given, base=f"https://localhost:{port}") as http:
                with pytest.raises(TrustProblem) as caught:
                    await http.send("PUT", "/", Blocks(20_000_000))
        assert caught.value.entry is catalogue.TLS_FAILED
        assert "client certificate" in caught.value.facts["reason"]

    known = settings | {"client_cert": str(authority.issue("someone"))}
    server = Answers()
    async with serving(server, tls) as port, Http(known, base=f"https://localhost:{port}") as http:
        await http.send("PUT", "/", Blocks(1_000_000))
    assert len(server.requests[0].body) == 1_000_000


async def test_a_certificate_file_that_cannot_be_used(authority: Authority, tmp_path: Path) -> None:
    garbage, empty, folder = tmp_path / "garbage.pem", tmp_path / "empty.pem", tmp_path / "folder"
    garbage.write_bytes(b"-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
    empty.write_bytes(b"")
    folder.mkdir()
    missing = tmp_path / "missing.pem"
    for field in ("ca_file", "client_cert"):
        for path in (garbage, empty, folder, missing):
            async with Http({field: str(path)}, base="https://localhost:1") as http:
                with pytest.raises(TrustProblem) as caught:
                    await http.call("GET", "/")
            assert caught.value.entry is catalogue.CA_FILE_UNREADABLE
            assert caught.value.facts["name"] == path.name
            assert caught.value.facts["reason"]
            assert str(tmp_path) not in caught.value.facts["reason"]
    assert "No such file" in caught.value.facts["reason"]


async def test_a_client_certificate_without_key_or_with_a_locked_one(
    authority: Authority, tmp_path: Path
) -> None:
    locked = authority.issue("someone", password=b"hidden")
    text = authority.issue("someone").read_text()
    keyless = tmp_path / "keyless.pem"
    keyless.write_text(text[: text.index("-----BEGIN PRIVATE KEY")])
    for path in (locked, keyless):
        with pytest.raises(TrustProblem) as caught:
            trust.context({"client_cert": str(path)})
        assert caught.value.entry is catalogue.CA_FILE_UNREADABLE
        assert "unencrypted key" in caught.value.facts["reason"]


async def test_a_chosen_authority_is_trusted_besides_the_systems(authority: Authority) -> None:
    with_system = trust.context({}).cert_store_stats()["x509_ca"]
    more = trust.context({"ca_file": str(authority.ca_file)}).cert_store_stats()["x509_ca"]
    assert more == with_system + 1


async def test_the_context_is_built_once_and_beside_the_loop(authority: Authority) -> None:
    server = Answers()
    async with serving(server, authority.server()) as port:
        settings = {"ca_file": str(authority.ca_file)}
        async with Http(settings, base=f"https://localhost:{port}") as http:
            await asyncio.gather(*(http.call("GET", "/") for _ in range(4)))
            await http.bare().call("GET", f"https://127.0.0.1:{port}/")
            ways = list(http._connections._ways.values())
    assert len(ways) == 2
    assert ways[0].context is ways[1].context


async def test_what_a_certificate_says_about_itself(authority: Authority) -> None:
    path = authority.issue("localhost")
    der = ssl.PEM_cert_to_DER_cert(path.read_text()[: path.read_text().index("-----BEGIN PRIV")])
    shown = trust.certificate(der)
    assert shown is not None
    assert shown.issuer == "Private CA, Longshore tests"
    left = shown.expires - datetime.datetime.now(datetime.UTC)
    assert datetime.timedelta(days=9) < left < datetime.timedelta(days=11)
    assert trust.certificate(b"") is None
    assert trust.certificate(der[:40]) is None
    assert trust.certificate(b"\x30\x80\xff\xff") is None


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_a_certificate_read_here_and_by_openssl_says_the_same(
    authority: Authority, tmp_path: Path
) -> None:
    """Also one with a validity beyond 2049, whose dates are written in another way."""
    made = tmp_path / "made.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "20000", "-subj", "/O=Universität/CN=Bücher \\/ CA", "-utf8"),
            *("-keyout", str(tmp_path / "key.pem"), "-out", str(made)),
        ],
        check=True,
        capture_output=True,
    )
    shown = trust.certificate(ssl.PEM_cert_to_DER_cert(made.read_text()))
    assert shown is not None
    assert shown.issuer == "Bücher / CA, Universität"
    told = subprocess.run(
        ["openssl", "x509", "-noout", "-enddate", "-in", str(made)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    assert told == f"notAfter={shown.expires.strftime('%b %e %H:%M:%S %Y GMT')}"


async def test_a_handshake_that_never_ends_is_given_up() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        await asyncio.sleep(60)

    async with serving(talk) as port, Http({}, base=f"https://localhost:{port}") as http:
        with pytest.raises(Problem) as caught:
            await http.call("GET", "/", patience=Patience(connect=0.3))
    assert caught.value.entry is catalogue.CONNECTION_SLOW
