"""Puts the window together: Qt, the two event loops, the engine, the view models, the window."""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QLibraryInfo,
    QLocale,
    QMessageLogContext,
    QSocketNotifier,
    QtMsgType,
    QTranslator,
    qInstallMessageHandler,
)
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QWidget

from app import __version__, logs
from app.core.changes import Change
from app.core.forms import at_once
from app.core.problems import Problem
from app.storage import Accounts, Destinations, Places, Secrets, SettingsFile, connection, places
from app.system.handover import Message, activation_token
from app.system.instance import Instance, OpenedFiles, bring_to_front
from app.system.session_end import SessionEnd
from app.transfer.upload_log import UploadLog
from app.viewmodels.notices import Notice
from app.viewmodels.row import Tone
from app.viewmodels.updates import tell_of_newer
from app.viewmodels.uploader import Uploader
from app.views.icons import resources
from app.views.theme import Appearance, Theme
from app.views.window import Window

if TYPE_CHECKING:
    from app.demo import Demo
    from app.servers.api import Family
    from app.servers.releases import Release
    from app.storage.history import History
    from app.system.surroundings import Surroundings
    from app.transfer.host import EngineHost

log = logging.getLogger(__name__)

APP_ID = "io.github.longshore.Longshore"

# While worker threads read files, the window's thread gets the interpreter back this soon.
SWITCH_SECONDS = 0.001

UNSEEN_SECONDS = 0.5
"""A window that is minimized from its start, or on another desktop, is not waited for longer."""
SEEN_SECONDS = 0.005

AHEAD = (
    "app.viewmodels.lost_files",
    "app.viewmodels.submission",
    "app.views.details_pane",
    "app.views.form_view",
    "app.views.history_view",
    "app.views.monitor_window",
    "app.views.destination_dialog",
    "app.views.preferences_dialog",
)
"""What a person may want next."""
AHEAD_SECONDS = 0.3

FULL_COLLECTION = 1_000
"""Collections of what is younger before one of everything, Python's own is 10. That one goes
through every row and holds the window up as long: a tenth of a second for ten thousand."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts of a window that is open, for what is done with it before it closes."""

    window: Window
    uploader: Uploader
    theme: Theme
    app: QApplication
    demo: Demo | None = None


Guide = Callable[[Desk], Coroutine[Any, Any, int]]


def main(
    paths: Sequence[Path],
    demo: bool,
    tour: Path | None,
    place: str = "",
    *,
    monitor: bool = False,
) -> int:
    """Opens the window and returns when it is closed: 0, or what the tour says.

    `paths` are in the list already. With `demo` everything runs on the built-in servers; `tour` is
    a folder for the pictures of a demo that runs by itself. At `place` later starts find this one;
    empty for none. With `monitor` the status monitor opens alone, and its closing ends it.
    """
    app = application()
    with ExitStack() as stack:
        instance = Instance()
        stack.callback(instance.close)
        if not instance.claim(place, Message(tuple(paths), activation_token(), monitor)):
            return 0
        # Elsewhere files come as arguments. A filter in Python sees every event of the program, and
        # has every class of Qt loaded to say what it sees.
        if sys.platform == "darwin":
            OpenedFiles(app, instance.opened)
        stand = _demo(stack, hurried=tour is not None) if demo or tour else None
        home = stand.places if stand else places().made()
        stack.enter_context(logs.kept(home.logs))
        running = stack.enter_context(runner(app))
        if tour is not None:
            from app.tour import show_round

            return running.run(opened(app, home, stand, paths, lambda desk: show_round(desk, tour)))
        return running.run(opened(app, home, stand, paths, instance=instance, monitor=monitor))


def application() -> QApplication:
    """The one application object, with its names, icon and translations."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Longshore")
    app.setApplicationDisplayName("Longshore")
    app.setDesktopFileName(APP_ID)
    app.setWindowIcon(QIcon(str(resources() / f"{APP_ID}.svg")))
    app.setQuitOnLastWindowClosed(False)
    for name, folder in (
        ("qtbase", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)),
        ("longshore", str(resources() / "translations")),
    ):
        translator = QTranslator(app)
        if translator.load(QLocale(), name, "_", folder):
            app.installTranslator(translator)
    return app


@contextmanager
def runner(app: QApplication) -> Iterator[asyncio.Runner]:
    """Runs coroutines on Qt's loop; what Qt says is logged, and signals are noticed."""
    with (
        _qt_messages_logged(),
        _runner_woken_by_signals(),
        asyncio.Runner(loop_factory=lambda: _loop(app)) as running,
    ):
        yield running


