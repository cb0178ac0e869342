"""The newest release of this program, as the project's own address tells it.

Asked only when the person wants to be told of new versions. Nothing is sent but the request.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from app.servers.http import Http, nonsense

ADDRESS = "https://longshore.github.io/latest.json"
"""`{"version": "1.2.0", "page": "https://…"}`"""

_VERSION = re.compile(r"\d{1,6}(\.\d{1,6}){1,3}")


@dataclass(frozen=True, slots=True)
class Release:
    """A version such as 1.2.0, and the page that tells of it."""

    version: str
    page: str

    def newer_than(self, version: str) -> bool:
        return _numbers(self.version) > _numbers(version)


def newest(address: str = ADDRESS) -> Release:
    """Asks on a loop of its own; for a worker thread. Raises Problem."""
    return asyncio.run(_newest(address))


async def _newest(address: str) -> Release:
    async with Http({}, base=address, silence=20) as http:
        reply = await http.call("GET", "", what="ask for the newest version")
        told = reply.json()
    version = told.get("version") if isinstance(told, dict) else None
    page = told.get("page") if isinstance(told, dict) else None
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise nonsense(reply, "the newest version")
    if not isinstance(page, str) or not page.startswith("https://"):
        page = ""
    return Release(version, page)


def _numbers(version: str) -> tuple[int, ...]:
    """1.2 is 1.2.0.0, and 1.2.0rc1 counts as 1.2.0."""
    found = [int(number) for number in re.findall(r"\d+", version)][:4]
    return tuple([*found, 0, 0, 0, 0][:4])
