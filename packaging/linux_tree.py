"""What a Linux package puts under /usr: the frozen program and its place in the desktop."""

import gzip
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import bundle
from bundle import FROZEN, Notice, Workshop
from release import APP_ID, WORK, Release, fresh
from steps import ROOT, Command, StepFailed, step

PROGRAM = "longshore"
LIBRARY = Path("usr/lib") / PROGRAM
# Plugins that are loaded only where their desktop or service runs, which then has the libraries.
OPTIONAL = ("libqgtk3.so", "libqnetworkmanager.so", "libqconnman.so", "libqglib.so")
ICON_SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)


@dataclass(frozen=True, slots=True)
class Tree:
    """`root` holds `usr`; `programs` are the files of machine code in it."""

    root: Path
    programs: tuple[Path, ...]
    notices: tuple[Notice, ...]

    @property
    def library(self) -> Path:
        return self.root / LIBRARY


def tree(release: Release) -> Tree:
    """Freezes the program for a package manager and lays everything out."""
    _require("patchelf")
    workshop = bundle.here()
    pictures = bundle.icons(workshop)
    program = bundle.frozen(release, workshop, name="linux", system_libraries=True)
    root = fresh(WORK / "linux" / "root")
    library = root / LIBRARY
    library.parent.mkdir(parents=True)
    program.rename(library)
    desktop(root / "usr" / "share", pictures)
    _terminal(root / "usr" / "share", release, workshop)
    link = root / "usr" / "bin" / PROGRAM
    link.parent.mkdir()
    link.symlink_to(f"../lib/{PROGRAM}/{PROGRAM}")
    programs = _machine_code(library)
    _forget_build_machine(programs)
    _modes(root, library / PROGRAM)
    return Tree(root, programs, tuple(bundle.notices(workshop)))


def written(path: Path, data: bytes | str) -> None:
    """Writes a file and the folders it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


def packed(text: str) -> bytes:
    """gzip without a name or a time in it."""
    return gzip.compress(text.encode(), 9, mtime=0)


def desktop(share: Path, pictures: Path) -> None:
    """The entry in the menu, its icons, its description and the kinds of files it opens."""
    resources = ROOT / "resources"
    for name, folder in (
        (f"{APP_ID}.desktop", "applications"),
        (f"{APP_ID}.metainfo.xml", "metainfo"),
        (f"mime/{APP_ID}.xml", "mime/packages"),
    ):
        written(share / folder / Path(name).name, (resources / name).read_bytes())
    icons = share / "icons" / "hicolor"
    for size in ICON_SIZES:
        picture = (pictures / f"{size}.png").read_bytes()
        written(icons / f"{size}x{size}" / "apps" / f"{APP_ID}.png", picture)
    for folder, name in (("scalable", APP_ID), ("symbolic", f"{APP_ID}-symbolic")):
        drawing = (resources / f"{name}.svg").read_bytes()
        written(icons / folder / "apps" / f"{name}.svg", drawing)


def _terminal(share: Path, release: Release, workshop: Workshop) -> None:
    date = datetime.fromtimestamp(release.epoch, UTC).date().isoformat()

    def made(form: str) -> str:
        source = WORK / "linux" / "source"
        script: Command = [workshop.drawing, FROZEN / "command_line.py", source, form, date]
        asked = subprocess.run(script, capture_output=True, text=True, check=False)
        if asked.returncode != 0:
            raise StepFailed(asked.stderr.strip())
        return str(asked.stdout)

    written(share / "man" / "man1" / f"{PROGRAM}.1.gz", packed(made("man")))
    written(share / "bash-completion" / "completions" / PROGRAM, made("bash"))
    written(share / "zsh" / "vendor-completions" / f"_{PROGRAM}", made("zsh"))
    written(share / "fish" / "vendor_completions.d" / f"{PROGRAM}.fish", made("fish"))


def _machine_code(library: Path) -> tuple[Path, ...]:
    found = []
    for path in sorted(library.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                if file.read(4) == b"\x7fELF":
                    found.append(path)
    return tuple(found)


def _forget_build_machine(programs: Sequence[Path]) -> None:
    """Python's own modules look for libraries in the folder they were built in; Qt's do not."""
    strangers: list[str | Path] = []
    for path in programs:
        asked = subprocess.run(
            ["patchelf", "--print-rpath", path], capture_output=True, text=True, check=False
        )
        places = [place for place in asked.stdout.strip().split(":") if place]
        if any(not place.startswith("$ORIGIN") for place in places):
            strangers.append(path)
    if strangers:
        step("Forgetting the build machine", ["patchelf", "--remove-rpath", *strangers])


def _modes(root: Path, program: Path) -> None:
    for path in root.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path == program else 0o644)
    root.chmod(0o755)


def _require(*tools: str) -> None:
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        raise StepFailed(f"Building this needs {', '.join(missing)}, which is not installed.")
