"""Bytes on their way in: the raw path that appends, and the path by way of object storage."""

import time
from pathlib import Path

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from app.sandbox.folio import replies
from app.sandbox.folio.definitions import BASE, definition_of
from app.sandbox.folio.gateway import Call, Route
from app.sandbox.folio.options import Options
from app.sandbox.folio.replies import Refused
from app.sandbox.folio.state import Definition, File, Stored
from app.sandbox.folio.storage import Storage, StorageError

KEY_PREFIX = "data-import/"
_ASSEMBLE_FIELDS = ("uploadId", "key", "tags")


class Uploads:
    def __init__(self, options: Options, folder: Path, storage: Storage) -> None:
        self._options = options
        self._folder = folder
        self._storage = storage

    def routes(self) -> list[Route]:
        routes = [
            Route(
                "POST",
                BASE + "/{id}/files/{file}",
                self._raw,
                "data-import.upload.file.post",
                consumes="application/octet-stream",
            ),
            Route(
                "POST",
                BASE + "/{id}/files/{file}/assembleStorageFile",
                self._assemble,
                "data-import.assembleStorageFile.post",
                consumes="application/json",
            ),
        ]
        if self._options.split_status:
            routes += [
                Route(
                    "GET",
                    "/data-import/splitStatus",
                    self._split_status,
                    "data-import.splitconfig.get",
                ),
                Route(
                    "GET",
                    "/data-import/uploadUrl",
                    self._upload_url,
                    "data-import.uploadUrl.item.get",
                ),
                Route(
                    "GET",
                    "/data-import/uploadUrl/subsequent",
                    self._next_url,
                    "data-import.uploadUrl.subsequent.item.get",
                ),
                Route(
                    "GET",
                    "/data-import/jobExecutions/{id}/downloadUrl",
                    self._download_url,
                    "data-import.downloadUrl.get",
                ),
            ]
        return routes

    async def _split_status(self, call: Call) -> Response:
        return replies.json(200, {"splitStatus": call.tenant.split})

    async def _raw(self, call: Call) -> Response:
        """Append what comes, whatever the file's state; nothing is ever checked or cut off."""
        definition, file = _definition_and_file(call)
        if file.name in f"./storage/upload/{definition.id}/{file.id}/":
            return replies.text(500, "Internal Server Error")
        if file.stored is None:
            keep = self._options.keep_bytes
            file.stored = Stored(self._folder / file.id if keep else None)
        file.stored.appends += 1
        definition.uploading += 1
        definition.most_uploading = max(definition.most_uploading, definition.uploading)
        try:
            await self._append(call, definition, file, file.stored)
        except ClientDisconnect:
            file.status = "ERROR"
            definition.touched(file)
            if all(other.status == "ERROR" for other in definition.files):
                definition.status = "ERROR"
            raise
        finally:
            definition.uploading -= 1
        file.source_path = f"./storage/upload/{definition.id}/{file.id}/{file.name}"
        return self._uploaded(call, definition, file)

    @staticmethod
    async def _append(call: Call, definition: Definition, file: File, stored: Stored) -> None:
        with stored.open() as disk:
            async for block in call.request.stream():
                if file.status != "UPLOADING":
                    file.status = "UPLOADING"
                    definition.touched(file)
                stored.append(block, disk)

    @staticmethod
    def _uploaded(call: Call, definition: Definition, file: File) -> Response:
        """The end of an upload: file, definition, then the job; its failure rolls back the file."""
        file.status = "UPLOADED"
        file.uploaded = time.time()
        definition.touched(file)
        definition.settle()
        job = call.tenant.jobs.get(file.job_id or "")
        if job is None or job.deleted:
            file.status = "NEW"
            definition.settle()
            return replies.text(400, "Failed to update job execution status")
        if not job.ended:
            job.status = "FILE_UPLOADED"
        return replies.json(200, definition.json())

    async def _upload_url(self, call: Call) -> Response:
        name = _parameter(call, "fileName")
        key = f"{KEY_PREFIX}{call.tenant.id}/{int(time.time() * 1000)}-{name}"
        return self._part_url(key, self._storage.begin(key).id, 1)

    async def _next_url(self, call: Call) -> Response:
        key = _parameter(call, "key")
        if not key.startswith(KEY_PREFIX):
            return replies.text(500, "Internal Server Error")
        number = _parameter(call, "partNumber")
        if not number.isdecimal():
            return replies.text(400, f'For input string: "{number}"')
        return self._part_url(key, _parameter(call, "uploadId"), int(number))

    def _part_url(self, key: str, upload_id: str, number: int) -> Response:
        url = self._storage.signed("PUT", key, partNumber=str(number), uploadId=upload_id)
        return replies.json(200, {"url": url, "key": key, "uploadId": upload_id})

    async def _assemble(self, call: Call) -> Response:
        """Not to be repeated: the file goes back to UPLOADING before storage is asked."""
        body = replies.check_schema(
            await call.json(), "AssembleStorageFileRequestBody", _ASSEMBLE_FIELDS, _ASSEMBLE_FIELDS
        )
        definition, file = _definition_and_file(call)
        file.status = "UPLOADING"
        definition.touched(file)
        try:
            tags = [str(tag) for tag in body["tags"]]
            await self._storage.complete(str(body["uploadId"]), str(body["key"]), tags)
        except StorageError:
            return replies.text(500, "Internal Server Error")
        file.source_path = str(body["key"])
        done = self._uploaded(call, definition, file)
        return replies.nothing() if done.status_code == 200 else done

    async def _download_url(self, call: Call) -> Response:
        job = call.tenant.jobs.get(call.path["id"])
        if job is None or job.source_path not in self._storage.objects:
            return replies.text(404, "Not found")
        return replies.json(200, {"url": self._storage.signed("GET", job.source_path)})


def _definition_and_file(call: Call) -> tuple[Definition, File]:
    missing = f"Upload Definition was not found. ID: {call.path['id']}"
    definition = definition_of(call, missing)
    file = definition.file(call.path["file"])
    if file is None:
        sentence = f"FileDefinition not found. FileDefinition ID: {call.path['file']}"
        raise Refused(replies.text(404, sentence))
    return definition, file


def _parameter(call: Call, name: str) -> str:
    """A parameter whose name is matched without regard to case; raises Refused (400)."""
    for key, value in call.query.items():
        if key.lower() == name.lower() and value:
            return value
    raise Refused(replies.text(400, f"{name} is a required parameter"))
