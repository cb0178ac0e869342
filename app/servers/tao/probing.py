"""“Test connection” for TAO: the address, the server, the sign-in, the paths and the right.

No file is posted anywhere: the paths are found by asking for an import that cannot exist.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType

from app.core.catalogue import NOT_THE_SERVER
from app.core.destinations import Destination, Secret
from app.core.problems import Forbidden, Problem, Refused
from app.servers.api import Step, StepState
from app.servers.http import Http
from app.servers.tao import problems
from app.servers.tao.gateway import Gateway
from app.servers.tao.server import ways
from app.servers.tao.sign_in import Session
from app.servers.tao.wire import errors, tokens
from app.servers.tao.wire.paths import ADVANCE, CUSTOM, SHORT, Places, places

_ANY = range(200, 600)
_PROFILES: Mapping[str, str] = MappingProxyType(
    {ADVANCE: "the long paths", SHORT: "the short paths", CUSTOM: "the paths you entered"}
)
_ENCODINGS: Mapping[str, str] = MappingProxyType(
    {tokens.MULTIPART: "a multipart form", tokens.URLENCODED: "a form", tokens.JSON: "JSON"}
)


async def probe(destination: Destination, secret: Secret) -> AsyncIterator[Step]:
    """Each step as it ends; after a failed one there is no other."""
    settings = destination.settings
    try:
        where = places(settings)
    except Problem as problem:
        yield _failed("address", "Address", problem)
        return
    yield Step("address", "Address", StepState.OK, _address_words(where))
    async with Http(settings, explain=errors.explanation) as http:
        try:
            yield Step("server", "Server", StepState.OK, await _greeted(http, where))
        except Problem as problem:
            yield _failed("server", "Server", problem)
            return
        session, gateway = ways(settings, secret, where, http)
        try:
            await session.sign_in()
        except Problem as problem:
            yield _failed("sign-in", "Sign-in", problem)
            return
        yield Step("sign-in", "Sign-in", StepState.OK, _sign_in_words(session))
        async for step in _found(gateway, session, settings.get("paths") or ADVANCE):
            yield step


async def _greeted(http: Http, where: Places) -> str:
    """Whether anything speaks HTTP there; what it says does not matter."""
    try:
        reply = await http.call("GET", where.base.url + "/", ok=_ANY, what="greet the server")
    except Refused as problem:
        if problem.id != NOT_THE_SERVER.id:
            raise
        return "It answers."
    server = reply.header("server").partition("/")[0]
    return f"It answers ({server})." if server else "It answers."


async def _found(gateway: Gateway, session: Session, wanted: str) -> AsyncIterator[Step]:
    right = Step("right", "Right to import", StepState.OK, f"“{tokens.SCOPE}”")
    try:
        learned = await gateway.find()
    except Forbidden as problem:
        yield Step("paths", "Paths", StepState.OK, "The rostering service answers.")
        yield _failed("right", "Right to import", problem)
        return
    except Problem as problem:
        yield _failed("paths", "Paths", problem)
        return
    if not learned:
        detail = "The server is in trouble just now, so nothing could be learned."
        yield Step("paths", "Paths", StepState.SKIPPED, detail)
        return
    found = gateway.api.profile
    detail = f"The server has {_PROFILES[found]}: {gateway.api.upload}"
    if found != wanted:
        detail += f". Choose “{found}” under “Paths”, so that nothing needs to be tried."
    yield Step("paths", "Paths", StepState.OK, detail)
    if session.scope:
        facts = {"reason": f"the token is for “{session.scope}”"}
        yield _failed("right", "Right to import", Forbidden(problems.SCOPE, facts))
        return
    yield right


def _address_words(where: Places) -> str:
    if not where.base.removed:
        return where.base.url
    return f"{where.base.url} (“{where.base.removed}” was left out: Longshore adds the paths)"


def _sign_in_words(session: Session) -> str:
    place, encoding = session.way
    return f"{session.account}. Token by {_ENCODINGS.get(encoding, encoding)} from {place}"


def _failed(key: str, title: str, problem: Problem) -> Step:
    return Step(key, title, StepState.FAILED, problem.title, problem.bare())
