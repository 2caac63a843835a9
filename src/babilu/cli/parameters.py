"""Parameters of the command line: what they take, how help shows them, and which sentence says that a value is wrong.

Texts come from the catalogues: an option and an argument hold the id of their text, never the text itself.
"""

import math
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

import click

from babilu.kernel.limits import INTEGER_MAX
from babilu.local_paths import is_folder_at, is_taken
from babilu.presentation.strings import MisuseError, Strings, language_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.shell_completion import CompletionItem

    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # generic for type checkers alone before click 8.5

F = TypeVar("F", bound=Callable[..., Any])

PORT_MAX: Final = 65_535


class Declaration(Protocol):
    """What stands above a function and gives its command a parameter, or several."""

    def __call__(self, function: F, /) -> F:
        """Declare the parameters at a function."""


class ArgumentError(MisuseError):
    """A word of the command line does not fit.

    Args:
        key: Id of the sentence, without ``misuse.argument.``.
        fields: What fills its blanks.
    """

    def __init__(self, key: str, **fields: object) -> None:
        super().__init__(f"argument.{key}", **fields)


def say_of(context: click.Context) -> Strings:
    """Give the language of the program that a context belongs to."""
    say = getattr(context.find_root().command, "say", None)
    return say if isinstance(say, Strings) else Strings()


def strings_of(language: str | None) -> Strings:
    """Give the sentences of a language; None for the one that the environment asks for."""
    return Strings(language or language_of(os.environ))


@contextmanager
def refused(context: click.Context) -> "Iterator[None]":
    """Turn what is wrong with the words of a command into one sentence that points to the command's help.

    Raises:
        UsageError: Something is wrong with them.
    """
    try:
        yield
    except click.UsageError as error:
        problem = _problem(error, context)
        raise MisuseError("command_line", problem=problem, command=context.command_path) from error
    except ArgumentError as error:
        raise MisuseError("command_line", problem=error, command=context.command_path) from error


def _problem(error: click.UsageError, context: click.Context) -> ArgumentError:
    match error:
        case click.NoSuchOption():
            near = nearest(error.option_name, [name for each in context.command.params for name in each.opts])
            if near is None:
                return ArgumentError("no_option", option=error.option_name)
            return ArgumentError("near_option", option=error.option_name, near=near)
        case click.BadOptionUsage():
            flags = {name for each in context.command.params if getattr(each, "is_flag", False) for name in each.opts}
            takes_none = error.option_name in flags | {"-h", "--help"}
            return ArgumentError("takes_none" if takes_none else "takes_one", option=error.option_name)
        case click.MissingParameter(param=click.Parameter() as missing):
            return ArgumentError("missing", name=name_of(missing))
        case _ if type(error) is click.UsageError and isinstance(context.command, click.Group):
            return ArgumentError("no_subcommand")
        case _:
            return ArgumentError("other", problem=error.format_message())


def nearest(written: str, known: Iterable[str]) -> str | None:
    """Give the known word that somebody may have meant; None where none is like it."""
    import difflib

    return next(iter(difflib.get_close_matches(written, known, n=1)), None)


def name_of(parameter: click.Parameter | None) -> str:
    """Name a parameter as people write it: ``--port``, ``NAME``."""
    if parameter is None:
        return ""
    if isinstance(parameter, click.Argument):
        return parameter.metavar or (parameter.name or "").upper()
    return max(parameter.opts, key=len)


class Number(ParamType):
    """A whole number in a range.

    Args:
        least: The smallest one.
        most: The largest one; None for as many as a database can keep.
    """

    name = "number"

    def __init__(self, least: int, most: int | None = None) -> None:
        self.least = least
        self.most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401 -- click's signature
        del ctx
        try:
            number = int(value)
        except ValueError:
            number = None
        if number is None or not self.least <= number <= (INTEGER_MAX if self.most is None else self.most):
            name = name_of(param)
            if self.most is None:
                if number is not None and number > INTEGER_MAX:
                    raise ArgumentError("number_too_large", name=name, value=value)
                raise ArgumentError("number_from", name=name, value=value, least=self.least)
            raise ArgumentError("number", name=name, value=value, least=self.least, most=self.most)
        return number


class Seconds(ParamType):
    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401 -- click's signature
        del ctx
        try:
            seconds = float(value)
        except ValueError:
            seconds = -1.0
        if math.isnan(seconds) or seconds < 0:
            raise ArgumentError("seconds", name=name_of(param), value=value)
        return seconds


