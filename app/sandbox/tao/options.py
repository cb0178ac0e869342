"""Everything that can be chosen about the TAO sandbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Encoding = Literal["multipart", "urlencoded", "json"]
Paths = Literal["advance", "advance-short", "custom"]


@dataclass(frozen=True, slots=True)
class Templates:
    """Where the four calls are, below the base address."""

    token: str
    upload: str
    status: str
    download: str


TEMPLATES: Final[Mapping[Paths, Templates]] = MappingProxyType(
    {
        "advance": Templates(
            "/api/v1/upload/v1/oauth2/tokens",
            "/api/v1/upload/api/v1/upload",
            "/api/v1/upload/api/v1/status/{referenceId}",
            "/api/v1/upload/api/v1/download/{referenceId}",
        ),
        "advance-short": Templates(
            "/api/v1/oauth2/tokens",
            "/api/v1/upload",
            "/api/v1/status/{referenceId}",
            "/api/v1/download/{referenceId}",
        ),
        "custom": Templates(
            "/connect/oauth2/token",
            "/rostering/files",
            "/rostering/files/{referenceId}/state",
            "/rostering/files/{referenceId}/result",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Options:
    """How this portal is set up.

    Times are seconds as the client meets them, not scaled by the pace of the sandbox, except
    `queue_seconds` and `records_per_second`: they are the server's own work and do scale.
    """

    paths: Paths = "advance"
    #: Where the token call is, if not where `paths` has it.
    token_paths: Paths | None = None
    #: A tenant's path in front of everything, such as "/tenant-a".
    prefix: str = ""
    #: The encodings of the token call that are taken, and how the others are refused.
    encodings: tuple[Encoding, ...] = ("multipart", "urlencoded")
    encoding_refusal: Literal["unsupported_grant_type", "invalid_request", "415", "422"] = (
        "unsupported_grant_type"
    )
    #: The status that goes with `invalid_client`.
    wrong_client: Literal[400, 401] = 401
    token_seconds: float = 3600.0
    token_status: Literal[200, 201] = 200
    #: How the life of a token is told: seconds, seconds as text, an absolute time, or not at all.
    expires_in: Literal["number", "text", "epoch", "missing"] = "number"
    #: Whether tokens are JWTs, which tell their end themselves.
    jwt: bool = False
    token_type: str | None = "Bearer"
    #: The scope of tokens; None: all that is needed, and not said.
    scope: str | None = "rostering"
    #: Calls this client has no scope for, of "upload", "status" and "download".
    deny: tuple[str, ...] = ()
    #: The body of 401: plain text, a bare JSON string, or an object.
    refusal_401: Literal["text", "string", "object"] = "text"
    #: The body of other refusals.
    error_shape: Literal["message", "error", "problem"] = "message"
    #: What is at an address without an API.
    unknown_path: Literal["page", "empty", "json"] = "page"
    #: Every call is sent elsewhere with this status: to `/moved` or to another host.
    redirect: Literal[0, 301, 302, 303, 307, 308] = 0
    redirect_to: Literal["same", "foreign"] = "same"
    #: The answer to an upload: its members, how references look, and its status.
    reply: Literal["wrapped", "flat", "data", "wrapped-snake", "snake", "none"] = "wrapped"
    reference: Literal["uuid", "number"] = "uuid"
    upload_status: Literal[200, 201, 202] = 200
    #: The first uploads get 429, with Retry-After in seconds, as a date or as an absolute time.
    busy_uploads: int = 0
    retry_after: Literal["seconds", "date", "epoch"] = "seconds"
    #: Bodies above this many bytes get a proxy's 413; None: no limit.
    body_limit: int | None = None
    #: How much of the body is read after an early answer, before the connection is dropped.
    swallow: int = 2 * 1024 * 1024
    chunked: bool = True
    #: Limits of the importer: bytes of the file, data records in it.
    size_limit: int = 5_242_880
    record_limit: int = 10_000
    #: Whether a ZIP with exactly one CSV file is taken.
    zip: bool = False
    #: False: files are hashed, counted and thrown away, and imported without a row.
    keep_bytes: bool = True
    #: Until the status of a new reference can be read.
    visible_after: float = 0.15
    queue_seconds: float = 0.8
    records_per_second: float = 400.0
    #: What the status calls of a reference answer one after the other, the last one for good:
    #: words of the server, or "404", "html", "empty", "400", "401", "403", "429", "500", "503".
    sequence: tuple[str, ...] = ()
    #: Whether unknown references that are no UUIDs are refused with 400.
    strict_ids: bool = False
    messages: Literal["list", "text", "null", "objects"] = "list"
    file_line: Literal["end", "live", "text", "missing", "negative"] = "end"
    #: The members of a status without the object around them.
    top_level: bool = False
    #: Whether rows may only name what exists: organizations, groups, users.
    references: bool = True
    #: Data rows (from 1) that meet an error inside the server.
    broken_rows: tuple[int, ...] = ()
    #: Two back ends answer: the result has every row twice.
    doubled_rows: bool = False
    #: How the download call answers, and how long its signed address lives.
    result_reply: Literal["signedUrl", "result", "url", "redirect", "body"] = "signedUrl"
    url_seconds: float = 900.0
    #: Until the result of a processed import can be downloaded.
    result_after: float = 0.0

    def __post_init__(self) -> None:
        for paths in (self.paths, self.token_paths or self.paths):
            if paths not in TEMPLATES:
                raise ValueError(f"no such paths: {paths}")

    @property
    def templates(self) -> Templates:
        own = TEMPLATES[self.paths]
        token = TEMPLATES[self.token_paths or self.paths].token
        return Templates(token, own.upload, own.status, own.download)
