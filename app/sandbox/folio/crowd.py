"""A busy system: jobs of several people in every state, some of them at work all the time."""

import asyncio
import time
from collections.abc import Sequence
from random import Random
from uuid import UUID

from app.sandbox.folio.options import Options
from app.sandbox.folio.state import Job, Tenant, User

_PEOPLE = (
    ("ada", "Ada", "Okafor"),
    ("ben", "Benedikt", "Grünwald"),
    ("mei", "Mei", "林"),
    ("sol", "Soledad", "Núñez de Arce"),
    ("tom", "Tomasz", "Wiśniewski"),
)
_FILES = ("approvals", "gift-collection", "nachlieferung", "serials", "e-books", "authorities")
_TICK = 0.25
_HOURS = 20.0


def crowd(tenant: Tenant, options: Options, random: Random) -> list[Job]:
    """Makes `options.crowd` jobs, begun over the last hours; returns those that are at work."""
    people = [_person(tenant, random, *one) for one in _PEOPLE]
    moving: list[Job] = []
    now = time.time()
    for index in range(options.crowd):
        job = tenant.new_job(people[index % len(people)], "PARENT_SINGLE")
        job.file_name = job.source_path = f"{_FILES[index % len(_FILES)]}-{index + 1:04}.mrc"
        profile = tenant.profiles[index % 4]
        job.profile = {name: profile[name] for name in ("id", "name", "dataType")}
        job.started = now - _HOURS * 3600 * (options.crowd - index) / options.crowd
        job.total = 400 + 37 * (index % 50)
        if index >= options.crowd - options.crowd_moving:
            job.status = "PARSING_IN_PROGRESS"
            moving.append(job)
            continue
        _end(job, index)
        job.completed = min(now, job.started + 120 + 7 * (index % 40))
    return moving


async def keep_moving(jobs: Sequence[Job], rate: float) -> None:
    """Each job works at `rate` records a second, a little more or less; one failed here and there.

    One task for all: so many of their own would keep the machine busy with nothing else.
    """
    began = time.monotonic()
    left = {job.id: (job, rate * (0.5 + index % 7 / 6)) for index, job in enumerate(jobs)}
    while left:
        await asyncio.sleep(_TICK)
        passed = time.monotonic() - began
        for index, (job, speed) in enumerate(list(left.values())):
            if not job.ended:
                job.done = job.unlogged = min(job.total or 0, int(speed * passed))
                if job.done == job.total:
                    job.end("ERROR" if index % 9 == 4 else "COMMITTED")
            if job.ended:
                del left[job.id]


def _end(job: Job, index: int) -> None:
    match index % 10:
        case 3:
            job.end("ERROR", "FILE_PROCESSING_ERROR")
        case 6:
            job.done = (job.total or 0) // 3
            job.end("CANCELLED")
        case 8:
            job.done = job.unlogged = job.total or 0
            job.end("ERROR")
        case _:
            job.done = job.unlogged = job.total or 0
            job.end("COMMITTED")


def _person(tenant: Tenant, random: Random, name: str, first: str, last: str) -> User:
    if name not in tenant.users:
        id = str(UUID(int=random.getrandbits(128), version=4))
        tenant.users[name] = User(id, name, first, last)
    return tenant.users[name]
