"""One TAO portal, put together from its parts."""

from collections.abc import Mapping, Sequence

from app.sandbox.family import Address, Ground, Served
from app.sandbox.tao.books import Books
from app.sandbox.tao.options import Options
from app.sandbox.tao.portal import Portal
from app.sandbox.tao.processing import Processing
from app.sandbox.tao.statuses import Statuses
from app.sandbox.tao.storage import Storage
from app.sandbox.tao.tokens import CLIENT_ID, Tokens
from app.sandbox.tao.uploads import Uploads


class Tao:
    """The family's `FakeServer`."""

    def __init__(self, ground: Ground, options: Options) -> None:
        self._ground = ground
        self._options = options
        self._tokens = Tokens(options, ground.random)
        self._storage = Storage(options, ground.random.randbytes(32))
        self._processing = Processing(options, ground, ground.folder)
        self._uploads = Uploads(options, ground.folder, self._processing)
        statuses = Statuses(options, self._uploads.imports, self._storage)
        self._portal = Portal(options, self._tokens, self._uploads, statuses)

    def addresses(self) -> Sequence[Address]:
        return [
            Address(self._portal, self._portal.refusal),
            Address(self._storage, self._storage.refusal),
        ]

    def struck_where(self) -> Mapping[str, Sequence[str]]:
        templates = self._options.templates
        token, upload = f"POST *{templates.token}", f"POST *{templates.upload}"
        status, download = (
            f"GET *{template.replace('{referenceId}', '*')}"
            for template in (templates.status, templates.download)
        )
        stored = "GET /rostering-results/*"
        return {
            "slow": (upload,),
            "cut-body": (upload,),
            "lost-reply": (upload,),
            "expire-token": (upload,),
            "busy": (token, upload, status, download, stored),
            "server-error": (token, upload, status, download, stored),
            "nonsense": (status, download),
            "silent": (status, download),
        }

    def open(self, urls: Sequence[str]) -> Sequence[Served]:
        self._storage.url = urls[1]
        options = self._options
        url = urls[0] + options.prefix
        fields = {
            "url": url,
            "client_id": CLIENT_ID,
            "paths": options.paths,
            "token_encoding": "auto",
        }
        if options.paths == "custom":
            templates = options.templates
            fields |= {
                "token_url": "{base}" + templates.token,
                "upload_url": "{base}" + templates.upload,
                "status_url": "{base}" + templates.status,
                "download_url": "{base}" + templates.download,
            }
        books = Books(
            self._ground,
            self._tokens,
            self._uploads,
            self._processing,
            self._portal,
            self._storage,
        )
        return [Served("tao", "Sandbox assessment portal", url, fields, self._tokens.secret, books)]

    def expire_tokens(self) -> None:
        self._tokens.expire_all()

    async def close(self) -> None:
        await self._processing.close(list(self._uploads.imports.values()))
