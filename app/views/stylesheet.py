"""The small style sheet on top of Fusion: edges, padding and states of a few controls."""

from __future__ import annotations

from app.views.colors import Colors


def style_sheet(c: Colors) -> str:
    """Lengths are logical pixels; widgets choose a variant with the property `look`."""
    return f"""
QToolTip {{ color: {c.text}; background: {c.surface}; border: 1px solid {c.outline};
    padding: 4px 8px; }}
QMainWindow, QDialog {{ background: {c.window}; }}

QMenuBar {{ background: {c.window}; padding: 2px 8px; }}
QMenuBar::item {{ padding: 4px 8px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected {{ background: {c.pressed}; }}
QMenu {{ background: {c.surface}; border: 1px solid {c.border}; padding: 4px; }}
QMenu::item {{ padding: 6px 24px 6px 12px; border-radius: 4px; }}
QMenu::item:selected {{ background: {c.accent_soft}; color: {c.text}; }}
QMenu::item:disabled {{ color: {c.disabled}; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::separator {{ height: 1px; background: {c.border}; margin: 4px 8px; }}

QPushButton, QToolButton[look="button"] {{ background: {c.surface}; color: {c.text};
    border: 1px solid {c.outline}; border-radius: 6px; padding: 5px 12px; min-height: 20px; }}
QToolButton[look="button"] {{ padding: 5px 4px 5px 10px; }}
QPushButton:hover, QToolButton[look="button"]:hover {{ background: {c.hover}; }}
QPushButton:pressed, QToolButton[look="button"]:pressed {{ background: {c.pressed}; }}
QPushButton:checked, QToolButton[look="button"]:checked {{ background: {c.amber_soft};
    border-color: {c.amber}; color: {c.amber}; }}
QPushButton:focus, QToolButton[look="button"]:focus {{ border: 2px solid {c.accent};
    padding: 4px 11px; }}
QToolButton[look="button"]:focus {{ padding: 4px 3px 4px 9px; }}
QPushButton:disabled, QToolButton[look="button"]:disabled {{ color: {c.disabled};
    border-color: {c.border}; background: {c.window}; }}

QPushButton[look="primary"] {{ background: {c.fill}; color: {c.on_fill};
    border: 1px solid {c.fill}; font-weight: 600; padding: 5px 16px; }}
QPushButton[look="primary"]:hover {{ background: {c.fill_hover}; border-color: {c.fill_hover}; }}
QPushButton[look="primary"]:pressed {{ background: {c.fill_pressed}; }}
QPushButton[look="primary"]:focus {{ border: 2px solid {c.text}; padding: 4px 15px; }}
QPushButton[look="primary"]:disabled {{ background: {c.neutral_soft}; color: {c.disabled};
    border-color: {c.neutral_soft}; }}
QPushButton[look="danger"] {{ color: {c.red}; border-color: {c.red}; }}
QPushButton[look="danger"]:hover {{ background: {c.red_soft}; }}

QPushButton[look="quiet"], QToolButton[look="quiet"] {{ background: transparent;
    border: 1px solid transparent; border-radius: 6px; padding: 5px; color: {c.text}; }}
QPushButton[look="quiet"]:hover, QToolButton[look="quiet"]:hover {{ background: {c.pressed}; }}
QPushButton[look="quiet"]:focus, QToolButton[look="quiet"]:focus {{
    border: 2px solid {c.accent}; padding: 4px; }}
QPushButton[look="link"], QPushButton[look="link"]:checked {{ background: transparent;
    color: {c.accent}; border: 1px solid transparent; border-radius: 4px; text-align: left;
    padding: 0 7px 0 0; min-height: 16px; }}
QPushButton[look="link"]:hover {{ text-decoration: underline; }}
QPushButton[look="link"]:focus {{ border: 2px solid {c.accent};
    padding: 0 6px 0 0; min-height: 14px; }}
QToolButton[look="chip"] {{ background: transparent; color: {c.muted};
    border: 1px solid transparent; border-radius: 14px; padding: 4px 12px; min-height: 18px; }}
QToolButton[look="chip"]:hover {{ background: {c.pressed}; color: {c.text}; }}
QToolButton[look="chip"]:checked {{ background: {c.accent_soft}; color: {c.accent};
    font-weight: 600; }}
QToolButton[look="chip"]:focus {{ border: 2px solid {c.accent}; padding: 3px 11px; }}
QToolButton[look="day"] {{ background: transparent; color: {c.muted};
    border: 1px solid {c.border}; border-radius: 6px; padding: 4px 2px; min-height: 20px; }}
QToolButton[look="day"]:hover {{ background: {c.pressed}; color: {c.text}; }}
QToolButton[look="day"]:checked {{ background: {c.accent_soft}; color: {c.accent};
    border-color: {c.accent_soft}; font-weight: 600; }}
QToolButton[look="day"]:focus {{ border: 2px solid {c.accent}; padding: 3px 1px; }}
QToolButton[look="tile"] {{ background: {c.surface}; color: {c.text};
    border: 1px solid {c.border}; border-radius: 8px; padding: 12px 8px; }}
QToolButton[look="tile"]:hover {{ background: {c.hover}; }}
QToolButton[look="tile"]:checked {{ background: {c.accent_soft}; border: 2px solid {c.fill};
    padding: 11px 7px; }}
QToolButton[look="tile"]:focus {{ border: 2px solid {c.accent}; padding: 11px 7px; }}
QToolButton::menu-indicator {{ image: none; width: 0; }}

QTableView[look="lines"] {{ background: {c.surface}; }}
QTableView[look="lines"]::item {{ padding: 0 8px; border: none; }}
QTableView[look="lines"]::item:selected {{ background: {c.accent_soft}; color: {c.text}; }}
QTableView[look="lines"] QHeaderView {{ background: {c.window}; border: none; }}
QTableView[look="lines"] QHeaderView::section {{ background: {c.window}; color: {c.muted};
    border: none; border-bottom: 1px solid {c.border}; padding: 5px 11px; }}
QTableView[look="lines"] QHeaderView::section:hover {{ color: {c.text}; }}

QLineEdit, QPlainTextEdit {{ background: {c.surface}; color: {c.text};
    border: 1px solid {c.outline}; border-radius: 6px; padding: 5px 8px;
    selection-background-color: {c.fill}; selection-color: {c.on_fill}; }}
QLineEdit {{ min-height: 20px; placeholder-text-color: {c.muted}; }}
QLineEdit:focus, QPlainTextEdit:focus {{ border: 2px solid {c.accent}; padding: 4px 7px; }}
QLineEdit:disabled {{ color: {c.disabled}; border-color: {c.border}; background: {c.window}; }}
QComboBox {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.outline};
    border-radius: 6px; padding: 5px 28px 5px 10px; min-height: 20px; }}
QComboBox:hover {{ background: {c.hover}; }}
QComboBox:focus {{ border: 2px solid {c.accent}; padding: 4px 27px 4px 9px; }}
QComboBox:disabled {{ color: {c.disabled}; border-color: {c.border}; background: {c.window}; }}
QComboBox::drop-down {{ border: 0; width: 0; }}
QComboBox::down-arrow {{ image: none; }}
QLineEdit[wrong="true"] {{ border-color: {c.red}; }}

QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
QScrollBar::handle {{ background: {c.thumb}; border-radius: 3px; margin: 3px; }}
QScrollBar::handle:vertical {{ min-height: 32px; }}
QScrollBar::handle:horizontal {{ min-width: 32px; }}
QScrollBar::handle:hover {{ background: {c.outline}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QAbstractScrollArea::corner {{ background: transparent; border: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}

QListView[look="popup"] {{ background: {c.surface}; border: 1px solid {c.outline}; }}
QSplitter::handle {{ background: {c.border}; }}
QSplitter::handle:hover {{ background: {c.accent}; }}
QStatusBar {{ background: {c.window}; border-top: 1px solid {c.border}; color: {c.muted}; }}
QStatusBar::item {{ border: 0; }}
QFrame[look="ready"] {{ background: {c.window}; border: 0; border-top: 1px solid {c.border}; }}
QFrame[look="bar"] {{ background: {c.window}; }}
QFrame[look="card"] {{ background: {c.surface}; border: 1px solid {c.border}; border-radius: 8px; }}
QFrame[look="line"] {{ background: {c.border}; border: 0; }}
QLabel[look="needs"] {{ color: {c.amber}; }}
QLabel[look="failed"] {{ color: {c.red}; }}
QLabel[look="muted"] {{ color: {c.muted}; }}
QLabel[look="wrong"] {{ color: {c.red}; }}
"""
