"""`babilu config` shows and checks the configuration of a relay, and changes nothing."""

import os
from pathlib import Path
from typing import Annotated

import typer

from babilu.cli.help import Command, Group
from babilu.cli.options import ConfigOption, HomeOption, JsonOption, LanguageOption
from babilu.cli.origin import Origin
from babilu.presentation.json_line import json_line

FileArgument = Annotated[
    Path | None,
    typer.Argument(metavar="FILE", dir_okay=False, help="The file to check.", show_default=False),
]


def build() -> typer.Typer:
    """Put the command together."""
    app = typer.Typer(cls=Group, help="Show and check the configuration of a relay.")
    app.command("check", cls=Command)(check)
    app.command("show", cls=Command)(show)
    return app


def check(
    context: typer.Context,
    file: FileArgument = None,
    *,
    home: HomeOption = None,
    as_json: JsonOption = False,
    lang: LanguageOption = None,
) -> int:
    """Tell what must be mended before a relay starts.

    In the file, in the environment, and in the files that they name.
    """
    from babilu.cli.exits import Exit
    from babilu.cli.plan import Plan
    from babilu.kernel.errors import UsageError
    from babilu.relay.home import announced_from, certificate_from
    from babilu.terminal.strings import Strings, language_of

    plan = Plan(context.ensure_object(Origin), file, {} if home is None else {"relay.home": str(home.absolute())})
    configuration = plan.read()
    problems: list[UsageError] = list(configuration.problems)
    if not problems:
        settings = plan.settings(configuration)
        try:
            if settings.tls is not None:
                certificate_from(settings.tls)
            if settings.announced is not None:
                announced_from(settings.announced)
        except UsageError as error:
            problems.append(error)
    say = Strings(lang or language_of(os.environ))
    told = [say.error(problem) for problem in problems]
    if as_json:
        place = None if configuration.file is None else str(configuration.file)
        print(json_line({"event": "checked", "file": place, "problems": told}))
    else:
        good = say("config.none") if configuration.file is None else say("config.good", file=configuration.file)
        print("\n".join(told) or good)
    return Exit.USAGE if problems else Exit.DONE


def show(
    context: typer.Context,
    *,
    home: HomeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    lang: LanguageOption = None,
) -> int:
    """Show every key, its value and who decided it."""
    from babilu.cli.config_keys import keys
    from babilu.cli.configuration import COMMAND_LINE, DEFAULT, shown
    from babilu.cli.exits import Exit
    from babilu.cli.plan import Plan
    from babilu.terminal.strings import Strings, language_of

    plan = Plan(context.ensure_object(Origin), config, {} if home is None else {"relay.home": str(home.absolute())})
    configuration = plan.read().check()
    rows = [(path, shown(key, configuration.values[path]), configuration.origins[path]) for path, key in keys().items()]
    if as_json:
        decided = {path: {"value": configuration.values[path], "from": origin} for path, _, origin in rows}
        print(json_line({"event": "configuration", "keys": decided}))
    else:
        say = Strings(lang or language_of(os.environ))
        words = {DEFAULT: say("config.default"), COMMAND_LINE: say("config.command_line")}
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        for path, value, origin in rows:
            print(f"{path:{widths[0]}}  {value:{widths[1]}}  {words.get(origin, origin)}")
    return Exit.DONE
