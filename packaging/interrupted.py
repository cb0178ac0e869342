"""An upload that the older version had begun when it was killed, and the newer one goes on with.

It goes to the built-in servers, run from a copy of the older version, so that the update has
nothing to do with them.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from steps import ROOT, StepFailed

NAME = "Practice"
PROFILE = "Default - Create instance and SRS MARC Bib"
SLOW = "60k"
RECORDS = 3_000
"""Long enough, at this limit, to be killed in the middle."""

Start = Callable[[Sequence[str], Mapping[str, str]], "subprocess.Popen[str]"]
"""Starts a program with further environment variables; its standard output is read as text."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The journal holds one upload; `secret` is for going on."""

    start: Start
    program: str
    secret: str

    def waiting(self) -> list[dict[str, object]]:
        """What the installed version finds unfinished."""
        return _status(self.start, self.program)

    def goes_on(self) -> tuple[int, str]:
        """How `resume` ends, and its last words."""
        said, code = _ended(
            self.start, [self.program, "resume", "--progress", "plain"], _known(self.secret)
        )
        return code, said.strip().splitlines()[-1] if said.strip() else ""


@contextmanager
def interrupted(
    start: Start,
    program: str,
    servers: str,
    file: str,
    kill: Callable[["subprocess.Popen[str]"], None],
) -> Iterator[Interrupted]:
    """Has `program` killed in the middle of sending `file`; `servers` is the copy to send to.

    The servers run until the end. Raises StepFailed where it does not come that far.
    """
    running = start([servers, "sandbox", "--family", "folio", "--json"], {})
    try:
        ready = _first_line(running.stdout)
        served = next(one for one in ready["servers"] if one["fields"].get("tenant") == "diku")
        secret = served["secret"]
        fields = [f"--set={key}={value}" for key, value in served["fields"].items()]
        add = [program, "destinations", "add", "folio", NAME, *fields]
        said, code = _ended(start, add, _known(secret))
        if code != 0:
            raise StepFailed(f"The server could not be saved: {said}")
        send = [program, "send", "--to", NAME, "--set", f"job_profile={PROFILE}"]
        sending = start([*send, "--limit", SLOW, file], _known(secret))
        deadline = time.monotonic() + 60
        while not any(one["state"] == "uploading" for one in _status(start, program)):
            if time.monotonic() > deadline or sending.poll() is not None:
                raise StepFailed(f"No upload began: {_status(start, program)}")
        kill(sending)
        sending.wait(60)
        yield Interrupted(start, program, secret)
    finally:
        kill(running)
        running.wait(60)


def made_records(path: Path, records: int) -> Path:
    """A file of MARC records at `path`, made by the program's own demo."""
    program = "import sys, pathlib, app.demo_files as d; d.write_marc(pathlib.Path(sys.argv[1]), "
    command = [sys.executable, "-c", f"{program}{records})", str(path)]
    subprocess.run(command, cwd=ROOT, check=True)
    return path


def _known(secret: str) -> dict[str, str]:
    return {"LONGSHORE_SECRET": secret}


def _status(start: Start, program: str) -> list[dict[str, object]]:
    said, _ = _ended(start, [program, "status", "--json"], {})
    found = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    return [one for one in found if "running" in one]


def _ended(start: Start, command: Sequence[str], known: Mapping[str, str]) -> tuple[str, int]:
    running = start(command, known)
    said, _ = running.communicate(timeout=300)
    return said.replace("\r", ""), running.returncode


def _first_line(stream: IO[str] | None) -> dict[str, Any]:
    for line in stream or ():
        if line.startswith("{"):
            found: dict[str, Any] = json.loads(line)
            return found
    raise StepFailed("The built-in servers did not start.")
