"""Full-screen client as a program; where there is no whole terminal, the line mode takes its place."""

import codecs
import os
import sys
from pathlib import Path

from babilu.api.client import DirectProfile, RelayProfile
from babilu.cli.exit_codes import ExitCode, exit_for
from babilu.cli.line_session import SessionOptions, run_session
from babilu.cli.log import held_back
from babilu.host.opening import HostingFactory
from babilu.kernel.errors import BabiluError
from babilu.presentation.plain_text import one_line
from babilu.presentation.strings import Strings
from babilu.system import SystemClock, SystemRandomness
from babilu.terminal.output import StreamOutput, standard_error


def run_fitting(profile: RelayProfile | DirectProfile, home: Path, options: SessionOptions, *, lines: bool) -> ExitCode:
    """Open the full-screen client on a terminal, else the line mode, and give the exit code.

    Args:
        profile: What to open.
        home: Folder of the profiles.
        options: How a session speaks; JSON and waiting for what was sent are the line mode's.
        lines: Whether the line mode is wanted also on a terminal.
    """
    if lines or options.as_json or options.wait_sent is not None or not has_screen():
        return run_session(profile, home, options)
    return run_screen(profile, home, options.say)


def run_screen(profile: RelayProfile | DirectProfile, home: Path, say: Strings) -> ExitCode:
    """Run the full-screen client and give the exit code.

    Raises:
        Exception: An error of our own ended it; the terminal is as it was.
    """
    # Here, because nothing but a terminal needs it: pipes, bots and relays start without.
    from babilu.terminal.app.program import run

    clock = SystemClock()
    with held_back():
        error = run(HostingFactory(home, clock, SystemRandomness()), profile, home, clock, say)
    if error is None:
        return ExitCode.DONE
    if not isinstance(error, BabiluError):
        raise error
    StreamOutput(standard_error).line(one_line(say.error(error)))
    return exit_for(error)


def has_screen() -> bool:
    """Tell whether all standard streams are one terminal that can be drawn on and shows Unicode."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    if not all(stream is not None and stream.isatty() for stream in streams):
        return False
    return os.environ.get("TERM", "dumb") not in {"dumb", ""} and is_unicode(sys.stdout.encoding)


def is_unicode(encoding: str) -> bool:
    """Tell whether an encoding holds every character."""
    try:
        return codecs.lookup(encoding).name.startswith("utf")
    except LookupError:
        return False
