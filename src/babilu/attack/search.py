"""Search for a text in every form that a reader could undo without a key."""

import base64
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

SHORT: Final = 8
"""Characters up to which a text leaves nothing to look for in base 64: the ends of a piece depend on its neighbours."""


def disguises(text: str) -> list[bytes]:
    """Give the forms in which a text could lie about: as it is, wide, in hexadecimal, in base 64 at any offset."""
    plain = text.encode()
    offsets = range(3) if len(plain) > SHORT else ()
    sixty_fours = [base64.b64encode(b"x" * offset + plain)[4:-4] for offset in offsets]
    return [plain, text.encode("utf-16-le"), plain.hex().encode(), plain.hex().upper().encode(), *sixty_fours]


def places_of(text: str, places: Mapping[str, bytes]) -> list[str]:
    """Name the places in which a text can be read."""
    forms = disguises(text)
    return [name for name, octets in places.items() if any(form in octets for form in forms)]


def read_all(folders: Iterable[Path]) -> dict[str, bytes]:
    """Read every file below some folders, by its path."""
    return {str(path): path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}
