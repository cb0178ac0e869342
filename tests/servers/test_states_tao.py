"""Everything TAO, or what stands before it, can say: one table, and each row of it played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from app.cli.delivery import Patience
from app.core.catalogue import Action
from app.sandbox import Fault
from app.servers.tao import FAMILY
from app.servers.tao.rhythm import Rhythm
from app.servers.tao.server import connect
from tests.servers.conftest import Begin
from tests.servers.rosters import groups, table
from tests.servers.states import Row, agrees, play

QUICK_FAMILY = replace(FAMILY, connect=partial(connect, rhythm=Rhythm(0.02)))

UPLOAD = "POST */upload"
TOKEN = "POST */oauth2/tokens"
STATUS = "GET */status/*"
DOWNLOAD = "GET */download/*"


def _bad_rows(folder: Path) -> Path:
    header = ("user_username", "user_name", "user_password")
    return table(
        folder / "users.csv", header, [("ann", "Ann", "harbour"), ("ben", "Ben", "Tide&Rope-9!")]
    )


def _other_columns(folder: Path) -> Path:
    return table(folder / "users.csv", ("name",), [("Ann",)])


def word(*sequence: str, code: str, exit: int, says: str = "", **more: Any) -> Row:
    """What the status calls answer one after the other, the last one for good."""
    return Row(f"status {' '.join(sequence)}", code, exit, says, box={"sequence": sequence}, **more)


def answer(status: int, code: str, exit: int, says: str = "", **more: Any) -> Row:
    """The same answer to every upload."""
    fault = Fault("server-error", match=UPLOAD, status=status, times=0)
    return Row(f"upload {status}", code, exit, says, faults=[fault], sent=0, **more)


def token(status: int, code: str, exit: int, says: str = "", **more: Any) -> Row:
    """The same answer to every sign-in, as something before TAO gives it."""
    fault = Fault("server-error", match=TOKEN, status=status, times=0)
    return Row(f"token {status}", code, exit, says, faults=[fault], sent=0, **more)


STATES = [
    word("pending", code="server_queued", exit=8, at="pending"),
    word("processing", code="processing", exit=8, at="processing"),
    word("PROCESSING", "Processed", code="done", exit=0),
    word("pending", "processing", "processed", code="done", exit=0),
    word("failed", code="failed", exit=1, says="tao.import-failed", does=Action.RETRY),
    word("failed", "processing", "processed", code="done", exit=0),
    word("invented-later", code="unknown", exit=5),
    word("invented-later", "processed", code="done", exit=0, patience=Patience()),
    word("404", "404", "pending", "processed", code="done", exit=0),
    word("pending", "404", "pending", "processed", code="done", exit=0),
    word("pending", "404", code="unwatched", exit=5, says="job.gone", does=Action.OPEN_ON_SERVER),
    word("404", code="unwatched", exit=5, says="job.gone", does=Action.OPEN_ON_SERVER),
    word("html", "empty", "pending", "processed", code="done", exit=0),
    word("400", "processed", code="done", exit=0),
    word("401", "processed", code="done", exit=0),
    word("429", "processed", code="done", exit=0),
    word("500", "500", "500", "processed", code="done", exit=0),
    word("502", "503", "processed", code="done", exit=0),
    word("nonsense", "processed", code="done", exit=0),
    word("400", code="unknown", exit=8, says="tao.status-refused", at=""),
    word("401", code="server_queued", exit=4, says="tao.token-not-taken", does=Action.SIGN_IN),
    word("403", code="unknown", exit=8, says="tao.scope", at=""),
]

UPLOADS = [
    answer(400, "failed", 1, "tao.file-refused"),
    answer(401, "failed", 4, "tao.token-not-taken", does=Action.SIGN_IN),
    answer(403, "failed", 4, "tao.scope"),
    answer(404, "failed", 1, "tao.wrong-path", does=Action.SETTINGS),
    answer(405, "failed", 1, "tao.wrong-path", does=Action.SETTINGS),
    # A proxy's own words: whether it passed the file on before, nobody knows.
    answer(408, "needs_input", 5, "tao.may-have", does=Action.LOOK_AGAIN),
    answer(409, "failed", 5, "busy", does=Action.RETRY),
    answer(413, "failed", 1, "refused.too-large"),
    answer(415, "failed", 1, "refused.web-page", does=Action.SETTINGS),
    answer(422, "failed", 1, "tao.file-refused"),
    answer(429, "failed", 5, "busy", does=Action.RETRY),
    answer(500, "needs_input", 5, "tao.may-have", does=Action.LOOK_AGAIN),
    answer(502, "needs_input", 5, "tao.may-have", does=Action.LOOK_AGAIN),
    answer(503, "failed", 5, "busy", does=Action.RETRY),
    answer(504, "needs_input", 5, "tao.may-have", does=Action.LOOK_AGAIN),
    Row(
        "answer to the upload lost",
        *("needs_input", 5, "tao.may-have", Action.LOOK_AGAIN),
        faults=[Fault("lost-reply", match=UPLOAD)],
    ),
    Row(
        "connection lost in the middle of the file",
        *("needs_input", 5, "tao.may-have", Action.LOOK_AGAIN),
        faults=[Fault("cut-body", match=UPLOAD)],
        sent=0,
    ),
    Row(
        "answer without a reference",
        *("needs_input", 5, "tao.no-reference", Action.LOOK_AGAIN),
        box={"reply": "none"},
    ),
    *(
        Row(f"answer {shape} {reference}", "done", 0, box={"reply": shape, "reference": reference})
        for shape in ("wrapped", "flat", "data", "snake")
        for reference in ("uuid", "number")
    ),
    *(Row(f"upload {status}", "done", 0, box={"upload_status": status}) for status in (201, 202)),
    *(
        Row(f"upload 429 until {form}", "done", 0, box={"busy_uploads": 1, "retry_after": form})
        for form in ("seconds", "date", "epoch")
    ),
    Row("upload 503 once", "done", 0, faults=[Fault("server-error", match=UPLOAD)]),
    Row("token ends before the upload", "done", 0, faults=[Fault("expire-token", match="GET *")]),
    Row(
        "a page instead of the answer",
        *("failed", 1, "refused.web-page", Action.SETTINGS),
        faults=[Fault("nonsense", match=UPLOAD)],
        sent=0,
    ),
    *(
        Row(
            f"file refused in the shape {shape}",
            *("failed", 1, "tao.file-refused"),
            box={"size_limit": 20, "error_shape": shape},
            sent=0,
        )
        for shape in ("message", "error", "problem")
    ),
    *(
        Row(
            f"moved with {status}",
            *("failed", 1, "tao.moved", Action.SETTINGS),
            box={"redirect": status},
            sent=0,
        )
        for status in (301, 302, 303)
    ),
    Row(
        "moved to another host",
        *("failed", 1, "tao.moved", Action.SETTINGS),
        box={"redirect": 307, "redirect_to": "foreign"},
        sent=0,
    ),
    Row("moved on the same host", "done", 0, box={"redirect": 308}),
    Row(
        "no right to upload",
        *("failed", 4, "tao.scope"),
        box={"deny": ("upload",)},
        sent=0,
    ),
]

RESULTS = [
    Row("rows that failed", "done_with_errors", 7, file=_bad_rows),
    Row("every row twice", "done_with_errors", 7, file=_bad_rows, box={"doubled_rows": True}),
    Row("a row with an error inside", "done_with_errors", 7, box={"broken_rows": (2,)}),
    Row("no column TAO knows", "failed", 1, "tao.import-failed", Action.RETRY, file=_other_columns),
    *(
        Row(f"result by {how}", "done_with_errors", 7, file=_bad_rows, box={"result_reply": how})
        for how in ("signedUrl", "result", "url", "redirect", "body")
    ),
    Row("result that comes late", "done", 0, box={"result_after": 0.1}),
    Row("no right to the result", "done", 0, box={"deny": ("download",)}),
    *(
        Row(
            f"download {status}",
            *("done", 0),
            faults=[Fault("server-error", match=DOWNLOAD, status=status, times=0)],
        )
        for status in (400, 404, 500)
    ),
    *(
        Row(f"status with messages as {how}", "done", 0, box={"messages": how})
        for how in ("list", "text", "null", "objects")
    ),
    *(
        Row(f"status with lines {how}", "done", 0, box={"file_line": how})
        for how in ("end", "live", "text", "missing", "negative")
    ),
    Row("status without the object around it", "done", 0, box={"top_level": True}),
]

SIGN_IN = [
    *(
        Row(
            f"wrong secret answered with {status}",
            *("failed", 4, "sign-in.refused", Action.SIGN_IN),
            box={"wrong_client": status},
            secret="wrong",
            sent=0,
        )
        for status in (400, 401)
    ),
    token(403, "failed", 4, "tao.gateway-refused", does=Action.SIGN_IN),
    token(404, "failed", 1, "tao.not-tao", does=Action.SETTINGS),
    token(405, "failed", 1, "tao.not-tao", does=Action.SETTINGS),
    token(429, "failed", 5, "busy", does=Action.RETRY),
    token(500, "failed", 5, "server.fault", does=Action.RETRY),
    token(503, "failed", 5, "busy", does=Action.RETRY),
    Row(
        "a page instead of the token",
        *("failed", 1, "tao.not-tao", Action.SETTINGS),
        faults=[Fault("nonsense", match=TOKEN, times=0)],
        sent=0,
    ),
    Row(
        "sign-in without an answer",
        *("done", 0),
        faults=[Fault("lost-reply", match=TOKEN)],
    ),
    Row(
        "token of another kind",
        *("failed", 1, "tao.token-unusable", Action.SETTINGS),
        box={"token_type": "mac"},
        sent=0,
    ),
    Row(
        "no form of sign-in understood",
        *("failed", 4, "tao.token-request", Action.SETTINGS),
        box={"encodings": ("urlencoded",)},
        fields={"token_encoding": "multipart"},
        sent=0,
    ),
    *(
        Row(f"token by {one} alone", "done", 0, box={"encodings": (one,)})
        for one in ("multipart", "urlencoded", "json")
    ),
    *(
        Row(f"end of the token {how}", "done", 0, box={"expires_in": how})
        for how in ("text", "epoch", "missing")
    ),
    Row(
        "paths that lead nowhere",
        *("failed", 1, "tao.wrong-paths", Action.SETTINGS),
        box={"paths": "custom", "token_paths": "advance"},
        fields={"paths": "advance"},
        sent=0,
    ),
    Row("short paths found by themselves", "done", 0, box={"paths": "advance-short"}),
]

ROWS: Sequence[Row] = [*STATES, *UPLOADS, *RESULTS, *SIGN_IN]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_what_tao_says_ends_in_its_row(row: Row, begin: Begin, tmp_path: Path) -> None:
    box = begin("tao", faults=row.faults, **{"visible_after": 0.02, **row.box})
    path = row.file(tmp_path) if row.file else groups(tmp_path / "groups.csv", 3)
    agrees(row, play(row, box, QUICK_FAMILY, path))
    if row.sent is not None:
        assert len(box.served("tao").books.imports) == row.sent


def test_the_table_names_every_answer_of_the_status_page() -> None:
    named = {word.lower() for row in ROWS for word in row.box.get("sequence", ())}
    assert named >= {"pending", "processing", "processed", "failed", "401", "403", "404", "500"}
