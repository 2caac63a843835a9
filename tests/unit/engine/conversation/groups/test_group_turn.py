"""What one says in a group names all of its log that one knows."""

from pathlib import Path

from babilu.engine.conversation.conversation_cache import ConversationCache
from babilu.engine.conversation.encryption import ContentEncryption
from babilu.engine.conversation.groups.entries import take
from babilu.engine.conversation.groups.fellow import FellowTransaction
from babilu.engine.conversation.groups.group_turn import GroupTurn
from babilu.engine.runtime.group_logs import GroupLogs
from babilu.group.changes import SetTopic
from babilu.group.entries import EntryPlace, sign_entry
from babilu.kernel.ids import IdentityKey
from babilu.kernel.limits import ENTRY_PARENTS
from tests.unit.engine.homes import Writer, a_home, a_turn, know
from tests.unit.engine.rooms import Room, author
from tests.unit.store.builders import NOW


def test_more_ends_than_a_content_names_are_tied_together_before_it(tmp_path: Path) -> None:
    with a_home(tmp_path) as home, home.base.database.write() as unit:
        alice, logs = Writer("alice"), GroupLogs()
        room = Room(home, alice)
        contact = know(home, unit, alice)
        group = room.enters(unit, contact, logs)
        member = room.log.state.member(IdentityKey(alice.own.identity_key))
        assert member is not None
        place = EntryPlace(room.log.group, room.log.heads, member.grants[0])
        beside = [
            sign_entry(author(alice), place, NOW + at, SetTopic(f"topic {at}")) for at in range(ENTRY_PARENTS + 3)
        ]
        take(FellowTransaction(a_turn(home, unit, contact), group, logs), alice.own.device, beside, {}, NOW)
        grown = unit.groups.by_log(group.log)
        assert grown is not None
        base = home.base
        encryption = ContentEncryption(base.own, base.randomness)
        turn = GroupTurn(
            unit, grown, logs, lambda _: ConversationCache(), encryption, base.show, base.randomness, home.clock
        )
        assert len(turn.log.heads) == ENTRY_PARENTS + 3
        turn.send_text("hello")
        assert len(turn.log.heads) <= ENTRY_PARENTS
        assert set(turn.group.heads) == set(turn.log.heads)
