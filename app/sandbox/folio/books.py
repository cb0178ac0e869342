"""What a FOLIO sandbox saw, for the tests: copies, safe to read from any thread."""

from dataclasses import dataclass

from app.sandbox.family import Answered, Ground
from app.sandbox.folio.jobs import job_json
from app.sandbox.folio.replies import Json
from app.sandbox.folio.sign_in import Gatekeeper, SignIn
from app.sandbox.folio.state import Definition, Tenant
from app.sandbox.folio.storage import Storage, StoredObject


@dataclass(frozen=True, slots=True)
class FileSeen:
    """One file definition and the bytes that came for it, on either path.

    `appends` counts the raw uploads that were appended; `sha256` is empty while nothing came, and
    for a stored object of several parts whose bytes were not kept.
    """

    id: str
    name: str
    ui_key: str | None
    definition_id: str
    job_id: str | None
    status: str
    source_path: str | None
    size: int
    sha256: str
    appends: int
    records: int
    removed: bool


@dataclass(frozen=True, slots=True)
class ObjectSeen:
    """One finished object in storage; `puts` counts parts sent again too."""

    key: str
    size: int
    sha256: str
    parts: int
    puts: int
    most_at_once: int = 0


class Books:
    """The view of one tenant; requests and leaks are those of the whole system."""

    def __init__(
        self, ground: Ground, tenant: Tenant, gatekeeper: Gatekeeper, storage: Storage
    ) -> None:
        self._ground = ground
        self._tenant = tenant
        self._gatekeeper = gatekeeper
        self._storage = storage

    @property
    def requests(self) -> list[Answered]:
        return self._ground.ask(lambda: list(self._ground.requests))

    @property
    def sign_ins(self) -> list[SignIn]:
        tenant = self._tenant.id
        return self._ground.ask(
            lambda: [one for one in self._gatekeeper.sign_ins if one.tenant == tenant]
        )

    @property
    def refreshes(self) -> list[bool]:
        """Each attempt to refresh, whether it was accepted."""
        return self._ground.ask(lambda: list(self._gatekeeper.refreshes))

    @property
    def sign_outs(self) -> list[str]:
        """ "session" or "all" for each."""
        return self._ground.ask(lambda: list(self._gatekeeper.sign_outs))

    @property
    def definitions(self) -> dict[str, Json]:
        """The definitions that exist, by id, as the API shows them."""
        return self._ground.ask(
            lambda: {key: one.json() for key, one in self._tenant.definitions.items()}
        )

    @property
    def deleted_definitions(self) -> list[str]:
        return self._ground.ask(lambda: list(self._tenant.taken_back))

    @property
    def process_calls(self) -> dict[str, int]:
        """How often processFiles was accepted, by definition."""
        return self._ground.ask(lambda: {one.id: one.calls for one in self._all()})

    @property
    def uploads_at_once(self) -> dict[str, int]:
        """The most raw uploads at one time, by definition."""
        return self._ground.ask(lambda: {one.id: one.most_uploading for one in self._all()})

    @property
    def files(self) -> list[FileSeen]:
        """Every file there ever was, in the order of creation."""
        return self._ground.ask(self._files)

    @property
    def jobs(self) -> dict[str, Json]:
        """Every job that was not deleted, by id, with live progress."""
        return self._ground.ask(
            lambda: {
                job.id: job_json(self._tenant, job, live=True, details=True)
                for job in self._tenant.jobs.values()
                if not job.deleted
            }
        )

    @property
    def objects(self) -> dict[str, ObjectSeen]:
        """Every object that was ever completed in storage, by key."""
        return self._ground.ask(
            lambda: {
                key: ObjectSeen(key, one.size, one.sha256, one.parts, one.puts, one.most_at_once)
                for key, one in self._storage.history.items()
                if key.startswith(f"data-import/{self._tenant.id}/")
            }
        )

    @property
    def unfinished_uploads(self) -> dict[str, list[int]]:
        """Multipart uploads not completed: key to the numbers of the stored parts."""
        return self._ground.ask(
            lambda: {one.key: sorted(one.parts) for one in self._storage.uploads.values()}
        )

    @property
    def leaks(self) -> list[str]:
        """Requests to storage that carried FOLIO's headers or cookies."""
        return self._ground.ask(lambda: list(self._storage.leaks))

    def _all(self) -> list[Definition]:
        return [*self._tenant.taken_back.values(), *self._tenant.definitions.values()]

    def _files(self) -> list[FileSeen]:
        found: list[tuple[float, FileSeen]] = []
        for definition in self._all():
            for file in dict.fromkeys(one.id for one in (*definition.files, *definition.removed)):
                found.append(self._seen(definition, file))
        return [seen for _, seen in sorted(found, key=lambda item: item[0])]

    def _seen(self, definition: Definition, file_id: str) -> tuple[float, FileSeen]:
        every = (*definition.files, *definition.removed)
        file = next(one for one in every if one.id == file_id)
        stored = file.stored
        kept: StoredObject | None = self._storage.history.get(file.source_path or "")
        return file.created, FileSeen(
            id=file.id,
            name=file.name,
            ui_key=file.ui_key,
            definition_id=definition.id,
            job_id=file.job_id,
            status=file.status,
            source_path=file.source_path,
            size=kept.size if kept else stored.size if stored else 0,
            sha256=kept.sha256 if kept else stored.sha256 if stored else "",
            appends=stored.appends if stored else 0,
            records=kept.records if kept else stored.records if stored else 0,
            removed=file in definition.removed,
        )
