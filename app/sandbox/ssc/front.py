"""The container in front of SSC: who may pass, and in which words the others are refused."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from json import JSONDecodeError, loads
from typing import Any, Literal

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from app.sandbox.early import answered
from app.sandbox.ssc import replies
from app.sandbox.ssc.accounts import Accounts, Pass
from app.sandbox.ssc.options import Options
from app.sandbox.ssc.replies import Refused

_API = "/api/v1"
_JSON_LIMIT = 4 * 1024 * 1024
_LOGIN = "https://sign-in.invalid/login?service=ssc"

_OWN = {
    400: "The request is not valid",
    404: "The requested resource was not found",
    409: "The resource is in use",
    500: "Unexpected error",
}

Auth = Literal["open", "basic", "token", "either"]


@dataclass(slots=True)
class Call:
    """One request that passed. `pass_or_none` is None only where no sign-in is needed."""

    request: Request
    path: dict[str, str]
    pass_or_none: Pass | None = None

    @property
    def by(self) -> Pass:
        assert self.pass_or_none is not None
        return self.pass_or_none

    @property
    def query(self) -> QueryParams:
        return self.request.query_params

    @property
    def address(self) -> str:
        return self.request.client.host if self.request.client else ""

    def number(self, name: str, default: int) -> int:
        """A number from the query; raises Refused (400) when it is none."""
        value = self.query.get(name)
        if value is None:
            return default
        if not re.fullmatch(r"-?\d{1,9}", value):
            raise Refused(replies.error(400, f"Invalid value for parameter {name}: {value}"))
        return int(value)

    def flag(self, name: str) -> bool:
        return self.query.get(name, "false").lower() == "true"

    async def json(self) -> Any:
        """The body as JSON; raises Refused (400 or 415) when it is not."""
        kind = self.request.headers.get("content-type", "").partition(";")[0].strip()
        if kind != "application/json":
            raise Refused(replies.error(415, f"Content type '{kind}' not supported"))
        blocks = bytearray()
        async for block in self.request.stream():
            blocks += block
            if len(blocks) > _JSON_LIMIT:
                raise Refused(replies.proxy(413))
        try:
            return loads(bytes(blocks))
        except (JSONDecodeError, UnicodeDecodeError):
            raise Refused(replies.error(400, "Required request body is not readable")) from None

    async def object(self) -> dict[str, Any]:
        """The body as a JSON object; raises Refused (400 or 415)."""
        body = await self.json()
        if not isinstance(body, dict):
            raise Refused(replies.error(400, "Required request body is not an object"))
        return body


Handler = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """One call; paths are below `/api/v1` unless `outside`. `right` "" is everyone's."""

    method: str
    path: str
    handler: Handler
    right: str = ""
    auth: Auth = "token"
    outside: bool = False
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        whole = self.path if self.outside else _API + self.path
        pattern = re.compile(
            re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", re.sub(r"\.(?!\*)", r"\\.", whole))
        )
        object.__setattr__(self, "pattern", pattern)


class Front:
    """The one address of an SSC server, as an ASGI application."""

    def __init__(self, options: Options, routes: Sequence[Route], accounts: Accounts) -> None:
        self._options = options
        self._routes = routes
        self._accounts = accounts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await answered(self._reply, scope, receive, send, self._options.swallow)

    def refusal(self, status: int) -> Response:
        """A hurried no: of SSC itself where it is its own, else of the proxy in front."""
        if status == 401:
            return self._unauthorised()
        if status == 403:
            return replies.denied()
        if status in _OWN:
            return replies.error(status, _OWN[status])
        return replies.proxy(status)

    async def _reply(self, request: Request) -> Response:
        try:
            return await self._answer(request)
        except Refused as refused:
            return refused.reply

    async def _answer(self, request: Request) -> Response:
        path, prefix = request.url.path, self._options.prefix
        if "//" in path:
            return replies.tomcat(503)
        length = request.headers.get("content-length", "0")
        limit = self._options.body_limit
        if limit is not None and length.isdecimal() and int(length) > limit:
            return replies.proxy(413)
        if path != prefix and not path.startswith(prefix + "/"):
            return replies.tomcat(404)
        path = path.removeprefix(prefix)
        route, found = self._route(request.method, path)
        if route is None:
            return self._unknown(request, path)
        granted = self._granted(request, route)
        return await route.handler(Call(request, found, granted))

    def _route(self, method: str, path: str) -> tuple[Route | None, dict[str, str]]:
        for route in self._routes:
            if route.method == method and (match := route.pattern.fullmatch(path)):
                return route, match.groupdict()
        return None, {}

    def _unknown(self, request: Request, path: str) -> Response:
        if not path.startswith(_API):
            return replies.tomcat(404)
        # An unknown path of the API is only told to those who are signed in.
        self._granted(request, _ANY)
        if any(route.pattern.fullmatch(path) for route in self._routes):
            return replies.error(405, f"Request method '{request.method}' not supported")
        return replies.error(404, "The requested resource was not found")

    def _granted(self, request: Request, route: Route) -> Pass | None:
        """Whose call it is. Raises Refused: 401 without a good sign-in, 403 without the right."""
        if route.auth == "open":
            return None
        header = request.headers.get("authorization", "")
        granted = self._accounts.checked(
            header, basic=route.auth in ("basic", "either"), token=route.auth in ("token", "either")
        )
        if granted is None:
            raise Refused(self._unauthorised())
        if route.right and route.right not in granted.rights:
            raise Refused(replies.denied(route.right))
        return granted

    def _unauthorised(self) -> Response:
        if self._options.sign_in_page:
            return RedirectResponse(_LOGIN, 302)
        if self._options.empty_401:
            return Response(status_code=401)
        return replies.error(401, "Unauthorized access.", -10300)


async def _nothing(call: Call) -> Response:
    return replies.result()


_ANY = Route("GET", "", _nothing)
