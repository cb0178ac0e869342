"""Uploads against curl and against a plain httpx2 client, all to the same sink."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx2

from app.servers.bodies import Sized
from app.servers.http import Http
from app.servers.multipart import Multipart
from app.transfer.body import FileBody, source_of
from app.transfer.limit import Limit
from app.transfer.meter import Meter
from tests.bench.measure import Clock, Result, Run, Runner, compared, of_command, of_coroutine

SMALL = 20 * 1024
AT_ONCE = 8
MIB = 1024 * 1024
BLOCK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """Where and how much is measured. `curl` is None where there is none."""

    folder: Path
    plain: int
    secure: int
    ca_file: Path
    curl: str | None
    large: int
    small: int
    pairs: int

    def base(self, scheme: str) -> str:
        return f"{scheme}://localhost:{self.secure if scheme == 'https' else self.plain}"

    def large_file(self) -> Path:
        """A sparse file: its blocks cost no disk, so that the network side is what is measured."""
        path = self.folder / "large.mrc"
        if not path.exists():
            with path.open("wb") as file:
                file.truncate(self.large)
        return path

    def small_files(self) -> list[Path]:
        made = [self.folder / f"small-{number}.mrc" for number in range(self.small)]
        for path in made:
            if not path.exists():
                path.write_bytes(bytes(SMALL))
        return made


class Unwatched:
    """A file's blocks and nothing else: what is left to measure is the HTTP client."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = path.stat().st_size

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with self._path.open("rb", buffering=0) as file:
            while block := file.read(BLOCK):
                yield block


Body = Callable[[Path, ThreadPoolExecutor], Sized]


def unwatched(path: Path, threads: ThreadPoolExecutor) -> Sized:
    return Unwatched(path)


def whole(path: Path, threads: ThreadPoolExecutor) -> Sized:
    """As the program sends: read ahead, watched for change, counted, and its SHA-256 computed."""
    source = source_of(path)
    return FileBody(source, Meter(source.size), Limit(), threads)


def form(path: Path, threads: ThreadPoolExecutor) -> Sized:
    return Multipart("file", path.name, Unwatched(path))


def large_http(place: Place) -> Iterator[Result]:
    yield from _large(place, "http", "1.0 of curl")


def large_https(place: Place) -> Iterator[Result]:
    yield from _large(place, "https", "1.0 of curl [1.2]; with SHA-256 0.9 of without")


def large_form(place: Place) -> Iterator[Result]:
    path = place.large_file()
    others = {"httpx2": of_coroutine(lambda: _plain_form(place, path))}
    if place.curl:
        url = f"{place.base('http')}/form"
        command = [place.curl, "-sS", "-H", "Expect:", "-F", f"file=@{path}", url]
        others = {"curl -F": of_command(command)} | others
    ours = of_coroutine(lambda: _ours_large(place, "http", form))
    seconds, against = compared(ours, others, place.pairs)
    yield Result(
        "a form with one large file", place.large / MIB, "MiB", seconds, against, "0.95 of curl"
    )


def small_near(place: Place) -> Iterator[Result]:
    yield _small(place, 0, "")


def small_far(place: Place) -> Iterator[Result]:
    yield _small(place, 20, "0.95 of curl")


def _large(place: Place, scheme: str, goal: str) -> Iterator[Result]:
    path, amount = place.large_file(), place.large / MIB
    others: dict[str, Runner] = {"httpx2": of_coroutine(lambda: _plain_large(place, scheme))}
    if place.curl:
        url = f"{place.base(scheme)}/data"
        trust = ("--cacert", str(place.ca_file))
        command = [place.curl, "-sS", *trust, "-H", "Expect:", "-T", str(path), url]
        others = {"curl -T": of_command(command)} | others
    ours = of_coroutine(lambda: _ours_large(place, scheme, unwatched))
    seconds, against = compared(ours, others, place.pairs)
    yield Result(f"one large file, {scheme}", amount, "MiB", seconds, against, goal)
    others = {"without": ours}
    ours = of_coroutine(lambda: _ours_large(place, scheme, whole))
    seconds, against = compared(ours, others, place.pairs)
    yield Result("the same, watched and with SHA-256", amount, "MiB", seconds, against)


def _small(place: Place, delay: int, goal: str) -> Result:
    files = place.small_files()
    url = f"{place.base('http')}/delay/{delay}"
    others: dict[str, Runner] = {"httpx2": of_coroutine(lambda: _plain_small(files, url))}
    if place.curl:
        listed = place.folder / f"small-{delay}.curl"
        line = 'upload-file = "{}"\nurl = "{}"\noutput = "{}"\n'
        answer = place.folder / "answer"
        listed.write_text("".join(line.format(path, url, answer) for path in files))
        command = [
            *(place.curl, "-sS", "-H", "Expect:", "--parallel", "--parallel-immediate"),
            *("--parallel-max", str(AT_ONCE), "-K", str(listed)),
        ]
        others = {"curl --parallel": of_command(command)} | others
    ours = of_coroutine(lambda: _ours_small(files, url))
    seconds, against = compared(ours, others, place.pairs)
    where = f"{delay} ms away" if delay else "on loopback"
    name = f"small files, {AT_ONCE} at once, {where}"
    return Result(name, len(files), "files", seconds, against, goal)


async def _ours_large(place: Place, scheme: str, body: Body) -> Run:
    settings = {"ca_file": str(place.ca_file)}
    with ThreadPoolExecutor(2) as threads:
        async with Http(settings, base=place.base(scheme)) as http:
            # A destination's trust and sign-in come once, long before its files.
            await http.call("POST", "/")
            with Clock() as clock:
                await http.send("PUT", "/data", body(place.large_file(), threads))
            return clock.run


async def _ours_small(files: list[Path], url: str) -> Run:
    with ThreadPoolExecutor(4) as threads, Clock() as clock:
        async with Http({}) as http:
            left = iter(files)

            async def one_after_another() -> None:
                for path in left:
                    await http.send("PUT", url, whole(path, threads))

            await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
    return clock.run


async def _read(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(64 * 1024):
            yield block


async def _plain_large(place: Place, scheme: str) -> Run:
    context = ssl.create_default_context(cafile=place.ca_file)
    path = place.large_file()
    async with httpx2.AsyncClient(verify=context, timeout=60) as client:
        await client.post(place.base(scheme))
        headers = {"Content-Length": str(path.stat().st_size)}
        with Clock() as clock:
            url = f"{place.base(scheme)}/data"
            (await client.put(url, content=_read(path), headers=headers)).raise_for_status()
    return clock.run


async def _plain_form(place: Place, path: Path) -> Run:
    async with httpx2.AsyncClient(timeout=60) as client:
        await client.post(place.base("http"))
        with Clock() as clock, path.open("rb") as file:
            url = f"{place.base('http')}/form"
            (await client.post(url, files={"file": file})).raise_for_status()
    return clock.run


async def _plain_small(files: list[Path], url: str) -> Run:
    async with httpx2.AsyncClient(timeout=60) as client:
        with Clock() as clock:
            left = iter(files)

            async def one_after_another() -> None:
                for path in left:
                    headers = {"Content-Length": str(path.stat().st_size)}
                    await client.put(url, content=_read(path), headers=headers)

            await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
    return clock.run
