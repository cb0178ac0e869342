"""Whole deliveries by the real engine through a troubled network, and how they must have ended."""

from __future__ import annotations

import asyncio
import hashlib
import random
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from app.core.changes import Change, LaneChanged, UploadChanged
from app.core.destinations import Destination, Secret
from app.core.problems import Uncertain
from app.core.uploads import Phase, Upload, Why
from app.sandbox import Sandbox, Served
from app.servers.api import Connect, Family
from app.servers.folio import FAMILY as FOLIO
from app.servers.folio.rhythm import Rhythm as FolioRhythm
from app.servers.folio.server import connect as connect_folio
from app.servers.ssc import FAMILY as SSC
from app.servers.ssc.rhythm import Rhythm as SscRhythm
from app.servers.ssc.server import connect as connect_ssc
from app.servers.tao import FAMILY as TAO
from app.servers.tao.rhythm import Rhythm as TaoRhythm
from app.servers.tao.server import connect as connect_tao
from app.storage.journal import Journal
from app.transfer.body import source_of
from app.transfer.engine import Engine
from app.transfer.journal import Journal as AnyJournal
from app.transfer.journal import NoJournal
from app.transfer.lanes import Route
from app.transfer.retry import Policy
from tests.servers.fprs import archive, fpr
from tests.servers.marc import marc
from tests.servers.rosters import users

SILENCE = 1.0
"""Seconds of silence after which the client gives a request up, whatever its usual patience."""
PATIENT = Policy(scale=0.02, poll_first=1.0, poll_longest=4.0)
PROFILE = "Default - Create instance and SRS MARC Bib"
LIMIT = 90.0
FIRST_PORT, LAST_PORT = 20_000, 32_000

Made = Callable[[Path, random.Random, int], list[Path]]


@dataclass(frozen=True)
class Mode:
    """One family in one of its ways to send.

    `arrived`: the SHA-256 of each file the server works on, once per time.
    """

    name: str
    family: Family
    connect: Connect
    options: Mapping[str, str]
    sandbox: Mapping[str, Any]
    files: Made
    arrived: Callable[[Served], list[str]]
    may_be_uncertain: bool = False
    """Whether the protocol offers no way to ask what became of a file."""

    def __str__(self) -> str:
        return self.name


def _marc(folder: Path, random: random.Random, count: int) -> list[Path]:
    made = []
    for index in range(count):
        path = folder / f"records-{random.getrandbits(40):x}.mrc"
        padding = random.choice((0, 0, 2000, 8000))
        number = random.getrandbits(24)
        records = (marc(f"Title {n}", number + n, padding=padding) for n in range(8 + index))
        path.write_bytes(b"".join(records))
        made.append(path)
    return made


def _fprs(folder: Path, random: random.Random, count: int) -> list[Path]:
    made = []
    for _ in range(count):
        number = random.getrandbits(60)
        path = fpr(folder / f"shop-{number:x}.fpr", number)
        if random.random() < 0.5:
            noise = random.randbytes(150_000)
            whole = folder / f"large-{number:x}.fpr"
            path = archive(whole, {**_entries(path), "src-archive/1": noise})
        made.append(path)
    return made


