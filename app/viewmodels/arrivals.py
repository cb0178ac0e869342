"""What is said about files that were just added, once all of a drop are listed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from app.core.drafts import Draft
from app.viewmodels.aim import Aim
from app.viewmodels.destinations import DestinationsModel
from app.viewmodels.intake import IntakeReport
from app.viewmodels.notices import Notice
from app.viewmodels.suggestion import Suggestion, offer, suggested, takes

if TYPE_CHECKING:
    from app.viewmodels.lost_files import LostFiles


class Arrivals:
    """One Notice for each drop at most: they are files that rows lack; another destination takes
    them; or why some of them are not listed."""

    def __init__(
        self,
        aim: Aim,
        destinations: DestinationsModel,
        lost: Callable[[], LostFiles],
        tell: Callable[[Notice], None],
    ) -> None:
        self._aim = aim
        self._destinations = destinations
        self._lost = lost
        self._tell = tell
        self._met: list[Draft] = []

    def listed(self, drafts: Sequence[Draft]) -> None:
        """They belong to the drop that is being taken."""
        self._met += drafts

    def taken(self, report: IntakeReport) -> None:
        """The drop is listed to its end."""
        from app.viewmodels.lost_files import offer as lost_files_offer

        met, self._met = self._met, []
        if found := self._lost().fitting(met):
            self._tell(lost_files_offer(found))
        elif (other := self._suggested(met)) is not None:
            self._tell(offer(other))
        elif report.hidden or report.known or not report.added:
            self._tell(Notice(report.text))

    def _suggested(self, met: Sequence[Draft]) -> Suggestion | None:
        """The destination for files the current one does not take."""
        current = self._aim.family
        if current is None:
            return None
        known = ((one, self._destinations.family_of(one.id)) for one in self._destinations.all)
        others = [(one, family) for one, family in known if family is not None]
        # Thousands may have come, and hardly any of them is strange.
        names = [one.source.name for one in met if not takes(current, one.source.path)]
        return suggested(names, current, others)
