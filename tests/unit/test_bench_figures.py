"""Every measurement writes its figures where it is asked to."""

import argparse
import ast
import json
from pathlib import Path

import pytest

from bench.figures import add_option, write
from bench.run import MEASUREMENTS

BENCH = Path(__file__).resolve().parents[2] / "bench"


def calls_of(script: str) -> set[str]:
    """Name what a script calls by a bare name, and the first text that each of its other calls is given."""
    found = set()
    for node in ast.walk(ast.parse((BENCH / script).read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(name)):
                found.add(name)
            case ast.Call(func=ast.Attribute(attr="add_argument"), args=[ast.Constant(str(option)), *_]):
                found.add(option)
            case _:
                pass
    return found


@pytest.mark.parametrize("script", MEASUREMENTS.values())
def test_each_measurement_has_the_option(script: str) -> None:
    # The relay's and the model's figures are no plain list of names: both write them in their own ways.
    assert {"add_option", "write"} <= calls_of(script) or "--json" in calls_of(script)


def test_the_figures_are_in_the_file_that_was_named_and_nowhere_else(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    add_option(parser)
    write(parser.parse_args([]).json, {"half, ms": 1.5})
    assert list(tmp_path.iterdir()) == []
    write(parser.parse_args(["--json", str(tmp_path / "figures")]).json, {"half, ms": 1.5, "files": 3})
    assert json.loads((tmp_path / "figures").read_text(encoding="utf-8")) == {"half, ms": 1.5, "files": 3}
