"""`babilu privacy report` prints every row that the relay holds about one's own account, and what that is for."""

import shutil
import textwrap
from typing import TYPE_CHECKING, Final

from babilu.cli.commands import Group, command
from babilu.cli.parameters import flag
from babilu.cli.profile_choice import ProfileChoice, of_profile
from babilu.cli.tables import time_text

if TYPE_CHECKING:
    from babilu.api.views import HeldTableView
    from babilu.presentation.strings import Strings

MEANT: Final = frozenset({"account", "device", "prekey_kind", "prekey", "mail", "stored", "known", "blob", "audit"})
"""Tables of which a sentence says what they are for."""

FEW: Final = 5
"""Rows of a table that a summary shows."""

TIMES: Final = frozenset({"created_at", "stored_at", "completed_at", "at"})
LONG: Final = 40
"""Characters of a value that fit the table of many rows."""

LONG_ALONE: Final = 64
"""Characters of a value that fit beside its column's name: a hash or a key."""

WIDTH: Final = 100
"""Longest line of a sentence, where the terminal is as wide."""


@command("privacy.report")
@flag("--rows")
@of_profile
def report(choice: ProfileChoice, *, rows: bool, as_json: bool) -> None:
    """Print what the relay holds about the account of a profile: a summary, and every row where that is asked for."""
    from babilu.api.commands import ReadHoldings
    from babilu.cli.account import ask_profile
    from babilu.cli.tables import show_json

    held = ask_profile(choice, ReadHoldings())
    if as_json:
        tables = {
            table.table: [dict(zip(table.columns, row, strict=True)) for row in table.rows] for table in held.tables
        }
        show_json("holdings", account=held.account, at=held.at, tables=tables)
        return
    say = choice.say
    print(say("privacy.title", account=held.account, at=time_text(held.at)))
    for table in held.tables:
        print()
        show_held(table, say, rows=rows)
    print()
    tell(say("privacy.cut" if rows else "privacy.summary"))
    tell(say("privacy.beside"))


def show_held(table: "HeldTableView", say: "Strings", *, rows: bool = True) -> None:
    """Print what a table is for, and its rows where they are asked for or few; all of it comes from the relay."""
    from babilu.cli.tables import show_table
    from babilu.presentation.plain_text import one_line

    print(say("privacy.rows", table=one_line(table.table), count=len(table.rows)))
    if table.table in MEANT:
        tell(say(f"privacy.table.{table.table}"))
    if len(table.rows) > FEW and not rows:
        return
    if len(table.rows) == 1:
        (only,) = table.rows
        values = zip(table.columns, only, strict=True)
        head = (say("head.column"), say("head.value"))
        show_table(head, [(column, _plain(column, value, LONG_ALONE)) for column, value in values])
        return
    cut = [[_plain(name, value, LONG) for name, value in zip(table.columns, row, strict=True)] for row in table.rows]
    show_table(table.columns, cut)


def tell(sentence: str) -> None:
    """Print a sentence in lines that fit the terminal."""
    print(textwrap.fill(sentence, min(shutil.get_terminal_size().columns, WIDTH)))


def _plain(column: str, value: str | None, most: int) -> str:
    if value is None:
        return "-"
    if column in TIMES and value.isdecimal():
        return time_text(int(value))
    return value if len(value) <= most else f"{value[: most - 1]}…"


privacy = Group("privacy", {"report": report})
