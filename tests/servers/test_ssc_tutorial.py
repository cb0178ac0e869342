"""The vendor's upload tutorial, call by call: token, file token, file with `mat`, job to its end.

The server is written out here from the tutorial and knows nothing else: every other question gets
the answer of a token with too few rights.
"""

from __future__ import annotations

import base64
import email
import json
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.core.destinations import Destination, Secret
from app.core.jobs import JobState
from app.servers.ssc.rhythm import Rhythm
from app.servers.ssc.server import connect
from tests.servers.delivery import Bytes, Kept, run, source
from tests.servers.fprs import fpr
from tests.servers.loopback import Answers, Request, reply, serving

VERSION = 10042
ARTIFACT = 5577
JOB = "JOB_ARTIFACTUPLOAD$f640bef6-703c-4287-926d-7032baed0d7a"
TOKEN = base64.b64encode(b"2d5e4a06-945e-405f-a3c2-112bb3053453").decode()
MAT = "NGY1ZTRhMDYtOTQ1ZS00MDVm"
XML = f"""<?xml version="1.0" encoding="UTF-8"?>
<ns2:jobStatus xmlns:ns2="urn:composed-example">
  <ns2:code>-10001</ns2:code>
  <ns2:msg>Background submission succeeded.</ns2:msg>
  <ns2:id>{JOB}</ns2:id>
  <ns2:invokingUserName>joan</ns2:invokingUserName>
</ns2:jobStatus>"""

UPLOAD = "/ssc/upload/resultFileUpload.html"
JOB_PATH = f"/ssc/api/v1/jobs/{JOB.replace('$', '%24')}"
ARTIFACT_PATH = f"/ssc/api/v1/artifacts/{ARTIFACT}"


def as_json(data: Any, status: int = 200) -> bytes:
    body = json.dumps({"data": data, "responseCode": status}).encode()
    return reply(status, body, "Content-Type: application/json")


def denied() -> bytes:
    said = {"message": "Access Denied.", "responseCode": 403, "errorCode": -10301}
    return reply(403, json.dumps(said).encode(), "Content-Type: application/json")


def path_of(request: Request) -> str:
    return urlsplit(request.target).path


class Tutorial:
    """Answers as the tutorial shows them; `states` are those of the job, one for each look."""

    def __init__(self, *states: str) -> None:
        self.states = list(states)
        self.talk = Answers(self.answer)

    def calls(self, *paths: str) -> list[tuple[str, str]]:
        """What was asked of these paths, in order; all that is no GET without any."""
        return [
            (one.method, path_of(one))
            for one in self.talk.requests
            if (path_of(one) in paths if paths else one.method != "GET")
        ]

    def only(self, path: str) -> Request:
        [found] = [one for one in self.talk.requests if path_of(one) == path]
        return found

    def answer(self, request: Request) -> bytes:
        match request.method, path_of(request):
            case "POST", "/ssc/api/v1/tokens":
                return as_json({"id": 812, "type": "UnifiedLoginToken", "token": TOKEN}, 201)
            case "POST", "/ssc/api/v1/tokens/action/revoke":
                return as_json(None)
            case "POST", path if path == UPLOAD:
                return reply(200, XML.encode(), "Content-Type: application/xml")
        assert request.header("authorization") == f"FortifyToken {TOKEN}"
        match request.method, path_of(request):
            case "GET", "/ssc/api/v1/projectVersions":
                return as_json([{"id": VERSION, "name": "1.0"}])
            case "POST", "/ssc/api/v1/fileTokens":
                return as_json({"token": MAT, "fileTokenType": "UPLOAD"}, 201)
            case "GET", path if path == JOB_PATH:
                return self._job(self.states.pop(0) if len(self.states) > 1 else self.states[0])
            case "GET", path if path == ARTIFACT_PATH:
                return as_json(
                    {"id": ARTIFACT, "status": "PROCESS_COMPLETE", "projectVersionId": VERSION}
                )
        return denied()

    @staticmethod
    def _job(state: str) -> bytes:
        known = {"PARAM_ARTIFACT_ID": ARTIFACT} if state == "FINISHED" else {}
        kind = "com.fortify.manager.BLL.jobs.ArtifactUploadJob"
        return as_json({"jobName": JOB, "jobClass": kind, "state": state, "jobData": known})


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    return fpr(tmp_path / "shop-1.0.fpr")


