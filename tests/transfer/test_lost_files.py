"""A file that is not where it was: which other one may take its place after a restart."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.core.changes import UploadsTaken
from app.core.uploads import Phase, Source, Ticket, Upload
from app.storage.journal import Journal
from app.transfer.digest import digest_of
from app.transfer.local_file import lacking, source_of
from app.transfer.sending import FINGERPRINTED

from .conftest import Running, running
from .scripted import World, family

Make = Callable[..., list[Source]]


@asynccontextmanager
async def broken_off(world: World, folder: Path, made: list[Source]) -> AsyncIterator[None]:
    """A run that ended while the file was being sent, after its contents were known."""
    world.send_gate, world.gate_after = asyncio.Event(), 300_000
    first = Journal(folder, pytest.fail)
    async with running(world, journal=first) as r:
        (i,) = r.submit(made)
        known = made[0].size >= FINGERPRINTED
        await r.told.until(
            lambda: r.phase(i) is Phase.SENDING and bool(r.engine.uploads[i].fingerprint) == known
        )
        while not r.engine.meters[i].sent:
            await asyncio.sleep(0.001)
    first.close()
    world.send_gate.set()
    yield


async def taken(r: Running) -> int:
    """Taken over, and told that the file is not there."""
    (i,) = r.engine.claim()
    assert UploadsTaken((i,), False) in r.told.changes
    r.engine.lack(lacking(r.engine.uploads.values()))
    assert r.engine.uploads[i].lacks_file
    return i


@pytest.mark.parametrize("size", [900_000, FINGERPRINTED])
def test_where_a_part_was_sent_only_the_same_contents_go_on(
    sources: Make, tmp_path: Path, size: int
) -> None:
    async def main() -> None:
        world = World(resumes=True)
        made = sources(1, size)
        old = Path(made[0].path)
        async with broken_off(world, tmp_path / "j", made):
            moved = old.rename(old.with_name("moved.dat"))
        copied = Path(shutil.copyfile(moved, old.with_name("copied.dat")))
        other = old.with_name("other.dat")
        other.write_bytes(os.urandom(size))
        alike = moved.stat()
        os.utime(other, ns=(alike.st_atime_ns, alike.st_mtime_ns))
        journal = Journal(tmp_path / "j", pytest.fail)
        async with running(world, journal=journal) as r:
            i = await taken(r)
            by_contents = size >= FINGERPRINTED

            def accepted(path: Path) -> bool:
                source = source_of(path)
                return r.engine.relocate(i, source, digest_of(source) if by_contents else "")

            # Contents are compared where they are known; otherwise size and time must do.
            assert accepted(other) is not by_contents
            assert accepted(copied) is by_contents
            assert accepted(moved)
            assert not r.engine.uploads[i].lacks_file
            r.engine.release([i])
            await r.told.all_final()
            assert r.phase(i) is Phase.DONE
            assert r.engine.uploads[i].sha256 == digest_of(source_of(moved))
            assert set(world.processed().values()) == {1}
        journal.close()

    asyncio.run(main())


def test_where_nothing_was_sent_any_file_will_do(sources: Make, tmp_path: Path) -> None:
    async def main() -> None:
        world = World()
        made = sources(1, 1_000)
        first = Journal(tmp_path / "j", pytest.fail)
        async with running(world, journal=first) as r:
            (i,) = r.submit(made)
            r.engine.hold([i])
        first.close()
        Path(made[0].path).unlink()
        second = Journal(tmp_path / "j", pytest.fail)
        async with running(world, journal=second) as r:
            assert r.engine.claim() == [i]
            assert UploadsTaken((i,), False) in r.told.changes
            r.engine.lack(lacking(r.engine.uploads.values()))
            assert r.engine.uploads[i].lacks_file
            newer = tmp_path / "newer.dat"
            newer.write_bytes(b"newer")
            assert r.engine.relocate(i, source_of(newer))
            r.engine.release([i])
            await r.told.all_final()
            assert r.phase(i) is Phase.DONE
        second.close()

    asyncio.run(main())


def test_what_the_server_has_whole_needs_no_file(tmp_path: Path) -> None:
    async def main() -> None:
        source = Source(str(tmp_path / "gone.dat"), 10, 1)
        first = Journal(tmp_path / "j", pytest.fail)
        whole, part = first.ids(2)
        first.save(
            [
                Upload(whole, "there", source, phase=Phase.SENT, ticket=Ticket({}), sha256="ab"),
                Upload(part, "there", source, phase=Phase.SENDING, ticket=Ticket({})),
            ],
            "key",
        )
        first.close()
        second = Journal(tmp_path / "j", pytest.fail)
        async with running(World(), journal=second) as r:
            r.engine.claim()
            r.engine.lack(lacking(r.engine.uploads.values()))
            assert not r.engine.uploads[whole].lacks_file
            assert r.engine.uploads[part].lacks_file
        second.close()

    asyncio.run(main())


def test_the_others_of_a_batch_do_not_wait_for_a_file_that_is_not_there(
    sources: Make, tmp_path: Path
) -> None:
    async def main() -> None:
        world = World()
        traits = family(together=2)
        world.send_gate = asyncio.Event()
        made = sources(2, 1_000)
        first = Journal(tmp_path / "j", pytest.fail)
        async with running(world, traits=traits, journal=first) as r:
            ids = r.submit(made)
            await r.told.until(lambda: all(r.engine.uploads[i].ticket is not None for i in ids))
        first.close()
        world.send_gate.set()
        old = Path(made[1].path)
        content = old.read_bytes()
        old.unlink()
        second = Journal(tmp_path / "j", pytest.fail)
        async with running(world, traits=traits, journal=second) as r:
            r.engine.claim()
            r.engine.lack(lacking(r.engine.uploads.values()))
            there, gone = ids
            r.engine.release([there])
            await r.told.until(lambda: r.phase(there) is Phase.DONE)
            assert r.engine.uploads[gone].lacks_file
            old.write_bytes(content)
            assert r.engine.relocate(gone, source_of(old))
            r.engine.release([gone])
            await r.told.all_final()
            assert r.phase(gone) is Phase.DONE
            assert set(world.processed().values()) == {1}
        second.close()
        assert not world.left_over()

    asyncio.run(main())
