"""Fold of actions: what they make of a conversation's rows, the same in any order and however often they come.

Nothing here compares by arrival: times are those that authors said, and equal ones are told apart by ids.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from babilu.kernel.ids import ConversationId, DeviceId, IdentityKey, MessageId, message_id, role_key
from babilu.kernel.limits import INTEGER_MAX
from babilu.kernel.states import MENTIONED_ROLES, ConversationKind, GroupRole, MessageKind
from babilu.store.contact_records import ConversationRecord
from babilu.store.message_records import MessageRecord
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.message_parts import Mention

OWN = 0
"""Number that stands for oneself among authors; others have those of their contacts."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that was said about a message or the conversation.

    Attributes:
        id: Its id.
        author: Who said it.
        device: Which device of theirs; None for an own action, which needs no receipt.
        said_at: When, by the author's clock.
        part: The exact bytes.
    """

    id: MessageId
    author: int
    device: DeviceId | None
    said_at: int
    part: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reworded:
    """A message has another wording.

    Attributes:
        message: Which one.
        mentions: Whether it names oneself as the first of its wordings.
        moves: Whether it has brought a file, or one is not needed any more.
    """

    message: MessageId
    mentions: bool
    moves: bool = False


@dataclass(frozen=True, slots=True)
class Erased:
    """A message was deleted by its author, for all."""

    message: MessageId
    author: int


@dataclass(frozen=True, slots=True)
class Reacted:
    """Somebody reacted to a message, or took that back."""

    message: MessageId


@dataclass(frozen=True, slots=True)
class ToldOf:
    """A message whose text was waited for is told of now: another wording of it is here."""

    message: MessageId


@dataclass(frozen=True, slots=True)
class PinSet:
    """A message is pinned, or no longer."""

    message: MessageId
    author: int
    on: bool


@dataclass(frozen=True, slots=True)
class TimerSet:
    """New messages are gone after another time (milliseconds; None for never)."""

    author: int
    value: int | None


@dataclass(frozen=True, slots=True)
class PictureSet:
    """Somebody shows another profile picture, or none."""

    author: int


@dataclass(frozen=True, slots=True)
class HistoryTaken:
    """Another own device has given messages, and people and conversations, that were not here."""

    messages: int
    others: int


@dataclass(frozen=True, slots=True)
class HistoryWanted:
    """Another own device has asked for what there is."""

    device: DeviceId


Change = Reworded | ToldOf | Erased | Reacted | PinSet | TimerSet | PictureSet | HistoryTaken | HistoryWanted
"""Something that looks different now."""


def own_roles(unit: UnitOfWork, conversation: ConversationRecord) -> tuple[IdentityKey, ...]:
    """Return the keys by which everybody of a group is mentioned who has a role that one has oneself."""
    if conversation.kind is not ConversationKind.GROUP:
        return ()
    group = unit.groups.of_conversation(conversation.conversation)
    if group is None or group.own_role is None:
        return ()
    keys = (role_key(conversation.id, role) for role in MENTIONED_ROLES)
    everybody, admins = keys
    return (everybody, admins) if group.own_role in {GroupRole.OWNER, GroupRole.ADMIN} else (everybody,)


class Fold:
    """The rows of one conversation in one transaction, as actions see them.

    Args:
        unit: The transaction.
        conversation: Which conversation.
        identities: The identity keys in force of those who may act, oneself included.
        now: Unix milliseconds.

    Attributes:
        changes: What looks different now, in order.
        owed: Receipts that are owed now: of what, to whom, and to which device.
    """

    def __init__(
        self, unit: UnitOfWork, conversation: ConversationRecord, identities: Mapping[int, IdentityKey], now: int
    ) -> None:
        self.unit = unit
        self.number = conversation.conversation
        self.now = now
        self.changes: list[Change] = []
        self.owed: list[tuple[MessageId, int, DeviceId]] = []
        self._id = conversation.id
        self._is_group = conversation.kind is ConversationKind.GROUP
        self._identities = identities
        self._names = frozenset({identities[OWN], *own_roles(unit, conversation)})

    @property
    def own(self) -> frozenset[IdentityKey]:
        """What names oneself in a text: the own identity key, and in a group those of one's roles."""
        return self._names

    def knows(self, message: MessageId) -> bool:
        """Tell whether an id is that of a message which is or was here; one that is held back is not here yet."""
        return self.unit.messages.is_known(message, self.number) or self.unit.hidden.has(message, self.number)

    def target(self, message: MessageId) -> MessageRecord | None:
        """Return a message that can be acted on; None for what is deleted, a line, or of a former identity."""
        record = self.unit.messages.by_id(message, self.number)
        if record is None or record.deleted or record.kind is not MessageKind.TEXT or not self._is_present(record):
            return None
        return record

    def _is_present(self, record: MessageRecord) -> bool:
        """Tell whether a message was said in the conversation of the identities in force: its id tells."""
        identity = self._identities.get(author_of(record))
        if identity is None:
            return False
        part = self.unit.messages.part_of(record.position)
        return not part or any(message_id(each, identity, record.said_at, part) == record.id for each in self._ids())

    def _ids(self) -> Iterator[ConversationId]:
        """Give the ids under which a message may have been said: a group that goes on in another one has had others."""
        yield self._id
        if self._is_group:
            # Also of what came later: whoever wrote it may not have known yet where the group goes on.
            yield from self.unit.groups.former_ids(self.number)

    def names_owner(self, author: int, mentions: tuple[Mention, ...]) -> bool:
        """Tell whether mentions name oneself, where somebody else has written them."""
        return author != OWN and any(mention.identity in self._names for mention in mentions)

    def fetches(self, author: int) -> bool:
        """Tell whether the file of a long text of somebody is fetched at once: in groups, and of accepted people."""
        contact = None if self._is_group or author == OWN else self.unit.contacts.by_contact(author)
        return contact is None or contact.accepted

    def time_for(self, target: MessageRecord) -> int:
        """Return when an own action on a message is said to be: later than that and one's own actions on it."""
        edit = self.unit.edits.highest(self.number, target.id) if target.outgoing else None
        highest = max(
            target.said_at, self.unit.reactions.last(self.number, target.id, OWN), 0 if edit is None else edit.said_at
        )
        return min(max(self.now, highest + 1), INTEGER_MAX)

    def owe(self, action: Action) -> None:
        """Owe the receipt of an action."""
        if action.device is not None:
            self.owed.append((action.id, action.author, action.device))


def author_of(record: MessageRecord) -> int:
    """Return who wrote a message."""
    return OWN if record.author is None else record.author
