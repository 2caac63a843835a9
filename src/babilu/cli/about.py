"""`babilu version` and `babilu help`, for people who do not know the options of the same names."""

import click

from babilu.cli.commands import command
from babilu.cli.parameters import ArgumentError, argument, refused
from babilu.version import __version__


@command("version")
def version() -> None:
    """Print the version, as ``--version`` does."""
    print(f"babilu {__version__}")


@command("help")
@argument("words", about="help_words", metavar="[COMMAND]...", nargs=-1, required=False)
@click.pass_context
def help_(context: click.Context, words: tuple[str, ...]) -> None:
    """Explain the program or one of its commands, as ``--help`` does.

    Raises:
        UsageError: There is no such command.
    """
    found = context.find_root()
    with refused(context):
        for word in words:
            group = found.command
            known = group.get_command(found, word) if isinstance(group, click.Group) else None
            if known is None:
                raise ArgumentError("no_command", name=word)
            found = click.Context(known, parent=found, info_name=word)
    print(found.get_help())
