"""Recovery code: 24 words that say 256 random bits and a check of 8: a slip of the pen is told from a wrong code.

Words and check are those of BIP-39 (Palatinus and others, 2013); what is derived from the bits is our own: they are
random, so HKDF does where a passphrase needs Argon2id.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Final

from babilu.crypto.kdf import hkdf_sha256
from babilu.crypto.secret import Secret
from babilu.identity.word_list import WORD_BITS, words
from babilu.kernel.errors import UsageError
from babilu.kernel.ids import domain
from babilu.kernel.ports import Randomness

CODE_WORDS: Final = 24
CODE_BYTES: Final = 32
SHORTEST: Final = 4
"""Letters of a word that are enough: no two words begin with the same four."""


def new_code(randomness: Randomness) -> tuple[str, ...]:
    """Make a recovery code."""
    bits = randomness.token(CODE_BYTES)
    number = int.from_bytes(bits + _check(bits), "big")
    places = range(WORD_BITS * (CODE_WORDS - 1), -1, -WORD_BITS)
    return tuple(words()[number >> place & (1 << WORD_BITS) - 1] for place in places)


def read_code(text: str) -> Secret:
    """Read the words of a code as somebody typed them: whatever case, spaces and line ends, four letters are enough.

    Returns:
        What archives are opened with: HKDF-SHA-256 of the 32 bytes, with the info ``babilu/archive-code/1``.

    Raises:
        UsageError: There are more or fewer words, one is none of the list, or together they are no code.
    """
    typed = text.split()
    if len(typed) != CODE_WORDS:
        raise UsageError(f"A recovery code has {CODE_WORDS} words; these are {len(typed)}.")
    number = 0
    for place, word in enumerate(typed, 1):
        value = _values().get(word.lower()[:SHORTEST] if len(word) > SHORTEST else word.lower())
        if value is None or not words()[value].startswith(word.lower()):
            raise UsageError(f"Word {place} is none that a recovery code has.")
        number = number << WORD_BITS | value
    encoded = number.to_bytes(CODE_BYTES + 1, "big")
    bits, check = encoded[:CODE_BYTES], encoded[CODE_BYTES:]
    if check != _check(bits):
        raise UsageError("These words are no recovery code: one of them is another than was written down.")
    return hkdf_sha256(Secret(bits), salt=b"", info=domain("archive-code"), size=CODE_BYTES)


def _check(bits: bytes) -> bytes:
    return hashlib.sha256(bits).digest()[:1]


@cache
def _values() -> Mapping[str, int]:
    return {word[:SHORTEST]: value for value, word in enumerate(words())}
