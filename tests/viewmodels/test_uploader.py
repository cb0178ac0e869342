"""The root: from files to done rows and back, every command against a real engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.core import catalogue
from app.core.drafts import Finding, Level
from app.core.problems import Refused
from app.core.uploads import Phase, Source
from app.storage import SettingsFile
from app.viewmodels.form import Live
from app.viewmodels.leaving import Leaving
from app.viewmodels.row import Kind, RowAction, Tone
from app.viewmodels.uploads import Role
from tests.transfer.scripted import Fault, ScriptedServer, World, refused, unreachable, wrong_secret

from .bench import bench, files, traits

Ui = Callable[..., Any]


def test_files_become_done_rows_in_place(ui: Ui, tmp_path: Path) -> None:
    async def main() -> None:
        async with bench(tmp_path / "home") as b:
            await b.added(files(tmp_path / "in", 3))
            assert b.uploader.uploads.ids() == ["d1", "d2", "d3"]
            assert b.uploader.aim.takes_text == "Anything"
            removed: list[Any] = []
            b.uploader.uploads.rowsRemoved.connect(lambda *a: removed.append(a))
            b.uploader.upload()
            b.uploader.upload()
            await b.until(lambda: len(b.rows("done")) == 3)
            await b.idle()
            assert not removed and b.uploader.uploads.rowCount() == 3
            assert b.uploader.uploads.state("u1").text == "Done: 1 created"  # type: ignore[union-attr]
            detail = b.uploader.uploads.data(b.uploader.uploads.index(0, 0), Role.DETAIL)
            assert detail == "→ Server 1 / A"
            assert b.world.processed().most_common(1)[0][1] == 1
            assert b.notices[-1].text.startswith("Last batch: 3 files, 3 done")
            assert b.notices[-1].tone is Tone.GOOD
            assert b.uploader.status.last and b.leaving == Leaving()

    ui(main())


def test_what_was_chosen_is_remembered(ui: Ui, tmp_path: Path) -> None:
    async def main() -> None:
        async with bench(tmp_path / "home") as b:
            await b.sent(files(tmp_path / "in"))
            await b.all_in("done")
            b.uploader.preferences.prefer(theme="dark")
            saved = b.saved.id
        kept = SettingsFile(tmp_path / "home" / "settings.toml").load()
        assert kept.options[saved] == {"profile": "a"}
        assert (kept.destination, kept.theme) == (saved, "dark")

    ui(main())


def test_nothing_is_sent_before_the_questions_are_answered(ui: Ui, tmp_path: Path) -> None:
    async def main() -> None:
        world = World()
        world.script("choices", [Fault(refused())])
        async with bench(tmp_path / "home", world) as b:
            b.uploader.add(files(tmp_path / "in"))
            await b.until(lambda: b.uploader.aim.options.choices("profile").state is Live.FAILED)
            b.uploader.upload()
            assert b.notices[-1].text == "Before sending, please choose: Profile"
            assert b.uploader.aim.options.problem("profile")
            b.uploader.signed_in(b.uploader.aim.destination)
            await b.until(lambda: b.uploader.aim.options.valid)
            b.uploader.upload(["d7"])
            assert b.rows("ready") == ["d1"]
            b.uploader.upload(["d1"])
            await b.all_in("done")

    ui(main())


def test_the_servers_early_refusal_stops_one_row_and_no_other(
    ui: Ui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def check(
        self: ScriptedServer, sources: Sequence[Source], options: Any
    ) -> Sequence[Sequence[Finding]]:
        no = Finding(catalogue.REFUSED, Level.ERROR, {"status": "x", "reason": "blocked"})
        return [(no,) if one.name == "file001.dat" else () for one in sources]

    monkeypatch.setattr(ScriptedServer, "check", check)

    async def main() -> None:
        async with bench(tmp_path / "home") as b:
            await b.added(files(tmp_path / "in", 3))
            b.uploader.upload()
            await b.until(lambda: len(b.rows("done")) == 2)
            assert b.rows("invalid") == ["d2"]
            assert b.uploader.status.needs[0].ids == ("d2",)
            b.uploader.remove(["d2"])
            assert b.uploader.uploads.rowCount() == 2 and b.uploader.status.needs == []

    ui(main())


def test_cancel_and_undo(ui: Ui, tmp_path: Path) -> None:
    async def main() -> None:
        async with bench(tmp_path / "home") as b:
            await b.gate(False)
            await b.sent(files(tmp_path / "in", 3))
            await b.until(lambda: len(b.rows("uploading")) == 3)
            assert b.leaving == Leaving(3, 3, 0)
            for id in ("u1", "u2"):
                assert b.uploader.perform(id, RowAction.CANCEL)
            await b.until(lambda: len(b.rows("cancelled")) == 2)
            assert b.notices[-1].text == "2 uploads cancelled"
            assert b.notices[-1].action is RowAction.UNDO
            assert b.uploader.uploads.state("u1").main is RowAction.UNDO  # type: ignore[union-attr]
            b.uploader.undo()
            await b.until(lambda: not b.rows("cancelled"))
            await b.gate(True)
            await b.all_in("done")
            assert b.upload("u1").attempt == 2
            assert max(b.world.processed().values()) == 1

    ui(main())


def test_pause_goes_on_where_it_stopped(ui: Ui, tmp_path: Path) -> None:
    async def main() -> None:
        async with bench(tmp_path / "home", World(resumes=True)) as b:
            await b.gate(False, after=400_000)
            await b.sent(files(tmp_path / "in", 1, 1_000_000))
            await b.until(lambda: b.uploader.uploads.sent("u1") > 0)
            state = b.uploader.uploads.state("u1")
            assert state is not None and state.main is RowAction.PAUSE
            assert b.uploader.perform("u1", RowAction.PAUSE)
            await b.all_in("paused")
            assert b.uploader.uploads.state("u1").text == "Paused"  # type: ignore[union-attr]
            await b.gate(True)
            assert b.uploader.perform("u1", RowAction.RESUME)
            await b.all_in("done")

    ui(main())


def test_stop_says_that_it_begins_again(ui: Ui, tmp_path: Path) -> None:
    async def main() -> None:
        async with bench(tmp_path / "home") as b:
            await b.gate(False, after=400_000)
            await b.sent(files(tmp_path / "in", 1, 1_000_000))
            await b.until(lambda: b.uploader.uploads.sent("u1") > 0)
            assert b.uploader.uploads.state("u1").main is RowAction.STOP  # type: ignore[union-attr]
            b.uploader.perform("u1", RowAction.STOP)
            await b.all_in("paused")
            await b.gate(True)
            b.uploader.perform("u1", RowAction.RESUME)
            await b.all_in("done")
            assert max(b.world.processed().values()) == 1

    ui(main())


def test_the_whole_queue_pauses(ui: Ui, tmp_path: Path) -> None:
    async def main() -> None:
        async with bench(tmp_path / "home") as b:
            heard: list[bool] = []
            b.uploader.paused_changed.connect(heard.append)
            b.uploader.pause(True)
            await b.sent(files(tmp_path / "in", 5))
            await asyncio.sleep(0.2)
            assert len(b.rows("queued")) == 5
            b.uploader.pause(False)
            await b.all_in("done")
            assert heard == [True, False]

    ui(main())


def test_rows_follow_the_order_of_the_queue(ui: Ui, tmp_path: Path) -> None:
    async def main() -> None:
        async with bench(tmp_path / "home") as b:
            b.uploader.pause(True)
            await b.sent(files(tmp_path / "in", 4))
            b.uploader.move(["u4"], "top")
            await b.until(lambda: b.uploader.uploads.ids() == ["u4", "u1", "u2", "u3"])
            assert b.uploader.uploads.state("u4").text == "Waiting (1st)"  # type: ignore[union-attr]
            b.uploader.move(["u1"], "down")
            await b.until(lambda: b.uploader.uploads.ids() == ["u4", "u2", "u1", "u3"])
            b.uploader.pause(False)
            await b.all_in("done")

    ui(main())


def test_failures_are_retried_one_or_all(ui: Ui, tmp_path: Path) -> None:
    async def main() -> None:
        world = World()
        world.script("open", [Fault(refused())] * 3)
        async with bench(tmp_path / "home", world) as b:
            await b.sent(files(tmp_path / "in", 3))
            await b.all_in("failed")
            assert b.uploader.uploads.counts()[Kind.FAILED] == 3
            assert b.uploader.status.needs[0].text.startswith("3 files: The server refused")
            assert b.uploader.rows.actions("u1")[0] is RowAction.RETRY
            details = b.uploader.rows.details("u1")
            assert details is not None and isinstance(details.problem, Refused)
            b.uploader.perform("u1", RowAction.RETRY)
            await b.until(lambda: b.rows("done") == ["u1"])
            b.uploader.retry_all_failed()
            await b.all_in("done")
            b.uploader.clear_finished()
            await b.until(lambda: b.uploader.uploads.rowCount() == 0)

    ui(main())


def test_a_wrong_password_waits_for_the_person(ui: Ui, tmp_path: Path) -> None:
    async def main() -> None:
        world = World()
        async with bench(tmp_path / "home", world) as b:
            await b.added(files(tmp_path / "in", 2))
            world.script("connect", [Fault(wrong_secret())])
            b.uploader.signed_in(b.uploader.aim.destination)
            b.uploader.upload()
            await b.until(lambda: len(b.rows("waiting_auth")) == 2)
            line = b.uploader.status.lanes[0]
            assert (line.light, line.words) == (Tone.WAITING, "Sign in needed")
            assert not b.uploader.perform("u1", RowAction.SIGN_IN)
            b.uploader.signed_in(b.uploader.aim.destination)
            await b.all_in("done")
            assert b.uploader.status.lanes[0].words == "Connected"

    ui(main())


def test_no_network_is_a_wait(ui: Ui, tmp_path: Path) -> None:
    async def main() -> None:
        world = World()
        async with bench(tmp_path / "home", world) as b:
            await b.added(files(tmp_path / "in"))
            world.script("open", [Fault(unreachable())] * 3)
            b.uploader.upload()
            await b.all_in("done")
            assert b.upload("u1").attempt == 1

    ui(main())


def test_rows_leave_whatever_they_do(ui: Ui, tmp_path: Path) -> None:
    async def main() -> None:
        async with bench(tmp_path / "home") as b:
            await b.gate(False)
            await b.sent(files(tmp_path / "in", 5))
            await b.until(lambda: len(b.rows("uploading")) == 3)
            await b.added(files(tmp_path / "more", 1))
            b.uploader.remove(b.uploader.uploads.ids())
            await b.until(lambda: b.uploader.uploads.rowCount() == 0)
            assert b.uploader.intake.drafts == ()
            await b.gate(True)

    ui(main())


def test_a_running_job_is_asked_about_first(ui: Ui, tmp_path: Path) -> None:
    async def main() -> None:
        world = World()
        world.job_looks = 10_000
        async with bench(tmp_path / "home", world) as b:
            await b.sent(files(tmp_path / "in"))
            await b.all_in("processing")
            assert b.leaving == Leaving(0, 0, 1)
            assert not b.uploader.perform("u1", RowAction.REMOVE)
            assert not b.uploader.perform("u1", RowAction.CANCEL_JOB)
            b.uploader.perform("u1", RowAction.UNWATCH)
            await b.all_in("unwatched")
            b.uploader.perform("u1", RowAction.WATCH)
            await b.all_in("processing")
            b.uploader.cancel(["u1"])
            await b.all_in("cancelled")
            assert b.uploader.uploads.state("u1").main is RowAction.UPLOAD_AGAIN  # type: ignore[union-attr]

    ui(main())


def test_the_person_decides_when_nobody_knows(ui: Ui, tmp_path: Path) -> None:
    async def main() -> None:
        from tests.transfer.scripted import AFTER, cut

        world = World(finds=False)
        world.script("send", [Fault(cut(), AFTER)])
        async with bench(tmp_path / "home", world) as b:
            await b.sent(files(tmp_path / "in"))
            await b.all_in("needs_input")
            assert b.uploader.uploads.counts()[Kind.NEEDS] == 1
            assert not b.uploader.perform("u1", RowAction.ANSWER)
            world.finds = True
            b.uploader.perform("u1", RowAction.LOOK_AGAIN)
            await b.all_in("done")
            assert max(world.processed().values()) == 1

    ui(main())


def test_the_same_file_goes_to_two_servers_but_not_twice_to_one(ui: Ui, tmp_path: Path) -> None:
    async def main() -> None:
        async with bench(tmp_path / "home", destinations=2) as b:
            paths = files(tmp_path / "in", 2)
            first, second = (one.id for one in b.uploader.destinations.all)
            await b.gate(False)
            await b.sent(paths)
            b.uploader.add(paths)
            await b.until(
                lambda: [n.text for n in b.notices] == ["0 files added, 2 already in the list"]
            )
            changed: list[str] = []
            b.uploader.aim.changed.connect(changed.append)
            b.uploader.aim.choose(second)
            assert changed == [second] and b.uploader.aim.destination == second
            await b.sent(paths)
            await b.gate(True)
            await b.all_in("done")
            assert {b.upload(id).destination for id in b.rows("done")} == {first, second}
            assert len(b.rows("done")) == 4

    ui(main())


def test_destinations_are_edited_tested_and_removed(ui: Ui, tmp_path: Path) -> None:
    async def main() -> None:
        async with bench(tmp_path / "home") as b:
            model = b.uploader.destinations
            assert [line.key for line in model.families()] == ["scripted"]
            form = model.edit(None, "scripted")
            assert form.form.value("name") == "Scripted" and form.title == "New server: Scripted"
            assert not form.form.complain()
            form.form.set("url", "https://y.example.org")
            form.form.set("secret", "hunter3")
            id = await form.save()
            b.uploader.destinations_edited(id)
            assert b.uploader.aim.destination == id and model.rowCount() == 2
            again = model.edit(id)
            assert again.form.valid and again.form.value("secret") == ""
            again.form.set("name", "Renamed")
            await again.save()
            assert model.data(model.index(1)) == "Renamed"
            assert [step async for step in again.test()] == []
            await b.uploader.remove_destination(id)
            assert b.uploader.aim.destination == b.saved.id and model.rowCount() == 1
            text = "".join(p.read_text() for p in (tmp_path / "home").glob("*.toml"))
            assert "hunter" not in text
            with pytest.raises(LookupError):
                model.edit("nobody")

    ui(main())


def test_the_rows_follow_the_order_in_which_files_are_sent(ui: Ui, tmp_path: Path) -> None:
    async def main() -> None:
        async with bench(tmp_path / "home", family=traits(at_once=1)) as b:
            await b.gate(False)
            await b.sent(files(tmp_path / "files", 6))
            await b.until(lambda: b.world.at_once == 1)
            first = b.uploader.uploads.ids()

            def order() -> list[int]:
                return [first.index(id) for id in b.uploader.uploads.ids()]

            b.uploader.move([first[4], first[2]], "top")
            await b.until(lambda: order() == [0, 2, 4, 1, 3, 5])
            b.uploader.move([first[1]], "down")
            await b.until(lambda: order() == [0, 2, 4, 3, 1, 5])
            b.uploader.start_now([first[5]])
            await b.until(lambda: order() == [0, 5, 2, 4, 3, 1])
            await b.gate(True)
            await b.all_in("done")

    ui(main())


def test_another_number_at_once_counts_while_files_are_sent(ui: Ui, tmp_path: Path) -> None:
    async def main() -> None:
        async with bench(tmp_path / "home") as b:
            await b.gate(False)
            await b.sent(files(tmp_path / "files", 6))
            await b.until(lambda: b.world.at_once == 3)
            form = b.uploader.destinations.edit(b.uploader.aim.destination)
            form.form.set("at_once", "5")
            b.uploader.destinations_edited(await form.save())
            await b.until(lambda: b.world.at_once == 5)
            await b.gate(True)
            await b.all_in("done")

    ui(main())


def test_links_and_details_of_nothing(ui: Ui, tmp_path: Path) -> None:
    async def main() -> None:
        async with bench(tmp_path / "home") as b:
            assert b.uploader.rows.link("u1") == "" and b.uploader.rows.details("d9") is None

    ui(main())


def test_without_a_server_files_wait_in_the_list(ui: Ui, tmp_path: Path) -> None:
    async def main() -> None:
        async with bench(tmp_path / "home", destinations=1) as b:
            await b.uploader.remove_destination(b.saved.id)
            assert b.uploader.aim.destination == "" and b.uploader.aim.takes_text == ""
            b.uploader.add(files(tmp_path / "in"))
            await b.until(lambda: b.rows("added") == ["d1"])
            b.uploader.upload()
            assert b.rows("added") == ["d1"]

    ui(main())


def test_a_crowd_of_small_files(ui: Ui, tmp_path: Path) -> None:
    async def main() -> None:
        family = replace(traits(), at_once=8)
        async with bench(tmp_path / "home", family=family) as b:
            signals: list[int] = []
            b.uploader.uploads.dataChanged.connect(lambda *_: signals.append(1))
            await b.added(files(tmp_path / "in", 300, 10))
            signals.clear()
            b.uploader.upload()
            await b.until(lambda: len(b.rows("done")) == 300)
            assert b.count(Phase.DONE) == 300
            assert len(signals) < 1200

    ui(main())
