"""Every order of administration takes the same options, finds its relay and tells its answer in the same way: here.

Sentences are for people, in their language; ``--json`` prints the answer's members.
"""

import inspect
import os
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_type_hints

import typer

from babilu.cli.options import ConfigOption, HomeOption, JsonOption, Language, LanguageOption

if TYPE_CHECKING:
    from babilu.cli.admin_door import Door
    from babilu.relay.admin.requests import Request
    from babilu.terminal.strings import Strings

T = TypeVar("T")

SHARED: Final = {
    name: inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=option)
    for name, default, option in (
        ("home", None, HomeOption),
        ("config", None, ConfigOption),
        ("as_json", False, JsonOption),
        ("lang", None, LanguageOption),
    )
}
"""Options of every order, by their parameters."""

OF_RELAY: Final = frozenset({"home", "config"})
"""Those of them that name a relay."""


class Office:
    """Where one order is given, and how its answer is told.

    Args:
        context: The command's.
        home: The folder of the relay, or of the profiles where ``--as`` names one; None for the usual one.
        config: The configuration file that was named, or None.
        as_json: Whether to tell the answer as JSON.
        language: The language that was asked for; None for that of the locale.
    """

    def __init__(
        self,
        context: typer.Context,
        home: Path | None,
        config: Path | None,
        *,
        as_json: bool,
        language: Language | None,
    ) -> None:
        self._context = context
        self._home = home
        self._config = config
        self._as_json = as_json
        self._language = language

    @cached_property
    def say(self) -> "Strings":
        """The language in which people are told."""
        from babilu.terminal.strings import Strings, language_of

        return Strings(self._language or language_of(os.environ))

    @cached_property
    def door(self) -> "Door":
        """The relay of this machine, or with ``--as`` the one of a profile.

        Raises:
            UsageError: Which one is meant cannot be told.
        """
        from babilu.cli.admin_door import door_for

        return door_for(self._context, self._home, self._config)

    @cached_property
    def folder(self) -> Path:
        """The folder of the relay of this machine.

        Raises:
            UsageError: One elsewhere was named.
        """
        from babilu.cli.admin_door import folder_on_this_machine

        return folder_on_this_machine(self._context, self._home, self._config)

    def ask(self, request: "Request", kind: type[T]) -> T:
        """Give an order; see `babilu.cli.admin_link.ask`."""
        return self.door.ask(request, kind)

    def do(self, request: "Request") -> None:
        """Give an order whose answer is that it was done."""
        from babilu.relay.admin.requests import Done

        self.ask(request, Done)

    def tell(self, event: str, *sentences: str, **members: object) -> None:
        """Tell an answer: to people in sentences, to programs by its members."""
        from babilu.cli.tables import show_json

        if self._as_json:
            show_json(event, **members)
        else:
            print("\n".join(sentences))

    def tell_rows(self, event: str, head: Sequence[str], rows: Sequence[Sequence[object]], **members: object) -> None:
        """Tell an answer: to people as a table, whose head is named behind ``head.``, to programs by its members."""
        from babilu.cli.tables import show_json, show_table

        if self._as_json:
            show_json(event, **members)
        elif rows:
            show_table([self.say(f"head.{name}") for name in head], rows)
        else:
            print(self.say("admin.none"))

    def time(self, milliseconds: int) -> str:
        """Write a time as people read it, in UTC."""
        from babilu.cli.tables import time_text

        return time_text(milliseconds, self.say("time.never"))


def order(carry_out: Callable[..., None], *, of_relay: bool = True) -> Callable[..., None]:
    """Make a command of a function: it takes the function's own parameters and the options of every order.

    Args:
        carry_out: Carries the order out: given an office that is made for it, and its own parameters by their names.
        of_relay: Whether it is about a relay, which ``--home`` and ``--config`` name.
    """

    def command(context: typer.Context, **given: Any) -> None:  # noqa: ANN401 -- whatever the signature below says
        options = {name: given.pop(name) for name in SHARED if name in given}
        office = Office(
            context,
            options.get("home"),
            options.get("config"),
            as_json=options["as_json"],
            language=options["lang"],
        )
        carry_out(office, **given)

    hints = get_type_hints(carry_out, include_extras=True)
    # The office is made here; what follows it is the command's own.
    own = [each.replace(annotation=hints[name]) for name, each in inspect.signature(carry_out).parameters.items()][1:]
    shared = [each for name, each in SHARED.items() if of_relay or name not in OF_RELAY]
    context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    parameters = [context, *(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*own, *shared))]
    # Read by `inspect`, as typer does.
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    command.__name__, command.__doc__ = carry_out.__name__, carry_out.__doc__
    return command