class OneOf(ParamType):
    """One of a few words.

    Args:
        words: The words.
        kind: What a word is turned into.
    """

    name = "choice"

    def __init__(self, words: Iterable[str], kind: Callable[[str], object] = str) -> None:
        self.words = tuple(map(str, words))
        self._kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> object:  # noqa: ANN401 -- click's signature
        del ctx
        if value not in self.words:
            raise ArgumentError("choice", name=name_of(param), value=value, choices=", ".join(self.words))
        return self._kind(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
        """Offer the words that begin so."""
        from click.shell_completion import CompletionItem

        del ctx, param
        return [CompletionItem(word) for word in self.words if word.startswith(incomplete)]


class FilePath(ParamType):
    """The path of a file, which need not be there."""

    name = "file"
    _key = "is_folder"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:  # noqa: ANN401 -- click's signature
        del ctx
        path = Path(value)
        if self._is_other(path):
            raise ArgumentError(self._key, name=name_of(param), path=path)
        return path

    @staticmethod
    def _is_other(path: Path) -> bool:
        return is_folder_at(path)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
        """Let the shell offer the paths that it knows."""
        from click.shell_completion import CompletionItem

        del ctx, param
        return [CompletionItem(incomplete, type="dir" if self.name == "folder" else "file")]


class FolderPath(FilePath):
    """The path of a folder, which need not be there."""

    name = "folder"
    _key = "is_file"

    @staticmethod
    def _is_other(path: Path) -> bool:
        return is_taken(path) and not is_folder_at(path)


class Option(click.Option):
    """An option whose text is a sentence of the catalogues.

    Args:
        declared: Its names, and the parameter's where that is another.
        about: Id of its text, without ``cli.option.``.
        fields: What fills the blanks of the text.
        bare: Its value where it is written without one; then a value is only what follows ``=``, never the next word.
    """

    def __init__(
        self,
        declared: Sequence[str],
        *,
        about: str,
        fields: dict[str, object] | None = None,
        bare: str | None = None,
        **given: Any,  # noqa: ANN401 -- passed on to click
    ) -> None:
        super().__init__(list(declared), **given)
        self.about = f"cli.option.{about}"
        self.fields = fields or {}
        self.bare = bare
        self._default = given.get("default")

    def record(self, say: Strings) -> tuple[str, str]:
        """Give what help shows: how it is written, and what it does."""
        written = ", ".join(sorted(self.opts, key=len))
        if not self.is_flag:
            words = self.type.words if isinstance(self.type, OneOf) else ()
            metavar = self.metavar or (f"<{'|'.join(words)}>" if words else self.type.name.upper())
            written += metavar if metavar.startswith("[=") else f" {metavar}"
        return written, with_extras(
            say, say(self.about, **self.fields), self.type, None if self.is_flag else self._default
        )


class Argument(click.Argument):
    """An argument whose text is a sentence of the catalogues.

    Args:
        declared: The parameter's name.
        about: Id of its text, without ``cli.argument.``.
    """

    def __init__(self, declared: Sequence[str], *, about: str, **given: Any) -> None:  # noqa: ANN401 -- passed on to click
        super().__init__(list(declared), **given)
        self.about = f"cli.argument.{about}"
        self._default = given.get("default")

    def record(self, say: Strings) -> tuple[str, str]:
        """Give what help shows: its name, and what it is."""
        return name_of(self), with_extras(say, say(self.about), self.type, self._default)

    def usage(self) -> str:
        """Write it as a part of the command line; a name with brackets of its own stands as it is."""
        name = name_of(self)
        if "[" in name:
            return name
        name += "" if self.nargs == 1 else "..."
        return name if self.required else f"[{name}]"


def with_extras(say: Strings, text: str, kind: ParamType, default: object) -> str:
    """Write behind a text what a parameter is by default, and which numbers it takes."""
    extras = [] if default is None else [say("cli.default", value=default)]
    # Everybody knows which numbers a port has.
    if isinstance(kind, Number) and kind.most is not None and kind.most != PORT_MAX:
        extras.append(say("cli.range", least=kind.least, most=kind.most))
    return f"{text} [{'; '.join(extras)}]" if extras else text


def option(*declared: str, about: str | None = None, **given: Any) -> Declaration:  # noqa: ANN401 -- passed on to click
    """Declare an option; its text is named by its longest name unless it has another."""
    return click.option(*declared, cls=Option, about=about or max(declared, key=len).removeprefix("--"), **given)


def flag(*declared: str, about: str | None = None) -> Declaration:
    """Declare an option without a value."""
    return option(*declared, about=about, is_flag=True)


def argument(name: str, *, about: str | None = None, **given: Any) -> Declaration:  # noqa: ANN401 -- passed on to click
    """Declare an argument; it is optional where it has a default."""
    given.setdefault("required", "default" not in given)
    return click.argument(name, cls=Argument, about=about or name, **given)


def together(*decorators: Declaration) -> Declaration:
    """Declare several parameters that commands share, in the order in which help shows them."""

    def decorate(function: F) -> F:
        for each in reversed(decorators):
            function = each(function)
        return function

    return decorate
