"""The edited copy of one saved server, with its “Test connection”."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.core.destinations import Destination, Secret
from app.core.forms import CONNECTION_FIELDS, Field, FieldKind
from app.servers.api import Family, Step, StepState
from app.storage import Accounts
from app.viewmodels.form import FormModel
from app.viewmodels.words import tr

if TYPE_CHECKING:
    from app.transfer.engine import Engine
    from app.transfer.host import EngineHost
    from app.viewmodels.destinations import DestinationsModel

__all__ = ["DestinationForm", "Step", "StepState"]

NAME = "name"


class DestinationForm(QObject):
    """One destination being edited: name, the family's fields, secret, general fields."""

    tested = Signal(object)
    """A Step of “Test connection”, as it ends."""

    def __init__(
        self,
        family: Family,
        saved: Destination | None,
        accounts: Accounts,
        host: Callable[[], EngineHost],
        free_name: Callable[[str], str],
        model: DestinationsModel,
    ) -> None:
        super().__init__(model)
        self.family = family
        self.saved = saved
        self._accounts = accounts
        self._host = host
        self._model = model
        # A saved secret is not shown, so an empty field means: as it is.
        secret = replace(family.secret, required=family.secret.required and saved is None)
        if saved is not None:
            secret = replace(secret, placeholder=tr("unchanged"))
        name = Field(NAME, "Name", required=True, help="What you want to call this server.")
        self.form = FormModel(
            (name, *family.fields, secret, *CONNECTION_FIELDS),
            {NAME: saved.name, **saved.settings} if saved else {NAME: free_name(family.title)},
            parent=self,
        )

    @property
    def title(self) -> str:
        """What the dialog is called."""
        if self.saved is None:
            return tr("New server: {family}", family=self.family.title)
        return tr("{name}: settings", name=self.saved.name)

    async def save(self) -> str:
        """Keeps it and its secret; returns its id. Raises StorageProblem or KeyringProblem."""
        name, settings, secret = self._entered()
        if self.saved is None:
            self.saved = await self._accounts.add(self.family.key, name, settings, secret)
        else:
            edited = Destination(self.saved.id, self.saved.family, name, settings)
            self.saved = await self._accounts.save(edited, secret)
        self._model.load()
        return self.saved.id

    async def test(self) -> AsyncIterator[Step]:
        """Tries what is entered, step by step, without saving it. Raises KeyringProblem."""
        destination, secret = await self._candidate()
        steps: asyncio.Queue[Step | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def told(step: Step | None) -> None:
            loop.call_soon_threadsafe(steps.put_nowait, step)

        async def probe(_: Engine) -> None:
            try:
                async for step in self.family.probe(destination, secret):
                    told(step)
            finally:
                told(None)

        probing = asyncio.ensure_future(self._host().ask(probe))
        try:
            while (step := await steps.get()) is not None:
                self.tested.emit(step)
                yield step
            await probing
        finally:
            probing.cancel()

    async def _candidate(self) -> tuple[Destination, Secret]:
        name, settings, secret = self._entered()
        id = self.saved.id if self.saved else ""
        destination = Destination(id, self.family.key, name, settings)
        if self.saved is not None:
            destination = await self._accounts.whole(destination)
            secret = secret or await self._accounts.secrets.get(id)
        return destination, secret or Secret("")

    def _entered(self) -> tuple[str, dict[str, str], Secret | None]:
        values = self.form.values
        name = values.pop(NAME, "")
        secret = ""
        for field in self.form.fields:
            if field.kind is FieldKind.SECRET:
                secret = values.pop(field.key, "") or secret
        return name, values, Secret(secret) if secret else None
