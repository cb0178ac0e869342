"""Keeps the settings in their file without holding the window up."""

from __future__ import annotations

import asyncio

from app.storage import Settings, SettingsFile
from app.viewmodels.tasks import TaskScope


class KeptSettings:
    """Writes what was last given, one write at a time, in a worker thread.

    A file can be slow (another program holds it, a folder on the network), and the person may
    turn a preference on and off meanwhile: only the last value matters. What goes wrong is told
    by `tasks`.
    """

    def __init__(self, file: SettingsFile, tasks: TaskScope) -> None:
        self._file = file
        self._tasks = tasks
        self._wanted: Settings | None = None
        self._writing: asyncio.Task[None] | None = None

    def keep(self, settings: Settings) -> None:
        """Where no loop runs, it is written before this returns. Raises StorageProblem then."""
        self._wanted = settings
        if self._writing is not None:
            return
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            self._wanted = None
            self._file.save(settings)
        else:
            self._writing = self._tasks.start(self._write())
            if self._writing is not None:
                self._writing.add_done_callback(self._written)

    async def aclose(self) -> None:
        """Returns when all is written."""
        while self._writing is not None:
            await asyncio.wait([self._writing])

    async def _write(self) -> None:
        while (settings := self._wanted) is not None:
            self._wanted = None
            await asyncio.to_thread(self._file.save, settings)

    def _written(self, _: asyncio.Task[None]) -> None:
        self._writing = None
        # Given after the last look and before this: it would be forgotten.
        if self._wanted is not None:
            self.keep(self._wanted)
