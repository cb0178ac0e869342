"""Upload definitions: made, listed, read, replaced and taken back, in the server's manner."""

import time
from contextlib import suppress
from typing import Any

from starlette.responses import Response

from app.sandbox.folio import profiles, replies
from app.sandbox.folio.gateway import Call, Route
from app.sandbox.folio.options import Options
from app.sandbox.folio.replies import Json, Refused
from app.sandbox.folio.state import Definition, File, Tenant

BASE = "/data-import/uploadDefinitions"
DEFINITION_FIELDS = (
    "id",
    "metaJobExecutionId",
    "status",
    "createDate",
    "fileDefinitions",
    "metadata",
)
FILE_FIELDS = (
    "id",
    "sourcePath",
    "name",
    "status",
    "jobExecutionId",
    "uploadDefinitionId",
    "createDate",
    "uploadedDate",
    "size",
    "uiKey",
)
_NOT_STARTED = ("NEW", "FILE_UPLOADED", "DISCARDED")


def definition_of(call: Call, missing: str) -> Definition:
    """The definition the path names; raises Refused (404) with this sentence."""
    definition = call.tenant.definitions.get(call.path["id"])
    if definition is None or not definition.visible:
        raise Refused(replies.text(404, missing))
    return definition


def check_definition(body: Any) -> Json:
    """A definition as a client may send it; raises Refused (400, 422)."""
    checked = replies.check_schema(body, "UploadDefinition", DEFINITION_FIELDS, ())
    files = checked.get("fileDefinitions", [])
    if not isinstance(files, list):
        raise Refused(replies.text(400, "Cannot deserialize value of type `ArrayList`"))
    for index, file in enumerate(files):
        replies.check_schema(file, "FileDefinition", FILE_FIELDS, ())
        if file.get("name") is None:
            raise Refused(replies.missing_field(f"fileDefinitions[{index}].name"))
        size = file.get("size")
        if size is not None and (not isinstance(size, int) or isinstance(size, bool)):
            raise Refused(replies.text(400, "Cannot deserialize value of type `Integer`: size"))
    return checked


