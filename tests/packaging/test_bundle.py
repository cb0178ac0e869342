"""What goes into the frozen program, and with which icons and licences."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bundle import Notice
from PySide6.QtGui import QImage, QImageReader
from release import Release, with_version
from sbom import bill
from trimming import UNUSED_MODULES, from_system, needed

ROOT = Path(__file__).resolve().parents[2]
FROZEN = ROOT / "packaging" / "frozen"


@pytest.mark.parametrize(
    "name",
    [
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/platforms/libqwayland.so",
        "PySide6/Qt/plugins/platforms/libqoffscreen.so",
        "PySide6/plugins/platforms/qwindows.dll",
        "PySide6\\plugins\\platforms\\qoffscreen.dll",
        "PySide6/Qt/plugins/platforms/libqcocoa.dylib",
        "PySide6/Qt/plugins/imageformats/libqsvg.so",
        "PySide6/Qt/plugins/iconengines/libqsvgicon.so",
        "PySide6/Qt/lib/libQt6Svg.so.6",
        "PySide6/Qt/lib/libQt6DBus.so.6",
        "PySide6/Qt/translations/qtbase_de.qm",
        "keyring-25.7.0.dist-info/entry_points.txt",
        "app/_resources/icons/add.svg",
    ],
)
def test_what_the_program_uses_stays(name: str) -> None:
    assert needed(name)


@pytest.mark.parametrize(
    "name",
    [
        "PySide6/Qt/lib/libQt6Quick.so.6",
        "PySide6/Qt6OpenGL.dll",
        "PySide6\\opengl32sw.dll",
        "PySide6/Qt/plugins/platforms/libqeglfs.so",
        "PySide6\\plugins\\imageformats\\qtiff.dll",
        "PySide6/Qt/plugins/xcbglintegrations/libqxcb-glx-integration.so",
        "PySide6/Qt/translations/designer_de.qm",
        "click-8.5.1.dist-info/RECORD",
    ],
)
def test_what_it_does_not_use_goes(name: str) -> None:
    assert not needed(name)


@pytest.mark.parametrize("name", ["libssl.so.3", "libX11.so.6", "libstdc++.so.6"])
def test_the_package_manager_brings_the_systems_libraries(name: str) -> None:
    assert from_system(name)


@pytest.mark.parametrize(
    "name", ["libpython3.11.so.1.0", "PySide6/Qt/lib/libQt6Core.so.6", "libicudata.so.73"]
)
def test_the_bundle_brings_its_own(name: str) -> None:
    assert not from_system(name)


def test_no_module_that_is_left_out_is_used() -> None:
    program = "import sys, pkgutil, importlib, app\n"
    program += "for one in pkgutil.walk_packages(app.__path__, 'app.'):\n"
    program += "    one.name.endswith('__main__') or importlib.import_module(one.name)\n"
    program += "print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert len(loaded) > 300
    assert loaded & set(UNUSED_MODULES) == set()


def test_every_work_of_others_has_its_licence() -> None:
    done = subprocess.run(
        [sys.executable, FROZEN / "notices.py"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    notices = {one["name"]: one for one in json.loads(done.stdout)}
    assert {"Python", "OpenSSL", "PySide6_Essentials", "starlette"} <= notices.keys()
    assert all(one["licence"] and all(one["texts"]) for one in notices.values())
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in notices["PySide6_Essentials"]["texts"][0]


def test_icons_for_every_system(tmp_path: Path) -> None:
    drawing = ROOT / "resources" / "io.github.longshore.Longshore.svg"
    subprocess.run(
        [sys.executable, FROZEN / "draw_icons.py", drawing, tmp_path],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        check=True,
    )
    image = QImage(str(tmp_path / "48.png"))
    assert (image.width(), image.height()) == (48, 48)
    assert image.pixelColor(0, 0).alpha() == 0 and image.pixelColor(24, 12).alpha() == 255
    reader = QImageReader(str(tmp_path / "longshore.ico"))
    assert reader.imageCount() == 6
    apple = (tmp_path / "longshore.icns").read_bytes()
    assert apple[:4] == b"icns" and int.from_bytes(apple[4:8], "big") == len(apple)


def test_a_release_may_have_another_version() -> None:
    text = (ROOT / "app" / "__init__.py").read_text(encoding="utf-8")
    assert '__version__ = "0.0.1"' in with_version(text, "0.0.1")
    assert Release("1.2", 0).numbers == (1, 2, 0, 0)


def test_the_bill_of_materials_names_every_part_once() -> None:
    parts = [
        Notice("Python", "3.11.7", "PSF-2.0", ("…",)),
        Notice("PySide6_Essentials", "6.11.3", "LGPL-3.0-only OR GPL-3.0-only", ("…",)),
    ]
    told = bill(Release("1.2.3", 86_400), parts)
    assert told == bill(Release("1.2.3", 86_400), parts)
    addresses = [part["purl"] for part in told["components"]]  # type: ignore[attr-defined]
    assert addresses == ["pkg:generic/python@3.11.7", "pkg:pypi/pyside6-essentials@6.11.3"]
    assert told["dependencies"][0]["dependsOn"] == addresses  # type: ignore[index]
