"""Commands and groups: parsed by click, and explained from the catalogues in the person's language.

A group knows its commands by name and loads the module of one when it is called, so that `--help` and a quick command
do not wait for the others.
"""

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from babilu.cli.help import CLONE, SECTIONS, first_paragraph, page_of
from babilu.cli.launch import LaunchOrigin
from babilu.cli.parameters import ArgumentError, Option, nearest, refused, say_of
from babilu.presentation.strings import Strings

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Child = str | click.Command
"""A command, or where it is: its module below `babilu.cli`, a colon, and its name there."""


def show_help(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Answer ``--help`` before anything else is looked at."""
    if wanted and not context.resilient_parsing:
        click.echo(context.get_help(), color=context.color)
        context.exit()


class TranslatedCommand(click.Command):
    """A command whose texts are sentences of the catalogues.

    Args:
        path: Its words without the program's, with dots between them: ``admin.users.list``.
        given: What click takes.
    """

    def __init__(self, path: str, **given: Any) -> None:  # noqa: ANN401 -- passed on to click
        super().__init__(path.rpartition(".")[2], help=f"cli.command.{path}", **given)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        del ctx
        return help_option()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words that follow the command.

        Raises:
            UsageError: They make no sense.
        """
        ctx.allow_extra_args = True
        with refused(ctx):
            rest = super().parse_args(ctx, with_values(self.params, args))
            if rest and not ctx.resilient_parsing:
                # One of them may be a password that belongs elsewhere: it is not said again.
                raise ArgumentError("too_many", count=len(rest))
        return rest

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_help(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """Offer options that begin so, each with its text."""
        return translated(ctx, super().shell_complete(ctx, incomplete))


class Group(click.Group):
    """A command of several ones: alone it explains itself.

    Args:
        path: Its words without the program's, with dots between them.
        children: Its commands, or where they are, by their names.
        given: What click takes.
    """

    def __init__(self, path: str, children: Mapping[str, Child], **given: Any) -> None:  # noqa: ANN401 -- passed on to click
        super().__init__(path.rpartition(".")[2], help=f"cli.command.{path}", **given)
        self._children = children

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name its commands, and load none."""
        del ctx
        return [*self._children, *(name for name in self.commands if name not in self._children)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        child = self._children.get(cmd_name)
        if not isinstance(child, str):
            return child or super().get_command(ctx, cmd_name)
        module, _, name = child.partition(":")
        found: click.Command = getattr(importlib.import_module(f"babilu.cli.{module}"), name)
        return found

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        del ctx
        return help_option()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words up to the name of a command.

        Raises:
            UsageError: They make no sense.
        """
        with refused(ctx):
            return super().parse_args(ctx, args or ["--help"])

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 -- click's signature
        """Call the command that was named.

        Raises:
            UsageError: None was named.
        """
        with refused(ctx):
            return super().invoke(ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was named.

        Raises:
            UsageError: There is no command of that name.
        """
        name = args[0]
        command = self.get_command(ctx, name)
        if command is None and not ctx.resilient_parsing:
            near = nearest(name, self.list_commands(ctx))
            if near is not None:
                raise ArgumentError("near_command", name=name, near=near)
            raise ArgumentError("no_command", name=name)
        return name if command else None, command, args[1:]

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_help(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """Offer commands and options that begin so, each with its text."""
        from click.shell_completion import CompletionItem

        commands = [
            CompletionItem(name, help=text) for name, text in page_of(ctx).children if name.startswith(incomplete)
        ]
        return [*commands, *translated(ctx, click.Command.shell_complete(self, ctx, incomplete))]


class Program(Group):
    """The program: its commands are listed by what they are for.

    Args:
        children: Its commands.
        say: The person's language.
        given: What click takes.
    """

    def __init__(self, children: Mapping[str, Child], say: Strings, **given: Any) -> None:  # noqa: ANN401 -- passed on to click
        super().__init__("program", children, **given)
        self.say = say


def help_option() -> Option:
    return Option(
        ["-h", "--help"],
        about="help",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show_help,
    )


def with_values(parameters: Iterable[click.Parameter], args: Sequence[str]) -> list[str]:
    """Write the values of options that stand without one."""
    bare = {name: each.bare for each in parameters if isinstance(each, Option) and each.bare for name in each.opts}
    end = args.index("--") if "--" in args else len(args)
    return [*(f"{word}={bare[word]}" if word in bare else word for word in args[:end]), *args[end:]]


def translated(context: click.Context, items: "list[CompletionItem]") -> "list[CompletionItem]":
    """Give what a shell is offered its texts: click knows their ids."""
    options = {name: each for each in context.command.get_params(context) for name in each.opts}
    for item in items:
        known = options.get(str(item.value))
        item.help = known.record(say_of(context))[1] if isinstance(known, Option) else item.help
    return items


def write_help(context: click.Context, formatter: click.HelpFormatter) -> None:
    """Write the page of a command: usage, what it does, then what can be given."""
    say, page = say_of(context), page_of(context)
    formatter.write_usage(context.command_path, page.usage, prefix=f"{say('cli.usage')} ")
    for number, paragraph in enumerate(page.paragraphs):
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(paragraph if number else first_paragraph(paragraph))
    if page.arguments:
        with formatter.section(say("cli.section.arguments")):
            formatter.write_dl(list(page.arguments))
    with formatter.section(say("cli.section.options")):
        formatter.write_dl([*page.options, help_option().record(say)])
    if not isinstance(context.command, Program):
        if page.children:
            with formatter.section(say("cli.section.commands")):
                write_names(formatter, page.children)
        return
    write_sections(context, formatter, dict(page.children))


def write_sections(context: click.Context, formatter: click.HelpFormatter, children: Mapping[str, str]) -> None:
    """Write the program's commands by what they are for, and how to begin."""
    say = say_of(context)
    width = max(map(len, (*children, *CLONE)))
    for title, names in SECTIONS.items():
        with formatter.section(say(f"cli.section.{title}")):
            write_names(formatter, [(name, children[name]) for name in names if name in children], width)
    origin = context.find_object(LaunchOrigin)
    if origin is not None and origin.folder is not None:
        with formatter.section(say("cli.section.clone")):
            write_names(formatter, [(name, say(f"cli.clone.{name}")) for name in CLONE], width)
    formatter.write_paragraph()
    formatter.write_text(say("cli.begin"))


def write_names(
    formatter: click.HelpFormatter, rows: "list[tuple[str, str]] | tuple[tuple[str, str], ...]", width: int = 0
) -> None:
    """Write commands and their sentences, in columns that are as wide in every section."""
    formatter.write_dl([(f"{name:{width}}", text) for name, text in rows])


def command(path: str) -> Callable[[Callable[..., Any]], TranslatedCommand]:
    """Make a command of a function, with the parameters that were declared below this.

    Args:
        path: Its words without the program's, with dots between them.
    """

    def decorate(function: Callable[..., Any]) -> TranslatedCommand:
        return TranslatedCommand(path, callback=function, params=parameters_of(function))

    return decorate


def parameters_of(function: Callable[..., Any]) -> list[click.Parameter]:
    """Give the parameters that were declared at a function, in their order."""
    declared: list[click.Parameter] = getattr(function, "__click_params__", [])
    return declared[::-1]
