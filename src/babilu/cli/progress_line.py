"""One line on a terminal that says what happens now, and that the next one takes the place of."""

import sys
from typing import Final

WIDTH: Final = 78


def progress(text: str) -> None:
    """Show on a terminal what happens now; nothing elsewhere."""
    if sys.stderr.isatty():
        print(f"\r{text[:WIDTH]:<{WIDTH}}\r", end="", file=sys.stderr, flush=True)
