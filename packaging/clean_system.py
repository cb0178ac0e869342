"""A clean Debian in a folder, and what puts packages on it.

The folder is under build/ and is removed at the end. Needs root, mmdebstrap and the network of
packages.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from release import WORK
from screen import screen
from steps import StepFailed, step

PERSON = "librarian"
HOME = f"/home/{PERSON}"
ADD = ("apt-get", "install", "-y", "--no-install-recommends")


@dataclass(frozen=True, slots=True)
class System:
    """A Debian system in a folder."""

    root: Path
    display: str = ""

    def run(self, *command: str, person: bool = False, seconds: int = 600) -> str:
        """What it says on both streams. Raises StepFailed unless it ends with 0."""
        code, said = self.tried(*command, person=person, seconds=seconds)
        if code != 0:
            raise StepFailed(f"{' '.join(command)} ended with {code}:\n{said}")
        return said

    def tried(self, *command: str, person: bool = False, seconds: int = 600) -> tuple[int, str]:
        done = subprocess.run(
            [*self.prefix(person), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
        return done.returncode, done.stdout

    def prefix(self, person: bool) -> list[str]:
        user, home = (PERSON, HOME) if person else ("root", "/root")
        return [
            *("chroot", f"--userspec={user}:{user}", str(self.root)),
            *("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", f"HOME={home}", f"USER={user}"),
            *("LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", f"DISPLAY={self.display}"),
        ]

    def write(self, path: str, text: str) -> None:
        target = self.root / path.lstrip("/")
        target.write_text(text, encoding="utf-8", newline="")

    def files(self) -> set[str]:
        """Every file and folder, but for what package managers and people keep for themselves."""
        skipped = ["proc", "sys", "dev", "tmp", "run", "home", "root"]
        skipped += [f"var/{name}" for name in ("cache", "lib/apt", "lib/dpkg", "lib/rpm", "log")]
        found: set[str] = set()
        for folder, folders, names in os.walk(self.root):
            place = Path(folder).relative_to(self.root)
            folders[:] = [name for name in folders if str(place / name) not in skipped]
            found |= {str(place / name) for name in (*folders, *names)}
        return found


class Manager(Protocol):
    """What puts the package on a system and takes it off again."""

    def install(self, package: Path) -> None:
        """Also over an older one."""

    def version(self) -> str:
        """The version that is installed."""

    def remove(self) -> None:
        """Takes off the program, not its needs."""

    def purge(self) -> None:
        """Takes off everything that came with it."""


@dataclass(frozen=True, slots=True)
class Apt:
    system: System

    def install(self, package: Path) -> None:
        target = self.system.root / "tmp" / package.name
        shutil.copy(package, target)
        self.system.run(*ADD, f"/tmp/{package.name}")
        target.unlink()

    def version(self) -> str:
        return self.system.run("dpkg-query", "-f", "${Version}", "-W", "longshore")

    def remove(self) -> None:
        self.system.run("apt-get", "remove", "-y", "longshore")

    def purge(self) -> None:
        self.system.run("apt-get", "purge", "-y", "--autoremove", "longshore")


@dataclass(frozen=True, slots=True)
class Rpm:
    """rpm from outside, with the libraries as Debian packages; `needs` are their names."""

    system: System
    needs: tuple[str, ...]

    def install(self, package: Path) -> None:
        self.system.run(*ADD, *self.needs)
        # As what came along with a package, to go when nothing needs it any more.
        self.system.run("apt-mark", "auto", *self.needs)
        self._rpm("--upgrade", "--nodeps", package)
        self._listed()

    def version(self) -> str:
        return self._rpm("--query", "--queryformat", "%{VERSION}", "longshore")

    def remove(self) -> None:
        self._rpm("--erase", "longshore")
        self._listed()

    def purge(self) -> None:
        self.remove()
        self.system.run("apt-get", "autoremove", "--purge", "-y")

    def _rpm(self, *arguments: str | Path) -> str:
        # Debian's rpm keeps its list in the home of whoever runs it.
        where = ("--root", self.system.root, "--dbpath", "/var/lib/rpm")
        done = subprocess.run(
            ["rpm", *where, *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise StepFailed(f"rpm {arguments[0]}: {done.stderr}")
        return done.stdout

    def _listed(self) -> None:
        """What the distributions of rpm do by themselves after a change under /usr/share."""
        self.system.run("update-mime-database", "/usr/share/mime")
        self.system.run("update-desktop-database")


def bare(need: str) -> str:
    """The first name of a dependency such as `libx11-6 (>= 2:1.8) | libx11`."""
    return need.partition("|")[0].partition("(")[0].strip()


@contextmanager
def clean_system() -> Iterator[System]:
    root = WORK / "system"
    _remove(root)
    step("Making a clean Debian", ["mmdebstrap", "--variant=minbase", *_suite(), root])
    shutil.copy("/etc/resolv.conf", root / "etc" / "resolv.conf")
    sockets = root / "tmp" / ".X11-unix"
    mounted = []
    try:
        with screen() as display:
            for what, where in (("/proc", root / "proc"), ("/dev", root / "dev")):
                subprocess.run(["mount", "--rbind", "--make-rslave", what, where], check=True)
                mounted.append(where)
            if display:
                sockets.mkdir(parents=True)
                subprocess.run(["mount", "--bind", "/tmp/.X11-unix", sockets], check=True)
                mounted.append(sockets)
            yield System(root, display)
    finally:
        for where in reversed(mounted):
            subprocess.run(["umount", "--recursive", "--lazy", where], check=False)
        _remove(root)


def _suite() -> list[str]:
    """The system that is running: a package needs what it was built on, or newer."""
    facts = dict(
        line.replace('"', "").split("=", 1)
        for line in Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
        if "=" in line
    )
    components = "main,universe" if facts.get("ID") == "ubuntu" else "main"
    return [f"--components={components}", facts.get("VERSION_CODENAME", "stable")]


def _remove(root: Path) -> None:
    """Removes the system, but never through something that is still mounted in it."""
    mounts = Path("/proc/self/mounts").read_text(encoding="utf-8")
    inside = [line.split()[1] for line in mounts.splitlines() if str(root) in line]
    if inside:
        raise StepFailed(f"Still mounted: {' '.join(inside)}")
    if root.exists():
        subprocess.run(["rm", "-rf", "--one-file-system", root], check=True)
