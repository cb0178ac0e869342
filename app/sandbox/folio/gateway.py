"""Okapi and Kong with its sidecar: who may pass, and in which words the others are refused."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from json import JSONDecodeError, loads
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from app.sandbox.folio import replies
from app.sandbox.folio.options import Options
from app.sandbox.folio.replies import Refused
from app.sandbox.folio.state import Tenant, User

_JSON_LIMIT = 16 * 1024 * 1024


@dataclass(slots=True)
class Call:
    """One request that passed the gateway. `user` is None only where no sign-in is needed."""

    request: Request
    tenant: Tenant
    path: dict[str, str]
    user_or_none: User | None = None

    @property
    def user(self) -> User:
        assert self.user_or_none is not None
        return self.user_or_none

    @property
    def query(self) -> QueryParams:
        return self.request.query_params

    def number(self, name: str, default: int) -> int:
        """A number from the query; raises Refused (400) when it is none."""
        value = self.query.get(name)
        if value is None:
            return default
        if not re.fullmatch(r"\d{1,9}", value):
            raise Refused(replies.text(400, f'For input string: "{value}"'))
        return int(value)

    def flag(self, name: str) -> bool:
        return self.query.get(name, "false").lower() == "true"

    async def json(self) -> Any:
        """The body as JSON; raises Refused (400) when it is not."""
        blocks = bytearray()
        async for block in self.request.stream():
            blocks += block
            if len(blocks) > _JSON_LIMIT:
                raise Refused(replies.page(413, "Request Entity Too Large"))
        if not blocks.strip():
            raise Refused(replies.missing_field("body"))
        try:
            return loads(bytes(blocks))
        except (JSONDecodeError, UnicodeDecodeError) as error:
            raise Refused(replies.text(400, f"Failed to decode: {error}")) from None


Handler = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """One call of the API.

    `permission` "" needs no token. `produces` are the types an Accept header may name; `consumes`
    the type of the body, None where there is none.
    """

    method: str
    path: str
    handler: Handler
    permission: str = ""
    produces: tuple[str, ...] = ("application/json", "text/plain")
    consumes: str | None = None
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path))
        object.__setattr__(self, "pattern", pattern)


Authorise = Callable[[Request, Tenant, bool, str], User | None]


class Gateway:
    """The one address of a FOLIO system, as an ASGI application.

    `authorise(request, tenant, needed, permission)` gives the user of the token, None where none is
    needed, or raises Refused.
    """

    def __init__(
        self,
        options: Options,
        tenants: dict[str, Tenant],
        routes: Sequence[Route],
        authorise: Authorise,
    ) -> None:
        self._options = options
        self._eureka = options.platform == "eureka"
        self._tenants = tenants
        self._routes = routes
        self._authorise = authorise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            reply = await self._answer(request)
        except Refused as refused:
            reply = refused.reply
        await reply(scope, receive, send)

    def refusal(self, status: int) -> Response:
        """A hurried no of whatever stands in front."""
        title = HTTPStatus(status).phrase
        return replies.kong(status, title) if self._eureka else replies.page(status, title)

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        if not path.startswith(self._options.prefix + "/"):
            return _web_page(request)
        path = path.removeprefix(self._options.prefix)
        if path == "/_/version" and not self._eureka and request.method == "GET":
            return replies.text(200, "6.2.0")
        limit = self._options.body_limit
        length = int(request.headers.get("content-length") or 0)
        if limit is not None and length > limit:
            if self._eureka:
                return replies.kong(413, "Payload too large")
            return replies.page(413, "Request Entity Too Large")
        route, found = self._route(request.method, path)
        if self._eureka and route is None:
            return replies.kong(404, "no Route matched with those values")
        if self._eureka and request.method == "GET" and length > 0:
            return replies.errors(400, "GET request must not have a body", "validation_error")
        tenant = self._tenant(request)
        if route is None:
            return replies.text(404, f"No suitable module found for path {path}")
        user = self._authorise(request, tenant, bool(route.permission), route.permission)
        self._check_types(request, route, length)
        return await route.handler(Call(request, tenant, found, user))

    def _route(self, method: str, path: str) -> tuple[Route | None, dict[str, str]]:
        for route in self._routes:
            if route.method == method and (match := route.pattern.fullmatch(path)):
                return route, match.groupdict()
        return None, {}

    def _tenant(self, request: Request) -> Tenant:
        name = request.headers.get("x-okapi-tenant")
        if not name:
            raise Refused(replies.text(400, "Unable to process request Tenant must be set"))
        tenant = self._tenants.get(name)
        if tenant is None and self._eureka:
            raise Refused(
                replies.errors(
                    400, f"Application is not enabled for tenant: {name}", "tenant_not_enabled"
                )
            )
        if tenant is None:
            raise Refused(replies.text(400, f"No such Tenant {name}"))
        return tenant

    @staticmethod
    def _check_types(request: Request, route: Route, length: int) -> None:
        accepted = [entry.strip() for entry in request.headers.get("accept", "*/*").split(",")]
        if "*/*" not in accepted and not set(accepted) & set(route.produces):
            wanted = ", ".join(f'"{kind}"' for kind in route.produces)
            raise Refused(
                replies.text(
                    400,
                    f"Accept header must be [{wanted}] for this request, but it is "
                    f'"{request.headers.get("accept")}", can not send */*',
                )
            )
        if route.consumes is None:
            return
        has_body = length > 0 or "transfer-encoding" in request.headers
        sent = request.headers.get("content-type", "application/json").partition(";")[0].strip()
        if (has_body or route.consumes != "application/json") and sent != route.consumes:
            raise Refused(
                replies.text(
                    400,
                    f'Content-type header must be ["{route.consumes}"] but it is "{sent}"',
                )
            )


def _web_page(request: Request) -> Response:
    """What stands at the address people paste: the web app, not the gateway."""
    if request.method in ("GET", "HEAD"):
        return HTMLResponse("<!doctype html><title>FOLIO</title><div id='root'></div>")
    return replies.page(405, "Not Allowed")
