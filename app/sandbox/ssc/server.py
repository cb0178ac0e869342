"""One SSC server, put together from its parts."""

from collections.abc import Mapping, Sequence

from app.sandbox.family import Address, Ground, Served
from app.sandbox.ssc.accounts import COLLEAGUE, USERNAME, Accounts
from app.sandbox.ssc.artifacts import Artifacts
from app.sandbox.ssc.books import Books
from app.sandbox.ssc.front import Front
from app.sandbox.ssc.jobs import Jobs
from app.sandbox.ssc.options import Options
from app.sandbox.ssc.pages import Pages
from app.sandbox.ssc.processing import Processing, finished_before
from app.sandbox.ssc.state import Holdings
from app.sandbox.ssc.tokens import Tokens
from app.sandbox.ssc.uploads import Uploads
from app.sandbox.ssc.versions import Versions, made_up

_REST = "POST */projectVersions/*/artifacts"
_TRANSFER = "POST */upload/resultFileUpload.html"
_FILE_TOKEN = "POST */fileTokens"
_VERSIONS = "GET */projectVersions"
_ARTIFACT = "GET */artifacts/*"
_JOB = "GET */jobs/*"

_STRUCK: Mapping[str, Sequence[str]] = {
    "slow": (_REST, _TRANSFER),
    "cut-body": (_REST, _TRANSFER),
    "lost-reply": (_REST, _TRANSFER),
    "expire-token": (_REST, _TRANSFER),
    "busy": (_REST, _TRANSFER, _FILE_TOKEN, _ARTIFACT, _JOB),
    "server-error": (_REST, _TRANSFER, _FILE_TOKEN, _VERSIONS, _ARTIFACT, _JOB),
    "nonsense": (_VERSIONS, _ARTIFACT, _JOB),
    "silent": (_VERSIONS, _ARTIFACT, _JOB),
}


class Ssc:
    """The family's `FakeServer`."""

    def __init__(self, ground: Ground, options: Options) -> None:
        self._ground = ground
        self._options = options
        self._accounts = Accounts(options, ground.random)
        self._holdings = Holdings(made_up(options))
        finished_before(self._holdings, options, COLLEAGUE)
        self._processing = Processing(options, ground, self._holdings)
        artifacts = Artifacts(options, self._holdings, self._processing)
        self._uploads = Uploads(options, ground.folder, self._holdings, self._processing, artifacts)
        routes = [
            *Tokens(options, self._accounts, self._holdings).routes(),
            *Versions(options, self._holdings).routes(),
            *self._uploads.routes(),
            *artifacts.routes(),
            *Jobs(options, self._holdings, self._processing).routes(),
            *Pages(options, self._holdings).routes(),
        ]
        self._front = Front(options, routes, self._accounts)

    def addresses(self) -> Sequence[Address]:
        return [Address(self._front, self._front.refusal)]

    def struck_where(self) -> Mapping[str, Sequence[str]]:
        return _STRUCK

    def open(self, urls: Sequence[str]) -> Sequence[Served]:
        url = urls[0] + self._options.prefix
        fields = {"url": url, "auth": self._options.auth}
        if self._options.auth == "password":
            fields["username"] = USERNAME
            secret = self._accounts.password
        else:
            secret = self._accounts.pasted.value
        books = Books(self._ground, self._accounts, self._holdings, self._uploads)
        return [Served("ssc", "Sandbox security centre", url, fields, secret, books)]

    def expire_tokens(self) -> None:
        self._accounts.expire_all()

    async def close(self) -> None:
        await self._processing.close()
