"""Damaged files are kept, every one of them."""

from pathlib import Path

from app.storage.damage import set_aside


def test_of_two_damaged_within_a_second_both_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    kept = []
    for content in ("first", "second"):
        path.write_text(content)
        kept.append(set_aside(path))
    assert [place.read_text() for place in kept] == ["first", "second"]
    assert not path.exists()
