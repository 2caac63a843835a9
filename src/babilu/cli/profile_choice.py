"""Choice of an existing profile: the only one there is, its name, or name and relay."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import click

from babilu.api.client import ChatClient, DirectProfile, Listener, RelayProfile
from babilu.api.views import Address, ProfileView
from babilu.cli.launch import LaunchOrigin
from babilu.cli.options import account_options
from babilu.cli.parameters import strings_of
from babilu.cli.secret_input import find_password
from babilu.host.opening import HostingFactory
from babilu.identity.names import normalise_name
from babilu.kernel.errors import AccountError
from babilu.presentation.strings import MisuseError, NobodyAnswersError, Strings
from babilu.system import SystemClock, SystemRandomness
from babilu.terminal.arguments import parse_address
from babilu.terminal.interruption import Interrupted, Interruption
from babilu.terminal.output import StreamOutput, standard_error

VARIABLE: Final = "BABILU_PROFILE"
DIRECT: Final = "direct"
OPEN_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class ProfileChoice:
    """Which profile a command is about, and how it is opened.

    Attributes:
        written: As it is written on the command line or in the environment, or None.
        home: Folder of the profiles.
        password_file: File whose first line is the password, or None.
        say: The person's language.
    """

    written: str | None
    home: Path
    password_file: Path | None
    say: Strings

    def find(self) -> ProfileView:
        """Find the profile that is meant.

        Raises:
            UsageError: No profile fits, or more than one does.
        """
        factory = HostingFactory(self.home, SystemClock(), SystemRandomness())
        profiles = factory.profiles()
        fitting = [each for each in profiles if self.written is None or _fits(self.written, each)]
        if len(fitting) == 1:
            return fitting[0]
        if not fitting:
            if self.written is None:
                raise MisuseError("no_profile", home=self.home)
            raise MisuseError("no_such_profile", home=self.home, profile=self.written)
        names = ", ".join(sorted(map(written, fitting)))
        raise MisuseError("which_profile", profiles=names)

    def profile(self, listen: Address | None = None) -> RelayProfile | DirectProfile:
        """Find the profile and its password, which a person is asked for where nothing else gives it.

        Raises:
            UsageError: There is no such profile, or no password.
        """
        found = self.find()
        password = find_password(
            None, self.password_file, self.say("ask.password"), self.say, StreamOutput(standard_error)
        )
        if found.relay is None:
            return DirectProfile(found.name, password, listen)
        return RelayProfile(found.relay, found.name, password, listen=listen)

    @contextmanager
    def opened(
        self, listener: Listener | None = None, interruption: Interruption | None = None
    ) -> Iterator[ChatClient]:
        """Attach to whoever has the profile open, or open it for as long as this lasts.

        Args:
            listener: Is told what happens.
            interruption: What may end the opening; None for a signal's own way.

        Raises:
            BabiluError: It cannot be opened.
            Interrupted: The end was asked for before it was open.
        """
        factory = HostingFactory(self.home, SystemClock(), SystemRandomness())
        opening = factory.open(self.profile(), listener)
        try:
            client = opening.result(OPEN_S) if interruption is None else interruption.wait_for(opening, OPEN_S)
        except TimeoutError as error:
            raise NobodyAnswersError("opening") from error
        except Interrupted:
            opening.add_done_callback(_close_late)
            opening.cancel()
            raise
        try:
            yield client
        finally:
            client.close()


def choose(
    context: click.Context, profile: str | None, home: Path | None, password_file: Path | None, lang: str | None
) -> ProfileChoice:
    """Put together what the options of a command say."""
    folder = context.ensure_object(LaunchOrigin).home(home)
    say = strings_of(lang)
    return ProfileChoice(profile or os.environ.get(VARIABLE) or None, folder, password_file, say)


def of_profile(function: Callable[..., int | None]) -> Callable[..., int | None]:
    """Declare the options that name a profile; a function gets what they say as a `ProfileChoice`, and ``as_json``."""

    @click.pass_context
    def chosen(
        context: click.Context,
        /,
        *,
        profile: str | None,
        home: Path | None,
        password_file: Path | None,
        lang: str | None,
        **others: Any,  # noqa: ANN401 -- what the command takes besides
    ) -> int | None:
        return function(choose(context, profile, home, password_file, lang), **others)

    return account_options(chosen)


def written(profile: ProfileView) -> str:
    """Write a profile as the option takes it."""
    return f"{profile.name}@{DIRECT if profile.relay is None else profile.relay}"


def _close_late(opening: "Future[ChatClient]") -> None:
    """Close a client that opened when nobody waited for it any more."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


def _fits(text: str, profile: ProfileView) -> bool:
    name, at, place = text.rpartition("@")
    if not at:
        return _same_name(text, profile)
    if not _same_name(name, profile):
        return False
    if place == DIRECT or profile.relay is None:
        return place == DIRECT and profile.relay is None
    return _plain(parse_address(place)) == _plain(profile.relay)


def _same_name(text: str, profile: ProfileView) -> bool:
    try:
        return normalise_name(text) == profile.name
    except AccountError:
        return text == profile.name


def _plain(address: Address) -> Address:
    return replace(address, host=address.host.strip("[]").lower())
