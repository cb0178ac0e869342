"""Everything SSC, or what stands before it, can say: one table, and each row of it played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from app.core.catalogue import Action
from app.sandbox import Fault
from app.servers.ssc import FAMILY
from app.servers.ssc.rhythm import Rhythm
from app.servers.ssc.server import connect
from tests.servers.conftest import Begin
from tests.servers.fprs import archive, fpr, third_party
from tests.servers.states import Row, agrees, play
from tests.wire.ssc.test_artifacts import JOB_STATES, STATES

SHOP = {"application": "Shop", "version": "1.0"}
OLDER = {**SHOP, "upload": "token"}
QUICK_FAMILY = replace(FAMILY, connect=partial(connect, rhythm=Rhythm(0.02)))

UPLOAD = "POST */projectVersions/*/artifacts"
OLD_UPLOAD = "POST */resultFileUpload.html"
POLL = "GET */api/v1/artifacts/*"
OPEN = Action.OPEN_ON_SERVER


_TEXT = {"artifact_id_as_text": True}
_LOST = {"says": "ssc.may-be-there", "does": Action.LOOK_AGAIN}
_SEES_NOTHING = {"token_type": "AnalysisUploadToken"}


def _damaged(folder: Path) -> Path:
    return archive(folder / "shop-1.0.fpr", {"audit.fvdl": "<FVDL><Build>"})


def _other(folder: Path) -> Path:
    return third_party(folder / "other.zip", None)


def artifact(word: str, code: str, exit: int, says: str = "", **more: Any) -> Row:
    """What the artifact's status alone decides."""
    at = word if exit == 8 else None
    states = ("SCHED_PROCESSING", word) if word != "SCHED_PROCESSING" else (word,)
    does = OPEN if says and says != "ssc.purged" else Action.NONE
    box = {"artifact_states": states}
    return Row(f"artifact {word}", code, exit, says, does, box=box, at=at, set=SHOP, **more)


def job(word: str, code: str, exit: int, says: str = "", **more: Any) -> Row:
    """What the job says while there is no artifact to be seen that says more."""
    at = word if exit == 8 else None
    does = OPEN if says == "ssc.job-failed" else Action.NONE
    box = {"job_states": ("PREPARED", word), "artifact_states": ("SCHED_PROCESSING",)}
    return Row(f"job {word}", code, exit, says, does, box=box, at=at, set=OLDER, **more)


def answer(status: int, code: str, exit: int, says: str = "", **more: Any) -> Row:
    """The same answer to every upload by the newer way."""
    fault = Fault("server-error", match=UPLOAD, status=status, times=0)
    more = {"sent": 0 if code != "done" else 1} | more
    return Row(f"upload {status}", code, exit, says, faults=[fault], set=SHOP, **more)


def once(kind: str, match: str, name: str, **more: Any) -> Row:
    """Something that goes wrong once and leaves the delivery whole, with one artifact."""
    fault = Fault(kind, match=match, times=more.pop("times", 1), status=more.pop("status", None))
    return Row(name, "done", 0, faults=[fault], set=more.pop("set", SHOP), **more)


ARTIFACTS = [
    artifact("NONE", "server_queued", 8),
    artifact("SCHED_PROCESSING", "server_queued", 8),
    artifact("PROCESSING", "processing", 8),
    artifact("DISPATCH_ANALYSIS", "server_queued", 8),
    artifact("DISPATCH_REAUDIT", "server_queued", 8),
    artifact("QUEUED_ANALYSIS", "server_queued", 8),
    artifact("REQUEUED_ANALYSIS", "server_queued", 8),
    artifact("ANALYZING", "processing", 8),
    artifact("ANALYSIS_COMPLETE", "processing", 8),
    artifact("PROCESS_COMPLETE", "done", 0),
    artifact("REQUIRE_AUTH", "needs_approval", 10, "ssc.needs-approval"),
    artifact("AUTH_DENIED", "failed", 1, "ssc.approval-denied"),
    artifact("ERROR_PROCESSING", "failed", 1, "ssc.processing-failed"),
    artifact("ERROR_DISPATCH", "failed", 1, "ssc.audit-failed"),
    artifact("ERROR_ANALYZING", "failed", 1, "ssc.audit-failed"),
    artifact("AUDIT_FAILED", "failed", 1, "ssc.audit-failed"),
    artifact("UNKNOWN", "unknown", 5),
    artifact("DELETING", "failed", 1, "ssc.removed"),
    artifact("DELETED", "failed", 1, "ssc.removed"),
    artifact("ERROR_DELETING", "failed", 1, "ssc.removed"),
    artifact("PURGING", "done", 0, "ssc.purged"),
    artifact("PURGED", "done", 0, "ssc.purged"),
    artifact("ERROR_PURGING", "done", 0, "ssc.purged"),
    artifact("INVENTED_LATER", "unknown", 5),
]

