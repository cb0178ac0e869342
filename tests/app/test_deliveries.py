"""Window, engine and built-in servers together: whole deliveries, and leaving in the middle."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app import demo, logs, tour
from app.core.problems import SignInProblem
from app.demo_files import demo_files, write_marc
from app.desktop import Desk, Guide, opened
from app.sandbox.faults import Fault
from app.viewmodels.details import Details
from app.viewmodels.leaving import leaving
from app.viewmodels.row import Kind, RowAction

Ui = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("qapp")


@contextmanager
def stand(*faults: Fault | str, pace: float = 40.0) -> Iterator[demo.Demo]:
    with demo.running(pace=pace, faults=faults) as running:
        yield running


def run(ui: Ui, qapp: QApplication, running: demo.Demo, guide: Guide, **facts: Any) -> int:
    with logs.kept(running.places.logs):
        code = ui(opened(qapp, running.places, running, facts.pop("paths", []), guide), limit=60)
    assert isinstance(code, int)
    text = "".join(path.read_text() for path in running.places.logs.iterdir())
    for served in running.servers:
        assert served.secret not in text
    return code


async def until(true: Callable[[], bool], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


async def ready(desk: Desk, count: int) -> None:
    await until(lambda: len(desk.uploader.intake.ready) == count)
    await until(lambda: desk.uploader.aim.options.valid)


def codes(desk: Desk) -> list[str]:
    return [desk.uploader.uploads.code(id) for id in desk.uploader.uploads.ids()]


def test_files_arrive_on_both_ways_with_the_servers_counts(
    ui: Ui, qapp: QApplication, tmp_path: Path
) -> None:
    made = [one for one in demo_files(tmp_path) if one.family == "folio"]

    async def guide(desk: Desk) -> int:
        libraries = [one for one in desk.uploader.destinations.all if one.family == "folio"]
        assert len(libraries) == 2
        for destination in libraries:
            desk.uploader.aim.choose(destination.id)
            desk.uploader.add([one.path for one in made])
            await ready(desk, len(made))
            desk.uploader.upload()
            await until(lambda: not desk.uploader.intake.drafts)
        await until(lambda: len(codes(desk)) == 6 and not desk.uploader.status.busy)
        assert sorted(codes(desk)) == ["done"] * 4 + ["done_with_errors"] * 2
        by_path = {str(one.path): one for one in made}
        for id in desk.uploader.uploads.ids():
            upload = desk.uploader.uploads.upload(id)
            assert upload is not None and upload.result is not None
            file = by_path[upload.source.path]
            assert upload.result.counts["created"] == file.records - file.bad
            assert upload.result.failed == file.bad
            whole = hashlib.sha256(file.path.read_bytes()).hexdigest()
            assert upload.sha256 in ("", whole)
        assert desk.uploader.uploads.counts()[Kind.DONE] == 6
        return 7

    with stand() as running:
        assert run(ui, qapp, running, guide) == 7


def test_dropped_files_of_another_family_bring_its_server_up(ui: Ui, qapp: QApplication) -> None:
    async def guide(desk: Desk) -> int:
        uploader = desk.uploader
        security = next(one for one in uploader.destinations.all if one.family == "ssc")
        uploader.add(uploader.samples["ssc"])
        await until(lambda: desk.window.notices.notice is not None)
        notice = desk.window.notices.notice
        assert notice is not None and notice.destination == security.id
        assert notice.text == "2 files look as if they were for Fortify SSC."
        desk.window.notices.button.click()
        assert uploader.aim.destination == security.id
        assert desk.window.notices.notice is None
        await ready(desk, 2)
        return 0

    with stand() as running:
        assert run(ui, qapp, running, guide) == 0


def test_scans_and_rosters_arrive_and_an_approval_is_given(
    ui: Ui, qapp: QApplication, tmp_path: Path
) -> None:
    async def guide(desk: Desk) -> int:
        uploader = desk.uploader
        for family, count in (("ssc", 2), ("tao", 3)):
            uploader.add_samples(family)
            await ready(desk, count)
            uploader.upload()
            await until(lambda: not uploader.intake.drafts)
        await until(lambda: len(codes(desk)) == 5 and not uploader.status.busy)
        assert codes(desk) == ["done", "done", "done", "done_with_errors", "done"]
        failed = uploader.rows.details("u4")
        assert failed is not None and failed.failed == 2
        assert "harbour" not in failed.text()
        _tells_its_way(failed)
        await tour.show_approval(desk, tmp_path)
        await until(lambda: codes(desk)[-1] == "done")
        return 0

    with stand() as running:
        assert run(ui, qapp, running, guide) == 0


def _tells_its_way(details: Details) -> None:
    """Timeline, clocks, ids and the program's own log are those of this upload."""
    said = [one.what for one in details.timeline]
    assert said[:3] == ["Added to the list", "Checked: 2 findings", "To be sent"]
    order = [said.index(one) for one in ("Sending", "Sent, every byte confirmed", "Done")]
    assert order == sorted(order) and order[-1] == len(said) - 1
    assert {name for name, _ in details.ids} >= {"Reference", "SHA-256"}
    reference = dict(details.ids)["Reference"]
    log = "\n".join(details.log)
    assert "POST http://127.0.0.1" in log and f"{reference}: done" in log
    assert "?" not in log.replace("?…", "")
    assert log in details.text()


