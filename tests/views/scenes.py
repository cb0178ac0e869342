"""An uploader with a family of every kind of field, and the situations a window is looked at in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.core import catalogue
from app.core.changes import Change, LaneChanged, LaneState, UploadChanged
from app.core.destinations import Destination, Secret
from app.core.drafts import Draft, Finding, Inspection, Level, Place, unwatched
from app.core.forms import Choice, Field, FieldKind
from app.core.jobs import Failure, Job, JobAction, JobState, Result
from app.core.problems import (
    Exchange,
    JobFailed,
    Refused,
    ServerFault,
    SignInProblem,
    Uncertain,
    Unreachable,
)
from app.core.uploads import Phase, Source, Ticket, Upload, Wait, Why
from app.servers.api import Family, Leftover, Step, StepState
from app.storage import Accounts, Destinations, Secrets, SettingsFile
from app.transfer.engine import Engine
from app.transfer.meter import Meter
from app.viewmodels.uploader import Uploader

MB = 1_000_000
NOW = time.time()
RESUMABLE = Ticket({"part": 1}, resumes=True)
PROFILE = "b3f4c0de-0000-4000-8000-000000000001"

OPTIONS = (
    Field("profile", "Job profile", FieldKind.CHOICE, required=True, search=True),
    Field(
        "kind",
        "Data type",
        FieldKind.CHOICE,
        default="marc",
        choices=(Choice("marc", "MARC"), Choice("edifact", "EDIFACT")),
    ),
    Field("note", "Note", shown_if=("kind", ("edifact",))),
    Field("stop", "Leave it loaded, do not process", FieldKind.CHECK, default="false"),
)
FIELDS = (
    Field(
        "url",
        "Address",
        FieldKind.ADDRESS,
        required=True,
        placeholder="https://folio.example.org",
        help="The address of the server's API, not of its web pages.",
    ),
    Field("tenant", "Tenant", required=True, placeholder="diku"),
    Field("user", "User name", required=True),
    Field(
        "mode",
        "Way of signing in",
        FieldKind.CHOICE,
        default="auto",
        choices=(Choice("auto", "As the server offers"), Choice("legacy", "The old way")),
        advanced=True,
    ),
)


def _never(*_: Any) -> Any:
    raise AssertionError("not connected in this test")


def look(source: Source, _: object) -> Inspection:
    """What an inspection of a made-up file gives, told by its name."""
    if source.name.endswith(".docx"):
        facts = {"name": source.name}
        return Inspection((Finding(catalogue.FILE_NOT_A_FILE, Level.ERROR, facts),))
    if "odd" in source.name:
        found = Finding(catalogue.FILE_CHANGED, Level.WARNING, {"name": source.name}, Place(117))
        return Inspection((found,), {"records": "1204"})
    return Inspection(facts={"records": "9000"})


async def probe(destination: Destination, secret: Secret) -> AsyncIterator[Step]:
    """A connection test whose sign-in fails when the password is “wrong”."""
    yield Step("name", "Find the server", StepState.OK, "folio.example.org is 192.0.2.7")
    yield Step("tls", "Secure connection", StepState.OK, "TLS 1.3, issued by Example Root CA")
    if secret.reveal() == "wrong":
        problem = SignInProblem(catalogue.SIGN_IN_REFUSED)
        yield Step("sign-in", "Sign in", StepState.FAILED, problem=problem)
        yield Step("rights", "Rights to import", StepState.SKIPPED)
    else:
        yield Step("sign-in", "Sign in", StepState.OK, "diku_admin at diku")
        yield Step("rights", "Rights to import", StepState.OK, "12 job profiles to choose from")


def family(key: str = "library", title: str = "FOLIO Data Import", icon: str = "library") -> Family:
    return Family(
        key=key,
        title=title,
        icon=icon,
        fields=FIELDS,
        options=OPTIONS,
        secret=Field("password", "Password", FieldKind.SECRET, required=True),
        takes=(".mrc",),
        takes_text="MARC records in .mrc, .marc or .xml; EDIFACT invoices in .edi or .inv",
        inspect=look,
        connect=_never,
        probe=probe,
        resumes=True,
        counts=(("created", "created"), ("updated", "updated"), ("discarded", "discarded")),
    )


def profiles(count: int) -> list[Choice]:
    names = ("Create instance and SRS", "Update holdings", "Create authorities", "Overlay by OCLC")
    first = Choice(PROFILE, "Default – Create instance and SRS MARC Bib", "Creates instances")
    more = (
        Choice(f"p{n}", f"{names[n % 4]} {n}", "MARC · changed by diku_admin") for n in range(count)
    )
    return [first, *more]


class QuietHost:
    """In the place of an engine's thread: answers questions, remembers commands."""

    def __init__(self, profile_count: int = 40) -> None:
        self.meters: dict[int, Meter] = {}
        self.commands: list[tuple[str, tuple[Any, ...]]] = []
        self._profiles = profiles(profile_count)

    async def call(self, command: Callable[..., Any], *args: Any, **_: Any) -> Any:
        self.commands.append((command.__name__.lstrip("_"), args))
        return []

    async def ask(self, question: Callable[..., Any], *args: Any, **_: Any) -> Any:
        await asyncio.sleep(0)
        if question is Engine.choices:
            search = args[-1].casefold()
            return [one for one in self._profiles if search in one.label.casefold()]
        if question is Engine.check:
            return [() for _ in args[1]]
        if question is Engine.leftovers:
            who, day = "diku_admin at diku", 86_400
            return [
                Leftover(Ticket({}), "roster-2025.mrc", "0 of 1 uploaded", who, NOW - 3 * day),
                Leftover(Ticket({}), "roster-now.mrc", "1 of 2 uploaded", who, NOW),
            ]
        if question is Engine.take_back:
            return True
        return await question(self)

    def names(self) -> list[str]:
        """The commands so far, by name."""
        return [name for name, _ in self.commands]


