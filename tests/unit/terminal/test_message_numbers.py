from babilu.kernel.ids import MessageId
from babilu.terminal.message_numbers import NUMBERS_KEPT, MessageNumbers, NamedMessage


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


def test_a_number_leads_back_to_id_and_conversation_and_other_words_stay() -> None:
    numbers = MessageNumbers()
    numbers.number(message(7), "bob")
    assert numbers.find("#1") == numbers.find("1") == NamedMessage(message(7).hex(), "bob")
    for word in ("#0", "#2", "#", "#x", "#99999999999", "2", "-1", "\u0661", message(7).hex()):
        assert numbers.find(word) == NamedMessage(word)


def test_a_conversation_that_is_called_otherwise_keeps_its_numbers() -> None:
    numbers = MessageNumbers()
    numbers.number(message(7), "Bob")
    numbers.number(message(8), "carol")
    numbers.rename("bob", "robert")
    assert numbers.find("#1").conversation == "robert"
    assert numbers.find("#2").conversation == "carol"


def test_of_many_messages_the_oldest_numbers_are_forgotten_and_none_is_given_again() -> None:
    numbers = MessageNumbers()
    for n in range(NUMBERS_KEPT + 2):
        numbers.number(message(n))
    assert numbers.find("#2") == NamedMessage("#2")
    assert numbers.find("#3").id == message(2).hex()
    assert not numbers.known(message(1))
    assert numbers.show(message(1)) == f"#{NUMBERS_KEPT + 3}"


def test_a_file_is_named_where_its_message_brings_several_and_as_long_as_that_has_a_number() -> None:
    numbers = MessageNumbers()
    for n in (0, 1):
        numbers.number(message(n))
    numbers.bring_several(message(1))
    assert [numbers.show_file(message(n), "bob", 1) for n in (0, 1)] == ["#1", "#2 (file:1)"]
    for n in range(2, NUMBERS_KEPT + 2):
        numbers.number(message(n))
    numbers.bring_several(message(0))
    assert not any("file" in numbers.show_file(message(n), "bob", 1) for n in (0, 1))
