"""The window on a conversation: it stays small, keeps order, and knows where days, groups and unread messages begin."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from babilu.api.views import HistoryPage, MessageView
from babilu.kernel.ids import ConversationId
from babilu.kernel.states import MessageState
from babilu.presentation.message_window import PAGE, SLACK, WINDOW, Facts, Window
from tests.unit.presentation.pages import DAY_MS, NOON_MS, WITH_BOB, message, page, read_by_all


class Mirror:
    """Draws rows from nothing but what it is told, as a toolkit's view does."""

    def __init__(self) -> None:
        self.window = Window(lambda at: at // DAY_MS, self)
        self.rows: list[tuple[MessageView, Facts]] = []

    def _row(self, row: int) -> tuple[MessageView, Facts]:
        return self.window.messages[row], self.window.facts(row)

    @contextmanager
    def inserting(self, first: int, last: int) -> Iterator[None]:
        yield
        self.rows[first:first] = [self._row(row) for row in range(first, last + 1)]

    @contextmanager
    def removing(self, first: int, last: int) -> Iterator[None]:
        yield
        del self.rows[first : last + 1]

    @contextmanager
    def replacing(self) -> Iterator[None]:
        yield
        self.rows = [self._row(row) for row in range(len(self.window.messages))]

    def changed(self, first: int, last: int) -> None:
        for row in range(first, last + 1):
            self.rows[row] = self._row(row)

    def check(self) -> None:
        assert self.rows == [self._row(row) for row in range(len(self.window.messages))]


def window() -> Window:
    return Window(lambda at: at // DAY_MS)


def positions(seen: Window) -> list[int]:
    return [message.position for message in seen.messages]


def shown(*messages: MessageView) -> Window:
    seen = window()
    seen.show(HistoryPage("bob", messages, False, False, WITH_BOB))
    return seen


def test_older_pages_let_go_of_the_newest_messages() -> None:
    seen = window()
    seen.show(page(1_000, 1_000 + PAGE - 1, before=True))
    for start in range(920, 600, -PAGE):
        seen.add_older(page(start, start + PAGE - 1, before=True))
    assert WINDOW <= len(seen.messages) <= WINDOW + SLACK
    assert seen.more_after
    assert positions(seen) == list(range(positions(seen)[0], positions(seen)[-1] + 1))


def test_newer_pages_let_go_of_the_oldest_messages() -> None:
    seen = window()
    seen.show(page(1, WINDOW, after=True))
    seen.add_newer(page(WINDOW + 1, WINDOW + PAGE))
    assert positions(seen) == list(range(PAGE + 1, WINDOW + PAGE + 1))
    assert seen.more_before
    assert not seen.more_after


def test_a_late_message_takes_its_place() -> None:
    seen = shown(message(1), message(5))
    seen.arrive([message(3)])
    assert positions(seen) == [1, 3, 5]


def test_a_message_is_shown_once_however_often_it_is_told() -> None:
    seen = shown(message(1))
    seen.arrive([message(2)])
    seen.arrive([message(2)])
    assert positions(seen) == [1, 2]


def test_what_arrives_while_older_messages_are_read_waits_for_its_page() -> None:
    seen = window()
    seen.show(page(1, 50, after=True))
    seen.arrive([message(500)])
    assert positions(seen)[-1] == 50


def test_of_a_burst_the_newest_page_is_kept() -> None:
    seen = shown(message(1))
    seen.arrive([message(n) for n in range(2, 1_002)])
    assert positions(seen) == list(range(1_002 - PAGE, 1_002))
    assert seen.more_before


def test_a_burst_takes_nothing_from_whoever_reads_further_up() -> None:
    seen = shown(*(message(n) for n in range(1, WINDOW + 1)))
    seen.follows = False
    seen.arrive([message(WINDOW + 1)])
    seen.arrive([message(n) for n in range(WINDOW + 2, 1_002)])
    assert positions(seen) == list(range(1, WINDOW + 2))
    assert seen.more_after


def test_days_and_groups_begin_where_they_should() -> None:
    seen = shown(message(1), message(2), message(3, outgoing=True), message(4, at=NOON_MS + DAY_MS))
    facts = [seen.facts(row) for row in range(4)]
    assert [fact.new_day for fact in facts] == [True, False, False, True]
    assert [fact.begins for fact in facts] == [True, False, True, True]
    assert [fact.ends for fact in facts] == [False, True, True, True]


def test_a_group_is_divided_where_the_unread_messages_begin() -> None:
    seen = shown(message(1), message(2, unread=True), message(3, unread=True))
    facts = [seen.facts(row) for row in range(3)]
    assert [fact.begins for fact in facts] == [True, True, False]
    assert [fact.ends for fact in facts] == [True, False, True]


def test_the_unread_divider_stands_above_the_first_unread_message() -> None:
    seen = shown(message(1), message(2, unread=True), message(3, unread=True))
    assert [seen.facts(row).unread for row in range(3)] == [False, True, False]
    assert seen.unread_row() == 1


def test_the_unread_divider_moves_on_when_its_message_is_deleted() -> None:
    seen = shown(message(1), message(2, unread=True), message(3, unread=True))
    seen.remove(message(2).id)
    assert seen.unread_row() == 1
    assert positions(seen) == [1, 3]


def test_an_answer_takes_the_unread_divider_away() -> None:
    seen = shown(message(1), message(2, unread=True))
    seen.end_unread()
    assert seen.unread_row() is None
    assert not seen.facts(1).unread


def test_a_long_unread_stretch_opens_where_it_begins() -> None:
    messages = [message(n, unread=n > 100) for n in range(1, 901)]
    seen = shown(*messages)
    assert len(seen.messages) == WINDOW
    assert seen.messages[seen.unread_row() or 0].position == 101
    assert seen.more_after


def test_a_state_changes_only_its_message() -> None:
    seen = shown(message(1, outgoing=True), message(2, outgoing=True))
    seen.change_state(read_by_all(1))
    assert seen.messages[0].state is MessageState.READ
    assert seen.messages[1].state is MessageState.HELD


def test_a_message_that_somebody_else_removed_says_who() -> None:
    seen = shown(message(1), message(2), message(3, outgoing=True))
    seen.erase(message(1).id, leaves_line=True, by="carol")
    seen.erase(message(2).id, leaves_line=True, by="bob")
    seen.erase(message(3).id, leaves_line=True, by="alice")
    assert [(each.deleted, each.hidden_by) for each in seen.messages] == [(True, "carol"), (True, None), (True, None)]


def test_messages_of_another_conversation_are_not_shown() -> None:
    seen = shown(message(1))
    seen.arrive([replace(message(2), conversation_id=ConversationId(b"c" * 32))])
    assert positions(seen) == [1]


positions_of_messages = st.integers(1, 40)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("arrive"), st.lists(positions_of_messages, min_size=1, max_size=3)),
        st.tuples(st.just("burst"), st.just([])),
        st.tuples(st.just("older"), st.just([])),
        st.tuples(st.just("newer"), st.just([])),
        st.tuples(st.just("remove"), st.lists(positions_of_messages, min_size=1, max_size=1)),
        st.tuples(st.just("state"), st.lists(positions_of_messages, min_size=1, max_size=1)),
        st.tuples(st.just("unread"), st.lists(positions_of_messages, min_size=1, max_size=1)),
        st.tuples(st.just("read"), st.just([])),
    ),
    max_size=12,
)


@given(steps)
def test_whoever_draws_is_told_of_every_row_that_looks_different(taken: list[tuple[str, list[int]]]) -> None:
    mirror = Mirror()
    seen = mirror.window
    seen.show(page(11, 20, before=True, after=True))
    mirror.check()
    for what, numbers in taken:
        match what:
            case "arrive":
                seen.arrive([message(number, outgoing=number % 3 == 0) for number in numbers])
            case "burst":
                seen.arrive([message(number) for number in range(100, 100 + 2 * PAGE)])
            case "older":
                seen.add_older(page(1, 10))
            case "newer":
                seen.add_newer(page(21, 30))
            case "remove":
                seen.remove(message(numbers[0]).id)
            case "state":
                seen.change_state(read_by_all(numbers[0]))
            case "unread":
                seen.begin_unread(message(numbers[0]))
            case _:
                seen.end_unread()
        mirror.check()
