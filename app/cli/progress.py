"""What a run shows while it goes on: JSON lines, plain lines, bars, or nothing."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.cli.exits import Exit
from app.cli.output import Output, details, shown
from app.core.drafts import Finding, Level
from app.core.jobs import MOST_FAILURES
from app.core.problems import Problem
from app.core.uploads import Upload
from app.viewmodels import words
from app.viewmodels.row import RowState, Tone
from app.viewmodels.sentences import link

FAILURES_SHOWN = 20
PLAIN_EVERY = 10.0
"""Seconds between two plain lines about the same moving file."""
REDRAW_EVERY = 0.1
ROWS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one upload stands: what a row of the window would show."""

    upload: Upload
    state: RowState
    sent: int
    rate: float = 0.0

    @property
    def name(self) -> str:
        return self.upload.source.name


class Report(Protocol):
    """Told everything a run brings about, in order."""

    def added(self, id: int, path: str, size: int, findings: Sequence[Finding]) -> None: ...

    def not_sent(
        self, id: int, path: str, size: int, code: str, text: str, problem: Problem | None
    ) -> None:
        """A file that never became an upload: refused, ready only, or its server out of reach."""

    def state(self, standing: Standing) -> None: ...

    def progress(self, standing: Standing) -> None: ...

    def tick(self) -> None:
        """A few times a second, whether anything changed or not."""

    def result(self, standing: Standing) -> None: ...

    def finished(self, counts: Mapping[str, int], code: Exit) -> None: ...


class JsonLines:
    """One JSON object a line on standard output. The members are a contract; none goes away."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def added(self, id: int, path: str, size: int, findings: Sequence[Finding]) -> None:
        told = [
            {"id": finding.id, "level": finding.level.value, "text": words.finding(finding)}
            for finding in findings
        ]
        self._output.event(
            {"event": "added", "id": id, "path": path, "size": size, "findings": told}
        )

    def not_sent(
        self, id: int, path: str, size: int, code: str, text: str, problem: Problem | None
    ) -> None:
        event: dict[str, Any] = {"event": "state", "id": id, "path": path, "state": code}
        event |= {"text": text, "sent": 0, "size": size, "attempt": 1}
        if problem is not None:
            event["problem"] = details(problem)
        self._output.event(event)

    def state(self, standing: Standing) -> None:
        upload = standing.upload
        event: dict[str, Any] = {"event": "state", "id": upload.id, "path": upload.source.path}
        event |= {"state": standing.state.code, "text": standing.state.text}
        event |= {"sent": standing.sent, "size": upload.source.size, "attempt": upload.attempt}
        if job := _job(upload):
            event["job"] = job
        if problem := upload.problem or (upload.wait.problem if upload.wait else None):
            event["problem"] = details(problem)
        self._output.event(event)

    def progress(self, standing: Standing) -> None:
        upload = standing.upload
        event: dict[str, Any] = {"event": "progress", "id": upload.id, "sent": standing.sent}
        self._output.event(event | {"size": upload.source.size, "rate": round(standing.rate)})

    def tick(self) -> None:
        pass

    def result(self, standing: Standing) -> None:
        upload, result = standing.upload, standing.upload.result
        event: dict[str, Any] = {"event": "result", "id": upload.id, "path": upload.source.path}
        event |= {"sha256": upload.sha256, "state": standing.state.code, "job": _job(upload)}
        event["counts"] = dict(result.counts) if result else {}
        failures = result.failures[:MOST_FAILURES] if result else ()
        event["failures"] = [
            {
                "record": failure.record,
                "text": failure.text,
                "title": failure.title,
                "identifier": failure.identifier,
            }
            for failure in failures
        ]
        self._output.event(event | {"link": link(upload)})

    def finished(self, counts: Mapping[str, int], code: Exit) -> None:
        self._output.event({"event": "finished", "counts": dict(counts), "exit": code.value})


class Quiet:
    """No progress; warnings and problems on standard error, one result for each file at the end."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def added(self, id: int, path: str, size: int, findings: Sequence[Finding]) -> None:
        name = _name(path)
        for finding in findings:
            if finding.level is Level.ERROR:
                self.clear()
                self._output.problem(Problem(finding.entry, finding.facts), name=name)
            elif finding.level is Level.WARNING:
                self.line(f"{name}: {words.finding(finding)}")

    def not_sent(
        self, id: int, path: str, size: int, code: str, text: str, problem: Problem | None
    ) -> None:
        # A problem that is not the file's own is told once, not for each file.
        if problem is None:
            self._output.result(f"{_name(path)}: {text}")

    def state(self, standing: Standing) -> None:
        pass

    def progress(self, standing: Standing) -> None:
        pass

    def tick(self) -> None:
        pass

    def result(self, standing: Standing) -> None:
        upload, result = standing.upload, standing.upload.result
        self.clear()
        self._output.result(f"{standing.name}: {standing.state.text}")
        if upload.problem is not None:
            self._output.problem(upload.problem, name=standing.name)
        if result is None:
            return
        for failure in result.failures[:FAILURES_SHOWN]:
            which = f"record {failure.record}" if failure.record else failure.identifier
            which = which or "a record"
            title = f" ({failure.title})" if failure.title else ""
            self._output.result(f"  {which}{title}: {words.tr(failure.text)}")
        if (more := result.failed - FAILURES_SHOWN) > 0:
            self._output.result(f"  and {more} more; --progress json lists them")
        if address := link(upload):
            self._output.result(f"  {address}")

    def finished(self, counts: Mapping[str, int], code: Exit) -> None:
        self.clear()

    def line(self, text: str) -> None:
        self._output.words(text)

    def clear(self) -> None:
        """Make room for lasting lines."""


