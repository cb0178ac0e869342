"""Questions about files that are not sent yet: an answer for one row, or for all that ask the same.

What a finding asks, the row asks (`needs_input`); an error that may be overridden is asked about
in the same way. Every answer can be taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.core.drafts import Draft, Finding
from app.viewmodels.intake import Intake
from app.viewmodels.uploads import UploadsModel
from app.viewmodels.words import counted

Undo = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """An open question of one row; `alike` are all rows with the same one, that row first.

    `findings` are all the row asks it about, such as each column with empty cells, and `elsewhere`
    what the other rows do, with the names of their files.
    """

    findings: tuple[Finding, ...]
    alike: tuple[str, ...]
    elsewhere: tuple[tuple[str, Finding], ...] = ()

    @property
    def finding(self) -> Finding:
        return self.findings[0]

    @property
    def id(self) -> str:
        return self.alike[0]


class DraftQuestions:
    """Ids are row ids of drafts (“d12”); others are ignored."""

    def __init__(
        self, intake: Intake, uploads: UploadsModel, offer_undo: Callable[[str, Undo], None]
    ) -> None:
        self._intake = intake
        self._uploads = uploads
        self._offer_undo = offer_undo

    def of(self, id: str, finding: str = "") -> Asked | None:
        """The question of a row about this finding, or its first; None when nothing is open."""
        draft = self._draft(id)
        if draft is None:
            return None
        open_here = [one for one in draft.askable if not finding or one.id == finding]
        if not open_here:
            return None
        asked = open_here[0].id
        alike, elsewhere = [id], []
        for other in self._intake.drafts:
            same = [one for one in other.askable if one.id == asked]
            if same and other.id != draft.id:
                alike.append(f"d{other.id}")
                elsewhere += [(other.source.name, one) for one in same]
        here = tuple(one for one in open_here if one.id == asked)
        return Asked(here, tuple(alike), tuple(elsewhere))

    def send_anyway(self, ids: Sequence[str], finding: str) -> None:
        """These files are sent in spite of this finding."""
        drafts = [one.id for one in map(self._draft, ids) if one is not None]
        self._intake.accept(drafts, finding)
        n = len(drafts)
        text = counted(n, "{n} file will be sent anyway", "{n} files will be sent anyway")
        self._offer_undo(text, lambda: self._intake.accept(drafts, finding, accepted=False))

    def withdraw(self, ids: Sequence[str]) -> None:
        """These files are taken off the list."""
        drafts = [one.id for one in map(self._draft, ids) if one is not None]
        self._uploads.remove_drafts(drafts)
        back = self._intake.withdraw(drafts)
        text = counted(
            len(drafts),
            "{n} file is not sent and off the list",
            "{n} files are not sent and off the list",
        )
        self._offer_undo(text, back)

    def _draft(self, id: str) -> Draft | None:
        return self._intake.find(int(id[1:])) if id.startswith("d") else None
