"""Check of the machine for what a window needs, made before Qt is fetched or asked: Qt aborts and blames itself.

Standard library alone, so that the launcher can look before it downloads anything.
"""

import ctypes
import os
import sys
from collections.abc import Callable, Mapping
from typing import Final

SCREENLESS: Final = frozenset({"offscreen", "minimal", "vnc", "linuxfb", "eglfs"})

ALWAYS: Final = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libbrotlicommon.so.1": "libbrotli1",
    "libbrotlidec.so.1": "libbrotli1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libzstd.so.1": "libzstd1",
}
"""Libraries that Qt's modules load, with Debian's packages."""

X11: Final = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""What its platform for X11 loads besides."""

WAYLAND: Final = {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
}
"""What its platform for Wayland loads besides."""


def obstacles(
    environment: Mapping[str, str] = os.environ,
    platform: str = sys.platform,
    load: Callable[[str], object] = ctypes.CDLL,
) -> list[str]:
    """Look for a screen and for the libraries that show a window on it.

    Args:
        environment: The process's environment.
        platform: The operating system, as `sys.platform` names it.
        load: Loads a library by its name, and raises OSError where there is none.

    Returns:
        A sentence for each thing that is missing.
    """
    if not platform.startswith("linux"):
        return []
    chosen = environment.get("QT_QPA_PLATFORM", "").split(":")[0]
    wanted = ALWAYS
    found = []
    if chosen not in SCREENLESS:
        on_wayland = chosen.startswith("wayland") or (not chosen and bool(environment.get("WAYLAND_DISPLAY")))
        wanted = wanted | (WAYLAND if on_wayland else X11)
        if not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
            found.append(
                "There is no screen here: neither DISPLAY nor WAYLAND_DISPLAY is set. "
                "Start Babilu from a desktop, or use it in the terminal."
            )
    missing = [library for library in wanted if not _loads(library, load)]
    if missing:
        found.append(
            f"The desktop client needs libraries of the system that are missing here: {', '.join(missing)}. "
            f"On Debian and its like: sudo apt install {' '.join(dict.fromkeys(wanted[each] for each in missing))}"
        )
    return found


def _loads(library: str, load: Callable[[str], object]) -> bool:
    try:
        load(library)
    except OSError:
        return False
    return True
