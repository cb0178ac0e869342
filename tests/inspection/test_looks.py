"""A look into a file ends in findings, whatever happens."""

import logging
import os
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.drafts import Inspection, Level, Look
from app.core.uploads import Source
from app.inspection.looks import inspected
from app.servers import families
from app.servers.api import Family
from app.transfer.local_file import source_of

FOLIO = families()["folio"]


def found(inspection: Inspection) -> list[tuple[str, Level]]:
    return [(finding.id, finding.level) for finding in inspection.findings]


def test_an_empty_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "empty.mrc"
    path.touch()
    assert found(inspected(FOLIO, source_of(path))) == [("file.empty", Level.ERROR)]


def test_a_file_that_has_gone_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "gone.mrc"
    path.write_bytes(b"x")
    source = source_of(path)
    path.unlink()
    assert found(inspected(FOLIO, source)) == [("file.missing", Level.ERROR)]


def test_a_fault_of_ours_is_a_finding_and_logged(
    tmp_path: Path, logged_errors: list[logging.LogRecord]
) -> None:
    def broken(source: Source, look: Look) -> Inspection:
        raise ZeroDivisionError

    path = tmp_path / "file.mrc"
    path.write_bytes(b"x")
    [finding] = inspected(replace(FOLIO, inspect=broken), source_of(path)).findings
    assert finding.level is Level.ERROR
    assert [record.message for record in logged_errors] == ["Looking into a file failed"]
    logged_errors.clear()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
@pytest.mark.parametrize("family", families().values(), ids=families().keys())
@pytest.mark.parametrize("other", ["pipe", "device", "folder"])
def test_what_turned_into_no_file_is_not_waited_for(
    tmp_path: Path, family: Family, other: str
) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"user_username,user_password\n")
    source = source_of(path)
    path.unlink()
    match other:
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case _:
            path.mkdir()
    seen: list[Inspection] = []
    look = threading.Thread(target=lambda: seen.append(inspected(family, source)), daemon=True)
    look.start()
    look.join(10)
    assert [found(one) for one in seen] == [
        [("file.not-a-file" if other != "folder" else "file.unreadable", Level.ERROR)]
    ]
