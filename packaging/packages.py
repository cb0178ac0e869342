"""`dev.py package KIND`: the files a person installs, from the lock and this checkout."""

import argparse

import deb
import deb_check
from release import WORK, release
from steps import ROOT

KINDS = ("deb",)
OLDER = "0.0.1"
"""What an update is tried from."""


def package(arguments: list[str]) -> int:
    """Builds one kind of package, says where it is, and tries it if asked to."""
    parser = argparse.ArgumentParser(prog="dev.py package")
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument(
        "--check", action="store_true", help="try it: install, run, update, uninstall"
    )
    parser.add_argument("--version", default="", help="another version, to try updates with")
    parser.add_argument(
        "--quick", action="store_true", help="pack in seconds: larger, and not for others"
    )
    asked = parser.parse_args(arguments)
    older = None
    if asked.check:
        older = deb.build(release(OLDER), quick=True, folder=WORK)
    file = deb.build(release(asked.version), quick=asked.quick)
    print(f"{file.relative_to(ROOT)}: {file.stat().st_size / 1e6:.1f} MB", flush=True)
    return deb_check.check(file, older) if asked.check else 0
