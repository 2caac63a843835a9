"""Line mode as a program: terminal or pipe, sentences or JSON, one exit code at its end."""

import os
import sys
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from babilu.api.client import DirectProfile, RelayProfile
from babilu.cli.exit_codes import ExitCode, exit_for
from babilu.cli.standard_streams import unwritten
from babilu.host.opening import HostingFactory
from babilu.presentation.strings import Strings
from babilu.system import SystemClock, SystemRandomness
from babilu.terminal.interruption import Interruption
from babilu.terminal.json_renderer import JsonRenderer
from babilu.terminal.line_mode import LineMode, LineModeContext
from babilu.terminal.line_session import Broken, Ending, SessionEnd
from babilu.terminal.message_numbers import MessageNumbers
from babilu.terminal.output import StreamOutput, forget_standard_output, standard_error, standard_output
from babilu.terminal.renderer import Renderer
from babilu.terminal.source import InputSource, StreamSource
from babilu.terminal.style import Style, wants_colour
from babilu.terminal.text_renderer import TextRenderer


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """How a session speaks.

    Attributes:
        as_json: JSON rather than sentences.
        wait_sent: Seconds to wait at the end until everything is held or delivered; None not to.
        say: The language.
    """

    as_json: bool
    wait_sent: float | None
    say: Strings


def run_session(profile: RelayProfile | DirectProfile, home: Path, options: SessionOptions) -> ExitCode:
    """Run a session on this process's standard streams and give the exit code."""
    numbers = MessageNumbers()
    renderer, clock = renderer_for(options, numbers), SystemClock()
    surroundings = LineModeContext(
        renderer, options.say, numbers, clock, takes_json=options.as_json, wait_sent=options.wait_sent
    )
    factory = HostingFactory(home, clock, SystemRandomness(), reads=True)
    line_mode = LineMode(factory, surroundings, Interruption(is_last=True))
    source, shown = _source(options, line_mode)
    code = _exit_of(line_mode.run(profile, source, shown))
    if unwritten():
        # A terminal that vanished, or a reader that left: the session has ended, and in good order.
        forget_standard_output()
    if line_mode.is_stuck:
        # A thread waits in standard output: nothing but whoever should read it could wake it.
        with suppress(OSError, ValueError):
            sys.stderr.flush()
        os._exit(code)
    return code


def _exit_of(ending: Ending) -> ExitCode:
    match ending:
        case SessionEnd.DONE:
            return ExitCode.DONE
        case SessionEnd.UNSENT:
            return ExitCode.SESSION
        case SessionEnd.UNHEARD:
            forget_standard_output()
            return ExitCode.DONE
        case Broken(error):
            return exit_for(error)
        case _:
            assert_never(ending)


def renderer_for(options: SessionOptions, numbers: MessageNumbers, *, alone_as: str | None = None) -> Renderer:
    """Choose how a session, or a command by itself, speaks on standard output.

    Args:
        options: What was chosen on the command line.
        numbers: The messages that have one.
        alone_as: The own name, for a command by itself, which nobody tells when the profile is open; None in a session.
    """
    output, people = StreamOutput(standard_output), StreamOutput(standard_error)
    if options.as_json:
        return JsonRenderer(output, people, options.say)
    terminal = sys.stdout is not None and sys.stdout.isatty()
    style = Style(colour=wants_colour(os.environ, terminal=terminal), encoding=output.encoding)
    return TextRenderer(output, people, options.say, style, numbers, alone_as=alone_as)


def _source(options: SessionOptions, line_mode: LineMode) -> tuple[InputSource, AbstractContextManager[object]]:
    """Choose where lines come from: a prompt where a person types, else the stream itself."""
    if not options.as_json and _person_types():
        from babilu.terminal.prompt import PromptSource

        prompt = PromptSource(line_mode.names)
        return prompt, prompt.shown()
    if not sys.stdin:  # the process was started without standard input
        return StreamSource(os.open(os.devnull, os.O_RDONLY), "utf-8"), nullcontext()
    encoding = "utf-8" if options.as_json else sys.stdin.encoding
    return StreamSource(sys.stdin.fileno(), encoding), nullcontext()


def _person_types() -> bool:
    on_terminal = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
    return on_terminal and os.environ.get("TERM", "dumb") != "dumb"
