"""Files on their way in: one part called `file`, checked as a whole before it is accepted."""

import asyncio
import time
import uuid
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response

from app.sandbox.multipart import File, Form, Malformed, TooManyParts, read_form
from app.sandbox.tao import replies
from app.sandbox.tao.options import Options
from app.sandbox.tao.processing import Processing
from app.sandbox.tao.replies import Refused
from app.sandbox.tao.state import Import
from app.sandbox.tao.table import Table, Unusable, checked, unpacked

_FIRST_NUMBER = 12_345


@dataclass(slots=True)
class Arrival:
    """One upload that began; `outcome` is "cut" until it was answered."""

    began: float
    ended: float = 0.0
    outcome: Literal["cut", "taken", "refused"] = "cut"
    status: int = 0
    reference: str = ""
    name: str = ""
    part: str = ""
    part_type: str = ""
    size: int = 0
    sha256: str = ""


class Uploads:
    def __init__(self, options: Options, folder: Path, processing: Processing) -> None:
        self._options = options
        self._folder = folder
        self._processing = processing
        self._files = 0
        self._now = 0
        self._busy = options.busy_uploads
        self.imports: dict[str, Import] = {}
        self.arrivals: list[Arrival] = []
        self.most_at_once = 0

    async def answer(self, request: Request) -> Response:
        if self._busy > 0:
            self._busy -= 1
            return self._come_back()
        arrival = Arrival(time.time())
        self.arrivals.append(arrival)
        try:
            reply = await self._answer(request, arrival)
        except Refused as refused:
            reply = refused.reply
        arrival.ended = time.time()
        arrival.status = reply.status_code
        arrival.outcome = "taken" if reply.status_code < 300 else "refused"
        return reply

    async def _answer(self, request: Request, arrival: Arrival) -> Response:
        if "content-length" not in request.headers and not self._options.chunked:
            return replies.page(411)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "multipart/form-data":
            return self._no(415, f"The content type {kind} is not supported.")
        form = await self._form(request)
        try:
            file = self._single(form)
            arrival.name, arrival.part, arrival.part_type = (
                file.filename,
                file.name,
                file.content_type,
            )
            arrival.size, arrival.sha256 = file.size, file.sha256
            table = await self._table(file)
        except Unusable as error:
            form.forget()
            return self._no(400, str(error))
        one = self._take(file, table)
        arrival.reference = one.reference
        return replies.json(self._options.upload_status, self._accepted(one.reference))

    async def _form(self, request: Request) -> Form:
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            return await read_form(request, self._place)
        except (Malformed, TooManyParts):
            # Without a readable form there is no file in it either.
            raise Refused(self._no(400, "No file was provided under the key 'file'.")) from None
        finally:
            self._now -= 1

    def _place(self) -> Path | None:
        self._files += 1
        return self._folder / f"upload-{self._files}" if self._options.keep_bytes else None

    def _single(self, form: Form) -> File:
        """The one file; raises Unusable."""
        found = [file for file in form.files if file.name == "file"]
        if len(found) != 1:
            raise Unusable(
                "No file was provided under the key 'file'."
                if not found
                else "Exactly one file is required."
            )
        name = found[0].filename.lower()
        allowed = (".csv", ".zip") if self._options.zip else (".csv",)
        if not name.endswith(allowed):
            raise Unusable(f"The file extension is not allowed. Allowed: {', '.join(allowed)}.")
        if not found[0].size:
            raise Unusable("The file is empty.")
        return found[0]

    async def _table(self, file: File) -> Table | None:
        """The file as a table, None when its bytes were not kept; raises Unusable."""
        path, options = file.path, self._options
        if path is None:
            return None
        if file.filename.lower().endswith(".zip"):
            target = path.with_suffix(".csv")
            path = await asyncio.to_thread(unpacked, path, target, options.size_limit)
        return await asyncio.to_thread(checked, path, options.size_limit, options.record_limit)

    def _take(self, file: File, table: Table | None) -> Import:
        reference = str(uuid.uuid4())
        if self._options.reference == "number":
            reference = str(_FIRST_NUMBER + len(self.imports))
        one = Import(
            reference,
            file.filename,
            file.size,
            file.sha256,
            file.content_type,
            table,
            visible_from=time.time() + self._options.visible_after,
        )
        self.imports[reference] = one
        self._processing.begin(one)
        return one

    def _accepted(self, reference: str) -> Any:
        shape = self._options.reply
        value: Any = int(reference) if self._options.reference == "number" else reference
        if shape == "none":
            return {"result": {"message": "File uploaded"}}
        name = "reference_id" if shape in ("wrapped-snake", "snake") else "referenceId"
        body = {"message": "File uploaded", name: value}
        if shape in ("wrapped", "wrapped-snake"):
            return {"result": body}
        return {"data": body} if shape == "data" else body

    def _no(self, status: int, message: str) -> Response:
        return replies.error(status, message, self._options.error_shape)

    def _come_back(self) -> Response:
        """Busy: when to come back is told in one of three ways, the last one against the rules."""
        reply = self._no(429, "Too Many Requests. Please retry later.")
        soon = time.time() + 1
        reply.headers["Retry-After"] = {
            "seconds": "1",
            "date": formatdate(soon + 1, usegmt=True),
            "epoch": str(int(soon) + 1),
        }[self._options.retry_after]
        return reply
