"""processFiles and what follows: jobs that advance by the records really found in the bytes.

A record fails when it deserves to (see `records`) or when its kind does not fit one of the three
shipped profiles; every other one is created, also one whose number came before in the same file.
"""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from pathlib import Path

from starlette.responses import Response

from app.sandbox.family import Ground
from app.sandbox.folio import profiles, replies
from app.sandbox.folio.crowd import keep_moving
from app.sandbox.folio.definitions import BASE, check_definition
from app.sandbox.folio.gateway import Call, Route
from app.sandbox.folio.options import Options
from app.sandbox.folio.queue import Queue
from app.sandbox.folio.records import Record, UnsupportedFormat, is_binary, records
from app.sandbox.folio.replies import Json
from app.sandbox.folio.running import Run, advance
from app.sandbox.folio.state import Definition, File, Job, Tenant, User
from app.sandbox.folio.storage import Storage, StoredObject
from app.sandbox.folio.uploads import KEY_PREFIX

_PROFILE_FIELDS = ("id", "name", "dataType", "hidden")
_DATA_TYPES = ("MARC", "EDIFACT", "Delimited")
_UNREADABLE = "FILE_PROCESSING_ERROR"
_NO_SNAPSHOT = "PROFILE_SNAPSHOT_CREATING_ERROR"


