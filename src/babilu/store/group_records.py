"""Rows about groups as frozen records; times are Unix milliseconds, ids and hashes are raw bytes."""

from dataclasses import dataclass, field

from babilu.kernel.ids import ConversationId, EntryHash, IdentityKey, MessageId
from babilu.kernel.states import GroupRole, Route
from babilu.store.message_records import TextFields


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """A group, as one log has it.

    Attributes:
        log: Number of the row, never used again.
        id: Its 32-byte id, that of its first entry.
        conversation: Number of the conversation in which it is shown; a group that goes on elsewhere shares it.
        accepted: Whether the user has begun or accepted it.
        added_by: Number of the contact who added us; None for ourselves.
        added_at: When it became known.
        own_role: What we are in it; None where we are out.
        topic: What it is about.
        picture: What describes its picture; None for none.
        everybody_adds: Whether all may add people.
        everybody_posts: Whether all may write messages.
        everybody_pins: Whether all may pin messages.
        members: How many people are in it, oneself among them.
        entries: How many entries the log has here.
        heads: The ends of the log that contents name.
        followed: The entry by which it goes on in another group, where that is followed.
        followed_since: Since when.
        successor: Number of the log in which it goes on.
        split: Who goes on with it in different ways, the most senior first; none where nothing is to be decided.
        history: How many messages from before newcomers are given by us.
        history_days: How many days back these go.
        own_grant: The entry that has given us our place; None where we are out.
    """

    log: int
    id: ConversationId
    conversation: int
    accepted: bool
    added_by: int | None
    added_at: int
    own_role: GroupRole | None = None
    topic: str = field(default="", repr=False)
    picture: bytes | None = field(default=None, repr=False)
    everybody_adds: bool = False
    everybody_posts: bool = True
    everybody_pins: bool = False
    members: int = 0
    entries: int = 0
    heads: tuple[EntryHash, ...] = ()
    followed: EntryHash | None = None
    followed_since: int | None = None
    successor: int | None = None
    split: tuple[IdentityKey, ...] = ()
    history: int = 0
    history_days: int = 0
    own_grant: EntryHash | None = None

    @property
    def joins(self) -> bool:
        """Whether it makes those who are in it fellows of oneself: it was accepted, and one is in."""
        return self.accepted and self.own_role is not None


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """An entry of a group's log as it is kept.

    Attributes:
        hash: Its name.
        body: What was signed.
        signature: By whom.
        stored_at: When the relay stored the first copy of it that came, or when that came directly.
        received_at: When that came.
    """

    hash: EntryHash
    body: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    stored_at: int
    received_at: int


@dataclass(frozen=True, slots=True)
class GroupLinkRecord:
    """A link by which people ask to be let into a group of which one is an admin.

    Attributes:
        token_hash: By what it is known again (`babilu.identity.join_link.join_token_hash`).
        log: Number of the group's log.
        link: The link itself; empty where another admin has given it out.
        uses: How many may come by it; None for as many as do.
        used: How many have.
        approval: Whether each of them waits for a decision.
        expires_at: Until when it holds.
        revoked: Whether it was taken back.
        author: Number of the contact who has given it out; None for oneself.
        invitation: By what the relay knows the invitation that it brings; None for none.
    """

    token_hash: bytes
    log: int
    link: str = field(repr=False)
    uses: int | None
    used: int
    approval: bool
    expires_at: int
    revoked: bool
    author: int | None = None
    invitation: int | None = None

    def holds(self, now: int) -> bool:
        """Tell whether somebody may still come by it."""
        return not self.revoked and now < self.expires_at and (self.uses is None or self.used < self.uses)


@dataclass(frozen=True, slots=True)
class SharedRecord:
    """A message of a group from before one came, as somebody else gives it.

    Attributes:
        id: Its id, computed from its words.
        conversation: Number of the conversation.
        author: Number of the contact who wrote it.
        shared_by: Number of the contact who gives it.
        text: Plain text.
        said_at: When it was sent by its author's clock.
        part: Its exact bytes.
        route: How it came.
        fields: What it says of itself beside its words.
    """

    id: MessageId
    conversation: int
    author: int
    shared_by: int
    text: str = field(repr=False)
    said_at: int
    part: bytes = field(repr=False)
    route: Route
    fields: TextFields


@dataclass(frozen=True, slots=True)
class JoinRequestRecord:
    """Somebody who has asked by a link to be let in, and waits for a decision.

    Attributes:
        id: What commands take.
        log: Number of the group's log.
        contact: Number of the contact who asks.
        token_hash: By which link.
        at: When they asked last.
    """

    id: str
    log: int
    contact: int
    token_hash: bytes
    at: int
