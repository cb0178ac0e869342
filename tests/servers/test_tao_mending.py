"""Corrected copies of rostering files: free of what they heal, otherwise the same cell by cell."""

from __future__ import annotations

import codecs
import csv
import io
import random
from pathlib import Path

import pytest

from app.core.drafts import unwatched
from app.core.problems import FileProblem
from app.servers.tao import FAMILY
from tests.servers.delivery import source
from tests.servers.rosters import PASSWORD

USERS = ("user_username", "user_name", "user_password", "user_externalId")
ROWS = (
    ("ann", "Zoë Müller", PASSWORD.format(1), '{"google": "x"}'),
    ("ben", 'the "third", in\r\ntwo lines', PASSWORD.format(2), "a;b\tc|d"),
    ("kim", "Ωmega", "", ""),
)
LATIN = tuple(row for row in ROWS if row[0] != "kim")


def written(rows: tuple[tuple[str, ...], ...], delimiter: str = ",", end: str = "\r\n") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows((USERS, *rows))
    return text.getvalue()


def ids(path: Path) -> set[str]:
    return {one.id for one in FAMILY.inspect(source(path), unwatched).findings}


def corrected(path: Path) -> tuple[set[str], bytes]:
    """What a copy is said to be free of, and the copy."""
    assert FAMILY.mending is not None
    healed = FAMILY.mending.heals(ids(path))
    return set(healed), b"".join(FAMILY.mending.copied(source(path), healed))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_copy_is_utf_8_with_commas(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path, copy = tmp_path / "users.csv", tmp_path / "copy.csv"
    path.write_bytes(written(ROWS, delimiter).encode(encoding))
    before = ids(path)
    healed, content = corrected(path)
    copy.write_bytes(content)
    assert healed == before & {"tao.utf-16", "tao.byte-order-mark", "tao.delimiter"}
    assert bool(healed) is ((encoding, delimiter) != ("utf-8", ","))
    assert ids(copy) == before - healed
    assert content == written(ROWS).encode()


def test_where_commas_are_in_place_the_text_stays_letter_by_letter(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    odd = '\r\n \nuser_username,"user_name"\rann,"A"\r\n\r\nben,"B"\n,\nkim,C'
    path.write_bytes(codecs.BOM_UTF8 + odd.encode())
    assert corrected(path) == ({"tao.byte-order-mark"}, odd.encode())
    path.write_bytes(odd.replace(",", ";").encode("utf-16"))
    healed, content = corrected(path)
    assert healed == {"tao.utf-16", "tao.delimiter"}
    rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    assert rows == list(csv.reader(io.StringIO(odd, newline="")))


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_line_for_spreadsheet_programs_is_left_out(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "users.csv"
    path.write_text(f"sep={delimiter}\r\n{written(ROWS, delimiter)}", "utf-8", newline="")
    healed, content = corrected(path)
    assert "tao.separator-line" in healed
    assert content == written(ROWS).encode()
    # The server takes the names for its first row; passwords are hidden all the same.
    assert FAMILY.failed_records is not None
    cut = b"".join(FAMILY.failed_records(source(path), [1, 2], False))
    assert cut.startswith(f"sep={delimiter}\r\nuser_username{delimiter}".encode())
    assert PASSWORD.format(1).encode() not in cut and b"***" in cut


def test_where_no_sign_tells_the_encoding_the_person_sees_the_letters(tmp_path: Path) -> None:
    assert FAMILY.mending is not None
    path = tmp_path / "users.csv"
    secret = ("lee", "Größe", f"Pä{PASSWORD.format(3)}", "")
    path.write_bytes(written((*LATIN, secret), ";").encode("cp1252"))
    healed, content = corrected(path)
    assert healed == {"tao.not-utf-8", "tao.delimiter"}
    assert content == written((*LATIN, secret)).encode()
    assert FAMILY.mending.doubts(source(path), healed) == ("Zoë", "Müller", "Größe")
    path.write_bytes(written(ROWS).encode("utf-16"))
    assert FAMILY.mending.doubts(source(path), {"tao.utf-16"}) == ()


@pytest.mark.parametrize(
    "content",
    [
        # Rows with other numbers of cells: perhaps the delimiter is another one after all.
        b"user_username;user_name\nann;Ann\nben,Ben\n",
        b'user_username;user_name\nann;"never closed\n',
        b'user_username;user_name\nann;"a \\" b"\n',
        # Two files joined, or bytes that are no text.
        "user_username,user_name\nann,Zoë\n".encode() + "ben,Zoë\n".encode("latin-1"),
        b"user_username;user_name\nann;A\0nn\n",
    ],
)
def test_what_could_be_meant_in_two_ways_is_not_mended(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "users.csv"
    path.write_bytes(content)
    assert FAMILY.mending is not None
    assert FAMILY.mending.heals(ids(path)) == set()


@pytest.mark.parametrize(
    "content",
    [
        # A byte that means nothing in Windows-1252, and half a letter of UTF-16.
        b"user_username,user_name\nann,Zo\xe9 \x81\n",
        "user_username,user_name\nann,Zoë\n".encode("utf-16") + b"x",
        b'user_username;user_name\nann;"Ann"Ann\n',
        # A mark that says UTF-8, and bytes that are not; a cell that would end in two ways.
        codecs.BOM_UTF8 + b"user_username,user_name\nann,Zo\xe9\n",
        b"user_username;user_name\nann;Ann, \\\n",
    ],
)
def test_no_copy_is_made_up(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "users.csv"
    path.write_bytes(content)
    with pytest.raises(FileProblem) as raised:
        corrected(path)
    assert raised.value.id == "tao.not-mended"


def test_a_large_file_keeps_every_cell(tmp_path: Path) -> None:
    chance = random.Random(5)
    letters = 'abcé漢\U0001f4d6 ,;"\n'
    rows = tuple(
        (f"u{n}", "".join(chance.choices(letters, k=chance.randrange(60))) + "x", "", "")
        for n in range(20_000)
    )
    path = tmp_path / "users.csv"
    path.write_bytes(written(rows, ";").encode("utf-16"))
    healed, content = corrected(path)
    assert healed == {"tao.utf-16", "tao.delimiter"}
    assert content == written(rows).encode()
