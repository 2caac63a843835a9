from babilu.api.events import MessageStateChanged
from babilu.api.group_views import AudienceView
from babilu.kernel.ids import ConversationId, MessageId
from babilu.kernel.states import MessageState
from babilu.terminal.group_progress import KEPT, GroupProgress

HELD, DELIVERED = MessageState.HELD, MessageState.DELIVERED


def came(state: MessageState, delivered: int, failed: int = 0, *, number: int = 0) -> MessageStateChanged:
    message, audience = MessageId(number.to_bytes(16, "big")), AudienceView(9, delivered, 0, failed)
    return MessageStateChanged(message, "#picnic", state, None, None, ConversationId(bytes(32)), audience)


def test_a_receipt_more_is_no_news_and_another_state_or_somebody_who_goes_without_is() -> None:
    progress = GroupProgress()
    told = [
        came(HELD, 0), came(HELD, 1), came(HELD, 2), came(HELD, 2, failed=1), came(HELD, 3, failed=1),
        came(DELIVERED, 8, failed=1),
    ]  # fmt: skip
    assert [progress.is_news(event) for event in told] == [True, False, False, True, False, True]


def test_what_is_told_of_one_person_alone_is_always_news() -> None:
    event = MessageStateChanged(MessageId(bytes(16)), "bob", HELD, None, None, ConversationId(bytes(32)))
    progress = GroupProgress()
    assert progress.is_news(event)
    assert progress.is_news(event)


def test_of_so_many_messages_it_is_remembered_and_of_more_the_oldest_are_forgotten() -> None:
    progress = GroupProgress()
    for number in range(KEPT + 1):
        assert progress.is_news(came(HELD, 0, number=number))
    assert not progress.is_news(came(HELD, 1, number=1))
    assert progress.is_news(came(HELD, 1, number=0))
