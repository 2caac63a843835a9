"""A code for another screen's camera, two rows of it in a line of the terminal."""

import segno

from babilu.terminal.app.spans import Line, Span
from babilu.terminal.app.themes import Ink

QUIET = 2
"""Light modules around the code; scanners ask for four and manage with two."""

_HALVES = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}


def qr_lines(payload: bytes, width: int) -> list[Line]:
    """Draw a code, dark on light whatever the theme; nothing where the width does not hold it."""
    code = segno.make(payload, error="l", micro=False)
    rows = [[bool(module) for module in row] for row in code.matrix_iter(border=QUIET)]
    if len(rows[0]) > width:
        return []
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return [
        (Span("".join(_HALVES[pair] for pair in zip(upper, lower, strict=True)), Ink.CODE),) for upper, lower in pairs
    ]
