"""One FOLIO system: a gateway with two tenants behind it, and the storage beside it."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from uuid import UUID

from app.sandbox.family import Address, Ground, Served
from app.sandbox.folio import jobs, logs, profiles
from app.sandbox.folio.books import Books
from app.sandbox.folio.crowd import crowd
from app.sandbox.folio.definitions import Definitions
from app.sandbox.folio.gateway import Gateway
from app.sandbox.folio.options import RAW_TENANT, SPLIT_TENANT, Options
from app.sandbox.folio.processing import Processing
from app.sandbox.folio.sign_in import Gatekeeper
from app.sandbox.folio.state import Tenant, User
from app.sandbox.folio.storage import Storage
from app.sandbox.folio.uploads import Uploads

USERNAME = "kim"
#: A second account with the same password, for what only the own user may see.
COLLEAGUE = "ada"

_DEFINITION = "GET */uploadDefinitions/*"
_CREATE = "POST */uploadDefinitions"
_ASSEMBLE = "POST */assembleStorageFile"
_PROCESS = "POST */processFiles"
_RAW = "POST */files/*"
_PART = "PUT *"
_JOBS = "GET */metadata-provider/jobExecutions"
_SPLIT_STATUS = "GET */splitStatus"

_STRUCK: Mapping[str, Sequence[str]] = {
    "slow": (_ASSEMBLE, _PROCESS, _RAW, _PART),
    "cut-body": ("!" + _ASSEMBLE, _RAW, _PART),
    "lost-reply": (_ASSEMBLE, _RAW, _CREATE, _PROCESS),
    "expire-token": (_CREATE, _PROCESS),
    "busy": (_ASSEMBLE, _RAW, _PART, _DEFINITION, _JOBS),
    "server-error": (_SPLIT_STATUS, "!" + _ASSEMBLE, _RAW, _PART, _DEFINITION, _JOBS),
    "nonsense": (_SPLIT_STATUS, _DEFINITION, _JOBS),
    "silent": (_DEFINITION, _JOBS),
}


class Folio:
    """The family's `FakeServer`."""

    def __init__(self, ground: Ground, options: Options) -> None:
        self._ground = ground
        self._options = options
        self.secret = f"sandbox-{ground.random.getrandbits(64):016x}"
        key = ground.random.randbytes(32)
        self._storage = Storage(options, _folder(ground, "storage"), key, ground.stopping)
        self._gatekeeper = Gatekeeper(options, self.secret, ground.random)
        self._processing = Processing(options, ground, self._storage)
        self._tenants = {tenant.id: tenant for tenant in _tenants(options, ground.random)}
        uploads = Uploads(options, _folder(ground, "files"), self._storage)
        routes = [
            *self._gatekeeper.routes(),
            *profiles.routes(),
            *Definitions(options).routes(),
            *uploads.routes(),
            *self._processing.routes(),
            *jobs.routes(),
            *logs.routes(),
        ]
        self._gateway = Gateway(options, self._tenants, routes, self._gatekeeper.authorise)

    def addresses(self) -> Sequence[Address]:
        return [
            Address(self._gateway, self._gateway.refusal),
            Address(self._storage, self._storage.refusal),
        ]

    def struck_where(self) -> Mapping[str, Sequence[str]]:
        return _STRUCK

    def open(self, urls: Sequence[str]) -> Sequence[Served]:
        self._storage.url = urls[1]
        for tenant in self._tenants.values():
            if neighbours := list(tenant.jobs.values())[: self._options.neighbours]:
                newest = neighbours[-1]
                newest.completed, newest.done, newest.unlogged = None, 0, 0
                self._processing.go_on(newest, 4000)
            if moving := crowd(tenant, self._options, self._ground.random):
                self._processing.crowd(moving)
        url = urls[0] + self._options.prefix
        return [
            Served(
                "folio",
                tenant.title,
                url,
                {"url": url, "tenant": tenant.id, "username": USERNAME, "auth": "auto"},
                self.secret,
                Books(self._ground, tenant, self._gatekeeper, self._storage),
            )
            for tenant in self._tenants.values()
        ]

    def expire_tokens(self) -> None:
        self._gatekeeper.expire_all()

    async def close(self) -> None:
        await self._processing.close()


def _folder(ground: Ground, name: str) -> Path:
    folder = ground.folder / name
    folder.mkdir()
    return folder


def _tenants(options: Options, random: Random) -> list[Tenant]:
    found = []
    for tenant_id, title, split in (
        (RAW_TENANT, "Sandbox library", False),
        (SPLIT_TENANT, "Sandbox library, large files", True),
    ):
        if options.split is None or options.split is split:
            users = {
                USERNAME: _user(random, USERNAME, "Kim", "Ito"),
                COLLEAGUE: _user(random, COLLEAGUE, "Ada", "Okafor"),
            }
            known = profiles.job_profiles(options.profiles, random)
            tenant = Tenant(tenant_id, title, split, users, known)
            _neighbours(tenant, options.neighbours)
            found.append(tenant)
    return found


def _user(random: Random, name: str, first: str, last: str) -> User:
    return User(str(UUID(int=random.getrandbits(128), version=4)), name, first, last)


def _neighbours(tenant: Tenant, count: int) -> None:
    """Jobs of a colleague, an hour apart."""
    for index in range(count):
        job = tenant.new_job(tenant.users[COLLEAGUE], "PARENT_SINGLE")
        job.file_name = job.source_path = f"approvals-{index + 1:02}.mrc"
        profile = tenant.profiles[index % 2]
        job.profile = {name: profile[name] for name in ("id", "name", "dataType")}
        job.started = time.time() - 3600 * (count - index)
        job.done = job.total = job.unlogged = 120 + 17 * index
        job.end("COMMITTED")
        job.completed = job.started + 300
