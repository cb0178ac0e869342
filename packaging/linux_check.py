"""`package deb --check`: the package on a clean system without Python, from install to purge.

`package rpm --check` does the same with rpm, on the same Debian: it shows that the package is
whole, not that Fedora's libraries have the names it asks for. Needs root, mmdebstrap and the
network of packages; Xvfb for the window. The system is a folder under build/ and is removed at the
end.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import deb
from clean_system import ADD, HOME, PERSON, Apt, Manager, Rpm, System, bare, clean_system
from interrupted import RECORDS, Interrupted, interrupted, made_records
from looking import ARGUMENT, large_file, watched
from release import APP_ID, WORK, fresh, release
from screen import shot, window
from steps import StepFailed

# What a desktop has, for its entry and its kinds of files. The last leaves its certificates behind
# when it is purged, so it is not counted among the traces.
DESKTOP = (
    *("libglib2.0-bin", "shared-mime-info", "desktop-file-utils", "xdg-utils", "file"),
    *("fonts-dejavu-core", "ca-certificates"),
)
PICTURES = WORK / "check"

CSV = "user_username,user_name,user_password\nada,Ada Pilot,Tide&Rope-1!\n"

Station = Callable[[str, bool, str], None]
"""Notes a part of the package's life: its title, whether it went well, and more words."""


def check_deb(package: Path, older: Path) -> int:
    """Goes through a package's life and prints a line for each station; 0 when all went well."""
    return _checked(Apt, package, older, lambda: ("lintian has no errors", _lintian(package)))


def check_rpm(package: Path, older: Path) -> int:
    """As `check_deb`; what the program needs is taken from a Debian package of the same tree."""
    told = subprocess.run(
        ["dpkg-deb", "-f", _deb(), "Depends"], capture_output=True, text=True, check=True
    )
    needs = tuple(bare(one) for one in told.stdout.split(","))

    def manager(system: System) -> Manager:
        return Rpm(system, needs)

    title = "its files and needs are as they should be"
    return _checked(manager, package, older, lambda: (title, _rpm_faults(package)))


def _deb() -> Path:
    return deb.build(release(), quick=True, folder=WORK / "needs")


def _rpm_faults(package: Path) -> list[str]:
    """What is wrong with the package's own papers."""
    query = ["rpm", "--query", "--package", str(package)]
    asked = {
        what: subprocess.run([*query, what], capture_output=True, text=True, check=True).stdout
        for what in ("--requires", "--provides", "--list")
    }
    faults = [f"it offers {line}" for line in asked["--provides"].splitlines() if ".so" in line]
    faults += [f"it needs {line}" for line in asked["--requires"].splitlines() if "Qt6" in line]
    wanted = ("/usr/bin/longshore", f"/usr/share/applications/{APP_ID}.desktop")
    return faults + [f"{file} is missing" for file in wanted if file not in asked["--list"]]


def _checked(
    manager: Callable[[System], Manager],
    package: Path,
    older: Path,
    papers: Callable[[], tuple[str, list[str]]],
) -> int:
    _require()
    outcome = []

    def station(title: str, good: bool, said: str) -> None:
        outcome.append(good)
        print(f"{'ok    ' if good else 'FAILED'}  {title}{': ' + said if said else ''}", flush=True)

    with clean_system() as system:
        _life(system, manager(system), package, older, station)
    title, complaints = papers()
    station(title, not complaints, "; ".join(complaints[:5]))
    return 0 if all(outcome) else 1


def _life(system: System, manager: Manager, package: Path, older: Path, station: Station) -> None:
    system.run("useradd", "--create-home", PERSON)
    has_python = system.tried("which", "python3")[0] == 0
    station("no Python on the system", not has_python, "")
    system.run("apt-get", "update")
    system.run(*ADD, *DESKTOP)
    clean = system.files()
    manager.install(older)
    first = manager.version()
    station("installs", True, first)
    home = system.root / HOME.lstrip("/")
    settings = ["--set", "url=http://127.0.0.1:9", "--set", "tenant=diku", "--set", "username=ada"]
    add = ["longshore", "destinations", "add", "folio", "Library", *settings]
    system.run("env", "LONGSHORE_SECRET=made-up", *add, person=True)
    with _cut_off(system) as upload:
        before = _contents(home)
        manager.install(package)
        second = manager.version()
        station("updates over an older one", second != first, f"{first} to {second}")
        station("keeps the person's data", _contents(home) == before, f"{len(before)} files")
        waiting = [f"{one['path']}: {one['text']}" for one in upload.waiting()]
        station("knows the upload that was cut off", len(waiting) == 1, " ".join(waiting))
        code, said = upload.goes_on()
        station("and brings it to its end", code == 0, said)
    kept = system.run("longshore", "destinations", person=True)
    station("and understands it", "Library" in kept, " ".join(kept.split()))
    code, said = system.tried("longshore", "--self-test", person=True)
    print(said.rstrip())
    station("--self-test", code == 0, "")
    code, said = system.tried("longshore", "demo", person=True)
    station("demo", code == 0, said.strip().splitlines()[-1] if said.strip() else "")
    _windows(system, station)
    _looking(system, station)
    before = _contents(home)
    manager.remove()
    station("remove keeps the person's data", before.items() <= _contents(home).items(), "")
    manager.install(package)
    manager.purge()
    left = sorted(system.files() - clean)
    station("purge leaves the system as it was", not left, " ".join(left[:8]))
    station("and the person's data", before.items() <= _contents(home).items(), "")
    listed = system.run("sh", "-c", f"grep -c {APP_ID} /usr/share/applications/mimeinfo.cache||:")
    station("and no entry in the desktop's lists", listed.strip() == "0", "")


