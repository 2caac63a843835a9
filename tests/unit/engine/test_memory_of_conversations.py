"""What a conversation remembers between turns has bounds, whatever devices its contact shows."""

from babilu.engine.conversation.turn import DEVICES_REMEMBERED, Memory
from tests.unit.store.builders import a_device


def test_a_conversation_remembers_so_many_devices_however_many_there_were() -> None:
    memory = Memory()
    for number in range(10 * DEVICES_REMEMBERED):
        device = a_device()
        memory.bundles[device] = []
        for times in (memory.asked, memory.pauses, memory.renewed_at, memory.repair_at):
            times[device] = number
    remembered = (memory.bundles, memory.asked, memory.pauses, memory.renewed_at, memory.repair_at)
    assert [len(table) for table in remembered] == [DEVICES_REMEMBERED] * 5
    assert memory.asked[device] == 10 * DEVICES_REMEMBERED - 1
