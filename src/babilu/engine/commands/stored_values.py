"""Values of bots and user interfaces in a profile: each has a prefix, away from what Babilu itself keeps."""

from typing import Final

from babilu.kernel.errors import ErrorCode, ProtocolError, UsageError
from babilu.kernel.limits import TEXT_BYTES
from babilu.store.database import Database

PREFIX: Final = "value."
KEY_CHARACTERS: Final = 256


def read_value(database: Database, key: str) -> str | None:
    with database.read() as unit:
        value = unit.settings.get(PREFIX + _checked(key))
    return None if value is None else value.decode("utf-8")


def stored_keys(database: Database, prefix: str) -> tuple[str, ...]:
    """List the keys that begin with ``prefix``."""
    with database.read() as unit:
        names = unit.settings.names(PREFIX + prefix)
    return tuple(name.removeprefix(PREFIX) for name in names)


def store_value(database: Database, key: str, value: str | None) -> None:
    """Store a value in place of the one before, or forget it.

    Raises:
        UsageError: The key is empty or too long.
        ProtocolError: ``too_large``.
    """
    name = PREFIX + _checked(key)
    encoded = None if value is None else value.encode("utf-8")
    if encoded is not None and len(encoded) > TEXT_BYTES:
        raise ProtocolError(ErrorCode.TOO_LARGE, f"A value has at most {TEXT_BYTES} bytes.")
    with database.write() as unit:
        if encoded is None:
            unit.settings.delete(name)
        else:
            unit.settings.set(name, encoded)


def _checked(key: str) -> str:
    if not 1 <= len(key) <= KEY_CHARACTERS:
        raise UsageError(f"A key has 1 to {KEY_CHARACTERS} characters.")
    return key
