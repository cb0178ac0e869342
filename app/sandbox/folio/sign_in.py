"""Signing in, staying signed in, signing out; refresh tokens work once."""

import base64
import hmac
import json
import time
from dataclasses import dataclass
from random import Random
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.sandbox.folio import replies
from app.sandbox.folio.gateway import Call, Route
from app.sandbox.folio.options import Options
from app.sandbox.folio.replies import Json, Refused
from app.sandbox.folio.state import Tenant, User

ACCESS = "folioAccessToken"
REFRESH = "folioRefreshToken"


@dataclass(frozen=True, slots=True)
class SignIn:
    """One attempt to sign in, for the books."""

    tenant: str
    username: str
    path: str
    accepted: bool


@dataclass(slots=True)
class _Token:
    user: User
    tenant: str
    session: str
    expires: float | None
    alive: bool = True

    @property
    def good(self) -> bool:
        return self.alive and (self.expires is None or time.time() < self.expires)


class Gatekeeper:
    """Accounts and tokens of one FOLIO system, on either platform."""

    def __init__(self, options: Options, secret: str, random: Random) -> None:
        self._options = options
        self._eureka = options.platform == "eureka"
        self._secret = secret
        self._random = random
        self._access: dict[str, _Token] = {}
        self._refresh: dict[str, _Token] = {}
        self._wrong: dict[tuple[str, str], int] = {}
        self.sign_ins: list[SignIn] = []
        self.refreshes: list[bool] = []
        self.sign_outs: list[str] = []

    def routes(self) -> list[Route]:
        legacy = self._options.legacy
        legacy = self._eureka if legacy is None else legacy
        old = self._legacy if legacy else _not_found
        routes = [
            Route("POST", "/authn/login", old, consumes="application/json"),
            Route("POST", "/bl-users/login", old, consumes="application/json"),
            Route("POST", "/authn/logout", self._sign_out),
            Route("POST", "/authn/logout-all", self._sign_out_everywhere, "login.logout-all.post"),
            Route("GET", "/bl-users/_self", self._self, "users-bl.item.get"),
        ]
        if self._options.expiry:
            routes += [
                Route(
                    "POST", "/authn/login-with-expiry", self._expiry, consumes="application/json"
                ),
                Route(
                    "POST", "/bl-users/login-with-expiry", self._expiry, consumes="application/json"
                ),
                Route("POST", "/authn/refresh", self._renew),
            ]
        if self._eureka:
            routes.append(
                Route("GET", "/users-keycloak/_self", self._self, "users-keycloak.self.get")
            )
        return routes

    def expire_all(self) -> None:
        """Make every access token issued so far invalid; refresh tokens stay."""
        for token in self._access.values():
            token.alive = False

    def authorise(
        self, request: Request, tenant: Tenant, needed: bool, permission: str
    ) -> User | None:
        """Whose token it is; None where none is needed. Raises Refused as the gateways do."""
        found = {
            request.headers.get("x-okapi-token"),
            _bearer(request.headers.get("authorization")),
            request.cookies.get(ACCESS),
        } - {None, ""}
        if len(found) > 1:
            sentence = "X-Okapi-Token is not equal to Authorization token"
            raise Refused(
                replies.kong(404, sentence) if self._eureka else replies.text(400, sentence)
            )
        if not needed:
            return None
        value = found.pop() if found else None
        if value is None:
            if self._eureka:
                raise Refused(replies.errors(401, "Unauthorized", "authorization_error"))
            raise Refused(
                replies.text(400, f"Token missing, access requires permission: {permission}")
            )
        token = self._access.get(value)
        if token is None or not token.good or (self._eureka and token.tenant != tenant.id):
            raise Refused(self._invalid(401))
        if token.tenant != tenant.id:
            raise Refused(self._invalid(403))
        if permission in self._options.deny:
            if self._eureka:
                raise Refused(replies.errors(403, "Access Denied", "authorization_error"))
            who = f"Access for user '{token.user.name}' ({token.user.id})"
            raise Refused(replies.text(403, f"{who} requires permission: {permission}"))
        return token.user

    def _invalid(self, status: int) -> Response:
        if self._eureka:
            return replies.errors(status, "Unauthorized", "authorization_error")
        return replies.text(status, "Invalid token")

    async def _expiry(self, call: Call) -> Response:
        user = await self._checked(call)
        bundle = call.request.url.path.endswith("/bl-users/login-with-expiry")
        return self._granted(call.tenant, user, bundle=bundle)

    async def _legacy(self, call: Call) -> Response:
        user = await self._checked(call)
        bundle = call.request.url.path.endswith("/bl-users/login")
        access = self._new(self._access, user, call.tenant, "legacy-access", "", None)
        renewing = self._new(self._refresh, user, call.tenant, "refresh", "", None)
        body = _bundle(user, call.tenant)
        if not bundle:
            body = {"okapiToken": access, "refreshToken": renewing}
        reply = replies.json(201, body)
        if self._eureka:
            self._set_cookies(reply, access, renewing, 600, 86_400)
        else:
            reply.headers["x-okapi-token"] = access
        return reply

    async def _checked(self, call: Call) -> User:
        """The user whose name and password the body holds; raises Refused otherwise."""
        body = await call.json()
        path = call.request.url.path.removeprefix(self._options.prefix)
        name = body.get("username") if isinstance(body, dict) else None
        password = body.get("password") if isinstance(body, dict) else None
        if not isinstance(name, str) or not isinstance(password, str) or not name or not password:
            if self._eureka:
                raise Refused(replies.errors(400, "must not be null", "validation_error"))
            if path.startswith("/bl-users"):
                raise Refused(replies.text(400, "Improperly formatted request"))
            raise Refused(replies.text(400, "You must provide a username and password"))
        user = call.tenant.users.get(name)
        account = (call.tenant.id, name)
        wrong = self._wrong.get(account, 0)
        right = hmac.compare_digest(password.encode(), self._secret.encode())
        accepted = user is not None and right and wrong < self._options.lock_after
        self.sign_ins.append(SignIn(call.tenant.id, name, path, accepted))
        if user is None or not accepted:
            self._wrong[account] = wrong + 1
            if self._eureka:
                raise Refused(replies.errors(401, "Unauthorized error", "unauthorized_error"))
            code = "wrong.username.or.wrong.password.or.account.blocked"
            sentence = "Wrong username or password, or the account is blocked"
            raise Refused(
                replies.errors(422, sentence, code, parameters=[{"key": "username", "value": name}])
            )
        self._wrong[account] = 0
        return user

    async def _renew(self, call: Call) -> Response:
        value = call.request.cookies.get(REFRESH)
        if not value:
            self.refreshes.append(False)
            return replies.errors(400, "Missing refresh token cookie", "token.parse.failure")
        token = self._refresh.get(value)
        if token is None or not token.good or token.tenant != call.tenant.id:
            self.refreshes.append(False)
            if token is not None and not token.alive:
                self._revoke(token.user, token.tenant)
            return replies.errors(422, "Unable to refresh the token", "token.refresh.unprocessable")
        token.alive = False
        self.refreshes.append(True)
        return self._granted(call.tenant, token.user, bundle=False, session=token.session)

    async def _sign_out(self, call: Call) -> Response:
        """With the cookie this session ends; without it, all of the user's."""
        access = call.request.headers.get("x-okapi-token") or call.request.cookies.get(ACCESS)
        value = call.request.cookies.get(REFRESH)
        known = self._access.get(access) if access else None
        stale = known is not None and not known.good
        token = self._refresh.get(value) if value else known
        usable = token is not None and token.good and token.tenant == call.tenant.id
        if token is not None and usable:
            if value:
                self._revoke(token.user, token.tenant, token.session)
            else:
                self._revoke(token.user, token.tenant)
        if not usable or stale:
            return replies.errors(422, "Unable to log out", "token.logout.unprocessable")
        self.sign_outs.append("session" if value else "all")
        return self._emptied()

    async def _sign_out_everywhere(self, call: Call) -> Response:
        self._revoke(call.user, call.tenant.id)
        self.sign_outs.append("all")
        return self._emptied()

    async def _self(self, call: Call) -> Response:
        return replies.json(200, _bundle(call.user, call.tenant))

    def _revoke(self, user: User, tenant: str, session: str | None = None) -> None:
        for token in (*self._access.values(), *self._refresh.values()):
            if token.user == user and token.tenant == tenant:
                token.alive = token.alive and session is not None and token.session != session

    def _granted(
        self, tenant: Tenant, user: User, *, bundle: bool, session: str | None = None
    ) -> Response:
        session = session or f"{self._random.getrandbits(64):016x}"
        options = self._options
        access = self._new(self._access, user, tenant, "access", session, options.token_seconds)
        renewing = self._new(
            self._refresh, user, tenant, "refresh", session, options.refresh_seconds
        )
        now = time.time()
        ends = {
            "accessTokenExpiration": replies.login_date(now + options.token_seconds),
            "refreshTokenExpiration": replies.login_date(now + options.refresh_seconds),
        }
        body: Json = _bundle(user, tenant) | {"tokenExpiration": ends} if bundle else ends
        reply = replies.json(201, body)
        self._set_cookies(
            reply, access, renewing, int(options.token_seconds), int(options.refresh_seconds)
        )
        return reply

    def _new(
        self,
        kept: dict[str, _Token],
        user: User,
        tenant: Tenant,
        kind: str,
        session: str,
        seconds: float | None,
    ) -> str:
        expires = None if seconds is None else time.time() + seconds
        claims = {
            "sub": user.name,
            "user_id": user.id,
            "tenant": tenant.id,
            "type": kind,
            "iat": int(time.time()),
            "jti": str(UUID(int=self._random.getrandbits(128))),
        }
        if expires is not None:
            claims["exp"] = int(expires)
        value = ".".join((_part({"alg": "HS256"}), _part(claims), _part({"made": "up"})))
        kept[value] = _Token(user, tenant.id, session, expires)
        return value

    def _set_cookies(
        self, reply: Response, access: str, renewing: str, life: int, refresh_life: int
    ) -> None:
        path = self._options.prefix
        for name, value, where, seconds in (
            (ACCESS, access, path or "/", life),
            (REFRESH, renewing, f"{path}/authn", refresh_life),
        ):
            reply.headers.append(
                "Set-Cookie",
                f"{name}={value}; Max-Age={seconds}; Path={where}; Secure; HTTPOnly; SameSite=None",
            )

    def _emptied(self) -> Response:
        reply = replies.nothing()
        self._set_cookies(reply, "", "", 0, 0)
        return reply


def _bearer(header: str | None) -> str | None:
    return header[7:].strip() if header and header[:7].lower() == "bearer " else None


def _part(claims: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()


def _bundle(user: User, tenant: Tenant) -> Json:
    return {
        "user": {
            "id": user.id,
            "username": user.name,
            "active": True,
            "personal": {"firstName": user.first_name, "lastName": user.last_name},
        },
        "permissions": {"permissions": ["ui-data-import.manage"]},
        "tenant": tenant.id,
    }


async def _not_found(call: Call) -> Response:
    return replies.text(404, "Not found")
