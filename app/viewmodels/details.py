"""All there is to say about one row: facts, counts, failed records, problem."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.drafts import Draft, Finding, Level
from app.core.forms import TRUE, FieldKind
from app.core.jobs import Failure, JobAction, JobState
from app.core.problems import Problem
from app.core.uploads import Phase, Upload
from app.transfer.upload_log import LogLine
from app.viewmodels import words
from app.viewmodels.corrected import healed
from app.viewmodels.failed import can_cut
from app.viewmodels.sentences import counts_again, link
from app.viewmodels.timeline import Event, of_draft, sending, serving, timeline
from app.viewmodels.uploads import Target
from app.viewmodels.words import counted, tr

_IDS = (
    ("hrid", "Job number"),
    ("job", "Job"),
    ("definition", "Upload definition"),
    ("artifact", "Artifact"),
    ("reference", "Reference"),
)
"""Which facts of a job are of use to the people who run the server."""

_OVER = frozenset({Phase.CANCELLED, Phase.FAILED, Phase.UNWATCHED})

HELD_BACK = frozenset({"password", "secret", "token"})


@dataclass(frozen=True, slots=True)
class Beyond:
    """What is known of an upload besides itself."""

    now: float
    """Seconds since the epoch."""
    usual: float | None = None
    """Seconds its server usually takes for the same; None while too little is known."""
    log: tuple[LogLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Details:
    """Words and numbers of one row; `facts` and `counts` in the order to show."""

    name: str
    path: str
    facts: tuple[tuple[str, str], ...] = ()
    ids: tuple[tuple[str, str], ...] = ()
    """What the people who run the server ask for, to be copied one by one."""
    clocks: tuple[tuple[str, str], ...] = ()
    """How long the sending took, and how long the server did."""
    timeline: tuple[Event, ...] = ()
    log: tuple[str, ...] = ()
    """What the program logged about it, as far as that is still known."""
    counts: tuple[tuple[str, int], ...] = ()
    findings: tuple[Finding, ...] = ()
    open_questions: frozenset[str] = frozenset()
    """The ids of those findings that the person may decide about now."""
    accepted: frozenset[str] = frozenset()
    """The ids of those in spite of which the file is sent."""
    correctable: frozenset[str] = frozenset()
    """The ids of those of which a corrected copy would be free."""
    records: int = 0
    """How many records or rows were counted in the file; 0 if that is not known."""
    previewed: bool = False
    """Whether the contents can be shown."""
    problem: Problem | None = None
    failures: tuple[Failure, ...] = ()
    failed: int = 0
    """Records that failed, listed or not."""
    cuts: bool = False
    """The failed records can be saved as a file of their own."""
    notes: tuple[str, ...] = ()
    link: str = ""
    approves: bool = False
    """The person may give the approval the server waits for."""

    def text(self) -> str:
        """The whole as plain text, to copy."""
        lines = [self.name, self.path, ""]
        named = (*self.facts, *self.clocks, *self.ids)
        lines += [f"{label}: {value}" for label, value in named]
        lines += [f"{label}: {words.number(count)}" for label, count in self.counts]
        lines += self.notes
        for one in self.findings:
            problem = Problem(one.entry, one.facts)
            lines += ["", words.finding(one), words.meaning(problem)]
            lines += [f"– {advice}" for advice in words.advice(problem)]
        if self.problem is not None:
            lines += ["", *problem_lines(self.problem)]
        if self.failures:
            lines += ["", failures_text(self.failures)]
        if self.timeline:
            lines += ["", tr("Timeline"), *map(_event_text, self.timeline)]
        if self.log:
            lines += ["", tr("Technical log"), *self.log]
        return "\n".join(lines).strip() + "\n"


def details(
    upload: Upload | None, draft: Draft | None, target: Target | None, beyond: Beyond
) -> Details | None:
    """What the pane shows of an upload or a draft; None of neither.

    Of an upload, `draft` is what it was before it was sent.
    """
    if upload is not None:
        return _of_upload(upload, draft, target, beyond)
    if draft is not None:
        return _of_draft(draft, target, beyond)
    return None


def _event_text(event: Event) -> str:
    took = f"  ({event.took})" if event.took else ""
    return f"{event.time}  {event.what}{took}"


def _log_text(line: LogLine) -> str:
    """“10:42:07  GET https://…: 200  (14 times)”"""
    text = f"{words.second(line.at)}  {line.text}"
    if line.times == 1:
        return text
    return counted(line.times, "{text}  ({n} time)", "{text}  ({n} times)", text=text)


def problem_lines(problem: Problem) -> Iterator[str]:
    """A problem in full as lines of plain text, technical details included."""
    yield words.title(problem)
    yield words.meaning(problem)
    yield from (f"– {advice}" for advice in words.advice(problem))
    yield ""
    yield from technical_lines(problem)


def technical_lines(problem: Problem) -> Iterator[str]:
    """What the people who run the server ask for. Addresses come without their query."""
    yield tr("Problem: {id}", id=problem.id)
    exchange = problem.exchange
    if exchange is None:
        return
    if exchange.url:
        yield tr("Request: {method} {url}", method=exchange.method, url=exchange.url)
    if exchange.status is not None:
        yield tr("Status: {status}", status=exchange.status)
    if exchange.request_id:
        yield tr("Request id: {id}", id=exchange.request_id)
    if exchange.body:
        yield tr("The server's words:")
        yield exchange.body


