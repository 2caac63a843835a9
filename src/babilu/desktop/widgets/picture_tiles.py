"""Pictures in a bubble: their places are those of the sharp ones from the beginning, so that nothing moves later."""

import math
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QImage, QPainter, QPen, QTransform

from babilu.api.views import FileView, MessageView
from babilu.desktop.language import size_words, translate
from babilu.desktop.models.file_words import brief_words
from babilu.desktop.theme.palettes import Look
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.bubble_text import SHADE
from babilu.desktop.widgets.file_rows import STATE_ICONS
from babilu.kernel.limits import SHOWN_SIDE
from babilu.kernel.states import FileState
from babilu.presentation.albums import Album, AlbumSize, arranged
from babilu.presentation.files import MOVING
from babilu.presentation.pictures import pictures_of, sides_of

WIDTH: Final = 380
HEIGHT: Final = 360
HIGHEST: Final = 480
"""Height of a picture beside large text: more would leave no room for anything else."""

LEAST: Final = 150
GAP: Final = 3
EDGE: Final = 4
"""Between a picture and the edge of its bubble."""

RADIUS: Final = 12
DISC: Final = 44
ICON: Final = 22
PILL_PAD: Final = 7
ARC: Final = 3
VEIL: Final = 190


@dataclass(frozen=True, slots=True)
class PictureTile:
    """A picture in a bubble.

    Attributes:
        box: Its place.
        file: The file.
        line: What is written on it, or empty.
        icon: What a press on it does, where it is not shown then, or empty.
        part: How much of it has been moved, from 0 to 1, while it moves; else None.
    """

    box: QRectF
    file: FileView
    line: str
    icon: str
    part: float | None


def album_of(theme: Theme, message: MessageView, room: float) -> Album | None:
    """Arrange the pictures of a message within a width; None where it has none."""
    pictures = pictures_of(message)
    if not pictures:
        return None
    width = min(room, theme.scaled(WIDTH))
    size = AlbumSize(width, min(theme.scaled(HEIGHT), HIGHEST), min(width, theme.scaled(LEAST)), GAP)
    return arranged([sides_of(file) for file in pictures], size)


def place_tiles(album: Album | None, message: MessageView, corner: QPointF) -> tuple[PictureTile, ...]:
    """Put the pictures of a message below a point."""
    if album is None:
        return ()
    return tuple(
        PictureTile(
            QRectF(corner.x() + tile.left, corner.y() + tile.top, tile.width, tile.height),
            file,
            tile_words(file),
            _icon(message, file),
            _part(file),
        )
        for file, tile in zip(pictures_of(message), album.tiles, strict=True)
    )


def tile_words(file: FileView) -> str:
    """Give what is written on a picture: nothing where it is whole and rests."""
    match file.state:
        case FileState.OFFERED | FileState.FREED:
            return size_words(file.size)
        case FileState.WAITING:
            return brief_words(file)
        case FileState.SENDING | FileState.FETCHING if file.size:
            return translate("File", "{0} %").format(file.done * 100 // file.size)
        case FileState.PAUSED:
            return translate("File", "paused")
        case FileState.FAILED:
            return translate("Picture", "Not moved")
        case _:
            return ""


def _icon(message: MessageView, file: FileView) -> str:
    # An own picture is looked at while it is sent; a press on somebody else's is about its transfer.
    if message.outgoing and file.state in MOVING:
        return ""
    return STATE_ICONS.get(file.state, "")


def _part(file: FileView) -> float | None:
    moves = file.state in MOVING or file.state is FileState.PAUSED
    return min(1.0, file.done / file.size) if moves and file.size else None


def paint_tile(
    painter: QPainter, theme: Theme, tile: PictureTile, image: QImage | None, *, outgoing: bool, broken: bool
) -> None:
    """Paint a picture, and what there is to say of it."""
    colours, box = theme.colours, tile.box
    painter.setPen(Qt.PenStyle.NoPen)
    if image is None:
        painter.setBrush(theme.colour(colours.on_bubble_out if outgoing else colours.text, SHADE))
    else:
        painter.setBrush(covering(image, box))
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawRoundedRect(box, RADIUS, RADIUS)
    if broken:
        _paint_words(painter, theme, box, "warning", translate("Picture", "Cannot be shown"), None)
    elif tile.icon or tile.line:
        _paint_words(painter, theme, box, tile.icon, tile.line, tile.part)


def covered(tile: PictureTile, ratio: float) -> int:
    """Tell how long the longer side of a picture is, in pixels of a screen, that covers its place."""
    width, height = sides_of(tile.file)
    scale = max(tile.box.width() / width, tile.box.height() / height) * ratio
    return min(SHOWN_SIDE, math.ceil(max(width, height) * min(scale, 1.0)))


def covering(image: QImage, box: QRectF) -> QBrush:
    """Give a brush that fills a box with a picture in its own proportions; what sticks out is cut off evenly."""
    # A brush begins anew beyond the picture, and smoothing would draw the far edge into the near one.
    scale = max((box.width() + 2) / image.width(), (box.height() + 2) / image.height())
    left = box.center().x() - image.width() * scale / 2
    top = box.center().y() - image.height() * scale / 2
    brush = QBrush(image)
    brush.setTransform(QTransform(scale, 0, 0, scale, left, top))
    return brush


def _paint_words(painter: QPainter, theme: Theme, box: QRectF, icon: str, words: str, part: float | None) -> None:
    """Write on a picture, in its middle: a disc for what a press does, and below it how the file stands."""
    colours, font = theme.colours, theme.fonts.small
    metrics = QFontMetricsF(font)
    plain = theme.look in {Look.LIGHT, Look.DARK}
    veil = theme.colour(colours.veil, VEIL if plain else 255)
    edge = Qt.PenStyle.NoPen if plain else QPen(QColor(colours.on_veil), 1)
    side = min(theme.scaled(DISC), box.width() - 2 * EDGE, box.height() - 2 * EDGE) if icon else 0.0
    room = box.width() - 2 * (EDGE + PILL_PAD)
    text = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room) if words else ""
    high = metrics.height() + 4
    fits = bool(text) and side + GAP + high <= box.height() - 2 * EDGE
    top = box.center().y() - (side + (GAP + high if fits else 0)) / 2
    if icon:
        disc = QRectF(box.center().x() - side / 2, top, side, side)
        painter.setPen(edge)
        painter.setBrush(veil)
        painter.drawEllipse(disc)
        size = min(theme.scaled(ICON), round(side * 0.6))
        painter.drawPixmap(disc.center() - QPointF(size, size) / 2, theme.pixmap(icon, colours.on_veil, size))
        if part is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.on_veil), ARC, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            ring = disc.adjusted(ARC, ARC, -ARC, -ARC)
            painter.drawArc(ring, 90 * 16, -round(part * 360 * 16))
    if fits:
        wide = metrics.horizontalAdvance(text) + 2 * PILL_PAD
        pill = QRectF(box.center().x() - wide / 2, top + (side + GAP if icon else 0), wide, high)
        painter.setPen(edge)
        painter.setBrush(veil)
        painter.drawRoundedRect(pill, high / 2, high / 2)
        painter.setFont(font)
        painter.setPen(QColor(colours.on_veil))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)
