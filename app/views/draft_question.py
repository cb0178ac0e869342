"""What a file asks before it is sent: whether it goes in spite of what was found in it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from app.core.problems import Problem
from app.viewmodels import words
from app.viewmodels.draft_questions import Asked
from app.viewmodels.words import counted, tr
from app.views.check_box import CheckBox
from app.views.dialogs import Answer, Question
from app.views.theme import GRID, Theme

_LISTED = 12
"""So many things of one kind are told one by one."""


class DraftQuestion(Question):
    """`keep` (do not send), `show` (what it is about), `send` (anyway) or `later`."""

    def __init__(self, theme: Theme, parent: QWidget, asked: Asked) -> None:
        finding = asked.finding
        problem = Problem(finding.entry, finding.facts)
        also = _listed([words.finding(one) for one in asked.findings[1:]])
        text = "\n\n".join(
            part
            for part in (also, words.meaning(problem), "\n".join(words.advice(problem)))
            if part
        )
        super().__init__(
            theme,
            parent,
            words.finding(finding),
            text,
            (
                Answer("keep", tr("Do not send")),
                Answer("show", tr("Show it")),
                Answer("send", tr("Send anyway"), danger=True),
            ),
            escape="later",
        )
        others = len(asked.alike)
        for_all = counted(others, "Use for all of this kind", "Use for all {n} files of this kind")
        self.all_of_a_kind = CheckBox(theme, for_all)
        self.all_of_a_kind.setVisible(others > 1)
        there = _listed([f"{name}: {words.finding(one)}" for name, one in asked.elsewhere])
        self.all_of_a_kind.setToolTip(there)
        self.all_of_a_kind.setAccessibleDescription(there)
        self.place.setContentsMargins(0, GRID, 0, 0)
        self.place.addWidget(self.all_of_a_kind)

    @property
    def for_all(self) -> bool:
        """Whether the answer holds for every file that asks the same."""
        return self.all_of_a_kind.isChecked()


def _listed(lines: Sequence[str]) -> str:
    """The first lines, and how many there are besides."""
    told = list(lines[:_LISTED])
    if more := len(lines) - len(told):
        told.append(counted(more, "and {n} more", "and {n} more"))
    return "\n".join(told)