async def opened(
    app: QApplication,
    home: Places,
    demo: Demo | None,
    paths: Sequence[Path],
    guide: Guide | None = None,
    *,
    instance: Instance | None = None,
    monitor: bool = False,
) -> int:
    """Shows the window, then begins the engine; ends both when the person or the system wants it.

    With `monitor` the status monitor is shown in place of the window, which stands behind it.
    With a `guide` the window closes when that ends, and its result is returned. With an `instance`
    the window is part of the person's desktop: later starts, notices, sleep, log-off.
    """

    def tell(text: str) -> None:
        uploader.notice.emit(Notice(text, Tone.WAITING))

    asyncio.get_running_loop().set_exception_handler(_logged)
    sys.setswitchinterval(SWITCH_SECONDS)
    if demo is not None:
        await demo.furnish()
        accounts = demo.accounts
    else:
        accounts = Accounts(Destinations(home.destinations), Secrets(tell))
    uploader = Uploader(accounts, SettingsFile(home.settings))
    uploader.samples = demo.samples if demo else {}
    theme = Theme(app)
    window = Window(uploader, theme, logs=home.logs)
    uploader.load()
    theme.set_appearance(Appearance(uploader.preferences.settings.theme))
    if monitor:
        window.open_monitor(alone=True)
    else:
        window.show()
    desk = Desk(window, uploader, theme, app, demo)
    try:
        # The rest of the program takes longer to load than all that is seen of it.
        await _seen(window.monitor or window)
        if instance is not None:
            instance.listen()
        if instance is None:
            return await _with_engine(desk, accounts, home, paths, guide)
        with SessionEnd(app, window, window.leave):
            return await _with_engine(desk, accounts, home, paths, guide, instance)
    finally:
        window.close_for_good()
        window.deleteLater()


async def _seen(window: QWidget) -> None:
    """Until the window is painted, or a moment has passed in which the system did not want it."""
    handle = window.windowHandle()
    end = time.monotonic() + UNSEEN_SECONDS
    # Nothing tells; what is exposed was painted at once.
    while handle is not None and not handle.isExposed() and time.monotonic() < end:  # noqa: ASYNC110
        await asyncio.sleep(SEEN_SECONDS)


async def _with_engine(
    desk: Desk,
    accounts: Accounts,
    home: Places,
    paths: Sequence[Path],
    guide: Guide | None,
    instance: Instance | None = None,
) -> int:
    uploader, window = desk.uploader, desk.window
    # Off this thread: the HTTP client alone takes as long as the window.
    families, make_host, history = await asyncio.to_thread(
        _loaded, accounts, uploader.mailbox.post, home, uploader.trouble.emit
    )
    host = make_host()
    often = gc.get_threshold()
    surroundings: Surroundings | None = None
    log_of_each = UploadLog(logs.Redacting("%(message)s"))
    async with AsyncExitStack() as stack:
        stack.enter_context(logs.heard(log_of_each))
        await stack.enter_async_context(host)
        try:
            uploader.begin(host, families, history, log_of_each)
            uploader.tasks.start(uploader.take_over())
            # What is loaded by now stays. Going through it again at every full collection would
            # hold the window up for a tenth of a second.
            gc.freeze()
            gc.set_threshold(*often[:2], FULL_COLLECTION)
            gc.enable()
            uploader.tasks.start(_load_ahead(window))
            if paths:
                uploader.add(paths)
            if instance is not None:
                instance.deliver(lambda message: _later_start(desk, message))
                surroundings = await _surroundings(desk)
                uploader.tasks.start(tell_of_newer(uploader, _newest, __version__))
            if guide is None:
                await window.closing
                return 0
            return await guide(desk)
        finally:
            if instance is not None:
                # A later start keeps its files: here they would get into no list any more.
                instance.close()
            gc.unfreeze()
            gc.set_threshold(*often)
            window.setEnabled(False)
            await uploader.aclose()
            if surroundings is not None:
                await surroundings.close()
            await asyncio.to_thread(history.close)


async def _load_ahead(window: Window) -> None:
    """Loads what opens later, so that it opens at once.

    One part at a time, between which the window goes on. On the window's thread: Qt's classes are
    made when they are first used, which two threads must not do at once.
    """
    for name in AHEAD:
        await asyncio.sleep(AHEAD_SECONDS)
        importlib.import_module(name)
    # Asked for a part that Qt made, Python has every class loaded which that might be; the first
    # rows that are shown ask for this one.
    window.table.viewport()


