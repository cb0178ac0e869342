"""`longshore demo`: whole deliveries on the built-in servers; nothing of the person is touched."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.cli.context import Context
from app.cli.delivery import Delivery, Patience
from app.cli.exits import Exit
from app.cli.preflight import agreed, looked_into
from app.cli.progress import Standing
from app.cli.sandbox import available
from app.core.destinations import Secret
from app.core.drafts import Finding
from app.core.problems import Problem
from app.demo_files import OPTIONS, DemoFile, demo_files
from app.sandbox import Sandbox, Served
from app.storage import Secrets
from app.storage.paths import HOME_VARIABLE
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

    def result(self, standing: Standing) -> None:
        self.last[standing.upload.source.path] = standing

    def finished(self, counts: Mapping[str, int], code: Exit) -> None:
        pass


async def demo(arguments: argparse.Namespace, context: Context) -> Exit:
    """DONE when every file arrived and exactly the records made bad on purpose were refused."""
    with tempfile.TemporaryDirectory(prefix="longshore-demo-") as folder:
        home = Path(folder, "home")
        apart = Context(context.output, {HOME_VARIABLE: str(home)}, secrets=Secrets.in_memory())
        made = await asyncio.to_thread(demo_files, Path(folder, "files"))
        lines: list[_Line] = []
        with Sandbox(available(context.families), pace=PACE) as sandbox:
            for served in sandbox.servers:
                lines += await _delivered(served, made, apart)
    _print(lines, context)
    return Exit.DONE if lines and all(line.arrived for line in lines) else Exit.ERROR


async def _delivered(served: Served, made: Sequence[DemoFile], context: Context) -> list[_Line]:
    """All files to one server."""
    family = context.family(served.family)
    noted = _Noted(context, served.title)
    saved = await context.accounts.add(
        family.key, served.title, served.fields, Secret(served.secret)
    )
    try:
        connect = await context.connection(saved)
        files = await looked_into([str(one.path) for one in made], family)
        options = OPTIONS.get(family.key, {})
        files, groups = await agreed(files, family, options, connect, name=saved.name)
        patience = Patience(wait_limit=PATIENCE)
        await Delivery(saved.id, family, connect, noted, patience).run(files, groups)
    except Problem as problem:
        context.output.problem(problem)
    lines = []
    for one in made:
        standing = noted.last.get(str(one.path))
        result = standing.upload.result if standing else None
        text = standing.state.text if standing else "was not sent"
        arrived = result is not None and result.complete and result.failed == one.bad
        if one.bad and arrived:
            text += " (as meant: they were made without a title)"
        lines.append(_Line(served.title, one.path.name, arrived, text))
    return lines


def _print(lines: Sequence[_Line], context: Context) -> None:
    server = max((len(line.server) for line in lines), default=0)
    file = max((len(line.file) for line in lines), default=0)
    for line in lines:
        mark = "ok    " if line.arrived else "FAILED"
        context.output.result(f"{mark}  {line.server:<{server}}  {line.file:<{file}}  {line.text}")
