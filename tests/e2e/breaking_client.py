"""Runs the program with a key that breaks the full-screen client: F1 divides by zero."""

import sys

from babilu.cli import main
from babilu.terminal.app.main_screen import MainScreen


def break_it(screen: MainScreen) -> None:
    """Meet an error of our own."""
    del screen
    raise ZeroDivisionError


MainScreen.action_help = break_it  # type: ignore[method-assign]
sys.exit(main(sys.argv[1:]))
