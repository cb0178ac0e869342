"""Sizes, rates and times as a person reads them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication, QLocale, QTranslator

from app.core import catalogue
from app.core.catalogue import Entry
from app.core.drafts import Finding, Level, Place
from app.core.problems import FileProblem
from app.servers.folio import findings
from app.viewmodels import words


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (12_400_000, "12.4 MB"),
        (999_960, "1.0 MB"),
        (3_000_000_000, "3.0 GB"),
        (5 * 10**15, "5,000.0 TB"),
    ],
)
def test_size(n: int, text: str) -> None:
    assert words.size(n) == text


def test_size_of_has_one_unit() -> None:
    assert words.size_of(500, 20_300_000) == "0.0 of 20.3 MB"
    assert words.size_of(12_400_000, 20_300_000) == "12.4 of 20.3 MB"


def test_rate() -> None:
    assert words.rate(0) == ""
    assert words.rate(1_800_000) == "1.8 MB/s"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (-1, ""),
        (0, "about 5 s"),
        (11, "about 15 s"),
        (31, "less than a minute"),
        (54.9, "less than a minute"),
        (58, "about 1 min"),
        (300, "about 5 min"),
        (3560, "about 59 min"),
        (3600, "about 1 h"),
        (9000, "about 2 h 30 min"),
        (86_400, "about 24 h"),
        (86_401, ""),
        (float("inf"), ""),
        (float("nan"), ""),
    ],
)
def test_time_left(seconds: float | None, text: str) -> None:
    assert words.eta(seconds) == text


@given(st.floats(0, 86_400))
def test_time_left_is_never_an_odd_number_of_minutes(seconds: float) -> None:
    text = words.eta(seconds)
    assert text and "60 min" not in text and " 0 " not in text


def test_percent_is_cut_not_rounded() -> None:
    assert words.percent(0.999) == "99 %"
    assert words.percent(0.29) == "29 %"


def test_ordinals() -> None:
    assert [words.ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111)] == [
        "1st",
        "2nd",
        "3rd",
        "4th",
        "11th",
        "12th",
        "13th",
        "21st",
        "102nd",
        "111th",
    ]


def test_counted() -> None:
    assert words.counted(1, "{n} file", "{n} files") == "1 file"
    assert words.counted(1240, "{n} file", "{n} files") == "1,240 files"


@pytest.fixture
def german() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    yield
    QLocale.setDefault(before)


@pytest.mark.usefixtures("german")
def test_numbers_follow_the_locale() -> None:
    assert words.size(12_400_000) == "12,4 MB"
    assert words.number(1240) == "1.240"


class _Latin(QTranslator):
    def translate(
        self, context: str, source: str, disambiguation: str | None = None, n: int = -1
    ) -> str:
        known = {"{n} files": "{n} plicae" if n == 2 else "{n} plicarum"}
        known[catalogue.FILE_MISSING.title] = "“{name}” abest"
        return known.get(source, "")

    def isEmpty(self) -> bool:
        return False


def test_translations_are_filled_after_translating(qapp: QCoreApplication) -> None:
    latin = _Latin()
    qapp.installTranslator(latin)
    try:
        assert words.counted(1, "{n} file", "{n} files") == "1 plicarum"
        assert words.counted(2, "{n} file", "{n} files") == "2 plicae"
        missing = FileProblem(catalogue.FILE_MISSING, {"name": "{n} files"})
        assert words.title(missing) == "“{n} files” abest"
    finally:
        qapp.removeTranslator(latin)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (Place(record=2, line=3, column="email"), "row 2, line 3, in email"),
        (Place(record=2, line=3, after=True), "after row 2, line 3"),
        (Place(record=2, line=3, byte=40), "record 2, line 3, byte 40"),
        (Place(record=117, byte=40_233, column="245"), "record 117, byte 40,233, in 245"),
        (Place(line=3, after=True), "after line 3"),
    ],
)
def test_a_place_says_row_of_a_table_only(place: Place, said: str) -> None:
    assert words.place(place) == said


def test_a_single_record_is_not_told_in_the_plural() -> None:
    for entry in findings.FINDINGS:
        if entry in (findings.ALL_SAME, findings.MANY_RECORDS):
            continue
        facts = {"name": "a.mrc", "count": "1"}
        said = words.finding(Finding(entry, Level.WARNING, facts))
        assert "1 " not in said.replace("MARC21", ""), said


def test_what_is_counted_is_grouped_and_names_are_not() -> None:
    entry = Entry("test.many", "{count} of “{name}” in {other}", "", ())
    facts = {"count": "798000", "name": "2024", "other": "12345"}
    assert words.finding(Finding(entry, Level.INFO, facts)) == "798,000 of “2024” in 12345"
