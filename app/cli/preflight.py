"""Before anything is sent: which files, what is in them, which options, what the server says."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

from app.cli import answers
from app.core.drafts import Finding, Inspection, Level, Stopped
from app.core.uploads import Source
from app.inspection.looks import inspected, refused
from app.servers.api import Family, Server
from app.storage.aside import aside
from app.transfer.scan import Skipped, Unusable, Why, scan


@dataclass(frozen=True, slots=True)
class Item:
    """One file asked for, with all that was found about it."""

    source: Source
    inspection: Inspection

    @property
    def refused(self) -> bool:
        return self.inspection.refused


@dataclass(frozen=True, slots=True)
class Group:
    """Files that are sent with the same options, by their place among the items."""

    options: Mapping[str, str]
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Files:
    """What the paths on the command line mean."""

    items: tuple[Item, ...]
    skipped: Mapping[Why, int]

    @property
    def refused(self) -> bool:
        return any(item.refused for item in self.items)

    def allowing(self, ids: Collection[str]) -> Files:
        """The same, where these findings are no reason to refuse a file: of those that the person
        may override."""

        def allowed(one: Finding) -> Finding:
            return replace(one, level=Level.WARNING) if one.asks and one.id in ids else one

        return replace(
            self,
            items=tuple(
                Item(
                    item.source,
                    replace(
                        item.inspection, findings=tuple(map(allowed, item.inspection.findings))
                    ),
                )
                for item in self.items
            ),
        )


async def looked_into(
    paths: Sequence[str],
    family: Family,
    compared: Callable[[Source], Finding | None] = lambda source: None,
) -> Files:
    """Folders walked and each file inspected, one after the other, on a thread of its own.

    `compared` says what is known of its bytes from elsewhere.
    """
    unwanted = threading.Event()

    def wanted(_: int) -> None:
        if unwanted.is_set():
            raise Stopped

    def look() -> Files:
        items: list[Item] = []
        skipped: Counter[Why] = Counter()
        for met in scan(paths, lambda: not unwanted.is_set()):
            if unwanted.is_set():
                break
            if isinstance(met, Skipped):
                skipped[met.why] += 1
            elif isinstance(met, Unusable):
                items.append(Item(Source(met.path, 0, 0), refused(met.problem)))
            else:
                item = Item(met, inspected(family, met, wanted))
                if not item.refused and (finding := compared(met)) is not None:
                    item = _with(item, [finding])
                items.append(item)
        return Files(tuple(items), dict(skipped))

    try:
        return await aside(look)
    finally:
        unwanted.set()


async def agreed(
    files: Files,
    family: Family,
    given: Mapping[str, str],
    connect: Callable[[], AbstractAsyncContextManager[Server]],
    *,
    name: str,
) -> tuple[Files, tuple[Group, ...]]:
    """Options made sure of and every file shown to the server, which is only read from.

    Raises Usage and Problem.
    """
    wanted: dict[tuple[tuple[str, str], ...], list[int]] = {}
    for index, item in enumerate(files.items):
        # What was given counts more than what the contents suggest, and that more than defaults.
        suggested = family.suggest(item.inspection.facts)
        fitting = {field.key for field in family.options} & suggested.keys()
        values = {**{key: suggested[key] for key in fitting}, **given}
        options = answers.checked(family.options, values, of=family.title)
        wanted.setdefault(tuple(sorted(options.items())), []).append(index)
    items = list(files.items)
    groups: list[Group] = []
    async with connect() as server:
        for key, members in wanted.items():
            try:
                options = await answers.resolved(family.options, dict(key), server, at=name)
            except answers.Usage as error:
                if len(wanted) == 1:
                    raise
                # What fits the other files may not fit these.
                raise answers.Usage(f"{items[members[0]].source.name}: {error}") from None
            groups.append(Group(options, tuple(members)))
            said = await server.check([items[index].source for index in members], options)
            for index, findings in zip(members, said, strict=True):
                items[index] = _with(items[index], findings)
    return replace(files, items=tuple(items)), tuple(groups)


def _with(item: Item, findings: Sequence[Finding]) -> Item:
    inspection = item.inspection
    return replace(item, inspection=replace(inspection, findings=(*inspection.findings, *findings)))
