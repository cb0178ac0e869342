"""Secrets: in a keyring, in memory without one, and never in a file."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import keyring.errors
import pytest

from app.core.destinations import Secret
from app.core.problems import Retry, SignInProblem
from app.storage import Accounts, Destinations, KeyringProblem, Secrets
from app.storage.accounts import joined, split

SECRET = Secret("hunter2")


class Ring:
    """A keyring in memory that can be told to fail or to hang."""

    def __init__(self, error: Exception | None = None, delay: float = 0) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.error = error
        self.delay = delay
        self.calls = 0

    def _answer(self) -> None:
        self.calls += 1
        time.sleep(self.delay)
        if self.error is not None:
            raise self.error

    def get_password(self, service: str, username: str) -> str | None:
        self._answer()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._answer()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._answer()
        del self.kept[service, username]


def finding(ring: Ring) -> Callable[[], Ring]:
    return lambda: ring


def test_a_keyring_keeps_gives_and_forgets() -> None:
    ring = Ring()

    async def run() -> None:
        told: list[str] = []
        secrets = Secrets(told.append, find=finding(ring))
        assert secrets.available is None
        assert await secrets.put("id", SECRET)
        assert ring.kept == {("longshore", "id"): "hunter2"}
        assert secrets.available is True
        assert await Secrets(find=finding(ring)).get("id") == SECRET
        await secrets.forget("id")
        await secrets.forget("id")
        assert await secrets.get("id") is None
        assert told == [] and secrets.why == ""

    asyncio.run(run())


def test_without_a_keyring_secrets_last_for_the_run_and_that_is_told_once() -> None:
    async def run() -> None:
        told: list[str] = []
        secrets = Secrets(told.append, find=lambda: None)
        assert await secrets.get("id") is None
        assert told == []
        assert not await secrets.put("id", SECRET)
        assert not await secrets.put("other", SECRET)
        assert await secrets.get("id") == SECRET
        assert secrets.available is False
        assert told == [secrets.why] and "until the program ends" in secrets.why
        await secrets.forget("id")
        assert await secrets.get("id") is None
        assert not await secrets.look()

    asyncio.run(run())


def test_a_keyring_that_cannot_be_had_is_none() -> None:
    def find() -> None:
        raise ModuleNotFoundError("no such backend")

    async def run() -> None:
        secrets = Secrets(find=find)
        assert not await secrets.put("id", SECRET)
        assert await secrets.get("id") == SECRET

    asyncio.run(run())


@pytest.mark.parametrize(
    ("error", "id", "words"),
    [
        (keyring.errors.KeyringLocked("dismissed"), "keyring.locked", "locked"),
        (keyring.errors.InitError("no collection"), "keyring.failed", "no collection"),
        (OSError("hunter2 is too long"), "keyring.failed", "OSError"),
    ],
)
def test_a_keyring_that_refuses_is_a_typed_problem(error: Exception, id: str, words: str) -> None:
    ring = Ring(error)

    async def run() -> None:
        told: list[str] = []
        secrets = Secrets(told.append, find=finding(ring))
        with pytest.raises(KeyringProblem) as refused:
            await secrets.get("id")
        assert isinstance(refused.value, SignInProblem)
        assert refused.value.id == id
        assert refused.value.retry is Retry.PERSON
        assert words in refused.value.meaning
        assert "hunter2" not in repr(refused.value) + refused.value.meaning
        assert not await secrets.put("id", SECRET)
        assert len(told) == 1 and "did not take the password" in told[0]
        assert "hunter2" not in told[0]
        assert await secrets.get("id") == SECRET

    asyncio.run(run())


def test_a_keyring_that_waits_for_its_prompt_holds_nothing_up() -> None:
    ring = Ring(delay=1.5)

    async def run() -> None:
        secrets = Secrets(find=finding(ring), patience=0.1)
        for _ in range(2):
            with pytest.raises(KeyringProblem) as silent:
                await secrets.get("id")
            assert silent.value.id == "keyring.silent"
        secrets.hold("id", SECRET)
        assert await secrets.get("id") == SECRET
        # One prompt at a time, however often it is asked for.
        assert ring.calls == 1

    began = time.monotonic()
    asyncio.run(run())
    assert time.monotonic() - began < 1


def test_a_proxys_password_goes_to_the_keyring_and_comes_back_to_connect(tmp_path: Path) -> None:
    path = tmp_path / "destinations.toml"
    ring = Ring()

    async def run() -> None:
        accounts = Accounts(Destinations(path), Secrets(find=finding(ring)))
        whole = {"url": "https://folio.example.org", "proxy": "http://me:p%40ss@proxy:3128"}
        added = await accounts.add("folio", "Springfield", whole, SECRET)
        assert added.settings["proxy"] == "http://me@proxy:3128"
        assert "p%40ss" not in path.read_text(encoding="utf-8")
        destination, secret = await accounts.ready(added.id)
        assert destination.settings == whole
        assert secret == SECRET

        # Saved as it was read: the password in the keyring stays.
        await accounts.save(added, None)
        assert (await accounts.ready(added.id))[0].settings == whole

        from dataclasses import replace

        other = {**added.settings, "proxy": "http://me@elsewhere:3128"}
        await accounts.save(replace(added, settings=other), Secret("new"))
        destination, secret = await accounts.ready(added.id)
        assert destination.settings["proxy"] == "http://me@elsewhere:3128"
        assert secret == Secret("new")

        await accounts.remove(added.id)
        assert ring.kept == {}

    asyncio.run(run())


def test_a_destination_without_a_secret_says_so_by_name(tmp_path: Path) -> None:
    async def run() -> None:
        accounts = Accounts(Destinations(tmp_path / "d.toml"), Secrets.in_memory())
        added = await accounts.add("folio", "Springfield", {}, None)
        with pytest.raises(SignInProblem) as missing:
            await accounts.ready(added.id)
        assert "Springfield" in missing.value.title

    asyncio.run(run())


@pytest.mark.parametrize(
    "proxy",
    ["http://u:p@proxy:3128", "http://u:p%3A%40@[::1]:3128/", "http://:p@proxy", "http://u:a:b@p"],
)
def test_splitting_and_joining_a_proxy_are_inverse(proxy: str) -> None:
    plain, secret = split({"proxy": proxy})
    assert secret is not None
    assert f":{secret.reveal()}@" not in plain["proxy"]
    assert joined(plain, secret) == {"proxy": proxy}


@pytest.mark.parametrize("proxy", ["", "none", "http://proxy:3128", "http://u@proxy", "http://[x"])
def test_a_proxy_without_a_password_stays_as_it_is(proxy: str) -> None:
    assert split({"proxy": proxy}) == ({"proxy": proxy}, None)
