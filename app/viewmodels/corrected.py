"""Corrected copies of files that are not sent yet: written, then listed in place of the file."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.core import catalogue
from app.core.drafts import Draft
from app.core.problems import FileProblem
from app.storage.written_file import write_file
from app.transfer.local_file import source_of
from app.viewmodels.words import tr

if TYPE_CHECKING:
    from app.servers.api import Family, Mending
    from app.viewmodels.uploader import Uploader


def healed(draft: Draft, family: Family | None) -> frozenset[str]:
    """The ids of those findings of which a corrected copy would be free; none: there can be no
    copy, or it would be no better."""
    if family is None or family.mending is None or draft.inspection is None:
        return frozenset()
    return family.mending.heals([one.id for one in draft.inspection.findings])


class CorrectedCopies:
    """Ids are row ids of drafts (“d12”)."""

    def __init__(self, uploader: Uploader) -> None:
        self._uploader = uploader

    def draft(self, id: str) -> Draft | None:
        """The row's draft, if a corrected copy of it can be made."""
        draft = self._uploader.intake.find(int(id[1:])) if id.startswith("d") else None
        return draft if draft is not None and healed(draft, self._uploader.aim.family) else None

    async def doubts(self, draft: Draft) -> Sequence[str]:
        """Words of the copy of which only a person can say whether they are right. Raises
        FileProblem."""
        mending, faults = self._mending(draft)
        return await asyncio.to_thread(mending.doubts, draft.source, faults)

    async def save(self, draft: Draft, path: Path) -> None:
        """Writes the copy and lists it in place of the file, which can be taken back. Raises
        FileProblem and StorageProblem; then nothing is written."""
        mending, faults = self._mending(draft)
        await asyncio.to_thread(_write, draft, mending, faults, path)
        self._uploader.uploads.remove_drafts([draft.id])
        back = self._uploader.intake.withdraw([draft.id])
        self._uploader.add([path])
        text = tr(
            "“{name}” was saved and is in the list in place of “{original}”.",
            name=path.name,
            original=draft.source.name,
        )
        self._uploader.offer_undo(text, back)

    def _mending(self, draft: Draft) -> tuple[Mending, frozenset[str]]:
        family = self._uploader.aim.family
        faults = healed(draft, family)
        if not faults or family is None or family.mending is None:
            # Meanwhile the files are meant for a server of another kind.
            raise FileProblem(catalogue.FILE_CHANGED_SINCE_LOOK, {"name": draft.source.name})
        return family.mending, faults


def _write(draft: Draft, mending: Mending, faults: frozenset[str], path: Path) -> None:
    source = draft.source
    original = Path(source.path)
    if source_of(original) != source:
        raise FileProblem(catalogue.FILE_CHANGED_SINCE_LOOK, {"name": source.name})
    if path.exists() and path.samefile(original):
        raise FileProblem(catalogue.COPY_IS_ORIGINAL, {"name": source.name})
    write_file(path, mending.copied(source, faults), private=True)
