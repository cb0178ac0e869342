"""Passwords and tokens: in the system's keyring, or in memory for this run; never plain on disk."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

from app.core.destinations import Secret
from app.storage.aside import aside
from app.storage.problems import (
    KEYRING_FAILED,
    KEYRING_LOCKED,
    KEYRING_SILENT,
    KeyringProblem,
)

T = TypeVar("T")

SERVICE = "longshore"

_log = logging.getLogger(__name__)

NO_KEYRING = (
    "This computer has no keyring that Longshore can use, "
    "so passwords are kept only until the program ends."
)
NOT_TAKEN = (
    "The keyring of this computer did not take the password, "
    "so it is kept only until the program ends."
)


class Keyring(Protocol):
    """The part of a backend of the keyring library that is used here."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


class Secrets:
    """Secrets by key, mostly a destination's id. Usable from any event loop.

    The keyring library is slow to import and may block on a prompt for minutes, so all of it
    happens on a thread, and an answer is awaited for `patience` seconds. `tell` hears once, in one
    sentence, that secrets are held for this run only. `find` gives the keyring (None: memory only).
    """

    def __init__(
        self,
        tell: Callable[[str], None] = lambda text: None,
        *,
        find: Callable[[], Keyring | None] | None = None,
        patience: float = 30.0,
    ) -> None:
        self.available: bool | None = None
        """Whether there is a keyring to keep secrets in; None before anybody had to know."""
        self.why = ""
        """Why not, as a sentence for the person."""
        self._tell = tell
        self._find = find or system_keyring
        self._patience = patience
        self._keyring: Keyring | None = None
        self._held: dict[str, Secret] = {}
        self._told = False
        # One call at a time: two would make a locked keyring ask twice.
        self._turn = threading.Lock()

    @classmethod
    def in_memory(cls) -> Secrets:
        """For demos and tests: nothing outlives the run, and nobody needs to be told."""
        return cls(find=lambda: None)

    async def look(self) -> bool:
        """Whether there is a keyring. Raises KeyringProblem when it stays silent."""
        await self._asked(lambda keyring: None)
        return bool(self.available)

    async def get(self, key: str) -> Secret | None:
        """None when there is none. Raises KeyringProblem when the keyring holds it back."""
        if held := self._held.get(key):
            return held
        value = await self._asked(lambda keyring: keyring.get_password(SERVICE, key))
        return Secret(value) if value else None

    async def put(self, key: str, secret: Secret) -> bool:
        """Keep it; True if the keyring has it, False if it is held for this run only. Never raises.

        Why the keyring would not take it is in `why`.
        """
        self._held[key] = secret
        try:
            await self._asked(lambda keyring: keyring.set_password(SERVICE, key, secret.reveal()))
        except KeyringProblem as problem:
            self.why = f"{NOT_TAKEN} {problem.meaning}"
            self._tell(self.why)
            return False
        if self.available:
            self._held.pop(key, None)
            return True
        if not self._told:
            self._told = True
            self._tell(self.why)
        return False

    def hold(self, key: str, secret: Secret) -> None:
        """For this run only, before whatever the keyring has."""
        self._held[key] = secret

    async def forget(self, key: str) -> None:
        """What is gone already counts as forgotten. Raises KeyringProblem."""
        self._held.pop(key, None)

        def forget(keyring: Keyring) -> None:
            if keyring.get_password(SERVICE, key) is not None:
                keyring.delete_password(SERVICE, key)

        await self._asked(forget)

    async def _asked(self, question: Callable[[Keyring], T]) -> T | None:
        try:
            return await aside(functools.partial(self._ask, question), limit=self._patience)
        except TimeoutError:
            raise KeyringProblem(KEYRING_SILENT, {"seconds": f"{self._patience:.0f}"}) from None

    def _ask(self, question: Callable[[Keyring], T]) -> T | None:
        with self._turn:
            if self.available is None:
                self._look()
            if self._keyring is None:
                return None
            try:
                return question(self._keyring)
            except Exception as error:
                raise _problem(error) from None

    def _look(self) -> None:
        try:
            self._keyring = self._find()
        except Exception as error:
            _log.warning("no keyring: %s", type(error).__name__)
        self.available = self._keyring is not None
        self.why = "" if self.available else NO_KEYRING


def _problem(error: Exception) -> KeyringProblem:
    """The keyring's own refusal; of other errors only the type: the text may hold a secret."""
    from keyring.errors import KeyringError, KeyringLocked

    if isinstance(error, KeyringLocked):
        return KeyringProblem(KEYRING_LOCKED)
    reason = str(error)[:200] if isinstance(error, KeyringError) else ""
    return KeyringProblem(KEYRING_FAILED, {"reason": reason or type(error).__name__})


def system_keyring() -> Keyring | None:
    """The keyring of this system that the library recommends; None when there is none.

    Below a priority of 1 are the ones it does not recommend, which may write plain text or ask on a
    terminal. A chain of several would search and write in those too, so its first is taken alone.
    """
    import keyring
    from keyring.backends.chainer import ChainerBackend

    found = keyring.get_keyring()
    candidates = list(found.backends) if isinstance(found, ChainerBackend) else [found]
    for candidate in candidates:
        if candidate.priority >= 1:
            return candidate
    return None
