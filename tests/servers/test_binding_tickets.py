"""A ticket says when the server may have the file and cannot give it back."""

from __future__ import annotations

from dataclasses import replace

from app.core.uploads import Ticket
from app.servers.folio.tickets import Place as FolioPlace
from app.servers.ssc.tickets import Attempt, Delivery
from app.servers.tao.tickets import Place as TaoPlace
from app.storage.upload_json import ticket_of_value, ticket_value
from tests.servers.delivery import through_json


def test_ssc_keeps_what_went_out_whole() -> None:
    delivery = Delivery(version=1, name="a.fpr", size=10)
    assert not delivery.ticket.binds
    assert not delivery.tried(Attempt(since=1.0)).ticket.binds
    out = delivery.tried(Attempt(since=1.0, whole=True))
    assert out.ticket.binds
    assert Delivery.of(through_json(out.ticket)).ticket.binds
    assert delivery.arrived(artifact=7).ticket.binds


def test_tao_keeps_what_it_was_asked_to_take() -> None:
    place = TaoPlace("k:0", "users.csv")
    assert not place.ticket.binds
    assert replace(place, asked=True).ticket.binds
    assert TaoPlace.of(replace(place, asked=True, reference="r").ticket).ticket.binds


def test_folio_gives_back_what_was_not_started() -> None:
    assert not FolioPlace("d", "f", "j", "a.mrc", split=True).ticket.binds


def test_the_journal_keeps_it_and_takes_silence_for_yes() -> None:
    for ticket in (Ticket({"a": 1}), Ticket({}, resumes=True), Ticket({}, binds=True)):
        assert ticket_of_value(ticket_value(ticket)) == ticket
    assert ticket_of_value({"data": {}, "resumes": False}) == Ticket({}, binds=True)
