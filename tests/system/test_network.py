"""Hints of the network become a sentence or a try; a sleep is noticed by whoever tells of it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QNetworkInformation

from app.system.network import NetworkHints, WakeUp, system_network

from .conftest import Told

Reach = QNetworkInformation.Reachability


class Network(QObject):
    """What Qt's own object asks and tells, set by hand."""

    reachabilityChanged = Signal(object)
    isBehindCaptivePortalChanged = Signal(bool)
    isMeteredChanged = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.reach, self.portal, self.metered = Reach.Online, False, False

    def reachability(self) -> QNetworkInformation.Reachability:
        return self.reach

    def isBehindCaptivePortal(self) -> bool:
        return self.portal

    def isMetered(self) -> bool:
        return self.metered

    def become(self, reach: QNetworkInformation.Reachability) -> None:
        self.reach = reach
        self.reachabilityChanged.emit(reach)


def test_a_network_that_is_lost_is_told_and_one_that_is_back_is_tried(qapp: object) -> None:
    network, said, back = Network(), [], []
    hints = NetworkHints(network, said.append, lambda: back.append(1))
    network.become(Reach.Disconnected)
    network.become(Reach.Local)
    assert [bool(text) for text in said] == [False, True, False]
    assert back == [1]
    network.portal = True
    network.isBehindCaptivePortalChanged.emit(True)
    assert "sign-in of its own" in said[-1] and back == [1]
    network.portal = False
    network.isBehindCaptivePortalChanged.emit(False)
    assert said[-1] == "" and back == [1, 1]
    network.metered = True
    network.isMeteredChanged.emit(True)
    assert "by amount" in said[-1] and back == [1, 1]
    network.become(Reach.Online)
    assert back == [1, 1]
    hints.close()
    network.become(Reach.Disconnected)
    assert "by amount" in said[-1]


def test_where_the_system_knows_nothing_nothing_is_said(qapp: object) -> None:
    network, said = Network(), []
    network.reach = Reach.Unknown
    hints = NetworkHints(network, said.append, lambda: None)
    assert said == [""]
    hints.close()


def test_the_system_here_can_be_asked(qapp: object) -> None:
    network = system_network()
    if network is None:
        pytest.skip("Qt has no way to ask this system")
    hints = NetworkHints(network, lambda text: None, lambda: None)
    hints.close()


class Clocks:
    wall, steady = 1_700_000_000.0, 50.0

    def pass_(self, seconds: float, *, slept: float = 0.0, steady_too: bool = False) -> None:
        self.wall += seconds + slept
        self.steady += seconds + (slept if steady_too else 0.0)


@pytest.mark.parametrize("steady_too", [False, True])
def test_clocks_that_jump_tell_of_a_sleep(qapp: object, steady_too: bool) -> None:
    """Linux's monotonic clock stands still meanwhile, that of other systems does not."""
    clocks, woke = Clocks(), []
    wake = WakeUp(lambda: woke.append(1), epoch=lambda: clocks.wall, clock=lambda: clocks.steady)
    for _ in range(10):
        clocks.pass_(5.3)
        wake.look()
    assert woke == []
    clocks.pass_(5, slept=3600, steady_too=steady_too)
    wake.look()
    assert woke == [1]
    clocks.pass_(5)
    wake.look()
    # Somebody sets the clock back.
    clocks.wall -= 7200
    wake.look()
    assert woke == [1]
    wake.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="logind")
def test_logind_tells_before_and_after(services: Callable[..., Told], ui: Any) -> None:
    from app.system.dbus import LOGIN, Buses

    there = services("org.freedesktop.login1")
    clocks, woke = Clocks(), []

    async def run() -> None:
        buses = Buses()
        wake = WakeUp(
            lambda: woke.append(1), epoch=lambda: clocks.wall, clock=lambda: clocks.steady
        )
        await (await buses.system()).listen(LOGIN, "PrepareForSleep", wake.heard)
        there.say(sleeping=True)
        clocks.pass_(1, slept=3600)
        there.say(sleeping=False)
        async with asyncio.timeout(20):
            while not woke:
                await asyncio.sleep(0.01)
        # The clocks have nothing to add.
        wake.look()
        assert woke == [1]
        wake.close()
        buses.close()

    ui(run())
