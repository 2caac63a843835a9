"""`babilu contacts` lists the contacts."""

from pathlib import Path

import click

from babilu.cli.choice import choose
from babilu.cli.commands import command
from babilu.cli.exits import Exit
from babilu.cli.options import account_options


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
    from babilu.cli.errand import Errand, run_errand

    def show(errand: Errand) -> Exit:
        errand.show("contacts", c.Contacts())
        return Exit.DONE

    return run_errand(choose(context, profile, home, password_file, lang), show, as_json=as_json)