def test_paths_given_at_the_start_are_in_the_list(
    ui: Ui, qapp: QApplication, tmp_path: Path
) -> None:
    path = write_marc(tmp_path / "a.mrc", 3).path

    async def guide(desk: Desk) -> int:
        await ready(desk, 1)
        state = desk.uploader.uploads.state("d1")
        assert state is not None and state.text == "Ready: 3 records"
        return 0

    with stand() as running:
        assert run(ui, qapp, running, guide, paths=[path]) == 0


def test_leaving_in_the_middle_takes_little_time(
    ui: Ui, qapp: QApplication, tmp_path: Path
) -> None:
    paths = [write_marc(tmp_path / f"{n}.mrc", 400, first=n, summaries=6).path for n in range(4)]
    left: list[float] = []

    async def guide(desk: Desk) -> int:
        desk.uploader.add(paths)
        await ready(desk, 4)
        desk.uploader.upload()
        await until(lambda: "uploading" in codes(desk))
        family_of = desk.uploader.destinations.family_of
        assert leaving(desk.uploader.uploads, family_of).moving == 4
        left.append(time.monotonic())
        return 0

    with stand(Fault("slow", bytes_per_second=400_000)) as running:
        run(ui, qapp, running, guide)
        assert time.monotonic() - left[0] < 3


def test_closing_the_window_ends_it(ui: Ui, qapp: QApplication) -> None:
    with stand() as running:

        async def main() -> int:
            opening = asyncio.ensure_future(opened(qapp, running.places, running, []))
            window = None
            while window is None:
                await asyncio.sleep(0.05)
                shown = [w for w in qapp.topLevelWidgets() if w.windowTitle() == "Longshore"]
                window = next((w for w in shown if w.isVisible()), None)
            await asyncio.sleep(0.3)
            window.close()
            code = await opening
            titles = [w.windowTitle() for w in qapp.topLevelWidgets() if w.isVisible()]
            assert "Longshore" not in titles
            return code

        assert ui(main()) == 0


def test_a_wrong_password_is_asked_for_and_the_files_go_on(
    ui: Ui, qapp: QApplication, tmp_path: Path
) -> None:
    path = write_marc(tmp_path / "a.mrc", 3).path

    async def guide(desk: Desk) -> int:
        uploader = desk.uploader
        id = uploader.aim.destination
        right = next(s for s in running.servers if s.title == uploader.destinations.all[0].name)
        form = uploader.destinations.edit(id)
        form.form.set("password", "wrong")
        await form.save()
        uploader.destinations_edited(id)
        uploader.add([path])
        await until(lambda: codes(desk) == ["ready"])
        uploader.aim.options.set("job_profile", "Default - Create instance and SRS MARC Bib")
        uploader.upload()
        await until(lambda: codes(desk) == ["waiting_auth"])
        upload = uploader.uploads.upload("u1")
        assert upload is not None and upload.wait is not None
        assert isinstance(upload.wait.problem, SignInProblem)
        assert not uploader.perform("u1", RowAction.SIGN_IN)
        form = uploader.destinations.edit(id)
        form.form.set("password", right.secret)
        steps = [step async for step in form.test()]
        assert steps and all(step.problem is None for step in steps)
        await form.save()
        uploader.destinations_edited(id)
        await until(lambda: codes(desk)[0] in ("done", "failed"))
        assert codes(desk) == ["done"]
        return 0

    with stand() as running:
        run(ui, qapp, running, guide)


def test_nothing_of_the_demo_is_kept(ui: Ui, qapp: QApplication, own_home: Path) -> None:
    async def guide(desk: Desk) -> int:
        await until(lambda: bool(desk.uploader.aim.family))
        desk.uploader.preferences.prefer(theme="dark")
        return 0

    with stand() as running:
        home = running.places.config
        run(ui, qapp, running, guide)
    assert list(own_home.iterdir()) == []
    assert not home.exists()


@pytest.mark.slow
def test_the_tour_ends_well_and_leaves_its_pictures(
    ui: Ui, qapp: QApplication, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with stand(*tour.FAULTS, pace=tour.PACE) as running:

        async def guide(desk: Desk) -> int:
            return await tour.show_round(desk, tmp_path)

        code = ui(opened(qapp, running.places, running, [], guide), limit=150)
    told = capsys.readouterr().out
    assert code == 0, told
    assert len(told.splitlines()) == 15 and "FAILED" not in told
    names = {path.stem for path in tmp_path.glob("*.png")}
    assert {"empty", "busy", "finished", "problem", "busy-dark", "finished-dark"} <= names
    assert {"approval", "approve", "failed-rows", "server-ssc", "server-tao"} <= names
