"""The real window on the built-in server, told by a drag alone what to send; says how it ended.

Prints one line of JSON per event: the window is there, what a drag was refused for, what became of
each file. Ends by itself when every file dropped has come to its end.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable

from qasync import QEventLoop

from app import demo, desktop
from app.viewmodels.form import Live

TITLE = "Longshore"


def told(**facts: object) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.05)


async def deliver(desk: desktop.Desk) -> int:
    """Waits for a drop, picks the first job profile, presses Upload, waits for the server."""
    uploader, window = desk.uploader, desk.window
    window.move(300, 40)
    window.drops.refused.connect(lambda why: why and told(refused=why))
    window.drops.dropped.connect(lambda paths: told(dropped=[str(path) for path in paths]))
    await asyncio.sleep(0.5)
    told(ready=True)
    await until(lambda: bool(uploader.intake.ready) and not uploader.intake.busy)
    for field in uploader.aim.options.fields:
        if field.live and field.required and not uploader.aim.options.value(field.key):
            await until(lambda key=field.key: uploader.aim.options.choices(key).state is Live.READY)
            uploader.aim.options.set(
                field.key, uploader.aim.options.choices(field.key).choices[0].value
            )
    window.ready_bar.refresh()
    window.ready_bar.button.click()
    await until(lambda: bool(uploader.uploads.ids()) and not uploader.intake.ready)
    await until(lambda: all(_ended(desk, id) for id in uploader.uploads.ids()))
    for id in uploader.uploads.ids():
        upload, state = uploader.uploads.upload(id), uploader.uploads.state(id)
        assert upload is not None and state is not None
        told(name=upload.source.name, code=state.code, text=state.text)
    return 0


def _ended(desk: desktop.Desk, id: str) -> bool:
    upload = desk.uploader.uploads.upload(id)
    return upload is not None and upload.phase.final


def main() -> int:
    app = desktop.application()
    with (
        demo.running(pace=4.0) as stand,
        asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner,
    ):
        return runner.run(desktop.opened(app, stand.places, stand, [], deliver))


if __name__ == "__main__":
    sys.exit(main())
