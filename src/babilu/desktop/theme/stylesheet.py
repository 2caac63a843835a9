"""The style sheet: complete controls, scroll bars included, because a half-styled control falls back to an ugly one.

Where fields have the colour of the window, as in high contrast, their edges are drawn.
"""

from typing import Final

from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.palettes import Colours

ROUND: Final = 19
"""Radius of what is round: half the height of an icon button."""


LINE: Final = 20
"""Least height of what one writes in a field, at the usual size of text."""


def sheet(c: Colours, scale: float = 1.0) -> str:
    """Write the style sheet of the application in the given colours, for text so many times the usual size."""
    return "\n".join(
        (_areas(c), _buttons(c, round(ROUND * scale)), _fields(c, round(LINE * scale)), _lists(c), _scroll_bars(c))
    )


def _areas(c: Colours) -> str:
    inset = c.outline if c.field == c.window else c.field
    return f"""
QToolTip {{ background: {c.raised}; color: {c.text}; border: 1px solid {c.outline}; padding: 5px 8px; }}
QMainWindow, QWidget#page {{ background: {c.window}; }}
QWidget#sidebar {{ background: {c.window}; border: 0; }}
QWidget#header {{ background: {c.window}; border: 0; border-bottom: 1px solid {c.border}; }}
QWidget#footer {{ background: {c.window}; border: 0; border-top: 1px solid {c.border}; }}
QWidget#composer {{ background: {c.window}; border: 0; border-top: 1px solid {c.border}; }}
QWidget#canvas {{ background: {c.canvas}; }}
QSplitter::handle {{ background: {c.border}; }}
QFrame#sheet {{ background: {c.raised}; border: 1px solid {c.border}; border-radius: {m.RADIUS_SHEET}px; }}
QFrame#viewer {{ background: {c.canvas}; border: 0; }}
QFrame#card {{ background: {c.window}; border: 1px solid {c.border}; border-radius: {m.RADIUS_SHEET}px; }}
QFrame#inset {{ background: {c.field}; border: 1px solid {inset}; border-radius: {m.RADIUS_ROW}px; }}
QFrame#popup, QListWidget#popup {{ background: {c.raised}; border: 1px solid {c.outline};
    border-radius: {m.RADIUS_ROW}px; }}
QFrame#line {{ background: {c.border}; border: 0; max-height: 1px; min-height: 1px; }}
QFrame#banner {{ background: {c.warning_fill}; border: 0; }}
QFrame#banner QLabel {{ color: {c.on_warning}; }}
QFrame#notice {{ background: {c.selected}; border: 0; }}
QFrame#toast {{ background: {c.text}; border: 0; border-radius: {m.RADIUS_ROW}px; }}
QFrame#toast QLabel {{ color: {c.window}; }}
QLabel[tone="muted"] {{ color: {c.muted}; }}
QLabel[tone="danger"] {{ color: {c.danger}; }}
QLabel[tone="accent"] {{ color: {c.accent_text}; }}
QLabel[tone="positive"] {{ color: {c.positive}; }}
QMenu {{ background: {c.raised}; color: {c.text}; border: 1px solid {c.outline}; padding: 6px; }}
QMenu::item {{ padding: 7px 28px 7px 12px; border-radius: 7px; }}
QMenu::item:selected {{ background: {c.selected}; color: {c.text}; }}
QMenu::item:disabled {{ color: {c.muted}; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::separator {{ height: 1px; background: {c.border}; margin: 5px 8px; }}
"""


