"""The calls of SSC this program makes, each with its reply read. None repeats itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TypeVar

from app.core.destinations import Secret
from app.core.problems import Problem, Refused, ServerFault
from app.servers import http_dates
from app.servers.address import Params
from app.servers.http import Patience, Sized
from app.servers.json_values import JsonObject
from app.servers.reply import nonsense
from app.servers.ssc import problems
from app.servers.ssc.sign_in import Session
from app.servers.ssc.wire import artifacts, envelope, jobs, transfer, versions
from app.servers.ssc.wire.artifacts import Artifact, ScanError
from app.servers.ssc.wire.jobs import UploadJob
from app.servers.ssc.wire.transfer import Submission
from app.servers.ssc.wire.versions import Application, Version

T = TypeVar("T")

_PAGE = 200
_MOST_PAGES = 100
RECENT = 50
"""How many of a version's artifacts are read where only the latest matter."""


@dataclass(frozen=True, slots=True)
class History:
    """The latest artifacts of a version; `now` is the server's time, None if it does not say."""

    artifacts: tuple[Artifact, ...]
    now: float | None


class Gateway:
    """A signed-in SSC server. Everything raises Problem; what is not there is None."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # what can be uploaded to

    async def applications(self, search: str) -> list[Application]:
        """Applications whose name contains `search`, or all."""
        what = "list the applications"
        return await self._searched(
            versions.APPLICATIONS,
            versions.APPLICATION_FIELDS,
            search,
            versions.read_application,
            what,
        )

    async def versions(self, application: int | None, search: str) -> list[Version]:
        """Versions of an application, or of all, whose name contains `search`."""
        path = versions.VERSIONS if application is None else versions.versions_path(application)
        return await self._searched(
            path,
            versions.VERSION_FIELDS,
            search,
            versions.read_version,
            "list the application versions",
        )

    async def version(self, id: int) -> Version | None:
        row = await self._one(
            versions.version_path(id),
            (("fields", versions.VERSION_FIELDS),),
            "look at the application version",
        )
        return None if row is None else versions.read_version(row)

    async def version_listed(self, id: int) -> Version | None:
        """The version if it is in the list of all: narrow tokens may see only that."""
        params = (("fields", versions.VERSION_FIELDS),)
        what = "list the application versions"
        async for row in self._rows(versions.VERSIONS, params, what):
            version = versions.read_version(row)
            if version is not None and version.id == id:
                return version
        return None

    async def may_list_versions(self) -> int | None:
        """How many versions there are to see: the smallest question that shows who is asking."""
        reply = await self._session.call(
            "GET",
            versions.VERSIONS,
            params=(("limit", "1"), ("fields", "id")),
            what="list the application versions",
        )
        return envelope.read_page(reply.json()).total

    async def engines(self) -> list[str]:
        """The engines whose results the server reads."""
        what = "list the engines"
        reply = await self._session.call("GET", versions.ENGINES, what=what)
        names = map(versions.read_engine, envelope.read_page(reply.json()).rows)
        return sorted({name for name in names if name})

    # artifacts

    async def history(self, version: int, most: int = RECENT, *, scans: bool = False) -> History:
        """The latest artifacts of a version. Raises Refused where the token may not see them."""
        path, what = artifacts.history_path(version), "list the uploads of the version"
        embed = artifacts.WITH_SCANS if scans else ()
        reply = await self._session.call(
            "GET", path, params=(*envelope.page_of(0, most), *embed), what=what
        )
        page = envelope.read_page(reply.json())
        found = _artifacts(page.rows)
        if page.total is not None and page.total > len(page.rows) > 1 and _ascending(found):
            # Newest first is the custom, but nothing promises it.
            start = max(page.total - most, 0)
            reply = await self._session.call(
                "GET", path, params=(*envelope.page_of(start, most), *embed), what=what
            )
            found = _artifacts(envelope.read_page(reply.json()).rows)
        return History(tuple(found), http_dates.seconds(reply.header("date")))

    async def artifact(self, id: int, *, scans: bool = False) -> Artifact | None:
        row = await self._one(
            artifacts.artifact_path(id),
            artifacts.WITH_SCANS if scans else (),
            "look at the upload",
            Patience.POLL,
        )
        return None if row is None else artifacts.read_artifact(row)

    async def scan_errors(self, artifact: int, most: int) -> list[ScanError]:
        found: list[ScanError] = []
        what = "fetch the errors of the scan"
        async for row in self._rows(artifacts.errors_path(artifact), (), what):
            found.append(artifacts.read_scan_error(row))
            if len(found) >= most:
                break
        return found

    async def severities(self, version: int) -> list[tuple[str, int]]:
        """How many issues are in each folder (Critical, High, …) of a version."""
        reply = await self._session.call(
            "GET",
            versions.issue_groups_path(version),
            params=versions.BY_FOLDER,
            patience=Patience.POLL,
            what="count the issues",
        )
        read = map(versions.read_severity, envelope.read_page(reply.json()).rows)
        return [one for one in read if one is not None]

    async def approve(self, artifact: int, comment: str) -> None:
        await self._session.call(
            "POST",
            artifacts.APPROVE,
            json=artifacts.approval(artifact, comment),
            what="approve the upload",
        )

    # uploads

    async def upload(self, version: int, form: Sized, engine: str) -> Artifact | None:
        """Post a file. None when the server took it and does not tell as what.

        Never repeat it by itself: every repetition makes another artifact.
        """
        what = "send the file"
        reply = await self._session.send(
            artifacts.history_path(version),
            form,
            params=(("engineType", engine),) if engine else (),
            what=what,
        )
        try:
            row = envelope.read_data(reply.json())
        except ServerFault:
            row = {}
        artifact = artifacts.read_artifact(row)
        if artifact is None and reply.status != 201:
            raise nonsense(reply, what)
        return artifact

    async def upload_with_token(self, version: int, form: Sized, engine: str) -> Submission:
        """Post a file the older way, with a token of its own. The answer may be a refusal."""
        token = await self._file_token()
        what = "send the file"
        # The token in the address is the only credential, and nothing else goes with it.
        reply = await self._session.send_unsigned(
            transfer.UPLOAD,
            form,
            params=transfer.query(token, version, engine),
            accept="application/xml",
            ok=(200, 201, 400, 409),
            what=what,
        )
        submission = transfer.read_submission(reply.content)
        if submission is not None:
            return submission
        if reply.status in (200, 201):
            raise nonsense(reply, what)
        reason = {"reason": envelope.one_line(reply.text) or "–"}
        raise Refused(problems.REFUSED, reason, exchange=reply.exchange)

    async def _file_token(self) -> Secret:
        what = "ask for a token for the file"
        reply = await self._session.call(
            "POST", transfer.FILE_TOKENS, json=transfer.request(), what=what
        )
        token = transfer.read_file_token(reply.json())
        if token is None:
            raise nonsense(reply, what)
        return token

    # jobs

    async def job(self, name: str) -> UploadJob | None:
        row = await self._one(jobs.job_path(name), (), "look at the job", Patience.POLL)
        return None if row is None else jobs.read_job(row)

    async def jobs(self) -> list[UploadJob]:
        """The uploads among the server's jobs: the first page of them."""
        reply = await self._session.call(
            "GET",
            jobs.JOBS,
            params=envelope.page_of(0, _PAGE),
            patience=Patience.POLL,
            what="list the jobs",
        )
        read = map(jobs.read_job, envelope.read_page(reply.json()).rows)
        return [one for one in read if one is not None and one.of_upload]

    async def cancel(self, job: str) -> None:
        await self._session.call(
            "POST", jobs.CANCEL, json=jobs.cancellation(job), what="stop the job"
        )

    # reading

    async def _searched(
        self,
        path: str,
        fields: str,
        search: str,
        read: Callable[[JsonObject], T | None],
        what: str,
    ) -> list[T]:
        """All rows of a list, or those the server finds for `search` and some more."""
        params = (("fields", fields),)
        query = versions.searching(search)
        try:
            rows = [row async for row in self._rows(path, (*params, *query), what)]
        except Refused as problem:
            if not query or problem.id != problems.REFUSED.id:
                raise
            # A server that does not know this way to search can still be read from end to end.
            rows = [row async for row in self._rows(path, params, what)]
        return [one for row in rows if (one := read(row)) is not None]

    async def _rows(
        self, path: str, params: tuple[tuple[str, str], ...], what: str
    ) -> AsyncIterator[JsonObject]:
        """Every row of a list. The links in its pages are never followed: behind a proxy they name
        another host."""
        start = 0
        for _ in range(_MOST_PAGES):
            reply = await self._session.call(
                "GET", path, params=(*params, *envelope.page_of(start, _PAGE)), what=what
            )
            page = envelope.read_page(reply.json())
            for row in page.rows:
                yield row
            start += len(page.rows)
            more = len(page.rows) == _PAGE if page.total is None else start < page.total
            if not page.rows or not more:
                return

    async def _one(
        self, path: str, params: Params, what: str, patience: Patience = Patience.JSON
    ) -> JsonObject | None:
        """The object, or None if there is none. Raises Refused(NOT_ALLOWED), which may mean the
        same."""
        try:
            reply = await self._session.call(
                "GET", path, params=params, patience=patience, what=what
            )
        except Refused as problem:
            if status_of(problem) == 404:
                return None
            raise
        return envelope.read_data(reply.json())


def status_of(problem: Problem) -> int | None:
    """The status the problem was answered with, if it was."""
    return problem.exchange.status if problem.exchange else None


def hidden(problem: Refused) -> bool:
    """Whether SSC shows no such thing to this token, as against a portal or proxy in the way."""
    return status_of(problem) in (403, 404, 405)


def _artifacts(rows: list[JsonObject]) -> list[Artifact]:
    return [one for row in rows if (one := artifacts.read_artifact(row)) is not None]


def _ascending(found: list[Artifact]) -> bool:
    return len(found) > 1 and found[0].id < found[-1].id