JOBS = [
    # Only where the artifact is silent does the job's word count, and its end only after a while.
    job("FAILED", "failed", 1, "ssc.job-failed"),
    job("CANCELLED", "cancelled", 1),
    *(
        replace(job(word, "done", 0), box={"job_states": ("PREPARED", word)})
        for word in (
            *("PREPARED", "WAITING_FOR_WORKER", "RUNNING", "DEFERRED", "CANCELLING", "FINISHED"),
            "INVENTED_LATER",
        )
    ),
    Row(
        "job PREPARED while jobs are paused",
        *("server_queued", 8),
        box={"workers": 0},
        set=OLDER,
        at="SCHED_PROCESSING",
    ),
    Row("job swept away", "done", 0, box={"swept_after": 0.0}, set=OLDER),
    Row("job that tells its artifact as text", "done", 0, set=OLDER, box=_TEXT),
    Row("job and artifact without booleans", "done", 0, set=OLDER, box={"sparse": True}),
    Row("oldest release", "done", 0, set=OLDER, box={"release": "18.20"}),
    Row("strictly one job after the other", "done", 0, set=SHOP, box={"workers": 1}),
]

UPLOADS = [
    answer(400, "failed", 1, "ssc.refused", does=Action.RETRY),
    answer(401, "failed", 4, "sign-in.ended", does=Action.SIGN_IN),
    # The older way is taken where the newer one is not there or not allowed.
    answer(403, "done", 0),
    answer(404, "done", 0),
    answer(405, "done", 0),
    answer(409, "failed", 1, "ssc.refused", does=Action.RETRY),
    answer(413, "failed", 1, "ssc.size-limit"),
    answer(429, "failed", 5, "busy", does=Action.RETRY),
    answer(500, "failed", 5, "ssc.server-error", does=Action.RETRY),
    answer(502, "failed", 5, "server.fault", does=Action.RETRY),
    answer(503, "failed", 5, "busy", does=Action.RETRY),
    answer(504, "failed", 5, "server.fault", does=Action.RETRY),
    *(
        once("server-error", UPLOAD, f"upload {status} once", status=status)
        for status in (429, 500, 502, 503, 504)
    ),
    once("lost-reply", UPLOAD, "answer to the upload lost"),
    once("lost-reply", OLD_UPLOAD, "answer to the older upload lost", set=OLDER),
    once("cut-body", UPLOAD, "connection lost in the middle of the file"),
    once("nonsense", UPLOAD, "a page instead of the answer"),
    Row(
        "token ends before the upload",
        *("failed", 4, "ssc.token-refused", Action.SIGN_IN),
        faults=[Fault("expire-token", match="GET */projectVersions/*/artifacts")],
        set=SHOP,
        sent=0,
    ),
    Row(
        "answer lost and nobody may look",
        *("needs_input", 5),
        box=_SEES_NOTHING,
        faults=[Fault("lost-reply", match=UPLOAD)],
        set=SHOP,
        **_LOST,
    ),
    Row("xml without a prefix", "done", 0, box={"xml_prefix": False}, set=OLDER),
    Row("xml without a job", "done", 0, box={"xml_id": False}, set=OLDER),
    Row(
        "xml with another code",
        *("failed", 1, "ssc.submission-refused", Action.OPTIONS),
        box={"xml_code": -10003},
        set=OLDER,
        sent=0,
    ),
    Row(
        "no way to upload at all",
        *("failed", 1, "refused.web-page", Action.SETTINGS),
        box={"rest": False, "transfer": False},
        set=SHOP,
        sent=0,
    ),
    Row(
        "a file token refused twice",
        *("failed", 1, "ssc.file-token-refused", Action.RETRY),
        faults=[Fault("server-error", match=OLD_UPLOAD, status=401, times=0)],
        set=OLDER,
        sent=0,
    ),
    Row(
        "no right to upload",
        *("failed", 1, "ssc.not-allowed", Action.OPTIONS),
        box={"deny": ("artifact.upload", "fileToken.create")},
        set=SHOP,
        sent=0,
    ),
    Row(
        "engine the server has no reader for",
        *("failed", 1, "ssc.processing-failed", OPEN),
        set={**SHOP, "engine": "NOBODY"},
        file=_other,
    ),
    Row(
        "application that does not exist",
        *("failed", 1, "ssc.no-application", Action.OPTIONS),
        set={"application": "Nowhere", "version": "1.0"},
        sent=0,
    ),
    Row(
        "version that does not exist",
        *("failed", 1, "ssc.no-version", Action.OPTIONS),
        set={"version_id": "99999"},
        sent=0,
    ),
]

