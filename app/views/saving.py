"""Asks where failed records, receipts and the history are to be saved, and says what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from app.core.history import Past
from app.viewmodels.failed import left_out
from app.viewmodels.notices import Notice
from app.viewmodels.row import Tone
from app.viewmodels.uploader import Uploader
from app.viewmodels.words import counted, number, tr
from app.views.dialogs import Answer, Question, answered, ask
from app.views.theme import Theme

SPREADSHEET = "Table for spreadsheets (*.csv)"
PROGRAM = "Table for programs, without byte order mark (*.csv)"
JSON = "JSON for programs (*.json)"


class Saving:
    """Every way ends in a notice; a Problem is left to whoever started it."""

    def __init__(
        self,
        theme: Theme,
        uploader: Uploader,
        window: QWidget,
        say: Callable[[Notice], None],
    ) -> None:
        self._theme = theme
        self._uploader = uploader
        self._window = window
        self._say = say
        self._folder = Path.home()

    async def failures(self, past: Past) -> None:
        """The list of failed records as a table."""
        from app.viewmodels import results

        name = f"{_stem(past)}-failed.csv"
        chosen = await self._place(tr("Save the list of failed records"), name, _tables())
        if chosen is not None:
            path, kind = chosen
            await results.save_failures(past.upload, path, mark=kind == tr(SPREADSHEET))
            self._done(tr("The list was saved as “{name}”.", name=path.name))

    async def failed_records(self, past: Past) -> None:
        """The failed records as a file that can be mended and sent again."""
        from app.viewmodels import results

        family = self._uploader.past.family(past)
        if family is None:
            return
        bare = True
        if family.holds_passwords:
            answer = await answered(self._passwords_question())
            if answer not in ("hidden", "bare"):
                return
            bare = answer == "bare"
        ending = Path(past.upload.source.name).suffix or ".mrc"
        name = f"{_stem(past)}-failed{ending}"
        chosen = await self._place(tr("Save the failed records"), name, [f"(*{ending})"])
        if chosen is None:
            return
        path, _ = chosen
        count = await results.save_failed_records(past.upload, family, path, bare=bare)
        text = counted(
            count,
            "{n} failed record was saved as “{name}”.",
            "{n} failed records were saved as “{name}”.",
            name=path.name,
        )
        missing = left_out(past.upload)
        if missing:
            more = counted(
                missing,
                "{n} more failed, but the server does not say which one.",
                "{n} more failed, but the server does not say which ones.",
            )
            self._say(Notice(f"{text} {more}", Tone.WAITING))
        else:
            self._done(text)

    async def receipt(self, pasts: Sequence[Past]) -> None:
        """A receipt of these uploads, as a page, as JSON or as check sums."""
        from app.viewmodels import results

        if not pasts:
            return
        page, sums = tr("Page for people (*.html)"), tr("Check sums for sha256sum (*.sha256)")
        name = f"{_stem(pasts[0])}-receipt.html" if len(pasts) == 1 else "receipt.html"
        chosen = await self._place(tr("Save a receipt"), name, [page, tr(JSON), sums])
        if chosen is not None:
            path, _ = chosen
            await results.save_receipt(pasts, path)
            self._done(
                counted(
                    len(pasts),
                    "The receipt of {n} file was saved as “{name}”.",
                    "The receipt of {n} files was saved as “{name}”.",
                    name=path.name,
                )
            )

    async def history(self) -> None:
        """All lines that fit the search just shown."""
        from app.viewmodels import results

        model = self._uploader.history
        if model.history is None:
            return
        kinds = [*_tables(), tr(JSON)]
        chosen = await self._place(tr("Export the history"), "history.csv", kinds)
        if chosen is not None:
            path, kind = chosen
            mark = kind == tr(SPREADSHEET)
            count = await results.save_history(model.history, model.search, path, mark=mark)
            self._done(tr("{n} lines were saved as “{name}”.", n=number(count), name=path.name))

    async def corrected_copies(self, ids: Sequence[str]) -> None:
        """Copies of files that are not sent yet, in place of them."""
        corrected = self._uploader.corrected
        for id in ids:
            draft = corrected.draft(id)
            if draft is None:
                continue
            if letters := await corrected.doubts(draft):
                question = self._letters_question(draft.source.name, letters)
                if await answered(question) != "right":
                    continue
            original = Path(draft.source.path)
            self._folder = original.parent
            name = f"{original.stem}-corrected{original.suffix}"
            kinds = [f"(*{original.suffix})"]
            chosen = await self._place(tr("Save a corrected copy"), name, kinds)
            if chosen is not None:
                await corrected.save(draft, chosen[0])

    def _letters_question(self, name: str, letters: Sequence[str]) -> Question:
        return Question(
            self._theme,
            self._window,
            tr("Are these letters right?"),
            tr(
                "“{name}” does not say how its letters are encoded. This is how words of it would "
                "stand in the copy:\n\n{words}",
                name=name,
                words="   ".join(letters),
            ),
            (
                Answer("cancel", tr("Do not save a copy")),
                Answer("right", tr("They are right")),
            ),
            escape="cancel",
        )

    def _done(self, text: str) -> None:
        self._say(Notice(text, Tone.GOOD))

    def _passwords_question(self) -> Question:
        return Question(
            self._theme,
            self._window,
            tr("Save passwords as well?"),
            tr(
                "The failed rows may hold passwords. Hidden, they are replaced by ***: enough to "
                "see what went wrong, but such rows must not be sent again. With passwords the "
                "file can be sent again; keep it in a safe place and delete it afterwards."
            ),
            (
                Answer("hidden", tr("Hide passwords")),
                Answer("bare", tr("Save with passwords")),
                Answer("cancel", tr("Cancel")),
            ),
            escape="cancel",
        )

    async def _place(self, title: str, name: str, kinds: Sequence[str]) -> tuple[Path, str] | None:
        """Where to, and as which kind; None if the person does not want to after all."""
        dialog = QFileDialog(self._window, title, str(self._folder))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(kinds)
        dialog.selectFile(name)

        def suffix(kind: str) -> None:
            dialog.setDefaultSuffix(kind.rpartition("*.")[2].rstrip(")"))

        dialog.filterSelected.connect(suffix)
        suffix(kinds[0])
        if not await ask(dialog) or not dialog.selectedFiles():
            return None
        path, kind = Path(dialog.selectedFiles()[0]), dialog.selectedNameFilter()
        ending = kind.rpartition("*")[2].rstrip(")")
        if path.suffix.lower() != ending.lower() and len(kinds) > 1:
            # The kind was changed after the name: the kind counts.
            path = path.with_suffix(ending)
        self._folder = path.parent
        return path, kind


def _tables() -> list[str]:
    return [tr(SPREADSHEET), tr(PROGRAM)]


def _stem(past: Past) -> str:
    return Path(past.upload.source.name).stem
