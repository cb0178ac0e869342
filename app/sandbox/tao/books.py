"""What a TAO sandbox saw, for the tests: copies, safe to read from any thread."""

from dataclasses import dataclass

from app.sandbox.family import Answered, Ground
from app.sandbox.tao.portal import Portal
from app.sandbox.tao.processing import Processing
from app.sandbox.tao.roster import Entities
from app.sandbox.tao.state import Import
from app.sandbox.tao.storage import Storage
from app.sandbox.tao.tokens import CLIENT_ID, SignIn, Tokens
from app.sandbox.tao.uploads import Uploads


@dataclass(frozen=True, slots=True)
class UploadSeen:
    """One upload that began. `outcome` is "cut", "refused" or "taken"; times are epoch seconds.

    `size` and `sha256` are of the file itself, as far as it could be read.
    """

    reference: str
    outcome: str
    status: int
    name: str
    part: str
    part_type: str
    size: int
    sha256: str
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class ImportSeen:
    """One accepted file and what came of it; `failed` counts its rows that were refused."""

    reference: str
    name: str
    sha256: str
    kind: str
    status: str
    statuses: tuple[str, ...]
    lines: int
    failed: int
    messages: tuple[str, ...]
    accepted: float
    ended: float | None
    polls: int
    downloads: int


class Books:
    """The view of the whole portal. `secret` is the right one for `client_id`."""

    def __init__(
        self,
        ground: Ground,
        tokens: Tokens,
        uploads: Uploads,
        processing: Processing,
        portal: Portal,
        storage: Storage,
    ) -> None:
        self._ground = ground
        self._tokens = tokens
        self._uploads = uploads
        self._processing = processing
        self._portal = portal
        self._storage = storage
        self.client_id = CLIENT_ID

    @property
    def requests(self) -> list[Answered]:
        return self._ground.ask(lambda: list(self._ground.requests))

    @property
    def sign_ins(self) -> list[SignIn]:
        """Each token call."""
        return self._ground.ask(lambda: list(self._tokens.sign_ins))

    @property
    def tokens_issued(self) -> int:
        return self._ground.ask(lambda: len(self._tokens.issued))

    @property
    def uploads(self) -> list[UploadSeen]:
        """Every upload that came past the gateway, in the order of arrival."""
        return self._ground.ask(
            lambda: [
                UploadSeen(
                    one.reference,
                    one.outcome,
                    one.status,
                    one.name,
                    one.part,
                    one.part_type,
                    one.size,
                    one.sha256,
                    one.began,
                    one.ended,
                )
                for one in self._uploads.arrivals
            ]
        )

    @property
    def uploads_at_once(self) -> int:
        """The most uploads at one time."""
        return self._ground.ask(lambda: self._uploads.most_at_once)

    @property
    def imports(self) -> dict[str, ImportSeen]:
        """Every accepted file, by reference."""
        return self._ground.ask(
            lambda: {key: _import(one) for key, one in self._uploads.imports.items()}
        )

    @property
    def users(self) -> Entities:
        return self._entities("users")

    @property
    def groups(self) -> Entities:
        return self._entities("groups")

    @property
    def organizations(self) -> Entities:
        return self._entities("organizations")

    @property
    def sessions(self) -> Entities:
        return self._entities("sessions")

    @property
    def links(self) -> dict[tuple[str, str], str]:
        """Roles by user and group."""
        return self._ground.ask(lambda: dict(self._processing.roster.links))

    @property
    def deleted_users(self) -> list[str]:
        return self._ground.ask(lambda: list(self._processing.roster.deleted))

    @property
    def downloads(self) -> list[tuple[str, int]]:
        """Requests to storage: path and status."""
        return self._ground.ask(lambda: list(self._storage.downloads))

    @property
    def leaks(self) -> list[str]:
        """Credentials where they do not belong: in addresses, and in requests to storage."""
        return self._ground.ask(lambda: [*self._portal.leaks, *self._storage.leaks])

    def _entities(self, name: str) -> Entities:
        def read() -> Entities:
            found: Entities = getattr(self._processing.roster, name)
            return {key: dict(values) for key, values in found.items()}

        return self._ground.ask(read)


def _import(one: Import) -> ImportSeen:
    return ImportSeen(
        reference=one.reference,
        name=one.name,
        sha256=one.sha256,
        kind=one.kind,
        status=one.status,
        statuses=tuple(one.statuses),
        lines=one.lines,
        failed=one.failed,
        messages=tuple(one.messages),
        accepted=one.accepted,
        ended=one.ended,
        polls=one.polls,
        downloads=one.downloads,
    )
