"""Paints one row: badge, name, where to, state sentence, figures, the two-part bar, its buttons."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from app.viewmodels.row import RowAction, RowState, Tone
from app.viewmodels.uploads import Role
from app.viewmodels.words import tr
from app.views.row_actions import LOOKS
from app.views.theme import GRID, HALF, ICON, Theme, tabular

Index = QModelIndex | QPersistentModelIndex

MARGIN = 2 * GRID
BADGE = 4 * GRID
TEXT_LEFT = MARGIN + BADGE + 3 * HALF
LINE_LEFT = MARGIN + ICON + GRID
BUTTON = 3 * GRID
LINE = 28
"""The least height of a row of one line."""
SENT_SHARE = 0.7
"""The left part of the bar is the sending, the right part the server's own work."""
SLIDER = 0.35
"""Length of the moving mark where the server works without a number, as a share of its part."""

COLUMNS = ("100 %", "888.8 of 888.8 MB", "888.8 MB/s", "about 59 min")
"""Widest usual figures by position, so that the columns of all rows stand below each other."""
KEEP_FIRST = (0, 3, 1, 2)
"""Which figures stay when the row is too narrow for all."""


@dataclass(frozen=True, slots=True)
class RowButton:
    """A button inside a row; `action` is None for the one that opens the menu."""

    rect: QRect
    action: RowAction | None
    icon: str
    text: str
    tip: str


