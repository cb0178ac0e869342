"""What FOLIO, or what stands before it, can say to each call: one table, each row of it played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from app.core.catalogue import Action
from app.demo_files import write_marc
from app.sandbox import Fault
from app.servers.folio import FAMILY
from app.servers.folio.rhythm import Rhythm
from app.servers.folio.server import connect
from tests.servers.conftest import Begin
from tests.servers.folio_ground import OPTIONS
from tests.servers.states import Row, agrees, play

QUICK_FAMILY = replace(FAMILY, connect=partial(connect, rhythm=Rhythm(0.02, visible=100)))

CREATE = "POST /data-import/uploadDefinitions"
UPLOAD = "POST */files/*"
START = "POST /data-import/uploadDefinitions/*/processFiles"
JOBS = "GET /metadata-provider/jobExecutions*"
LOG_IN = "POST /authn/login*"
RAW: dict[str, Any] = {"split": False}
SPLIT: dict[str, Any] = {"split": True}


def once(kind: str, match: str, name: str, box: dict[str, Any] = RAW, **more: Any) -> Row:
    """Something that goes wrong once and leaves the delivery whole."""
    return Row(name, "done", 0, faults=[Fault(kind, match=match, times=1, **more)], box=box)


def always(match: str, status: int, code: str, exit: int, says: str = "", **more: Any) -> Row:
    what = {CREATE: "opening", UPLOAD: "sending", START: "starting"}.get(match, "sign-in")
    fault = Fault("server-error", match=match, status=status, times=0)
    return Row(f"{what} {status}", code, exit, says, faults=[fault], **{"box": RAW, **more})


def _bad(folder: Path) -> Path:
    return write_marc(folder / "bad.mrc", 12, without_title=(3, 9)).path


WHOLE = [
    Row("a good file", "done", 0, box=RAW),
    Row("a good file in parts", "done", 0, box=SPLIT),
    Row("records that fail", "done_with_errors", 7, box=RAW, file=_bad),
    Row("records that fail in parts", "done_with_errors", 7, box=SPLIT, file=_bad),
    Row(
        "loaded and not started",
        "done",
        0,
        "folio.only-uploaded",
        Action.OPEN_ON_SERVER,
        box=RAW,
        set={"job_profile": "none"},
    ),
    Row(
        "a job that fails",
        *("failed", 1, "folio.file-unreadable-by-server", Action.OPTIONS),
        faults=[Fault("job-error")],
        box=RAW,
    ),
]

PASSING = [
    *(
        once(kind, match, f"{kind} at {what}", box)
        for kind in ("busy", "server-error", "lost-reply")
        for what, match, box in (
            ("opening", CREATE, RAW),
            ("sending", UPLOAD, RAW),
            ("starting", START, RAW),
            ("looking", JOBS, RAW),
            ("putting together", "POST */assembleStorageFile", SPLIT),
        )
    ),
    once("cut-body", UPLOAD, "connection lost in the middle of the file"),
    once("cut-body", "PUT *", "connection lost in the middle of a part", SPLIT),
    once("nonsense", JOBS, "a page instead of the jobs"),
    once("expire-token", UPLOAD, "token ends while the file is sent"),
    once("expire-token", JOBS, "token ends while the server works"),
]

LASTING = [
    always(CREATE, 403, "failed", 4, "refused.forbidden"),
    always(CREATE, 500, "failed", 5, "server.fault", does=Action.RETRY),
    always(UPLOAD, 413, "failed", 1, "folio.proxy-limit"),
    always(UPLOAD, 502, "failed", 5, "server.fault", does=Action.RETRY),
    always(START, 403, "failed", 4, "refused.forbidden"),
    always(LOG_IN, 503, "failed", 5, "busy", does=Action.RETRY),
]

SIGN_IN = [
    Row("wrong password", "failed", 4, "sign-in.refused", Action.SIGN_IN, secret="wrong", box=RAW),
    Row(
        "wrong tenant",
        *("failed", 4, "folio.tenant-unknown", Action.SETTINGS),
        fields={"tenant": "nowhere"},
        box=RAW,
    ),
]

ROWS: Sequence[Row] = [*WHOLE, *PASSING, *LASTING, *SIGN_IN]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_what_folio_says_ends_in_its_row(row: Row, begin: Begin, tmp_path: Path) -> None:
    box = begin("folio", faults=row.faults, **{"visible_after": 0.02, **row.box})
    path = row.file(tmp_path) if row.file else write_marc(tmp_path / "good.mrc", 12).path
    row = replace(row, set={**OPTIONS, **row.set})
    agrees(row, play(row, box, QUICK_FAMILY, path))
    started = [calls for calls in box.served("folio").books.process_calls.values() if calls]
    assert all(calls == 1 for calls in started)
