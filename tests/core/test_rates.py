"""Rates as people type them, and as files keep them."""

import pytest

from app.core import rates


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("500k", 500_000),
        ("2M", 2_000_000),
        ("2 MB/s", 2_000_000),
        ("1.5m", 1_500_000),
        ("1,5 MB", 1_500_000),
        (".5G", 500_000_000),
        ("8 kB/s", 8_000),
        ("800 bytes/s", 800),
        ("800", 800),
        ("off", 0),
        (" 0 ", 0),
    ],
)
def test_a_typed_rate_is_understood(text: str, rate: int) -> None:
    assert rates.parsed(text) == rate


@pytest.mark.parametrize("text", ["", "fast", "-1M", "2 MiB", "0.0001", "2M 3M", "1e6"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        rates.parsed(text)


@pytest.mark.parametrize(
    ("rate", "text"),
    [(0, "off"), (2_000_000, "2M"), (1_500_000, "1.5M"), (8_000, "8k"), (1_234_567, "1234567")],
)
def test_a_rate_is_kept_in_few_letters_and_whole(rate: int, text: str) -> None:
    assert rates.written(rate) == text
    assert rates.parsed(text) == rate
