"""`babilu desktop` opens the window; what it needs of Qt is looked for first, and a sentence says what is missing."""

import gc
from pathlib import Path
from typing import TYPE_CHECKING

import click

from babilu.cli.commands import command
from babilu.cli.options import LogFormat, LogLevel, home_option, language_option, log_options, password_file_option
from babilu.cli.origin import Origin
from babilu.cli.parameters import PORT_MAX, Number, argument
from babilu.kernel.errors import UsageError

if TYPE_CHECKING:
    from babilu.api.client import RelayProfile
    from babilu.desktop.beginning import Beginning

PORT = 5050

NO_QT = (
    "The desktop client needs Qt for Python. In a clone, `python3 main.py desktop` installs it; in an environment of "
    "your own, `pip install -r requirements/desktop.txt` does."
)


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
    check_surroundings()
    # What modules make while they load stays: looking through it again and again takes a tenth of the start.
    gc.disable()
    try:
        from babilu.desktop.app import DesktopOptions, run
    except ImportError as error:
        raise UsageError(missing(error)) from error
    finally:
        gc.enable()
    from babilu.desktop.beginning import Beginning
    from babilu.host.opening import HostingFactory
    from babilu.system import SystemClock, SystemRandomness

    folder = context.ensure_object(Origin).home(home)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    beginning = Beginning(server or "", port, user or "")
    profile = find_profile(beginning, password, password_file)
    clock, randomness = SystemClock(), SystemRandomness()
    options = DesktopOptions(folder, profile, beginning, lang)
    code = run(HostingFactory(folder, clock, randomness), options, clock, randomness)
    # At its end Python looks through all that there is once more: with Qt's thousands of types, 0.2 s for nothing.
    gc.freeze()
    return code


def find_profile(beginning: "Beginning", password: str | None, file: Path | None) -> "RelayProfile | None":
    """Put the account together that is opened at once, or None where something of it must be asked for."""
    import os

    from babilu.api.client import RelayProfile
    from babilu.cli.secret_input import VARIABLE, first_line
    from babilu.crypto.secret import Passphrase
    from babilu.desktop.widgets.forms import parse_address

    address = parse_address(beginning.host, beginning.port) if beginning.host else None
    if beginning.host and address is None:
        raise UsageError(f"{beginning.host!r} is no address of a relay.")
    if password is None and file is not None:
        password = first_line(file)
    given = password if password is not None else os.environ.get(VARIABLE)
    if address is None or not beginning.name or given is None:
        return None
    return RelayProfile(address, beginning.name, Passphrase(given))


def check_surroundings() -> None:
    """Look for a screen, for the system's libraries and for Qt, and name all that is missing at once.

    Raises:
        UsageError: Something is missing.
    """
    import importlib.util

    from babilu.desktop.screen import obstacles

    found = obstacles()
    if importlib.util.find_spec("PySide6") is None:
        found.append(NO_QT)
    if found:
        raise UsageError(" ".join(found))


def missing(error: ImportError) -> str:
    """Say what to install where Qt is there and cannot be loaded."""
    return NO_QT if error.name and error.name.startswith("PySide6") else f"Qt cannot be loaded: {error}."
