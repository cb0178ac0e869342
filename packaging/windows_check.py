"""`package windows --check`: the installer's whole life, on Windows or under Wine."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import wine
from interrupted import RECORDS, Interrupted, interrupted, made_records
from looking import ARGUMENT, large_file, watched
from release import APP_ID, WORK, fresh
from screen import screen, shot, window

PICTURES = WORK / "check-windows"
UNINSTALL = rf"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\{APP_ID}"
CLASSES = r"HKCU\Software\Classes"
LOCKED = 5
"""How the installer ends when the program is running."""

Station = Callable[[str, bool, str], None]


@dataclass(frozen=True, slots=True)
class Person:
    """Whose Windows it is: folders as this machine names them, and how programs are started."""

    local: Path
    roaming: Path
    start: Sequence[str]
    surroundings: dict[str, str]

    @property
    def program(self) -> Path:
        return self.local / "Programs" / "Longshore"

    @property
    def data(self) -> Path:
        return self.local / "Longshore"

    @property
    def link(self) -> Path:
        return self.roaming / "Microsoft/Windows/Start Menu/Programs/Longshore.lnk"

    def run(self, *command: str | Path, given: str = "", seconds: int = 300) -> tuple[int, str]:
        """How it ended, and what it said to this input."""
        done = subprocess.run(
            [*self.start, *command],
            input=given.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self.surroundings,
            timeout=seconds,
            check=False,
        )
        return done.returncode, done.stdout.decode(errors="replace").replace("\r", "")

    def install(self, installer: Path) -> int:
        """How a silent installation ended. Under Wine the first window brings up a desktop that
        would hold on to a pipe for as long as anything runs."""
        directly = () if sys.platform == "win32" else ("wine",)
        quiet = subprocess.DEVNULL
        done = subprocess.run(
            [*directly, installer, "/S"],
            stdin=quiet,
            stdout=quiet,
            stderr=quiet,
            env=self.surroundings,
            timeout=300,
            check=False,
        )
        return done.returncode

    def registry(self, key: str) -> str:
        """What is under a key; empty if there is no such key."""
        code, said = self.run("reg", "query", key, "/s")
        return said if code == 0 else ""


def check(installer: Path, older: Path) -> int:
    """Prints a line for each station; 0 when all went well."""
    fresh(PICTURES)
    outcome = []

    def station(title: str, good: bool, said: str) -> None:
        outcome.append(good)
        print(f"{'ok    ' if good else 'FAILED'}  {title}{': ' + said if said else ''}", flush=True)

    with nullcontext("") if sys.platform == "win32" else screen() as display:
        try:
            _life(_person(display), installer, older, display, station)
        finally:
            if sys.platform != "win32":
                wine.stop()
    return 0 if all(outcome) else 1


def _person(display: str) -> Person:
    surroundings = dict(os.environ)
    if sys.platform == "win32":
        local, roaming = Path(os.environ["LOCALAPPDATA"]), Path(os.environ["APPDATA"])
        return Person(local, roaming, (), surroundings)
    surroundings |= {**wine.surroundings(), "DISPLAY": display}
    homes = wine.PREFIX / "drive_c" / "users"
    (home,) = [path for path in homes.iterdir() if path.name != "Public"]
    data = home / "AppData"
    return Person(data / "Local", data / "Roaming", wine.PIPED, surroundings)


def _life(person: Person, installer: Path, older: Path, display: str, station: Station) -> None:
    if sys.platform != "win32":
        # What an earlier try that failed left in our own Windows.
        shutil.rmtree(person.data, ignore_errors=True)
    before = _tree(person)
    began = time.monotonic()
    code, said = person.run(older, "/S")
    seconds = f"{time.monotonic() - began:.0f} s"
    command = person.program / "longshore.exe"
    station("installs silently", code == 0 and command.is_file(), said.strip() or seconds)
    first = person.run(command, "--version")[1].strip()
    station("answers", first.startswith("longshore "), first)
    settings = ("--set", "url=http://127.0.0.1:9", "--set", "tenant=diku", "--set", "username=ada")
    add = ("destinations", "add", "folio", "Library", *settings, "--secret-stdin")
    code, said = person.run(command, *add, given="made-up\n")
    station("saves a server", code == 0, said.strip())
    _while_running(person, installer, display, station)
    _looking(person, station)
    with _cut_off(person) as upload:
        kept = (person.data / "destinations.toml").read_bytes()
        code = person.install(installer)
        second = person.run(command, "--version")[1].strip()
        station("updates in place", code == 0 and second != first, f"{first} to {second}")
        after = (person.data / "destinations.toml").read_bytes()
        code, said = person.run(command, "destinations")
        station("keeps the person's data", after == kept and "Library" in said, said.strip())
        waiting = [f"{one['path']}: {one['text']}" for one in upload.waiting()]
        station("knows the upload that was cut off", len(waiting) == 1, " ".join(waiting))
        code, said = upload.goes_on()
        station("and brings it to its end", code == 0, said)
    code, said = person.run(command, "--self-test")
    print(said.rstrip())
    station("--self-test", code == 0, "")
    code, said = person.run(command, "demo")
    station("demo", code == 0, said.strip().splitlines()[-1] if said.strip() else "")
    _entries(person, station)
    _uninstalled(person, before, installer, station)


def _while_running(person: Person, installer: Path, display: str, station: Station) -> None:
    """An update that meets the open window says so and changes nothing."""
    program = person.program / "longshorew.exe"
    opened = subprocess.Popen(
        [*person.start, str(program)],
        env=person.surroundings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    time.sleep(15)
    if display:
        shot(display, PICTURES / "window.png")
        seen = window(display)
        station("the window opens", bool(seen), seen)
    code, _ = person.run(installer, "/S")
    station("does not update while it is open", code == LOCKED, f"ends with {code}")
    person.run("taskkill", "/F", "/IM", "longshorew.exe")
    opened.wait(60)
    time.sleep(2)


def _looking(person: Person, station: Station) -> None:
    large = large_file(person.local / "Temp" / "large.mrc")

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*person.start, str(person.program / "longshorew.exe"), _named(large)],
            env=person.surroundings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    def kill(window: subprocess.Popen[bytes]) -> None:
        person.run("taskkill", "/F", "/IM", "longshorew.exe")
        window.wait(60)

    def lives() -> bool:
        if sys.platform == "win32":
            return "longshore.exe" in person.run("tasklist", "/FI", "IMAGENAME eq longshore.exe")[1]
        return any(_is_looking(place) for place in Path("/proc").glob("[0-9]*"))

    watched(start, kill, lives, person.data / "Logs" / "longshore.log", station)
    large.unlink()


def _is_looking(process: Path) -> bool:
    """Whether it is a program of Wine that looks into files."""
    try:
        command = (process / "cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return "longshore.exe" in command and ARGUMENT in command


def _cut_off(person: Person) -> AbstractContextManager[Interrupted]:
    """An upload of the installed version, killed in the middle."""
    copy = person.local / "Temp" / "servers"
    shutil.copytree(person.program, copy, dirs_exist_ok=True)
    # Programs are ended by the name of their file.
    (copy / "longshore.exe").rename(copy / "servers.exe")
    file = made_records(person.local / "Temp" / "many books.mrc", RECORDS)

    def start(command: Sequence[str], known: Mapping[str, str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*person.start, *command],
            env={**person.surroundings, **known},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )

    def kill(running: subprocess.Popen[str]) -> None:
        name = "servers.exe" if "servers" in str(running.args) else "longshore.exe"
        person.run("taskkill", "/F", "/IM", name)

    program = str(person.program / "longshore.exe")
    return interrupted(start, program, str(copy / "servers.exe"), _named(file), kill)


def _named(file: Path) -> str:
    """What Windows calls it."""
    return str(file) if sys.platform == "win32" else f"Z:{file}".replace("/", "\\")


def _entries(person: Person, station: Station) -> None:
    link = person.link.read_bytes() if person.link.is_file() else b""
    station("is in the Start menu", bool(link), person.link.name)
    if sys.platform == "win32":
        # Wine takes this name and does not keep it.
        named = APP_ID.encode("utf-16-le") in link or APP_ID.encode() in link
        station("under the taskbar's name for it", named, APP_ID)
    listed = person.registry(UNINSTALL)
    wanted = ("DisplayName", "DisplayVersion", "UninstallString", "EstimatedSize")
    station("is in the list of programs", all(name in listed for name in wanted), "")
    for ending in (".mrc", ".fpr", ".csv"):
        offered = APP_ID in person.registry(rf"{CLASSES}\{ending}\OpenWithProgids")
        opens = "longshorew.exe" in person.registry(rf"{CLASSES}\{APP_ID}\shell\open\command")
        station(f"opens {ending} files", offered and opens, "")


def _uninstalled(person: Person, before: set[str], installer: Path, station: Station) -> None:
    uninstall = person.program / "uninstall.exe"
    _finished(person, uninstall, "/S")
    left = _tree(person) - before
    data = {name for name in left if name.startswith("data/")}
    station("uninstalls and keeps the data", bool(data), f"{len(data)} files")
    others = sorted(left - data)
    station("leaves nothing else", not others, " ".join(others[:5]))
    traces = [key for key in (UNINSTALL, rf"{CLASSES}\{APP_ID}") if person.registry(key)]
    station("nor in the registry", not traces, " ".join(traces))
    person.run(installer, "/S")
    _finished(person, uninstall, "/S", "/DATA")
    station("deletes the data if asked to", not person.data.exists(), "")


def _finished(person: Person, uninstall: Path, *options: str) -> None:
    """The uninstaller goes on from a copy of itself, so its end is when its own file is gone."""
    person.run(uninstall, *options)
    deadline = time.monotonic() + 60
    while uninstall.exists() and time.monotonic() < deadline:
        time.sleep(0.5)
    time.sleep(2)


def _tree(person: Person) -> set[str]:
    """Files where programs are put; elsewhere others write meanwhile."""
    roots = {
        "data": person.data,
        "programs": person.local / "Programs",
        "menu": person.link.parent,
        "desktop": person.local.parent.parent / "Desktop",
    }
    return {
        f"{name}/{path.relative_to(root).as_posix()}"
        for name, root in roots.items()
        for path in root.rglob("*")
    }
