"""Files in a bubble: a row each, with its name, its size, how it stands, and a bar while it moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from babilu.api.views import FileView, MessageView
from babilu.desktop.language import size_words, translate
from babilu.desktop.models.file_words import brief_words, file_name, state_words
from babilu.desktop.models.message_words import duration
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.bubble_text import SHADE
from babilu.kernel.states import FileState
from babilu.presentation.file_model import FileModel
from babilu.presentation.files import MOVING, FileKind, Pace, kind_of, waits_for
from babilu.presentation.pictures import others_of

WIDTH: Final = 300
LEAST_WIDTH: Final = 150
DISC: Final = 38
ICON: Final = 20
PAD: Final = 4
BAR: Final = 4

KIND_ICONS: Final = {
    FileKind.PICTURE: "picture",
    FileKind.SOUND: "sound",
    FileKind.FILM: "film",
    FileKind.TEXT: "note",
    FileKind.PACKED: "archive",
    FileKind.OTHER: "file",
}
STATE_ICONS: Final = {
    FileState.OFFERED: "download",
    FileState.FREED: "download",
    FileState.WAITING: "pause",
    FileState.SENDING: "pause",
    FileState.FETCHING: "pause",
    FileState.PAUSED: "retry",
    FileState.FAILED: "retry",
}
"""What pressing a row does, where that is more than saving."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file in a bubble.

    Attributes:
        box: Its place.
        file: The file.
        name: Its name as it is shown.
        line: Its size, and how it stands, as far as there is room for it.
        part: How much of it has been moved, from 0 to 1, while it moves; else None.
    """

    box: QRectF
    file: FileView
    name: str
    line: str
    part: float | None


def row_height(theme: Theme) -> float:
    """Tell how high the row of a file is."""
    words = QFontMetricsF(theme.fonts.strong).height() + QFontMetricsF(theme.fonts.small).height()
    return max(words, theme.scaled(DISC)) + 2 * PAD + BAR


def rows_width(theme: Theme, message: MessageView, files: FileModel | None, room: float) -> float:
    """Tell how wide the rows of a message's files would like to be."""
    strong, small = QFontMetricsF(theme.fonts.strong), QFontMetricsF(theme.fonts.small)
    beside = theme.scaled(DISC) + m.SMALL
    words = max(
        max(strong.horizontalAdvance(file_name(file.name)), small.horizontalAdvance(line_of(file, message, files)))
        for file in others_of(message)
    )
    return min(room, max(theme.scaled(LEAST_WIDTH), min(theme.scaled(WIDTH), beside + words + 1)))


def place_rows(
    theme: Theme, message: MessageView, files: FileModel | None, corner: QPointF, width: float
) -> tuple[FileRow, ...]:
    """Put the files of a message below each other."""
    height = row_height(theme)
    rows = []
    for number, file in enumerate(others_of(message)):
        box = QRectF(corner.x(), corner.y() + number * height, width, height)
        moves = file.state in MOVING or file.state is FileState.PAUSED
        part = min(1.0, file.done / file.size) if moves and file.size else None
        line = fitting(theme, lines_of(file, message, files), width - theme.scaled(DISC) - m.SMALL)
        rows.append(FileRow(box, file, file_name(file.name), line, part))
    return tuple(rows)


def fitting(theme: Theme, lines: Sequence[str], room: float) -> str:
    """Give the first of several ways to say a thing that has room, or else the first one."""
    metrics = QFontMetricsF(theme.fonts.small)
    return next((line for line in lines if metrics.horizontalAdvance(line) <= room), lines[0])


def line_of(file: FileView, message: MessageView, files: FileModel | None) -> str:
    """Say a file's size, and how it stands."""
    return lines_of(file, message, files)[0]


def lines_of(file: FileView, message: MessageView, files: FileModel | None) -> tuple[str, ...]:
    """Say a file's size and how it stands, and then the same in fewer words: how it stands counts most."""
    pace = None if files is None else files.pace(message, file.index)
    saved = None if files is None else files.saved_at(message, file.index)
    size = size_words(file.size)
    if file.state in MOVING and file.done and file.size and waits_for(file) is None:
        percent = translate("File", "{0} %").format(file.done * 100 // file.size)
        if pace is None:
            return f"{size} · {percent}", percent
        left = translate("File", "{0} · {1} left").format(percent, duration(pace.seconds_left))
        return f"{size} · {_progress(percent, pace)}", left, percent
    if saved is not None and file.state in {FileState.HERE, FileState.SENT, FileState.SENDING, FileState.WAITING}:
        folder = file_name(Path(saved).parent.name or saved)
        whole = translate("File", "{0} · saved in {1}").format(size, folder)
        return whole, translate("File", "saved in {0}").format(folder)
    return f"{size} · {state_words(file)}", state_words(file), brief_words(file)


def about_file(message: MessageView, index: int, files: FileModel | None) -> str:
    """Say all of a file that its row or its picture may have no room for."""
    file = next((file for file in message.files if file.index == index), None)
    return "" if file is None else f"{file_name(file.name)}\n{line_of(file, message, files)}"


def _progress(percent: str, pace: Pace) -> str:
    speed = translate("File", "{0}/s").format(size_words(pace.per_second))
    return translate("File", "{0} · {1} · {2} left").format(percent, speed, duration(pace.seconds_left))


def paint_row(painter: QPainter, theme: Theme, row: FileRow, *, outgoing: bool) -> None:
    """Paint the row of a file."""
    colours, fonts = theme.colours, theme.fonts
    ink = colours.on_bubble_out if outgoing else colours.text
    quiet = colours.meta_out if outgoing else colours.meta_in
    side, icon_side = theme.scaled(DISC), theme.scaled(ICON)
    strong, small = QFontMetricsF(fonts.strong), QFontMetricsF(fonts.small)
    inside = row.box.adjusted(0, PAD, 0, -PAD - BAR)
    disc = QRectF(inside.left(), inside.center().y() - side / 2, side, side)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour(ink, SHADE))
    painter.drawEllipse(disc)
    name = STATE_ICONS.get(row.file.state, KIND_ICONS[kind_of(row.file)])
    painter.drawPixmap(disc.center() - QPointF(icon_side, icon_side) / 2, theme.pixmap(name, ink, icon_side))
    left = disc.right() + m.SMALL
    top = inside.center().y() - (strong.height() + small.height()) / 2
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
    # Of a long name the middle is left out: its ending says what it is.
    for font, metrics, text, colour, cut, y in (
        (fonts.strong, strong, row.name, ink, Qt.TextElideMode.ElideMiddle, top),
        (fonts.small, small, row.line, quiet, Qt.TextElideMode.ElideRight, top + strong.height()),
    ):
        box = QRectF(left, y, row.box.right() - left, metrics.height())
        painter.setFont(font)
        painter.setPen(QColor(colour))
        painter.drawText(box, flags, metrics.elidedText(text, cut, box.width()))
    if row.part is not None:
        bar = QRectF(left, row.box.bottom() - PAD - BAR, row.box.right() - left, BAR)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(ink, SHADE))
        painter.drawRoundedRect(bar, BAR / 2, BAR / 2)
        done = QRectF(bar.left(), bar.top(), max(float(BAR), bar.width() * row.part), BAR)
        painter.setBrush(QColor(colours.link_out if outgoing else colours.accent))
        painter.drawRoundedRect(done, BAR / 2, BAR / 2)
