"""Common part of administration commands: their options, how they find the relay, how they show the answer.

Sentences are for people, in their language; ``--json`` prints the answer's members.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from babilu.cli.commands import TranslatedCommand, parameters_of
from babilu.cli.options import config_option, home_option, json_option, language_option
from babilu.cli.parameters import strings_of, together

if TYPE_CHECKING:
    from babilu.cli.admin_transport import AdminTransport
    from babilu.presentation.strings import Strings
    from babilu.relay.base.admin_requests import AdminRequest

T = TypeVar("T")

OF_RELAY: Final = together(home_option, config_option)
"""Options of every order that is about a relay: they name it."""

SHARED: Final = together(json_option, language_option)
"""Options of every order."""


class AdminBase:
    """Administration of one relay: gives an order and shows its answer.

    Args:
        context: The command's.
        home: The folder of the relay, or of the profiles where ``--as`` names one; None for the usual one.
        config: The configuration file that was named, or None.
        as_json: Whether to tell the answer as JSON.
        language: The language that was asked for; None for that of the locale.
    """

    def __init__(
        self,
        context: click.Context,
        home: Path | None,
        config: Path | None,
        *,
        as_json: bool,
        language: str | None,
    ) -> None:
        self._context = context
        self._home = home
        self._config = config
        self._as_json = as_json
        self._language = language

    @cached_property
    def say(self) -> "Strings":
        """The language in which people are told."""
        return strings_of(self._language)

    @cached_property
    def transport(self) -> "AdminTransport":
        """The relay of this machine, or with ``--as`` the one of a profile.

        Raises:
            UsageError: Which one is meant cannot be told.
        """
        from babilu.cli.admin_transport import choose_transport

        return choose_transport(self._context, self._home, self._config)

    @cached_property
    def folder(self) -> Path:
        """The folder of the relay of this machine.

        Raises:
            UsageError: One elsewhere was named.
        """
        from babilu.cli.admin_transport import folder_on_this_machine

        return folder_on_this_machine(self._context, self._home, self._config)

    def ask(self, request: "AdminRequest", kind: type[T]) -> T:
        """Give an order; see `babilu.cli.admin_link.ask`."""
        return self.transport.ask(request, kind)

    def do(self, request: "AdminRequest") -> None:
        """Give an order whose answer is that it was done."""
        from babilu.relay.base.admin_requests import Done

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


def order(path: str, *, of_relay: bool = True) -> Callable[[Callable[..., None]], TranslatedCommand]:
    """Make a command of a function that carries an order out: it gets an `AdminBase`, and its own parameters by name.

    The command takes the function's own parameters, declared below this, and the options of every order.

    Args:
        path: The command's words without the program's, with dots between them.
        of_relay: Whether it is about a relay, which ``--home`` and ``--config`` name.
    """

    def decorate(carry_out: Callable[..., None]) -> TranslatedCommand:
        @click.pass_context
        def carry(
            context: click.Context,
            /,
            *,
            home: Path | None = None,
            config: Path | None = None,
            as_json: bool,
            lang: str | None,
            **own: Any,  # noqa: ANN401 -- whatever the function declares
        ) -> None:
            carry_out(AdminBase(context, home, config, as_json=as_json, language=lang), **own)

        def shared() -> None:
            """Declare what every order takes."""

        declared = SHARED(shared)
        if of_relay:
            declared = OF_RELAY(declared)
        return TranslatedCommand(path, callback=carry, params=[*parameters_of(carry_out), *parameters_of(declared)])

    return decorate
