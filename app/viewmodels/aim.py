"""Aim: which destination new files go to, and the options they are sent with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.core.forms import Choice
from app.viewmodels.destinations import DestinationsModel
from app.viewmodels.form import FormModel
from app.viewmodels.intake import Intake
from app.viewmodels.notices import Notice
from app.viewmodels.preferences import Preferences
from app.viewmodels.row import Tone
from app.viewmodels.targets import Targets
from app.viewmodels.tasks import TaskScope
from app.viewmodels.uploads import UploadsModel
from app.viewmodels.words import tr

if TYPE_CHECKING:
    from app.servers.api import Family
    from app.transfer.host import EngineHost


class Aim(QObject):
    """The files that are listed and not sent yet follow it; what it was is kept in the settings.

    Servers are asked for choices from `begin` on. What is missing for a send is told as a Notice.
    """

    changed = Signal(str)
    """The destination's id. It may be the same as before; `options` is another form now."""

    def __init__(
        self,
        destinations: DestinationsModel,
        targets: Targets,
        uploads: UploadsModel,
        intake: Intake,
        preferences: Preferences,
        tasks: TaskScope,
        tell: Callable[[Notice], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._destinations = destinations
        self._targets = targets
        self._uploads = uploads
        self._intake = intake
        self._preferences = preferences
        self._tasks = tasks
        self._tell = tell
        self._host: EngineHost | None = None
        self._destination = ""
        self._asked_about: Mapping[str, str] = {}
        """The options with which a server was last asked about files."""
        self.options = FormModel((), parent=self)

    @property
    def destination(self) -> str:
        """The id of the destination new files go to, or empty."""
        return self._destination

    @property
    def family(self) -> Family | None:
        """None before the kinds of servers are known, too."""
        return self._destinations.family_of(self._destination)

    @property
    def takes_text(self) -> str:
        """What the destination takes, in one line."""
        return tr(self.family.takes_text) if self.family else ""

    def begin(self, host: EngineHost) -> None:
        """The engine runs and the kinds of servers are known."""
        self._host = host
        self.rebuild()

    def choose(self, id: str) -> None:
        """New files go to this destination from now on; empty is to none."""
        if id == self._destination:
            return
        self.remember()
        self._destination = id
        self._preferences.prefer(destination=id)
        self.rebuild()

    def rebuild(self) -> None:
        """The options of the destination's family, as last used."""
        family = self.family
        old = self.options
        self.options = FormModel(
            family.options if family else (),
            self._preferences.settings.options.get(self._destination, {}),
            ask=self._choices,
            tasks=self._tasks,
            parent=self,
        )
        self.options.changed.connect(self._options_changed)
        self._intake.forget_said()
        old.close()
        old.deleteLater()
        self._uploads.aim_drafts(self._destination)
        self._intake.choose(family)
        self.changed.emit(self._destination)
        self.prepare()

    def prepare(self) -> None:
        """Once a file is ready, choices are asked for, and what its contents suggest is picked."""
        family = self.family
        ready = self._intake.ready
        if family is None or not ready:
            return
        if self._host is not None:
            self.options.load()
        inspection = ready[0].inspection
        if inspection is not None:
            self.options.suggest(family.suggest(inspection.facts))

    def settled(self) -> Mapping[str, str] | None:
        """The options, for a server to be asked with; None without a destination or an option.

        Which option is missing is said then.
        """
        if not self._destination or not self._complete():
            return None
        options = self._asked_about = self.options.values
        self._targets.learn(self._destination, options, self.options)
        return options

    def remember(self) -> None:
        """These options are the ones last used with this destination."""
        if self._destination and self.options.values:
            kept = self._preferences.settings.options
            self._preferences.prefer(options={**kept, self._destination: self.options.values})

    # --- inside

    def _complete(self) -> bool:
        if self.options.complain():
            return True
        missing = next((f for f in self.options.fields if self.options.problem(f.key)), None)
        label = tr(missing.label) if missing else ""
        text = tr("Before sending, please choose: {field}", field=label)
        self._tell(Notice(text, Tone.WAITING))
        return False

    def _options_changed(self) -> None:
        # Choices that arrive late change the form, not what was asked about.
        if self.options.values != self._asked_about:
            self._intake.forget_said()

    async def _choices(
        self, field: str, picked: Mapping[str, str], search: str
    ) -> Sequence[Choice]:
        if self._host is None:
            raise RuntimeError("the engine has not begun")
        from app.transfer.engine import Engine

        return await self._host.ask(Engine.choices, self._destination, field, picked, search)
