"""The journal: written before it is asked, shared by processes, damaged, full, read-only."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.core import catalogue
from app.core.intents import Opened, Verb
from app.core.jobs import Failure, Job, JobAction, JobState, Result
from app.core.problems import Exchange, JobFailed, Unreachable
from app.core.uploads import Phase, Source, Ticket, Upload, Wait, Why
from app.storage import upload_json
from app.storage.journal import NAME, Journal
from app.storage.problems import StorageProblem

told: list[StorageProblem] = []


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Callable[[], Journal]]:
    made: list[Journal] = []
    told.clear()

    def make() -> Journal:
        made.append(Journal(tmp_path, told.append))
        return made[-1]

    yield make
    for one in made:
        one.close()


def upload(id: int, phase: Phase = Phase.QUEUED, ticket: Ticket | None = None) -> Upload:
    source = Source(f"/files/ü {id}.mrc", 10 + id, 1_700_000_000_000_000_000 + id)
    return Upload(id, "there", source, {"profile": "p"}, batch=3, phase=phase, ticket=ticket)


def test_an_upload_with_everything_is_read_as_it_was_written() -> None:
    problem = JobFailed(
        catalogue.JOB_FAILED,
        {"reason": "no"},
        exchange=Exchange("GET", "https://x/y", 500, "r1", "words"),
        after=3.0,
    )
    job = Job(
        "raw:1",
        JobState.FAILED,
        done=1,
        total=2,
        failed=1,
        word="ERROR",
        note=catalogue.JOB_FAILED,
        facts={"hrid": "1"},
        link="https://x",
        actions=(JobAction.CANCEL,),
        seen=1.5,
        name="n",
        who="w",
        started=1.0,
        ended=2.0,
    )
    result = Result(
        {"created": 2},
        (Failure(7, "bad", "t", "i", "d"),),
        failed=7,
        link="l",
        complete=False,
        notes=("note",),
        which=(7, 3, 4, 5, "267908-1", "267908-2", 9),
    )
    unreachable = Unreachable(catalogue.NAME_UNKNOWN, {"host": "h"})
    whole = replace(
        upload(4, Phase.FAILED, Ticket({"a": [1, {"b": None}]}, True)),
        wait=Wait(Why.RETRY, 12.5, (2, 5), unreachable),
        job=job,
        result=result,
        problem=problem,
        sha256="ab",
    )
    assert upload_json.read(upload_json.written(whole)) == whole


def test_ids_rise_and_are_never_given_twice(journal: Callable[[], Journal]) -> None:
    first = journal()
    ids = list(first.ids(3))
    first.save([upload(i) for i in ids])
    first.forget(ids)
    assert min(first.ids(2)) > max(ids)
    assert min(journal().ids(1)) > max(ids) + 2


def test_what_lives_is_not_taken_and_what_died_is(journal: Callable[[], Journal]) -> None:
    first, second = journal(), journal()
    ids = list(first.ids(2))
    first.save([upload(ids[0]), upload(ids[1], Phase.PROCESSING)])
    assert second.claim() == []
    assert [(u.id, living) for u, living in second.uploads()] == [(i, True) for i in ids]
    first.close()
    taken = second.claim()
    assert sorted(u.id for left in taken for u in left.uploads) == ids
    assert second.claim() == []


def test_an_opening_without_an_answer_is_known_with_all_its_files(
    journal: Callable[[], Journal],
) -> None:
    first = journal()
    ids = list(first.ids(3))
    uploads = [upload(i, Phase.OPENING) for i in ids]
    first.save(uploads)
    first.intent("key", Verb.OPEN, ids)
    first.save([uploads[0].move(Phase.CANCELLED)])
    first.close()
    (left,) = journal().claim()
    assert left.key == "key" and left.opened is None and left.destination == "there"
    assert [i for i, _ in left.asked] == ids
    assert left.asked[0][1] == uploads[0].source
    assert [u.id for u in left.uploads] == ids[1:]


def test_tickets_and_openings_come_back_and_settled_intents_do_not(
    journal: Callable[[], Journal],
) -> None:
    first = journal()
    ids = list(first.ids(2))
    first.save([upload(i, Phase.OPENING) for i in ids])
    first.intent("key", Verb.OPEN, ids)
    first.opened(Opened("key", "there", {"definition": "d"}))
    first.save([upload(i, Phase.QUEUED, Ticket({"file": i})) for i in ids], "key")
    first.outcome("key", Verb.OPEN, ids, "done")
    first.intent("key", Verb.DISCARD, [ids[1]], Ticket({"file": ids[1]}))
    first.save([upload(ids[1], Phase.CANCELLED)], "key")
    first.close()
    (left,) = journal().claim()
    assert left.opened == Opened("key", "there", {"definition": "d"})
    assert not left.asked
    assert [u.ticket for u in left.uploads] == [Ticket({"file": ids[0]})]
    assert left.to_discard == ((ids[1], Ticket({"file": ids[1]})),)


def test_a_killed_process_leaves_what_it_wrote(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from app.storage.journal import Journal\n"
        "from app.core.uploads import Source, Upload\n"
        "j = Journal(Path(sys.argv[1]), print)\n"
        "ids = j.ids(5)\n"
        "j.save([Upload(i, 'd', Source('/x', 1, 1)) for i in ids])\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, timeout=60)
    assert ended.returncode == -9
    journal = Journal(tmp_path, print)
    assert sum(len(left.uploads) for left in journal.claim()) == 5
    journal.close()


@pytest.mark.parametrize("seed", range(12))
def test_flipped_bytes_never_keep_the_program_from_starting(
    journal: Callable[[], Journal], tmp_path: Path, seed: int
) -> None:
    first = journal()
    first.save([upload(i) for i in first.ids(200)])
    first.close()
    path = tmp_path / NAME
    content = bytearray(path.read_bytes())
    dice = random.Random(seed)
    for _ in range(dice.choice([1, 20, 2000])):
        content[dice.randrange(len(content))] = dice.randrange(256)
    path.write_bytes(content)
    second = journal()
    second.claim()
    second.save([upload(i) for i in second.ids(2)])
    assert {one.id for one in told} <= {"journal.damaged", "storage.entry-damaged"}
    set_aside = list(tmp_path.glob("journal.damaged-*.sqlite3"))
    assert bool(set_aside) is any(one.id == "journal.damaged" for one in told)


def test_a_newer_journal_is_left_alone(journal: Callable[[], Journal], tmp_path: Path) -> None:
    first = journal()
    first.ids(1)
    first.close()
    base = sqlite3.connect(tmp_path / NAME)
    base.execute("PRAGMA user_version = 99")
    base.close()
    with pytest.raises(StorageProblem) as caught:
        journal().claim()
    assert caught.value.id == "journal.newer"


def test_nothing_is_asked_for_that_cannot_be_written(
    journal: Callable[[], Journal], tmp_path: Path
) -> None:
    first = journal()
    ids = list(first.ids(1))
    first.save([upload(ids[0])])
    base = sqlite3.connect(tmp_path / NAME)
    (pages,) = base.execute("PRAGMA page_count").fetchone()
    base.close()
    assert first._base is not None
    first._base.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageProblem) as caught:
        for _ in range(200):
            first.intent(os.urandom(2000).hex(), Verb.SEND, ids)
    assert caught.value.id == "journal.unwritable"
    assert "full" in caught.value.facts["reason"]
    first.save([upload(ids[0], Phase.FAILED)])
    first._base.execute("PRAGMA max_page_count = 1000000")
    first.save([])
    first.close()
    second = journal()
    (left,) = second.claim()
    assert left.uploads[0].phase is Phase.FAILED


def test_no_secret_reaches_the_file(journal: Callable[[], Journal], tmp_path: Path) -> None:
    from app.core.destinations import Secret

    with pytest.raises(TypeError):
        upload_json.written(upload(1, ticket=Ticket({"secret": Secret("hunter2")})))


@pytest.mark.parametrize("column", ["intents.asked", "openings.data", "uploads.upload"])
def test_one_damaged_entry_is_told_and_the_others_are_taken(
    journal: Callable[[], Journal], tmp_path: Path, column: str
) -> None:
    first = journal()
    ids = list(first.ids(3))
    first.save([upload(i) for i in ids[:2]])
    first.intent("asked", Verb.OPEN, ids[:1])
    first.opened(Opened("key", "there", {"definition": "d"}))
    first.save([upload(ids[2], Phase.QUEUED, Ticket({"file": 3}))], "key")
    first.close()
    base = sqlite3.connect(tmp_path / NAME)
    table, name = column.split(".")
    first_row = f"(SELECT rowid FROM {table} LIMIT 1)"
    base.execute(f"UPDATE {table} SET {name} = '[[1, {{' WHERE rowid = {first_row}")
    base.commit()
    base.close()
    taken = journal().claim()
    expected = ids[1:] if table == "uploads" else ids
    assert sorted(u.id for left in taken for u in left.uploads) == expected
    assert all(left.opened for left in taken for u in left.uploads if u.ticket is not None)
    assert [problem.id for problem in told] == ["storage.entry-damaged"]


def test_what_was_asked_for_a_forgotten_upload_is_still_known(tmp_path: Path) -> None:
    def journal() -> Journal:
        return Journal(tmp_path / "j", lambda problem: None)

    first = journal()
    [id] = first.ids(1)
    source = Source("/files/a.mrc", 1, 1)
    first.save([Upload(id, "there", source)])
    first.intent("k", Verb.OPEN, [id])
    first.forget([id])
    first.intent("k", Verb.OPEN, [id])
    first.intent("k", Verb.DISCARD, [id], Ticket({"id": "f"}))
    first.close()
    second = journal()
    [left] = second.claim()
    second.close()
    assert (left.key, left.destination) == ("k", "there")
    assert left.asked == ((id, source),)
    assert left.to_discard == ((id, Ticket({"id": "f"})),)


def test_what_came_of_a_request_is_written_with_the_next_fact(
    journal: Callable[[], Journal], tmp_path: Path
) -> None:
    """A disk was full when the answer to an opening came: its tickets and that it was answered are
    written together, or the next run would ask for it once more."""
    first = journal()
    ids = list(first.ids(2))
    first.save([upload(i, Phase.OPENING) for i in ids])
    first.intent("key", Verb.OPEN, ids)
    other = sqlite3.connect(tmp_path / NAME, isolation_level=None)
    first._base.execute("PRAGMA busy_timeout = 1")  # type: ignore[union-attr]
    other.execute("BEGIN IMMEDIATE")
    first.opened(Opened("key", "there", {"definition": "d"}))
    first.save([upload(ids[0], Phase.QUEUED, Ticket({"file": 0}))], "key")
    first.save([upload(ids[1], Phase.QUEUED, Ticket({"file": 1}))], "key")
    first.outcome("key", Verb.OPEN, ids, "done")
    other.execute("ROLLBACK")
    other.close()
    first.intent("key", Verb.SEND, ids[:1])
    first.close()
    (left,) = journal().claim()
    assert left.opened == Opened("key", "there", {"definition": "d"})
    assert left.asked == ()
    assert [u.ticket for u in left.uploads] == [Ticket({"file": 0}), Ticket({"file": 1})]


def test_what_was_forgotten_while_nothing_could_be_written_stays_forgotten(
    journal: Callable[[], Journal], tmp_path: Path
) -> None:
    first = journal()
    ids = list(first.ids(2))
    first.save([upload(i, Phase.FAILED) for i in ids])
    other = sqlite3.connect(tmp_path / NAME, isolation_level=None)
    first._base.execute("PRAGMA busy_timeout = 1")  # type: ignore[union-attr]
    other.execute("BEGIN IMMEDIATE")
    first.forget(ids[:1])
    other.execute("ROLLBACK")
    other.close()
    first.save([upload(ids[1], Phase.FAILED)])
    first.close()
    assert [u.id for u, _ in journal().uploads()] == ids[1:]


def test_requests_of_runs_that_ended_are_not_kept_for_ever(
    journal: Callable[[], Journal], tmp_path: Path
) -> None:
    """A send and a start without answer: who takes their uploads over looks at the server."""
    first = journal()
    ids = list(first.ids(1))
    first.opened(Opened("key", "there", {}))
    first.save([upload(ids[0], Phase.SENDING, Ticket({"file": 0}))], "key")
    first.intent("key", Verb.SEND, ids)
    first.intent("key", Verb.START, ids)
    first.close()
    second = journal()
    assert [u.id for left in second.claim() for u in left.uploads] == ids
    second.forget(ids)
    second.close()
    base = sqlite3.connect(tmp_path / NAME)
    for table in ("uploads", "openings", "intents"):
        assert base.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
    base.close()
