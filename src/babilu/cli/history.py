"""`babilu history` prints the newest messages of a conversation."""

from typing import Annotated

import typer

from babilu.cli.choice import ProfileOption, choose
from babilu.cli.exits import Exit
from babilu.cli.options import HomeOption, JsonOption, LanguageOption, PasswordFileOption


def history(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The contact.")],
    count: Annotated[int, typer.Argument(metavar="N", min=1, max=1000, help="How many messages.")] = 20,
    *,
    profile: ProfileOption = None,
    home: HomeOption = None,
    password_file: PasswordFileOption = None,
    as_json: JsonOption = False,
    lang: LanguageOption = None,
) -> int:
    """Print the newest messages of a conversation.

    The oldest come first; nothing is marked as read.
    """
    from babilu.api import commands as c
    from babilu.cli.errand import Errand, run_errand

    def show(errand: Errand) -> Exit:
        errand.show("history", c.History(name, count), name)
        return Exit.DONE

    return run_errand(choose(context, profile, home, password_file, lang), show, as_json=as_json)
