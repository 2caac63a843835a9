"""Rows are found by ids, also by former ones, and by what people call them now."""

from dataclasses import replace

from babilu.kernel.ids import ConversationId
from babilu.presentation import conversation_rows
from babilu.presentation.conversation_rows import ConversationRows
from tests.unit.presentation.test_changes import LISTED

FORMER, NEXT, LAST = (ConversationId(bytes([number]) * 32) for number in (1, 2, 3))


def shown(rows: ConversationRows, conversation: ConversationId) -> dict[ConversationId, ConversationId]:
    return rows.show(rows.ask(), (replace(LISTED, id=conversation),))


def test_a_conversation_that_has_moved_twice_is_found_by_each_of_its_ids() -> None:
    rows = ConversationRows()
    assert shown(rows, FORMER) == {}
    assert shown(rows, NEXT) == {FORMER: NEXT}
    assert shown(rows, LAST) == {NEXT: LAST}
    assert [rows.named(each.hex()) for each in (FORMER, NEXT, LAST)] == [rows.get(LAST)] * 3


def test_so_many_former_ids_are_kept() -> None:
    rows = ConversationRows()
    for number in range(conversation_rows.MOVES_KEPT + 3):
        shown(rows, ConversationId(number.to_bytes(32, "big")))
    assert rows.named(ConversationId((0).to_bytes(32, "big")).hex()) is None
    assert rows.named(ConversationId((2).to_bytes(32, "big")).hex()) is not None


def test_a_label_that_another_conversation_has_now_finds_that_one() -> None:
    rows = ConversationRows()
    other = replace(LISTED, id=NEXT, label="carol")
    rows.show(rows.ask(), (replace(LISTED, id=FORMER), other))
    rows.show_again(replace(LISTED, id=FORMER, label="robert"))
    rows.show_again(replace(other, label="bob"))
    assert rows.named("bob") == rows.get(NEXT)
    assert rows.named("carol") is None
    assert rows.named(FORMER.hex()) == rows.get(FORMER)


def test_what_is_no_id_though_as_long_as_one_is_a_label() -> None:
    rows = ConversationRows()
    rows.show(rows.ask(), (replace(LISTED, label="z" * 64),))
    assert rows.named("z" * 64) == rows.get(LISTED.id)
