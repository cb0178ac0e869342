"""From ready drafts to uploads: the server is asked first what it would refuse anyway."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from app.core.changes import LaneChanged, LaneState
from app.core.drafts import Draft
from app.core.problems import Problem
from app.transfer.engine import Engine
from app.viewmodels.intake import Intake
from app.viewmodels.uploads import UploadsModel

if TYPE_CHECKING:
    from app.transfer.host import EngineHost

CHECK_SECONDS = 15.0
"""How long the server may take to look at files before they are sent anyway."""

STUCK = (LaneState.SIGN_IN, LaneState.UNREACHABLE)


class Submission:
    """Hands drafts to the engine, each once, however often the person presses."""

    def __init__(
        self, uploads: UploadsModel, intake: Intake, lane: Callable[[str], LaneChanged | None]
    ) -> None:
        self._uploads = uploads
        self._intake = intake
        self._lane = lane
        self._under_way: set[int] = set()
        self._checks: dict[str, list[asyncio.Timeout]] = {}

    def waiting(self) -> list[Draft]:
        """The drafts that can be sent and are not being handed over already."""
        return [one for one in self._intake.ready if one.id not in self._under_way]

    def send(
        self,
        host: EngineHost,
        destination: str,
        drafts: Sequence[Draft],
        options: Mapping[str, str],
    ) -> Coroutine[Any, Any, None]:
        """Ends when the engine has them, or those of them the server does not refuse.

        They are under way from the call on, not only once it is awaited.
        """
        self._under_way |= {draft.id for draft in drafts}
        return self._send(host, destination, drafts, options)

    async def _send(
        self,
        host: EngineHost,
        destination: str,
        drafts: Sequence[Draft],
        options: Mapping[str, str],
    ) -> None:
        try:
            wanted = await self._checked(host, destination, drafts, options)
            if not wanted:
                return
            self._uploads.expect(wanted)
            try:
                sources = [draft.source for draft in wanted]
                await host.call(Engine.submit, destination, sources, options)
            except BaseException:
                self._uploads.expect_no_more(wanted)
                raise
            # The rows stay: the engine's first word about each takes its draft's row over.
            self._intake.remove([draft.id for draft in wanted])
        finally:
            self._under_way -= {draft.id for draft in drafts}

    def lane_changed(self, lane: LaneChanged) -> None:
        """What a server out of reach would say beforehand is not worth waiting for."""
        if lane.state in STUCK:
            for limit in self._checks.get(lane.destination, ()):
                if not limit.expired():
                    limit.reschedule(0)

    async def _checked(
        self,
        host: EngineHost,
        destination: str,
        drafts: Sequence[Draft],
        options: Mapping[str, str],
    ) -> Sequence[Draft]:
        """Those the server does not refuse beforehand; all of them if it cannot be asked now."""
        lane = self._lane(destination)
        if lane is not None and lane.state in STUCK:
            return drafts
        sources = [draft.source for draft in drafts]
        checks = self._checks.setdefault(destination, [])
        limit = asyncio.timeout(CHECK_SECONDS)
        try:
            async with limit:
                checks.append(limit)
                found = await host.ask(Engine.check, destination, sources, options)
        except (Problem, TimeoutError):
            # The uploads wait for the network or a sign-in by themselves, and say so.
            return drafts
        finally:
            checks.remove(limit)
        by_draft = dict(zip((draft.id for draft in drafts), found, strict=True))
        self._intake.add_findings(by_draft)
        said = [self._intake.find(draft.id) for draft in drafts]
        return [draft for draft in said if draft is not None and draft.sendable]
