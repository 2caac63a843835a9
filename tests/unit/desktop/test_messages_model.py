"""The window on a conversation: it stays small, keeps order, and knows where days, groups and unread messages begin."""

from dataclasses import replace

from babilu.api.views import HistoryPage, MessageState, MessageView, Route
from babilu.desktop.models.messages import PAGE, SLACK, WINDOW, MessagesModel
from babilu.kernel.ids import MessageId

DAY = 86_400_000
NOON = 1_795_348_800_000


def message(position: int, *, outgoing: bool = False, at: int | None = None, unread: bool = False) -> MessageView:
    return MessageView(
        id=MessageId(position.to_bytes(16, "big")),
        conversation="bob",
        sender="alice" if outgoing else "bob",
        outgoing=outgoing,
        text=f"message {position}",
        at=NOON + position * 1000 if at is None else at,
        arrived_at=NOON,
        position=position,
        route=Route.RELAY,
        state=MessageState.HELD if outgoing else None,
        held_until=None,
        error=None,
        unread=unread,
        first=False,
    )


def page(first: int, last: int, *, before: bool = False, after: bool = False) -> HistoryPage:
    return HistoryPage("bob", tuple(message(n) for n in range(first, last + 1)), before, after)


def positions(model: MessagesModel) -> list[int]:
    return [model.message(row).position for row in range(model.rowCount())]


def shown(*messages: MessageView) -> MessagesModel:
    model = MessagesModel()
    model.show(HistoryPage("bob", messages, more_before=False, more_after=False))
    return model


def test_older_pages_let_go_of_the_newest_messages() -> None:
    model = MessagesModel()
    model.show(page(1_000, 1_000 + PAGE - 1, before=True))
    for start in range(920, 600, -PAGE):
        model.add_older(page(start, start + PAGE - 1, before=True))
    assert WINDOW <= model.rowCount() <= WINDOW + SLACK
    assert model.more_after
    assert positions(model) == list(range(positions(model)[0], positions(model)[-1] + 1))


def test_newer_pages_let_go_of_the_oldest_messages() -> None:
    model = MessagesModel()
    model.show(page(1, WINDOW, after=True))
    model.add_newer(page(WINDOW + 1, WINDOW + PAGE))
    assert positions(model) == list(range(PAGE + 1, WINDOW + PAGE + 1))
    assert model.more_before
    assert not model.more_after


def test_a_late_message_takes_its_place() -> None:
    model = shown(message(1), message(5))
    model.arrive([message(3)])
    assert positions(model) == [1, 3, 5]


def test_a_message_is_shown_once_however_often_it_is_told() -> None:
    model = shown(message(1))
    model.arrive([message(2)])
    model.arrive([message(2)])
    assert positions(model) == [1, 2]


def test_what_arrives_while_older_messages_are_read_waits_for_its_page() -> None:
    model = MessagesModel()
    model.show(page(1, 50, after=True))
    model.arrive([message(500)])
    assert positions(model)[-1] == 50


def test_of_a_burst_the_newest_page_is_kept() -> None:
    model = shown(message(1))
    model.arrive([message(n) for n in range(2, 1_002)])
    assert positions(model) == list(range(1_002 - PAGE, 1_002))
    assert model.more_before


def test_a_burst_takes_nothing_from_whoever_reads_further_up() -> None:
    model = shown(*(message(n) for n in range(1, WINDOW + 1)))
    model.follows = False
    model.arrive([message(WINDOW + 1)])
    model.arrive([message(n) for n in range(WINDOW + 2, 1_002)])
    assert positions(model) == list(range(1, WINDOW + 2))
    assert model.more_after


def test_days_and_groups_begin_where_they_should() -> None:
    model = shown(message(1), message(2), message(3, outgoing=True), message(4, at=NOON + DAY))
    facts = [model.facts(row) for row in range(4)]
    assert [fact.day is not None for fact in facts] == [True, False, False, True]
    assert [fact.begins for fact in facts] == [True, False, True, True]
    assert [fact.ends for fact in facts] == [False, True, True, True]


def test_the_unread_divider_stands_above_the_first_unread_message() -> None:
    model = shown(message(1), message(2, unread=True), message(3, unread=True))
    assert [model.facts(row).unread for row in range(3)] == [False, True, False]
    assert model.unread_row() == 1


def test_the_unread_divider_moves_on_when_its_message_is_deleted() -> None:
    model = shown(message(1), message(2, unread=True), message(3, unread=True))
    model.remove(message(2).id)
    assert model.unread_row() == 1
    assert positions(model) == [1, 3]


def test_an_answer_takes_the_unread_divider_away() -> None:
    model = shown(message(1), message(2, unread=True))
    model.end_unread()
    assert model.unread_row() is None
    assert not model.facts(1).unread


def test_a_long_unread_stretch_opens_where_it_begins() -> None:
    messages = [message(n, unread=n > 100) for n in range(1, 901)]
    model = shown(*messages)
    assert model.rowCount() == WINDOW
    assert model.message(model.unread_row() or 0).position == 101
    assert model.more_after


def test_a_state_changes_only_its_message() -> None:
    model = shown(message(1, outgoing=True), message(2, outgoing=True))
    model.change_state(message(1).id, MessageState.READ, None, None)
    assert model.message(0).state is MessageState.READ
    assert model.message(1).state is MessageState.HELD


def test_messages_of_another_conversation_are_not_shown() -> None:
    model = shown(message(1))
    model.arrive([replace(message(2), conversation="carol")])
    assert positions(model) == [1]


def test_times_from_the_edges_of_the_calendar_do_no_harm() -> None:
    model = shown(message(1, at=-(10**17)), message(2, at=10**17))
    assert model.facts(1).day is not None
    assert model.data(model.index(0)) is not None
