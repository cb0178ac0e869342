"""The installer for Windows: built there, or on Linux under Wine."""

import os
import shutil
import sys
from pathlib import Path

import bundle
import wine
from release import DIST, HOMEPAGE, SUMMARY, WORK, Release
from steps import ROOT, Command, StepFailed, step

RECIPES = ROOT / "packaging" / "windows"
SIGN = "LONGSHORE_SIGN_WINDOWS"
"""A command that signs the file whose path is put behind it; unset: nothing is signed."""


def build(release: Release, *, quick: bool = False, folder: Path = DIST) -> Path:
    """Writes Longshore-VERSION-windows-x64.exe; `quick` packs it in seconds, for trying."""
    makensis = _makensis()
    workshop = bundle.here() if sys.platform == "win32" else wine.workshop()
    pictures = bundle.icons(workshop)
    resource = WORK / "windows-version.txt"
    resource.parent.mkdir(parents=True, exist_ok=True)
    resource.write_text(_version_resource(release), encoding="utf-8")
    program = bundle.frozen(
        release,
        workshop,
        name="windows",
        icon=workshop.path(pictures / "longshore.ico"),
        version_resource=workshop.path(resource),
        manifest=(RECIPES / "longshore.manifest").read_text(encoding="utf-8"),
    )
    if strangers := wine.strangers(program):
        raise StepFailed(f"Parts of Wine are among the files: {', '.join(strangers)}")
    for name in ("longshore.exe", "longshorew.exe"):
        _sign(program / name)
    bundle.stamp(program, release.epoch)
    folder.mkdir(parents=True, exist_ok=True)
    installer = folder / f"Longshore-{release.version}-windows-x64.exe"
    facts = {
        "SOURCE": program,
        "VERSION": release.version,
        "NUMBERS": ".".join(map(str, release.numbers)),
        "ICON": pictures / "longshore.ico",
        "LICENCE": ROOT / "LICENSE",
        "HOMEPAGE": HOMEPAGE,
        "OUTPUT": installer,
        **({"QUICK": "1"} if quick else {}),
        **({"SIGN": os.environ[SIGN]} if os.environ.get(SIGN) else {}),
    }
    defined = [f"-D{name}={value}" for name, value in facts.items()]
    script: Command = [makensis, "-V2", "-WX", *defined, RECIPES / "installer.nsi"]
    step("Packing the installer", script, {"SOURCE_DATE_EPOCH": str(release.epoch)})
    return installer


def _sign(file: Path) -> None:
    if command := os.environ.get(SIGN):
        import shlex

        step(f"Signing {file.name}", [*shlex.split(command), file])


def _makensis() -> str:
    usual = Path(os.environ.get("PROGRAMFILES(X86)", "/")) / "NSIS" / "makensis.exe"
    found = shutil.which("makensis") or (str(usual) if usual.is_file() else None)
    if found is None:
        raise StepFailed("Building this needs NSIS (makensis), which is not installed.")
    return found


def _version_resource(release: Release) -> str:
    """What the properties of the file show, in the form PyInstaller reads."""
    words = {
        "CompanyName": "The Longshore developers",
        "FileDescription": "Longshore",
        "FileVersion": release.version,
        "InternalName": "longshore",
        "LegalCopyright": "Apache License 2.0",
        "OriginalFilename": "longshore.exe",
        "ProductName": "Longshore",
        "ProductVersion": release.version,
        "Comments": SUMMARY,
    }
    strings = ", ".join(f"StringStruct({name!r}, {text!r})" for name, text in words.items())
    return (
        f"VSVersionInfo(ffi=FixedFileInfo(filevers={release.numbers}, prodvers={release.numbers}),"
        f"kids=[StringFileInfo([StringTable('040904B0', [{strings}])]),"
        "VarFileInfo([VarStruct('Translation', [1033, 1200])])])\n"
    )
