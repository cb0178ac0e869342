"""What an SSC sandbox saw, for the tests: copies, safe to read from any thread."""

from dataclasses import dataclass

from app.sandbox.family import Answered, Ground
from app.sandbox.ssc.accounts import USERNAME, Accounts, SignIn
from app.sandbox.ssc.state import Artifact, Holdings
from app.sandbox.ssc.uploads import Uploads


@dataclass(frozen=True, slots=True)
class TokenSeen:
    """One token that was made; `pasted` is the one a person would copy from the web page."""

    id: int
    type: str
    description: str
    terminal: float
    revoked: bool
    pasted: bool


@dataclass(frozen=True, slots=True)
class FileTokenSeen:
    """One file token that was given out; `dropped` by DELETE /fileTokens."""

    use: str
    user: str
    used: bool
    dropped: bool


@dataclass(frozen=True, slots=True)
class UploadSeen:
    """One upload that began. `outcome` is "cut", "refused" or "taken"; times are epoch seconds.

    `version` is what the client named, `version_id` what the server made of it. `size` and `sha256`
    are of the file itself, zero and empty when it was not taken.
    """

    way: str
    version: str
    outcome: str
    began: float
    ended: float
    artifact_id: int | None
    name: str
    size: int
    sha256: str
    part_name: str
    content_type: str
    engine: str | None


@dataclass(frozen=True, slots=True)
class ArtifactSeen:
    """One artifact with every status it had; `gone` when it was deleted."""

    id: int
    version_id: int
    name: str
    size: int
    sha256: str
    user: str
    status: str
    statuses: tuple[str, ...]
    messages: tuple[str, ...]
    scans: tuple[str, ...]
    approved_by: str
    comment: str
    gone: bool


@dataclass(frozen=True, slots=True)
class JobSeen:
    """One job that was not swept, with every state it had."""

    name: str
    artifact_id: int | None
    state: str
    states: tuple[str, ...]
    started: float | None
    finished: float | None


class Books:
    """The view of the whole server. `password` is the right one for `username`."""

    def __init__(
        self, ground: Ground, accounts: Accounts, holdings: Holdings, uploads: Uploads
    ) -> None:
        self._ground = ground
        self._accounts = accounts
        self._holdings = holdings
        self._uploads = uploads
        self.username = USERNAME
        self.password = accounts.password
        self.pasted_token = accounts.pasted.value

    @property
    def requests(self) -> list[Answered]:
        return self._ground.ask(lambda: list(self._ground.requests))

    @property
    def sign_ins(self) -> list[SignIn]:
        """Each presentation of a password."""
        return self._ground.ask(lambda: list(self._accounts.sign_ins))

    @property
    def tokens(self) -> list[TokenSeen]:
        return self._ground.ask(
            lambda: [
                TokenSeen(
                    one.id, one.type.name, one.description, one.terminal, one.revoked, one.pasted
                )
                for one in self._accounts.tokens.values()
            ]
        )

    @property
    def plain_headers(self) -> int:
        """How often a token came undecoded as a plain UUID, which not every server takes."""
        return self._ground.ask(lambda: self._accounts.plain_headers)

    @property
    def file_tokens(self) -> list[FileTokenSeen]:
        return self._ground.ask(
            lambda: [
                FileTokenSeen(one.use, one.user, one.used, one.dropped)
                for one in self._holdings.file_tokens.values()
            ]
        )

    @property
    def file_token_sweeps(self) -> int:
        """How often all file tokens were dropped."""
        return self._ground.ask(lambda: self._uploads.token_sweeps)

    @property
    def uploads(self) -> list[UploadSeen]:
        """Every upload that came as far as its version, in the order of arrival."""
        return self._ground.ask(self._arrived)

    @property
    def uploads_at_once(self) -> int:
        """The most uploads at one time."""
        return self._ground.ask(lambda: self._uploads.most_at_once)

    @property
    def artifacts(self) -> dict[int, ArtifactSeen]:
        return self._ground.ask(
            lambda: {key: _artifact(one) for key, one in self._holdings.artifacts.items()}
        )

    @property
    def jobs(self) -> dict[str, JobSeen]:
        return self._ground.ask(
            lambda: {
                key: JobSeen(
                    key, one.artifact_id, one.state, tuple(one.states), one.started, one.finished
                )
                for key, one in self._holdings.jobs.items()
            }
        )

    @property
    def versions(self) -> dict[int, tuple[str, str]]:
        """Application and version names by id."""
        return self._ground.ask(
            lambda: {key: (one.project, one.name) for key, one in self._holdings.versions.items()}
        )

    def _arrived(self) -> list[UploadSeen]:
        found = []
        for arrival in self._uploads.arrivals:
            artifact = self._holdings.artifacts.get(arrival.artifact_id or 0)
            found.append(
                UploadSeen(
                    way=arrival.way,
                    version=arrival.version,
                    outcome=arrival.outcome,
                    began=arrival.began,
                    ended=arrival.ended,
                    artifact_id=arrival.artifact_id,
                    name=artifact.name if artifact else "",
                    size=artifact.size if artifact else 0,
                    sha256=artifact.sha256 if artifact else "",
                    part_name=artifact.part_name if artifact else "",
                    content_type=artifact.content_type if artifact else "",
                    engine=artifact.engine if artifact else None,
                )
            )
        return found


def _artifact(one: Artifact) -> ArtifactSeen:
    return ArtifactSeen(
        id=one.id,
        version_id=one.version.id,
        name=one.name,
        size=one.size,
        sha256=one.sha256,
        user=one.user,
        status=one.status,
        statuses=tuple(one.statuses),
        messages=tuple(one.messages),
        scans=tuple(scan.guid for scan in one.scans),
        approved_by=str(one.approved.get("user", "")),
        comment=str(one.approved.get("comment", "")),
        gone=one.gone,
    )
