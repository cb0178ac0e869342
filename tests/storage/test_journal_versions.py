"""A journal of an earlier version with uploads in it goes on in this one, and nothing is lost."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest

from app.core.jobs import JobAction, JobState
from app.core.problems import Uncertain
from app.core.uploads import Phase, Source, Upload
from app.storage.journal import Journal
from app.storage.journal_file import NAME, VERSION
from app.storage.neighbours import Neighbours

BEFORE = Path(__file__).with_name("journal_of_version_1.sql")
"""As that version's program wrote it before it was killed: uploads 1 and 2 of one definition, an
opening without answer (3), one that waited (4), one being processed (5), SSC without an answer (6),
TAO without one (7), a failed one (8), a finished one (9), one being taken back (10)."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    base = sqlite3.connect(tmp_path / NAME)
    base.executescript(BEFORE.read_text("utf-8"))
    base.execute("PRAGMA journal_mode = WAL")
    base.close()
    return tmp_path


def version(folder: Path) -> int:
    base = sqlite3.connect(folder / NAME)
    (found,) = base.execute("PRAGMA user_version").fetchone()
    base.close()
    return int(found)


def test_everything_in_an_earlier_journal_is_taken_over(folder: Path) -> None:
    ended: list[Upload] = []

    def keep(uploads: object) -> bool:
        ended.extend(uploads)  # type: ignore[arg-type]
        return True

    assert version(folder) == 1 < VERSION
    journal = Journal(folder, pytest.fail, keep)
    left = journal.claim()
    taken = {one.key: one for one in left if one.key}
    uploads = {one.id: one for batch in taken.values() for one in batch.uploads}
    alone = {one.id: one for batch in left if not batch.key for one in batch.uploads}
    assert version(folder) == VERSION
    assert uploads.keys() | alone.keys() == set(range(1, 9))
    assert [one.id for one in ended if one.phase is Phase.DONE] == [9]
    first, second = taken["k1"].uploads
    assert taken["k1"].opened is not None
    assert taken["k1"].opened.data == {"definition": "d1", "split": False}
    assert (first.phase, first.sha256) == (Phase.SENT, "ab" * 32)
    assert second.ticket is not None and second.ticket.data["file"] == "f1"
    assert [id for id, _ in taken["k2"].asked] == [3]
    job = uploads[5].job
    assert job is not None and (job.state, job.done, job.total) == (JobState.RUNNING, 1, 2)
    assert job.actions == (JobAction.CANCEL,) and job.facts == {"hrid": "7"}
    assert isinstance(uploads[7].problem, Uncertain)
    assert [id for id, _ in taken["k9"].to_discard] == [10]
    assert alone[8].phase is Phase.FAILED and alone[4].source.name == "ü 3.mrc"
    journal.close()


def test_what_a_server_may_have_by_an_earlier_journal_stays_with_its_upload(folder: Path) -> None:
    """That version did not write whether a cancelled upload has to keep its ticket."""
    journal = Journal(folder, pytest.fail)
    tickets = {one.id: one.ticket for left in journal.claim() for one in left.uploads}
    for id in (6, 7):
        ticket = tickets[id]
        assert ticket is not None and ticket.binds
    journal.close()


def test_an_earlier_program_still_running_does_not_disturb(folder: Path) -> None:
    old = sqlite3.connect(folder / NAME, isolation_level=None)
    journal = Journal(folder, pytest.fail)
    (id,) = journal.ids(1)
    old.execute("UPDATE uploads SET phase = 'failed' WHERE id = 8")
    assert id == 11
    journal.save([Upload(id, "there", Source("/files/a", 9, 1))])
    with Neighbours(folder, lambda: journal.owner, lambda: [(id, 7)], seconds=0.01):
        end = time.monotonic() + 20
        while journal.levels() != {id: 7} and time.monotonic() < end:
            time.sleep(0.01)
        assert journal.levels() == {id: 7}
    old.close()
    journal.close()
