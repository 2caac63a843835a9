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
    "verified": '<path d="M12 3.6 19 6v5.2c0 4.4-2.8 7.6-7 9.2-4.2-1.6-7-4.8-7-9.2V6z"/><path d="m8.9 11.9 2.3 '
    '2.3 4-4.4"/>',
    "warning": '<path d="M10.6 4.6 3.4 17.3c-.6 1.1.2 2.4 1.4 2.4h14.4c1.2 0 2-1.3 1.4-2.4L13.4 '
    '4.6c-.6-1.1-2.2-1.1-2.8 0z"/>'
    '<path d="M12 9.5v4.2M12 16.6v.1"/>',
    "call": '<path d="M7.6 4.4 9.7 8.6 7.9 10.5c1.1 2.4 3.2 4.5 5.6 5.6l1.9-1.8 4.2 2.1c.2 2-1.3 3.6-3.3 3.5'
    'C9.8 19.4 4.6 14.2 4.1 7.7 4 5.7 5.6 4.2 7.6 4.4z"/>',
    "more": '<path d="M12 5.5v.1M12 12v.1M12 18.5v.1" stroke-width="2.6"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "minus": '<path d="M5 12h14"/>',
    "fit": '<path d="M4.5 9V4.5H9M15 4.5h4.5V9M19.5 15v4.5H15M9 19.5H4.5V15"/>',
    "natural": '<path d="M5.5 8.6 8 7v10M16 8.6 18.5 7v10M12 9.8v.1M12 14.2v.1"/>',
    "new": '<path d="M12 4.5H7A2.5 2.5 0 0 0 4.5 7v10A2.5 2.5 0 0 0 7 19.5h10a2.5 2.5 0 0 0 2.5-2.5v-5"/>'
    '<path d="m10 14 .5-2.8L17.7 4a1.6 1.6 0 0 1 2.3 2.3l-7.2 7.2z"/>',
    "settings": '<path d="M4 7h8M17 7h3M4 17h3M12 17h8"/><circle cx="14.5" cy="7" r="2.3"/><circle cx="9.5" '
    'cy="17" r="2.3"/>',
    "down": '<path d="M12 5v13.5M6 13l6 6 6-6"/>',
    "up": '<path d="M12 19V5.5M6 11l6-6 6 6"/>',
    "chevron": '<path d="m9 5.5 6.5 6.5L9 18.5"/>',
    "back": '<path d="M15 5.5 8.5 12l6.5 6.5"/>',
    "check": '<path d="m5 12.6 4.6 4.6L19 7.5"/>',
    "clock": '<circle cx="12" cy="12" r="8"/><path d="M12 7.5V12l3 2"/>',
    "info": '<circle cx="12" cy="12" r="8.3"/><path d="M12 11.2v5M12 7.9v.1"/>',
    "copy": '<rect x="8.5" y="8.5" width="11" height="11" rx="2.5"/><path d="M15.5 8.5V7A2.5 2.5 0 0 0 13 '
    "4.5H7A2.5 2.5 0 0 0 "
    '4.5 7v6A2.5 2.5 0 0 0 7 15.5h1.5"/>',
    "forward": '<path d="M13 5.5 20 12l-7 6.5v-4c-4.5 0-7.3 1.2-9 4 .3-5 3-8.6 9-9z"/>',
    "reply": '<path d="M11 5.5 4 12l7 6.5v-4c4.5 0 7.3 1.2 9 4-.3-5-3-8.6-9-9z"/>',
    "smile": '<circle cx="12" cy="12" r="8.3"/><path d="M8.3 14.2c1 1.5 2.2 2.2 3.7 2.2s2.7-.7 3.7-2.2M9.2 9.6v.1M14.8 '
    '9.6v.1"/>',
    "archive": '<rect x="4" y="5" width="16" height="4.5" rx="1.4"/><path d="M5.5 9.5V18a1.6 1.6 0 0 0 1.6 1.6h9.8A1.6 '
    '1.6 0 0 0 18.5 18V9.5M10 13h4"/>',
    "timer": '<circle cx="12" cy="13.2" r="7"/><path d="M12 9.4v3.8l2.4 1.6M9.8 3.6h4.4"/>',
    "unread": '<circle cx="12" cy="12" r="8.3"/><circle cx="12" cy="12" r="3"/>',
    "note": '<path d="M6 4.5h12v10l-5 5H6zM18 14.5h-5v5M9 8.5h6M9 12h3"/>',
    "delete": '<path d="M5 7h14M9.5 7V4.5h5V7M7 7l.8 11a1.7 1.7 0 0 0 1.7 1.5h5a1.7 1.7 0 0 0 1.7-1.5L17 7M10.2 '
    '11v4.5M13.8 11v4.5"/>',
    "block": '<circle cx="12" cy="12" r="8.3"/><path d="m6.2 6.2 11.6 11.6"/>',
    "close": '<path d="m6 6 12 12M18 6 6 18"/>',
    "person": '<circle cx="12" cy="8.2" r="3.9"/><path d="M4.5 19.8c.8-3.7 3.7-5.7 7.5-5.7s6.7 2 7.5 5.7"/>',
    "people": '<circle cx="9" cy="8.7" r="3.4"/><path d="M2.8 19.3c.6-3.3 3-5 6.2-5s5.6 1.7 6.2 5M15.5 5.6a3.3 '
    "3.3 0 0 1 0 6.2"
    'M17.6 14.8c2 .7 3.2 2.2 3.6 4.5"/>',
    "keyboard": '<rect x="3" y="6" width="18" height="12" rx="2.6"/><path d="M7 10v.1M10.3 10v.1M13.7 10v.1M17 '
    '10v.1M7.5 14.2h9"/>',
    "globe": '<circle cx="12" cy="12" r="8.3"/><path d="M3.7 12h16.6M12 3.7c2.6 2.4 3.9 5.2 3.9 8.3s-1.3 5.9-3.9 8.3'
    'c-2.6-2.4-3.9-5.2-3.9-8.3S9.4 6.1 12 3.7z"/>',
    "direct": '<path d="M4 8.5h13M13.5 5 17 8.5 13.5 12M20 15.5H7M10.5 12 7 15.5l3.5 3.5"/>',
    "relay": '<rect x="4" y="4.5" width="16" height="6" rx="2"/><rect x="4" y="13.5" width="16" height="6" rx="2"/>'
    '<path d="M7.5 7.5v.1M7.5 16.5v.1"/>',
    "ticket": '<path d="M4 7.5h16v3a1.7 1.7 0 0 0 0 3.3v2.7H4v-2.7a1.7 1.7 0 0 0 0-3.3zM14 7.5v9" />',
    "palette": '<circle cx="12" cy="12" r="8.3"/><path d="M12 3.7v16.6M12 8l6.7-1M12 12h8.2M12 16l6.7 1"/>',
    "open": '<path d="M13.5 4.5h6v6M19.5 4.5l-8 8M17.5 14v3A2.5 2.5 0 0 1 15 19.5H7A2.5 2.5 0 0 1 4.5 17V9A2.5 '
    '2.5 0 0 1 7 6.5h3"/>',
    "retry": '<path d="M19 12a7 7 0 1 1-2.1-5M19.5 4v4.5H15"/>',
    "read_text": '<path d="M5 6h14M5 10h14M5 14h14M5 18h8"/>',
    "show": '<path d="M4 12s3-5.5 8-5.5 8 5.5 8 5.5-3 5.5-8 5.5S4 12 4 12z"/><circle cx="12" cy="12" r="2.3"/>',
    "hide": '<path d="M4 12s3-5.5 8-5.5 8 5.5 8 5.5-3 5.5-8 5.5S4 12 4 12zM4.5 19.5l15-15"/>',
    "qr": '<rect x="4.5" y="4.5" width="5.5" height="5.5" rx="1"/><rect x="14" y="4.5" width="5.5" height="5.5" '
    'rx="1"/>'
    '<rect x="4.5" y="14" width="5.5" height="5.5" rx="1"/><path d="M14 14h2.5v2.5M19.5 14v5.5H14M19.5 19.5"/>',
    "file": '<path d="M7 3.8h7l4 4v12.4H7zM13.6 4v4.4H18"/>',
    "picture": '<rect x="4" y="5" width="16" height="14" rx="2.2"/><circle cx="9" cy="10" r="1.6"/>'
    '<path d="m5 17 4.5-4 3 2.6 3-3.1L19.5 17"/>',
    "sound": '<path d="M9 17.2V6.5l9-2v10.7"/><circle cx="6.8" cy="17.2" r="2.2"/>'
    '<circle cx="15.8" cy="15.2" r="2.2"/>',
    "film": '<rect x="3.8" y="6" width="11.4" height="12" rx="2"/><path d="m15.2 11 5-3v8l-5-3"/>',
    "download": '<path d="M12 4.5v10M7.5 10.5l4.5 4.5 4.5-4.5M5 19.5h14"/>',
    "pause": '<path d="M9 6.5v11M15 6.5v11"/>',
    "play": '<path d="M8.5 5.8v12.4L18.5 12z"/>',
    "stop": '<rect x="7" y="7" width="10" height="10" rx="1.6"/>',
    "microphone": '<rect x="9" y="3.8" width="6" height="10.4" rx="3"/><path d="M5.8 11.4a6.2 6.2 0 0 0 12.4 '
    '0M12 17.6v2.8"/>',
    "attach": '<path d="m18.5 11-6.6 6.6a4 4 0 0 1-5.7-5.7l7-7a2.7 2.7 0 0 1 3.8 3.8l-6.9 6.9a1.3 1.3 0 0 1-1.9-1.9'
    'l6.2-6.2"/>',
    "folder": '<path d="M4 7.2A1.7 1.7 0 0 1 5.7 5.5h3.6l2 2.3h7A1.7 1.7 0 0 1 20 9.5v7.3a1.7 1.7 0 0 1-1.7 1.7H5.7'
    'A1.7 1.7 0 0 1 4 16.8z"/>',
    "offline": '<path d="M3.5 9.2A13 13 0 0 1 8 6.4M12.5 5.5c3 .2 5.7 1.5 8 3.7M6.5 12.6A8.8 8.8 0 0 1 10 '
    "10.4M15 10.7c.9.5 1.7 1.1 "
    '2.5 1.9M9.5 16a4.5 4.5 0 0 1 4-1.1M12 19.3v.1M4 4l16 16"/>',
}
"""Each icon's shapes; fills are none and strokes round unless a shape says otherwise."""


STROKE_WIDTH: Final = 1.7
"""Of every icon, on its 24 units."""


def svg(name: str, colour: str) -> bytes:
    """Return an icon as an SVG document in one colour."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="{colour}" '
        f'stroke-width="{STROKE_WIDTH}" stroke-linecap="round" stroke-linejoin="round">{STROKES[name]}</svg>'
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
