"""Pages of help: what a command is called, what it does and takes, in one language.

``--help``, docs/commands.md and whatever else describes the commands are written from these pages.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import click

from babilu.cli.parameters import Argument, Option, say_of

SECTIONS: Final = {
    "chat": ("connect", "peer", "desktop"),
    "relay": ("start", "stop", "restart", "status", "doctor", "admin", "config"),
    "scripts": ("daemon", "send", "receive", "history", "contacts", "verify", "rpc", "privacy"),
    "kept": ("backup", "export", "import"),
    "more": ("completion", "version", "help"),
}
"""Commands by what they are for, in the order in which somebody new needs them."""

CLONE: Final = ("test", "bench", "screenshots", "translations", "lock", "package")
"""Commands of the launcher, which only a clone has."""


@dataclass(frozen=True, slots=True)
class HelpPage:
    """What there is to say about a command.

    Attributes:
        words: What is typed to call it: ``babilu``, ``admin``, ``users``.
        usage: What follows these words.
        paragraphs: What it does; the first paragraph is one sentence.
        arguments: Its arguments and what they are.
        options: Its options and what they do, without ``--help``.
        children: Names of its commands and their sentences.
    """

    words: tuple[str, ...]
    usage: str
    paragraphs: tuple[str, ...]
    arguments: tuple[tuple[str, str], ...]
    options: tuple[tuple[str, str], ...]
    children: tuple[tuple[str, str], ...]


def page_of(context: click.Context) -> HelpPage:
    """Describe the command of a context in the language of its program."""
    say, command = say_of(context), context.command
    arguments = [each for each in command.params if isinstance(each, Argument)]
    options = [each for each in command.params if isinstance(each, Option) and not each.hidden]
    usage = [say("cli.options_metavar"), *(each.usage() for each in arguments)]
    children: list[tuple[str, str]] = []
    if isinstance(command, click.Group):
        usage.append(say("cli.subcommand_metavar"))
        stem = ".".join(["cli.command", *context.command_path.split()[1:]])
        children = [(name, first_paragraph(say(f"{stem}.{name}"))) for name in command.list_commands(context)]
    return HelpPage(
        words=tuple(context.command_path.split()),
        usage=" ".join(usage),
        paragraphs=tuple(say(command.help or "").split("\n\n")),
        arguments=tuple(each.record(say) for each in arguments),
        options=tuple(each.record(say) for each in options),
        children=tuple(children),
    )


def walk(program: click.Group, name: str = "babilu") -> Iterator[HelpPage]:
    """Describe the program and all of its commands, in the order in which help lists them."""
    yield from _walk(click.Context(program, info_name=name))


def _walk(context: click.Context) -> Iterator[HelpPage]:
    yield page_of(context)
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            if command is not None:
                yield from _walk(click.Context(command, parent=context, info_name=name))


def first_paragraph(text: str) -> str:
    """Give the sentence that says in a list what a command does."""
    return text.partition("\n\n")[0]
