"""How each action of a row is named and drawn, for its buttons, menus and tool tips alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.viewmodels.row import RowAction
from app.viewmodels.words import tr


@dataclass(frozen=True, slots=True)
class ActionLook:
    """An action's icon, its words, and a tip where the words do not say it all."""

    icon: str
    words: str
    more: str = ""

    @property
    def text(self) -> str:
        return tr(self.words)

    @property
    def tip(self) -> str:
        return f"{tr(self.words)}: {tr(self.more)}" if self.more else tr(self.words)


LOOKS: Mapping[RowAction, ActionLook] = MappingProxyType(
    {
        RowAction.UPLOAD: ActionLook("upload", "Upload"),
        RowAction.REMOVE: ActionLook("trash", "Remove"),
        RowAction.START_NOW: ActionLook("play", "Start now"),
        RowAction.PAUSE: ActionLook("pause", "Pause", "goes on later where it stopped"),
        RowAction.STOP: ActionLook("stop", "Stop", "will start again from the beginning"),
        RowAction.CANCEL: ActionLook("cancel", "Cancel"),
        RowAction.RESUME: ActionLook("play", "Resume"),
        RowAction.TRY_NOW: ActionLook("retry", "Try now"),
        RowAction.SIGN_IN: ActionLook("key", "Sign in…"),
        RowAction.SETTINGS: ActionLook("settings", "Server settings…"),
        RowAction.OPEN_ON_SERVER: ActionLook("external-link", "Open on server"),
        RowAction.UNWATCH: ActionLook("eye", "Stop watching"),
        RowAction.CANCEL_JOB: ActionLook("cancel", "Cancel job…"),
        RowAction.APPROVE: ActionLook("tick", "Approve…"),
        RowAction.CHECK_NOW: ActionLook("retry", "Check now"),
        RowAction.SHOW_FAILURES: ActionLook("warning", "Show failures"),
        RowAction.REPORT: ActionLook("info", "Report"),
        RowAction.RETRY: ActionLook("retry", "Retry"),
        RowAction.DETAILS: ActionLook("info", "Details"),
        RowAction.UPLOAD_AGAIN: ActionLook("upload", "Upload again"),
        RowAction.WATCH: ActionLook("eye", "Watch again"),
        RowAction.SEND_ANYWAY: ActionLook("upload", "Send anyway"),
        RowAction.LOOK_AGAIN: ActionLook("search", "Look again"),
        RowAction.UNDO: ActionLook("undo", "Undo"),
        RowAction.PREVIEW: ActionLook("eye", "Show contents…"),
        RowAction.CORRECT: ActionLook("download", "Save a corrected copy…"),
        RowAction.ANSWER: ActionLook("question", "Answer…"),
        RowAction.FIND_FILE: ActionLook("search", "Find file…"),
        RowAction.TAKE_OVER: ActionLook("download", "Take over", "goes on here when told to"),
    }
)
