r"""File names of others are reduced to one safe part: no folder, no control character, nothing that means more.

A name says what a file is called by whoever sent it, and is never a path: ``../etc/passwd`` becomes ``passwd``,
``CON.txt`` becomes ``_CON.txt`` (a device of Windows), ``.bashrc`` becomes ``_.bashrc`` (a hidden file of Unix).
"""

import re
from typing import Final

from babilu.kernel.plain_text import cleaned

NAME_BYTES: Final = 200
"""Longest name in bytes of UTF-8: file systems take 255, and a number goes before the ending where a name is taken."""

NAMELESS: Final = "file"

_SEPARATORS: Final = re.compile(r"[/\\]")
_FORBIDDEN: Final = re.compile(r'[<>:"|?*\x00]')
_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³")}
)
_ENDING_BYTES: Final = 32


def safe_file_name(name: str) -> str:
    """Return the name under which a file may be saved, whatever its sender calls it."""
    last = _SEPARATORS.split(name)[-1]
    plain = _FORBIDDEN.sub("_", _SEPARATORS.sub("_", cleaned(last))).strip().rstrip(". ")
    if not plain:
        return NAMELESS
    if plain.startswith((".", "~", "-")) or plain.split(".")[0].strip().lower() in _DEVICES:
        plain = f"_{plain}"
    return _shortened(plain)


def numbered(name: str, number: int) -> str:
    """Return the name that is tried where ``name`` is taken: ``photo (2).jpg``."""
    stem, dot, ending = name.rpartition(".")
    return f"{stem} ({number}){dot}{ending}" if stem else f"{name} ({number})"


def _shortened(name: str) -> str:
    if len(name.encode("utf-8")) <= NAME_BYTES:
        return name
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode("utf-8")) > _ENDING_BYTES:
        stem, dot, ending = name, "", ""
    room = NAME_BYTES - len((dot + ending).encode("utf-8"))
    return stem.encode("utf-8")[:room].decode("utf-8", "ignore") + dot + ending
