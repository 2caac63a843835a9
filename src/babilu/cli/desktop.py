"""`babilu desktop` opens the window; what it needs of Qt is looked for first, and a sentence says what is missing."""

import gc
from pathlib import Path
from typing import TYPE_CHECKING

import click

from babilu.cli.commands import command
from babilu.cli.launch import LaunchOrigin
from babilu.cli.options import LogFormat, LogLevel, home_option, language_option, log_options, password_file_option
from babilu.cli.parameters import PORT_MAX, Number, argument, say_of
from babilu.kernel.errors import UsageError
from babilu.presentation.strings import MisuseError, Strings

if TYPE_CHECKING:
    from babilu.api.client import RelayProfile
    from babilu.desktop.launch_options import LaunchOptions

PORT = 5050


@command("desktop")
@argument("server", about="desktop_server", metavar="IP", default=None)
@argument("port", about="its_port", type=Number(1, PORT_MAX), default=PORT)
@argument("user", default=None)
@argument("password", default=None)
@home_option
@password_file_option
@log_options
@language_option
@click.pass_context
def desktop(
    context: click.Context,
    server: str | None,
    port: int,
    user: str | None,
    password: str | None,
    *,
    home: Path | None,
    password_file: Path | None,
    log_level: LogLevel,
    log_file: Path | None,
    log_format: LogFormat,
    lang: str | None,
) -> int:
    """Open the desktop client."""
    from babilu.cli.log import set_up_logging

    set_up_logging(log_level, log_file, log_format)
    check_surroundings(say_of(context))
    # What modules make while they load stays: looking through it again and again takes a tenth of the start.
    gc.disable()
    try:
        from babilu.desktop.app import DesktopOptions, run
    except ImportError as error:
        raise missing(error) from error
    finally:
        gc.enable()
    from babilu.desktop.launch_options import LaunchOptions
    from babilu.host.opening import HostingFactory
    from babilu.system import SystemClock, SystemRandomness

    folder = context.ensure_object(LaunchOrigin).home(home)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    beginning = LaunchOptions(server or "", port, user or "")
    profile = find_profile(beginning, password, password_file)
    clock, randomness = SystemClock(), SystemRandomness()
    options = DesktopOptions(folder, profile, beginning, lang)
    code = run(HostingFactory(folder, clock, randomness), options, clock, randomness)
    # At its end Python looks through all that there is once more: with Qt's thousands of types, 0.2 s for nothing.
    gc.freeze()
    return code


def find_profile(beginning: "LaunchOptions", password: str | None, file: Path | None) -> "RelayProfile | None":
    """Put the account together that is opened at once, or None where something of it must be asked for."""
    import os

    from babilu.api.client import RelayProfile
    from babilu.cli.secret_input import VARIABLE, first_line
    from babilu.crypto.secret import Passphrase
    from babilu.desktop.widgets.forms import parse_address

    address = parse_address(beginning.host, beginning.port) if beginning.host else None
    if beginning.host and address is None:
        raise MisuseError("no_relay_address", address=repr(beginning.host))
    if password is None and file is not None:
        password = first_line(file)
    given = password if password is not None else os.environ.get(VARIABLE)
    if address is None or not beginning.name or given is None:
        return None
    return RelayProfile(address, beginning.name, Passphrase(given))


def check_surroundings(say: Strings) -> None:
    """Look for a screen, for the system's libraries and for Qt, and name all that is missing at once.

    Raises:
        UsageError: Something is missing.
    """
    import importlib.util

    from babilu.desktop.screen import obstacles

    found = obstacles()
    if importlib.util.find_spec("PySide6") is None:
        found.append(say("misuse.no_qt"))
    if found:
        raise UsageError(" ".join(found))


def missing(error: ImportError) -> MisuseError:
    """Say what to install where Qt is there and cannot be loaded."""
    if error.name and error.name.startswith("PySide6"):
        return MisuseError("no_qt")
    return MisuseError("qt_unloadable", reason=error)
