"""A stage on which somebody's group goes on in another one: what the client has of it, and a turn in it."""

from babilu.engine.conversation.conversation_cache import ConversationCache
from babilu.engine.conversation.encryption import ContentEncryption
from babilu.engine.conversation.groups.group_turn import GroupTurn
from babilu.engine.runtime.group_logs import GroupLogs
from babilu.group.changes import MoveOn
from babilu.group.entries import EntryPlace, LogEntry, sign_entry
from babilu.group.group_log import GroupLog
from babilu.group.succession import create_for
from babilu.store.group_records import GroupRecord
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.engine.homes import Home, Writer
from tests.unit.engine.rooms import author


class GroupStage:
    """A client that is in a group; whoever builds on it sets the group."""

    group: GroupRecord

    def __init__(self, home: Home, unit: UnitOfWork) -> None:
        self.home, self.unit, self.logs = home, unit, GroupLogs()

    @property
    def present(self) -> GroupRecord:
        """The group that counts in the conversation now."""
        found = self.unit.groups.of_conversation(self.group.conversation)
        assert found is not None
        return found

    def turn(self) -> GroupTurn:
        """Take a turn in it."""
        base = self.home.base
        encryption = ContentEncryption(base.own, base.randomness)
        rest = (lambda _: ConversationCache(), encryption, base.show, base.randomness, self.home.clock)
        return GroupTurn(self.unit, self.present, self.logs, *rest)


def moved_on(writer: Writer, log: GroupLog, at: int) -> LogEntry:
    """Have a member go on with a group in another one, at some time, who knows so much of its log."""
    member = log.state.member(writer.own.identity_key)
    assert member is not None
    create = sign_entry(author(writer), None, at, create_for(log.state, writer.own.identity_key))
    return sign_entry(author(writer), EntryPlace(log.group, log.heads, member.grants[0]), at, MoveOn(create.encoded))
