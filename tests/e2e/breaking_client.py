"""Runs the program with a key that breaks the full-screen client: F1 divides by zero."""

import sys
from unittest.mock import patch

from babilu.cli import main
from babilu.terminal.app.main_screen import MainScreen

with patch.object(MainScreen, "action_help", side_effect=ZeroDivisionError):
    sys.exit(main(sys.argv[1:]))
