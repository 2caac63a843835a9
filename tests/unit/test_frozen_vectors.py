"""What of version 1 is frozen says for ever what it says now: its vectors are compared with the hashes that they had.

Nothing here is ever made anew: what has to be otherwise is another version, under tags of its own (`docs/adr/0077`).
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.vectors.vectors import protocol

FROZEN: dict[str, str] = json.loads((Path(__file__).parents[1] / "vectors" / "frozen.json").read_text("utf-8"))
PAGE = Path(__file__).parents[2] / "docs" / "protocol" / "README.md"


NAMES = ("tag", "part", "body", "kind")
"""What the values of a list are told apart by: frames, parts of contents, bodies of logins, kinds of records."""

KINDS = ("frames.client", "frames.relay", "frames.direct", "contents", "login_bodies", "archives.records")
"""Lists of which each value is frozen by itself, so that another kind may be added."""

STILL_OPEN = {"contents.hush"}


def named(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return value[name]
    (found,) = [each for each in value if name in {str(each[which]) for which in NAMES if which in each}]
    return found


def value_of(path: str) -> Any:
    value: Any = protocol()
    for name in path.split("."):
        value = named(value, name)
    return value


@pytest.mark.parametrize("path", FROZEN)
def test_a_frozen_value_is_what_it_was(path: str) -> None:
    plain = json.dumps(value_of(path), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(plain.encode()).hexdigest() == FROZEN[path]


def lists() -> set[str]:
    """Name the values of those lists, and what is no list of kinds, as they are frozen."""
    found = set()
    for path in KINDS:
        for each in value_of(path):
            (name,) = [str(each[which]) for which in NAMES if which in each]
            found.add(f"{path}.{name}")
    return found


def test_every_kind_of_what_travels_or_is_kept_is_frozen() -> None:
    assert lists() - set(FROZEN) == STILL_OPEN


def test_every_section_is_frozen() -> None:
    begun = {path.split(".")[0] for path in FROZEN}
    assert set(protocol()) - begun == {"about"}
    for section in ("group", "archives", "envelopes"):
        frozen = {path.split(".")[1] for path in FROZEN if path.startswith(f"{section}.")}
        # Keys that were recorded say nothing by themselves: what they open is frozen.
        assert set(protocol()[section]) - frozen <= {"sender", "recipient"}


def test_the_page_names_what_is_frozen() -> None:
    page = PAGE.read_text("utf-8")
    frozen = page[page.index("## What is frozen") : page.index("## What is open")]
    groups = {next((f"{path}.*" for path in KINDS if name.startswith(f"{path}.")), name) for name in FROZEN}
    assert {name for name in groups if f"`{name}`" not in frozen} == set()
