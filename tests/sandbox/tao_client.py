"""Requests to the TAO sandbox, written out by hand from the protocol."""

import csv
import io
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import httpx2

from app.sandbox import Sandbox, Served

TOKEN = "/api/v1/upload/v1/oauth2/tokens"
UPLOAD = "/api/v1/upload/api/v1/upload"
STATUS = "/api/v1/upload/api/v1/status/"
DOWNLOAD = "/api/v1/upload/api/v1/download/"
NOT_FOUND = "Reference ID not found. File not found in pending bucket."
PASSWORD = "Secret#2026"
LOST = (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError)
USERS = "user_username,user_name,user_password,user_active\n"
Json = dict[str, Any]


def users(*rows: str) -> bytes:
    return (USERS + "".join(f"{row}\n" for row in rows)).encode()


def good(count: int = 2) -> bytes:
    return users(*(f"user{number},User {number},{PASSWORD},TRUE" for number in range(count)))


def until(found: Callable[[], Any], seconds: float = 10) -> Any:
    """What `found` gives once it is true."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)
    return value


class Client:
    """One client of the portal, with the calls that every test needs."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.books = served.books
        self.http = httpx2.Client(base_url=served.url, timeout=20, trust_env=False)

    def values(self, **more: str) -> dict[str, str]:
        return {
            "grant_type": "client_credentials",
            "client_id": self.served.fields["client_id"],
            "client_secret": self.served.secret,
        } | more

    def token(
        self, encoding: str = "urlencoded", path: str = TOKEN, **more: str
    ) -> httpx2.Response:
        values = {name: value for name, value in self.values(**more).items() if value}
        if encoding == "multipart":
            files = {name: (None, value) for name, value in values.items()}
            return self.http.post(path, files=files)
        if encoding == "json":
            return self.http.post(path, json=values)
        return self.http.post(path, data=values)

    def sign_in(self) -> None:
        reply = self.token()
        assert reply.status_code == 200, reply.text
        self.http.headers["Authorization"] = f"Bearer {reply.json()['access_token']}"

    def upload(
        self, content: bytes, name: str = "users.csv", part: str = "file", path: str = UPLOAD
    ) -> httpx2.Response:
        return self.http.post(path, files={part: (name, content, "text/csv")})

    def sent(self, content: bytes, name: str = "users.csv") -> str:
        reply = self.upload(content, name)
        assert reply.status_code == 200, reply.text
        return str(reply.json()["result"]["referenceId"])

    def status(self, reference: str) -> httpx2.Response:
        return self.http.get(STATUS + reference)

    def ended(self, reference: str) -> Json:
        def found() -> Json | None:
            reply = self.status(reference)
            result: Json = reply.json()["result"] if reply.status_code == 200 else {}
            return result if result.get("status") in ("processed", "failed") else None

        result: Json = until(found)
        return result

    def signed(self, reference: str) -> str:
        reply = self.http.get(DOWNLOAD + reference)
        assert reply.status_code == 200, reply.text
        return str(reply.json()["signedUrl"])

    def rows(self, reference: str) -> list[dict[str, str]]:
        """The result, fetched as a stranger would."""
        reply = httpx2.get(self.signed(reference), trust_env=False)
        assert reply.status_code == 200, reply.text
        return list(csv.DictReader(io.StringIO(reply.text)))

    def imported(self, content: bytes, name: str = "file.csv") -> list[str]:
        """Import a file to its end: the message of each row, "" for those that are in."""
        reference = self.sent(content, name)
        ended = self.ended(reference)
        assert ended == {"status": "processed", "fileLine": ended["fileLine"], "messages": []}
        return [row["errorMessage"] for row in self.rows(reference)]

    def failed(self, content: bytes, name: str = "file.csv") -> str:
        """Import a file that fails as a whole: what the portal says."""
        ended = self.ended(self.sent(content, name))
        assert ended["status"] == "failed"
        [message] = ended["messages"]
        return str(message)


Open = Callable[..., Client]


def opened(stack: ExitStack, sign_in: bool = True, **options: Any) -> Client:
    """A client of a sandbox of its own, fast and signed in unless told otherwise."""
    options = {"pace": 50, "visible_after": 0.02} | options
    client = Client(stack.enter_context(Sandbox(families=("tao",), **options)).servers[0])
    stack.callback(client.http.close)
    if sign_in:
        client.sign_in()
    return client
