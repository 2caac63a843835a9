"""Whether there is a screen is found out before Qt is asked, because Qt aborts and blames the wrong library."""

import os
import sys
from collections.abc import Mapping

from babilu.kernel.errors import UsageError

SCREENLESS = frozenset({"offscreen", "minimal", "vnc", "linuxfb", "eglfs"})


def check_screen(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> None:
    """Make sure that there is a screen to show a window on.

    Raises:
        UsageError: There is none.
    """
    if not platform.startswith("linux") or environment.get("QT_QPA_PLATFORM", "").split(":")[0] in SCREENLESS:
        return
    if not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
        raise UsageError(
            "There is no screen here: neither DISPLAY nor WAYLAND_DISPLAY is set. "
            "Start Babilu from a desktop, or use it in the terminal."
        )
