"""The calls of FOLIO this program makes, each with its reply read. None repeats itself.

`PUT` of an upload definition and `POST` of a file into an existing one are not among them: see
`wire/definitions.py` for why.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

from app.core.catalogue import REFUSED
from app.core.problems import Problem, Refused, SignInProblem
from app.servers.address import Params
from app.servers.api import Body
from app.servers.folio import problems
from app.servers.folio.sign_in import Session
from app.servers.folio.wire import definitions, errors, jobs, logs, profiles
from app.servers.folio.wire.definitions import Definition, NewFile, UploadUrl
from app.servers.folio.wire.jobs import JobExecution
from app.servers.folio.wire.profiles import Extension, JobProfile
from app.servers.http import Patience
from app.servers.reply import Reply

T = TypeVar("T")

_FOUND = (200, 404)
_PROFILES_PAGE = 1000
_EXTENSIONS_PAGE = 1000
_DRAFTS_PAGE = 100


class Gateway:
    """A signed-in FOLIO system. Everything raises Problem; what is not there is None."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def split_status(self) -> bool:
        """Whether files go to the object storage.

        Raises Refused(SPLIT_UNKNOWN): guessing is dangerous.
        """
        reply = await self._session.call(
            "GET", definitions.SPLIT_STATUS, ok=_FOUND, what="ask how files are received"
        )
        if reply.status == 404:
            # Servers from before file splitting.
            return False
        status = definitions.read_split_status(reply.json())
        if status is None:
            facts = {"reason": reply.text[:200] or "–"}
            raise Refused(problems.SPLIT_UNKNOWN, facts, exchange=reply.exchange)
        return status

    # definitions

    async def create(self, files: Sequence[NewFile]) -> Definition:
        """Make an upload definition.

        Raises FilesRefused when the server refuses some of the files.
        """
        reply = await self._session.call(
            "POST",
            definitions.DEFINITIONS,
            json=definitions.creation(files),
            ok=(200, 201, 422),
            what="prepare the upload",
        )
        if reply.status == 422:
            refused = errors.files_refused(reply, [file.name for file in files])
            raise refused or _unaccepted(reply)
        return _read(reply, definitions.read_definition(reply.json()), "prepare the upload")

    async def definition(self, id: str) -> Definition | None:
        what = "look at the upload"
        reply = await self._found(definitions.definition_path(id), what)
        if reply is None:
            return None
        read = definitions.read_definition(reply.json(), reply.header("date"))
        return _read(reply, read, what)

    async def drafts(self) -> AsyncIterator[Definition]:
        """Own definitions that were not started, newest first."""
        offset = 0
        while True:
            reply = await self._session.call(
                "GET",
                definitions.DEFINITIONS,
                params=definitions.drafts(_DRAFTS_PAGE, offset),
                what="list the uploads",
            )
            page, total = definitions.read_definitions(reply.json())
            for definition in page:
                yield definition
            offset += _DRAFTS_PAGE
            if not page or offset >= total:
                return

    async def delete_definition(self, id: str) -> None:
        """What is gone already counts as deleted.

        Raises Refused(DEFINITION_LOCKED) or ServerFault.
        """
        await self._session.call(
            "DELETE", definitions.definition_path(id), ok=(204, 404), what="delete the upload"
        )

    async def delete_file(self, definition: str, file: str) -> None:
        """A second time the server answers with a 500."""
        await self._session.call(
            "DELETE",
            definitions.file_path(definition, file),
            ok=(204, 404),
            what="take the file back",
        )

    async def upload(self, definition: str, file: str, body: Body) -> Definition:
        """Send a file's bytes. The server appends to what it has: never twice for the same file."""
        what = "send the file"
        path = definitions.file_path(definition, file)
        reply = await self._session.send("POST", path, body, what=what)
        return _read(reply, definitions.read_definition(reply.json()), what)

    async def new_upload_url(self, name: str) -> UploadUrl:
        """Begin a multipart upload: the address of its first part."""
        what = "ask where to send the file"
        reply = await self._session.call(
            "GET", definitions.UPLOAD_URL, params=(("fileName", name),), what=what
        )
        return _read(reply, definitions.read_upload_url(reply.json()), what)

    async def part_url(self, key: str, upload: str, part: int) -> UploadUrl:
        """The address of part `part`, counted from 1."""
        what = "ask where to send a part"
        params = (("key", key), ("uploadId", upload), ("partNumber", str(part)))
        reply = await self._session.call(
            "GET", definitions.NEXT_UPLOAD_URL, params=params, what=what
        )
        return _read(reply, definitions.read_upload_url(reply.json()), what)

    async def assemble(
        self, definition: str, file: str, key: str, upload: str, tags: Sequence[str]
    ) -> None:
        """Join the parts. After success a second call fails and leaves the file unusable."""
        await self._session.call(
            "POST",
            definitions.assemble_path(definition, file),
            json=definitions.assembly(key, upload, tags),
            patience=Patience.UPLOAD,
            what="put the parts together",
        )

    async def process(self, definition: Definition, profile: JobProfile, data_type: str) -> None:
        """Start the import. Never twice for the same definition."""
        await self._session.call(
            "POST",
            definitions.process_path(definition.id),
            params=(("defaultMapping", "false"),),
            json=definitions.start(definition, profile.id, profile.name, data_type),
            patience=Patience.PART,
            what="start the import",
        )

    # jobs

    async def job(self, id: str) -> JobExecution | None:
        """One job, with its stored progress: 0 until it ends."""
        reply = await self._found(jobs.job_path(id), "look at the job", Patience.POLL)
        return None if reply is None else jobs.read_job(reply.json())

    async def jobs(self, params: Params) -> tuple[list[JobExecution], int]:
        """Jobs with their live progress, and how many there are in all."""
        reply = await self._session.call(
            "GET", jobs.JOBS, params=params, patience=Patience.POLL, what="list the jobs"
        )
        return jobs.read_jobs(reply.json())

    async def children(self, id: str) -> list[JobExecution]:
        """The parts of a composite job, in their order."""
        reply = await self._found(jobs.children_path(id), "list the job's parts", Patience.POLL)
        found = jobs.read_jobs(reply.json())[0] if reply else []
        return sorted(found, key=lambda job: job.part)

    async def summary(self, job: str) -> dict[str, int] | None:
        reply = await self._found(logs.summary_path(job), "fetch the summary", Patience.POLL)
        return None if reply is None else logs.read_summary(reply.json())

    async def failures(
        self, job: str, limit: int, offset: int, before: int | None
    ) -> logs.FailedPage:
        """A page of failed records; `before` records are in earlier parts."""
        reply = await self._session.call(
            "GET",
            logs.log_path(job),
            params=logs.failed_records(limit, offset),
            ok=_FOUND,
            patience=Patience.POLL,
            what="fetch the failed records",
        )
        if reply.status == 404:
            return logs.FailedPage()
        return logs.read_failures(reply.json(), before)

    async def stop(self, job: str) -> None:
        await self._session.call("DELETE", jobs.stop_path(job), what="stop the job")

    async def stop_composite(self, parent: str) -> None:
        await self._session.call("DELETE", jobs.stop_composite_path(parent), what="stop the job")

    # settings of the tenant

    async def extensions(self) -> list[Extension]:
        found: list[Extension] = []
        while True:
            reply = await self._session.call(
                "GET",
                profiles.EXTENSIONS,
                params=profiles.page_of(_EXTENSIONS_PAGE, len(found)),
                what="list the file extensions",
            )
            page, total = profiles.read_extensions(reply.json())
            found += page
            if not page or len(found) >= total:
                return found

    async def data_types(self) -> list[str]:
        reply = await self._session.call("GET", profiles.DATA_TYPES, what="list the data types")
        return profiles.read_data_types(reply.json())

    async def profiles(self, data_type: str) -> list[JobProfile]:
        """All job profiles of a data type, or all there are, sorted by name;

        FOLIO's own left out.
        """
        found: list[JobProfile] = []
        while True:
            reply = await self._session.call(
                "GET",
                profiles.JOB_PROFILES,
                params=profiles.profiles_of(data_type, _PROFILES_PAGE, len(found)),
                what="list the job profiles",
            )
            page, total = profiles.read_profiles(reply.json())
            found += page
            if not page or len(found) >= total:
                return [profile for profile in found if profile.for_files]

    async def profile(self, id: str) -> JobProfile | None:
        what = "look at the job profile"
        reply = await self._found(profiles.profile_path(id), what)
        if reply is None:
            return None
        return _read(reply, profiles.read_profile(reply.json()), what)

    async def profiles_named(self, name: str) -> list[JobProfile]:
        reply = await self._session.call(
            "GET",
            profiles.JOB_PROFILES,
            params=profiles.profiles_named(name),
            what="look for the job profile",
        )
        return [one for one in profiles.read_profiles(reply.json())[0] if one.name == name]

    async def _found(
        self, path: str, what: str, patience: Patience = Patience.JSON
    ) -> Reply | None:
        """The reply, or None if the module says that there is no such thing."""
        reply = await self._session.call("GET", path, ok=_FOUND, patience=patience, what=what)
        if reply.status != 404:
            return reply
        if errors.no_tenant(reply):
            raise SignInProblem(
                problems.TENANT_UNKNOWN,
                {"tenant": self._session.tenant},
                exchange=reply.exchange,
            )
        if errors.no_route(reply):
            raise Refused(problems.NO_DATA_IMPORT, {"what": what}, exchange=reply.exchange)
        return None


def _read(reply: Reply, value: T | None, what: str) -> T:
    if value is None:
        raise errors.nonsense(reply, what)
    return value


def _unaccepted(reply: Reply) -> Problem:
    reason = "; ".join(one.message for one in errors.said(reply.content)) or "–"
    facts = {"status": reply.status_line, "reason": reason[:300]}
    return Refused(REFUSED, facts, exchange=reply.exchange)