async def _surroundings(desk: Desk) -> Surroundings:
    await asyncio.to_thread(importlib.import_module, "app.system.surroundings")
    from app.system.surroundings import Gestures, Surroundings

    window, uploader = desk.window, desk.uploader
    gestures = Gestures(
        lambda token: bring_to_front(window, token), window.show_needing, window.quit
    )
    joined = Surroundings(desk.app, APP_ID, window, uploader, gestures)
    window.reachable = joined.reachable
    # On a bus that does not answer this takes long, and nobody waits for it.
    uploader.tasks.start(joined.begin())
    return joined


def _newest() -> Release:
    from app.servers.releases import newest

    return newest()


def _later_start(desk: Desk, message: Message) -> None:
    monitor = desk.window.open_monitor() if message.monitor else None
    bring_to_front(monitor or desk.window, message.token)
    if message.paths:
        desk.uploader.add(message.paths)


def _loaded(
    accounts: Accounts,
    tell: Callable[[Change], None],
    home: Places,
    trouble: Callable[[Problem], None],
) -> tuple[Mapping[str, Family], Callable[[], EngineHost], History]:
    """The families, the maker of the engine's host, and the history for the window to read.

    Imports what is slow to import.
    """
    from app.servers import families
    from app.storage.history import History
    from app.storage.journal import Journal
    from app.storage.neighbours import Neighbours
    from app.transfer.engine import Engine
    from app.transfer.host import EngineHost
    from app.transfer.lanes import Route

    known = families()

    def route(destination: str) -> Route:
        saved = accounts.destinations.get(destination)
        family = known[saved.family]
        connect = connection(accounts, family.connect, destination)
        return Route(family, connect, at_once(saved.settings))

    @asynccontextmanager
    async def engine() -> AsyncIterator[Engine]:
        ended = History(home.state, trouble, accounts.destinations.get)
        journal = Journal(home.state, trouble, ended.record)
        try:
            async with Engine(route, tell, journal) as running:

                def sent() -> list[tuple[int, int]]:
                    return [(id, meter.sent) for id, meter in list(running.meters.items())]

                with Neighbours(home.state, lambda: journal.owner, sent, tell):
                    yield running
        finally:
            journal.close()
            ended.close()

    # One of its own: what the window looks for must not hold up what the engine writes.
    history = History(home.state, trouble, accounts.destinations.get)
    return known, lambda: EngineHost(engine), history


def _demo(stack: ExitStack, *, hurried: bool) -> Demo:
    from app import demo, tour

    if hurried:
        return stack.enter_context(demo.running(pace=tour.PACE, faults=tour.FAULTS))
    return stack.enter_context(demo.running())


def _loop(app: QApplication) -> asyncio.AbstractEventLoop:
    # Its import looks for the Qt binding that is loaded already.
    from qasync import QEventLoop  # type: ignore[import-untyped]

    loop: asyncio.AbstractEventLoop = QEventLoop(app)
    # Its own executor starts ten threads at once.
    loop.set_default_executor(ThreadPoolExecutor(4, "window"))
    return loop


def _logged(loop: asyncio.AbstractEventLoop, context: Mapping[str, object]) -> None:
    error = context.get("exception")
    log.error(
        "%s", context.get("message"), exc_info=error if isinstance(error, BaseException) else None
    )


@contextmanager
def _qt_messages_logged() -> Iterator[None]:
    levels = {
        QtMsgType.QtDebugMsg: logging.DEBUG,
        QtMsgType.QtInfoMsg: logging.INFO,
        QtMsgType.QtWarningMsg: logging.WARNING,
    }

    def heard(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        logging.getLogger("qt").log(levels.get(kind, logging.ERROR), "%s", text)

    before = qInstallMessageHandler(heard)
    try:
        yield
    finally:
        qInstallMessageHandler(before)


@contextmanager
def _runner_woken_by_signals() -> Iterator[None]:
    """Ctrl-C: Python looks for signals only when its own code runs, which Qt's loop seldom does."""
    if sys.platform == "win32":
        yield
        return
    ours, pythons = socket.socketpair()
    with ours, pythons:
        pythons.setblocking(False)
        ours.setblocking(False)
        before = signal.set_wakeup_fd(pythons.fileno(), warn_on_full_buffer=False)
        notifier = QSocketNotifier(ours.fileno(), QSocketNotifier.Type.Read)
        notifier.activated.connect(lambda *_: ours.recv(64))
        try:
            yield
        finally:
            notifier.setEnabled(False)
            signal.set_wakeup_fd(before)
