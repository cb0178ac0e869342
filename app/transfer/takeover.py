"""Takeover: what earlier runs left unfinished becomes this run's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from app.core.changes import UploadsTaken
from app.core.intents import Unfinished
from app.core.problems import Problem
from app.core.uploads import Phase, Upload, Wait, Why
from app.servers.api import Opening
from app.transfer.batch import Batch, grouped
from app.transfer.lanes import Lane
from app.transfer.means import Means
from app.transfer.queues import Queues

_STAYS = frozenset({Phase.PROCESSING, Phase.FAILED, Phase.UNWATCHED, Phase.CANCELLED})
"""Phases that an end of the program does not change; in all others an upload is held."""


class Takeover:
    """Takes uploads over with their openings, and those of servers that are not there as well."""

    def __init__(self, lane: Callable[[str], Lane], queues: Queues, means: Means) -> None:
        """`lane` raises Problem for a destination that is not there."""
        self._lane = lane
        self._queues = queues
        self._means = means
        self._ledger = means.ledger
        self._openings: dict[str, Opening] = {}
        """Of what was set down, by their keys."""

    def claim(self) -> UploadsTaken:
        """Watches what servers work on; the rest is held. Raises Problem when the journal cannot be
        read."""
        taken: list[int] = []
        cut_off = False
        sends: dict[tuple[str, int, str], dict[int, Upload]] = {}
        fresh: set[int] = set()
        for left in self._means.journal.claim():
            taken += [upload.id for upload in left.uploads]
            cut_off = cut_off or left.cut_off
            try:
                lane = self._lane(left.destination)
            except Problem as problem:
                self._set_down(left, problem.bare())
                continue
            for upload in left.uploads:
                if not upload.phase.final:
                    options = repr(sorted(upload.options.items()))
                    send = (upload.destination, upload.batch, options)
                    sends.setdefault(send, {})[upload.id] = upload
                    if not left.key:
                        fresh.add(upload.id)
            self._take(lane, left)
        for (destination, _, _), uploads in sends.items():
            self._group(self._lane(destination), uploads, fresh)
        return UploadsTaken(tuple(taken), cut_off)

    def _group(self, lane: Lane, send: Mapping[int, Upload], fresh: Collection[int]) -> None:
        """New batches for the fresh ones of a send; the others have theirs."""
        files = {i: upload.source for i, upload in send.items() if i in fresh}
        if files:
            begun = {i: upload.source for i, upload in send.items() if i not in fresh}
            options = send[next(iter(files))].options
            for batch in grouped(lane, files, options, self._means, begun=begun):
                self._queues.adopt(batch)

    def batch_of(self, upload: Upload) -> Batch:
        """The batch of an upload with a ticket that was set down, once its server is there. Raises
        Problem."""
        lane, key = self._lane(upload.destination), self._ledger.openings[upload.id]
        ids = [i for i, known in self._ledger.openings.items() if known == key]
        opening = self._openings.pop(key, Opening(()))
        batch = Batch(lane, ids, upload.options, self._means, key=key, opening=opening)
        self._queues.adopt(batch)
        return batch

    def _set_down(self, left: Unfinished, problem: Problem) -> None:
        """What belongs to a server that is not there: all that is known of it stays."""
        if left.opened is not None:
            self._openings[left.key] = Opening((), left.opened.data)
        taken: list[Upload] = []
        for upload in left.uploads:
            if upload.ticket is not None:
                self._ledger.openings[upload.id] = left.key
            if upload.phase is Phase.PROCESSING:
                upload = replace(upload, phase=Phase.UNWATCHED, problem=problem)
            elif not upload.phase.final:
                upload = replace(upload, phase=Phase.FAILED, wait=None, problem=problem)
            taken.append(upload)
        self._ledger.add(taken)

    def _take(self, lane: Lane, left: Unfinished) -> None:
        asked = {i for i, _ in left.asked}
        given_up = dict(left.to_discard)
        taken: list[Upload] = []
        waiting: list[int] = []
        for upload in left.uploads:
            ticket = upload.ticket
            may_be_started = upload.phase is Phase.SENT or upload.sha256 != ""
            looked_for = ticket is not None and (ticket.binds or may_be_started)
            if ticket is not None and ticket == given_up.get(upload.id) and not looked_for:
                # It was about to forget the ticket that is being taken back.
                upload = replace(upload, ticket=None)
            if upload.phase not in _STAYS:
                upload = replace(upload, phase=Phase.QUEUED, wait=Wait(Why.HELD))
            taken.append(upload)
            wanted = upload.phase not in _STAYS and upload.id in asked
            if left.key and (upload.ticket is not None or wanted):
                waiting.append(upload.id)
                self._ledger.openings[upload.id] = left.key
        self._ledger.add(taken)
        if waiting:
            known = left.opened if not left.asked else None
            batch = Batch(
                lane,
                waiting,
                left.uploads[0].options,
                self._means,
                key=left.key,
                opening=Opening((), known.data) if known is not None else None,
                asked=left.asked,
            )
            self._queues.adopt(batch)
        elif left.asked:
            self._means.discards.tidy(lane, left.key, [i for i, _ in left.asked])
        for i, ticket in left.to_discard:
            self._means.discards.discard(lane, ticket, left.key, i)
        for upload in left.uploads:
            if upload.phase is Phase.PROCESSING:
                self._means.started(upload.id)