class Plain(Quiet):
    """A line on standard error whenever something changes, and now and then while bytes move."""

    def __init__(self, output: Output) -> None:
        super().__init__(output)
        self._last: dict[int, float] = {}
        self._said: dict[int, str] = {}

    def state(self, standing: Standing) -> None:
        if self._said.get(standing.upload.id) != standing.state.text:
            self._said[standing.upload.id] = standing.state.text
            self._last[standing.upload.id] = time.monotonic()
            if not standing.upload.phase.final:
                self.line(f"{standing.name}: {standing.state.text}")

    def progress(self, standing: Standing) -> None:
        now = time.monotonic()
        if now - self._last.get(standing.upload.id, now) >= PLAIN_EVERY:
            self._last[standing.upload.id] = now
            figures = "  ".join(standing.state.figures)
            self.line(f"{standing.name}: {standing.state.text}  {figures}")


class Bars(Quiet):
    """A line for each file in work at the bottom of the terminal, drawn ten times a second."""

    def __init__(self, output: Output) -> None:
        super().__init__(output)
        self._rows: dict[int, Standing] = {}
        self._drawn = 0
        self._last = 0.0
        self._stale = False

    def state(self, standing: Standing) -> None:
        if standing.upload.phase.final:
            self._rows.pop(standing.upload.id, None)
        else:
            self._rows[standing.upload.id] = standing
        self._draw()

    def progress(self, standing: Standing) -> None:
        self._rows[standing.upload.id] = standing
        self._draw()

    def tick(self) -> None:
        if self._stale:
            self._draw()

    def result(self, standing: Standing) -> None:
        self._rows.pop(standing.upload.id, None)
        super().result(standing)

    def line(self, text: str) -> None:
        self.clear()
        super().line(text)

    def clear(self) -> None:
        if self._drawn:
            self._output.raw(f"\x1b[{self._drawn}F\x1b[J")
            self._drawn = 0
            self._stale = True

    def _draw(self) -> None:
        now = time.monotonic()
        self._stale = now - self._last < REDRAW_EVERY
        if self._stale:
            return
        self._last = now
        size = shutil.get_terminal_size()
        room = max(1, min(ROWS_SHOWN, size.lines - 2))
        rows = sorted(self._rows.values(), key=lambda row: (not row.state.active, row.upload.id))
        lines = [_bar(row, size.columns) for row in rows[:room]]
        if len(rows) > room:
            lines.append(f"and {len(rows) - room} more")
        self.clear()
        self._output.raw("".join(f"{line}\n" for line in lines))
        self._drawn = len(lines)
        self._stale = False


def report(kind: str, output: Output) -> Report:
    """The report of this kind: auto, plain, json or none."""
    match kind:
        case "json":
            return JsonLines(output)
        case "none":
            return Quiet(output)
        case "auto" if output.terminal:
            return Bars(output)
        case _:
            return Plain(output)


def _job(upload: Upload) -> dict[str, Any] | None:
    if (job := upload.job) is None:
        return None
    return {
        "ref": job.ref,
        "state": job.state.value,
        "done": job.done,
        "total": job.total,
        "failed": job.failed,
        "link": job.link,
    }


def _name(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _bar(row: Standing, columns: int) -> str:
    """One line, never wider than the terminal: name, bar, figures or sentence."""
    width = 20
    left = 0 if row.state.sent is None else round(row.state.sent * width * 0.7)
    right = round(row.state.work * width * 0.3) if row.state.work and row.state.work > 0 else 0
    bar = "#" * left + "-" * (round(width * 0.7) - left) + "|"
    bar += "#" * right + "-" * (round(width * 0.3) - right)
    words_left = "  ".join(row.state.figures) if row.state.code == "uploading" else row.state.text
    room = max(8, min(32, columns - width - 30))
    name = shown(row.name)
    name = (
        name if len(name) <= room else f"{name[: room // 2 - 1]}..{name[-(room - room // 2 - 1) :]}"
    )
    mark = "!" if row.state.tone in (Tone.BAD, Tone.WAITING) else " "
    return f"{mark}{name:<{room}} [{bar}] {shown(words_left)}"[: max(10, columns - 1)]
