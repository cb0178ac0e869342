"""Accounts and tokens: created with a password, used until they expire or are revoked."""

import base64
import binascii
import hmac
import re
import time
from dataclasses import dataclass
from random import Random
from uuid import UUID

from app.sandbox.ssc.options import Options
from app.sandbox.ssc.rights import EVERY, TYPES, TokenType

USERNAME = "joan"
COLLEAGUE = "ada"
_DAY = 86_400.0
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class SignIn:
    """One password that was presented, for the books."""

    username: str
    accepted: bool
    locked: bool


@dataclass(slots=True)
class Token:
    """One token of a user; `value` is the plain UUID. `uses` -1 is without limit."""

    id: int
    value: str
    type: TokenType
    user: str
    created: float
    terminal: float
    description: str
    uses: int
    pasted: bool = False
    revoked: bool = False
    expired: bool = False

    @property
    def good(self) -> bool:
        return not self.revoked and not self.expired and time.time() < self.terminal

    @property
    def encoded(self) -> str:
        return base64.b64encode(self.value.encode()).decode()


@dataclass(frozen=True, slots=True)
class Pass:
    """Who makes a call, and with what."""

    user: str
    rights: frozenset[str]
    token: Token | None = None


class TooManyTokens(Exception):
    """The user holds as many tokens as allowed."""


class Accounts:
    """The users of one server, their wrong passwords and their tokens."""

    def __init__(self, options: Options, random: Random) -> None:
        self._options = options
        self._random = random
        self.password = f"sandbox-{random.getrandbits(64):016x}"
        self._wrong = dict.fromkeys((USERNAME, COLLEAGUE), 0)
        self.tokens: dict[int, Token] = {}
        self.sign_ins: list[SignIn] = []
        self.plain_headers = 0
        pasted = self.create(USERNAME, TYPES[options.token_type], "Made in the web page", None)
        pasted.pasted = True
        self.pasted = pasted

    def checked(self, header: str, *, basic: bool, token: bool) -> Pass | None:
        """Who presents this Authorization header; None when it is not good for the call."""
        scheme, _, value = header.partition(" ")
        if scheme == "Basic" and basic:
            user = self._user(value)
            return None if user is None else Pass(user, EVERY - set(self._options.deny))
        if scheme == "FortifyToken" and token:
            found = self._presented(value)
            if found is None:
                return None
            rights = found.type.rights - set(self._options.deny)
            return Pass(found.user, rights, found)
        return None

    def create(self, user: str, kind: TokenType, description: str, terminal: float | None) -> Token:
        """A new token; raises TooManyTokens."""
        held = [one for one in self.tokens.values() if one.user == user and one.good]
        if len(held) >= self._options.most_tokens:
            raise TooManyTokens
        now = time.time()
        end = now + kind.days * _DAY if terminal is None else terminal
        if self._options.token_seconds is not None:
            end = min(end, now + self._options.token_seconds)
        value = str(UUID(int=self._random.getrandbits(128), version=4))
        token = Token(811 + len(self.tokens), value, kind, user, now, end, description, kind.uses)
        self.tokens[token.id] = token
        return token

    def by_encoded(self, text: str) -> Token | None:
        """The token spelled in base64, whether it is still good or not."""
        try:
            plain = base64.b64decode(text, validate=True).decode("ascii")
        except (binascii.Error, ValueError):
            return None
        return self._by_value(plain) if _UUID.fullmatch(plain) else None

    def expire_all(self) -> None:
        for token in self.tokens.values():
            token.expired = True

    def _by_value(self, plain: str) -> Token | None:
        return next((one for one in self.tokens.values() if one.value == plain), None)

    def _presented(self, value: str) -> Token | None:
        token = self.by_encoded(value)
        if token is None and self._options.decoded_header and _UUID.fullmatch(value):
            token = self._by_value(value)
            self.plain_headers += 1
        return token if token is not None and token.good else None

    def _user(self, value: str) -> str | None:
        try:
            name, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return None
        if not colon:
            return None
        wrong = self._wrong.get(name)
        locked = wrong is not None and wrong >= self._options.lock_after
        right = hmac.compare_digest(password.encode(), self.password.encode())
        accepted = wrong is not None and right and not locked
        self.sign_ins.append(SignIn(name, accepted, locked))
        if wrong is not None:
            self._wrong[name] = 0 if accepted else wrong + 1
        return name if accepted else None
