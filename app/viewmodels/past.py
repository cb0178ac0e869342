"""Uploads that ended, from the list or from the history: all about one, and sending it again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.core.destinations import Destination
from app.core.history import Past
from app.core.problems import Problem
from app.core.uploads import Source
from app.servers.api import Family
from app.transfer.sent_file import as_sent
from app.viewmodels import words
from app.viewmodels.details import Beyond, Details, details
from app.viewmodels.listed import Target
from app.viewmodels.notices import Notice
from app.viewmodels.row import Tone
from app.viewmodels.words import counted, number

if TYPE_CHECKING:
    from app.viewmodels.uploader import Uploader


class PastUploads:
    """Reads the list and the saved servers; adds to the list what is to be sent again."""

    def __init__(self, uploader: Uploader) -> None:
        self._uploader = uploader

    def of_row(self, id: str) -> Past | None:
        """A row's upload as the history has it; None while it has not ended."""
        upload = self._uploader.uploads.upload(id)
        if upload is None or not upload.phase.final:
            return None
        saved = self._uploader.destinations.find(upload.destination)
        if saved is None:
            return Past(upload, upload.destination, "")
        return Past(upload, saved.name, saved.family)

    def family(self, past: Past) -> Family | None:
        """The kind of server it went to, also when that server is no longer saved."""
        return self._uploader.destinations.family(past.family)

    def details(self, past: Past) -> Details | None:
        """Everything there is to say about it."""
        upload = past.upload
        # The server as it was called then; it may have another name now, or be gone.
        saved = Destination(upload.destination, past.family, past.server, {})
        usual = self._uploader.usual.of(upload.destination, upload.options)
        return details(upload, None, Target(saved, self.family(past)), Beyond(time.time(), usual))

    async def send_again(self, pasts: Sequence[Past]) -> int:
        """Adds the files to the list, for the server they went to if it is still saved; how many.

        Files that are gone or changed since are told of instead.
        """
        sources, problems = await asyncio.to_thread(_as_sent, pasts)
        destinations = {past.upload.destination for past in pasts}
        if sources and len(destinations) == 1:
            (destination,) = destinations
            if self._uploader.destinations.find(destination) is not None:
                self._uploader.aim.choose(destination)
        if sources:
            self._uploader.add([source.path for source in sources])
        if problems:
            text = words.title(problems[0])
            if len(problems) > 1:
                text = counted(
                    len(problems),
                    "{n} of {all} files is gone or has changed and was not added.",
                    "{n} of {all} files are gone or have changed and were not added.",
                    all=number(len(pasts)),
                )
            self._uploader.notice.emit(Notice(text, Tone.WAITING, None, problems[0]))
        return len(sources)


def _as_sent(pasts: Sequence[Past]) -> tuple[list[Source], list[Problem]]:
    """The files that still hold what was sent, and what became of the others."""
    sources, problems = [], []
    for past in pasts:
        try:
            sources.append(as_sent(past.upload))
        except Problem as problem:
            problems.append(problem)
    return sources, problems
