"""A command that asks something of one's own account opens a profile that is there, or attaches to whoever has it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from babilu.api.client import ChatClient, DirectProfile, RelayProfile
from babilu.api.commands import Command
from babilu.cli.secret_input import find_password
from babilu.host.opening import HostingFactory
from babilu.identity.names import normalise_name
from babilu.kernel.errors import ErrorCode, LinkError, UsageError
from babilu.system import SystemClock, SystemRandomness
from babilu.terminal.arguments import parse_address
from babilu.terminal.output import StreamOutput, standard_error
from babilu.terminal.strings import Strings, language_of

R = TypeVar("R")

OPEN_S: Final = 120.0
ANSWER_S: Final = 600.0
"""Longest wait for an answer: a full account is read page by page, at the relay's pace."""

DIRECT: Final = "direct"


@dataclass(frozen=True, slots=True)
class Account:
    """A profile as it is written on a command line: ``NAME@HOST:PORT``, or ``NAME@direct`` for one without a relay.

    Attributes:
        written: The whole.
        home: Folder of the profiles.
        password_file: File whose first line is the password, or None.
    """

    written: str
    home: Path
    password_file: Path | None = None

    @contextmanager
    def open(self) -> Iterator[ChatClient]:
        """Open the profile; nothing is registered, and none is made.

        Raises:
            UsageError: There is no such profile.
            BabiluError: It cannot be opened.
        """
        factory = HostingFactory(self.home, SystemClock(), SystemRandomness())
        name, _, place = self.written.rpartition("@")
        address = None if place == DIRECT else parse_address(place)
        known = {(each.name, each.relay) for each in factory.profiles()}
        if not name or (normalise_name(name), address) not in known:
            raise UsageError(f"There is no profile {self.written} in {self.home}: write NAME@HOST:PORT.")
        say = Strings(language_of(os.environ))
        password = find_password(None, self.password_file, say("ask.password"), say, StreamOutput(standard_error))
        profile = DirectProfile(name, password) if address is None else RelayProfile(address, name, password)
        try:
            client = factory.open(profile).result(OPEN_S)
        except TimeoutError as error:
            raise LinkError(ErrorCode.UNAVAILABLE, "The profile could not be opened in time.") from error
        try:
            yield client
        finally:
            client.close()

    def ask(self, command: Command[R]) -> R:
        """Open the profile, ask one thing, and close it.

        Raises:
            BabiluError: It cannot be opened, or that was refused.
        """
        with self.open() as client:
            try:
                return client.request(command).result(ANSWER_S)
            except TimeoutError as error:
                raise LinkError(ErrorCode.UNAVAILABLE, "There was no answer in time.") from error
