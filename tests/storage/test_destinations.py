"""Saved destinations: unique names, no secrets, nothing lost that is not understood."""

import threading
from pathlib import Path

import pytest

from app.core.destinations import Destination
from app.storage import Destinations, StorageProblem

SETTINGS = {"url": "https://folio.example.org", "tenant": "diku", "username": "maria"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "destinations.toml"


def test_an_added_destination_is_found_by_id_and_by_name_in_any_case(path: Path) -> None:
    added = Destinations(path).add("folio", "  Springfield   Library ", SETTINGS)
    again = Destinations(path)
    assert again.all() == (added,)
    assert added.name == "Springfield Library"
    assert again.get(added.id) == again.named("springfield library") == added
    assert added.settings == SETTINGS


def test_names_are_unique_whatever_their_case(path: Path) -> None:
    destinations = Destinations(path)
    first = destinations.add("folio", "Straße", SETTINGS)
    with pytest.raises(StorageProblem) as taken:
        destinations.add("ssc", "STRASSE", {})
    assert taken.value.id == "destination.name-taken"
    second = destinations.add("ssc", "Other", {})
    with pytest.raises(StorageProblem):
        destinations.save(Destination(second.id, "ssc", "straße", {}))
    assert destinations.save(Destination(first.id, "folio", "STRASSE", {})).name == "STRASSE"


@pytest.mark.parametrize("name", ["", "   ", "\x00", "a\x1b[2J"])
def test_a_name_is_one_readable_line(path: Path, name: str) -> None:
    with pytest.raises(StorageProblem) as missing:
        Destinations(path).add("folio", name, {})
    assert missing.value.id == "destination.name-missing"
    assert not path.exists()


@pytest.mark.parametrize(
    "value",
    ["https://maria:hunter2@folio.example.org", "maria:hunter2@proxy:3128", "http://:hunter2@p"],
)
def test_an_address_with_a_password_is_never_written(path: Path, value: str) -> None:
    with pytest.raises(StorageProblem) as refused:
        Destinations(path).add("folio", "Springfield", {"url": value})
    assert refused.value.id == "destination.password-in-address"
    assert "hunter2" not in str(refused.value.facts)
    assert not path.exists()


def test_removing_what_is_gone_counts_as_removed(path: Path) -> None:
    destinations = Destinations(path)
    added = destinations.add("folio", "Springfield", {})
    destinations.remove(added.id)
    destinations.remove(added.id)
    assert destinations.all() == ()
    with pytest.raises(StorageProblem) as unknown:
        destinations.named("Springfield")
    assert unknown.value.id == "destination.unknown"
    with pytest.raises(StorageProblem):
        destinations.save(added)


def test_what_is_not_understood_stays_in_the_file(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(
        'later = 1\n[[destination]]\nid = "a"\nfamily = "folio"\nname = "A"\ncolour = "red"\n'
        '[destination.settings]\nurl = "https://a.example.org"\nports = [1, 2]\n'
        '[[destination]]\nname = "no id"\n'
        '[[destination]]\nid = "a"\nfamily = "folio"\nname = "double id"\n',
        encoding="utf-8",
    )
    destinations = Destinations(path)
    (only,) = destinations.all()
    assert only == Destination("a", "folio", "A", {"url": "https://a.example.org"})
    assert [problem.id for problem in destinations.problems] == ["storage.entry-damaged"] * 2
    destinations.save(Destination("a", "folio", "B", {"url": "https://b.example.org"}))
    text = path.read_text(encoding="utf-8")
    for kept in ("later = 1", 'colour = "red"', "ports = [", '"no id"', 'name = "B"'):
        assert kept in text
    destinations.all()
    assert len(destinations.problems) == 2


def test_two_programs_adding_at_once_lose_nothing(path: Path) -> None:
    def add(number: int) -> None:
        Destinations(path).add("folio", f"Library {number}", SETTINGS)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Destinations(path).all()) == 12
