"""Where results lie: a second address that knows nothing but its signatures."""

import hashlib
import hmac
import time
from urllib.parse import parse_qsl, quote, urlencode

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from app.sandbox.tao import replies
from app.sandbox.tao.options import Options
from app.sandbox.tao.state import Import

_BUCKET = "/rostering-results"


class Storage:
    """Results by reference. A request that carries credentials is refused and noted in `leaks`."""

    def __init__(self, options: Options, key: bytes) -> None:
        self._options = options
        self._key = key
        self._kept: dict[str, Import] = {}
        self.url = ""
        self.leaks: list[str] = []
        self.downloads: list[tuple[str, int]] = []

    def signed(self, one: Import) -> str:
        """An address for one download, valid for `url_seconds`."""
        path = f"{_BUCKET}/{one.reference}/output.csv"
        self._kept[path] = one
        query = {
            "X-Date": str(int(time.time() * 1000)),
            "X-Expires": str(self._options.url_seconds),
        }
        query["X-Sig"] = self._signature(path, query)
        return f"{self.url}{quote(path)}?{urlencode(query)}"

    @staticmethod
    def file(one: Import) -> Response:
        assert one.result is not None
        return FileResponse(one.result, media_type="text/csv", filename="output.csv")

    @staticmethod
    def refusal(status: int) -> Response:
        return replies.storage(status, "SlowDown", "Please try again.")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        for name in ("authorization", "cookie"):
            if name in request.headers:
                self.leaks.append(f"{request.method} {request.url.path}: {name}")
        reply = self._answer(request)
        self.downloads.append((request.url.path, reply.status_code))
        await reply(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        query = dict(parse_qsl(request.url.query))
        signature = query.pop("X-Sig", None)
        if request.method != "GET":
            return replies.storage(405, "MethodNotAllowed", "The method is not allowed.")
        if signature is None:
            return replies.storage(403, "AccessDenied", "Access Denied")
        if "authorization" in request.headers:
            return replies.storage(400, "InvalidArgument", "Only one auth mechanism allowed")
        path = request.url.path
        if not hmac.compare_digest(self._signature(path, query), signature):
            return replies.storage(403, "SignatureDoesNotMatch", "The signature does not match.")
        if time.time() > int(query["X-Date"]) / 1000 + float(query["X-Expires"]):
            return replies.storage(403, "AccessDenied", "Request has expired")
        return self.file(self._kept[path])

    def _signature(self, path: str, query: dict[str, str]) -> str:
        signed = f"GET\n{path}\n{urlencode(sorted(query.items()))}".encode()
        return hmac.new(self._key, signed, hashlib.sha256).hexdigest()
