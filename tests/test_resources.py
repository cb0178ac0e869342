"""The icon set is one set: one grid, one colour that can be replaced, one weight of line."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

RESOURCES = Path(__file__).resolve().parent.parent / "resources"
ICONS = sorted((RESOURCES / "icons").glob("*.svg"))
APPLICATION = "io.github.longshore.Longshore"


@pytest.mark.parametrize("path", ICONS, ids=lambda path: path.stem)
def test_an_icon_can_be_tinted_and_stands_on_the_grid(path: Path) -> None:
    root = ET.fromstring(path.read_text(encoding="utf-8"))
    assert root.get("viewBox") == "0 0 24 24"
    assert root.get("stroke-width") == "1.75"
    colours = {
        element.get(paint)
        for element in root.iter()
        for paint in ("fill", "stroke", "stop-color")
        if element.get(paint) not in (None, "none")
    }
    assert colours == {"#000000"}
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", path.stem)


def test_the_application_has_its_icon_in_colour_and_as_a_symbol() -> None:
    for name in (f"{APPLICATION}.svg", f"{APPLICATION}-symbolic.svg"):
        assert ET.fromstring((RESOURCES / name).read_text(encoding="utf-8")).get("viewBox")
