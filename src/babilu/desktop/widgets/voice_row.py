"""Voice notes in bubbles: a button, what was said as a row of bars, how long it is, and how fast it is played."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from babilu.api.events import PlayingChanged
from babilu.api.views import FileView, MessageView
from babilu.desktop.language import translate
from babilu.desktop.models.voice_words import speed_words
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.bubble_text import SHADE
from babilu.kernel.states import FileState, PlayingState
from babilu.presentation.files import MOVING
from babilu.presentation.voice_notes import SPEEDS, clock_of_ms, heights, voice_file

WIDTH: Final = 260
LEAST_WIDTH: Final = 150
DISC: Final = 38
ICON: Final = 20
PAD: Final = 4
WAVE: Final = 30
BAR: Final = 3
BAR_GAP: Final = 2
LEAST_BAR: Final = 3
DOT: Final = 8
REST: Final = 145
"""Opacity of bars that were not played yet: seen as well as others, and apart from them."""

PILL_PAD: Final = 7


@dataclass(frozen=True, slots=True)
class VoiceHit:
    """A voice note is there.

    Attributes:
        part: Which part of it, 0 to 1, where its bars are; None for its button.
        speed: Whether the speed is there.
    """

    part: float | None = None
    speed: bool = False


@dataclass(frozen=True, slots=True)
class VoiceRow:
    """A voice note in a bubble.

    Attributes:
        box: Its place.
        disc: Where its button is.
        wave: Where its bars are.
        speed: Where its speed is.
        file: The file.
    """

    box: QRectF
    disc: QRectF
    wave: QRectF
    speed: QRectF
    file: FileView

    def hit(self, at: QPointF) -> VoiceHit | None:
        """Tell what can be pressed at a point."""
        if not self.box.contains(at):
            return None
        if self.speed.contains(at):
            return VoiceHit(speed=True)
        if self.wave.contains(at):
            return VoiceHit((at.x() - self.wave.left()) / self.wave.width())
        return VoiceHit() if at.x() < self.wave.left() else None


def voice_height(theme: Theme) -> float:
    """Tell how high a voice note is."""
    words = QFontMetricsF(theme.fonts.small).height()
    return max(theme.scaled(WAVE) + words, theme.scaled(DISC)) + 2 * PAD


def voice_width(theme: Theme, room: float) -> float:
    """Tell how wide a voice note would like to be."""
    return min(room, max(theme.scaled(LEAST_WIDTH), theme.scaled(WIDTH)))


def place_voice(theme: Theme, message: MessageView, corner: QPointF, width: float) -> VoiceRow | None:
    """Put the voice note of a message; None where it has none."""
    file = voice_file(message)
    if file is None:
        return None
    box = QRectF(corner.x(), corner.y(), width, voice_height(theme))
    inside = box.adjusted(0, PAD, 0, -PAD)
    side = theme.scaled(DISC)
    small = QFontMetricsF(theme.fonts.small)
    disc = QRectF(inside.left(), inside.top() + (theme.scaled(WAVE) - side) / 2 + 2, side, side)
    left = disc.right() + m.SMALL
    wave = QRectF(left, inside.top(), max(box.right() - left, 1.0), theme.scaled(WAVE))
    pill = max(small.horizontalAdvance(speed_words(speed)) for speed in SPEEDS) + 2 * PILL_PAD
    speed = QRectF(box.right() - pill, wave.bottom() + 1, pill, small.height())
    return VoiceRow(box, disc, wave, speed, file)


def paint_voice(
    painter: QPainter, theme: Theme, row: VoiceRow, playing: PlayingChanged | None, speed: int, *, outgoing: bool
) -> None:
    """Paint a voice note, and how far it was played."""
    colours, file = theme.colours, row.file
    ink = colours.on_bubble_out if outgoing else colours.text
    lively = colours.link_out if outgoing else colours.accent
    sounds = playing is not None and playing.state is PlayingState.PLAYING
    side = theme.scaled(ICON)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour(ink, SHADE))
    painter.drawEllipse(row.disc)
    painter.drawPixmap(row.disc.center() - QPointF(side, side) / 2, theme.pixmap(_icon(file, sounds), ink, side))
    length = max(file.duration or 1, 1)
    done = 0.0 if playing is None else min(playing.position / length, 1.0)
    paint_wave(painter, theme, row.wave, file.peaks, (QColor(lively), theme.colour(ink, REST)), done)
    _paint_words(painter, theme, row, playing, (speed, outgoing))
    if file.unheard:
        dot = theme.scaled(DOT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(lively))
        painter.drawEllipse(QRectF(row.disc.right() - dot, row.disc.bottom() - dot, dot, dot))


def paint_wave(
    painter: QPainter,
    theme: Theme,
    box: QRectF,
    peaks: bytes | None,
    colours: tuple[QColor, QColor],
    done: float,
) -> None:
    """Paint what was said as bars; those that were played have the first colour, the others the second."""
    step = theme.scaled(BAR + BAR_GAP)
    thick = theme.scaled(BAR)
    count = max(int(box.width() / step), 1)
    painter.setPen(Qt.PenStyle.NoPen)
    for number, height in enumerate(heights(peaks, count)):
        tall = max(height * box.height(), float(theme.scaled(LEAST_BAR)))
        bar = QRectF(box.left() + number * step, box.center().y() - tall / 2, thick, tall)
        painter.setBrush(colours[0] if (number + 0.5) / count <= done else colours[1])
        painter.drawRoundedRect(bar, thick / 2, thick / 2)


def _icon(file: FileView, sounds: bool) -> str:
    if sounds:
        return "pause"
    return "download" if file.state in MOVING and file.state is FileState.FETCHING else "play"


def _paint_words(
    painter: QPainter, theme: Theme, row: VoiceRow, playing: PlayingChanged | None, look: tuple[int, bool]
) -> None:
    """Write how long it is, or how far it was played, and the speed."""
    speed, outgoing = look
    colours, small = theme.colours, theme.fonts.small
    quiet = colours.meta_out if outgoing else colours.meta_in
    ink = colours.on_bubble_out if outgoing else colours.text
    length = clock_of_ms(row.file.duration or 0)
    words = length if playing is None else f"{clock_of_ms(playing.position)} / {length}"
    if row.file.state is FileState.FAILED:
        words = translate("Voice", "{0} · not fetched").format(length)
    painter.setFont(small)
    painter.setPen(QColor(quiet))
    place = QRectF(row.wave.left(), row.speed.top(), row.speed.left() - row.wave.left(), row.speed.height())
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
    painter.drawText(place, flags, QFontMetricsF(small).elidedText(words, Qt.TextElideMode.ElideRight, place.width()))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour(ink, SHADE))
    painter.drawRoundedRect(row.speed, row.speed.height() / 2, row.speed.height() / 2)
    painter.setPen(QColor(ink))
    painter.drawText(row.speed, Qt.AlignmentFlag.AlignCenter, speed_words(speed))
