"""The demo: built-in servers, ready destinations in memory, sample files; nothing of the person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from app.core.destinations import Secret
from app.demo_files import OPTIONS, DemoFile, demo_files
from app.sandbox import Sandbox, Served
from app.sandbox.faults import Fault
from app.storage import Accounts, Destinations, Places, Secrets, Settings, SettingsFile


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: where its settings are, what it connects to, what there is to send."""

    places: Places
    accounts: Accounts
    files: tuple[DemoFile, ...]
    servers: tuple[Served, ...]

    def files_of(self, family: str) -> tuple[DemoFile, ...]:
        """The files that servers of this family take."""
        return tuple(one for one in self.files if one.family == family)

    @property
    def samples(self) -> dict[str, tuple[Path, ...]]:
        """The files to try out, by family."""
        return {key: tuple(one.path for one in self.files_of(key)) for key in OPTIONS}

    async def furnish(self) -> None:
        """Saves a destination for every server, with options that work at once."""
        options = {}
        for served in self.servers:
            secret = Secret(served.secret)
            saved = await self.accounts.add(served.family, served.title, served.fields, secret)
            options[saved.id] = OPTIONS.get(served.family, {})
        SettingsFile(self.places.settings).save(Settings(options=options))


@contextmanager
def running(*, pace: float = 1.0, faults: Iterable[Fault | str] = ()) -> Iterator[Demo]:
    """Servers that work `pace` times faster than real ones, until the end of the block."""
    with TemporaryDirectory(prefix="longshore-demo-", ignore_cleanup_errors=True) as folder:
        home = Path(folder, "home")
        places = Places(home, home, home / "log").made()
        accounts = Accounts(Destinations(places.destinations), Secrets.in_memory())
        files = demo_files(Path(folder, "files"))
        with Sandbox(tuple(OPTIONS), pace=pace, faults=faults) as sandbox:
            yield Demo(places, accounts, files, tuple(sandbox.servers))
