"""The older way to upload: a token for one file, and an answer in XML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from app.core.destinations import Secret
from app.servers.json_values import as_text
from app.servers.ssc.wire.envelope import API, read_data

FILE_TOKENS = f"{API}/fileTokens"
UPLOAD = "upload/resultFileUpload.html"

ACCEPTED = -10001
"""The code of success is the negative number."""

_LONGEST = 4096
_MOST_ELEMENTS = 1000


def request() -> dict[str, Any]:
    return {"fileTokenType": "UPLOAD"}


def read_file_token(body: object) -> Secret | None:
    """Used letter by letter as it came."""
    token = as_text(read_data(body).get("token"))
    return Secret(token) if token else None


def query(token: Secret, version: int, engine: str) -> tuple[tuple[str, str], ...]:
    """Holds the token, which alone is the right to upload: never to be shown."""
    asked = (("mat", token.reveal()), ("entityId", str(version)))
    return (*asked, ("engineType", engine)) if engine else asked


@dataclass(frozen=True, slots=True)
class Submission:
    """The answer to an upload. `job` may be missing although the file was accepted."""

    code: int
    message: str = ""
    job: str = ""

    @property
    def accepted(self) -> bool:
        return self.code == ACCEPTED


class _Unwanted(Exception):
    pass


def read_submission(content: bytes) -> Submission | None:
    """The answer by the local names of its elements; None if it is no such XML.

    Document types are refused: an answer needs none, and they can be made to grow without end.
    """
    found: dict[str, str] = {}
    path: list[str] = []
    elements = 0

    def begin(name: str, _: dict[str, str]) -> None:
        nonlocal elements
        elements += 1
        if elements > _MOST_ELEMENTS:
            raise _Unwanted
        path.append(name.rpartition(":")[2])

    def end(_: str) -> None:
        path.pop()

    def text(piece: str) -> None:
        if path:
            found[path[-1]] = (found.get(path[-1], "") + piece)[:_LONGEST]

    def doctype(*_: object) -> None:
        raise _Unwanted

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(content.strip(), True)
    except (expat.ExpatError, _Unwanted):
        return None
    try:
        code = int(found.get("code", "").strip())
    except ValueError:
        return None
    return Submission(code, found.get("msg", "").strip(), found.get("id", "").strip())
