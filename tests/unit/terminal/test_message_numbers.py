from babilu.kernel.ids import MessageId
from babilu.terminal.message_numbers import MessageNumbers


def message(number: int) -> MessageId:
    return MessageId(number.to_bytes(16, "big"))


def test_numbers_count_from_one_and_stay() -> None:
    numbers = MessageNumbers()
    assert [numbers.show(message(n)) for n in (7, 8, 7)] == ["#1", "#2", "#1"]


def test_runs_are_drawn_together() -> None:
    numbers = MessageNumbers()
    for n in range(20):
        numbers.number(message(n))
    assert numbers.show_all([message(n) for n in (4, 2, 3, 8, 10, 11)]) == "#3-#5 #9 #11-#12"


def test_a_number_leads_back_to_the_id_and_other_words_stay() -> None:
    numbers = MessageNumbers()
    numbers.number(message(7))
    assert numbers.find("#1") == message(7).hex()
    for word in ("#0", "#2", "#", "#x", "#99999999999", "1", message(7).hex()):
        assert numbers.find(word) == word
