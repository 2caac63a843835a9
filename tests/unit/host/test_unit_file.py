import configparser
import shlex
from pathlib import Path

import click

from babilu.cli.app import build

UNIT = Path(__file__).parents[3] / "share" / "systemd" / "babilu@.service"


def read_unit() -> configparser.ConfigParser:
    # Some keys may stand more than once in a unit.
    parsed = configparser.ConfigParser(strict=False, interpolation=None, delimiters="=")
    parsed.optionxform = str  # type: ignore[assignment, method-assign]
    parsed.read_string(UNIT.read_text())
    return parsed


def test_the_unit_of_a_client_runs_the_daemon_by_options_that_there_are() -> None:
    _, command, *arguments = shlex.split(read_unit()["Service"]["ExecStart"])
    program = build()
    daemon = program.get_command(click.Context(program), command)
    assert daemon is not None
    options = {option for parameter in daemon.params for option in parameter.opts}
    assert {word for word in arguments if word.startswith("--")} <= options


def test_the_unit_waits_for_readiness_and_does_not_try_again_what_cannot_mend_itself() -> None:
    service = read_unit()["Service"]
    assert (service["Type"], service["NotifyAccess"]) == ("notify", "main")
    assert service["RestartPreventExitStatus"] == "2 3 4"
    assert service["NoNewPrivileges"] == "yes"
