"""`longshore demo`: whole deliveries on the built-in servers; nothing of the person is touched."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.cli.context import Context
from app.cli.delivery import Delivery, Patience
from app.cli.exits import Exit
from app.cli.preflight import agreed, looked_into
from app.cli.progress import Standing
from app.core.destinations import Destination
from app.core.drafts import Finding
from app.core.problems import Problem
from app.demo import Demo, running
from app.demo_files import OPTIONS, DemoFile
from app.storage import connection
from app.viewmodels import words

PACE = 4.0
"""How much faster than real servers the built-in ones work, so that the demo takes seconds."""

PATIENCE = 120.0
"""Seconds for the work of a built-in server; it needs a few."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One row of the table at the end."""

    server: str
    file: str
    arrived: bool
    text: str


class _Noted:
    """A report that keeps the last word about each file."""

    def __init__(self, context: Context, server: str) -> None:
        self._context = context
        self._server = server
        self.last: dict[str, Standing] = {}

    def added(self, id: int, path: str, size: int, findings: Sequence[Finding]) -> None:
        name = Path(path).name
        self._context.output.words(f"{self._server}: {name} ({words.size(size)})")

    def not_sent(
        self, id: int, path: str, size: int, code: str, text: str, problem: Problem | None
    ) -> None:
        pass

    def state(self, standing: Standing) -> None:
        pass

    def progress(self, standing: Standing) -> None:
        pass

    def tick(self) -> None:
        pass

    def result(self, standing: Standing) -> None:
        self.last[standing.upload.source.path] = standing

    def finished(self, counts: Mapping[str, int], code: Exit) -> None:
        pass


async def demo(arguments: argparse.Namespace, context: Context) -> Exit:
    """DONE when every file arrived and exactly the records made bad on purpose were refused."""
    lines: list[_Line] = []
    with running(pace=PACE) as stand:
        await stand.furnish()
        for destination in stand.accounts.destinations.all():
            lines += await _delivered(destination, stand, context)
    _print(lines, context)
    return Exit.DONE if lines and all(line.arrived for line in lines) else Exit.ERROR


async def _delivered(destination: Destination, stand: Demo, context: Context) -> list[_Line]:
    """All files of its family to one server."""
    family = context.family(destination.family)
    made = stand.files_of(family.key)
    noted = _Noted(context, destination.name)
    connect = connection(stand.accounts, family.connect, destination.id)
    options = OPTIONS.get(family.key, {})
    try:
        files = await looked_into([str(one.path) for one in made], family)
        files, groups = await agreed(files, family, options, connect, name=destination.name)
        delivery = Delivery(destination.id, family, connect, noted, Patience(wait_limit=PATIENCE))
        await delivery.run(files, groups)
    except Problem as problem:
        context.output.problem(problem)
    return [_line(destination.name, one, noted.last.get(str(one.path))) for one in made]


def _line(server: str, made: DemoFile, standing: Standing | None) -> _Line:
    result = standing.upload.result if standing else None
    text = standing.state.text if standing else "was not sent"
    arrived = result is not None and result.complete and result.failed == made.bad
    if made.bad and arrived:
        text += " (as meant: they were made bad)"
    return _Line(server, made.path.name, arrived, text)


def _print(lines: Sequence[_Line], context: Context) -> None:
    server = max((len(line.server) for line in lines), default=0)
    file = max((len(line.file) for line in lines), default=0)
    for line in lines:
        mark = "ok    " if line.arrived else "FAILED"
        context.output.result(f"{mark}  {line.server:<{server}}  {line.file:<{file}}  {line.text}")
