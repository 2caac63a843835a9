"""The window on a conversation as a model of Qt: what the window tells is told to the views."""

from PySide6.QtTest import QAbstractItemModelTester

from babilu.api.views import HistoryPage
from babilu.desktop.models.messages import MessagesModel
from babilu.kernel.states import MessageState
from babilu.presentation.message_window import PAGE, SLACK, WINDOW
from tests.unit.presentation.pages import WITH_BOB, message, page, read_by_all


def shown(*numbers: int) -> MessagesModel:
    model = MessagesModel()
    model.window.show(HistoryPage("bob", tuple(message(n) for n in numbers), False, False, WITH_BOB))
    return model


def test_qt_finds_no_fault_with_it_whatever_happens() -> None:
    model = MessagesModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    model.window.show(page(1_001, 1_000 + WINDOW, before=True))
    model.window.add_older(page(1_001 - PAGE, 1_000, before=True))
    model.window.arrive([message(2_000)])
    model.window.add_newer(page(1_001 + WINDOW, 1_000 + WINDOW + PAGE + SLACK))
    model.window.arrive([message(number) for number in range(3_000, 3_000 + 2 * PAGE)])
    model.window.arrive([message(2_999)])
    model.window.remove(message(3_100).id)
    model.window.clear()
    assert model.rowCount() == 0


def test_a_change_is_told_of_its_row_alone() -> None:
    model = shown(1, 2, 3)
    changes: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: changes.append((first.row(), last.row())))
    model.window.change_state(read_by_all(2))
    assert changes == [(1, 1)]
    assert model.message(1).state is MessageState.READ


def test_a_mark_leaves_when_another_conversation_is_shown() -> None:
    model = shown(1, 2)
    model.mark(message(1).id)
    assert model.is_marked(message(1))
    model.window.clear()
    assert not model.is_marked(message(1))


def test_times_from_the_edges_of_the_calendar_do_no_harm() -> None:
    model = MessagesModel()
    edges = (message(1, at=-(10**17)), message(2, at=10**17))
    model.window.show(HistoryPage("bob", edges, False, False, WITH_BOB))
    assert model.facts(1).new_day
    assert model.data(model.index(0)) is not None
