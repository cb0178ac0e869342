"""What the desktop learns about the program, on each system, is the same and is true."""

import configparser
import plistlib
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import macos
import pytest
from release import APP_ID, Release, release

from app import __version__
from app.servers import families

ROOT = Path(__file__).resolve().parents[2]
RESOURCES = ROOT / "resources"
ENTRY = RESOURCES / f"{APP_ID}.desktop"
METAINFO = RESOURCES / f"{APP_ID}.metainfo.xml"
KINDS = RESOURCES / "mime" / f"{APP_ID}.xml"
INSTALLER = ROOT / "packaging" / "windows" / "installer.nsi"
SHARED = "{http://www.freedesktop.org/standards/shared-mime-info}"


def entry() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(ENTRY, encoding="utf-8")
    return parser


def kinds() -> set[str]:
    return set(filter(None, entry()["Desktop Entry"]["MimeType"].split(";")))


def endings() -> set[str]:
    globs = ET.parse(KINDS).getroot().iter(f"{SHARED}glob")
    return {str(glob.get("pattern")).removeprefix("*") for glob in globs}


def taken() -> set[str]:
    return {ending for family in families().values() for ending in family.takes}


def test_every_kind_of_file_is_known_to_the_desktop() -> None:
    defined = {kind.get("type") for kind in ET.parse(KINDS).getroot()}
    # Of CSV files every desktop knows already.
    assert kinds() == defined | {"text/csv"}


def test_the_software_centre_tells_the_same_kinds() -> None:
    told = {kind.text for kind in ET.parse(METAINFO).getroot().iter("mediatype")}
    assert told == kinds()


def test_files_that_open_are_files_that_some_server_takes() -> None:
    # The last is MARCXML by its whole name; servers take it as .xml too.
    assert endings() - {".marcxml"} <= taken()
    assert {".mrc", ".fpr"} <= endings()


def test_windows_offers_the_same_files() -> None:
    text = INSTALLER.read_text(encoding="utf-8")
    offered = set(re.findall(r'insertmacro \$\{MACRO\} "(\.\w+)"', text))
    assert offered == endings() - {".marcxml"} | {".csv"}


def test_macos_offers_the_same_files() -> None:
    offered = {f".{ending}" for _, _, names, _, _ in macos.TYPES for ending in names}
    assert offered == endings() - {".marcxml"}
    assert {kind for *_, kind, _ in macos.TYPES} <= kinds()
    whole = plistlib.loads(plistlib.dumps(macos.info(Release("1.2.3", 0))))
    known = {one["UTTypeIdentifier"] for one in whole["UTImportedTypeDeclarations"]}
    wanted = {kind for one in whole["CFBundleDocumentTypes"] for kind in one["LSItemContentTypes"]}
    assert wanted - known == {"public.comma-separated-values-text"}
    assert whole["CFBundleShortVersionString"] == "1.2.3" and whole["NSHighResolutionCapable"]


def test_the_program_has_one_name_everywhere() -> None:
    root = ET.parse(METAINFO).getroot()
    assert root.findtext("id") == APP_ID
    assert root.findtext("launchable") == ENTRY.name
    assert entry()["Desktop Entry"]["Icon"] == APP_ID
    for text in (
        INSTALLER.read_text(encoding="utf-8"),
        (ROOT / "app" / "desktop.py").read_text(encoding="utf-8"),
        (ROOT / "packaging" / "frozen" / "surroundings.py").read_text(encoding="utf-8"),
    ):
        assert f'"{APP_ID}"' in text


def test_actions_of_the_entry_are_all_there() -> None:
    parser = entry()
    actions = [name for name in parser["Desktop Entry"]["Actions"].split(";") if name]
    for action in actions:
        assert parser[f"Desktop Action {action}"]["Exec"].startswith("longshore ")


def test_the_newest_release_is_this_version() -> None:
    newest = next(ET.parse(METAINFO).getroot().iter("release"))
    assert newest.get("version") == __version__ == release().version


@pytest.mark.parametrize(
    "command",
    [
        ["desktop-file-validate", str(ENTRY)],
        ["appstreamcli", "validate", "--no-net", str(METAINFO)],
    ],
    ids=lambda command: command[0],
)
def test_the_standard_tools_agree(command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_marc_is_known_by_its_contents(tmp_path: Path) -> None:
    """A desktop with these definitions tells MARC records by their leader, whatever their name."""
    if shutil.which("update-mime-database") is None or shutil.which("gio") is None:
        pytest.skip("shared-mime-info or gio is not installed")
    from app.demo_files import marc_record

    packages = tmp_path / "share" / "mime" / "packages"
    packages.mkdir(parents=True)
    shutil.copy(KINDS, packages)
    subprocess.run(["update-mime-database", packages.parent], check=True, capture_output=True)
    nameless = tmp_path / "export of May"
    nameless.write_bytes(marc_record(1))
    done = subprocess.run(
        ["gio", "info", "-a", "standard::content-type", nameless],
        env={"XDG_DATA_HOME": str(tmp_path / "share"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "application/marc" in done.stdout