class RowDelegate(QStyledItemDelegate):
    """Paints rows from their RowState. The view tells what is hovered and drives motion."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.compact = False
        """Rows of one line."""
        self.hovered = -1
        """The row under the mouse."""
        self.hot: RowAction | None = None
        """The button under the mouse; None with `hot_menu` for the menu button."""
        self.hot_menu = False
        self.show_focus = False
        """Draw the focus frame: only when the keyboard is being used."""
        self.clock = 0.0
        """Seconds that drive spinner and moving mark."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(40 * GRID, self.height(option.font))

    def height(self, font: QFont) -> int:
        """The height of every row in this font, a multiple of the grid's half."""
        first, second = self._lines(font)
        if self.compact:
            return max(LINE, first + GRID)
        return GRID + first + second + 3 * HALF

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        state = index.data(Role.STATE)
        if isinstance(state, RowState):
            for button in self.buttons(view.visualRect(index), view.font(), state, hovered=True):
                if button.rect.contains(event.pos()):
                    QToolTip.showText(event.globalPos(), button.tip, view, button.rect)
                    return True
        return super().helpEvent(event, view, option, index)

    def _lines(self, font: QFont) -> tuple[int, int]:
        line = QFontMetrics(font).height()
        step = HALF
        return max(20, -(-line // step) * step), max(16, -(-line // step) * step)

    def buttons(self, rect: QRect, font: QFont, state: RowState, hovered: bool) -> list[RowButton]:
        """The buttons of a row, left to right; those of a row that needs the person always show."""
        actions: list[RowAction | None] = []
        if state.main and (hovered or state.needs_person):
            actions.append(state.main)
        if hovered:
            if state.second:
                actions.append(state.second)
            actions.append(None)
        metrics = QFontMetrics(font)
        roomy = rect.width() >= 48 * GRID
        # Ends where the second line begins, so that the figures stay readable.
        top = rect.top() + GRID + self._lines(font)[0] - BUTTON
        if self.compact:
            top = rect.top() + (rect.height() - BUTTON) // 2
        right = rect.right() + 1 - MARGIN
        placed: list[RowButton] = []
        for action in reversed(actions):
            if action is None:
                icon, text, tip = "more", "", tr("More actions")
            else:
                look = LOOKS[action]
                icon, tip = look.icon, look.tip
                text = look.text if action is state.main and roomy else ""
            width = BUTTON + HALF
            if text:
                width = GRID + ICON + HALF + metrics.horizontalAdvance(text) + GRID + 2
            placed.insert(
                0, RowButton(QRect(right - width, top, width, BUTTON), action, icon, text, tip)
            )
            right -= width + HALF
        return placed

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        state = index.data(Role.STATE)
        if not isinstance(state, RowState):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = option.rect
        hovered = index.row() == self.hovered
        self._ground(painter, option, hovered)
        if self.compact:
            self._one_line(painter, option, index, state, hovered)
            painter.restore()
            return
        self._badge(painter, option, state)
        first, second = self._lines(option.font)
        left, right = rect.left() + TEXT_LEFT, rect.right() + 1 - MARGIN
        line = QRect(left, rect.top() + GRID, right - left, first)
        buttons = self.buttons(rect, option.font, state, hovered)
        if buttons:
            line.setRight(buttons[0].rect.left() - GRID)
        self._name(painter, option.font, line, index, with_detail=not hovered)
        below = QRect(left, rect.top() + GRID + first, right - left, second)
        self._sentence(painter, option.font, below, state)
        if state.sent is not None:
            bar = QRectF(left, rect.bottom() + 1 - GRID, right - left, HALF)
            self._bar(painter, bar, state)
        for button in buttons:
            self._button(painter, option.font, button)
        painter.restore()

    def _one_line(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: Index,
        state: RowState,
        hovered: bool,
    ) -> None:
        rect = option.rect
        self._icon(painter, QRect(rect.left() + MARGIN, rect.top(), ICON, rect.height()), state)
        left, right = rect.left() + LINE_LEFT, rect.right() + 1 - MARGIN
        buttons = self.buttons(rect, option.font, state, hovered)
        line = QRect(left, rect.top(), right - left, rect.height() - 1)
        name = QRect(left, line.top(), line.width() * 2 // 5, line.height())
        self._name(painter, option.font, name, index, with_detail=False)
        if buttons:
            line.setRight(buttons[0].rect.left() - GRID)
        line.setLeft(name.right() + 2 * GRID)
        self._sentence(painter, option.font, line, state)
        if state.sent is not None:
            self._bar(painter, QRectF(left, rect.bottom() - 1, right - left, 2), state)
        for button in buttons:
            self._button(painter, option.font, button)

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem, hovered: bool) -> None:
        c = self._theme.colors
        rect = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        ground = c.selected if selected else c.hover if hovered else c.surface
        painter.fillRect(rect, QColor(ground))
        left = rect.left() + (LINE_LEFT if self.compact else TEXT_LEFT)
        painter.fillRect(QRect(left, rect.bottom(), rect.width(), 1), QColor(c.border))
        if selected:
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), QColor(c.fill))
        if focused and self.show_focus:
            painter.setPen(QPen(QColor(c.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(rect).adjusted(2, 2, -2, -2), HALF, HALF)

    def _badge(self, painter: QPainter, option: QStyleOptionViewItem, state: RowState) -> None:
        rect = option.rect
        top = rect.top() + GRID + (sum(self._lines(option.font)) - BADGE) // 2
        circle = QRect(rect.left() + MARGIN, top, BADGE, BADGE)
        painter.setPen(Qt.PenStyle.NoPen)
        soft = self._theme.colors.soft(state.tone)
        if option.state & QStyle.StateFlag.State_Selected and state.tone is Tone.ACTIVE:
            soft = QColor(self._theme.colors.surface)
        painter.setBrush(soft)
        painter.drawEllipse(circle)
        self._icon(painter, circle, state)

    def _icon(self, painter: QPainter, room: QRect, state: RowState) -> None:
        """The icon of the state in the middle of `room`; a spinner turns."""
        ratio = painter.device().devicePixelRatioF()
        color = self._theme.colors.tone(state.tone)
        pixmap = self._theme.pixmap(state.icon, color, ICON, ratio)
        if state.icon == "spinner":
            painter.save()
            painter.translate(QRectF(room).center())
            painter.rotate(self.clock * 300 % 360)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(-ICON // 2, -ICON // 2, pixmap)
            painter.restore()
        else:
            across, down = (room.width() - ICON) // 2, (room.height() - ICON) // 2
            painter.drawPixmap(room.left() + across, room.top() + down, pixmap)

    def _name(
        self, painter: QPainter, font: QFont, line: QRect, index: Index, *, with_detail: bool
    ) -> None:
        name, detail = str(index.data(Role.NAME) or ""), str(index.data(Role.DETAIL) or "")
        strong = QFont(font)
        strong.setWeight(QFont.Weight.Medium)
        metrics = QFontMetrics(strong)
        taken = 0
        if detail and with_detail:
            plain = QFontMetrics(font)
            wanted = plain.horizontalAdvance(detail) + 1
            spare = line.width() - metrics.horizontalAdvance(name) - 3 * GRID
            taken = min(wanted, max(spare, line.width() * 2 // 5))
            painter.setFont(font)
            painter.setPen(QColor(self._theme.colors.muted))
            painter.drawText(
                line.adjusted(line.width() - taken, 0, 0, 0),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                plain.elidedText(detail, Qt.TextElideMode.ElideMiddle, taken),
            )
            taken += 2 * GRID
        painter.setFont(strong)
        painter.setPen(QColor(self._theme.colors.text))
        painter.drawText(
            line.adjusted(0, 0, -taken, 0),
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, line.width() - taken),
        )

    def _sentence(self, painter: QPainter, font: QFont, line: QRect, state: RowState) -> None:
        digits = tabular(font)
        metrics = QFontMetrics(digits)
        sentence = min(metrics.horizontalAdvance(state.text), line.width() // 2)
        room = line.width() - sentence - 2 * GRID
        painter.setFont(digits)
        painter.setPen(QColor(self._theme.colors.muted))
        right = line.right() + 1
        aligned = state.code == "uploading"
        for text, width in reversed(_figures(metrics, state.figures, room, aligned=aligned)):
            painter.drawText(
                QRect(right - width, line.top(), width, line.height()),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                text,
            )
            right -= width + 2 * GRID
        painter.setFont(font)
        painter.setPen(self._theme.colors.tone(state.tone))
        room = right - line.left()
        painter.drawText(
            QRect(line.left(), line.top(), room, line.height()),
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            QFontMetrics(font).elidedText(state.text, Qt.TextElideMode.ElideRight, room),
        )

    def _bar(self, painter: QPainter, bar: QRectF, state: RowState) -> None:
        c = self._theme.colors
        sent = QRectF(bar)
        sent.setWidth(round(bar.width() * SENT_SHARE) - 1)
        work = QRectF(bar)
        work.setLeft(sent.right() + 2)
        fill = {
            Tone.ACTIVE: c.fill,
            Tone.WAITING: c.amber,
            Tone.GOOD: c.green,
            Tone.BAD: c.red,
            Tone.NEUTRAL: c.outline,
        }[state.tone]
        groove = QPainterPath()
        groove.addRoundedRect(sent, 2, 2)
        groove.addRoundedRect(work, 2, 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillPath(groove, QColor(c.track))
        painter.setClipPath(groove)
        painter.fillRect(
            QRectF(sent.left(), sent.top(), sent.width() * (state.sent or 0), sent.height()),
            QColor(fill),
        )
        if state.work is not None and state.work < 0:
            length = work.width() * SLIDER
            along = self.clock / 1.6 % 1.0
            start = work.left() - length + (work.width() + length) * along
            painter.fillRect(QRectF(start, work.top(), length, work.height()), QColor(fill))
        elif state.work:
            painter.fillRect(
                QRectF(work.left(), work.top(), work.width() * state.work, work.height()),
                QColor(fill),
            )
        painter.setClipping(False)

    def _button(self, painter: QPainter, font: QFont, button: RowButton) -> None:
        c = self._theme.colors
        hot = self.hot_menu if button.action is None else self.hot is button.action
        painter.setPen(QPen(QColor(c.outline if button.text else c.border), 1))
        painter.setBrush(QColor(c.pressed if hot else c.surface))
        painter.drawRoundedRect(QRectF(button.rect).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        ratio = painter.device().devicePixelRatioF()
        icon = self._theme.pixmap(button.icon, c.text, 16, ratio)
        top = button.rect.top() + (button.rect.height() - 16) // 2
        if not button.text:
            painter.drawPixmap(button.rect.left() + (button.rect.width() - 16) // 2, top, icon)
            return
        painter.drawPixmap(button.rect.left() + GRID, top, icon)
        painter.setFont(font)
        painter.setPen(QColor(c.text))
        painter.drawText(
            button.rect.adjusted(GRID + ICON + HALF - 2, 0, -GRID, 0),
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            button.text,
        )


def _figures(
    metrics: QFontMetrics, figures: tuple[str, ...], room: int, *, aligned: bool
) -> list[tuple[str, int]]:
    """The figures that fit into `room`, in their order, each with the width of its column."""
    if aligned:
        figures = (*figures, *[""] * (len(COLUMNS) - len(figures)))
    widths = [
        max(
            metrics.horizontalAdvance(text),
            metrics.horizontalAdvance(COLUMNS[place]) if aligned else 0,
        )
        for place, text in enumerate(figures)
    ]
    kept: set[int] = set()
    used = 0
    for place in KEEP_FIRST if aligned else range(len(figures)):
        if used + widths[place] > room:
            break
        kept.add(place)
        used += widths[place] + 2 * GRID
    return [(figures[place], widths[place]) for place in sorted(kept)]
