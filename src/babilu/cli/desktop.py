"""`babilu desktop` opens the window; what it needs of Qt is looked for first, and a sentence says what is missing."""

import gc
from typing import TYPE_CHECKING, Annotated

import typer

from babilu.cli.options import (
    FileOption,
    FormatOption,
    HomeOption,
    LevelOption,
    LogFormat,
    LogLevel,
    PasswordFileOption,
)
from babilu.cli.origin import Origin
from babilu.kernel.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from babilu.api.client import RelayProfile
    from babilu.desktop.beginning import Beginning

PORT = 5050


def desktop(
    context: typer.Context,
    server: Annotated[
        str | None, typer.Argument(metavar="IP", help="The relay of a profile to open at once.", show_default=False)
    ] = None,
    port: Annotated[int, typer.Argument(min=1, max=65535, help="Its port.")] = PORT,
    user: Annotated[str | None, typer.Argument(metavar="USER", help="The account.", show_default=False)] = None,
    password: Annotated[
        str | None, typer.Argument(metavar="PASSWORD", help="Its password.", show_default=False)
    ] = None,
    *,
    home: HomeOption = None,
    password_file: PasswordFileOption = None,
    log_level: LevelOption = LogLevel.WARNING,
    log_file: FileOption = None,
    log_format: FormatOption = LogFormat.TEXT,
) -> int:
    """Open the desktop client.

    On the profiles there are, on its first page, or with one account at once. The password may also come from
    BABILU_PASSWORD or --password-file; without one it is asked for in the window.
    """
    from babilu.cli.log import set_up_logging
    from babilu.desktop.screen import check_screen

    set_up_logging(log_level, log_file, log_format)
    check_screen()
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
    code = run(HostingFactory(folder, clock, randomness), DesktopOptions(folder, profile, beginning), clock, randomness)
    # At its end Python looks through all that there is once more: with Qt's thousands of types, 0.2 s for nothing.
    gc.freeze()
    return code


def find_profile(beginning: "Beginning", password: str | None, file: "Path | None") -> "RelayProfile | None":
    """Put the account together that is opened at once, or None where something of it must be asked for."""
    import os
    from pathlib import Path

    from babilu.api.client import RelayProfile
    from babilu.cli.secret_input import VARIABLE
    from babilu.crypto.secret import Passphrase
    from babilu.desktop.widgets.forms import parse_address

    address = parse_address(beginning.host, beginning.port) if beginning.host else None
    if beginning.host and address is None:
        raise UsageError(f"{beginning.host!r} is no address of a relay.")
    if password is None and file is not None:
        try:
            password = Path(file).read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError("The password file cannot be read.") from error
    given = password if password is not None else os.environ.get(VARIABLE)
    if address is None or not beginning.name or given is None:
        return None
    return RelayProfile(address, beginning.name, Passphrase(given))


def missing(error: ImportError) -> str:
    """Say what to install where Qt cannot be loaded."""
    if error.name and error.name.startswith("PySide6"):
        return (
            "The desktop client needs Qt for Python. In a clone, `python3 main.py desktop` installs it; in an "
            "environment of your own, `pip install -r requirements/desktop.txt` does."
        )
    return (
        f"Qt cannot be loaded ({error}). On Debian: sudo apt install libgl1 libegl1 libdbus-1-3 libfontconfig1 "
        "libglib2.0-0 libxkbcommon0 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0"
    )
