"""A file is on its way from its first upload's beginning to its last one's end."""

from __future__ import annotations

from dataclasses import replace

from app.core.uploads import Phase, Source, Upload
from app.viewmodels.in_delivery import InDelivery
from app.viewmodels.listed import Moved

SOURCE = Source("/in/a.mrc", 7, 1)


def test_a_file_is_on_its_way_until_all_its_uploads_ended() -> None:
    first, second = (
        Upload(id, "s1", SOURCE, options={}, batch=1, phase=Phase.QUEUED) for id in (1, 2)
    )
    done = replace(first, phase=Phase.DONE)
    known = InDelivery()
    known.moved([Moved(None, first), Moved(None, second)])
    known.moved([Moved(first, replace(first, phase=Phase.SENDING))])
    assert known.has("s1", SOURCE)
    assert not known.has("s2", SOURCE) and not known.has("s1", replace(SOURCE, changed_ns=2))
    known.moved([Moved(replace(first, phase=Phase.SENDING), done)])
    assert known.has("s1", SOURCE)
    known.moved([Moved(second, None)])
    assert not known.has("s1", SOURCE)
    known.moved([Moved(done, first)])
    assert known.has("s1", SOURCE)