def _cut_off(system: System) -> AbstractContextManager[Interrupted]:
    """An upload of the installed version, killed in the middle."""
    servers = "/tmp/servers/longshore"
    system.run("cp", "-a", "/usr/lib/longshore", "/tmp/servers")
    file = f"{HOME}/many books.mrc"
    made = _marc(RECORDS)
    shutil.copy(made, system.root / file.lstrip("/"))

    def start(command: Sequence[str], known: Mapping[str, str]) -> subprocess.Popen[str]:
        told = [f"{name}={value}" for name, value in known.items()]
        return subprocess.Popen(
            [*system.prefix(True), *told, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )

    return interrupted(start, "longshore", servers, file, subprocess.Popen.kill)


def _windows(system: System, station: Station) -> None:
    """The window by its desktop entry and by the files it is for."""
    if not system.display:
        station("the window, which needs Xvfb", False, "")
        return
    entry = f"/usr/share/applications/{APP_ID}.desktop"
    folder = f"{HOME}/To send"
    system.run("mkdir", "-p", folder, person=True)
    shutil.copy(_marc(12), system.root / f"{folder}/new books.mrc".lstrip("/"))
    system.write(f"{folder}/roster.csv", CSV)
    system.write(f"{folder}/scan.fpr", "PK\x05\x06" + "\0" * 18)
    for name, kind in (
        ("new books.mrc", "application/marc"),
        ("roster.csv", "text/csv"),
        ("scan.fpr", "application/x-fortify-fpr"),
    ):
        told = system.run("gio", "info", "-a", "standard::content-type", f"{folder}/{name}")
        station(f"{name} is {kind}", kind in told, "")
        ours = system.run("gio", "mime", kind)
        station(f"{kind} opens with Longshore", APP_ID in ours, "")
    for title, command in (
        ("desktop entry", ["gio", "launch", entry]),
        (
            "desktop entry with files",
            [
                "gio",
                "launch",
                entry,
                *(f"{folder}/{name}" for name in ("new books.mrc", "roster.csv", "scan.fpr")),
            ],
        ),
        ("xdg-open", ["xdg-open", f"{folder}/new books.mrc"]),
    ):
        with _started(system, command):
            seen = window(system.display)
            told = " ".join(_running(system))
            picture = PICTURES / f"{title.replace(' ', '-')}.png"
            shot(system.display, picture)
        files = [part for part in command if part.startswith(HOME)]
        good = bool(seen) and all(file in told for file in files)
        station(f"a window by {title}", good, f"{seen} {picture.name}")


def _looking(system: System, station: Station) -> None:
    file = f"{HOME}/large.mrc"
    large_file(system.root / file.lstrip("/"))
    quiet = subprocess.DEVNULL

    def start() -> subprocess.Popen[bytes]:
        command = [*system.prefix(True), "longshore", file]
        return subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)

    def kill(window: subprocess.Popen[bytes]) -> None:
        window.kill()
        window.wait()

    log = system.root / HOME.lstrip("/") / ".local/state/longshore/log/longshore.log"
    watched(start, kill, lambda: ARGUMENT in _running(system), log, station)


def _marc(records: int) -> Path:
    """A file of records, made by the program's own demo."""
    return made_records(PICTURES / f"{records}.mrc", records)


def _contents(home: Path) -> dict[str, bytes]:
    places = [home / ".config" / "longshore", home / ".local" / "state" / "longshore"]
    return {
        str(path.relative_to(home)): path.read_bytes()
        for place in places
        for path in place.rglob("*")
        if path.is_file() and path.suffix not in (".log",)
    }


@contextmanager
def _started(system: System, command: Sequence[str]) -> Iterator[None]:
    """Runs it as the person; afterwards nothing of the program runs."""
    began = subprocess.Popen(
        [*system.prefix(True), *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        time.sleep(6)
        yield
    finally:
        for pid in _pids(system):
            with _gone():
                os.kill(pid, 15)
        # It writes down where it is before it ends.
        deadline = time.monotonic() + 10
        while _pids(system) and time.monotonic() < deadline:
            time.sleep(0.1)
        began.kill()
        began.wait()


@contextmanager
def _gone() -> Iterator[None]:
    try:
        yield
    except (ProcessLookupError, FileNotFoundError):
        return


def _pids(system: System) -> list[int]:
    """The processes of the installed program, which are those run from inside the system."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if str(system.root / "usr/lib/longshore/longshore") == str((place / "exe").readlink()):
                found.append(int(place.name))
        except OSError:
            continue
    return found


def _running(system: System) -> list[str]:
    lines = []
    for pid in _pids(system):
        with _gone():
            data = Path(f"/proc/{pid}/cmdline").read_bytes()
            lines += data.decode(errors="replace").split("\0")
    return lines


def _lintian(package: Path) -> list[str]:
    if shutil.which("lintian") is None:
        return ["lintian is not installed"]
    asked = subprocess.run(
        ["lintian", "--allow-root", "--tag-display-limit", "0", package],
        capture_output=True,
        text=True,
        check=False,
    )
    for line in asked.stdout.splitlines():
        print(f"        {line}")
    return [line for line in asked.stdout.splitlines() if line.startswith("E:")]


def _require() -> None:
    if os.geteuid() != 0:
        raise StepFailed("This makes a system of its own, which needs root.")
    missing = [tool for tool in ("mmdebstrap", "chroot") if shutil.which(tool) is None]
    if missing:
        raise StepFailed(f"This needs {', '.join(missing)}.")
    fresh(PICTURES)
