"""One session of the full-screen client: from the first picture to a terminal that is as it was before."""

import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from babilu.api.client import ClientFactory, DirectProfile, RelayProfile
from babilu.kernel.ports import Clock
from babilu.presentation.client_bridge import ClientBridge
from babilu.presentation.strings import Strings
from babilu.terminal.app.client_app import ClientApp
from babilu.terminal.app.preferences import TerminalPreferences, read_preferences
from babilu.terminal.app.symbols import signs_for
from babilu.terminal.app.themes import TerminalLook, look_for
from babilu.terminal.app.ui_context import UiContext
from babilu.terminal.style import wants_colour

CLOSE_MS: Final = 10_000

TITLED: Final = ("xterm", "tmux", "screen", "alacritty", "foot", "rxvt", "st-")
"""Kinds of terminals that have a title, as TERM begins."""


def run(
    factory: ClientFactory, profile: RelayProfile | DirectProfile, home: Path, clock: Clock, say: Strings
) -> BaseException | None:
    """Run a session on this process's terminal, in the main thread.

    Args:
        factory: Opens profiles.
        profile: What to open.
        home: Folder of the profiles and of what the person prefers here.
        clock: The time.
        say: The language.

    Returns:
        Why it ended: a `BabiluError`, an error of our own, or None where the person wanted it to.
    """
    symbols = signs_for(os.environ)
    entitled = os.environ.get("TERM", "").startswith(TITLED)
    ui_context = UiContext(say, symbols, clock, home, title=entitled)
    preferences = read_preferences(home, TerminalPreferences(look_for(os.environ)))
    if not wants_colour(os.environ, terminal=True):
        preferences = replace(preferences, look=TerminalLook.PLAIN)
    if os.environ.get("NO_COLOR") == "":
        # Textual takes one that is empty for a wish; https://no-color.org does not.
        del os.environ["NO_COLOR"]
    bridge = ClientBridge(factory, threading.Lock(), time.monotonic)
    app = ClientApp(bridge, profile, preferences, ui_context, takes_signals=True)
    try:
        app.run()
    finally:
        bridge.close(CLOSE_MS)
    return app.error
