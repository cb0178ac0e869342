"""The saved servers as a list, each with the light of its connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from app.core.changes import LaneChanged, LaneState
from app.core.destinations import Destination
from app.core.problems import TrustProblem
from app.storage import Accounts
from app.viewmodels import words
from app.viewmodels.row import Tone
from app.viewmodels.words import tr

if TYPE_CHECKING:
    from app.servers.api import Family
    from app.transfer.host import EngineHost
    from app.viewmodels.destination_form import DestinationForm

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class DestinationRole(IntEnum):
    ID = Qt.ItemDataRole.UserRole + 1
    FAMILY_TITLE = ID + 1
    ICON = ID + 2
    LIGHT = ID + 3
    """A Tone."""
    WORDS = ID + 4
    """The light in words."""


@dataclass(frozen=True, slots=True)
class Light:
    """Whether a destination can be used just now, as a colour and in words."""

    tone: Tone
    words: str


def light(lane: LaneChanged | None, now: float) -> Light:
    """The light of a lane; `now` and the lane's `until` are seconds since the epoch."""
    if lane is None:
        return Light(Tone.NEUTRAL, tr("Not connected"))
    match lane.state:
        case LaneState.IDLE:
            return Light(Tone.NEUTRAL, tr("Not connected"))
        case LaneState.CONNECTING:
            return Light(Tone.ACTIVE, tr("Connecting…"))
        case LaneState.READY:
            return Light(Tone.GOOD, tr("Connected"))
        case LaneState.SIGN_IN if isinstance(lane.problem, TrustProblem):
            return Light(Tone.BAD, tr("Certificate or proxy problem"))
        case LaneState.SIGN_IN:
            return Light(Tone.WAITING, tr("Sign in needed"))
        case LaneState.BUSY:
            return Light(Tone.WAITING, _until(tr("Server is busy"), lane.until, now))
        case LaneState.UNREACHABLE:
            return Light(Tone.BAD, _until(tr("Cannot be reached"), lane.until, now))


def _until(what: str, until: float | None, now: float) -> str:
    if until is None or until <= now:
        return what
    seconds = words.number(round(until - now))
    return tr("{what}, next try in {n} s", what=what, n=seconds)


class FamilyLine(NamedTuple):
    """A kind of server to choose: its key, and what to show."""

    key: str
    title: str
    icon: str
    takes_text: str


class DestinationsModel(QAbstractListModel):
    """The saved destinations in the order they were added."""

    changed = Signal()

    def __init__(
        self,
        accounts: Accounts,
        host: Callable[[], EngineHost],
        epoch: Callable[[], float],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._accounts = accounts
        self._host = host
        self._epoch = epoch
        self._families: Mapping[str, Family] = {}
        self._lanes: dict[str, LaneChanged] = {}
        self._rows: list[Destination] = []

    # --- what Qt asks

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        one = self._rows[index.row()]
        family = self._families.get(one.family)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return one.name
            case DestinationRole.ID:
                return one.id
            case DestinationRole.FAMILY_TITLE:
                return family.title if family else ""
            case DestinationRole.ICON:
                return family.icon if family else ""
            case DestinationRole.LIGHT:
                return self.light(one.id).tone
            case DestinationRole.WORDS:
                return self.light(one.id).words
            case Qt.ItemDataRole.AccessibleTextRole:
                return ", ".join((one.name, self.light(one.id).words))
            case Qt.ItemDataRole.ToolTipRole:
                return one.settings.get("url", "")
        return None

    # --- reading

    def families(self) -> list[FamilyLine]:
        """The kinds of servers to choose from; empty until they are loaded."""
        return [
            FamilyLine(one.key, one.title, one.icon, one.takes_text)
            for one in self._families.values()
        ]

    @property
    def all(self) -> tuple[Destination, ...]:
        return tuple(self._rows)

    @property
    def grouped(self) -> list[tuple[str, str, list[Destination]]]:
        """(title, icon, destinations) of each family that has any, in the order first added."""
        groups: dict[str, list[Destination]] = {}
        for one in self._rows:
            groups.setdefault(one.family, []).append(one)
        named = []
        for key, destinations in groups.items():
            family = self._families.get(key)
            title, icon = (family.title, family.icon) if family else (key, "server")
            named.append((title, icon, destinations))
        return named

    def find(self, id: str) -> Destination | None:
        return next((one for one in self._rows if one.id == id), None)

    def family_of(self, id: str) -> Family | None:
        one = self.find(id)
        return self._families.get(one.family) if one else None

    def position(self, id: str) -> int:
        """The row of a destination; -1 when there is none."""
        return next((at for at, one in enumerate(self._rows) if one.id == id), -1)

    def lane(self, id: str) -> LaneChanged | None:
        return self._lanes.get(id)

    def light(self, id: str) -> Light:
        return light(self._lanes.get(id), self._epoch())

    # --- changing

    def load(self) -> None:
        """Reads the saved destinations. Raises StorageProblem."""
        rows = list(self._accounts.destinations.all())
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()
        self.changed.emit()

    def family(self, key: str) -> Family | None:
        """A kind of server by its key, once they are loaded."""
        return self._families.get(key)

    @property
    def known(self) -> Mapping[str, Family]:
        """The families of servers by their keys; empty before they are loaded."""
        return self._families

    def know(self, families: Mapping[str, Family]) -> None:
        """The families, once they are loaded."""
        self._families = families
        self._repaint(range(len(self._rows)))
        self.changed.emit()

    def lanes_changed(self, lanes: Mapping[str, LaneChanged]) -> None:
        self._lanes.update(lanes)
        self._repaint([at for at, one in enumerate(self._rows) if one.id in lanes])

    def edit(self, id: str | None, family: str = "") -> DestinationForm:
        """The copy of a destination to edit, or a new one of a family. Raises LookupError."""
        saved = self.find(id) if id else None
        if id and saved is None:
            raise LookupError(id)
        key = saved.family if saved else family
        from app.viewmodels.destination_form import DestinationForm

        return DestinationForm(
            self._families[key], saved, self._accounts, self._host, self._free_name, self
        )

    async def remove(self, id: str) -> None:
        """Raises StorageProblem or KeyringProblem."""
        try:
            await self._accounts.remove(id)
        finally:
            self.load()
        self._lanes.pop(id, None)

    def _free_name(self, title: str) -> str:
        taken = {one.name for one in self._rows}
        names = (title if n == 1 else f"{title} {n}" for n in range(1, len(taken) + 2))
        return next(name for name in names if name not in taken)

    def _repaint(self, positions: range | list[int]) -> None:
        for at in positions:
            self.dataChanged.emit(self.index(at), self.index(at))
