"""Where dropped files belong, when the chosen server is not for them."""

from __future__ import annotations

from app.core.destinations import Destination
from app.viewmodels.suggestion import suggested

from .made import family

LIBRARY = family(key="library", takes=(".mrc",))
SCANS = family(key="scans", takes=(".fpr",))
ROSTERS = family(key="rosters", takes=(".csv",))
HERE, THERE, ELSEWHERE = (Destination(n, f, n) for n, f in (("a", "s"), ("b", "s"), ("c", "r")))
OTHERS = [(HERE, SCANS), (THERE, SCANS), (ELSEWHERE, ROSTERS)]


def test_files_the_current_server_takes_stay_there() -> None:
    assert suggested(["a.mrc", "B.MRC"], LIBRARY, OTHERS) is None
    assert suggested(["a.docx", "a"], LIBRARY, OTHERS) is None
    assert suggested([], LIBRARY, OTHERS) is None


def test_the_first_server_for_most_of_the_others_is_suggested() -> None:
    found = suggested(["a.mrc", "b.FPR", "c.csv", "d.fpr"], LIBRARY, OTHERS)
    assert found is not None
    assert (found.destination, found.name, found.files) == (HERE, "b.FPR", 2)
