"""A new password is judged by how hard it is to guess, once for every user interface (zxcvbn, USENIX Security 2016).

Rules about capitals and digits are not asked for: they make passwords that people forget and programs guess. Only what
somebody *chooses* is judged; a password that is there already opens what it opens.
"""

from collections.abc import Sequence
from enum import IntEnum, unique
from typing import Final

JUDGED: Final = 72
"""Characters that are looked at; more of them make a password no worse."""


@unique
class Strength(IntEnum):
    """How hard a password is to guess."""

    EMPTY = 0
    WEAK = 1
    """A program guesses it in moments: it is not taken for something new."""

    FAIR = 2
    GOOD = 3
    STRONG = 4

    @property
    def is_enough(self) -> bool:
        """Whether something new may be protected by it."""
        return self >= Strength.FAIR


# Score 2 of 4 stands for more than a million guesses.
_BY_SCORE: Final = (Strength.WEAK, Strength.WEAK, Strength.FAIR, Strength.GOOD, Strength.STRONG)


def strength_of(password: str, known: Sequence[str] = ()) -> Strength:
    """Judge a password.

    Args:
        password: What was chosen.
        known: What everybody knows of its user, such as the name: it makes a password no stronger.
    """
    if not password:
        return Strength.EMPTY
    # Its lists of words take a while to load, and whoever only opens a profile needs none of them.
    from zxcvbn import zxcvbn  # noqa: PLC0415 -- see above

    found = zxcvbn(password[:JUDGED], user_inputs=[each for each in ("babilu", *known) if each])
    return _BY_SCORE[int(found["score"])]