POLLS = [
    once("server-error", POLL, "poll 500", status=500, times=3),
    once("server-error", POLL, "poll 502", status=502, times=3),
    once("server-error", POLL, "poll 503", status=503, times=3),
    once("busy", POLL, "poll 429"),
    once("nonsense", POLL, "poll with a page instead of the answer"),
    once("lost-reply", POLL, "poll without an answer"),
    Row(
        "poll 401",
        *("server_queued", 4, "ssc.token-refused", Action.SIGN_IN),
        box={"workers": 0},
        faults=[Fault("expire-token", match=POLL)],
        set=SHOP,
    ),
    Row(
        "poll 403",
        *("unknown", 8, "ssc.not-visible", OPEN),
        box=_SEES_NOTHING,
        set=SHOP,
        at="",
    ),
    Row(
        "poll 404 after it was there",
        *("unwatched", 5, "job.gone", OPEN),
        box={"workers": 0},
        faults=[Fault("server-error", match=POLL, status=404, times=0)],
        set=SHOP,
    ),
    Row("damaged scan", "failed", 1, "ssc.processing-failed", OPEN, set=SHOP, file=_damaged),
    Row("approved by itself", "done", 0, box={"approval": True}, set={**SHOP, "approve": "yes"}),
    Row(
        "approval that may not be given",
        *("needs_approval", 10, "ssc.approval-refused", OPEN),
        box={"approval": True, "deny": ("artifact.approve",), "sparse": True},
        set={**SHOP, "approve": "yes"},
    ),
]

SIGN_IN = [
    Row(
        "token nobody gave",
        *("failed", 4, "ssc.token-refused", Action.SIGN_IN),
        secret="2d5e4a06-945e-405f-a3c2-112bb3053453",
        set=SHOP,
        sent=0,
    ),
    Row(
        "text that is no token",
        *("failed", 4, "ssc.token-malformed", Action.SIGN_IN),
        secret="hunter2",
        set=SHOP,
        sent=0,
    ),
    Row(
        "401 without a body",
        *("failed", 4, "ssc.token-refused", Action.SIGN_IN),
        box={"empty_401": True},
        secret="2d5e4a06-945e-405f-a3c2-112bb3053453",
        set=SHOP,
        sent=0,
    ),
    Row(
        "wrong password",
        *("failed", 4, "sign-in.refused", Action.SIGN_IN),
        box={"auth": "password"},
        secret="wrong",
        set=SHOP,
        sent=0,
    ),
    Row(
        "account that gets no token",
        *("failed", 4, "ssc.password-not-allowed", Action.SETTINGS),
        box={"auth": "password"},
        faults=[Fault("server-error", match="POST */api/v1/tokens", status=403, times=0)],
        set=SHOP,
        sent=0,
    ),
    Row(
        "something else at the address",
        *("failed", 1, "ssc.not-ssc", Action.SETTINGS),
        faults=[Fault("server-error", match="*", status=404, times=0)],
        set=SHOP,
        sent=0,
    ),
    Row(
        "a server that only has trouble",
        *("failed", 5, "busy", Action.RETRY),
        faults=[Fault("server-error", match="*", status=503, times=0)],
        set=SHOP,
        sent=0,
    ),
    Row(
        "a portal in front of it",
        *("failed", 1, "refused.web-page", Action.SETTINGS),
        box={"sign_in_page": True},
        secret="2d5e4a06-945e-405f-a3c2-112bb3053453",
        set=SHOP,
        sent=0,
    ),
]

ROWS: Sequence[Row] = [*ARTIFACTS, *JOBS, *UPLOADS, *POLLS, *SIGN_IN]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_what_ssc_says_ends_in_its_row(row: Row, begin: Begin, tmp_path: Path) -> None:
    box = begin("ssc", faults=row.faults, visible_after=0.02, **row.box)
    path = row.file(tmp_path) if row.file else fpr(tmp_path / "shop-1.0.fpr")
    agrees(row, play(row, box, QUICK_FAMILY, path))
    if row.sent is not None:
        assert len(box.served("ssc").books.artifacts) == row.sent


def test_the_table_names_every_word_of_artifacts_and_jobs() -> None:
    named = {word for row in ROWS for word in row.box.get("artifact_states", ())}
    assert named >= set(STATES) - {""}
    named = {word for row in ROWS for word in row.box.get("job_states", ())}
    assert named >= set(JOB_STATES)
