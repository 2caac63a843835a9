import pytest

from babilu.kernel.limits import HISTORY_DAYS, HISTORY_MESSAGES
from babilu.presentation.newcomer_history import day_choices, message_choices, newcomers_text
from babilu.presentation.strings import Strings


def test_what_is_set_stands_among_what_can_be_chosen_in_its_place() -> None:
    assert message_choices(50) == (0, 20, 50, 100, 500, HISTORY_MESSAGES)
    assert message_choices(0) == message_choices(HISTORY_MESSAGES)
    assert day_choices(14) == (1, 7, 14, 30, 90, HISTORY_DAYS)
    assert day_choices(0) == day_choices(30)


@pytest.mark.parametrize(
    ("language", "nothing", "one", "some"),
    [
        ("en", "nothing from before", "the last message, 1 day old at most", "up to 20 messages, 30 days old at most"),
        ("es", "nada de antes", "el último mensaje, de 1 día como máximo", "hasta 20 mensajes, de 30 días como máximo"),
    ],
)
def test_what_newcomers_are_given_is_said(language: str, nothing: str, one: str, some: str) -> None:
    say = Strings(language)
    assert (newcomers_text(0, 30, say), newcomers_text(1, 1, say), newcomers_text(20, 30, say)) == (nothing, one, some)
