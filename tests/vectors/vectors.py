"""Reads published test vectors."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
PROTOCOL = FOLDER.parent.parent / "docs" / "protocol" / "vectors.json"


def load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return loaded


def protocol() -> dict[str, Any]:
    """Read this project's own vectors, which are part of the protocol's description."""
    loaded: dict[str, Any] = json.loads(PROTOCOL.read_text(encoding="utf-8"))
    return loaded


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = load(name)["tests"]
    assert found
    return found


def unhex(text: str) -> bytes:
    return bytes.fromhex(text)
