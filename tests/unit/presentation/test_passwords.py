"""A new password is judged by how hard it is to guess, whatever signs it is made of."""

import pytest

from babilu.presentation.passwords import Strength, strength_of


@pytest.mark.parametrize(
    "password", ["pw", "pw1", "password", "P@ssw0rd", "qwertyuiop", "hunter2", "12345678901234567890"]
)
def test_what_programs_guess_in_moments_is_not_enough(password: str) -> None:
    assert strength_of(password) is Strength.WEAK
    assert not strength_of(password).is_enough


@pytest.mark.parametrize("password", ["correct horse", "seven seas of rhye", "a staple of barns", "vxkq-90-mirador"])
def test_several_words_are_enough_without_capitals_or_digits(password: str) -> None:
    assert strength_of(password).is_enough


def test_what_everybody_knows_of_somebody_makes_a_password_no_stronger() -> None:
    assert strength_of("marisol quintanilla").is_enough
    assert not strength_of("marisol quintanilla", ["marisol quintanilla"]).is_enough


def test_nothing_is_nothing_and_a_book_is_judged_at_once() -> None:
    assert strength_of("") is Strength.EMPTY
    assert strength_of("wörter und mehr " * 10_000).is_enough
