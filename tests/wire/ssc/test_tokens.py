"""The two spellings of one token, and what is never shown."""

import base64

import pytest

from app.core.destinations import Secret
from app.servers.ssc.wire import tokens, transfer

UUID = "2d5e4a06-945e-405f-a3c2-112bb3053453"
ENCODED = "MmQ1ZTRhMDYtOTQ1ZS00MDVmLWEzYzItMTEyYmIzMDUzNDUz"


@pytest.mark.parametrize(
    "pasted",
    [
        UUID,
        UUID.upper(),
        f"  {UUID}\n",
        ENCODED,
        f"FortifyToken {ENCODED}",
        f"fortifytoken {UUID}",
        f"{ENCODED[:20]}\n{ENCODED[20:]}",
        base64.b64encode(ENCODED.encode()).decode(),
    ],
)
def test_either_form_is_taken_also_encoded_once_too_often(pasted: str) -> None:
    assert tokens.encoded(pasted) == Secret(ENCODED)


@pytest.mark.parametrize("pasted", ["", "wrong", UUID[:-1], ENCODED[:-4], "ä" * 48, "=" * 48])
def test_anything_else_is_no_token(pasted: str) -> None:
    assert tokens.encoded(pasted) is None


def test_the_header_and_the_basic_pair() -> None:
    assert tokens.authorization(Secret(ENCODED)) == f"FortifyToken {ENCODED}"
    assert base64.b64decode(tokens.basic("joan", Secret("pä:ss"))[6:]).decode() == "joan:pä:ss"


def test_a_token_is_asked_for_a_day() -> None:
    asked = tokens.creation(1_767_945_600.0)
    assert asked["type"] == "UnifiedLoginToken"
    assert asked["terminalDate"] == "2026-01-09T08:00:00.000+00:00"
    assert "terminalDate" not in tokens.creation(None)


def test_a_made_token_is_read_and_hidden() -> None:
    found = tokens.read_token({"data": {"token": ENCODED}})
    assert found == Secret(ENCODED)
    assert ENCODED not in repr(found)
    assert tokens.read_token({"data": {"token": None}}) is None
    assert tokens.read_token([]) is None


def test_a_file_token_is_used_as_it_came() -> None:
    found = transfer.read_file_token({"data": {"token": "ab+/c=", "fileTokenType": "UPLOAD"}})
    assert found is not None
    assert transfer.query(found, 7, "") == (("mat", "ab+/c="), ("entityId", "7"))
    assert transfer.query(found, 7, "SAMPLE")[-1] == ("engineType", "SAMPLE")
