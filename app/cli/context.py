"""What every command stands on: output, places, saved servers, secrets and families."""

from __future__ import annotations

import contextlib
import difflib
import getpass
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import cached_property, partial

from app.cli.answers import Usage
from app.cli.output import Output
from app.core.destinations import Destination, Secret
from app.core.history import Kept
from app.core.problems import Problem, SignInProblem
from app.servers.api import Family, Server
from app.storage import (
    Accounts,
    Destinations,
    Places,
    Secrets,
    SettingsFile,
    connection,
    places,
)
from app.storage.history import History
from app.storage.journal import Journal
from app.storage.neighbours import Neighbours, Sent

SECRET_VARIABLE = "LONGSHORE_SECRET"


class Context:
    """Made once per run; everything slow is made when it is first needed."""

    def __init__(self, output: Output, environment: Mapping[str, str] = os.environ) -> None:
        self.output = output
        self.secrets = Secrets(output.words)
        self._environment = environment

    @cached_property
    def places(self) -> Places:
        return places(self._environment).made()

    @cached_property
    def destinations(self) -> Destinations:
        return Destinations(self.places.destinations)

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(self.destinations, self.secrets)

    @cached_property
    def families(self) -> Mapping[str, Family]:
        from app.servers import families

        return families()

    def journal(self) -> Journal:
        """The journal of unfinished uploads, not yet opened; what is wrong with it is told."""
        return Journal(self.places.state, self.output.problem, self.history.record)

    @cached_property
    def history(self) -> History:
        """What ended, of every run on this computer; what is wrong with it is told."""
        return History(self.places.state, self.output.problem, self.destinations.get)

    def tidy(self) -> None:
        """What is too old for the history goes; what is in the way can wait for the next time."""
        with contextlib.suppress(Problem):
            settings = SettingsFile(self.places.settings).load()
            self.history.prune(Kept(settings.history_days, settings.history_rows))

    def close(self) -> None:
        """At the end of a run."""
        if "history" in vars(self):
            self.history.close()

    def sharing(self, journal: Journal) -> Callable[[Sent], Neighbours]:
        """How other processes hear of the sends that are written in this journal."""
        return partial(Neighbours, self.places.state, lambda: journal.owner)

    def destination(self, name: str) -> Destination:
        """The saved server of this name. Raises StorageProblem; damage of the file is told."""
        try:
            return self.destinations.named(name)
        finally:
            self.tell_damage()

    def tell_damage(self) -> None:
        for problem in self.destinations.problems:
            self.output.problem(problem)

    def family(self, key: str) -> Family:
        """Raises Usage for a family this version does not have."""
        if (family := self.families.get(key)) is None:
            near = difflib.get_close_matches(key, self.families, 1)
            hint = f"; did you mean “{near[0]}”?" if near else f": {', '.join(self.families)}"
            raise Usage(f"“{key}” is not a family of servers this version knows{hint}")
        return family

    async def secret(self, destination: Destination) -> Secret | None:
        """What was given for this run, else the keyring's; asked for if somebody is there.

        None when there is none at all. Raises KeyringProblem when nobody can be asked instead.
        """
        if given := self.given_secret():
            return given
        try:
            kept = await self.secrets.get(destination.id)
        except SignInProblem as problem:
            if not self.somebody_is_there():
                raise
            self.output.problem(problem)
            kept = None
        secret = kept or self.asked_secret(destination.family, destination.name)
        if secret is None:
            self.output.words(f"Where nobody can be asked, give the secret in {SECRET_VARIABLE}.")
        return secret

    def given_secret(self) -> Secret | None:
        value = self._environment.get(SECRET_VARIABLE, "")
        return Secret(value) if value else None

    def asked_secret(self, family: str, name: str) -> Secret | None:
        """None when nobody is there or Enter alone is pressed."""
        if not self.somebody_is_there():
            return None
        label = self.family(family).secret.label
        value = getpass.getpass(f"{label} for {name}: ")
        return Secret(value) if value else None

    @staticmethod
    def somebody_is_there() -> bool:
        return bool(sys.stdin and sys.stdin.isatty() and _is_console(sys.stdin.fileno()))

    async def connection(
        self, destination: Destination
    ) -> Callable[[], AbstractAsyncContextManager[Server]]:
        """How to connect to it, with a secret at hand. Raises SignInProblem when there is none."""
        if secret := await self.secret(destination):
            self.secrets.hold(destination.id, secret)
        family = self.family(destination.family)
        return connection(self.accounts, family.connect, destination.id)


def _is_console(descriptor: int) -> bool:
    """Windows takes its empty device for a terminal; nobody answers there."""
    if sys.platform == "win32":
        import ctypes
        import msvcrt

        mode = ctypes.c_ulong()
        handle = msvcrt.get_osfhandle(descriptor)
        return bool(ctypes.windll.kernel32.GetConsoleMode(handle, ctypes.byref(mode)))
    else:
        return True
