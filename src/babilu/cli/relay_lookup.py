"""Lookup of a running relay by its folder, which follows from the same settings as at its start."""

import os
from pathlib import Path
from typing import Final

import click

from babilu.cli.launch import LaunchOrigin
from babilu.presentation.strings import MisuseError

OFFICER: Final = "babilu.officer"
"""Where a context keeps whose account gives orders of administration, and the file of its password."""


def folder_of_relay(context: click.Context, port: int | None, home: Path | None, config: Path | None) -> Path:
    """Return the folder of the relay that is meant.

    Raises:
        UsageError: The configuration cannot be read.
    """
    from babilu.cli.config_keys import Value
    from babilu.cli.config_source import ConfigSource

    given: dict[str, Value] = {}
    if port is not None:
        given["relay.port"] = port
    if home is not None:
        given["relay.home"] = str(home.absolute())
    return ConfigSource(context.ensure_object(LaunchOrigin), config, given).home()


def refuse_where_no_daemons() -> None:
    """Refuse where pid files and signals do not exist.

    Raises:
        UsageError: This is Windows.
    """
    if not hasattr(os, "fork"):
        raise MisuseError("no_daemons")
