"""`babilu verify` shows the safety number of a contact, or records that it was compared."""

from pathlib import Path

import click

from babilu.cli.choice import choose
from babilu.cli.commands import command
from babilu.cli.exits import Exit
from babilu.cli.options import account_options
from babilu.cli.parameters import argument, option
from babilu.kernel.errors import ErrorCode
from babilu.presentation.strings import MisuseError


class DifferentDigitsError(MisuseError):
    """The digits that somebody compared are not those of the contact."""

    def __init__(self) -> None:
        super().__init__("digits_differ")
        self.code = ErrorCode.BAD_KEY


@command("verify")
@argument("name", about="contact")
@option("--compared", metavar="DIGITS")
@account_options
@click.pass_context
def verify(
    context: click.Context,
    name: str,
    *,
    compared: str | None,
    profile: str | None,
    home: Path | None,
    password_file: Path | None,
    as_json: bool,
    lang: str | None,
) -> int:
    """Show the safety number of a contact, or record that it was compared."""
    from babilu.api import commands as c
    from babilu.cli.errand import Errand, run_errand

    def show(errand: Errand) -> Exit:
        if compared is None:
            errand.show("verify", c.Verify(name), name)
            return Exit.DONE
        shown = errand.ask(c.Verify(name))
        if "".join(compared.split()) != shown.digits:
            raise DifferentDigitsError
        errand.show("verified", c.MarkVerified(name, identity=shown.identity, digits=compared), name)
        return Exit.DONE

    return run_errand(choose(context, profile, home, password_file, lang), show, as_json=as_json)
