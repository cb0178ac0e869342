"""Whether there is a newer version of the program: asked only when the person wants that."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from app.core.problems import Problem
from app.storage import Settings
from app.viewmodels.notices import Notice
from app.viewmodels.words import tr

if TYPE_CHECKING:
    from app.viewmodels.uploader import Uploader

log = logging.getLogger(__name__)

SECONDS_BETWEEN = 7 * 24 * 3600


class NewRelease(Protocol):
    """A version such as 1.2.0, and the page that tells of it (or nothing)."""

    @property
    def version(self) -> str: ...

    @property
    def page(self) -> str: ...

    def newer_than(self, version: str) -> bool: ...


async def tell_of_newer(
    uploader: Uploader, newest: Callable[[], NewRelease], installed: str
) -> None:
    """Says in the window that there is a newer version, if the person wants to be told."""
    preferences = uploader.preferences

    def keep(settings: Settings) -> None:
        preferences.prefer(updates_asked=settings.updates_asked)

    notice = await update_notice(preferences.settings, keep, newest, installed, time.time())
    if notice is not None:
        uploader.notice.emit(notice)


async def update_notice(
    settings: Settings,
    keep: Callable[[Settings], None],
    newest: Callable[[], NewRelease],
    installed: str,
    now: float,
) -> Notice | None:
    """What to say about a newer version, asked for once a week at most and only if wanted.

    `newest` runs in a worker thread; `keep` gets the settings with the time of asking, before
    anything is asked. That nothing could be learnt is no news for the person.
    """
    if not settings.updates or 0 <= now - settings.updates_asked < SECONDS_BETWEEN:
        return None
    keep(replace(settings, updates_asked=int(now)))
    try:
        found = await asyncio.to_thread(newest)
    except Problem as problem:
        log.info("could not ask for the newest version: %s", problem.id)
        return None
    if not found.newer_than(installed):
        return None
    text = tr("Longshore {new} is there; you have {old}.", new=found.version, old=installed)
    if sys.platform.startswith("linux"):
        text = f"{text} {tr('Install it the way you installed this one.')}"
    return Notice(text, link=found.page)
