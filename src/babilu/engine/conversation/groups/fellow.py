"""A turn with a member of a group, in the group's conversation: what their envelope says lands there."""

from collections.abc import Iterable, Iterator

from babilu.engine.conversation.groups.going_on import go_on
from babilu.engine.conversation.groups.group_conversation import GroupConversation
from babilu.engine.conversation.groups.growth import hide_what_came
from babilu.engine.conversation.transaction import ConversationTransaction, PartOfTurn
from babilu.engine.runtime.group_logs import GroupLogs
from babilu.kernel.ids import MessageId
from babilu.store.group_records import GroupRecord


class FellowTransaction(GroupConversation, PartOfTurn):
    """The turn of a member's thread, seen as one of a group's conversation.

    Args:
        turn: The turn with the member.
        group: The group.
        logs: The logs of all groups.
    """

    def __init__(self, turn: ConversationTransaction, group: GroupRecord, logs: GroupLogs) -> None:
        super().__init__(turn)
        self.enter(group, logs, turn.encryption.own)

    def message_came(self, message: MessageId) -> bool:
        return hide_what_came(self, message)

    def log_grew(self) -> None:
        go_on(self)

    @property
    def is_stranger(self) -> bool:
        """Whether what they write is a stranger's: in a group that was accepted nobody is one."""
        return False


def fellows_of(turn: ConversationTransaction, conversations: Iterable[int]) -> Iterator[FellowTransaction]:
    """See a turn as one of each group among conversations."""
    for number in conversations:
        group = None if number == turn.conversation.conversation else turn.unit.groups.of_conversation(number)
        if group is not None:
            yield FellowTransaction(turn, group, turn.logs)


def show_nobody(turn: ConversationTransaction) -> None:
    """Show no conversation with a stranger for what they do about groups: there are no words in it."""
    number = turn.conversation.conversation
    if not turn.contact.accepted and not turn.conversation.hidden and not turn.unit.messages.has_texts(number):
        turn.unit.conversations.set_hidden(number, True)
        turn.reload()
        turn.conversation_changed()
