"""Made-up MARC records with proper leaders, some bad on purpose."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from app.demo_files.made import DemoFile

_SUBJECTS = ("Harbours", "Pilots", "Cranes", "Tides", "Lighthouses", "Ropes", "Ferries", "Salt")
_KINDS = ("a short history", "an atlas", "letters and diaries", "a handbook", "collected essays")
_PLACES = ("Genève", "Köln", "Łódź", "Porto", "Århus", "Springfield")
_PEOPLE = ("Almqvist, Birgit", "Núñez, Tomás", "Okafor, Ada", "Šimić, Petra", "Whitlock, Jo")

_SUMMARY = "How goods and people came ashore, told from the books of the harbour office. " * 65

_FIELD_END = b"\x1e"
_RECORD_END = b"\x1d"


def write_marc(
    path: Path,
    records: int,
    *,
    without_title: Collection[int] = (),
    first: int = 1,
    summaries: int = 0,
) -> DemoFile:
    """Writes bibliographic records, numbered from `first`; `without_title` counts from 1.

    `summaries` of some 5 kB each make a record as long as one with abstracts and contents.
    """
    with path.open("wb") as file:
        file.writelines(_records(records, frozenset(without_title), first, summaries))
    bad = sum(1 <= number <= records for number in set(without_title))
    return DemoFile("folio", path, records, bad)


def _records(
    count: int, without_title: Collection[int], first: int, summaries: int
) -> Iterator[bytes]:
    for number in range(1, count + 1):
        titled = number not in without_title
        yield marc_record(first + number - 1, title=titled, summaries=summaries)


def marc_record(number: int, *, title: bool = True, summaries: int = 0) -> bytes:
    """One bibliographic record in MARC 21, UTF-8; without `title` it lacks its field 245."""
    subject = _SUBJECTS[number % len(_SUBJECTS)]
    kind = _KINDS[number // len(_SUBJECTS) % len(_KINDS)]
    place = _PLACES[number % len(_PLACES)]
    person = _PEOPLE[number % len(_PEOPLE)]
    year = 1950 + number * 7 % 75
    fields = [
        ("001", f"demo{number:08}"),
        ("003", "Longshore"),
        ("005", "20260101120000.0"),
        ("008", f"260101s{year}    xx            000 0 eng d"),
        ("020", _subfields("  ", a=_isbn(number))),
        ("100", _subfields("1 ", a=person)),
        ("245", _subfields("10", a=f"{subject} of {place} :", b=f"{kind}, part {number}.")),
        ("264", _subfields(" 1", a=f"{place} :", b="Quay Press,", c=f"{year}.")),
        ("300", _subfields("  ", a=f"{100 + number % 400} pages")),
        *[("520", _subfields("  ", a=_SUMMARY))] * summaries,
        ("650", _subfields(" 0", a=f"{subject}.")),
    ]
    return _assembled([field for field in fields if title or field[0] != "245"])


def _subfields(indicators: str, **values: str) -> str:
    return indicators + "".join(f"\x1f{code}{value}" for code, value in values.items())


def _isbn(number: int) -> str:
    digits = f"978000{number % 1_000_000:06}"
    total = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def _assembled(fields: list[tuple[str, str]]) -> bytes:
    directory, body = b"", b""
    for tag, text in fields:
        data = text.encode() + _FIELD_END
        directory += f"{tag}{len(data):04}{len(body):05}".encode()
        body += data
    base = 24 + len(directory) + 1
    length = base + len(body) + 1
    leader = f"{length:05}nam a22{base:05} i 4500".encode()
    return leader + directory + _FIELD_END + body + _RECORD_END
