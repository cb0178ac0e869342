"""`longshore --self-test`: what this installation can do, part by part; nothing of the person is
touched."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import importlib.util
import os
import pkgutil
import platform
import ssl
import subprocess
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from app import __version__
from app.cli.answers import Usage
from app.cli.context import Context
from app.cli.delivery import Delivery, Patience
from app.cli.exits import Exit
from app.cli.output import Output
from app.cli.preflight import agreed, looked_into
from app.cli.progress import Quiet
from app.core.destinations import Destination, Secret
from app.core.problems import Problem
from app.inspection.looks import Unwatched
from app.inspection.process import Inspector
from app.sandbox import Sandbox
from app.self_test.samples import SAMPLES
from app.servers.api import Family
from app.storage import Accounts, Destinations, Secrets, connection
from app.transfer.local_file import source_of

PACE = 20.0
"""How much faster than real servers the built-in ones work here."""

PATIENCE = 60.0
"""Seconds for one delivery, and for one window; either needs a few."""

KEYRING_PATIENCE = 5.0
"""A locked keyring asks the person, who may not be there."""

OF_LINUX = frozenset({"app.system.dbus"})
"""The services of a desktop that no other system has; what they need is not installed there."""

LATE = ("keyring", "pymarc", "qasync", "tomli_w", "truststore", "uvicorn")
"""Packages that no module of the program imports at its beginning."""


class Lacking(Exception):
    """Something this computer need not have; says what that means."""


Check = Callable[[Context], Awaitable[str]]


async def self_test(arguments: argparse.Namespace, context: Context) -> Exit:
    """A line for each part, or for those asked for; DONE unless one failed.

    With `draw` it is the program that one part starts. Raises Usage for parts nobody knows.
    """
    if arguments.draw is not None:
        from app.self_test.drawing import draw

        return await draw(arguments.draw)
    checks = list(_checks(context))
    if parts := tuple(arguments.parts):
        checks = [(title, check) for title, check in checks if title.startswith(parts)]
        if not checks:
            raise Usage(f"there is no part “{parts[0]}”; see: longshore --self-test")
    good = True
    for title, check in checks:
        began = time.monotonic()
        mark = "ok    "
        try:
            said = await check(context)
        except Lacking as lacking:
            mark, said = "none  ", str(lacking)
        except Exception as error:
            good, mark, said = False, "FAILED", _in_words(error)
        seconds = f"{time.monotonic() - began:5.1f} s"
        context.output.result(f"{mark}  {title:<18}  {seconds}  {said}")
    context.output.result("All is well." if good else "Something is missing; see above.")
    return Exit.DONE if good else Exit.ERROR


def _checks(context: Context) -> Iterator[tuple[str, Check]]:
    yield "program", _program
    yield "modules", _modules
    yield "resources", _resources
    yield "certificates", _certificates
    yield "keyring", _keyring
    try:
        families = context.families
    except Exception:
        families = {}
    yield "looking into files", _looking
    for key in families:
        yield f"delivery, {key}", _delivery(key)
    yield "window, unseen", _window({"QT_QPA_PLATFORM": "offscreen"})
    yield "window, on screen", _on_screen


def _in_words(error: Exception) -> str:
    if isinstance(error, Problem):
        from app.viewmodels import words

        return words.title(error)
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


async def _program(context: Context) -> str:
    kind = "packaged" if getattr(sys, "frozen", False) else "from a checkout or pip"
    return f"Longshore {__version__}, {kind}, Python {platform.python_version()}"


async def _modules(context: Context) -> str:
    """Also those that are imported late, which a package may lack without anybody noticing."""
    import app

    names = [found.name for found in pkgutil.walk_packages(app.__path__, "app.")]
    strange = frozenset() if sys.platform.startswith("linux") else OF_LINUX
    names = [name for name in names if not name.endswith("__main__") and name not in strange]
    # Chosen by their names at run time.
    names += [*LATE, "uvicorn.loops.asyncio", "uvicorn.protocols.http.h11_impl"]
    for name in names:
        importlib.import_module(name)
    if len(names) < 100:
        raise RuntimeError(f"only {len(names)} modules were found")
    return f"{len(names)} can be loaded"


async def _resources(context: Context) -> str:
    from app.views.icons import resources

    icons = list((resources() / "icons").glob("*.svg"))
    if not icons or not list(resources().glob("*.Longshore.svg")):
        raise FileNotFoundError(f"no icons in {resources()}")
    if getattr(sys, "frozen", False) and not (resources() / "THIRD-PARTY.txt").is_file():
        raise FileNotFoundError("the licences of others are not there")
    return f"{len(icons)} icons"


async def _certificates(context: Context) -> str:
    from app.servers import trust

    made = await asyncio.to_thread(trust.context, {})
    if sys.platform == "darwin":
        return "those of macOS are asked at each connection"
    if sys.platform == "win32":
        count = len(ssl.create_default_context().get_ca_certs())
    else:
        count = max(len(made.get_ca_certs()), await asyncio.to_thread(_in_folder))
    if not count:
        raise RuntimeError("the system trusts nobody: install its package of root certificates")
    return f"{count} of this system are trusted, {ssl.OPENSSL_VERSION}"


def _in_folder() -> int:
    """How many certificates OpenSSL would read from its folder when they are needed."""
    folder = ssl.get_default_verify_paths().capath
    return len(list(Path(folder).glob("*.0"))) if folder else 0


async def _keyring(context: Context) -> str:
    secrets = Secrets(patience=KEYRING_PATIENCE)
    key, secret = f"self-test-{uuid.uuid4()}", Secret("Zoë, Łódź")
    try:
        if not await secrets.look():
            raise Lacking("passwords are kept only until the program ends")
        if not await secrets.put(key, secret):
            raise Lacking(secrets.why)
        found = await Secrets(patience=KEYRING_PATIENCE).get(key)
        await secrets.forget(key)
    except Problem as problem:
        raise Lacking(_in_words(problem)) from problem
    if found is None or found.reveal() != secret.reveal():
        raise RuntimeError("what was put into the keyring did not come out of it")
    return "keeps passwords"


async def _looking(context: Context) -> str:
    """As the window has large and many files looked into."""
    with TemporaryDirectory(prefix="longshore-", ignore_cleanup_errors=True) as folder:
        return await asyncio.to_thread(_looked_into, context.families, Path(folder))


def _looked_into(families: Mapping[str, Family], folder: Path) -> str:
    inspector = Inspector(many=1)
    looked = 0
    try:
        for key, sample in SAMPLES.items():
            sample.write(folder / sample.name)
            source = source_of(folder / sample.name)
            for _, inspection in inspector.looks(families[key], [source], Unwatched()):
                if inspector.process_id is None or inspection.refused:
                    raise RuntimeError(f"no other process could look into {sample.name}")
                looked += 1
    finally:
        inspector.close()
        inspector.rest()
    return f"another process looked into {looked} files"


def _delivery(key: str) -> Check:
    async def check(context: Context) -> str:
        sample = SAMPLES.get(key)
        if sample is None or importlib.util.find_spec(f"app.sandbox.{key}") is None:
            raise Lacking("there is no built-in server of this kind")
        with (
            TemporaryDirectory(prefix="longshore-", ignore_cleanup_errors=True) as folder,
            Sandbox([key], pace=PACE) as sandbox,
        ):
            path = Path(folder, sample.name)
            sample.write(path)
            accounts = Accounts(Destinations(Path(folder, "servers.toml")), Secrets.in_memory())
            served = sandbox.servers[0]
            saved = await accounts.add(key, "Sandbox", served.fields, Secret(served.secret))
            return await _delivered(path, sample.options, saved, accounts, context)

    return check


async def _delivered(
    path: Path,
    options: Mapping[str, str],
    destination: Destination,
    accounts: Accounts,
    context: Context,
) -> str:
    family = context.family(destination.family)
    connect = connection(accounts, family.connect, destination.id)
    files = await looked_into([str(path)], family)
    files, groups = await agreed(files, family, options, connect, name=destination.name)
    silent = Quiet(Output(None, None, verbose=False))
    delivery = Delivery(destination.id, family, connect, silent, Patience(wait_limit=PATIENCE))
    code = await delivery.run(files, groups)
    if code is not Exit.DONE:
        raise RuntimeError(f"{path.name} did not arrive (exit code {code:d})")
    return f"{path.name} arrived at the built-in server"


def _window(surroundings: Mapping[str, str]) -> Check:
    async def check(context: Context) -> str:
        with TemporaryDirectory(prefix="longshore-") as folder:
            picture = Path(folder, "window.png")
            code, said = await asyncio.to_thread(_another, surroundings, picture)
            if code != 0:
                last = [line for line in said.splitlines() if line.strip()][-3:]
                raise RuntimeError(f"ended with {code}: {' '.join(last) or 'nothing said'}")
            # What Qt has to say about the surroundings comes before it.
            return said.strip().rpartition("\n")[2]

    return check


async def _on_screen(context: Context) -> str:
    seen = ("DISPLAY", "WAYLAND_DISPLAY")
    if sys.platform not in ("win32", "darwin") and not any(os.environ.get(name) for name in seen):
        raise Lacking("there is no screen")
    return await _window({})(context)


def _another(surroundings: Mapping[str, str], picture: Path) -> tuple[int, str]:
    """Draws in a process of its own: Qt ends the whole program where it cannot open a window."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "app"]
    try:
        done = subprocess.run(
            [*program, "--self-test", "--draw", str(picture)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **surroundings},
            cwd=None if getattr(sys, "frozen", False) else Path(__file__).resolve().parents[2],
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return -1, f"no window after {PATIENCE:.0f} seconds"
    return done.returncode, done.stdout.decode(errors="replace")
