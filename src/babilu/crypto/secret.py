"""Secret values: they never print, compare in constant time and cannot be pickled."""

import hmac
import unicodedata
from typing import NoReturn, final

from babilu.kernel.errors import UsageError

PASSPHRASE_BYTES = 4096
"""Longest passphrase in bytes of UTF-8; more is a mistake, such as a file given in place of a password."""


class _Hidden:
    """Shows nothing of what it holds: neither in a traceback nor in a log or a pickle."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is never pickled")


@final
class Secret(_Hidden):
    """Secret bytes: a key, a shared secret, a seed.

    Args:
        value: The bytes to hold; they are copied.
    """

    __slots__ = ("_value",)
    __hash__ = None  # type: ignore[assignment]  # a hash would be compared in variable time

    def __init__(self, value: bytes) -> None:
        self._value = bytes(value)

    def reveal(self) -> bytes:
        """Return the bytes, for the primitive that needs them."""
        return self._value

    def __len__(self) -> int:
        return len(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value, other._value)


@final
class Passphrase(_Hidden):
    """What a person types to open an account or a profile, the same however the keyboard composed it.

    The text is prepared by the PRECIS profile OpaqueString (RFC 8265, section 4.2): other spaces become U+0020, the
    rest is normalised to NFC; control characters, unassigned code points and the empty text are refused.

    Args:
        text: As typed.

    Raises:
        UsageError: It is empty, too long or has characters that a passphrase cannot have.
    """

    __slots__ = ("_prepared",)
    __hash__ = None  # type: ignore[assignment]  # a hash would be compared in variable time

    def __init__(self, text: str) -> None:
        if not text:
            raise UsageError("A passphrase must not be empty.")
        if len(text) > PASSPHRASE_BYTES:
            raise UsageError("This passphrase is too long.")
        prepared = text if _is_printable_ascii(text) else _prepare(text)
        self._prepared = prepared.encode("utf-8")
        if len(self._prepared) > PASSPHRASE_BYTES:
            raise UsageError("This passphrase is too long.")

    def reveal(self) -> bytes:
        """Return the prepared text as UTF-8, for the password hash."""
        return self._prepared

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Passphrase):
            return NotImplemented
        return hmac.compare_digest(self._prepared, other._prepared)


def _is_printable_ascii(text: str) -> bool:
    """Tell whether the profile leaves ``text`` as it is, so that its tables need not be loaded."""
    return text.isascii() and text.isprintable()


def _prepare(text: str) -> str:
    # Imported here: its tables take as long as all the rest of a client's start.
    from precis_i18n import get_profile  # noqa: PLC0415

    try:
        prepared = get_profile("OpaqueString").enforce(text)
    except UnicodeEncodeError as error:
        raise UsageError("A passphrase has characters that cannot be used, such as control characters.") from error
    return unicodedata.normalize("NFC", str(prepared))
