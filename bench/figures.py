"""Figures of a measurement: the option that each has to write them into a file, and how they are written."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

Figures = Mapping[str, float | int | str]
"""What was measured, by a name that says the unit."""


def add_option(parser: argparse.ArgumentParser) -> None:
    """Let whoever measures name a file for the figures."""
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures into this file")


def write(file: Path | None, figures: Figures) -> None:
    """Write figures into the file that was named, if one was."""
    if file is not None:
        file.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