def _buttons(c: Colours, half: int) -> str:
    edge = c.outline if c.field == c.window else "transparent"
    return f"""
QPushButton {{ background: {c.field}; color: {c.text}; border: 2px solid transparent;
    border-radius: {m.RADIUS_CONTROL}px; padding: 7px 16px; }}
QPushButton, QToolButton {{ outline: 0; }}
QPushButton[kind=""] {{ border-color: {edge}; }}
QPushButton:hover {{ background: {c.selected}; }}
QPushButton:pressed {{ background: {c.outline}; }}
QPushButton:focus {{ border-color: {c.focus}; }}
QPushButton:disabled {{ color: {c.muted}; background: {c.field}; }}
QPushButton[kind="primary"] {{ background: {c.accent}; color: {c.on_accent}; font-weight: 600; }}
QPushButton[kind="primary"]:hover {{ background: {c.accent_hover}; }}
QPushButton[kind="primary"]:focus {{ border-color: {c.text}; }}
QPushButton[kind="primary"]:disabled {{ background: {c.border}; color: {c.muted}; }}
QPushButton[held="true"], QPushButton[held="true"]:hover {{ background: {c.border}; color: {c.muted}; }}
QPushButton[kind="danger"] {{ background: {c.danger_fill}; color: {c.on_danger}; font-weight: 600; }}
QPushButton[kind="danger"]:focus {{ border-color: {c.text}; }}
QPushButton[kind="quiet"] {{ background: transparent; color: {c.accent_text}; padding: 7px 10px; }}
QPushButton[kind="quiet"]:hover {{ background: {c.hover}; }}
QPushButton[kind="quietdanger"] {{ background: transparent; color: {c.danger}; padding: 7px 10px; text-align: left; }}
QPushButton[kind="quietdanger"]:hover {{ background: {c.hover}; }}
QPushButton[kind="row"] {{ background: transparent; color: {c.text}; padding: 9px 12px; text-align: left; }}
QPushButton[kind="row"]:hover {{ background: {c.hover}; }}
QPushButton[kind="profile"] {{ background: transparent; border: 2px solid {c.border}; border-radius: {m.RADIUS_ROW}px;
    min-height: 46px; }}
QPushButton[kind="profile"]:hover {{ background: {c.hover}; }}
QPushButton[kind="profile"]:checked {{ background: {c.selected}; border-color: {c.accent}; }}
QPushButton[kind="profile"]:focus {{ border-color: {c.focus}; }}
QPushButton[kind="banner"] {{ background: {c.on_warning}; color: {c.warning_fill}; }}
QPushButton[kind="banner"]:focus {{ border-color: {c.focus}; }}
QPushButton[kind="segment"] {{ background: transparent; color: {c.muted}; border-radius: 8px; padding: 6px 10px; }}
QPushButton[kind="segment"]:checked {{ background: {c.raised}; color: {c.accent_text}; font-weight: 600; }}
QPushButton[kind="segment"]:hover {{ background: transparent; }}
QPushButton[kind="segment"]:checked:hover {{ background: {c.raised}; }}
QPushButton[kind="segment"]:hover:!checked {{ color: {c.text}; }}
QPushButton[kind="jump"] {{ background: {c.accent}; color: {c.on_accent}; border-radius: {ROUND}px; padding: 7px 16px;
    font-weight: 600; }}
QPushButton[kind="jump"]:hover {{ background: {c.accent_hover}; }}
QToolButton {{ background: transparent; border: 2px solid transparent; padding: 6px;
    border-radius: {m.RADIUS_CONTROL}px; }}
QToolButton:hover {{ background: {c.hover}; }}
QToolButton:pressed, QToolButton:checked {{ background: {c.selected}; }}
QToolButton:focus {{ border-color: {c.focus}; }}
QToolButton::menu-indicator {{ image: none; }}
QToolButton[kind="send"] {{ background: {c.accent}; border-radius: {half}px; }}
QToolButton[kind="send"]:hover {{ background: {c.accent_hover}; }}
QToolButton[kind="send"]:disabled {{ background: {c.field}; }}
QToolButton[kind="send"]:focus {{ border-color: {c.text}; }}
"""


