"""`babilu history` prints the newest messages of a conversation."""

from pathlib import Path

import click

from babilu.cli.commands import command
from babilu.cli.exit_codes import ExitCode
from babilu.cli.options import account_options
from babilu.cli.parameters import Number, argument
from babilu.cli.profile_choice import choose


@command("history")
@argument("name", about="contact")
@argument("count", metavar="N", type=Number(1, 1000), default=20)
@account_options
@click.pass_context
def history(
    context: click.Context,
    name: str,
    count: int,
    *,
    profile: str | None,
    home: Path | None,
    password_file: Path | None,
    as_json: bool,
    lang: str | None,
) -> int:
    """Print the newest messages of a conversation; nothing is marked as read."""
    from babilu.api import commands as c
    from babilu.cli.one_shot import OneShot, run_errand

    def show(one_shot: OneShot) -> ExitCode:
        one_shot.show("history", c.History(name, count), name)
        return ExitCode.DONE

    return run_errand(choose(context, profile, home, password_file, lang), show, as_json=as_json)
