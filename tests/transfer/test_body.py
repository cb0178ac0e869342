"""FileBody: exact bytes, again from the start, in parts, and never of a file that changed."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.core.problems import FileProblem
from app.core.uploads import Source
from app.transfer.body import BLOCK, FileBody, digest_of, lack, source_of
from app.transfer.limit import Limit
from app.transfer.meter import Meter

from .conftest import open_files


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def made(tmp_path: Path, size: int) -> Source:
    path = tmp_path / "records.mrc"
    path.write_bytes(os.urandom(size))
    return source_of(path)


def body_of(source: Source, threads: ThreadPoolExecutor, rate: int | None = None) -> FileBody:
    return FileBody(source, Meter(source.size), Limit(rate), threads)


async def read(body: FileBody) -> bytes:
    return b"".join([block async for block in body])


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 4 * BLOCK, 9 * BLOCK + 7])
def test_every_byte_once_and_again(tmp_path: Path, threads: ThreadPoolExecutor, size: int) -> None:
    source = made(tmp_path, size)
    meter = Meter(size)
    body = FileBody(source, meter, Limit(), threads)
    content = Path(source.path).read_bytes()

    async def main() -> None:
        assert body.size == size
        for _ in range(2):
            assert await read(body) == content
            assert meter.sent == size
        assert body.sha256 == hashlib.sha256(content).hexdigest() == digest_of(source)

    asyncio.run(main())
    threads.shutdown()
    assert not open_files(tmp_path)


def test_blocks_are_small_enough_to_show_progress(
    tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    body = body_of(made(tmp_path, 5 * BLOCK), threads)

    async def main() -> None:
        sizes = [len(block) async for block in body]
        assert max(sizes) <= BLOCK and sum(sizes) == 5 * BLOCK

    asyncio.run(main())


def test_parts_count_for_the_whole_and_a_repeated_part_counts_once(
    tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    source = made(tmp_path, 1_000_000)
    meter = Meter(source.size)
    body = FileBody(source, meter, Limit(), threads)
    content = Path(source.path).read_bytes()

    async def main() -> None:
        first, second = body.part(0, 600_000), body.part(600_000, 400_000)
        assert await read(second) == content[600_000:]
        assert meter.sent == 400_000
        assert await read(first) == content[:600_000]
        assert meter.sent == 1_000_000
        assert await read(body.part(0, 600_000)) == content[:600_000]
        assert meter.sent == 1_000_000
        with pytest.raises(ValueError, match="inside"):
            body.part(900_000, 200_000)

    asyncio.run(main())


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"x")


def truncate(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(100)


def replace(path: Path) -> None:
    content = path.read_bytes()
    other = path.with_suffix(".new")
    other.write_bytes(content)
    os.utime(other, ns=(1, 1))
    other.replace(path)


def replace_unnoticeably(path: Path) -> None:
    """Another file of the same name, size and time."""
    found = path.stat()
    other = path.with_suffix(".new")
    other.write_bytes(os.urandom(found.st_size))
    os.utime(other, ns=(found.st_atime_ns, found.st_mtime_ns))
    other.replace(path)


@pytest.mark.parametrize("harm", [grow, truncate, replace, replace_unnoticeably, Path.unlink])
@pytest.mark.parametrize("after", [0, 3])
def test_a_file_that_changes_is_never_sent_to_its_end(
    tmp_path: Path,
    threads: ThreadPoolExecutor,
    harm: Callable[[Path], None],
    after: int,
) -> None:
    source = made(tmp_path, 20 * BLOCK)
    body = body_of(source, threads)

    async def main() -> None:
        blocks = 0
        if not after:
            if harm is replace_unnoticeably:
                # Nothing was read before, so nothing can be mixed: size and time are all there is.
                return
            harm(Path(source.path))
        with pytest.raises(FileProblem) as caught:
            async for _ in body:
                blocks += 1
                if blocks == after:
                    harm(Path(source.path))
        expected = "file.missing" if harm is Path.unlink else "file.changed"
        assert caught.value.id == expected

    asyncio.run(main())


@pytest.mark.parametrize("harm", [grow, truncate, replace, replace_unnoticeably, Path.unlink])
@pytest.mark.parametrize("size", [100, BLOCK, 4 * BLOCK + 1, 9 * BLOCK])
def test_harm_after_the_last_read_keeps_the_last_byte_back(
    tmp_path: Path, harm: Callable[[Path], None], size: int
) -> None:
    """A server that was told the length never has all of a file that was changed on the way."""
    source = made(tmp_path, size)
    limit = Limit(1)
    thread = ThreadPoolExecutor(1)
    body = FileBody(source, Meter(size), limit, thread)

    async def main() -> None:
        given = 0
        await limit.take(BLOCK)
        blocks = aiter(body)
        reading = asyncio.ensure_future(anext(blocks))
        # The whole of a small file is read ahead while the limit holds its bytes back.
        await asyncio.sleep(0)
        await asyncio.wrap_future(thread.submit(str))
        if size > BLOCK:
            limit.change(None)
            while given + BLOCK < size:
                given += len(await reading)
                reading = asyncio.ensure_future(anext(blocks))
                await asyncio.sleep(0)
        harm(Path(source.path))
        limit.change(None)
        with pytest.raises(FileProblem):
            given += len(await reading)
            async for block in blocks:
                given += len(block)
        assert given < size

    with thread:
        asyncio.run(main())


def test_parts_are_of_one_file(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    source = made(tmp_path, 4 * BLOCK)
    body = body_of(source, threads)

    async def main() -> None:
        await read(body.part(0, 2 * BLOCK))
        replace_unnoticeably(Path(source.path))
        with pytest.raises(FileProblem) as caught:
            await read(body.part(2 * BLOCK, 2 * BLOCK))
        assert caught.value.id == "file.changed"

    asyncio.run(main())


def test_a_new_date_of_the_entry_alone_is_no_change(
    tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    source = made(tmp_path, 8 * BLOCK)
    body = body_of(source, threads)

    async def main() -> None:
        given = 0
        async for block in body:
            given += len(block)
            Path(source.path).chmod(0o600)
        assert given == 8 * BLOCK

    asyncio.run(main())


def test_what_lacks_its_file_says_why(tmp_path: Path) -> None:
    source = made(tmp_path, 100)
    assert lack(source) is None
    grow(Path(source.path))
    changed = lack(source)
    Path(source.path).unlink()
    missing = lack(source)
    assert changed is not None and changed.id == "file.not-as-added"
    assert missing is not None and missing.id == "file.missing"


def test_an_unreadable_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileProblem) as missing:
        source_of(tmp_path / "gone.mrc")
    assert missing.value.id == "file.missing"
    with pytest.raises(FileProblem) as folder:
        source_of(tmp_path)
    assert folder.value.id == "file.not-a-file"


def test_leaving_in_the_middle_closes_the_file(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    body = body_of(made(tmp_path, 40 * BLOCK), threads)

    async def main() -> None:
        blocks = aiter(body)
        await anext(blocks)
        await blocks.aclose()  # type: ignore[attr-defined]

    asyncio.run(main())
    threads.shutdown()
    assert not open_files(tmp_path)


def test_the_limit_holds_within_ten_percent(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    rate = 2_000_000
    body = body_of(made(tmp_path, 3_000_000), threads, rate)

    async def main() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await read(body)
        return loop.time() - began

    seconds = asyncio.run(main())
    allowance = 0.25
    assert 0.9 <= seconds / (3_000_000 / rate - allowance) <= 1.35


def test_a_new_limit_counts_at_once(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    source = made(tmp_path, 1_000_000)
    limit = Limit(8_000)
    body = FileBody(source, Meter(source.size), limit, threads)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(0.1, limit.change, None)
        async with asyncio.timeout(2):
            await read(body)

    asyncio.run(main())
