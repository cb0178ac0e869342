"""How far an import is, in the portal's words, and in those that it should not have."""

import re
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from app.sandbox.tao import replies
from app.sandbox.tao.options import Options
from app.sandbox.tao.replies import Json
from app.sandbox.tao.state import Import
from app.sandbox.tao.storage import Storage

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
_NOT_FOUND = "Reference ID not found. File not found in pending bucket."


class Statuses:
    def __init__(self, options: Options, imports: dict[str, Import], storage: Storage) -> None:
        self._options = options
        self._imports = imports
        self._storage = storage

    async def status(self, request: Request, reference: str) -> Response:
        one = self._imports.get(reference)
        if one is None:
            return self._unknown(reference)
        one.polls += 1
        if not one.visible:
            return replies.error(404, _NOT_FOUND, "message")
        if not self._options.sequence:
            return self._shown(one, one.status)
        at = min(one.scripted, len(self._options.sequence) - 1)
        one.scripted += 1
        return self._played(one, self._options.sequence[at])

    async def download(self, request: Request, reference: str) -> Response:
        one = self._imports.get(reference)
        if one is None:
            return self._unknown(reference)
        late = one.ended is not None and time.time() < one.ended + self._options.result_after
        if one.status != "processed" or one.result is None or late:
            return replies.error(404, "The result is not available.", self._options.error_shape)
        one.downloads += 1
        if self._options.result_reply == "body":
            return self._storage.file(one)
        url = self._storage.signed(one)
        if self._options.result_reply == "redirect":
            return Response(status_code=302, headers={"Location": url})
        if self._options.result_reply == "result":
            return replies.json(200, {"result": {"signedUrl": url}})
        return replies.json(200, {self._options.result_reply: url})

    def _unknown(self, reference: str) -> Response:
        if self._options.strict_ids and not _UUID.fullmatch(reference):
            return replies.error(400, "Reference ID must be a valid UUID.", "error")
        return replies.error(404, _NOT_FOUND, "message")

    def _shown(self, one: Import, status: str) -> Response:
        body: Json = {"status": status}
        if self._options.file_line != "missing":
            body["fileLine"] = self._lines(one)
        body["messages"] = self._messages(one, status)
        return replies.json(200, body if self._options.top_level else {"result": body})

    def _lines(self, one: Import) -> Any:
        how = self._options.file_line
        if how == "negative":
            return -1
        count = one.lines if how == "live" or one.ended is not None else 0
        return str(count) if how == "text" else count

    def _messages(self, one: Import, status: str) -> Any:
        found = one.messages
        if status == "failed" and not found:
            found = ["Global import error: header mismatch"]
        how = self._options.messages
        if how == "null":
            return None
        if how == "text":
            return "; ".join(found)
        return [{"message": text} for text in found] if how == "objects" else list(found)

    def _played(self, one: Import, word: str) -> Response:
        """One answer of the script."""
        if word == "html":
            return replies.page(404)
        if word == "empty":
            return Response(status_code=404)
        if word == "nonsense":
            return HTMLResponse("<!doctype html><title>Welcome</title>")
        if word == "401":
            return replies.denied(self._options.refusal_401)
        if word == "400":
            return replies.error(400, "Unable to resolve rostering import status.", "error")
        if word == "503":
            return replies.page(503)
        sentences = {
            "403": "Insufficient scope",
            "404": _NOT_FOUND,
            "429": "Too Many Requests",
            "500": "Unable to read the state of the import: connection to the bucket was lost",
        }
        if word in sentences:
            return replies.error(int(word), sentences[word], "message")
        return PlainTextResponse("", 502) if word == "502" else self._shown(one, word)
