"""`babilu contacts` lists the contacts."""

import typer

from babilu.cli.choice import ProfileOption, choose
from babilu.cli.exits import Exit
from babilu.cli.options import HomeOption, JsonOption, LanguageOption, PasswordFileOption


def contacts(
    context: typer.Context,
    *,
    profile: ProfileOption = None,
    home: HomeOption = None,
    password_file: PasswordFileOption = None,
    as_json: JsonOption = False,
    lang: LanguageOption = None,
) -> int:
    """List your contacts.

    With trust, presence, and who is blocked.
    """
    from babilu.api import commands as c
    from babilu.cli.errand import Errand, run_errand

    def show(errand: Errand) -> Exit:
        errand.show("contacts", c.Contacts())
        return Exit.DONE

    return run_errand(choose(context, profile, home, password_file, lang), show, as_json=as_json)
