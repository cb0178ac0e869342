"""Files that are not where they were: found again by the person, checked, and used."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.core import catalogue
from app.core.drafts import Draft, Level
from app.core.problems import FileProblem
from app.core.uploads import Source, Upload
from app.inspection.looks import inspected
from app.servers.api import Family
from app.transfer.digest import digested
from app.transfer.engine import Engine
from app.transfer.local_file import source_of
from app.viewmodels import words
from app.viewmodels.notices import Notice
from app.viewmodels.row import Tone
from app.viewmodels.uploads import UploadsModel
from app.viewmodels.words import counted, tr

if TYPE_CHECKING:
    from app.transfer.host import EngineHost


@dataclass(frozen=True, slots=True)
class Fitting:
    """A file just added that has the name of one a row needs again."""

    row: str
    draft: int
    path: Path


class LostFiles:
    """`host` gives the engine's host, `family` the family of a destination's id."""

    def __init__(
        self,
        uploads: UploadsModel,
        host: Callable[[], EngineHost],
        family: Callable[[str], Family | None],
        tell: Callable[[Notice], None],
    ) -> None:
        self._uploads = uploads
        self._host = host
        self._family = family
        self._tell = tell

    async def use(self, id: str, path: Path) -> None:
        """The file of this row is `path` from now on, and the row goes on.

        Raises FileProblem when it cannot be read, is another file than the one begun with, or is
        nothing the server's family takes.
        """
        upload = self._uploads.upload(id)
        if upload is None:
            return
        source = await asyncio.to_thread(source_of, path)
        known = upload.sha256 or upload.fingerprint if upload.ticket is not None else ""
        sha256 = ""
        if upload.ticket is None:
            await self._inspected(upload, source)
        elif known and source.size == upload.source.size:
            sha256 = await digested(source, tell=lambda done: self._comparing(source, done))
        if not await self._host().call(_go_on, upload.id, source, sha256):
            difference = (
                tr("what is in them differs")
                if known
                else tr("their sizes or their times of last change differ")
            )
            facts = {
                "name": upload.source.name,
                "found": source.name,
                "difference": difference,
            }
            raise FileProblem(catalogue.FILE_ANOTHER, facts)
        self._tell(Notice(tr("“{name}” goes on with this file.", name=source.name), Tone.GOOD))

    def fitting(self, drafts: Sequence[Draft]) -> list[Fitting]:
        """Those of the drafts that have the name of a file a row needs."""
        lost: dict[str, str] = {}
        for id in self._uploads.ids(("needs_input", "failed")):
            upload = self._uploads.upload(id)
            if upload is not None and self._uploads.is_own(id) and _lost(upload):
                lost.setdefault(upload.source.name.casefold(), id)
        if not lost:
            return []
        return [
            Fitting(row, draft.id, Path(draft.source.path))
            for draft in drafts
            if (row := lost.pop(draft.source.name.casefold(), ""))
        ]

    def _comparing(self, source: Source, done: float) -> None:
        share = words.percent(done)
        self._tell(Notice(tr("Comparing “{name}”: {share}", name=source.name, share=share)))

    async def _inspected(self, upload: Upload, source: Source) -> None:
        """Nothing of it was sent, so any file will do that could have been added."""
        family = self._family(upload.destination)
        if family is None:
            return
        inspection = await asyncio.to_thread(inspected, family, source)
        for finding in inspection.findings:
            if finding.level is Level.ERROR:
                raise FileProblem(finding.entry, finding.facts)


def offer(found: Sequence[Fitting]) -> Notice:
    """Asks whether files just added are the ones that are needed."""
    n = len(found)
    return Notice(
        counted(
            n,
            "“{name}” has the name of a file that an upload needs again.",
            "{n} files have the names of files that uploads need again.",
            name=found[0].path.name,
        ),
        Tone.WAITING,
        offer=counted(n, "Use it for that upload", "Use them for those uploads"),
        found=tuple(found),
    )


def _lost(upload: Upload) -> bool:
    if upload.lacks_file:
        return True
    return upload.problem is not None and upload.problem.id == catalogue.FILE_MISSING.id


def _go_on(engine: Engine, id: int, source: Source, sha256: str) -> bool:
    """One command, so that nothing can happen in between."""
    if not engine.relocate(id, source, sha256):
        return False
    engine.release([id])
    engine.retry([id])
    return True