def delivered(tutorial: Tutorial, scan: Path, looks: int, *, scale: float = 1.0) -> list[JobState]:
    """The states of the job after each look."""
    options = {"version_id": str(VERSION), "upload": "token"}
    states: list[JobState] = []

    async def work() -> None:
        async with serving(tutorial.talk) as port:
            fields = {
                "url": f"http://127.0.0.1:{port}/ssc",
                "auth": "password",
                "username": "joan",
            }
            where = Destination("d", "ssc", "Test", fields)
            async with connect(where, Secret("secret"), rhythm=Rhythm(scale)) as server:
                opening = await server.open("k", [source(scan)], options)
                ticket = await server.send(opening.tickets[0], Bytes(scan), Kept())
                [ref] = await server.start(opening, [ticket], options)
                for _ in range(looks):
                    [job] = await server.status([ref])
                    ref = job.ref
                    states.append(job.state)

    run(work)
    return states


def test_the_tutorial_call_by_call(scan: Path) -> None:
    tutorial = Tutorial("PREPARED", "RUNNING", "FINISHED")
    assert delivered(tutorial, scan, 3) == [JobState.WAITING, JobState.RUNNING, JobState.DONE]

    # All that changes anything, in order; asking who is signed in is a question by POST.
    assert tutorial.calls() == [
        ("POST", "/ssc/api/v1/tokens"),
        ("POST", "/ssc/api/v1/userSession/info"),
        ("POST", "/ssc/api/v1/fileTokens"),
        ("POST", UPLOAD),
        ("POST", "/ssc/api/v1/tokens/action/revoke"),
    ]
    # One question a look, until the job tells its artifact.
    followed = tutorial.calls(JOB_PATH, ARTIFACT_PATH)
    assert followed[:4] == [*[("GET", JOB_PATH)] * 3, ("GET", ARTIFACT_PATH)]

    token = tutorial.only("/ssc/api/v1/tokens")
    basic = base64.b64encode(b"joan:secret").decode()
    assert token.header("authorization") == f"Basic {basic}"
    assert json.loads(token.body)["type"] == "UnifiedLoginToken"
    assert json.loads(tutorial.only("/ssc/api/v1/fileTokens").body) == {"fileTokenType": "UPLOAD"}
    revoked = tutorial.only("/ssc/api/v1/tokens/action/revoke")
    assert json.loads(revoked.body) == {"tokens": [TOKEN]}

    upload = tutorial.only(UPLOAD)
    query = parse_qs(urlsplit(upload.target).query)
    assert query == {"mat": [MAT], "entityId": [str(VERSION)]}
    assert upload.header("accept") == "application/xml"
    assert upload.header("authorization") == ""
    assert int(upload.header("content-length")) == len(upload.body)
    assert upload.header("transfer-encoding") == ""
    [part] = _parts(upload)
    assert part.get_filename() == "shop-1.0.fpr"
    assert part.get_payload(decode=True) == scan.read_bytes()


def test_a_job_that_fails_ends_the_polling(scan: Path) -> None:
    """The tutorial's own script would ask for ever."""
    tutorial = Tutorial("PREPARED", "RUNNING", "FAILED")
    # Nothing is waited for after the job's last word: no artifact will say more.
    states = delivered(tutorial, scan, 3, scale=0.0)
    assert states == [JobState.WAITING, JobState.RUNNING, JobState.FAILED]
    assert tutorial.calls(JOB_PATH) == [("GET", JOB_PATH)] * 3


def _parts(request: Request) -> list[Message]:
    """The parts of a form, read by the library for mail and not by ours."""
    kind = request.header("content-type")
    form = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + request.body)
    found = form.get_payload()
    assert isinstance(found, list)
    return found
