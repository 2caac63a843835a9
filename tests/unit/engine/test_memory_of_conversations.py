"""What a conversation remembers between turns has bounds, whatever devices its contact shows."""

from babilu.engine.conversation.conversation_cache import DEVICES_REMEMBERED, ConversationCache
from tests.unit.store.builders import a_device


def test_a_conversation_remembers_so_many_devices_however_many_there_were() -> None:
    cache = ConversationCache()
    for number in range(10 * DEVICES_REMEMBERED):
        device = a_device()
        cache.bundles[device] = []
        for times in (cache.asked, cache.pauses, cache.renewed_at, cache.repair_at):
            times[device] = number
    remembered = (cache.bundles, cache.asked, cache.pauses, cache.renewed_at, cache.repair_at)
    assert [len(table) for table in remembered] == [DEVICES_REMEMBERED] * 5
    assert cache.asked[device] == 10 * DEVICES_REMEMBERED - 1