class Scene:
    """An uploader fed by hand; what a person would have done before the picture was taken."""

    def __init__(self, home: Path, families: Sequence[Family] | None = None) -> None:
        self.home = home
        self.host = QuietHost()
        self.families = {one.key: one for one in families or (family(),)}
        self.destinations = Destinations(home / "destinations.toml")
        self.accounts = Accounts(self.destinations, Secrets())
        self._told: list[Change] = []
        self.uploader = Uploader(self.accounts, SettingsFile(home / "settings.toml"))

    def server(self, name: str = "Springfield Public Library") -> str:
        settings = {"url": "https://folio.example.org", "tenant": "diku", "user": "diku_admin"}
        return self.destinations.add("library", name, settings).id

    def begin(self) -> None:
        """As the program starts; needs a running loop once there is a server."""
        self.uploader.load()
        self.uploader.begin(self.host, self.families)  # type: ignore[arg-type]

    def tell(self, *changes: Change) -> None:
        """What the engine would post."""
        for change in changes:
            self.uploader.mailbox.post(change)
        self.uploader.mailbox.flush()

    @property
    def there(self) -> str:
        return self.uploader.aim.destination

    def ready(self) -> None:
        """The server is connected."""
        self.tell(LaneChanged(self.there, LaneState.READY, "diku_admin at diku", 3, 2))

    def upload(self, id: int, name: str, phase: Phase, size: int = 20 * MB, **facts: Any) -> Upload:
        source = Source(f"/home/marge/Catalogue/deliveries/{name}", size, 1)
        facts.setdefault("options", {"profile": PROFILE, "kind": "marc"})
        return Upload(id, self.there, source, batch=1, phase=phase, **facts)

    def show(self, id: int, name: str, phase: Phase, size: int = 20 * MB, **facts: Any) -> None:
        self._told.append(UploadChanged(self.upload(id, name, phase, size, **facts)))
        self.tell(UploadChanged(self.upload(id, name, Phase.QUEUED, size)))

    def settle(self) -> None:
        """Everything shown so far takes its place, as one batch."""
        self.tell(*self._told)
        self._told.clear()

    def sending(self, id: int, name: str, size: int, sent: int, **facts: Any) -> None:
        """An upload whose meter stands at `sent`."""
        meter = Meter(size)
        meter.sent = sent
        self.host.meters[id] = meter
        self.show(id, name, Phase.SENDING, size, **facts)

    def drafts(self, *names: str, size: int = 4 * MB) -> None:
        """Files added and looked at."""
        made = [Draft(0, Source(f"/home/marge/{name}", size, 1)) for name in names]
        intake = self.uploader.intake
        for one in made:
            id = next(intake._ids)
            draft = Draft(id, one.source, look(one.source, unwatched))
            intake._put(draft)
            intake._identities[id] = (one.source.path, 0, 0)
            intake.added.emit([draft])
        intake.drafts_changed.emit()

    def busy(self) -> None:
        """One row in nearly every state."""
        self.ready()
        self.sending(1, "roster-2026.mrc", 20_300_000, 12_400_000, ticket=RESUMABLE)
        long = "nachlieferung-übersetzungen-und-sonderzeichen-äöü-ελληνικά-2026-final-v3.mrc"
        self.sending(2, long, 204_300_000, 61_000_000)
        self.show(3, "图书馆-馆藏-2026.mrc", Phase.SENT)
        running = Job("j4", JobState.RUNNING, 1_240, 9_000, link="https://folio.example.org/j4")
        self.show(4, "authorities.mrc", Phase.PROCESSING, job=_with(running, (JobAction.CANCEL,)))
        self.show(5, "invoices.edi", Phase.PROCESSING, job=Job("j5", JobState.RUNNING))
        self.show(6, "holdings-a.mrc", Phase.QUEUED, wait=Wait(Why.SLOT))
        self.show(7, "holdings-b.mrc", Phase.QUEUED, wait=Wait(Why.SLOT))
        self.show(8, "held.mrc", Phase.QUEUED, wait=Wait(Why.HELD))
        retry = Wait(Why.RETRY, time.time() + 24, (2, 5), ServerFault(catalogue.SERVER_FAULT))
        self.show(9, "again.mrc", Phase.QUEUED, wait=retry)
        lost = Uncertain(catalogue.REPLY_LOST, {"name": "lost.mrc"})
        self.show(10, "lost.mrc", Phase.FAILED, problem=lost)
        self.finished(11)

    def finished(self, first: int = 1) -> None:
        """Done, done with failed records, failed, cancelled."""
        done = Result({"created": 8_990, "updated": 10})
        link = "https://folio.example.org/data-import/job-summary/1"
        job = Job("5d0c8d4e", JobState.DONE, 9_000, 9_000, link=link, word="COMMITTED", ended=NOW)
        self.show(first, "springfield-bibs.mrc", Phase.DONE, job=job, result=done)
        failures = tuple(
            Failure(
                117 * n,
                "The 008 field is missing, so no instance could be made of this record."
                if n % 2
                else "An instance with this OCLC number exists already (in00000012345).",
                f"Moby Dick; or, The whale, volume {n}" if n % 3 else "Der Zauberberg",
                f"in0000{n:05}",
            )
            for n in range(1, 13)
        )
        some = Result({"created": 8_978, "updated": 10}, failures, 12)
        self.show(first + 1, "gift-collection.mrc", Phase.DONE, job=job, result=some)
        words = Exchange(
            "POST",
            "https://folio.example.org/data-import/uploadDefinitions",
            413,
            "741982/data-import",
            "<html><head><title>413 Request Entity Too Large</title></head></html>",
        )
        large = Refused(catalogue.TOO_LARGE, {"size": "2.3 GB"}, exchange=words)
        self.show(first + 2, "retrospective.mrc", Phase.FAILED, 2_300 * MB, problem=large)
        broken = JobFailed(catalogue.JOB_FAILED, {"reason": "no matching profile."})
        self.show(first + 3, "serials.mrc", Phase.FAILED, problem=broken, job=job)
        self.show(first + 4, "withdrawn.mrc", Phase.CANCELLED)
        self.settle()

    def cut_off(self) -> None:
        """The server cannot be reached; everything waits."""
        gone = Unreachable(catalogue.NAME_UNKNOWN, {"host": "folio.example.org"})
        self.tell(
            LaneChanged(self.there, LaneState.UNREACHABLE, problem=gone, until=time.time() + 30)
        )
        for id in (1, 2, 3):
            wait = Wait(Why.NETWORK, problem=gone)
            self.show(id, f"delivery-{id}.mrc", Phase.QUEUED, wait=wait)
        self.settle()

    def signed_out(self) -> None:
        """The server asks for a sign-in."""
        wrong = SignInProblem(catalogue.SIGN_IN_REFUSED)
        self.tell(LaneChanged(self.there, LaneState.SIGN_IN, problem=wrong))
        for id in (1, 2):
            wait = Wait(Why.SIGN_IN, problem=wrong)
            self.show(id, f"delivery-{id}.mrc", Phase.QUEUED, wait=wait)
        self.settle()


def _with(job: Job, actions: tuple[JobAction, ...]) -> Job:
    return replace(job, actions=actions)
