"""Tickets and references through JSON and text."""

from __future__ import annotations

import json

from app.core.uploads import Ticket
from app.servers.ssc.tickets import Attempt, Delivery, JobRef

JOB = "JOB_ARTIFACTUPLOAD$f640bef6-703c-4287-926d-7032baed0d7a"


def again(delivery: Delivery) -> Delivery:
    return Delivery.of(Ticket(json.loads(json.dumps(dict(delivery.ticket.data)))))


def test_a_ticket_survives_a_restart() -> None:
    bare = Delivery(10042, "shop.fpr", 30875)
    full = Delivery(
        10042,
        "shop.fpr",
        30875,
        way="token",
        engine="SAMPLE",
        approve=True,
        attempt=Attempt(1767945791.5, (1, 2), whole=True, status=502),
        accepted=True,
        artifact=5577,
        job=JOB,
    )
    assert again(bare) == bare
    assert again(full) == full


def test_a_ticket_of_another_release_is_read_as_far_as_it_goes() -> None:
    assert Delivery.of(Ticket({"version": 7, "attempt": {"since": "x", "known": 3}})) == Delivery(
        7, "", 0, attempt=Attempt(0.0)
    )


def test_a_reference_tells_the_artifact_to_a_person() -> None:
    delivery = Delivery(10042, "shop.fpr", 30875).arrived(artifact=5577)
    assert delivery.ref == "artifact:5577;version:10042"


def test_a_reference_without_artifact_can_find_it() -> None:
    tried = Delivery(10042, "a;b:c ü.fpr", 30875, approve=True).tried(Attempt(12.6, (3, 4)))
    ref = tried.arrived(job=JOB).ref
    found = JobRef.of(ref)
    assert found == JobRef(10042, None, JOB, True, "a;b:c ü.fpr", 30875, 13.0, (3, 4))
    assert JobRef.of(str(found.found(5577))) == JobRef(10042, 5577, JOB, True)


def test_nonsense_is_an_empty_reference() -> None:
    assert JobRef.of("what") == JobRef(None)
