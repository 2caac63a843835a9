"""Icons are strokes on a grid of 24, drawn for Babilu and coloured by the theme."""

from typing import Final

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

STROKES: Final = {
    "search": '<circle cx="10.5" cy="10.5" r="6"/><path d="M15.2 15.2 20 20"/>',
    "send": '<path d="M4.5 12 3.6 4.9c-.1-.8.7-1.4 1.4-1.1l15.2 7.2c.8.4.8 1.6 0 2L5 20.2c-.7.3-1.5-.3-1.4-1.1z"/>'
    '<path d="M4.5 12H12"/>',
    "lock": '<rect x="5" y="10.5" width="14" height="9.5" rx="2.6"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5"/>'
    '<path d="M12 14.3v2"/>',
    "pin": '<path d="M9 3.8h6l-.7 5.7 3 3.2v1.8H6.7v-1.8l3-3.2z"/><path d="M12 14.5v5.7"/>',
    "muted": '<path d="M6.5 16.5V11a5.5 5.5 0 0 1 8.9-4.3M17.5 11v5.5H6.5M10.2 19.6a2 2 0 0 0 3.6 0M4 4l16 16"/>',
    "bell": '<path d="M6.5 16.5V11a5.5 5.5 0 0 1 11 0v5.5zM10.2 19.6a2 2 0 0 0 3.6 0"/>',
    "shield": '<path d="M12 3.6 19 6v5.2c0 4.4-2.8 7.6-7 9.2-4.2-1.6-7-4.8-7-9.2V6z"/>',
    "verified": '<path d="M12 3.6 19 6v5.2c0 4.4-2.8 7.6-7 9.2-4.2-1.6-7-4.8-7-9.2V6z"/><path d="m8.9 11.9 2.3 2.3 4-4.4"/>',
    "warning": '<path d="M10.6 4.6 3.4 17.3c-.6 1.1.2 2.4 1.4 2.4h14.4c1.2 0 2-1.3 1.4-2.4L13.4 4.6c-.6-1.1-2.2-1.1-2.8 0z"/>'
    '<path d="M12 9.5v4.2M12 16.6v.1"/>',
    "call": '<path d="M7.6 4.4 9.7 8.600 7.9 10.500c1.100 2.400 3.200 4.500 5.600 5.600l1.900-1.800 4.200 2.100c.2 2-1.300 3.600-3.300 3.500'
    'C9.800 19.400 4.600 14.200 4.100 7.700 4 5.700 5.600 4.200 7.600 4.400z"/>',
    "more": '<path d="M12 5.5v.1M12 12v.1M12 18.500v.1" stroke-width="2.6"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "new": '<path d="M12 4.500H7A2.500 2.500 0 0 0 4.500 7v10A2.500 2.500 0 0 0 7 19.500h10a2.500 2.500 0 0 0 2.500-2.500v-5"/>'
    '<path d="m10 14 .5-2.800L17.700 4a1.600 1.600 0 0 1 2.300 2.300l-7.200 7.200z"/>',
    "settings": '<path d="M4 7h8M17 7h3M4 17h3M12 17h8"/><circle cx="14.500" cy="7" r="2.300"/><circle cx="9.500" cy="17" r="2.300"/>',
    "down": '<path d="M12 5v13.500M6 13l6 6 6-6"/>',
    "up": '<path d="M12 19V5.500M6 11l6-6 6 6"/>',
    "chevron": '<path d="m9 5.500 6.500 6.500L9 18.500"/>',
    "back": '<path d="M15 5.500 8.500 12l6.500 6.500"/>',
    "check": '<path d="m5 12.600 4.600 4.600L19 7.500"/>',
    "clock": '<circle cx="12" cy="12" r="8"/><path d="M12 7.500V12l3 2"/>',
    "info": '<circle cx="12" cy="12" r="8.300"/><path d="M12 11.200v5M12 7.900v.1"/>',
    "copy": '<rect x="8.500" y="8.500" width="11" height="11" rx="2.500"/><path d="M15.500 8.500V7A2.500 2.500 0 0 0 13 4.500H7A2.500 2.500 0 0 0 '
    '4.500 7v6A2.500 2.500 0 0 0 7 15.500h1.500"/>',
    "forward": '<path d="M13 5.500 20 12l-7 6.500v-4c-4.500 0-7.300 1.200-9 4 .3-5 3-8.600 9-9z"/>',
    "delete": '<path d="M5 7h14M9.500 7V4.500h5V7M7 7l.8 11a1.700 1.700 0 0 0 1.700 1.500h5a1.700 1.700 0 0 0 1.700-1.500L17 7M10.200 11v4.500M13.800 11v4.500"/>',
    "block": '<circle cx="12" cy="12" r="8.300"/><path d="m6.200 6.200 11.600 11.600"/>',
    "close": '<path d="m6 6 12 12M18 6 6 18"/>',
    "person": '<circle cx="12" cy="8.200" r="3.900"/><path d="M4.500 19.800c.8-3.700 3.700-5.700 7.500-5.700s6.700 2 7.500 5.700"/>',
    "people": '<circle cx="9" cy="8.700" r="3.400"/><path d="M2.800 19.300c.6-3.300 3-5 6.200-5s5.600 1.700 6.200 5M15.500 5.600a3.300 3.300 0 0 1 0 6.200'
    'M17.600 14.800c2 .7 3.200 2.200 3.600 4.500"/>',
    "keyboard": '<rect x="3" y="6" width="18" height="12" rx="2.600"/><path d="M7 10v.1M10.300 10v.1M13.700 10v.1M17 10v.1M7.500 14.200h9"/>',
    "globe": '<circle cx="12" cy="12" r="8.300"/><path d="M3.700 12h16.600M12 3.700c2.600 2.400 3.900 5.200 3.900 8.300s-1.300 5.900-3.900 8.300'
    'c-2.600-2.400-3.900-5.200-3.900-8.300S9.400 6.100 12 3.700z"/>',
    "direct": '<path d="M4 8.500h13M13.500 5 17 8.500 13.500 12M20 15.500H7M10.500 12 7 15.500l3.500 3.500"/>',
    "relay": '<rect x="4" y="4.500" width="16" height="6" rx="2"/><rect x="4" y="13.500" width="16" height="6" rx="2"/>'
    '<path d="M7.500 7.500v.1M7.500 16.500v.1"/>',
    "ticket": '<path d="M4 7.500h16v3a1.700 1.700 0 0 0 0 3.300v2.700H4v-2.700a1.700 1.700 0 0 0 0-3.300zM14 7.500v9" />',
    "palette": '<circle cx="12" cy="12" r="8.300"/><path d="M12 3.700v16.600M12 8l6.700-1M12 12h8.200M12 16l6.700 1"/>',
    "open": '<path d="M13.500 4.500h6v6M19.500 4.500l-8 8M17.500 14v3A2.500 2.500 0 0 1 15 19.500H7A2.500 2.500 0 0 1 4.500 17V9A2.500 2.500 0 0 1 7 6.500h3"/>',
    "retry": '<path d="M19 12a7 7 0 1 1-2.100-5M19.500 4v4.500H15"/>',
    "read_text": '<path d="M5 6h14M5 10h14M5 14h14M5 18h8"/>',
    "hide": '<path d="M4 12s3-5.500 8-5.500 8 5.500 8 5.500-3 5.500-8 5.500S4 12 4 12zM4.500 19.500l15-15"/>',
    "qr": '<rect x="4.500" y="4.500" width="5.500" height="5.500" rx="1"/><rect x="14" y="4.500" width="5.500" height="5.500" rx="1"/>'
    '<rect x="4.500" y="14" width="5.500" height="5.500" rx="1"/><path d="M14 14h2.500v2.500M19.500 14v5.500H14M19.500 19.500"/>',
    "offline": '<path d="M3.500 9.200A13 13 0 0 1 8 6.400M12.500 5.500c3 .2 5.700 1.500 8 3.700M6.500 12.600A8.800 8.800 0 0 1 10 10.400M15 10.700c.9.5 1.700 1.100 '
    '2.500 1.900M9.500 16a4.500 4.500 0 0 1 4-1.100M12 19.300v.1M4 4l16 16"/>',
}
"""Each icon's shapes; fills are none and strokes round unless a shape says otherwise."""


def svg(name: str, colour: str, stroke: float = 1.7) -> bytes:
    """Return an icon as an SVG document in one colour."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="{colour}" '
        f'stroke-width="{stroke}" stroke-linecap="round" stroke-linejoin="round">{STROKES[name]}</svg>'
    ).encode("ascii")


def render(document: bytes, size: int, ratio: float) -> QPixmap:
    """Paint an SVG document into a square of ``size`` device-independent pixels."""
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(document)).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap
