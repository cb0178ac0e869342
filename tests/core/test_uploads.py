"""The table of moves, and what a move keeps and ends."""

from __future__ import annotations

import itertools

import pytest

from app.core import catalogue
from app.core.problems import ServerFault
from app.core.uploads import MOVES, IllegalMove, Phase, Source, Ticket, Upload, Wait, Why

SOURCE = Source("/data/roster.mrc", 1000, 1)


def upload(phase: Phase = Phase.QUEUED, **facts: object) -> Upload:
    return Upload(1, "there", SOURCE, phase=phase, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(("before", "after"), list(itertools.product(Phase, Phase)))
def test_exactly_the_moves_of_the_table_are_legal(before: Phase, after: Phase) -> None:
    if before is after or after in MOVES[before]:
        assert upload(before).move(after).phase is after
    else:
        with pytest.raises(IllegalMove):
            upload(before).move(after)


def test_done_is_the_end() -> None:
    assert MOVES[Phase.DONE] == frozenset()


def test_every_phase_can_come_to_an_end() -> None:
    for phase in Phase:
        reached, new = {phase}, {phase}
        while new := {after for one in new for after in MOVES[one]} - reached:
            reached |= new
        assert any(one.final for one in reached)


def test_a_wait_belongs_to_the_queue() -> None:
    waiting = upload(wait=Wait(Why.NETWORK))
    sending = waiting.move(Phase.SENDING)
    assert sending.wait is None
    assert sending.move(Phase.QUEUED).wait == Wait()
    assert sending.move(Phase.QUEUED, wait=Wait(Why.HELD)).wait == Wait(Why.HELD)


def test_a_new_attempt_leaves_the_old_problem_behind() -> None:
    failed = upload(Phase.SENDING).move(
        Phase.FAILED, problem=ServerFault(catalogue.SERVER_FAULT, {"status": "500"})
    )
    assert failed.problem is not None
    assert failed.move(Phase.QUEUED, attempt=2).problem is None


def test_a_problem_met_on_the_way_stays_while_the_phase_does() -> None:
    problem = ServerFault(catalogue.SERVER_FAULT)
    held = upload(Phase.PROCESSING, problem=problem)
    assert held.move(Phase.PROCESSING).problem == problem
    assert held.move(Phase.DONE).problem is None


def test_the_name_of_a_source_is_the_last_part_of_either_kind_of_path() -> None:
    assert Source("/a/b/c.mrc", 1, 1).name == "c.mrc"
    assert Source("C:\\a\\c.mrc", 1, 1).name == "c.mrc"


def test_a_ticket_is_kept_through_waits() -> None:
    ticket = Ticket({"file": "1"}, resumes=True)
    sending = upload(Phase.OPENING).move(Phase.SENDING, ticket=ticket)
    assert sending.move(Phase.QUEUED).ticket is ticket
