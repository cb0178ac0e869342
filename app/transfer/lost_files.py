"""Lost files: uploads whose file is not as it was added, and the file the person found for one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.problems import FileProblem
from app.core.uploads import Phase, Source, Wait, Why
from app.transfer.ledger import Ledger


class LostFiles:
    """Which file an upload is of. Touches no file itself."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def lack(self, problems: Mapping[int, FileProblem]) -> None:
        """Held uploads stay so until their file is found, unless the server has it whole."""
        for upload in self._ledger.known(problems):
            held = upload.wait is not None and upload.wait.why is Why.HELD
            whole = upload.ticket is not None and upload.sha256
            if upload.phase is Phase.QUEUED and held and not whole:
                wait = Wait(Why.HELD, problem=problems[upload.id].bare())
                self._ledger.change(upload.id, wait=wait)

    def relocate(self, upload_id: int, source: Source, sha256: str) -> bool:
        """The upload is of `source` from now on; False where that may be another file than the
        one a part of which is on the server."""
        upload = self._ledger.get(upload_id)
        if upload is None or upload.phase not in (Phase.QUEUED, Phase.FAILED, Phase.CANCELLED):
            return False
        same = (source.size, source.changed_ns) == (upload.source.size, upload.source.changed_ns)
        if known := upload.sha256 or upload.fingerprint:
            same = sha256 == known
        facts: dict[str, Any] = {"source": source}
        if upload.ticket is None:
            facts |= {"sha256": "", "fingerprint": ""}
        elif not same:
            return False
        if upload.lacks_file:
            facts["wait"] = Wait(Why.HELD)
        self._ledger.change(upload_id, **facts)
        self._ledger.meters[upload_id].size = source.size
        return True
