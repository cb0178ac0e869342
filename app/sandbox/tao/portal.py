"""The portal's gateway: which call goes where, and who may make it."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.sandbox.early import answered
from app.sandbox.tao import replies
from app.sandbox.tao.options import Options
from app.sandbox.tao.replies import Refused
from app.sandbox.tao.statuses import Statuses
from app.sandbox.tao.tokens import Tokens
from app.sandbox.tao.uploads import Uploads

_MOVED = "/moved"
_SECRETS = ("access_token", "client_secret", "token")

_OWN = {
    400: "Bad Request",
    403: "Insufficient scope",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal error: the storage cannot be reached",
}

Handler = Callable[[Request, str], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class _Route:
    method: str
    pattern: re.Pattern[str]
    name: str
    handler: Handler


class Portal:
    """The one address of the portal, as an ASGI application."""

    def __init__(
        self, options: Options, tokens: Tokens, uploads: Uploads, statuses: Statuses
    ) -> None:
        self._options = options
        self._tokens = tokens
        templates = options.templates
        self._routes = [
            _Route("POST", _pattern(templates.token), "token", _alone(tokens.answer)),
            _Route("POST", _pattern(templates.upload), "upload", _alone(uploads.answer)),
            _Route("GET", _pattern(templates.status), "status", statuses.status),
            _Route("GET", _pattern(templates.download), "download", statuses.download),
        ]
        self.leaks: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await answered(self._reply, scope, receive, send, self._options.swallow)

    def refusal(self, status: int) -> Response:
        """A hurried no: of the portal itself where it is its own, else of the proxy in front."""
        if status == 401:
            return replies.denied(self._options.refusal_401)
        if status in _OWN:
            return replies.error(status, _OWN[status], "message")
        return replies.page(status)

    async def _reply(self, request: Request) -> Response:
        for name in _SECRETS:
            if name in request.query_params:
                self.leaks.append(f"{request.method} {request.url.path}: {name} in the address")
        try:
            return await self._answer(request)
        except Refused as refused:
            return refused.reply

    async def _answer(self, request: Request) -> Response:
        path, prefix = request.url.path, self._options.prefix
        length = request.headers.get("content-length", "0")
        limit = self._options.body_limit
        if limit is not None and length.isdecimal() and int(length) > limit:
            return replies.page(413)
        if path == prefix or path == prefix + "/":
            return replies.portal() if request.method == "GET" else replies.page(405)
        if not path.startswith(prefix + "/"):
            return replies.page(404)
        path = path.removeprefix(prefix)
        if self._options.redirect:
            if not path.startswith(_MOVED + "/"):
                return self._elsewhere(request, path)
            path = path.removeprefix(_MOVED)
        return await self._call(request, path)

    async def _call(self, request: Request, path: str) -> Response:
        known = [(one, match) for one in self._routes if (match := one.pattern.fullmatch(path))]
        if not known:
            return self._unknown()
        for route, match in known:
            if route.method != request.method:
                continue
            if route.name != "token":
                self._check(request, route.name)
            return await route.handler(request, match.groupdict().get("reference", ""))
        return replies.page(405)

    def _check(self, request: Request, name: str) -> None:
        """Raises Refused: 401 without a good token, 403 without the scope."""
        if not self._tokens.good(request.headers.get("authorization", "")):
            raise Refused(replies.denied(self._options.refusal_401))
        scope = self._options.scope
        if name in self._options.deny or (scope is not None and "rostering" not in scope.split()):
            raise Refused(replies.error(403, "Insufficient scope", "message"))

    def _unknown(self) -> Response:
        if self._options.unknown_path == "page":
            return replies.page(404)
        if self._options.unknown_path == "empty":
            return Response(status_code=404)
        return replies.error(404, "No route found", "message")

    def _elsewhere(self, request: Request, path: str) -> Response:
        base = "https://moved.invalid"
        if self._options.redirect_to == "same":
            base = f"http://{request.headers.get('host', '')}{self._options.prefix}{_MOVED}"
        return Response(status_code=self._options.redirect, headers={"Location": base + path})


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.escape(template).replace(r"\{referenceId\}", "(?P<reference>[^/]+)"))


def _alone(handler: Callable[[Request], Awaitable[Response]]) -> Handler:
    """A call whose address names nothing."""

    async def handle(request: Request, reference: str) -> Response:
        return await handler(request)

    return handle