def failures_text(failures: tuple[Failure, ...]) -> str:
    """One record a line, separated by tabs, for a spreadsheet."""
    head = "\t".join((tr("Record"), tr("Title"), tr("Identifier"), tr("Message")))
    lines = [
        "\t".join(
            re.sub(r"\s+", " ", piece)
            for piece in (
                "" if one.record is None else str(one.record),
                one.title,
                one.identifier,
                tr(one.text),
            )
        )
        for one in failures
    ]
    return "\n".join((head, *lines))


def _of_draft(draft: Draft, target: Target | None, beyond: Beyond) -> Details:
    inspection = draft.inspection or draft.glanced
    facts = [(tr("Size"), words.size(draft.source.size))]
    told = inspection.facts.get("records", "") if inspection else ""
    records = int(told) if told.isdecimal() else 0
    if told.isdecimal():
        facts.append((tr("Records"), words.number(records)))
    if target is not None:
        facts.append((tr("Server"), target.destination.name))
    return Details(
        draft.source.name,
        draft.source.path,
        tuple(facts),
        findings=inspection.findings if inspection else (),
        open_questions=frozenset(one.id for one in draft.askable),
        accepted=draft.accepted,
        correctable=healed(draft, target.family if target else None),
        records=records,
        previewed=draft.inspection is not None,
        timeline=of_draft(draft, beyond.now),
    )


def _of_upload(
    upload: Upload, prepared: Draft | None, target: Target | None, beyond: Beyond
) -> Details:
    result, job = upload.result, upload.job
    family = target.family if target else None
    inspection = prepared.inspection if prepared else None
    findings = inspection.findings if inspection else ()
    facts = [(tr("Size"), words.size(upload.source.size))]
    if target is not None:
        facts.append((tr("Server"), target.destination.name))
        facts += _chosen(upload, target)
    if upload.attempt > 1:
        facts.append((tr("Attempt"), words.number(upload.attempt)))
    if job is not None:
        if job.word:
            facts.append((tr("Server says"), job.word))
        if job.started:
            facts.append((tr("Begun"), words.clock(job.started)))
        if job.ended:
            facts.append((tr("Ended"), words.clock(job.ended)))
    named = family.counts if family else ()
    counts = dict(result.counts) if result else {}
    failed = result.failed if result else 0
    problem = upload.problem
    if problem is None and upload.wait is not None and upload.phase is Phase.QUEUED:
        problem = upload.wait.problem
    if problem is None and job is not None and job.note is not None:
        level = Level.WARNING if job.state is JobState.APPROVAL else Level.INFO
        findings = (Finding(job.note, level, job.facts), *findings)
    return Details(
        upload.source.name,
        upload.source.path,
        tuple(facts),
        ids=tuple(_ids(upload)),
        clocks=tuple(_clocks(upload, beyond)),
        timeline=timeline(upload, prepared, target, beyond.now),
        log=tuple(map(_log_text, beyond.log)),
        counts=tuple(
            (tr(word), counts[key])
            for key, word in named
            if counts.get(key) and (key == "failed" or not counts_again(key, counts[key], failed))
        ),
        findings=findings,
        accepted=prepared.accepted if prepared else frozenset(),
        problem=problem,
        failures=result.failures if result else (),
        failed=failed,
        cuts=can_cut(upload, family),
        approves=upload.phase is Phase.PROCESSING
        and job is not None
        and JobAction.APPROVE in job.actions,
        notes=tuple(_notes(upload)),
        link=link(upload),
    )


def _ids(upload: Upload) -> Iterator[tuple[str, str]]:
    facts = upload.job.facts if upload.job is not None else {}
    yield from ((tr(name), facts[key]) for key, name in _IDS if facts.get(key))
    if upload.sha256:
        yield tr("SHA-256"), upload.sha256


def _clocks(upload: Upload, beyond: Beyond) -> Iterator[tuple[str, str]]:
    if sent := words.duration(sending(upload, beyond.now)):
        yield tr("Time sending"), sent
    if served := words.duration(serving(upload, beyond.now)):
        yield tr("Time on the server"), served
    if beyond.usual is not None and upload.phase not in _OVER:
        yield tr("Usually takes"), words.eta(beyond.usual) or words.duration(beyond.usual)


def _chosen(upload: Upload, target: Target) -> Iterator[tuple[str, str]]:
    for field in target.family.options if target.family else ():
        value = upload.options.get(field.key, "")
        as_usual = field.advanced and value == field.default
        if not value or as_usual or field.key in HELD_BACK:
            continue
        if field.live:
            # A bare id says nothing.
            label = target.labels.get(field.key, "")
        elif field.kind is FieldKind.CHECK:
            label = tr("yes") if value == TRUE else ""
        else:
            label = tr(next((one.label for one in field.choices if one.value == value), value))
        if label:
            yield tr(field.label), label


def _notes(upload: Upload) -> Iterator[str]:
    result = upload.result
    if result is None:
        return
    yield from (tr(note) for note in result.notes)
    listed = len(result.failures)
    if listed < result.failed:
        yield counted(
            listed,
            "{n} of {all} failed records is listed.",
            "{n} of {all} failed records are listed.",
            all=words.number(result.failed),
        )
