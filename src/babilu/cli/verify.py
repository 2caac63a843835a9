"""`babilu verify` shows the safety number of a contact, or records that it was compared."""

from typing import Annotated

import typer

from babilu.cli.choice import ProfileOption, choose
from babilu.cli.exits import Exit
from babilu.cli.options import HomeOption, JsonOption, LanguageOption, PasswordFileOption


def verify(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The contact.")],
    *,
    compared: Annotated[
        str | None,
        typer.Option(
            "--compared",
            metavar="DIGITS",
            help="The 60 digits that the other person sees: where they are the same, the contact is verified.",
            show_default=False,
        ),
    ] = None,
    profile: ProfileOption = None,
    home: HomeOption = None,
    password_file: PasswordFileOption = None,
    as_json: JsonOption = False,
    lang: LanguageOption = None,
) -> int:
    """Show the safety number of a contact.

    It is the same 60 digits at both ends, to be compared by another way.     The exit code is 1 where --compared gives
    other digits; nothing is recorded then.
    """
    from babilu.api import commands as c
    from babilu.cli.errand import Errand, run_errand
    from babilu.kernel.errors import CryptoError, ErrorCode

    def show(errand: Errand) -> Exit:
        if compared is None:
            errand.show("verify", c.Verify(name), name)
            return Exit.DONE
        if "".join(compared.split()) != errand.ask(c.Verify(name)).digits:
            text = "These are not the digits of this contact: somebody may be in between."
            raise CryptoError(ErrorCode.BAD_KEY, text)
        errand.show("verified", c.MarkVerified(name), name)
        return Exit.DONE

    return run_errand(choose(context, profile, home, password_file, lang), show, as_json=as_json)
