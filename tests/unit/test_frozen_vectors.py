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


def value_of(path: str) -> Any:
    value: Any = protocol()
    for name in path.split("."):
        value = value[name]
    return value


@pytest.mark.parametrize("path", FROZEN)
def test_a_frozen_value_is_what_it_was(path: str) -> None:
    plain = json.dumps(value_of(path), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(plain.encode()).hexdigest() == FROZEN[path]


def test_the_page_names_what_is_frozen() -> None:
    page = PAGE.read_text("utf-8")
    frozen = page[page.index("## What is frozen") : page.index("## What is open")]
    assert {name for name in FROZEN if f"`{name}`" not in frozen} == set()
