"""All there is to say about one row: facts, counts, failed records, problem."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.drafts import Draft, Finding
from app.core.forms import TRUE, FieldKind
from app.core.jobs import Failure
from app.core.problems import Problem
from app.core.uploads import Phase, Upload
from app.viewmodels import words
from app.viewmodels.sentences import link
from app.viewmodels.uploads import Target
from app.viewmodels.words import counted, tr

HELD_BACK = frozenset({"password", "secret", "token"})


@dataclass(frozen=True, slots=True)
class Details:
    """Words and numbers of one row; `facts` and `counts` in the order to show."""

    name: str
    path: str
    facts: tuple[tuple[str, str], ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    findings: tuple[Finding, ...] = ()
    problem: Problem | None = None
    failures: tuple[Failure, ...] = ()
    failed: int = 0
    """Records that failed, listed or not."""
    notes: tuple[str, ...] = ()
    link: str = ""

    def text(self) -> str:
        """The whole as plain text, to copy."""
        lines = [self.name, self.path, ""]
        lines += [f"{label}: {value}" for label, value in self.facts]
        lines += [f"{label}: {words.number(count)}" for label, count in self.counts]
        lines += self.notes
        lines += [words.finding(one) for one in self.findings]
        if self.problem is not None:
            lines += ["", *problem_lines(self.problem)]
        if self.failures:
            lines += ["", failures_text(self.failures)]
        return "\n".join(lines).strip() + "\n"


def details(upload: Upload | None, draft: Draft | None, target: Target | None) -> Details | None:
    """What the pane shows of an upload or a draft; None of neither."""
    if upload is not None:
        return _of_upload(upload, target)
    if draft is not None:
        return _of_draft(draft, target)
    return None


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
                one.text,
            )
        )
        for one in failures
    ]
    return "\n".join((head, *lines))


def _of_draft(draft: Draft, target: Target | None) -> Details:
    inspection = draft.inspection
    facts = [(tr("Size"), words.size(draft.source.size))]
    if inspection and (records := inspection.facts.get("records", "")).isdecimal():
        facts.append((tr("Records"), words.number(int(records))))
    if target is not None:
        facts.append((tr("Server"), target.destination.name))
    return Details(
        draft.source.name,
        draft.source.path,
        tuple(facts),
        findings=inspection.findings if inspection else (),
    )


def _of_upload(upload: Upload, target: Target | None) -> Details:
    result, job = upload.result, upload.job
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
        facts.append((tr("Job"), job.ref))
    named = target.family.counts if target and target.family else ()
    counts = dict(result.counts) if result else {}
    problem = upload.problem
    if problem is None and upload.wait is not None and upload.phase is Phase.QUEUED:
        problem = upload.wait.problem
    return Details(
        upload.source.name,
        upload.source.path,
        tuple(facts),
        counts=tuple((tr(word), counts[key]) for key, word in named if counts.get(key)),
        problem=problem,
        failures=result.failures if result else (),
        failed=result.failed if result else 0,
        notes=tuple(_notes(upload)),
        link=link(upload),
    )


def _chosen(upload: Upload, target: Target) -> Iterator[tuple[str, str]]:
    named = False
    for field in target.family.options if target.family else ():
        value = upload.options.get(field.key, "")
        if not value or field.key in HELD_BACK:
            continue
        if field.live:
            # The first is known by the name it was sent under; a bare id says nothing.
            label, named = "" if named else target.choice, True
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
