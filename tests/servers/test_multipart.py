"""A form with one file: exact length, quoting, and the same bytes each time it is read."""

from __future__ import annotations

import email.parser
import email.policy
from collections.abc import AsyncIterator

import pytest

from app.core.problems import Defect
from app.servers.multipart import Multipart
from tests.servers.loopback import Blocks

pytestmark = pytest.mark.anyio


async def content_of(form: Multipart) -> bytes:
    return b"".join([block async for block in form])


def parts_of(form: Multipart, content: bytes) -> list[tuple[dict[str, str], bytes]]:
    boundary = b"--" + form.content_type.partition("boundary=")[2].encode()
    first, *parts, last = content.split(boundary)
    assert (first, last) == (b"", b"--\r\n")
    found = []
    for part in parts:
        head, _, body = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        found.append((headers, body.removesuffix(b"\r\n")))
    return found


async def test_fields_come_first_and_the_file_whole() -> None:
    form = Multipart(
        "upFile",
        "rooster.csv",
        Blocks(600_000),
        fields=[("type", "USER"), ("note", "Grüße\r\nan alle")],
        file_type="text/csv",
    )
    content = await content_of(form)
    one, two, file = parts_of(form, content)
    assert one == ({"Content-Disposition": 'form-data; name="type"'}, b"USER")
    assert two[1] == "Grüße\r\nan alle".encode()
    assert file[0] == {
        "Content-Disposition": 'form-data; name="upFile"; filename="rooster.csv"',
        "Content-Type": "text/csv",
    }
    assert file[1] == (bytes(range(256)) * 2400)[:600_000]


@pytest.mark.parametrize("size", [0, 1, 262_144, 262_145, 1_000_003])
async def test_the_size_is_exact_and_a_second_reading_is_the_same(size: int) -> None:
    form = Multipart("file", "ä.mrc", Blocks(size), fields=[("a", "é")])
    first, second = await content_of(form), await content_of(form)
    assert form.size == len(first)
    assert first == second


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("plain.mrc", "plain.mrc"),
        ('say "hi".mrc', "say %22hi%22.mrc"),
        ("two\r\nlines.mrc", "two%0D%0Alines.mrc"),
        ("Bücher – 本.mrc", "Bücher – 本.mrc"),
        ("back\\slash; semi=1.mrc", "back\\slash; semi=1.mrc"),
        ("100%25.mrc", "100%25.mrc"),
    ],
)
async def test_names_are_written_as_browsers_write_them(name: str, written: str) -> None:
    form = Multipart(name, name, Blocks(3))
    ((headers, body),) = parts_of(form, await content_of(form))
    assert headers["Content-Disposition"] == f'form-data; name="{written}"; filename="{written}"'
    assert len(body) == 3


async def test_a_name_that_is_no_text_still_gives_a_form() -> None:
    name = b"caf\xe9.mrc".decode("utf-8", errors="surrogateescape")
    form = Multipart("file", name, Blocks(3))
    content = await content_of(form)
    assert b'filename="caf?.mrc"' in content
    assert form.size == len(content)


async def test_each_form_has_a_boundary_of_its_own() -> None:
    one, two = Multipart("f", "n", Blocks(1)), Multipart("f", "n", Blocks(1))
    assert one.content_type != two.content_type
    parser = email.parser.HeaderParser(policy=email.policy.default)
    parsed = parser.parsestr(f"Content-Type: {one.content_type}\n\n")
    assert parsed.get_content_type() == "multipart/form-data"
    assert len(str(parsed["content-type"].params["boundary"])) <= 70


class Short:
    size = 10

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"12345"


async def test_a_file_shorter_than_it_said_does_not_become_a_whole_form() -> None:
    given = b""
    with pytest.raises(Defect):
        async for block in Multipart("file", "a.mrc", Short()):
            given += block
    assert not given.endswith(b"--\r\n")


async def test_a_form_given_up_halfway_closes_its_file_at_once() -> None:
    closed = False

    class Watched:
        size = 100

        async def __aiter__(self) -> AsyncIterator[bytes]:
            nonlocal closed
            try:
                yield bytes(50)
                yield bytes(50)
            finally:
                closed = True

    blocks = aiter(Multipart("file", "a.mrc", Watched()))
    await anext(blocks)
    await anext(blocks)
    await blocks.aclose()  # type: ignore[attr-defined]
    assert closed
