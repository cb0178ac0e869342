"""The preferences: grouped, searched as one types, applied at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.viewmodels.silenced import QUIT, SILENCEABLE
from app.viewmodels.uploader import Uploader
from app.viewmodels.words import tr
from app.views.check_box import CheckBox
from app.views.dialogs import Answer, Question, Start, answered
from app.views.labels import caption, paragraph
from app.views.layouts import column, emptied, hairline
from app.views.theme import GRID, HALF, Appearance, Theme, heading_font
from app.views.timetable_view import RateButton, TimetableView

WIDTH, HEIGHT = 92 * GRID, 80 * GRID
NUMBER = 12 * GRID


class Line(QWidget):
    """One preference: what it is, what it does, and beside or below them the control."""

    def __init__(
        self,
        theme: Theme,
        title: str,
        control: QWidget,
        *,
        help: str = "",
        below: bool = False,
        keywords: str = "",
    ) -> None:
        super().__init__()
        self.words = " ".join((title, help, keywords)).casefold()
        text = column(spacing=2)
        if title:
            label = QLabel(title)
            label.setWordWrap(True)
            label.setBuddy(control)
            text.addWidget(label)
            control.setAccessibleName(title)
        if help:
            note = caption(theme, help)
            note.setWordWrap(True)
            control.setAccessibleDescription(help)
            text.addWidget(note)
        layout = QVBoxLayout(self) if below else QHBoxLayout(self)
        layout.setContentsMargins(0, HALF, 0, HALF)
        layout.setSpacing(GRID if below else 2 * GRID)
        if below:
            layout.addLayout(text)
            layout.addWidget(control)
        else:
            layout.addLayout(text, 1)
            layout.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)


class Group(QWidget):
    """Preferences that belong together, under their title."""

    def __init__(self, title: str, lines: Sequence[Line]) -> None:
        super().__init__()
        self.title = title
        self.lines = lines
        heading = QLabel(title)
        heading.setFont(heading_font(heading.font(), 1.1))
        layout = column(self, spacing=HALF)
        layout.addWidget(heading)
        for line in lines:
            layout.addWidget(line)

    def narrow(self, words: Sequence[str]) -> bool:
        """Shows the lines that hold every word; whether there are any."""
        title = self.title.casefold()
        any_shown = False
        for line in self.lines:
            fits = all(word in line.words or word in title for word in words)
            line.setVisible(fits)
            any_shown = any_shown or fits
        self.setVisible(any_shown)
        return any_shown


class PreferencesDialog(QDialog):
    """Edits the settings of an Uploader; every change counts and is kept as it is made."""

    def __init__(
        self,
        theme: Theme,
        uploader: Uploader,
        start: Start,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._uploader = uploader
        self._preferences = uploader.preferences
        self._start = start
        self._refills: list[Callable[[], None]] = []
        self.setWindowTitle(tr("Preferences"))
        self.setAccessibleName(tr("Preferences"))
        self.resize(WIDTH, HEIGHT)
        self.setMinimumSize(90 * GRID, 48 * GRID)

        heading = QLabel(tr("Preferences"))
        heading.setFont(heading_font(heading.font(), 1.35))
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search the preferences"))
        self.search.setAccessibleName(tr("Search the preferences"))
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(30 * GRID)
        self.search.textChanged.connect(self._narrow)
        head = QHBoxLayout()
        head.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        head.addWidget(heading, 1)
        head.addWidget(self.search)

        self.groups = [self._general(), self._transfers(), self._history(), self._questions()]
        self._nothing = paragraph()
        self._nothing.setText(tr("No preference has these words."))
        theme.look(self._nothing, "muted")
        self._nothing.hide()
        inner = QWidget()
        body = QVBoxLayout(inner)
        body.setContentsMargins(3 * GRID, 2 * GRID, 3 * GRID, 2 * GRID)
        body.setSpacing(3 * GRID)
        for group in self.groups:
            body.addWidget(group)
        body.addWidget(self._nothing)
        body.addStretch()
        self._scroll = QScrollArea()
        self._scroll.setWidget(inner)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

        self.reset = QPushButton(tr("Reset to defaults…"))
        self.reset.setAutoDefault(False)
        self.reset.clicked.connect(lambda: self._start(self._resetting()))
        close = QPushButton(tr("Close"))
        theme.look(close, "primary")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.setContentsMargins(3 * GRID, 3 * HALF, 3 * GRID, 2 * GRID)
        foot.addWidget(self.reset)
        foot.addStretch()
        foot.addWidget(caption(theme, tr("Changes count at once.")))
        foot.addSpacing(GRID)
        foot.addWidget(close)

        layout = column(self)
        layout.addLayout(head)
        layout.addWidget(hairline(theme))
        layout.addWidget(self._scroll, 1)
        layout.addWidget(hairline(theme))
        layout.addLayout(foot)
        self._preferences.changed.connect(self._refill)
        self._refill()
        self.search.setFocus()

    def show_timetable(self) -> None:
        """Bring the timetable into view."""
        self.timetable.setFocus()
        self._scroll.ensureWidgetVisible(self.timetable, 0, 2 * GRID)

    # --- groups

    def _general(self) -> Group:
        looks = QWidget()
        row = QHBoxLayout(looks)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(HALF)
        group = QButtonGroup(looks)
        chips: dict[str, QToolButton] = {}
        for appearance, text in (
            (Appearance.SYSTEM, tr("As the system")),
            (Appearance.LIGHT, tr("Light")),
            (Appearance.DARK, tr("Dark")),
        ):
            chip = QToolButton()
            chip.setText(text)
            chip.setCheckable(True)
            chip.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self._theme.look(chip, "chip")
            chip.clicked.connect(lambda _=False, a=appearance: self._appear(a))
            group.addButton(chip)
            row.addWidget(chip)
            chips[appearance.value] = chip
        self._refills.append(lambda: chips[self._preferences.settings.theme].setChecked(True))
        return Group(
            tr("General"),
            [
                Line(self._theme, tr("Appearance"), looks, keywords=tr("theme light dark colours")),
                self._check(
                    tr("One-line rows"),
                    lambda on: self._preferences.prefer(compact=on),
                    lambda: self._preferences.settings.compact,
                    keywords=tr("compact view"),
                ),
                self._check(
                    tr("Tell me through the system when a delivery ends or needs me"),
                    lambda on: self._preferences.prefer(notifications=on),
                    lambda: self._preferences.settings.notifications,
                    keywords=tr("notifications messages"),
                ),
                self._check(
                    tr("Keep running in the notification area when the window is closed"),
                    lambda on: self._preferences.prefer(tray=on),
                    lambda: self._preferences.settings.tray,
                    keywords=tr("tray background"),
                ),
                self._check(
                    tr("Ask before quitting while files are uploading"),
                    lambda on: self._preferences.silence(QUIT, not on),
                    lambda: QUIT not in self._preferences.settings.silenced,
                    keywords=tr("close exit"),
                ),
                self._check(
                    tr("Ask the project’s page once a week whether there is a newer version"),
                    lambda on: self._preferences.prefer(updates=on),
                    lambda: self._preferences.settings.updates,
                    keywords=tr("update release internet"),
                ),
            ],
        )

    def _transfers(self) -> Group:
        self.limit = RateButton(self._theme, self._uploader.tasks.start)
        self.limit.chosen.connect(
            lambda rate: self._uploader.bandwidth.set_up(rate, self._preferences.settings.timetable)
        )
        self.timetable = TimetableView(self._theme, self._uploader.tasks.start)
        self.timetable.edited.connect(
            lambda periods: self._uploader.bandwidth.set_up(
                self._preferences.settings.limit, periods
            )
        )
        self._refills.append(lambda: self.limit.show_rate(self._preferences.settings.limit))
        self._refills.append(
            lambda: self.timetable.show_periods(self._preferences.settings.timetable)
        )
        return Group(
            tr("Transfers"),
            [
                Line(
                    self._theme,
                    tr("Limit the speed"),
                    self.limit,
                    help=tr("Of everything this program sends, all servers together."),
                    keywords=tr("bandwidth throttle rate"),
                ),
                Line(
                    self._theme,
                    tr("Timetable"),
                    self.timetable,
                    help=tr(
                        "Other limits at certain hours; the first line that fits counts. A limit "
                        "chosen by hand holds until the timetable next changes it."
                    ),
                    below=True,
                    keywords=tr("bandwidth schedule hours weekdays limit speed"),
                ),
            ],
        )

    def _history(self) -> Group:
        return Group(
            tr("History"),
            [
                self._number(
                    tr("Days that finished uploads are kept"),
                    lambda n: self._preferences.prefer(history_days=n),
                    lambda: self._preferences.settings.history_days,
                    most=36_500,
                ),
                self._number(
                    tr("Finished uploads kept at most"),
                    lambda n: self._preferences.prefer(history_rows=n),
                    lambda: self._preferences.settings.history_rows,
                    most=1_000_000,
                ),
            ],
        )

    def _questions(self) -> Group:
        place = QWidget()
        self._silenced = column(place, spacing=HALF)
        self._refills.append(self._list_silenced)
        return Group(
            tr("Silenced questions"),
            [Line(self._theme, "", place, below=True, keywords=tr("ask again silenced"))],
        )

    def _check(
        self,
        text: str,
        set_: Callable[[bool], object],
        get: Callable[[], bool],
        *,
        keywords: str = "",
    ) -> Line:
        box = CheckBox(self._theme, text)
        box.toggled.connect(set_)
        self._refills.append(lambda: box.setChecked(get()))
        line = Line(self._theme, "", box, below=True, keywords=f"{text} {keywords}")
        return line

    def _number(
        self, text: str, set_: Callable[[int], object], get: Callable[[], int], *, most: int
    ) -> Line:
        field = QLineEdit()
        field.setFixedWidth(NUMBER)
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.setValidator(QIntValidator(1, most, field))
        field.editingFinished.connect(lambda: set_(int(field.text())))
        self._refills.append(lambda: field.setText(str(get())))
        return Line(self._theme, text, field)

    def _list_silenced(self) -> None:
        emptied(self._silenced)
        silenced = [key for key in self._preferences.settings.silenced if key in SILENCEABLE]
        if not silenced:
            self._silenced.addWidget(caption(self._theme, tr("None: every question is asked.")))
        for key in silenced:
            row = QHBoxLayout()
            words = QLabel(tr(SILENCEABLE[key]))
            words.setWordWrap(True)
            again = QPushButton(tr("Ask again"))
            again.setAccessibleName(f"{tr('Ask again')}: {tr(SILENCEABLE[key])}")
            again.setAutoDefault(False)
            again.clicked.connect(lambda _=False, key=key: self._preferences.silence(key, False))
            row.addWidget(words, 1)
            row.addWidget(again)
            self._silenced.addLayout(row)

    # --- what happens

    def _appear(self, appearance: Appearance) -> None:
        self._theme.set_appearance(appearance)
        self._preferences.prefer(theme=appearance.value)

    def _refill(self) -> None:
        for refill in self._refills:
            refill()

    def _narrow(self, text: str) -> None:
        words = text.casefold().split()
        shown = [group.narrow(words) for group in self.groups]
        self._nothing.setVisible(not any(shown))

    async def _resetting(self) -> None:
        question = Question(
            self._theme,
            self,
            tr("Reset all preferences?"),
            tr("The timetable goes, too. Your servers and their settings stay as they are."),
            (Answer("keep", tr("Keep")), Answer("reset", tr("Reset"), danger=True)),
            escape="keep",
        )
        if await answered(question) == "reset":
            self._uploader.reset_preferences()
            self._theme.set_appearance(Appearance(self._preferences.settings.theme))
