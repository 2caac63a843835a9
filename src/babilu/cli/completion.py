"""`babilu completion` prints the script by which a shell completes commands, options and their values."""

from typing import Final

import click

from babilu.cli.commands import command
from babilu.cli.parameters import OneOf, argument

SHELLS: Final = ("bash", "zsh", "fish")


@command("completion")
@argument("shell", metavar="SHELL", type=OneOf(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script of a shell."""
    from click.shell_completion import ShellComplete, get_completion_class

    from babilu.cli.app import COMPLETION

    kind = get_completion_class(shell)
    if kind is not None:
        asks = kind(context.find_root().command, {}, "babilu", COMPLETION)
        # The general writer: bash's own first runs bash to learn its version, and a package is built without it.
        click.echo(ShellComplete.source(asks))
