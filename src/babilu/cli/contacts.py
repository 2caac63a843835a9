"""`babilu contacts` lists the contacts."""

from pathlib import Path

import click

from babilu.cli.commands import command
from babilu.cli.exit_codes import ExitCode
from babilu.cli.options import account_options
from babilu.cli.profile_choice import choose


@command("contacts")
@account_options
@click.pass_context
def contacts(
    context: click.Context,
    *,
    profile: str | None,
    home: Path | None,
    password_file: Path | None,
    as_json: bool,
    lang: str | None,
) -> int:
    """List the contacts of a profile."""
    from babilu.api import commands as c
    from babilu.cli.one_shot import OneShot, run_errand

    def show(one_shot: OneShot) -> ExitCode:
        one_shot.show("contacts", c.Contacts())
        return ExitCode.DONE

    return run_errand(choose(context, profile, home, password_file, lang), show, as_json=as_json)
