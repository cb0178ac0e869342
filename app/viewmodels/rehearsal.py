"""A dry run: everything but the sending. The server is only read from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.core.drafts import Draft
from app.core.problems import Problem
from app.transfer.engine import Engine
from app.viewmodels import words
from app.viewmodels.intake import Intake
from app.viewmodels.listed import Target
from app.viewmodels.row import draft_state
from app.viewmodels.words import counted, tr

if TYPE_CHECKING:
    from app.transfer.host import EngineHost


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What sending would have done, as sentences. `files` are (name, what would become of it)."""

    summary: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    problem: Problem | None = None
    """Why the server could not be asked."""


async def rehearse(
    host: EngineHost,
    intake: Intake,
    destination: str,
    target: Target | None,
    options: Mapping[str, str],
    account: str = "",
) -> Rehearsed:
    """Looks at every draft as sending would, with these options; what a server says is kept with
    the drafts."""
    ready = intake.ready
    problem: Problem | None = None
    if ready:
        try:
            sources = [draft.source for draft in ready]
            found = await host.ask(Engine.check, destination, sources, options)
        except Problem as error:
            problem = error
        else:
            intake.add_findings(dict(zip((draft.id for draft in ready), found, strict=True)))
    drafts = intake.drafts
    would = [draft for draft in drafts if draft.sendable]
    summary = [*_sending(would, target), *_others(drafts)]
    if problem is None and ready:
        server = target.destination.name if target else ""
        who = tr("Signed in to {server} as {account}.", server=server, account=account)
        summary.append(who if account else tr("Signed in to {server}.", server=server))
    summary.append(tr("Nothing was changed on the server."))
    files = tuple((draft.source.name, _fate(draft, target)) for draft in drafts)
    return Rehearsed(tuple(summary), files, problem)


def _sending(drafts: Sequence[Draft], target: Target | None) -> list[str]:
    if not drafts:
        return [tr("No file would be sent.")]
    size = words.size(sum(draft.source.size for draft in drafts))
    where = target.destination.name if target else ""
    said = counted(
        len(drafts),
        "{n} file ({size}) would be sent to {where}.",
        "{n} files ({size}) would be sent to {where}.",
        size=size,
        where=where,
    )
    choice = target.choice if target else ""
    return [said, tr("Chosen there: {choice}.", choice=choice)] if choice else [said]


def _others(drafts: Sequence[Draft]) -> list[str]:
    asking = sum(bool(draft.asking) and not draft.refusing for draft in drafts)
    refused = sum(bool(draft.refusing) for draft in drafts)
    said = []
    if asking:
        said.append(
            counted(
                asking, "{n} file needs your answer first.", "{n} files need your answer first."
            )
        )
    if refused:
        said.append(counted(refused, "{n} file would not be sent.", "{n} files would not be sent."))
    return said


def _fate(draft: Draft, target: Target | None) -> str:
    if not draft.sendable:
        return draft_state(draft).text
    records = draft.inspection.facts.get("records", "") if draft.inspection else ""
    if records.isdecimal():
        return counted(int(records), "Would be sent: {n} record", "Would be sent: {n} records")
    return tr("Would be sent")
