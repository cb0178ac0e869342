"""Forms read block by block, wherever the blocks happen to end."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request

from app.sandbox.multipart import Form, Malformed, TooManyParts, boundary_of, read_form

BODY = (
    b"a preamble\r\n--b7f1\r\n"
    b'Content-Disposition: form-data; name="entityId"\r\n\r\n10042\r\n'
    b"--b7f1  \r\n"
    b'content-disposition: form-data; name="file"; filename="a \\"b\\" %22c%22.fpr"\r\n'
    b"Content-Type: text/csv\r\n\r\n"
    b"one\r\n--b7f\r\n-\r\n\r\n\r\n--b7f1\r\n"
    b"Content-Disposition: form-data; name=empty; filename*=UTF-8''gr%C3%B6%C3%9Fe.csv\r\n\r\n"
    b"\r\n--b7f1--\r\nan epilogue"
)
CONTENT = b"one\r\n--b7f\r\n-\r\n\r\n"
TYPE = 'multipart/form-data; boundary="b7f1"'


def read(
    body: bytes, folder: Path, step: int = 0, kind: str = TYPE, cut: bool = False, **more: Any
) -> Form:
    step = step or len(body)
    messages = [
        {"type": "http.request", "body": body[at : at + step], "more_body": True}
        for at in range(0, len(body), step)
    ]
    messages.append({"type": "http.disconnect"} if cut else {"type": "http.request", "body": b""})
    names = iter(range(100))

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    scope = {"type": "http", "headers": [(b"content-type", kind.encode())]}
    return asyncio.run(
        read_form(Request(scope, receive), lambda: folder / f"file-{next(names)}", **more)
    )


@pytest.mark.parametrize("step", [1, 2, 3, 7, 16, 0])
def test_blocks_may_end_anywhere(tmp_path: Path, step: int) -> None:
    form = read(BODY, tmp_path, step)
    assert form.fields == {"entityId": "10042"}
    first, second = form.files
    assert (first.name, first.filename, first.content_type) == (
        "file",
        'a "b" "c".fpr',
        "text/csv",
    )
    assert first.path is not None
    assert first.path.read_bytes() == CONTENT
    assert (first.size, first.head) == (len(CONTENT), CONTENT[:16])
    assert (second.filename, second.size) == ("gr\u00f6\u00dfe.csv", 0)
    form.forget()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (BODY[: BODY.index(b"--b7f1--")], TYPE),
        (BODY, "multipart/form-data; boundary=other"),
        (BODY, "multipart/form-data"),
        (BODY, "application/json"),
        (b"--b7f1\r\n" + b"x" * 20_000, TYPE),
    ],
)
def test_what_is_no_form_leaves_nothing(tmp_path: Path, body: bytes, kind: str) -> None:
    with pytest.raises(Malformed):
        read(body, tmp_path, 64, kind)
    assert list(tmp_path.iterdir()) == []


def test_a_broken_connection_and_too_many_parts_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(ClientDisconnect):
        read(BODY[:-20], tmp_path, 64, cut=True)
    with pytest.raises(TooManyParts):
        read(BODY, tmp_path, most_parts=2)
    assert list(tmp_path.iterdir()) == []


def test_the_boundary_is_found_in_the_header() -> None:
    assert boundary_of("Multipart/Form-Data; charset=utf-8; boundary=abc") == "abc"
    assert boundary_of("multipart/mixed; boundary=abc") is None