def _fields(c: Colours, line: int) -> str:
    edge = c.outline if c.field == c.window else c.field
    return f"""
QLineEdit, QSpinBox, QTimeEdit, QDateEdit, QComboBox {{ background: {c.field}; color: {c.text};
    border: 2px solid {edge};
    border-radius: {m.RADIUS_CONTROL}px; padding: 7px 10px; min-height: {line}px; placeholder-text-color: {c.muted};
    selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
QLineEdit:hover, QSpinBox:hover, QTimeEdit:hover, QDateEdit:hover,
QComboBox:hover {{ border-color: {c.outline}; }}
QLineEdit:focus, QSpinBox:focus, QTimeEdit:focus, QDateEdit:focus,
QComboBox:focus {{ border-color: {c.focus}; background: {c.window}; }}
QLineEdit[wrong="true"], QSpinBox[wrong="true"], QPlainTextEdit[wrong="true"] {{ border-color: {c.danger}; }}
QLineEdit:disabled, QSpinBox:disabled, QTimeEdit:disabled, QDateEdit:disabled,
QComboBox:disabled {{ color: {c.muted}; }}
QPlainTextEdit {{ background: {c.field}; color: {c.text}; border: 2px solid {edge}; padding: 5px 7px;
    border-radius: {m.RADIUS_CONTROL}px; selection-background-color: {c.accent}; selection-color: {c.on_accent};
    placeholder-text-color: {c.muted}; }}
QPlainTextEdit:focus {{ border-color: {c.focus}; background: {c.window}; }}
QPlainTextEdit[stopped="true"], QPlainTextEdit[stopped="true"]:focus {{ background: {c.window};
    border-color: {c.outline}; color: {c.muted}; }}
QPlainTextEdit#message {{ border-radius: {ROUND}px; padding: 4px 10px; }}
QSpinBox::up-button, QSpinBox::down-button, QTimeEdit::up-button, QTimeEdit::down-button {{ width: 0; border: 0; }}
QDateEdit::drop-down {{ border: 0; width: 24px; }}
QAbstractSpinBox QLineEdit {{ background: transparent; border: 0; padding: 0; border-radius: 0; }}
QComboBox {{ combobox-popup: 0; }}
QComboBox::drop-down {{ border: 0; width: 28px; }}
QComboBox::down-arrow {{ image: none; width: 0; height: 0; }}
QComboBox QAbstractItemView {{ background: {c.raised}; color: {c.text}; border: 1px solid {c.outline}; padding: 4px;
    selection-background-color: {c.selected}; selection-color: {c.text}; outline: 0; }}
QComboBox QAbstractItemView::item {{ min-height: 30px; padding: 0 8px; }}
QProgressBar {{ background: {c.field}; border: 0; border-radius: 3px; max-height: 6px; min-height: 6px; }}
QProgressBar::chunk {{ background: {c.accent}; border-radius: 3px; }}
"""


def _lists(c: Colours) -> str:
    return f"""
QListView {{ background: {c.window}; border: 0; outline: 0; }}
QListView#choices {{ background: transparent; }}
QListWidget {{ background: {c.field}; color: {c.text}; border-radius: {m.RADIUS_CONTROL}px; padding: 4px; }}
QListWidget::item {{ padding: 6px 8px; border-radius: 7px; color: {c.text}; }}
QListWidget::item:selected {{ background: {c.selected}; color: {c.text}; }}
QListWidget::indicator {{ width: 14px; height: 14px; border: 2px solid {c.muted}; border-radius: 5px; }}
QListWidget::indicator:checked {{ background: {c.accent}; border-color: {c.accent}; }}
QListView#messages {{ background: {c.canvas}; }}
QScrollArea {{ background: transparent; border: 0; }}
QScrollArea > QWidget > QWidget {{ background: transparent; }}
"""


def _scroll_bars(c: Colours) -> str:
    return f"""
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 2px; border: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 2px; border: 0; }}
QScrollBar::handle {{ background: {c.outline}; border-radius: 3px; }}
QScrollBar::handle:vertical {{ min-height: 36px; }}
QScrollBar::handle:horizontal {{ min-width: 36px; }}
QScrollBar::handle:hover {{ background: {c.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; border: 0; background: transparent; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""
