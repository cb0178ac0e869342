"""The window, drawn once by a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtGui import QFontDatabase, QGuiApplication

from app import desktop
from app.cli.exits import Exit
from app.storage import Places


async def draw(picture: Path) -> Exit:
    """Opens the window with made-up places, saves a picture of it and tells what it looks like."""
    app = desktop.application()
    told: list[str] = []

    async def guide(desk: desktop.Desk) -> int:
        for _ in range(10):
            app.processEvents()
            await asyncio.sleep(0.02)
        image = desk.window.grab().toImage()
        across, down = range(0, image.width(), 7), range(0, image.height(), 7)
        colors = len({image.pixel(x, y) for x in across for y in down})
        fonts = len(QFontDatabase.families())
        size = f"{image.width()} × {image.height()}"
        platform = QGuiApplication.platformName()
        told.append(f"{platform}, {size}, {colors} colors, {fonts} fonts")
        # Unseen windows get no font from Windows; everywhere else none means unreadable.
        readable = fonts > 0 or (sys.platform == "win32" and platform == "offscreen")
        return 0 if colors > 5 and readable and image.save(str(picture)) else 1

    with TemporaryDirectory(prefix="longshore-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        places = Places(home, home, home / "log").made()
        code = await desktop.opened(app, places, None, [], guide)
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write("".join(f"{line}\n" for line in told))
        sys.stdout.flush()
    return Exit.DONE if code == 0 else Exit.ERROR