class Definitions:
    def __init__(self, options: Options) -> None:
        self._options = options

    def routes(self) -> list[Route]:
        return [
            Route(
                "POST",
                BASE,
                self._create,
                "data-import.uploaddefinitions.post",
                consumes="application/json",
            ),
            Route("GET", BASE, self._list, "data-import.uploadDefinitions.collection.get"),
            Route("GET", BASE + "/{id}", self._get, "data-import.uploadDefinitions.item.get"),
            Route(
                "PUT",
                BASE + "/{id}",
                self._replace,
                "data-import.uploaddefinitions.put",
                consumes="application/json",
            ),
            Route("DELETE", BASE + "/{id}", self._delete, "data-import.uploaddefinitions.delete"),
            Route(
                "POST",
                BASE + "/{id}/files",
                self._add_file,
                "data-import.uploaddefinitions.files.post",
                consumes="application/json",
            ),
            Route(
                "DELETE",
                BASE + "/{id}/files/{file}",
                self._delete_file,
                "data-import.uploaddefinitions.files.delete",
            ),
        ]

    async def _create(self, call: Call) -> Response:
        body = check_definition(await call.json())
        files = body.get("fileDefinitions") or []
        if not files:
            return replies.text(400, "Job executions cannot be made without files")
        refused = self._refusals(files)
        if refused:
            return replies.many_errors(422, refused)
        now = time.time()
        definition = Definition(call.user.id, now + self._options.visible_after)
        single = len(files) == 1
        meta = call.tenant.new_job(call.user, "PARENT_SINGLE" if single else "PARENT_MULTIPLE")
        if not single:
            meta.status = "PARENT"
        definition.meta_job_id = meta.id
        # Jobs are found again by the name of the file, so equal names share one.
        jobs: dict[str, str] = {}
        for file in files:
            name = file["name"]
            job = meta if single else call.tenant.new_job(call.user, "CHILD", parent_id=meta.id)
            job.file_name = job.source_path = name
            jobs.setdefault(name, job.id)
            definition.files.append(
                File(name, definition.id, jobs[name], file.get("size"), file.get("uiKey"))
            )
        call.tenant.definitions[definition.id] = definition
        return replies.json(201, definition.json())

    def _refusals(self, files: list[Json]) -> list[Json]:
        found: list[Json] = []
        free = self._options.free_kib
        for file in files:
            free -= file.get("size") or 0
            if free < 0:
                found.append(_refusal("upload.fileSize.invalid", file["name"]))
        for file in files:
            if profiles.is_blocked(file["name"]):
                message = "validation.uploadDefinition.fileExtension.blocked"
                found.append(_refusal(message, file["name"]))
        return found

    async def _list(self, call: Call) -> Response:
        query = call.query.get("query", "")
        if query.strip():
            # Put in front as text: a query with `or` that is not in parentheses leaves the own.
            own = f'metadata.createdByUserId == "{call.user.id}" and '
            return self._page(call, own + query)
        return self._page(call, "")

    @staticmethod
    def _page(call: Call, query: str) -> Response:
        visible = [d.json() for d in call.tenant.definitions.values() if d.visible]
        return profiles.page(call, visible, "uploadDefinitions", query=query, bad_query=422)

    async def _get(self, call: Call) -> Response:
        return replies.json(200, self._named(call).json())

    async def _replace(self, call: Call) -> Response:
        """Everything but the files is replaced; what is not sent is lost."""
        definition = self._named(call)
        body = check_definition(await call.json())
        definition.status = body.get("status")
        definition.meta_job_id = body.get("metaJobExecutionId")
        definition.updated = time.time()
        return replies.json(200, definition.json())

    async def _delete(self, call: Call) -> Response:
        definition = self._named(call)
        jobs = [call.tenant.jobs.get(file.job_id or "") for file in definition.files]
        if any(job is None or job.deleted for job in jobs):
            return replies.text(500, "Internal Server Error")
        if any(job is not None and job.status not in _NOT_STARTED for job in jobs):
            return replies.text(
                400,
                f"Cannot delete uploadDefinition {definition.id} - linked files are already "
                "being processed",
            )
        for file in list(definition.files):
            self._take_back(call.tenant, definition, file)
        definition.files = list(definition.removed)
        meta = call.tenant.jobs.get(definition.meta_job_id or "")
        if meta is not None and meta.status != "PARENT":
            meta.end("DISCARDED")
        del call.tenant.definitions[definition.id]
        call.tenant.taken_back[definition.id] = definition
        return replies.nothing()

    async def _delete_file(self, call: Call) -> Response:
        missing = f"Upload Definition was not found. ID: {call.path['id']}"
        definition = definition_of(call, missing)
        file = definition.file(call.path["file"])
        if file is None:
            return replies.text(500, "Internal Server Error")
        self._take_back(call.tenant, definition, file)
        return replies.nothing()

    @staticmethod
    def _take_back(tenant: Tenant, definition: Definition, file: File) -> None:
        """The entry and its bytes on disk go; stored objects stay; the status is not recomputed."""
        definition.files.remove(file)
        definition.removed.append(file)
        definition.updated = time.time()
        if file.stored is not None and file.stored.path is not None:
            with suppress(OSError):
                file.stored.path.unlink()
        job = tenant.jobs.get(file.job_id or "")
        if job is not None and not job.ended:
            job.end("DISCARDED")

    async def _add_file(self, call: Call) -> Response:
        """Unusable on real servers too: the definition is named by the body, and no job is made."""
        body = replies.check_schema(await call.json(), "FileDefinition", FILE_FIELDS, ("name",))
        named = str(body.get("uploadDefinitionId"))
        definition = call.tenant.definitions.get(named)
        if definition is None or not definition.visible:
            return replies.text(404, f"Upload Definition was not found. ID: {named}")
        file = File(body["name"], definition.id, None, body.get("size"), body.get("uiKey"))
        definition.files.append(file)
        definition.updated = time.time()
        return replies.json(201, definition.json())

    @staticmethod
    def _named(call: Call) -> Definition:
        return definition_of(call, f"Upload Definition with id '{call.path['id']}' not found")


def _refusal(message: str, name: str) -> Json:
    return {"message": message, "code": name, "parameters": []}
