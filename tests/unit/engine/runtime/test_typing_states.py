from babilu.engine.runtime import typing_states
from babilu.engine.runtime.typing_states import BELIEVED_MS, TYPING_MS, Heard, TypingPerson, TypingStates
from babilu.kernel.ids import ConversationId, DeviceId

NOW = 1_795_337_792_000
ALICE = TypingPerson("alice", "alice", ConversationId(bytes(32)))
PHONE, LAPTOP = DeviceId(bytes(16)), DeviceId(bytes([1]) * 16)


def hear(states: TypingStates, sent_at: int = NOW, now: int = 0, device: DeviceId = PHONE) -> Heard:
    return states.heard(device, ALICE, sent_at, NOW, now)


def test_somebody_begins_goes_on_and_ends_six_seconds_after_the_last_that_was_heard() -> None:
    states = TypingStates()
    assert hear(states, NOW, 0) is Heard.BEGINNING
    assert hear(states, NOW + 3_000, 3_000) is Heard.GOING_ON
    assert states.next_end() == 3_000 + TYPING_MS
    assert states.expired(TYPING_MS) == []
    assert states.expired(3_000 + TYPING_MS) == [ALICE]
    assert states.next_end() is None
    assert hear(states, NOW + 20_000, 20_000) is Heard.BEGINNING


def test_what_is_no_newer_than_the_last_of_its_device_is_nothing() -> None:
    states = TypingStates()
    assert hear(states, NOW) is Heard.BEGINNING
    states.expired(TYPING_MS)
    assert hear(states, NOW) is Heard.NOTHING
    assert hear(states, NOW - 1) is Heard.NOTHING
    assert hear(states, NOW - 1, device=LAPTOP) is Heard.BEGINNING


def test_only_what_is_of_now_is_believed() -> None:
    for sent_at in (NOW - BELIEVED_MS, NOW + BELIEVED_MS):
        assert hear(TypingStates(), sent_at) is Heard.BEGINNING
    for sent_at in (NOW - BELIEVED_MS - 1, NOW + BELIEVED_MS + 1, 0, 2**63 - 1):
        assert hear(TypingStates(), sent_at) is Heard.NOTHING


def test_a_message_ends_it_and_nothing_that_was_sent_before_it_begins_it_again() -> None:
    states = TypingStates()
    hear(states, NOW)
    assert states.message_came(PHONE, ALICE.conversation_id, NOW + 2) == ALICE
    assert hear(states, NOW + 1) is Heard.NOTHING
    assert hear(states, NOW + 3) is Heard.BEGINNING


def test_a_person_types_until_the_last_of_their_devices_has_ended() -> None:
    states = TypingStates()
    assert hear(states, NOW, 0) is Heard.BEGINNING
    assert hear(states, NOW, 1_000, LAPTOP) is Heard.GOING_ON
    assert states.expired(TYPING_MS) == []
    assert states.message_came(LAPTOP, ALICE.conversation_id, NOW + 1) == ALICE


def test_a_crowd_of_devices_fills_no_memory_and_takes_no_place_of_who_is_typing() -> None:
    states = TypingStates()
    for number in range(typing_states.TYPING_AT_ONCE):
        assert hear(states, device=DeviceId(number.to_bytes(16, "big"))) is not Heard.NOTHING
    late = DeviceId(bytes([255]) * 16)
    assert hear(states, device=late) is Heard.NOTHING
    states.expired(TYPING_MS)
    assert hear(states, device=late) is Heard.BEGINNING
    for number in range(typing_states.HEARD_KEPT + 10):
        states.message_came(DeviceId(number.to_bytes(16, "big")), ALICE.conversation_id, NOW)
    assert len(states._latest) == typing_states.HEARD_KEPT
