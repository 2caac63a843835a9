"""Tables for people and JSON for programs; text from others is escaped."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from babilu.presentation.json_line import json_line
from babilu.presentation.plain_text import escaped


def show_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows below a head, each column as wide as its widest value."""
    texts = [tuple("".join(map(escaped, str(value))) for value in row) for row in (head, *rows)]
    widths = [max(len(text[column]) for text in texts) for column in range(len(head))]
    for text in texts:
        print("  ".join(value.ljust(width) for value, width in zip(text, widths, strict=True)).rstrip())


def show_json(event: str, **members: object) -> None:
    """Print one object."""
    plain = msgspec.to_builtins({"event": event, **members})
    print(json_line(plain))


def time_text(milliseconds: int, never: str = "never") -> str:
    """Write a time as people read it, in UTC; ``never`` for one that no calendar has."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return never
