"""One line on the screen per step; what the step itself says goes to a log, shown if it fails."""

import os
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"

TAIL = 25

Command = Sequence[str | Path]


class StepFailed(Exception):
    """Says which step failed, the end of its output and where the rest is."""


def step(title: str, command: Command, surroundings: Mapping[str, str] | None = None) -> None:
    """Runs `command` in the project folder; raises StepFailed unless it ends with 0.

    `surroundings` are added to the environment variables.
    """
    log = BUILD / "logs" / (re.sub(r"\W+", "-", title.lower()).strip("-") + ".log")
    log.parent.mkdir(parents=True, exist_ok=True)
    print(f"{title} … ", end="", flush=True)
    began = time.monotonic()
    with log.open("w", encoding="utf-8") as output:
        output.write("$ " + " ".join(str(part) for part in command) + "\n")
        output.flush()
        try:
            code: int | str = subprocess.run(
                command,
                cwd=ROOT,
                env={**os.environ, **(surroundings or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode
        except OSError as error:
            code = str(error)
    if code == 0:
        print(f"done ({time.monotonic() - began:.0f} s)", flush=True)
        return
    print("failed", flush=True)
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    raise StepFailed(
        "\n".join([*lines[-TAIL:], "", f"{title}: failed ({code}). Everything it said: {log}"])
    )
