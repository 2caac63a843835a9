"""Commands that come together are done in one savepoint; one that fails takes none of the others with it."""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

import pytest

from babilu.engine.conversation.batches import do_asks
from babilu.engine.conversation.effects import Answer, Effect
from babilu.engine.conversation.jobs import Ask
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, ProfileError


class Tables(ConversationTransaction):
    """A turn over a list in memory."""

    def __init__(self) -> None:
        self.rows: list[str] = []
        self.effects: list[Effect] = []
        self.savepoints = 0

    @contextmanager
    def part(self) -> Iterator[None]:
        self.savepoints += 1
        before = [*self.rows], [*self.effects]
        try:
            yield
        except BaseException:
            self.rows, self.effects = before
            raise


def adding(row: str, error: Exception | None = None) -> Ask[ConversationTransaction, str]:
    def act(transaction: ConversationTransaction) -> str:
        assert isinstance(transaction, Tables)
        transaction.rows.append(row)
        if error is not None:
            raise error
        return row

    return Ask(act, Future())


def test_commands_that_succeed_share_one_savepoint() -> None:
    tables = Tables()
    asks = [adding("one"), adding("two"), adding("three")]
    do_asks(tables, asks)
    assert tables.rows == ["one", "two", "three"]
    assert tables.effects == [Answer(ask.future, row) for ask, row in zip(asks, tables.rows, strict=True)]
    assert tables.savepoints == 1


@pytest.mark.parametrize("error", [DeliveryError(ErrorCode.BLOCKED, "blocked"), ZeroDivisionError()])
def test_a_command_that_fails_leaves_nothing_and_the_others_are_done_in_order(error: Exception) -> None:
    tables = Tables()
    first, failing, last = adding("one"), adding("two", error), adding("three")
    do_asks(tables, [first, failing, last])
    assert tables.rows == ["one", "three"]
    assert tables.effects == [Answer(first.future, "one"), Answer(last.future, "three")]
    with pytest.raises(BabiluError) as told:
        failing.future.result(0)
    assert told.value.code is (ErrorCode.BLOCKED if isinstance(error, BabiluError) else ErrorCode.INTERNAL)


def test_a_fault_of_the_disk_ends_the_whole_turn() -> None:
    failing = adding("two", ProfileError(ErrorCode.DISK_FULL, "full"))
    with pytest.raises(ProfileError):
        do_asks(Tables(), [adding("one"), failing])
    assert not failing.future.done()
