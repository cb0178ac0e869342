"""Files on their way in: the REST call, and the older way with a single-use file token."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from app.sandbox import multipart
from app.sandbox.multipart import Form, boundary_of, read_form
from app.sandbox.ssc import fpr, replies, rights
from app.sandbox.ssc.artifacts import Artifacts
from app.sandbox.ssc.front import Call, Route
from app.sandbox.ssc.options import Options
from app.sandbox.ssc.processing import Processing
from app.sandbox.ssc.replies import Refused
from app.sandbox.ssc.state import Artifact, FileToken, Holdings, Job, Version
from app.sandbox.ssc.tokens import new_file_token
from app.sandbox.ssc.versions import version_of

Way = Literal["rest", "token"]
Refusal = Callable[[int, str], Response]

#: What newer containers allow in one form.
_MOST_PARTS = 10


@dataclass(slots=True)
class Arrival:
    """One upload that began; `outcome` is "cut" until it was answered."""

    way: Way
    version: str
    began: float
    ended: float = 0.0
    outcome: Literal["cut", "taken", "refused"] = "cut"
    artifact_id: int | None = None


class Uploads:
    def __init__(
        self,
        options: Options,
        folder: Path,
        holdings: Holdings,
        processing: Processing,
        artifacts: Artifacts,
    ) -> None:
        self._options = options
        self._folder = folder
        self._holdings = holdings
        self._processing = processing
        self._artifacts = artifacts
        self._files = 0
        self._now = 0
        self.arrivals: list[Arrival] = []
        self.most_at_once = 0
        self.token_sweeps = 0

    def routes(self) -> list[Route]:
        routes = [
            Route("POST", "/fileTokens", self._file_token, rights.FILE_TOKENS, "either"),
            Route("DELETE", "/fileTokens", self._drop_tokens, rights.FILE_TOKENS, "either"),
        ]
        if self._options.rest:
            address = "/projectVersions/{id}/artifacts"
            routes.append(Route("POST", address, self._rest, rights.UPLOAD))
        if self._options.transfer:
            routes += [
                Route(method, f"/{path}", handler, auth="open", outside=True)
                for method, path, handler in (
                    ("POST", "upload/resultFileUpload.html", self._transfer),
                    ("GET", "download/artifactDownload.html", self._download),
                    ("GET", "download/currentStateFprDownload.html", self._current),
                )
            ]
        return routes

    async def _rest(self, call: Call) -> Response:
        version = version_of(self._holdings, call.path["id"])
        arrival = self._arrived("rest", call.path["id"])
        if problem := _closed(version):
            arrival.outcome = "refused"
            return replies.error(400, problem, -10402)
        engine = call.query.get("engineType")
        form = await self._form(call.request, arrival, replies.error)
        try:
            file = _single(form, "file")
            _check(file, engine)
        except ValueError as error:
            form.forget()
            arrival.outcome = "refused"
            return replies.error(400, str(error), -10403)
        artifact, _ = await self._take(call, arrival, version, file, engine, call.by.user)
        return replies.result(self._artifacts.json(artifact, call.by.rights), 201)

    async def _transfer(self, call: Call) -> Response:
        """`mat` is used up by the first request that brings it, whatever comes of that."""
        token = self._spent(call, "UPLOAD")
        if token is None:
            message = "Access Denied. The file token is not valid."
            return self._xml([("code", replies.DENIED), ("msg", message)], 401)
        arrival = self._arrived("token", call.query.get("entityId", ""))
        form = await self._form(call.request, arrival, self._rejected)
        values = form.fields | dict(call.query)
        arrival.version = values.get("entityId", "")
        version = self._holdings.versions.get(
            int(arrival.version) if arrival.version.isdecimal() else 0
        )
        code, problem = replies.REJECTED, ""
        if self._options.xml_code is not None:
            code, problem = self._options.xml_code, "Background submission failed."
        elif version is None or rights.UPLOAD in self._options.deny:
            code, problem = replies.DENIED, "Access Denied."
        else:
            try:
                file = _single(form, None)
                _check(file, values.get("engineType"))
                problem = _closed(version)
            except ValueError as error:
                problem = str(error)
        if problem or version is None:
            form.forget()
            arrival.outcome = "refused"
            return self._xml([("code", code), ("msg", problem)])
        engine = values.get("engineType")
        _, job = await self._take(call, arrival, version, form.files[0], engine, token.user)
        answer: list[tuple[str, object]] = [
            ("code", replies.SUBMITTED),
            ("msg", "Background submission succeeded."),
            ("id", job.name),
            ("invokingUserName", token.user),
            ("jobType", 10),
            ("jobState", 0),
        ]
        return self._xml([one for one in answer if one[0] != "id" or self._options.xml_id])

    def _xml(self, values: list[tuple[str, object]], status: int = 200) -> Response:
        return replies.xml(values, prefix=self._options.xml_prefix, status=status)

    def _arrived(self, way: Way, version: str) -> Arrival:
        arrival = Arrival(way, version, time.time())
        self.arrivals.append(arrival)
        return arrival

    def _rejected(self, status: int, message: str) -> Response:
        return self._xml([("code", replies.REJECTED), ("msg", message)], status)

    async def _form(self, request: Request, arrival: Arrival, refusal: Refusal) -> Form:
        """The form of an upload; raises Refused for what the server cannot read."""
        try:
            return await self._read(request, refusal)
        except Refused:
            arrival.outcome = "refused"
            raise
        finally:
            arrival.ended = time.time()

    async def _read(self, request: Request, refusal: Refusal) -> Form:
        if "content-length" not in request.headers and not self._options.chunked:
            raise Refused(replies.tomcat(411))
        kind = request.headers.get("content-type", "")
        if not kind.lower().startswith("multipart/form-data"):
            raise Refused(refusal(415, f"Content type '{kind}' not supported"))
        if boundary_of(kind) is None:
            message = "the request was rejected because no multipart boundary was found"
            raise Refused(refusal(400, message))
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            return await read_form(request, self._place, _MOST_PARTS)
        except multipart.TooManyParts:
            raise Refused(replies.tomcat(413)) from None
        except multipart.Malformed as error:
            raise Refused(refusal(400, str(error))) from None
        finally:
            self._now -= 1

    def _place(self) -> Path | None:
        self._files += 1
        return self._folder / f"upload-{self._files}" if self._options.keep_bytes else None

    async def _take(
        self,
        call: Call,
        arrival: Arrival,
        version: Version,
        file: multipart.File,
        engine: str | None,
        user: str,
    ) -> tuple[Artifact, Job]:
        """Keep the file, queue its job; then the answer may take its time."""
        self._holdings.last_artifact += 1
        artifact = Artifact(
            self._holdings.last_artifact,
            version,
            file.filename.replace("\\", "/").rpartition("/")[2],
            file.size,
            file.sha256,
            user,
            call.address,
            arrival.way,
            engine,
            file.path,
            file.name,
            file.content_type,
            visible_from=time.time() + self._options.visible_after,
        )
        self._holdings.artifacts[artifact.id] = artifact
        arrival.outcome, arrival.artifact_id = "taken", artifact.id
        job = self._processing.begin(artifact)
        if self._options.silent_seconds:
            await asyncio.sleep(self._options.silent_seconds)
        return artifact, job

    async def _file_token(self, call: Call) -> Response:
        use = (await call.object()).get("fileTokenType")
        if use not in rights.FILE_USES:
            return replies.error(400, "fileTokenType: unknown type of file token")
        needed = rights.UPLOAD if use == "UPLOAD" else rights.DOWNLOAD
        if needed not in call.by.rights:
            return replies.denied(needed)
        expires = time.time() + self._options.file_token_seconds
        value = new_file_token(self._holdings, use, call.by.user, expires)
        return replies.result({"token": value, "fileTokenType": use}, 201)

    async def _drop_tokens(self, call: Call) -> Response:
        """Takes no id: all unused file tokens of the user end."""
        self.token_sweeps += 1
        for token in self._holdings.file_tokens.values():
            token.dropped = token.dropped or token.user == call.by.user
        return replies.result()

    def _spent(self, call: Call, use: str) -> FileToken | None:
        """The token of this call, used up now; None for one that is not good for it."""
        token = self._holdings.file_tokens.get(call.query.get("mat", ""))
        if token is None or not token.good or token.use != use:
            return None
        token.used = True
        return token

    async def _download(self, call: Call) -> Response:
        token = self._spent(call, "DOWNLOAD")
        text = call.query.get("id", "")
        artifact = self._holdings.artifacts.get(int(text) if text.isdecimal() else 0)
        if token is None or artifact is None or artifact.gone or artifact.path is None:
            return self._xml([("code", replies.DENIED), ("msg", "Access Denied.")], 401)
        return FileResponse(artifact.path, filename=artifact.name)

    async def _current(self, call: Call) -> Response:
        token = self._spent(call, "DOWNLOAD")
        text = call.query.get("id", "")
        version = self._holdings.versions.get(int(text) if text.isdecimal() else 0)
        found = [] if version is None else self._holdings.of_version(version)
        done = next((one for one in found if one.status == "PROCESS_COMPLETE"), None)
        if token is None or done is None or done.path is None:
            return self._xml([("code", replies.DENIED), ("msg", "Access Denied.")], 401)
        return FileResponse(done.path, filename=done.name)


def _closed(version: Version) -> str:
    """Why a version takes no files; empty when it does."""
    if not version.active or version.status != "ACTIVE":
        return "The application version is not active"
    if not version.committed:
        return "The application version is not committed"
    return "" if version.uploads else "Upload of analysis results is not enabled for this version"


def _single(form: Form, name: str | None) -> multipart.File:
    """The one file of a form; raises ValueError. `name` None: its part may be called anything."""
    found = [file for file in form.files if name is None or file.name == name]
    if not found:
        raise ValueError(f"Required request part '{name or 'file'}' is not present")
    if len(form.files) > 1:
        raise ValueError("Only one file can be uploaded at a time")
    return found[0]


def _check(file: multipart.File, engine: str | None) -> None:
    """Raises ValueError for a file that is refused at once."""
    if not file.filename:
        raise ValueError("The file has no name")
    if not file.size:
        raise ValueError("The uploaded file is empty")
    if not fpr.plausible(file.head, engine):
        raise ValueError("The uploaded file is not a valid results file")
