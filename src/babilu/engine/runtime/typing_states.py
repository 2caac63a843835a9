"""Who is typing at this moment: kept in memory, by device, gone by itself when nothing newer is heard.

What is not newer than the last that a device has said, in a message or in a transient, is nothing. So a transient that
is replayed, or that its own message has overtaken, shows nobody as typing.
"""

from dataclasses import dataclass
from enum import Enum, auto, unique
from typing import Final

from babilu.kernel.bounded import BoundedDict
from babilu.kernel.ids import ConversationId, DeviceId

TYPING_MS: Final = 6_000
"""How long somebody counts as typing after the last that was heard: twice the time at which it is said again."""

BELIEVED_MS: Final = 30_000
"""How far the sender's clock may be from the own one."""

TYPING_AT_ONCE: Final = 1_000
"""Devices that count as typing at the same time; of more nothing is shown."""

HEARD_KEPT: Final = 2_000
"""Pairs of device and conversation of which it is known when they said something last."""


@dataclass(frozen=True, slots=True)
class TypingPerson:
    """Somebody in a conversation, as events name them.

    Attributes:
        name: The person.
        conversation: Name of the conversation.
        conversation_id: The same by its id.
    """

    name: str
    conversation: str
    conversation_id: ConversationId


@unique
class Heard(Enum):
    """What a transient changes."""

    NOTHING = auto()  # it is not believed
    BEGINNING = auto()
    GOING_ON = auto()


@dataclass(frozen=True, slots=True)
class _Typing:
    person: TypingPerson
    until: int


class TypingStates:
    """Who is typing; one thread at a time calls it. Times named ``now`` are monotonic milliseconds."""

    def __init__(self) -> None:
        self._latest: BoundedDict[tuple[DeviceId, ConversationId], int] = BoundedDict(HEARD_KEPT)
        self._typing: BoundedDict[tuple[DeviceId, ConversationId], _Typing] = BoundedDict(TYPING_AT_ONCE)

    def heard(self, device: DeviceId, person: TypingPerson, sent_at: int, clock_ms: int, now: int) -> Heard:
        """Take note that a device's person is typing.

        Args:
            device: Which one has said so.
            person: Its person.
            sent_at: When, in Unix milliseconds of the device.
            clock_ms: The own Unix milliseconds.
            now: See the class.
        """
        key = device, person.conversation_id
        if abs(clock_ms - sent_at) > BELIEVED_MS or sent_at <= self._latest.get(key, -1):
            return Heard.NOTHING
        if key not in self._typing and len(self._typing) >= TYPING_AT_ONCE:
            return Heard.NOTHING
        was_typing = self._is_typing(person)
        self._latest[key] = sent_at
        self._typing[key] = _Typing(person, now + TYPING_MS)
        return Heard.GOING_ON if was_typing else Heard.BEGINNING

    def message_came(self, device: DeviceId, conversation: ConversationId, sent_at: int) -> TypingPerson | None:
        """Take note of a message of a device; tells who is typing no longer."""
        key = device, conversation
        self._latest[key] = max(sent_at, self._latest.get(key, -1))
        ended = self._typing.pop(key, None)
        return None if ended is None or self._is_typing(ended.person) else ended.person

    def expired(self, now: int) -> list[TypingPerson]:
        """Forget those of whom nothing was heard in time; tells who is typing no longer."""
        over = [(key, typing.person) for key, typing in self._typing.items() if typing.until <= now]
        for key, _ in over:
            del self._typing[key]
        return [person for person in dict.fromkeys(person for _, person in over) if not self._is_typing(person)]

    def next_end(self) -> int | None:
        """Tell when `expired` has something to do next, if nothing is heard until then; None for never."""
        return min((typing.until for typing in self._typing.values()), default=None)

    def _is_typing(self, person: TypingPerson) -> bool:
        return any(typing.person == person for typing in self._typing.values())
