"""The sandbox as a whole: begins, reports and ends, whatever is going on."""

import socket
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from app.sandbox import Sandbox
from tests.sandbox.client import BYTES, UPLOAD, Client, until
from tests.sandbox.conftest import Begin, Connect


def test_it_names_what_can_be_connected_to(begin: Begin) -> None:
    box = begin()
    assert [served.title for served in box.servers] == [
        "Sandbox library",
        "Sandbox library, large files",
    ]
    first = box.served("folio")
    assert first is box.servers[0]
    assert set(first.fields) == {"url", "tenant", "username", "auth"}
    assert first.fields["url"] == box.servers[1].fields["url"]
    assert first.secret
    assert first.secret not in repr(first)
    with pytest.raises(LookupError):
        box.served("tao")


@pytest.mark.parametrize(("split", "tenant"), [(True, "diku_split"), (False, "diku")])
def test_one_way_to_upload_can_be_forced(begin: Begin, split: bool, tenant: str) -> None:
    assert [served.fields["tenant"] for served in begin(split=split).servers] == [tenant]


def test_unknown_options_and_families_are_refused() -> None:
    with pytest.raises(TypeError, match="colour"):
        Sandbox(colour="red")
    with pytest.raises(ValueError, match="nowhere"):
        Sandbox(families=("nowhere",))


def test_a_given_port_is_taken_with_the_next_one_and_a_taken_one_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"), Sandbox(port=port):
            pass
    with Sandbox(port=port, split=True) as box:
        assert urlsplit(box.servers[0].url).port == port
        with_client = Client(box.servers[0])
        with_client.sign_in()
        query = {"fileName": "a1.mrc"}
        url = with_client.http.get("/data-import/uploadUrl", params=query).json()["url"]
        assert urlsplit(url).port == port + 1
        with_client.http.close()


def test_each_request_is_reported_without_its_query(begin: Begin, connect: Connect) -> None:
    events: list[dict[str, Any]] = []
    client = connect(begin(on_request=events.append))
    client.http.get("/data-import/splitStatus", params={"token": "hidden"})
    assert events[-1].pop("ms") >= 0
    assert events[-1] == {
        "event": "request",
        "family": "folio",
        "method": "GET",
        "path": "/data-import/splitStatus",
        "status": 200,
        "received": 0,
    }
    assert events[0]["received"] > 0
    assert [one.path for one in client.books.requests][-1] == "/data-import/splitStatus"


def test_it_ends_at_once_with_an_upload_under_way() -> None:
    with Sandbox(visible_after=0) as box:
        client = Client(box.servers[0])
        client.sign_in()
        made = client.create("a1.mrc")
        file = f"{UPLOAD}/{made['id']}/files/{made['fileDefinitions'][0]['id']}"
        go_on = threading.Event()
        broken: list[Exception] = []

        def body() -> Any:
            yield bytes(100_000)
            go_on.wait(10)
            for _ in range(1000):
                yield bytes(1_000_000)

        def send() -> None:
            try:
                client.http.post(file, content=body(), headers=BYTES)
            except httpx2.HTTPError as error:
                broken.append(error)

        sender = threading.Thread(target=send)
        sender.start()
        until(lambda: client.books.files[0].size > 0)
        began = time.monotonic()
    assert time.monotonic() - began < 2
    go_on.set()
    sender.join(10)
    assert broken
    client.http.close()
    assert client.books.files[0].status == "ERROR"
    assert "sandbox" not in {thread.name for thread in threading.enumerate()}


def test_its_folder_is_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Sandbox(visible_after=0) as box:
        client = Client(box.servers[0])
        client.sign_in()
        client.raw(client.create("a1.mrc"), b"some bytes")
        client.http.close()
        assert [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()] == [
            b"some bytes"
        ]
    assert list(tmp_path.iterdir()) == []
    assert box.servers[0].books.files[0].size == 10


def test_several_at_once_do_not_know_each_other(begin: Begin, connect: Connect) -> None:
    one, two = connect(begin()), connect(begin())
    one.create("a1.mrc")
    assert two.books.definitions == {}
    token = one.http.headers["X-Okapi-Token"]
    assert two.http.get(UPLOAD, headers={"X-Okapi-Token": token}).status_code == 401


def test_it_ends_cleanly_with_connections_in_every_state() -> None:
    for _ in range(20):
        with Sandbox() as box:
            place = urlsplit(box.servers[0].url)
            lines = [
                socket.create_connection((place.hostname or "", place.port or 0)) for _ in range(4)
            ]
            lines[0].sendall(
                b"POST /authn/login-with-expiry HTTP/1.1\r\nHost: x\r\nX-Okapi-Tenant: diku\r\n"
                b"Content-Length: 50\r\n\r\n{"
            )
            lines[1].sendall(b"not http at all\r\n\r\n")
            lines[2].sendall(b"GET /_/version HTTP/1.1\r\nHost: x\r\n\r\n" * 10)
            began = time.monotonic()
        assert time.monotonic() - began < 2
        for line in lines:
            line.close()
