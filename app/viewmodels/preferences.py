"""What the person prefers, and what was last used: the settings as they are now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.core.problems import Problem
from app.storage import Settings, SettingsFile
from app.viewmodels.kept_settings import KeptSettings
from app.viewmodels.tasks import TaskScope


class Preferences(QObject):
    """A change counts at once and is kept for the next start.

    What goes wrong with the file is told, not raised (by `tasks` where it is written in a task);
    then the change counts for this run.
    """

    changed = Signal()
    """A preference is another one now; read `settings`."""

    def __init__(
        self,
        file: SettingsFile,
        tasks: TaskScope,
        told: Callable[[Problem], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._file = file
        self._told = told
        self._kept = KeptSettings(file, tasks)
        self._settings = Settings()

    @property
    def settings(self) -> Settings:
        return self._settings

    def load(self) -> None:
        """Reads the file; `changed` follows whether it could be read or not."""
        try:
            self._settings = self._file.load()
        except Problem as problem:
            self._told(problem)
        self.changed.emit()

    def save(self, settings: Settings) -> None:
        """These settings in place of the ones before."""
        if settings == self._settings:
            return
        self._settings = settings
        self.changed.emit()
        try:
            self._kept.keep(settings)
        except Problem as problem:
            self._told(problem)

    def prefer(self, **changed: object) -> None:
        """Other values for fields of `Settings`."""
        self.save(replace(self._settings, **changed))  # type: ignore[arg-type]

    def silence(self, question: str, on: bool = True) -> None:
        """A question of `SILENCEABLE` is not asked any more, or asked again."""
        silenced = dict.fromkeys(self._settings.silenced)
        if on:
            silenced[question] = None
        else:
            silenced.pop(question, None)
        self.prefer(silenced=tuple(silenced))

    def silenced(self, question: str) -> bool:
        return question in self._settings.silenced

    def reset(self) -> None:
        """Everything as at first, but for the destination and its options last used."""
        kept = self._settings
        self.save(Settings(destination=kept.destination, options=kept.options))

    async def aclose(self) -> None:
        """Returns when all is written."""
        await self._kept.aclose()
