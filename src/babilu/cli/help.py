"""Help reads as the documentation writes: names of arguments in capitals, brackets around what may be left out."""

from typing import Any, Final

from typer.core import TyperArgument, TyperCommand, TyperGroup

SECTIONS: Final = {
    "Chat": ("connect", "peer", "desktop"),
    "Run a relay": ("start", "stop", "restart", "status", "doctor", "admin", "config"),
    "From scripts": ("daemon", "send", "receive", "history", "contacts", "verify", "rpc", "privacy"),
}
"""Commands by what they are for, in the order in which somebody new needs them."""

BEGIN: Final = "Begin with `start` in one terminal, and `connect 127.0.0.1 5050 YOUR_NAME` in two others."

Formatter = Any
"""What typer writes help with; its type is private."""


class Command(TyperCommand):
    """A command that tells its arguments as people write them."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ANN401 -- typer keeps the type private
        """Give the words of the line that shows how the command is used."""
        arguments = [each for each in self.get_params(ctx) if isinstance(each, TyperArgument)]
        return [self.options_metavar or "", *map(usage_of, arguments)]

    def format_options(self, ctx: Any, formatter: Formatter) -> None:  # noqa: ANN401
        """Write what can be given: arguments, then options."""
        records = [(isinstance(each, TyperArgument), record_of(each, ctx)) for each in self.get_params(ctx)]
        for title, wanted in (("Arguments", True), ("Options", False)):
            rows = [record for is_argument, record in records if record is not None and is_argument is wanted]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


class Group(TyperGroup):
    """A command of several ones: alone it explains itself."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401
        """Read the command line."""
        return super().parse_args(ctx, args or ["--help"])


class Program(Group):
    """The program: its commands are told by what they are for."""

    def format_commands(self, ctx: Any, formatter: Formatter) -> None:  # noqa: ANN401
        """Write the commands, and how to begin."""
        del ctx
        width = max(map(len, self.commands))
        for title, names in SECTIONS.items():
            with formatter.section(title):
                room = formatter.width - formatter.current_indent - width - 2
                formatter.write_dl(
                    [
                        (f"{name:{width}}", self.commands[name].get_short_help_str(room))
                        for name in names
                        if name in self.commands
                    ]
                )
        formatter.write_paragraph()
        formatter.write_text(BEGIN)


def name_of(argument: TyperArgument) -> str:
    """Name an argument as people write it."""
    return argument.metavar or (argument.name or "").upper()


def usage_of(argument: TyperArgument) -> str:
    """Write an argument as a part of the command line; a name with brackets of its own stands as it is."""
    name = name_of(argument)
    if "[" in name:
        return name
    name += "" if argument.nargs == 1 else "..."
    return name if argument.required else f"[{name}]"


def record_of(parameter: Any, ctx: Any) -> tuple[str, str] | None:  # noqa: ANN401
    """Tell what a parameter is called and what it does; None for a hidden one."""
    record: tuple[str, str] | None = parameter.get_help_record(ctx)
    if record is None or not isinstance(parameter, TyperArgument):
        return record
    return name_of(parameter), record[1].replace("  [required]", "")
