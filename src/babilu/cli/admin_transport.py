"""Transports of administration: to the relay of this machine, or over the wire as owner or moderator of another."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import click
import msgspec

from babilu.cli.admin_link import ask
from babilu.cli.relay_lookup import OFFICER, folder_of_relay
from babilu.presentation.strings import MisuseError, NobodyAnswersError
from babilu.relay.base.admin_requests import AdminRequest

if TYPE_CHECKING:
    from babilu.cli.profile_choice import ProfileChoice

T = TypeVar("T")


class AdminTransport(Protocol):
    """Carries orders to a relay."""

    def ask(self, request: AdminRequest, kind: type[T]) -> T:
        """Give an order; see `babilu.cli.admin_link.ask`."""


class LocalAdminTransport:
    """The relay of a folder on this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ask(self, request: AdminRequest, kind: type[T]) -> T:
        """Ask over the Unix socket in the folder."""
        return ask(self._folder, request, kind)


class WireAdminTransport:
    """The relay of an account, whose role says what it may do."""

    def __init__(self, choice: "ProfileChoice") -> None:
        self._choice = choice

    def ask(self, request: AdminRequest, kind: type[T]) -> T:
        """Ask through the account's client."""
        from babilu.api.commands import Administer
        from babilu.cli.account import ask_profile

        answer = ask_profile(self._choice, Administer(msgspec.json.encode(request).decode("utf-8")))
        try:
            return msgspec.json.decode(answer, type=kind)
        except msgspec.DecodeError as error:
            raise NobodyAnswersError("answer_unreadable") from error


def choose_transport(context: click.Context, home: Path | None, config: Path | None) -> AdminTransport:
    """Choose where orders are given.

    Raises:
        UsageError: The relay's folder cannot be told.
    """
    officer = context.meta.get(OFFICER)
    if officer is None:
        return LocalAdminTransport(folder_on_this_machine(context, home, config))
    # Here, because the relay of this machine is administered where nothing of a client is installed.
    from babilu.cli.profile_choice import choose

    profile, password_file = officer
    return WireAdminTransport(choose(context, profile, home, password_file, None))


def folder_on_this_machine(context: click.Context, home: Path | None, config: Path | None) -> Path:
    """Give the folder of the relay that is meant.

    Raises:
        UsageError: An account elsewhere was named, or this system has no Unix sockets.
    """
    if context.meta.get(OFFICER) is not None:
        raise MisuseError("on_machine_only")
    if not hasattr(os, "fork"):
        raise MisuseError("no_unix_socket")
    return folder_of_relay(context, None, home, config)
