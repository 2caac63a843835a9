"""Source of one relay's configuration, read now and each time somebody asks again."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

import click

from babilu.cli.config_keys import Value
from babilu.cli.configuration import Configuration, find_file, read_configuration
from babilu.cli.launch import LaunchOrigin
from babilu.cli.options import OptionKey
from babilu.kernel.errors import UsageError
from babilu.relay.base.settings import RelaySettings

EVERYWHERE: Final = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 -- recognised, not bound
"""What one listens on and nobody can connect to."""

ELSEWHERE: Final = ("192.0.2.1", 9)
"""An address of no machine (RFC 5737): asking for the way to it sends nothing."""


@dataclass(frozen=True, slots=True)
class ConfigSource:
    """Source of a relay's configuration: command line, environment and file.

    Attributes:
        origin: How the program was started.
        file: The configuration file that was named, or None.
        given: What the command line says.
        folder: The working folder at the start: a daemon's is another one.
    """

    origin: LaunchOrigin
    file: Path | None
    given: Mapping[str, Value]
    folder: Path = field(default_factory=Path.cwd)

    def read(self) -> Configuration:
        """Read what is decided now.

        Raises:
            UsageError: The file is missing or cannot be read.
        """
        home = self.given.get("relay.home")
        folders = [Path(str(home))] if home is not None else []
        with suppress(UsageError):
            # A service's user may have no home directory; then there is one place less to look.
            folders.append(self.beside())
        file = find_file(self.file, os.environ, folders)
        return read_configuration(None if file is None else self.folder / file, os.environ, self.given, self.folder)

    def beside(self) -> Path:
        """Tell where relays lie whose folder nobody chose.

        Raises:
            UsageError: There is no such place.
        """
        return self.folder / self.origin.home(None)

    def settings(self, configuration: Configuration) -> RelaySettings:
        """Return the settings of the relay.

        Raises:
            ConfigurationError: Something is to be mended first.
        """
        settings = configuration.check().relay(self.beside)
        if settings.public_host is not None or settings.host not in EVERYWHERE:
            return settings
        return replace(settings, public_host=own_address(), public_is_guess=True)

    def home(self) -> Path:
        """Return the relay's folder, whatever else is to be mended."""
        return self.read().home(self.beside)


def plan_for(context: click.Context, file: Path | None, keys: Mapping[str, OptionKey]) -> ConfigSource:
    """Plan with what was written on the command line, as against what its options default to.

    Args:
        context: The command's.
        file: The configuration file that was named.
        keys: What each parameter of the command gives.
    """
    folder = Path.cwd()
    given: dict[str, Value] = {}
    for parameter, (path, meant) in keys.items():
        source = context.get_parameter_source(parameter)
        if source is not None and source.name == "COMMANDLINE":
            given[path] = _value(context.params[parameter], folder) if meant is None else meant
    return ConfigSource(context.ensure_object(LaunchOrigin), file, given, folder)


def _value(option: Value | Path | StrEnum, folder: Path) -> Value:
    match option:
        case Path():
            return str(folder / option)
        case StrEnum():
            return option.value
        case _:
            return option


def own_address() -> str:
    """Guess the host that invitations can name where a relay listens on every address.

    It is the address on the way to the rest of the world, or else the machine's name.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(ELSEWHERE)
            return str(asking.getsockname()[0])
        except OSError:
            return socket.gethostname()
