"""The clocks that levels are read by: bytes sent, and the seconds left to wait."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.viewmodels.status import StatusModel
from app.viewmodels.uploads import UploadsModel

if TYPE_CHECKING:
    from app.transfer.meter import Meter

TICK_MS = 100
SECOND_MS = 1000


class Clocks(QObject):
    """Run only while there is something to read, from `wake` on until there is nothing more.

    `meters` are the engine's, by the number of the upload.
    """

    def __init__(
        self,
        uploads: UploadsModel,
        status: StatusModel,
        meters: Callable[[], Mapping[int, Meter]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._uploads = uploads
        self._status = status
        self._meters = meters
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self.read_meters)
        self._second = QTimer(self)
        self._second.setInterval(SECOND_MS)
        self._second.timeout.connect(self._count_down)

    def wake(self) -> None:
        """Uploads moved: there may be something to read."""
        if self._uploads.sending and not self._tick.isActive():
            self._tick.start()
        if self._uploads.counting_down and not self._second.isActive():
            self._second.start()

    def read_meters(self) -> None:
        """What was sent until now."""
        partial = self._uploads.tick(self._meters())
        self._status.tick(partial)
        if not self._uploads.sending:
            self._tick.stop()

    def end(self) -> None:
        self._tick.stop()
        self._second.stop()

    def _count_down(self) -> None:
        self._uploads.tick_second()
        if not self._uploads.counting_down:
            self._second.stop()
