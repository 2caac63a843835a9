"""Frozen pictures of groups, made for showing; names and titles come from others: show them as plain text."""

from dataclasses import dataclass

from babilu.kernel.ids import ConversationId, EntryHash, IdentityKey
from babilu.kernel.states import GroupChangeKind, GroupRole, MessageState


@dataclass(frozen=True, slots=True)
class GroupMemberView:
    """Somebody who is in a group.

    Attributes:
        name: A name that commands take: the local one of a contact, else the one they go by in the group, with a number
            where it is taken.
        identity: The identity key by which they are in.
        role: What they are.
        own: Whether it is oneself.
        contact: Whether they are in the list of contacts; a fellow member does not have to be.
        account: Account name on the relay, or empty.
    """

    name: str
    identity: IdentityKey
    role: GroupRole
    own: bool = False
    contact: bool = True
    account: str = ""


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group as this profile knows it.

    Attributes:
        conversation: Its label, such as ``#picnic``: local, and made once.
        conversation_id: Its id.
        title: What people see.
        topic: What it is about, or empty.
        members: Who is in, oneself included, the most senior first: the first one is the owner.
        role: What oneself is; None where one is out.
        everybody_adds: Whether everybody adds people; else admins only.
        everybody_posts: Whether everybody writes; else admins only.
        everybody_pins: Whether everybody pins messages; else admins only.
        timer: Seconds after which new messages disappear; None: never.
        entries: How many entries its log has.
        heads: The ends of its log: who has the same ones sees the same group.
        accepted: Whether one has agreed to be in; until then nothing is sent, and no text is shown.
        added_by: Name of who added oneself; None for a group of one's own.
        may_post: Whether one may write now.
        picture: What names its picture (16 bytes), or None.
        history: How many messages from before newcomers are given whom one lets in oneself; 0 for none.
        history_days: How many days back these go at most.
        split: Names of those who go on with it in different ways, the most senior first: `FollowGroup` chooses one.
    """

    conversation: str
    conversation_id: ConversationId
    title: str
    topic: str
    members: tuple[GroupMemberView, ...]
    role: GroupRole | None
    everybody_adds: bool
    everybody_posts: bool
    everybody_pins: bool
    timer: int | None
    entries: int
    heads: tuple[EntryHash, ...]
    accepted: bool
    added_by: str | None
    may_post: bool
    picture: bytes | None = None
    history: int = 0
    history_days: int = 0
    split: tuple[str, ...] = ()

    def member(self, name: str) -> GroupMemberView | None:
        """Return the member of a name; None where there is none."""
        return next((each for each in self.members if each.name == name), None)


@dataclass(frozen=True, slots=True)
class GroupChangeView:
    """Something that changed in a group, or was meant to.

    Attributes:
        kind: What.
        by: Name of who did it.
        who: Name of whom it was done to, or None.
        value: What is set now: a title, a topic, seconds of a timer, a field of the policy with who may
            (``adds=everybody``, ``posts=admins``), what names a picture, in hex; None for none.
        counts: Whether it counts: what does not has changed nothing, and says what was meant.
        why_not: Stable code of why it does not, or None.
    """

    kind: GroupChangeKind
    by: str
    who: str | None = None
    value: str | None = None
    counts: bool = True
    why_not: str | None = None


@dataclass(frozen=True, slots=True)
class GroupEntryView:
    """One entry of a group's log, with whether it counts.

    Attributes:
        hash: What names it.
        by: Name of its author.
        at: Unix milliseconds, as its author says.
        change: What it says.
        counts: Whether it counts.
        why_not: Stable code of why it does not, or None.
        because_of: The entry because of which it does not, where it is one alone.
    """

    hash: EntryHash
    by: str
    at: int
    change: GroupChangeView
    counts: bool
    why_not: str | None
    because_of: EntryHash | None


@dataclass(frozen=True, slots=True)
class GroupInvitationView:
    """A group that somebody added oneself to, until that is accepted or declined; it shows no messages on purpose.

    Attributes:
        id: What `babilu.api.commands.Accept` and `Decline` take, besides the label: the group's id in hex.
        conversation: The label that it has or gets.
        conversation_id: The group's id.
        title: What people see.
        members: How many are in.
        by: Name of who added oneself.
        at: Unix milliseconds when that came here.
    """

    id: str
    conversation: str
    conversation_id: ConversationId
    title: str
    members: int
    by: str
    at: int


@dataclass(frozen=True, slots=True)
class GroupLinkView:
    """A link by which people join a group: whoever has it may, until it expires, is used up or is revoked.

    Attributes:
        conversation: Label of the group.
        conversation_id: Id of the group.
        link: What is passed on, also as a QR code.
        uses: How many may join by it; None for no bound.
        left: How many more may; None for no bound.
        approval: Whether an admin decides about each.
        expires_at: Unix milliseconds.
        newcomers: Whether it brings an invitation to the relay, for whoever has no account there.
    """

    conversation: str
    conversation_id: ConversationId
    link: str
    uses: int | None
    left: int | None
    approval: bool
    expires_at: int
    newcomers: bool = False


@dataclass(frozen=True, slots=True)
class JoinRequestView:
    """Somebody who wants to join a group by a link that needs approval.

    Attributes:
        id: What `babilu.api.commands.Accept` and `Decline` take.
        conversation: Label of the group.
        conversation_id: Id of the group.
        name: The name they go by; it carries no text on purpose.
        identity: Their identity key.
        at: Unix milliseconds when they asked.
    """

    id: str
    conversation: str
    conversation_id: ConversationId
    name: str
    identity: IdentityKey
    at: int


@dataclass(frozen=True, slots=True)
class AudienceView:
    """How far an own message of a group has come, counted in people.

    Attributes:
        recipients: To how many people it goes.
        delivered: How many of them have it, those included who have read it.
        read: How many of them say that they have read it.
        failed: How many of them do not get it.
    """

    recipients: int
    delivered: int
    read: int
    failed: int


@dataclass(frozen=True, slots=True)
class PersonReceiptView:
    """How far an own message of a group has come for one person.

    Attributes:
        name: Who.
        identity: Their identity key.
        state: How far: that of the device of theirs that it has come furthest for.
        delivered_at: Unix milliseconds when their first receipt came, or None.
        read_at: Unix milliseconds when the receipt of their reading came, or None.
        error: Stable code of why they do not get it, or None.
    """

    name: str
    identity: IdentityKey
    state: MessageState
    delivered_at: int | None = None
    read_at: int | None = None
    error: str | None = None
