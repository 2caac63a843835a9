"""Distances and sizes in device-independent pixels, on a grid of four."""

from typing import Final

TINY: Final = 4
SMALL: Final = 8
MEDIUM: Final = 12
LARGE: Final = 16
WIDE: Final = 24
HUGE: Final = 32

RADIUS_CONTROL: Final = 10
RADIUS_ROW: Final = 12
RADIUS_SHEET: Final = 16
RADIUS_BUBBLE: Final = 16
RADIUS_BUBBLE_INNER: Final = 5

CONTROL_HEIGHT: Final = 38
HEADER_HEIGHT: Final = 60
ROW_HEIGHT: Final = 70
AVATAR: Final = 48
AVATAR_SMALL: Final = 38
AVATAR_LARGE: Final = 88
ICON: Final = 20
ICON_SMALL: Final = 16
ICON_BUTTON: Final = 38

SIDEBAR_MIN: Final = 250
SIDEBAR: Final = 330
SIDEBAR_MAX: Final = 480
SIDEBAR_SHARE: Final = 0.4
PAGE_MIN: Final = 380
WINDOW_WIDTH: Final = 1120
WINDOW_HEIGHT: Final = 740

TEXT_MIN: Final = 220
"""Width below which nobody reads a sentence with ease."""

BUBBLE_MAX: Final = 580
BUBBLE_SHARE: Final = 0.74
BUBBLE_PAD_X: Final = 12
BUBBLE_PAD_Y: Final = 7
MESSAGE_MARGIN: Final = 20
GROUP_GAP: Final = 10
BUBBLE_GAP: Final = 3

SHEET_WIDTH: Final = 440
SHEET_WIDE: Final = 620
FORM_WIDTH: Final = 420
