"""TAO's user guide, page by page: every call as it is written there, and its answers."""

from __future__ import annotations

import email
import json
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from app.core.destinations import Destination, Secret
from app.core.jobs import JobState
from app.core.problems import ServerFault, SignInProblem
from app.servers.tao.rhythm import Rhythm
from app.servers.tao.server import connect
from tests.servers.delivery import Bytes, Kept, run, source
from tests.servers.loopback import Answers, Request, reply, serving
from tests.servers.rosters import users

TOKEN = "/api/v1/upload/v1/oauth2/tokens"
UPLOAD = "/api/v1/upload/api/v1/upload"
STATUS = "/api/v1/upload/api/v1/status/"
DOWNLOAD = "/api/v1/upload/api/v1/download/"
NOT_FOUND = {"message": "Reference ID not found. File not found in pending bucket."}


def as_json(value: Any, status: int = 200) -> bytes:
    return reply(status, json.dumps(value).encode(), "Content-Type: application/json")


def parts(request: Request) -> dict[str, Message]:
    """The parts of a form, read by the library for mail and not by ours."""
    kind = request.header("content-type")
    form = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + request.body)
    found = form.get_payload()
    assert isinstance(found, list)
    return {str(part.get_param("name", header="content-disposition")): part for part in found}


class Guide:
    """Answers as the guide shows them; `status` are those of the status page, the last for good."""

    def __init__(self, *status: bytes) -> None:
        self.status = list(status)
        self.talk = Answers(self.answer)
        self.issued = 0

    @property
    def calls(self) -> list[tuple[str, str]]:
        return [(one.method, one.target) for one in self.talk.requests]

    def answer(self, request: Request) -> bytes:
        if request.target == TOKEN:
            self.issued += 1
            return as_json(
                {"access_token": f"t-{self.issued}", "token_type": "Bearer", "expires_in": 3600}
            )
        assert request.header("authorization") == f"Bearer t-{self.issued}"
        if request.target == UPLOAD:
            return as_json({"result": {"message": "File uploaded", "referenceId": "12345"}})
        if request.target == f"{STATUS}12345":
            return self.status.pop(0) if len(self.status) > 1 else self.status[0]
        if request.target.startswith(STATUS):
            return as_json(NOT_FOUND, 404)
        assert request.target == f"{DOWNLOAD}12345"
        return as_json({"signedUrl": "https://storage.invalid/x.csv?sig=1"})


def state(word: str, line: int = 0, *messages: str) -> bytes:
    return as_json({"result": {"status": word, "fileLine": line, "messages": list(messages)}})


def destination(port: int) -> Destination:
    fields = {"url": f"http://127.0.0.1:{port}", "client_id": "client"}
    return Destination("d", "tao", "Test", fields)


def test_the_status_page_call_by_call(tmp_path: Path) -> None:
    path = users(tmp_path / "users.csv", 3)
    guide = Guide(state("pending"), state("processing", 0), state("processed", 3))

    async def work() -> None:
        async with (
            serving(guide.talk) as port,
            connect(destination(port), Secret("secret"), rhythm=Rhythm(0.01)) as server,
        ):
            opening = await server.open("k", [source(path)], {})
            ticket = await server.send(opening.tickets[0], Bytes(path), Kept())
            [ref] = await server.start(opening, [ticket], {})
            looks = [(await server.status([ref]))[0] for _ in range(3)]
            assert [job.state for job in looks] == ["waiting", "running", "done"]
            assert looks[-1].done == 3

    run(work)
    token, search, upload, *looks = guide.talk.requests
    assert (token.method, token.target) == ("POST", TOKEN)
    assert {name: part.get_payload() for name, part in parts(token).items()} == {
        "grant_type": "client_credentials",
        "client_id": "client",
        "client_secret": "secret",
    }
    assert (search.method, search.body) == ("GET", b"")
    assert (upload.method, upload.target) == ("POST", UPLOAD)
    assert int(upload.header("content-length")) == len(upload.body)
    assert upload.header("transfer-encoding") == ""
    [(name, file)] = parts(upload).items()
    assert (name, file.get_filename(), file.get_content_type()) == ("file", "users.csv", "text/csv")
    assert file.get_payload(decode=True) == path.read_bytes()
    assert [(one.method, one.target) for one in looks] == [("GET", f"{STATUS}12345")] * 3


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (reply(401, b"Access Denied", "Content-Type: text/plain"), "tao.token-not-taken"),
        (as_json({"message": "Insufficient scope"}, 403), "tao.scope"),
        (as_json(NOT_FOUND, 404), ""),
        (as_json({"message": "The details"}, 500), "server.fault"),
    ],
)
def test_the_four_error_answers_of_the_status_page(
    answer: bytes, expected: str, tmp_path: Path
) -> None:
    path = users(tmp_path / "users.csv", 3)
    guide = Guide(answer)

    async def work() -> None:
        async with (
            serving(guide.talk) as port,
            connect(destination(port), Secret("secret"), rhythm=Rhythm(0.01)) as server,
        ):
            opening = await server.open("k", [source(path)], {})
            ticket = await server.send(opening.tickets[0], Bytes(path), Kept())
            [ref] = await server.start(opening, [ticket], {})
            if expected in ("tao.token-not-taken", "server.fault"):
                with pytest.raises((SignInProblem, ServerFault)) as caught:
                    await server.status([ref])
                assert caught.value.id == expected
                return
            [job] = await server.status([ref])
            if expected:
                assert (job.state, job.note and job.note.id) == (JobState.UNKNOWN, expected)
            else:
                assert job.state is JobState.WAITING

    run(work)
    # One renewal for a refused token, none for anything else.
    assert guide.issued == (2 if expected == "tao.token-not-taken" else 1)