class Processing:
    """Starts imports; owns every task that runs one."""

    def __init__(self, options: Options, ground: Ground, storage: Storage) -> None:
        self._options = options
        self._ground = ground
        self._storage = storage
        self._tasks: set[asyncio.Task[None]] = set()
        self._queue = Queue(options, ground)

    def routes(self) -> list[Route]:
        return [
            Route(
                "POST",
                BASE + "/{id}/processFiles",
                self._process,
                "data-import.uploadDefinitions.processFiles.item.post",
                consumes="application/json",
            ),
            Route(
                "DELETE",
                "/data-import/jobExecutions/{id}/cancel",
                self._cancel,
                "data-import.jobexecution.cancel",
            ),
        ]

    async def close(self) -> None:
        tasks = [*self._tasks, *self._queue.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def go_on(self, job: Job, records: int) -> None:
        """Let a job be at work for long: a neighbour's."""
        job.status = "PARSING_IN_PROGRESS"
        rate = self._options.records_per_second * self._ground.pace / 20
        job.task = self._spawn(advance(job, Run(records), self._ground, rate))

    def crowd(self, jobs: Sequence[Job]) -> None:
        """Let all of these be at work."""
        self._spawn(keep_moving(jobs, self._options.crowd_rate * self._ground.pace))

    async def _process(self, call: Call) -> Response:
        """204 before any work; the definition is named by the body alone."""
        wanted = ("uploadDefinition", "jobProfileInfo")
        body = replies.check_schema(await call.json(), "ProcessFilesRqDto", wanted, wanted)
        named = check_definition(body["uploadDefinition"]).get("id")
        profile = replies.check_schema(
            body["jobProfileInfo"], "JobProfileInfo", _PROFILE_FIELDS, ()
        )
        if profile.get("dataType") not in (None, *_DATA_TYPES):
            return replies.text(400, "Cannot deserialize value of type `DataType`")
        if not named:
            return replies.text(400, "Upload definition id is missing")
        definition = call.tenant.definitions.get(str(named))
        if definition is None or not definition.visible:
            return replies.text(404, f"Upload definition not found by id: {named}")
        definition.calls += 1
        start = self._start_split if call.tenant.split else self._start_raw
        self._spawn(start(call.tenant, call.user, definition, dict(profile)))
        return replies.nothing()

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _known(self, tenant: Tenant, profile: Json) -> bool:
        return any(known["id"] == profile.get("id") for known in tenant.profiles)

    async def _start_raw(
        self, tenant: Tenant, user: User, definition: Definition, profile: Json
    ) -> None:
        await self._ground.work(0.2)
        for file in list(definition.files):
            job = tenant.jobs.get(file.job_id or "")
            if job is None or job.deleted:
                continue
            if job.profile is not None or not self._known(tenant, profile):
                # "already associated to JobProfile", or a profile without a snapshot
                if job.task is not None:
                    job.task.cancel()
                job.end("ERROR", _NO_SNAPSHOT)
                continue
            if job.ended:
                continue
            definition.status = "COMPLETED"
            definition.updated = time.time()
            job.profile, job.started = profile, time.time()
            job.status = "PARSING_IN_PROGRESS"
            aged = time.time() - (file.uploaded or 0) > self._options.clean_after
            job.task = self._spawn(self._run_raw(job, file, aged))

    async def _run_raw(self, job: Job, file: File, aged: bool) -> None:
        await self._ground.work(0.3)
        stored = file.stored
        found: Sequence[Record] | int = 0
        on_disk = file.status == "UPLOADED" and not (file.source_path or "").startswith(KEY_PREFIX)
        if stored is not None and on_disk and not aged:
            if stored.path is None:
                found = stored.records
            else:
                found = await self._read(stored.path, file.name, job.profile)
        if not job.ended and (not found or self._fails(file.name)):
            job.end("ERROR", _UNREADABLE)
            return
        await advance(job, Run(found), self._ground, self._rate(file.name))

    async def _start_split(
        self, tenant: Tenant, user: User, definition: Definition, profile: Json
    ) -> None:
        await self._ground.work(0.2)
        sources = [file.source_path for file in definition.files]
        complete = all(source and source.startswith(KEY_PREFIX) for source in sources)
        if not complete or not profile.get("dataType") or not self._known(tenant, profile):
            self._not_started(tenant, definition)
            return
        for file in list(definition.files):
            key = str(file.source_path)
            parent = tenant.new_job(
                user,
                "COMPOSITE_PARENT",
                profile=profile,
                source_path=key,
                file_name=key.rpartition("/")[2],
            )
            parent.total = None
            await self._ground.work(0.2)
            found = self._storage.objects.get(key)
            if found is None:
                parent.end("ERROR", _UNREADABLE)
                self._not_started(tenant, definition)
                return
            await self._split(tenant, parent, found)
        definition.status = "COMPLETED"
        definition.updated = time.time()

    @staticmethod
    def _not_started(tenant: Tenant, definition: Definition) -> None:
        definition.status = "ERROR"
        definition.updated = time.time()
        meta = tenant.jobs.get(definition.meta_job_id or "")
        if meta is not None and meta.status != "PARENT":
            meta.end("ERROR", _UNREADABLE)

    async def _split(self, tenant: Tenant, parent: Job, found: StoredObject) -> None:
        """Cut binary MARC into parts, queue a job for each, remove the original."""
        name, size = parent.file_name or "", self._options.records_per_split_file
        data_type = (parent.profile or {}).get("dataType")
        runs: list[Run]
        ends: list[tuple[str, int, int]] = []
        if found.pieces:
            path = await asyncio.to_thread(self._storage.joined, found)
            read = await self._read(path, name, parent.profile)
            binary = is_binary(name, data_type)
            runs = [Run(read[at : at + size], at) for at in range(0, len(read), size)]
            runs = runs if binary and read else [Run(read)]
            parent.records_in_file = len(read)
            if binary and read:
                stem, dot, extension = found.key.rpartition(".")
                at = 0
                for number, run in enumerate(runs, 1):
                    key = f"{stem}_{number}{dot}{extension}"
                    ends.append((key, at, run.last_end))
                    at = run.last_end
                self._storage.split(found, path, ends)
        else:
            total = parent.records_in_file = found.records
            runs = [Run(min(size, total - at), at) for at in range(0, total, size)] or [Run(0)]
        if parent.ended:
            return
        parent.status = "COMMIT_IN_PROGRESS"
        original = name.partition("-")[2]
        rate, fails = self._rate(original), self._fails(original)
        for number, run in enumerate(runs, 1):
            key = ends[number - 1][0] if ends else found.key
            child = tenant.new_job(
                parent.user,
                "COMPOSITE_CHILD",
                parent_id=parent.id,
                profile=parent.profile,
                source_path=key,
                file_name=key.rpartition("/")[2],
                part=number,
                parts=len(runs),
            )
            self._queue.add(tenant, parent, child, Run(0) if fails else run, rate)

    async def _read(self, path: Path, name: str, profile: Json | None) -> list[Record]:
        """All records, none when the file cannot be read with this profile."""
        data_type = (profile or {}).get("dataType")

        def read() -> list[Record]:
            try:
                found = records(path, name, data_type, self._ground.stopping)
                return [profiles.judged(record, profile or {}) for record in found]
            except (UnsupportedFormat, ValueError, OSError):
                return []

        return await asyncio.to_thread(read)

    def _fails(self, name: str) -> bool:
        return self._ground.faults.strikes_job("job-error", self._ground.family, name)

    def _rate(self, name: str) -> float:
        slow = self._ground.faults.strikes_job("slow-job", self._ground.family, name)
        return self._options.records_per_second * self._ground.pace / (20 if slow else 1)

    async def _cancel(self, call: Call) -> Response:
        """Stops a composite parent and every part that has not ended."""
        parent = call.tenant.jobs.get(call.path["id"])
        if parent is None or parent.deleted or parent.subordination != "COMPOSITE_PARENT":
            return replies.text(500, "null response from handler")
        for job in (*call.tenant.children(parent), parent):
            if not job.ended:
                job.end("CANCELLED")
        return replies.json(200, {"ok": True})
