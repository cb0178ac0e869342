"""Requests to the SSC sandbox, written out by hand from the protocol."""

import base64
import io
import re
import time
import zipfile
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import httpx2

from app.sandbox import Sandbox, Served

API = "/api/v1"
SHOP, SHOP_1_1, STRICT, MOBILE, CLOSED, INACTIVE, UNCOMMITTED, ARCHIVED = range(10042, 10050)
UNKNOWN = 1
LOST = (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError)
FINAL = ("PROCESS_COMPLETE", "REQUIRE_AUTH", "ERROR_PROCESSING", "AUTH_DENIED")
Json = dict[str, Any]


def fpr(
    guid: str = "0d6c2a34-6d5a-4c3e-9f55-000000000001",
    build: str = "shop",
    files: int = 120,
    lines: int = 5000,
    **entries: str,
) -> bytes:
    """Static results as small as they can be."""
    fvdl = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<FVDL xmlns="xmlns://www.fortifysoftware.com/schema/fvdl" version="1.12">'
        f'<CreatedTS date="2026-01-08" time="10:00:00"/><UUID>{guid}</UUID>'
        f"<Build><BuildID>{build}</BuildID><NumberFiles>{files}</NumberFiles>"
        f'<LOC type="Fortify">{lines}</LOC><ScanTime value="109"/></Build>'
        "<EngineData><EngineVersion>25.2.0.0100</EngineVersion>"
        "<MachineInfo><Hostname>build-7</Hostname></MachineInfo></EngineData></FVDL>"
    )
    return packed(**({"audit.fvdl": fvdl, "audit.fvdl.mac": "x", "VERSION": "1.3\n"} | entries))


def packed(**entries: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def until(found: Callable[[], Any], seconds: float = 10) -> Any:
    """What `found` gives once it is true."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)
    return value


def encoded(token: str) -> str:
    return base64.b64encode(token.encode()).decode()


def basic(name: str, password: str) -> dict[str, str]:
    value = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {value}"}


def local(xml: str, name: str) -> str | None:
    """The text of an element, whatever its prefix."""
    match = re.search(rf"<(?:\w+:)?{name}>([^<]*)<", xml)
    return match[1] if match else None


class Client:
    """One user with a pasted token, and the calls that every test needs."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.books = served.books
        self.password = basic(self.books.username, self.books.password)
        self.http = httpx2.Client(
            base_url=served.url,
            headers={"Authorization": f"FortifyToken {encoded(self.books.pasted_token)}"},
            timeout=20,
            trust_env=False,
        )

    def use(self, token: str) -> None:
        self.http.headers["Authorization"] = f"FortifyToken {token}"

    def get(self, path: str, **query: Any) -> httpx2.Response:
        return self.http.get(API + path, params=query)

    def post(self, path: str, body: Any, **headers: str) -> httpx2.Response:
        return self.http.post(API + path, json=body, headers=headers)

    def token(self, kind: str = "UnifiedLoginToken", **more: Any) -> httpx2.Response:
        return self.post("/tokens", {"type": kind} | more, **self.password)

    def take(self, kind: str) -> None:
        """Go on with a new token of this type."""
        reply = self.token(kind)
        assert reply.status_code == 201, reply.text
        self.use(reply.json()["data"]["token"])

    def rest(
        self,
        content: bytes,
        version: int = SHOP,
        name: str = "shop-1.0.fpr",
        part: str = "file",
        **query: Any,
    ) -> httpx2.Response:
        address = f"{API}/projectVersions/{version}/artifacts"
        return self.http.post(address, params=query, files={part: (name, content)})

    def sent(self, content: bytes, **more: Any) -> Json:
        reply = self.rest(content, **more)
        assert reply.status_code == 201, reply.text
        artifact: Json = reply.json()["data"]
        return artifact

    def file_token(self, use: str = "UPLOAD") -> str:
        reply = self.post("/fileTokens", {"fileTokenType": use})
        assert reply.status_code == 201, reply.text
        return str(reply.json()["data"]["token"])

    def transfer(
        self,
        content: bytes,
        mat: str | None = None,
        name: str = "shop-1.0.fpr",
        part: str = "files[]",
        fields: dict[str, str] | None = None,
        **query: Any,
    ) -> httpx2.Response:
        """Upload B, as everybody: only the token in the address opens the door."""
        query = {"mat": self.file_token() if mat is None else mat} | query
        return httpx2.post(
            f"{self.served.url}/upload/resultFileUpload.html",
            params=query,
            data=fields or {},
            files={part: (name, content)},
            trust_env=False,
            timeout=20,
        )

    def artifact(self, artifact_id: int, **query: Any) -> Json:
        reply = self.get(f"/artifacts/{artifact_id}", **query)
        assert reply.status_code == 200, reply.text
        found: Json = reply.json()["data"]
        return found

    def ended(self, artifact_id: int) -> Json:
        def found() -> Json | None:
            artifact = self.artifact(artifact_id, embed="scans")
            return artifact if artifact["status"] in FINAL else None

        artifact: Json = until(found)
        return artifact

    def job(self, name: str) -> httpx2.Response:
        return self.http.get(f"{API}/jobs/{name.replace('$', '%24')}")

    def jobs(self) -> list[Json]:
        found: list[Json] = self.get("/jobs").json()["data"]
        return found

    def history(self, version: int = SHOP, **query: Any) -> list[Json]:
        reply = self.get(f"/projectVersions/{version}/artifacts", **query)
        assert reply.status_code == 200, reply.text
        found: list[Json] = reply.json()["data"]
        return found


Open = Callable[..., Client]


def opened(stack: ExitStack, **options: Any) -> Client:
    """A client of a sandbox of its own, fast unless told otherwise."""
    options = {"pace": 50, "visible_after": 0.02} | options
    client = Client(stack.enter_context(Sandbox(families=("ssc",), **options)).servers[0])
    stack.callback(client.http.close)
    return client
