"""What may be given as a reaction."""

import pytest

from babilu.kernel.limits import REACTION_BYTES, REACTION_CODE_POINTS
from babilu.kernel.reactions import is_reaction

SIGNS = ["👍", "👍🏽", "❤️", "👩🏽‍🚀", "🇪🇸", "🏴󠁧󠁢󠁷󠁬󠁳󠁿", "1️⃣", "#️⃣", "9⃣", "\u2139\ufe0f", "™", "‼️", "!", "+"]
UNASSIGNED = ["\U0001fbff", "\u0378"]


@pytest.mark.parametrize("sign", SIGNS + UNASSIGNED, ids=ascii)
def test_signs_are_reactions_also_those_that_this_python_does_not_know(sign: str) -> None:
    assert is_reaction(sign)


@pytest.mark.parametrize(
    "text",
    ["", "a", "ñ", "好", "👍a", "1", "1👍", "👍1", "1️", " ", "👍 👍", "\u3000", "\n", "👍\u0000", "\u200b", "👍\u202e",
     "\ud800", "\ufe0f", "\u200d", "\u0301", "\ue000"],
    ids=ascii,
)  # fmt: skip
def test_words_digits_spaces_controls_and_what_nobody_sees_are_no_reactions(text: str) -> None:
    assert not is_reaction(text)


def test_a_reaction_is_short_in_bytes_and_in_code_points() -> None:
    assert is_reaction("😀" * (REACTION_BYTES // 4))
    assert not is_reaction("😀" * (REACTION_BYTES // 4 + 1))
    assert is_reaction("!" * REACTION_CODE_POINTS)
    assert not is_reaction("!" * (REACTION_CODE_POINTS + 1))
