"""Colours can be read on every terminal, also on one that has sixteen of them."""

import pytest
from rich.color import Color, ColorSystem

from babilu.terminal.app.themes import COLOURS, TerminalLook, inks_of

FIRST_BRIGHT = 8


@pytest.mark.parametrize("look", COLOURS)
def test_what_stands_on_a_colour_is_not_turned_grey_where_bold_means_bright(look: TerminalLook) -> None:
    for ink, style in inks_of(look).items():
        if style.color is None or style.bgcolor is None:
            continue
        text = _of_sixteen(style.color)
        assert text != _of_sixteen(style.bgcolor), ink
        assert text >= FIRST_BRIGHT or not style.bold, f"{ink} of {look} is bold and dark: a terminal brightens it"


def _of_sixteen(colour: Color) -> int:
    number = colour.downgrade(ColorSystem.STANDARD).number
    assert number is not None
    return number
