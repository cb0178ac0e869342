"""The real window as the person's desktop has it, told what to do by lines of its standard input.

The first argument is JSON: the servers to save ({family, title, fields, secret}), the options of
each family, and the place where later starts find this one. Commands: {"send": [paths]}. Prints
one line of JSON per event: ready, files, codes, notice, front.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app import desktop, logs
from app.core.destinations import Secret
from app.storage import Accounts, Destinations, Places, Secrets, Settings, SettingsFile, places
from app.system.handover import Message
from app.system.instance import Instance
from app.views.dialogs import Question


class Stand:
    """Saved servers, the same in every run, with their secrets in memory."""

    samples: Mapping[str, tuple[Path, ...]] = {}

    def __init__(self, home: Places, told: dict[str, Any]) -> None:
        self.accounts = Accounts(Destinations(home.destinations), Secrets.in_memory())
        self._home = home
        self._told = told

    async def furnish(self) -> None:
        known = {one.name: one for one in self.accounts.destinations.all()}
        options = {}
        for server in self._told["servers"]:
            secret = Secret(server["secret"])
            if server["title"] in known:
                await self.accounts.save(known[server["title"]], secret)
            else:
                saved = await self.accounts.add(
                    server["family"], server["title"], server["fields"], secret
                )
                options[saved.id] = self._told["options"]
        if options:
            file = SettingsFile(self._home.settings)
            file.save(Settings(options=options, tray=self._told.get("tray", False)))


def say(**facts: object) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


async def until(true: Any) -> None:
    while not true():
        await asyncio.sleep(0.02)


async def obey(desk: desktop.Desk) -> int:
    uploader = desk.uploader
    loop = asyncio.get_running_loop()
    commands: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(commands.put_nowait, json.loads(line))

    threading.Thread(target=read, daemon=True).start()
    uploader.intake.added.connect(lambda drafts: say(files=[draft.source.path for draft in drafts]))
    uploader.notice.connect(
        lambda notice: say(notice=notice.text, action=notice.action and notice.action.value)
    )
    listed = [found.path for id in uploader.uploads.ids() if (found := uploader.rows.details(id))]
    if listed:
        say(files=listed)
    say(ready=True)
    reporting = uploader.tasks.start(report(desk))
    doing = uploader.tasks.start(do(desk, commands))
    await desk.window.closing
    for task in (reporting, doing):
        if task is not None:
            task.cancel()
    return 0


async def report(desk: desktop.Desk) -> None:
    uploads, before = desk.uploader.uploads, None
    while True:
        now = {
            "codes": {id: uploads.code(id) for id in uploads.ids()},
            "asked": desk.window.findChild(Question) is not None,
            "shown": desk.window.isVisible(),
            "front": desk.window.isActiveWindow(),
            "lines": desk.uploader.status.notes,
        }
        if now != before:
            before = now
            say(**now)
        await asyncio.sleep(0.05)


async def do(desk: desktop.Desk, commands: asyncio.Queue[dict[str, Any]]) -> None:
    uploader = desk.uploader
    while True:
        command = await commands.get()
        if "send" in command:
            uploader.add(command["send"])
            await until(lambda: len(uploader.intake.ready) == len(command["send"]))  # noqa: B023
            await until(lambda: uploader.aim.options.valid)
            uploader.upload()
        elif "pause" in command:
            uploader.pause(command["pause"])
        elif "close" in command:
            desk.window.close()
        elif "quit" in command:
            desk.window.quit()


def main() -> int:
    told = json.loads(sys.argv[1])
    home = places().made()
    app = desktop.application()
    instance = Instance()
    if not instance.claim(told["place"], Message()):
        return 3
    with logs.kept(home.logs), desktop.runner(app) as runner:
        stand: Any = Stand(home, told)
        return runner.run(desktop.opened(app, home, stand, [], obey, instance=instance))


if __name__ == "__main__":
    sys.exit(main())
