"""`babilu config` shows and checks the configuration of a relay, and changes nothing."""

from pathlib import Path

import click

from babilu.cli.commands import Group, command
from babilu.cli.launch import LaunchOrigin
from babilu.cli.options import config_option, home_option, json_option, language_option
from babilu.cli.parameters import FilePath, argument, strings_of
from babilu.presentation.json_line import json_line


@command("config.check")
@argument("file", type=FilePath(), default=None)
@home_option
@json_option
@language_option
@click.pass_context
def check(context: click.Context, file: Path | None, *, home: Path | None, as_json: bool, lang: str | None) -> int:
    """Tell what must be mended before a relay starts."""
    from babilu.cli.config_source import ConfigSource
    from babilu.cli.exit_codes import ExitCode
    from babilu.kernel.errors import UsageError
    from babilu.relay.base.state_dir import announced_from, certificate_from

    config_source = ConfigSource(
        context.ensure_object(LaunchOrigin), file, {} if home is None else {"relay.home": str(home.absolute())}
    )
    configuration = config_source.read()
    problems: list[UsageError] = list(configuration.problems)
    if not problems:
        settings = config_source.settings(configuration)
        try:
            if settings.tls is not None:
                certificate_from(settings.tls)
            if settings.announced is not None:
                announced_from(settings.announced)
        except UsageError as error:
            problems.append(error)
    say = strings_of(lang)
    told = [say.error(problem) for problem in problems]
    if as_json:
        place = None if configuration.file is None else str(configuration.file)
        print(json_line({"event": "checked", "file": place, "problems": told}))
    else:
        good = say("config.none") if configuration.file is None else say("config.good", file=configuration.file)
        print("\n".join(told) or good)
    return ExitCode.USAGE if problems else ExitCode.DONE


@command("config.show")
@home_option
@config_option
@json_option
@language_option
@click.pass_context
def show(context: click.Context, *, home: Path | None, config: Path | None, as_json: bool, lang: str | None) -> int:
    """Show every key, its value and who decided it."""
    from babilu.cli.config_keys import keys
    from babilu.cli.config_source import ConfigSource
    from babilu.cli.configuration import COMMAND_LINE, DEFAULT, shown, without_password
    from babilu.cli.exit_codes import ExitCode

    config_source = ConfigSource(
        context.ensure_object(LaunchOrigin), config, {} if home is None else {"relay.home": str(home.absolute())}
    )
    configuration = config_source.read().check()
    rows = [(path, shown(key, configuration.values[path]), configuration.origins[path]) for path, key in keys().items()]
    if as_json:
        values = {
            path: without_password(each) if isinstance(each, str) else each
            for path, each in configuration.values.items()
        }
        decided = {path: {"value": values[path], "from": origin} for path, _, origin in rows}
        print(json_line({"event": "configuration", "keys": decided}))
    else:
        say = strings_of(lang)
        words = {DEFAULT: say("config.default"), COMMAND_LINE: say("config.command_line")}
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        for path, value, origin in rows:
            print(f"{path:{widths[0]}}  {value:{widths[1]}}  {words.get(origin, origin)}")
    return ExitCode.DONE


config = Group("config", {"check": check, "show": show})
