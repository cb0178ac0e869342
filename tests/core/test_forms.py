"""What a destination's settings say of the files sent to it at the same time."""

import pytest

from app.core.forms import at_once


@pytest.mark.parametrize(
    ("settings", "count"),
    [({}, None), ({"at_once": ""}, None), ({"at_once": "1"}, 1), ({"at_once": "8"}, 8)],
)
def test_how_many_at_once(settings: dict[str, str], count: int | None) -> None:
    assert at_once(settings) == count


@pytest.mark.parametrize("text", ["0", "9", "-1", "many", "٣", "1.5"])
def test_what_a_hand_wrote_and_is_no_count_is_as_usual(text: str) -> None:
    assert at_once({"at_once": text}) is None
