"""Object storage: a second address that takes parts at signed addresses and knows no FOLIO.

Strict where S3 is: the signature covers method, path and query; a length is needed; sizes and ETags
are checked when an upload is completed. A request that carries FOLIO's headers or cookies is still
served, as S3 would, but noted in `leaks`.
"""

import asyncio
import hashlib
import hmac
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.sandbox.folio import replies
from app.sandbox.folio.options import Options
from app.sandbox.folio.state import Stored

_BUCKET = "/folio-data-import/sandbox"
_BLOCK = 1024 * 1024
_MOST_PARTS = 10_000


class StorageError(Exception):
    """Storage refuses; the code is S3's."""


@dataclass(frozen=True, slots=True)
class Part:
    """One stored part of an upload."""

    stored: Stored
    etag: str


@dataclass(slots=True)
class MultipartUpload:
    """A multipart upload; `puts` counts the parts received, those sent again too."""

    key: str
    id: str
    parts: dict[int, Part] = field(default_factory=dict)
    puts: int = 0
    now: int = 0
    most_at_once: int = 0


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A finished object: pieces of files one after the other, each (path, start, length).

    `sha256` is empty when the bytes were not kept and came in more than one part.
    """

    key: str
    size: int
    sha256: str
    records: int
    parts: int
    puts: int
    most_at_once: int
    pieces: tuple[tuple[Path, int, int], ...]


class Storage:
    """The bucket and its address."""

    def __init__(
        self, options: Options, folder: Path, secret: bytes, stopping: Callable[[], bool]
    ) -> None:
        self._options = options
        self._folder = folder
        self._secret = secret
        self._stopping = stopping
        self._files = 0
        self.url = ""
        self.uploads: dict[str, MultipartUpload] = {}
        self.objects: dict[str, StoredObject] = {}
        self.history: dict[str, StoredObject] = {}
        self.leaks: list[str] = []

    def begin(self, key: str) -> MultipartUpload:
        upload = MultipartUpload(key, f"2~{uuid4().hex}")
        self.uploads[upload.id] = upload
        return upload

    def signed(self, method: str, key: str, **query: str) -> str:
        """An address for one request, valid for `url_seconds`."""
        path = f"{_BUCKET}/{key}"
        query = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Date": str(int(time.time() * 1000)),
            "X-Amz-Expires": str(self._options.url_seconds),
            **query,
        }
        query["X-Amz-Signature"] = self._signature(method, path, query)
        return f"{self.url}{quote(path)}?{urlencode(query)}"

    async def complete(self, upload_id: str, key: str, tags: Sequence[str]) -> StoredObject:
        """Join the parts; raises StorageError as S3 refuses."""
        upload = self.uploads.get(upload_id)
        if upload is None or upload.key != key:
            raise StorageError("NoSuchUpload")
        if not tags:
            raise StorageError("MalformedXML")
        parts: list[Part] = []
        for number, tag in enumerate(tags, 1):
            part = upload.parts.get(number)
            if part is None or part.etag != tag.strip('"'):
                raise StorageError("InvalidPart")
            parts.append(part)
        if any(part.stored.size < self._options.min_part for part in parts[:-1]):
            raise StorageError("EntityTooSmall")
        del self.uploads[upload_id]
        found = StoredObject(
            key,
            sum(part.stored.size for part in parts),
            await asyncio.to_thread(_sha256, parts, self._stopping),
            sum(part.stored.records for part in parts),
            len(parts),
            upload.puts,
            upload.most_at_once,
            tuple((p.stored.path, 0, p.stored.size) for p in parts if p.stored.path is not None),
        )
        self.objects[key] = self.history[key] = found
        return found

    def joined(self, found: StoredObject) -> Path:
        """The object as one file, for reading its records."""
        self._files += 1
        path = self._folder / f"joined-{self._files}"
        with path.open("wb") as file:
            for block in _blocks(found):
                file.write(block)
        return path

    def split(self, found: StoredObject, path: Path, ends: Sequence[tuple[str, int, int]]) -> None:
        """Replace an object by pieces (key, start, end) of the file that holds its bytes."""
        del self.objects[found.key]
        for key, start, end in ends:
            piece = ((path, start, end - start),)
            self.objects[key] = StoredObject(key, end - start, "", 0, 1, 0, 0, piece)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self._note_leaks(request)
        reply = self._refused(request)
        if reply is None and request.method == "PUT":
            reply = await self._put(request)
        elif reply is None:
            reply = self._get(request)
        await reply(scope, receive, send)

    @staticmethod
    def refusal(status: int) -> Response:
        code = {429: "SlowDown", 503: "ServiceUnavailable"}.get(status, "InternalError")
        return replies.s3(status, code, "Please try again.")

    def _signature(self, method: str, path: str, query: dict[str, str]) -> str:
        covered = urlencode(sorted(query.items()))
        signed = f"{method}\n{path}\n{covered}".encode()
        return hmac.new(self._secret, signed, hashlib.sha256).hexdigest()

    def _note_leaks(self, request: Request) -> None:
        for name in request.headers:
            if name.startswith("x-okapi-") or name in ("authorization", "cookie"):
                self.leaks.append(f"{request.method} {request.url.path}: {name}")

    def _refused(self, request: Request) -> Response | None:
        if request.method not in ("PUT", "GET"):
            return replies.s3(405, "MethodNotAllowed", "The method is not allowed.")
        pairs = parse_qsl(request.url.query, keep_blank_values=True)
        query = dict(pairs)
        signature = query.pop("X-Amz-Signature", None)
        if signature is None or "X-Amz-Date" not in query:
            return replies.s3(403, "AccessDenied", "Access Denied")
        if "authorization" in request.headers:
            sentence = "Only one auth mechanism allowed"
            return replies.s3(400, "InvalidArgument", sentence)
        right = self._signature(request.method, request.scope["path"], query)
        if len(pairs) != len(query) + 1 or not hmac.compare_digest(right, signature):
            sentence = (
                "The request signature we calculated does not match the signature you provided."
            )
            return replies.s3(403, "SignatureDoesNotMatch", sentence)
        if time.time() > int(query["X-Amz-Date"]) / 1000 + int(query["X-Amz-Expires"]):
            return replies.s3(403, "AccessDenied", "Request has expired")
        return None

    async def _put(self, request: Request) -> Response:
        if "content-length" not in request.headers:
            return replies.s3(411, "MissingContentLength", "You must provide a Content-Length.")
        upload = self.uploads.get(request.query_params.get("uploadId", ""))
        if upload is None or request.scope["path"] != f"{_BUCKET}/{upload.key}":
            return replies.s3(404, "NoSuchUpload", "The specified upload does not exist.")
        number = int(request.query_params["partNumber"])
        if not 1 <= number <= _MOST_PARTS:
            return replies.s3(400, "InvalidArgument", "Part number must be from 1 to 10000.")
        upload.now += 1
        upload.most_at_once = max(upload.most_at_once, upload.now)
        try:
            # A part whose connection breaks is never stored.
            part = await self._received(request)
        finally:
            upload.now -= 1
        upload.puts += 1
        upload.parts[number] = part
        return Response(headers={"ETag": f'"{part.etag}"'})

    async def _received(self, request: Request) -> Part:
        self._files += 1
        path = self._folder / f"part-{self._files}" if self._options.keep_bytes else None
        stored = Stored(path, appends=1)
        md5 = hashlib.md5(usedforsecurity=False)
        with stored.open() as file:
            async for block in request.stream():
                stored.append(block, file)
                md5.update(block)
        return Part(stored, md5.hexdigest())

    def _get(self, request: Request) -> Response:
        found = self.objects.get(request.scope["path"].removeprefix(f"{_BUCKET}/"))
        if found is None or (found.size and not found.pieces):
            return replies.s3(404, "NoSuchKey", "The specified key does not exist.")
        return StreamingResponse(
            _blocks(found),
            headers={"Content-Length": str(found.size)},
            media_type="application/octet-stream",
        )


def _blocks(found: StoredObject) -> Iterator[bytes]:
    for path, start, length in found.pieces:
        with path.open("rb") as file:
            file.seek(start)
            while length > 0 and (block := file.read(min(_BLOCK, length))):
                length -= len(block)
                yield block


def _sha256(parts: Sequence[Part], stopping: Callable[[], bool]) -> str:
    """Of all parts together; empty when that cannot be known."""
    if len(parts) == 1:
        return parts[0].stored.sha256
    digest = hashlib.sha256()
    for part in parts:
        if part.stored.path is None:
            return ""
        with part.stored.path.open("rb") as file:
            while (block := file.read(_BLOCK)) and not stopping():
                digest.update(block)
    return digest.hexdigest()
