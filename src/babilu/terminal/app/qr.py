"""A code for another screen's camera, dark on light whatever the theme."""

from babilu.terminal.app.spans import Line, Span
from babilu.terminal.app.themes import Ink
from babilu.terminal.qr_blocks import qr_blocks


def qr_lines(payload: bytes | str, width: int) -> list[Line]:
    """Draw a code; nothing where the width does not hold it."""
    return [(Span(blocks, Ink.CODE),) for blocks in qr_blocks(payload, width)]
