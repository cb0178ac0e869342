"""Values of servers' replies, whatever their types."""

from app.servers.json_values import as_count, as_moment


def test_dates_come_with_and_without_a_colon() -> None:
    assert as_moment("2024-11-08T12:38:27.434+00:00") == as_moment("2024-11-08T12:38:27.434+0000")
    assert as_moment(None) is None
    assert as_moment("soon") is None


def test_numbers_come_as_text_too() -> None:
    assert (as_count("5577"), as_count(5577)) == (5577, 5577)
    assert (as_count(True), as_count(-1), as_count("x"), as_count(1.5)) == (None,) * 4
