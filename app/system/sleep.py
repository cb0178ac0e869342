"""The computer does not fall asleep by itself while bytes move; only then, and only that.

Closing the lid or choosing “Suspend” works as ever. Should the program end in any way, the system
takes the wish back by itself: the name on the bus vanishes, the child process notices.
"""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from app.viewmodels.words import tr

if TYPE_CHECKING:
    from app.system.dbus import Bus, Buses

log = logging.getLogger(__name__)

Release = Callable[[], Awaitable[None]]
Hold = Callable[[str], Awaitable[Release]]
"""Takes the reason for the person, gives what ends it again; raises Unavailable."""

LINGER = 1.0
"""Seconds without bytes before sleep is allowed again: the next file begins within them."""

_NO_SLEEP, _NOT_IDLE = 4, 8
"""Flags of GNOME's session manager and of the portal alike."""
_CONTINUOUS, _SYSTEM_REQUIRED = 0x80000000, 0x00000001
_CAFFEINATE = "/usr/bin/caffeinate"


class Unavailable(Exception):
    """This system offers no way to stay awake."""


class KeepAwake:
    """Follows `want`, one request at a time; `told` hears whether it is in force."""

    def __init__(
        self,
        hold: Hold,
        told: Callable[[bool], None],
        start: Callable[[Coroutine[Any, Any, None]], object],
        *,
        linger: float = LINGER,
    ) -> None:
        self._hold = hold
        self._told = told
        self._start = start
        self._linger = linger
        self._wanted = False
        self._release: Release | None = None
        self._following = False

    def want(self, on: bool) -> None:
        """Whether bytes move."""
        if on == self._wanted:
            return
        self._wanted = on
        if not self._following:
            self._following = True
            self._start(self._follow())

    async def close(self) -> None:
        """Takes it back for good."""
        self._wanted = False
        await self._let_go()

    async def _follow(self) -> None:
        try:
            while self._wanted is not (self._release is not None):
                if self._wanted:
                    self._release = await self._hold(tr("Files are being uploaded"))
                    self._told(True)
                else:
                    await asyncio.sleep(self._linger)
                    if not self._wanted:
                        await self._let_go()
        except Unavailable as reason:
            log.info("the computer may fall asleep while uploading: %s", reason)
        finally:
            self._following = False

    async def _let_go(self) -> None:
        release, self._release = self._release, None
        if release is not None:
            self._told(False)
            await release()


def held_by_system(buses: Buses | None) -> Hold:
    """How it is done here; `buses` on Linux alone."""

    async def hold(reason: str) -> Release:
        if buses is not None:
            return await _on_linux(buses, reason)
        if sys.platform == "win32":
            return _on_windows()
        if sys.platform == "darwin":
            # It ends by itself when we do, however we end.
            return await _by_child((_CAFFEINATE, "-i", "-w", str(os.getpid())))
        raise Unavailable("no way is known on this system")

    return hold


async def _on_linux(buses: Buses, reason: str) -> Release:
    """The desktop's own service where there is one, else the system's.

    Desktops decide about sleep themselves and do not all listen to logind's idle inhibitors, so
    logind comes last.
    """
    from app.system.dbus import BusError, in_flatpak

    ways = (_portal,) if in_flatpak() else (_gnome, _freedesktop, _login)
    for way in ways:
        try:
            return await way(buses, reason)
        except BusError as error:
            log.debug("%s: %s", way.__name__, error)
    raise Unavailable("no service for it answers")


async def _portal(buses: Buses, reason: str) -> Release:
    from app.system.dbus import Service

    name, path = "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop"
    service = Service(name, path, "org.freedesktop.portal.Inhibit")
    bus = await buses.session()
    flags, options = _NO_SLEEP | _NOT_IDLE, {"reason": ("s", reason)}
    (handle,) = await bus.call(service, "Inhibit", "sua{sv}", "", flags, options, start=True)
    return _by_call(bus, Service(name, handle, "org.freedesktop.portal.Request"), "Close")


async def _gnome(buses: Buses, reason: str) -> Release:
    """GNOME, and the desktops that kept its session manager: Cinnamon, MATE, Unity."""
    from app.system.dbus import Service

    name = "org.gnome.SessionManager"
    service = Service(name, "/org/gnome/SessionManager", name)
    bus = await buses.session()
    who, flags = "Longshore", _NO_SLEEP | _NOT_IDLE
    (cookie,) = await bus.call(service, "Inhibit", "susu", who, 0, reason, flags)
    return _by_call(bus, service, "Uninhibit", cookie)


async def _freedesktop(buses: Buses, reason: str) -> Release:
    """KDE, Xfce and others."""
    from app.system.dbus import Service

    name = "org.freedesktop.PowerManagement"
    service = Service(name, "/org/freedesktop/PowerManagement/Inhibit", f"{name}.Inhibit")
    bus = await buses.session()
    (cookie,) = await bus.call(service, "Inhibit", "ss", "Longshore", reason)
    return _by_call(bus, service, "UnInhibit", cookie)


async def _login(buses: Buses, reason: str) -> Release:
    """logind: in force as long as the file descriptor it gives is open."""
    from app.system.dbus import LOGIN

    bus = await buses.system()
    asked = ("idle", "Longshore", reason, "block")
    (held,) = await bus.call(LOGIN, "Inhibit", "ssss", *asked, start=True)

    async def release() -> None:
        held.close()

    return release


def _by_call(bus: Bus, service: Any, method: str, *cookie: int) -> Release:
    from app.system.dbus import BusError

    async def release() -> None:
        try:
            await bus.call(service, method, "u" if cookie else "", *cookie)
        except BusError as error:
            log.info("sleep could not be allowed again: %s", error)

    return release


def _on_windows() -> Release:
    """The wish belongs to the thread that says it, and that is the window's."""
    if sys.platform == "win32":
        import ctypes

        state = ctypes.windll.kernel32.SetThreadExecutionState
        if not state(_CONTINUOUS | _SYSTEM_REQUIRED):
            raise Unavailable("Windows refused")

        async def release() -> None:
            state(_CONTINUOUS)

        return release
    raise Unavailable("not Windows")


async def _by_child(command: Sequence[str]) -> Release:
    """A child process that keeps the computer awake as long as it runs."""
    try:
        child = await asyncio.to_thread(
            subprocess.Popen, command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
    except OSError as error:
        raise Unavailable(str(error)) from error

    async def release() -> None:
        child.terminate()
        await asyncio.to_thread(child.wait)

    return release
