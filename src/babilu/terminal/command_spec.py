"""How a command is written: its name, its arguments, and what they make."""

from collections.abc import Callable
from dataclasses import dataclass

from babilu.terminal.arguments import ArgumentKind
from babilu.terminal.ordered_command import Action


@dataclass(frozen=True, slots=True)
class ArgumentSpec:
    """An argument of a command.

    Attributes:
        name: Its name in JSON.
        kind: What it is.
        needed: Whether the command makes no sense without it.
        also: Other names for it in JSON.
        on_line: Whether a line can give it.
        otherwise: What the command takes where it is left out.
        nullable: Whether null is a value of it: in JSON ``null``, on a line ``off``.
        key: What stands before it on a line, with a colon, where it has no place of its own: ``since``.
        past: For a time: whether a clock without a day looks back and not ahead.
        sign: What the word begins with on a line that is it, where another word is the next argument's; of names all
            that follow each other. ``#``: a group, else the current conversation.
    """

    name: str
    kind: ArgumentKind
    needed: bool = True
    also: tuple[str, ...] = ()
    on_line: bool = True
    otherwise: bool | None = None
    nullable: bool = False
    key: str = ""
    past: bool = False
    sign: str = ""

    @property
    def has_place(self) -> bool:
        """Whether it is a word of its own on a line."""
        return self.on_line and not self.key


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A command as it is written.

    Attributes:
        do: Its name.
        fields: Its arguments, in the order of a line.
        build: Makes the action of its checked arguments, which are given in their order.
        defaults_to_current: The name may be left out on a line, and is then the current conversation's; where it has no
            place on the line, ``@name`` in front gives it.
        on_line: Whether a line can give it by its name.
        in_json: Whether an object can; what only lines have is a shorter way to say something else.
        written: How a line is written, where that does not follow from the arguments.
    """

    do: str
    fields: tuple[ArgumentSpec, ...]
    build: Callable[..., Action]
    defaults_to_current: bool = False
    on_line: bool = True
    in_json: bool = True
    written: str = ""

    @property
    def named(self) -> ArgumentSpec | None:
        """The argument that names whom or what the command is about."""
        return next((field for field in self.fields if field.kind is ArgumentKind.NAME), None)

    def usage(self) -> str:
        """Write the command with its arguments, as help shows it."""
        if self.written:
            return f"/{self.do} {self.written}"
        words = [f"/{self.do}"]
        for field in self.fields:
            if field.has_place:
                word = "IP PORT" if field.kind is ArgumentKind.ADDRESS else field.name.upper()
                needed = field.needed and not (self.defaults_to_current and field.kind is ArgumentKind.NAME)
                words.append(word if needed else f"[{word}]")
        return " ".join(words)
