"""Requests to the FOLIO sandbox, written out by hand from the protocol."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2

from app.sandbox import Served

BIB = {
    "id": "e34d7b92-9b83-11eb-a8b3-0242ac130003",
    "name": "Default - Create instance and SRS MARC Bib",
    "dataType": "MARC",
}
UPLOAD = "/data-import/uploadDefinitions"
BYTES = {"Content-Type": "application/octet-stream"}
# Everything is plain http on loopback; loading the roots of trust would cost most of the time.
NO_TLS = False
Json = dict[str, Any]


def marc(title: str | None = "A short history of rivers", kind: str = "a") -> bytes:
    """One binary record; without a title there is no field 245."""
    fields = [(b"001", b"1001\x1e"), (b"245", b"10\x1fa" + (title or "").encode() + b"\x1e")]
    if title is None:
        fields.pop()
    directory, body = b"", b""
    for tag, value in fields:
        directory += tag + b"%04d%05d" % (len(value), len(body))
        body += value
    base = 24 + len(directory) + 1
    length = base + len(body) + 1
    leader = b"%05dn%sm a22%05d   4500" % (length, kind.encode(), base)
    return leader + directory + b"\x1e" + body + b"\x1d"


def until(found: Callable[[], Any], seconds: float = 10) -> Any:
    """What `found` gives once it is true."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)
    return value


def cookies(reply: httpx2.Response) -> dict[str, str]:
    """Cookies read by hand: a client keeps no Secure cookie over plain http."""
    pairs = [line.split(";")[0].split("=", 1) for line in reply.headers.get_list("set-cookie")]
    return {name: value for name, value in pairs}


class Client:
    """One user at one tenant, with the calls that every test needs."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.books = served.books
        self.http = httpx2.Client(
            base_url=served.url,
            headers={"X-Okapi-Tenant": served.fields["tenant"]},
            timeout=20,
            trust_env=False,
            verify=NO_TLS,
        )
        self.refresh_token = ""

    def sign_in(self, username: str | None = None) -> httpx2.Response:
        body = {
            "username": username or self.served.fields["username"],
            "password": self.served.secret,
        }
        reply = self.http.post("/authn/login-with-expiry", json=body)
        if reply.status_code == 201:
            self.keep(reply)
        return reply

    def keep(self, reply: httpx2.Response) -> None:
        found = cookies(reply)
        self.http.headers["X-Okapi-Token"] = found["folioAccessToken"]
        self.refresh_token = found["folioRefreshToken"]

    def create(self, *names: str, **more: Any) -> Json:
        """A definition of these files that can be read."""
        body = {"fileDefinitions": [{"name": name, "size": 1, "uiKey": name} for name in names]}
        reply = self.http.post(UPLOAD, json=body | more)
        assert reply.status_code == 201, reply.text
        made: Json = reply.json()
        until(lambda: self.http.get(f"{UPLOAD}/{made['id']}").status_code == 200)
        return made

    def definition(self, definition_id: str) -> Json:
        reply = self.http.get(f"{UPLOAD}/{definition_id}")
        assert reply.status_code == 200, reply.text
        found: Json = reply.json()
        return found

    def raw(self, definition: Json, content: bytes, at: int = 0) -> httpx2.Response:
        file = definition["fileDefinitions"][at]
        address = f"{UPLOAD}/{definition['id']}/files/{file['id']}"
        return self.http.post(address, content=content, headers=BYTES)

    def stored(self, name: str, *parts: bytes) -> Json:
        """Parts put into storage: the body of assembleStorageFile."""
        first = self.http.get("/data-import/uploadUrl", params={"fileName": name}).json()
        tags = []
        for number, part in enumerate(parts, 1):
            url = first["url"]
            if number > 1:
                query = {"key": first["key"], "uploadId": first["uploadId"], "partNumber": number}
                url = self.http.get("/data-import/uploadUrl/subsequent", params=query).json()["url"]
            tags.append(put(url, part).headers["etag"])
        return {"uploadId": first["uploadId"], "key": first["key"], "tags": tags}

    def assemble(self, definition: Json, body: Json) -> httpx2.Response:
        file = definition["fileDefinitions"][0]["id"]
        address = f"{UPLOAD}/{definition['id']}/files/{file}/assembleStorageFile"
        return self.http.post(address, json=body)

    def process(self, definition: Json, profile: Json | None = None) -> httpx2.Response:
        body = {
            "uploadDefinition": self.definition(definition["id"]),
            "jobProfileInfo": BIB if profile is None else profile,
        }
        return self.http.post(f"{UPLOAD}/{definition['id']}/processFiles", json=body)

    def jobs(self, **query: Any) -> list[Json]:
        reply = self.http.get("/metadata-provider/jobExecutions", params={"limit": 100} | query)
        assert reply.status_code == 200, reply.text
        found: list[Json] = reply.json()["jobExecutions"]
        return found

    def job(self, job_id: str) -> Json:
        """The job as the list shows it, found by its number as a client has to."""
        one = self.http.get(f"/change-manager/jobExecutions/{job_id}").json()
        [found] = self.jobs(hrId=one["hrId"])
        return found

    def ended(self, job_id: str) -> Json:
        def found() -> Json | None:
            job = self.job(job_id)
            return job if job["status"] in ("COMMITTED", "ERROR", "CANCELLED") else None

        job: Json = until(found)
        return job

    def parent(self, key: str) -> Json:
        """The composite parent of a stored file."""
        query = {
            "subordinationTypeNotAny": ["COMPOSITE_CHILD", "PARENT_SINGLE"],
            "fileName": key.rpartition("/")[2].partition("-")[0] + "-*",
        }
        found: Json = until(
            lambda: next((job for job in self.jobs(**query) if job["sourcePath"] == key), None)
        )
        return found

    def children(self, job_id: str) -> list[Json]:
        reply = self.http.get(f"/change-manager/jobExecutions/{job_id}/children")
        found: list[Json] = reply.json()["jobExecutions"]
        return found

    def errors(self, job_id: str) -> list[Json]:
        query = {"errorsOnly": "true", "limit": 100}
        reply = self.http.get(f"/metadata-provider/jobLogEntries/{job_id}", params=query)
        found: list[Json] = reply.json()["entries"]
        return found


def put(url: str, content: bytes, **headers: str) -> httpx2.Response:
    return httpx2.put(
        url, content=content, headers=headers, trust_env=False, timeout=20, verify=NO_TLS
    )


def sample(folder: Path, name: str) -> bytes:
    return (folder / name).read_bytes()
