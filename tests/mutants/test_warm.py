import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.breaks import ROOT, surroundings
from tests.mutants.imports import in_turn, modules_below, needed_by_each
from tests.mutants.warm import can_fork

PROGRAM = """
import json, sys
from tests.mutants.breaks import Break
from tests.mutants.warm import try_warm

results = try_warm([Break(**fields) for fields in json.load(sys.stdin)], 2, lambda done, verdict: None)
print(json.dumps({"caught": sorted(results.caught), "left": results.left}))
"""


def fields(name: str, module: str, function: str, change: tuple[str, str], test: str) -> dict[str, str]:
    snippet, instead = change
    test = f"tests/unit/cli/test_json_lines.py::{test}"
    return {"name": name, "module": module, "function": function, "snippet": snippet, "instead": instead, "test": test}


LINES = ("babilu.presentation.json_line", "json_line")
TEST = "test_a_line_is_ascii_and_says_the_same"


@pytest.mark.skipif(not can_fork(), reason="breaks are tried in copies alone here")
def test_a_fork_shows_what_a_break_does_and_leaves_to_a_copy_what_it_cannot_show() -> None:
    works = ("ensure_ascii=True", "ensure_ascii=False")
    breaks = [
        fields("caught", *LINES, works, TEST),
        fields("harmless", *LINES, ("ensure_ascii=True", "ensure_ascii=not False"), TEST),
        fields("never loaded", "babilu.desktop.bridge", "", ("import threading", "import threading, json"), TEST),
        fields("no such test", "babilu.desktop.error_texts", "", ("import QLocale", "import QLocale, Qt"), "test_none"),
        fields("beside the package", "main", "", ("import hashlib", "import hashlib, json"), TEST),
        fields("out of date", *LINES, ("ensure_ascii=None", "ensure_ascii=False"), TEST),
    ]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=surroundings(ROOT),
        input=json.dumps(breaks),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "caught": ["caught"],
        "left": {
            "harmless": "survived",
            "never loaded": "its module was not loaded",
            "no such test": "its test does not pass without it",
            "beside the package": "it is beside the package",
            "out of date": "out of date: the snippet is not there exactly once",
        },
    }


def a_package(folder: Path, modules: dict[str, str]) -> dict[str, set[str]]:
    for name, text in {"__init__": "", **modules}.items():
        file = (folder / "house" / name).with_suffix(".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return needed_by_each(modules_below(folder, "house"))


def test_what_a_module_needs_is_what_loads_with_it(tmp_path: Path) -> None:
    needed = a_package(
        tmp_path,
        {
            "low": "",
            "lazy": "def f():\n    from house import low",
            "typed": (
                "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house.low import X\n"
                "else:\n    import house.lazy"
            ),
            "tried": "try:\n    import absent\nexcept ImportError:\n    from house.low import X",
            "high": "class C:\n    from house.tried import X",
            "room/__init__": "from house.room.inner import X",
            "room/inner": "X = 1",
            "room/other": "",
            "__main__": "raise SystemExit",
        },
    )
    assert {name: sorted(each - {name, "house"}) for name, each in needed.items() if name != "house"} == {
        "house.low": [],
        "house.lazy": [],
        "house.typed": ["house.lazy"],
        "house.tried": ["house.low"],
        "house.high": ["house.low", "house.tried"],
        "house.room": ["house.room.inner"],
        "house.room.inner": ["house.room"],
        "house.room.other": ["house.room", "house.room.inner"],
    }


def test_nothing_loads_a_module_before_its_turn_and_all_else_is_loaded_then(tmp_path: Path) -> None:
    needed = a_package(
        tmp_path,
        {
            "low": "",
            "middle": "import house.low",
            "high": "import house.middle",
            "beside": "import house.low",
            "above": "import house.high",
        },
    )
    turns = list(in_turn(needed, {"house.middle": 1, "house.high": 5}))
    assert turns == [
        (["house", "house.beside", "house.low"], "house.middle"),
        (["house.middle"], "house.high"),
    ]