def _entries(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as held:
        return {name: held.read(name) for name in held.namelist()}


def _rosters(folder: Path, random: random.Random, count: int) -> list[Path]:
    return [
        users(
            folder / f"users-{random.getrandbits(40):x}.csv",
            random.choice((20, 800)),
            first=random.getrandbits(30),
        )
        for _ in range(count)
    ]


def _folio_arrived(served: Served) -> list[str]:
    calls = served.books.process_calls
    twice = {id: count for id, count in calls.items() if count > 1}
    assert not twice, f"started more than once: {twice}"
    return [
        file.sha256
        for file in served.books.files
        if not file.removed and calls.get(file.definition_id) == 1
    ]


def _folio(split: bool) -> Mode:
    return Mode(
        name=f"folio-{'split' if split else 'raw'}",
        family=FOLIO,
        connect=partial(connect_folio, rhythm=FolioRhythm(0.05, silence=SILENCE, visible=100)),
        options={"job_profile": PROFILE},
        sandbox={"split": split, "visible_after": 0.02},
        files=_marc,
        arrived=_folio_arrived,
    )


def _ssc(way: str) -> Mode:
    return Mode(
        name=f"ssc-{way}",
        family=SSC,
        connect=partial(connect_ssc, rhythm=SscRhythm(0.1, silence=SILENCE, unanswered=15)),
        options={"application": "Shop", "version": "1.0", "upload": way},
        sandbox={"auth": "password", "visible_after": 0.05},
        files=_fprs,
        arrived=lambda served: [
            one.sha256 for one in served.books.artifacts.values() if not one.gone
        ],
    )


MODES: Sequence[Mode] = (
    _folio(False),
    _folio(True),
    _ssc("rest"),
    _ssc("token"),
    Mode(
        name="tao",
        family=TAO,
        connect=partial(connect_tao, rhythm=TaoRhythm(0.1, silence=SILENCE)),
        options={},
        sandbox={"visible_after": 0.02},
        files=_rosters,
        arrived=lambda served: [one.sha256 for one in served.books.imports.values()],
        may_be_uncertain=True,
    ),
)


SENDING: Mapping[str, str] = {
    "folio-raw": "POST */files/*",
    "folio-split": "PUT *",
    "ssc-rest": "POST */projectVersions/*/artifacts",
    "ssc-token": "POST */resultFileUpload.html",
    "tao": "POST */upload",
}
"""The request that carries a file's bytes, as a pattern of faults."""


def large_file(mode: Mode, folder: Path, size: int) -> Path:
    """A file of about `size` bytes."""
    if mode.family is FOLIO:
        path = folder / "large.mrc"
        records = (marc(f"Title {n}", n, padding=20_000) for n in range(size // 20_000))
        path.write_bytes(b"".join(records))
        return path
    if mode.family is SSC:
        small = _entries(fpr(folder / "small.fpr", 3))
        return archive(folder / "large.fpr", {**small, "noise": random.Random(3).randbytes(size)})
    return users(folder / "large.csv", size // 70)


@contextmanager
def sandbox_of(mode: Mode, **options: Any) -> Iterator[tuple[Sandbox, Served, tuple[int, int]]]:
    """A sandbox and its two ports: that of the service, and that of its storage if it has one."""
    chosen = random.Random()
    while True:
        port = chosen.randrange(FIRST_PORT, LAST_PORT, 2)
        box = Sandbox((mode.family.key,), port=port, **{"pace": 100.0, **mode.sandbox, **options})
        try:
            box.__enter__()
        except OSError:
            # Somebody else's port; the next one may be free.
            continue
        break
    try:
        yield box, box.served(mode.family.key), (port, port + 1)
    finally:
        box.__exit__(None, None, None)


@dataclass
class Told:
    """What the engine told: the uploads as they are, and every lane state that was shown."""

    uploads: dict[int, Upload] = field(default_factory=dict)
    phases: dict[int, list[Phase]] = field(default_factory=dict)
    lanes: list[LaneChanged] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._woken = asyncio.Event()

    def __call__(self, change: Change) -> None:
        if isinstance(change, UploadChanged):
            self.uploads[change.upload.id] = change.upload
            phases = self.phases.setdefault(change.upload.id, [])
            if not phases or phases[-1] is not change.upload.phase:
                phases.append(change.upload.phase)
        elif isinstance(change, LaneChanged):
            self.lanes.append(change)
        self._woken.set()

    async def until(self, true: Callable[[], bool], seconds: float = LIMIT) -> None:
        async with asyncio.timeout(seconds):
            while not true():
                self._woken.clear()
                await self._woken.wait()

    @property
    def ended(self) -> bool:
        return all(one.phase.final for one in self.uploads.values())

    @property
    def held(self) -> list[int]:
        return [
            one.id
            for one in self.uploads.values()
            if one.wait is not None and one.wait.why is Why.HELD
        ]

    def summary(self) -> str:
        return "; ".join(
            f"{one.id} {' '.join(self.phases[one.id])} {one.wait or ''} {one.problem or ''}"
            for one in self.uploads.values()
        )


def routed(mode: Mode, fields: Mapping[str, str], secret: str) -> Callable[[str], Route]:
    """The route of an engine to the one server at these connection fields."""
    destination = Destination("there", mode.family.key, "There", dict(fields))
    return lambda _: Route(mode.family, partial(mode.connect, destination, Secret(secret)))


def journal_in(folder: Path) -> Journal:
    def told(problem: object) -> None:
        raise AssertionError(f"the journal has trouble: {problem}")

    return Journal(folder, told)


async def delivered(
    mode: Mode,
    served: Served,
    fields: Mapping[str, str],
    paths: Sequence[Path],
    *,
    journal: AnyJournal | None = None,
    policy: Policy = PATIENT,
) -> Told:
    """Sends the files to the server at these fields until each upload is final, and leaves."""
    told = Told()
    route = routed(mode, fields, served.secret)
    try:
        async with Engine(route, told, journal or NoJournal(), policy) as engine:
            engine.submit("there", [source_of(path) for path in paths], mode.options)
            while not told.ended:
                await told.until(lambda: told.ended or bool(told.held))
                # The person lets the files behind one that is uncertain go on.
                engine.release(told.held)
    except TimeoutError:
        raise AssertionError(f"not all ended: {told.summary()}") from None
    return told


def judge(mode: Mode, served: Served, told: Told, paths: Sequence[Path]) -> int:
    """Asserts that all ended right; how many uploads are left for the person to decide."""
    arrived = Counter(mode.arrived(served))
    unsure = 0
    for path, upload in zip(paths, told.uploads.values(), strict=True):
        assert Path(upload.source.path) == path
        times = arrived[hashlib.sha256(path.read_bytes()).hexdigest()]
        if isinstance(upload.problem, Uncertain) and mode.may_be_uncertain:
            assert upload.phase is Phase.FAILED and times <= 1, told.summary()
            unsure += 1
            continue
        assert upload.phase is Phase.DONE, told.summary()
        assert times == 1, f"{path.name} is there {times} times; {told.summary()}"
        assert upload.result is not None and upload.result.complete, told.summary()
    return unsure


def quicker(mode: Mode, **rhythm: Any) -> Mode:
    """The mode with other times of its adapter."""
    connect = mode.connect
    assert isinstance(connect, partial)
    changed = replace(connect.keywords["rhythm"], **rhythm)
    return replace(mode, connect=partial(connect.func, rhythm=changed))
