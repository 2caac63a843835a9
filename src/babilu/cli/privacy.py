"""`babilu privacy report` prints every row that the relay holds about one's own account, and what that is for."""

from typing import TYPE_CHECKING, Final

import typer

from babilu.cli.choice import ProfileOption, choose
from babilu.cli.options import HomeOption, JsonOption, PasswordFileOption

if TYPE_CHECKING:
    from babilu.api.views import HeldTableView

MEANINGS: Final = {
    "account": "Your account: name, what your password is checked with (never the password), your identity key and "
    "your signed list of devices.",
    "device": "Your devices: their public keys, and how far their mailboxes have come.",
    "prekey_kind": "The highest number that a prekey of each kind has had.",
    "prekey": "Prekeys: public keys, each handed to somebody who wants to write to you.",
    "mail": "Mail that waits for your devices: size and time. The relay knows a sender's share of a mailbox by a keyed "
    "hash only, and cannot read the mail.",
    "stored": "Ids of mail that has come, so that nothing comes twice; forgotten after their time.",
    "audit": "What operators did to your account, and what you did as owner or moderator.",
}

BESIDE: Final = (
    "Not in these rows: what you sent to others and what waits for them, since that would tell when they fetch it; who "
    "you watch for presence and how often you did things, which the relay keeps in memory while it runs; and your "
    "address, which it sees while you are connected and keeps nowhere."
)

TIMES: Final = frozenset({"created_at", "stored_at", "at"})
LONG: Final = 40
"""Characters of a value that fit a table; longer ones are cut, and whole in JSON."""


def build() -> typer.Typer:
    """Put the command together."""
    app = typer.Typer(help="What a relay knows about you.", no_args_is_help=True)
    app.callback()(privacy)
    app.command("report")(report)
    return app


def privacy() -> None:
    """Tell what a relay knows about you."""


def report(
    context: typer.Context,
    *,
    profile: ProfileOption = None,
    home: HomeOption = None,
    password_file: PasswordFileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print every row that the relay holds about your account; --json prints values in full."""
    from babilu.api.commands import ReadHoldings
    from babilu.cli.account import ask_profile
    from babilu.cli.tables import time_text

    held = ask_profile(choose(context, profile, home, password_file, None), ReadHoldings())
    if as_json:
        from babilu.cli.tables import show_json

        tables = {
            table.table: [dict(zip(table.columns, row, strict=True)) for row in table.rows] for table in held.tables
        }
        show_json("holdings", account=held.account, at=held.at, tables=tables)
        return
    print(f"What the relay holds about {held.account}, at {time_text(held.at)} (UTC)")
    for table in held.tables:
        show_held(table)
    print(f"\n{BESIDE}")


def show_held(table: "HeldTableView") -> None:
    """Print the rows of a table, below what they are for; all of it comes from the relay."""
    from babilu.cli.tables import show_table
    from babilu.terminal.plain_text import one_line

    print(f"\n{one_line(table.table)}: {MEANINGS.get(table.table, '')}".rstrip())
    if len(table.rows) == 1:
        (only,) = table.rows
        values = zip(table.columns, only, strict=True)
        show_table(("column", "value"), [(column, _plain(column, value, None)) for column, value in values])
        return
    rows = [[_plain(name, value, LONG) for name, value in zip(table.columns, row, strict=True)] for row in table.rows]
    show_table(table.columns, rows)


def _plain(column: str, value: str | None, most: int | None) -> str:
    from babilu.cli.tables import time_text

    if value is None:
        return "-"
    if column in TIMES and value.isdecimal():
        return time_text(int(value))
    return value if most is None or len(value) <= most else f"{value[: most - 1]}…"
