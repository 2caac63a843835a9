from dataclasses import replace

from babilu.api import commands as c
from babilu.api import events as e
from babilu.kernel.ids import MessageId
from babilu.kernel.states import MessageState
from babilu.terminal.command_line import OrderedCommand
from babilu.terminal.tags import Tagged, TagTable
from tests.fakes.fake_client import FakeClient

OLD = MessageId(bytes(16))


def test_a_message_that_replaces_a_failed_one_is_told_once_and_goes_on_under_the_tag_of_its_order() -> None:
    client = FakeClient()
    try:
        anew = replace(client.receive("bob", "again"), outgoing=True, state=MessageState.QUEUED, replaces=OLD)
    finally:
        client.close()
    table, order = TagTable(), OrderedCommand("retry", c.Retry(OLD), "mine")
    held = e.MessageStateChanged(anew.id, "bob", MessageState.HELD, None, None, anew.conversation_id)
    table.started(order)
    deleted = e.MessageDeleted(OLD, "bob", anew.conversation_id)
    assert table.told(deleted) == [Tagged(deleted, "mine")]
    assert table.told(e.MessageQueued(anew)) == []
    assert table.told(held) == []
    assert table.answered(order, anew) == [Tagged(held, "mine")]
    delivered = replace(held, state=MessageState.DELIVERED)
    assert table.told(delivered) == [Tagged(delivered, "mine")]
