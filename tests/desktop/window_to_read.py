"""The real window with finished uploads, history and status monitor, for a screen reader to read.

Prints {"ready": true} when all of it is there. A line of input names what is to be shown next:
uploads, history or monitor; it is answered by a line when it is.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from qasync import QEventLoop

from app import desktop
from app.demo import Demo
from app.demo_files import OPTIONS, demo_files
from app.sandbox import Sandbox
from app.storage import Accounts, Destinations, Places, Secrets
from app.viewmodels.monitor_row import Group, Show

CROWD = 6


def told(**facts: object) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


async def until(true: object) -> None:
    assert callable(true)
    while not true():
        await asyncio.sleep(0.05)


async def show(desk: desktop.Desk) -> int:
    uploader, window = desk.uploader, desk.window
    await until(lambda: uploader.begun and uploader.aim.family is not None)
    files = desk.demo.files if desk.demo else ()
    uploader.add([one.path for one in files])
    await until(lambda: len(uploader.intake.ready) == len(files) and uploader.aim.options.valid)
    uploader.upload()
    done = ("done", "done_with_errors")
    await until(lambda: len(uploader.uploads.ids(done)) == len(files))
    window.table.pick(0)
    jobs = uploader.monitor.model
    told(ready=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        match line.strip():
            case "uploads":
                window.actions_.uploads.trigger()
            case "history":
                window.actions_.history.trigger()
                await until(lambda: uploader.history.rowCount() >= len(files))
            case "monitor":
                monitor = window.open_monitor()
                await until(lambda: jobs.counts()[Show.ALL] >= CROWD + len(files))
                monitor.filters.choose_group(Group.BATCH)
                monitor.table.pick(1)
        await asyncio.sleep(0.3)
        told(shown=line.strip())
    return 0


def main() -> int:
    app = desktop.application()
    with TemporaryDirectory() as folder:
        home = Path(folder, "home")
        places = Places(home, home, home / "log").made()
        accounts = Accounts(Destinations(places.destinations), Secrets.in_memory())
        files = tuple(one for one in demo_files(Path(folder)) if one.family == "folio")
        assert OPTIONS["folio"]
        options = {"split": False, "crowd": CROWD, "crowd_moving": 2}
        with (
            Sandbox(("folio",), pace=40, **options) as box,
            asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner,
        ):
            stand = Demo(places, accounts, files, tuple(box.servers))
            return runner.run(desktop.opened(app, places, stand, [], show))


if __name__ == "__main__":
    sys.exit(main())
