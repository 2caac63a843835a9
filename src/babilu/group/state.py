"""State of a group: who is in with which role, what is set, and whether each entry counts."""

from dataclasses import dataclass, field

from babilu.group.changes import GrantName, InitialPolicy, MessageName, NamedPerson, PolicyField
from babilu.group.tables import GrantClass, Rank
from babilu.kernel.ids import ConversationId, EntryHash, IdentityKey
from babilu.kernel.limits import TITLE_CHARACTERS, TOPIC_CHARACTERS
from babilu.kernel.plain_text import cleaned
from babilu.kernel.states import GroupRole


@dataclass(frozen=True, slots=True)
class GroupMember:
    """Somebody who is in.

    Attributes:
        identity: Who.
        role: What they are.
        rank: The most senior of their ranks.
        grants: Their grants, the most senior first.
        named: Where they are to be found, as whoever added them says.
    """

    identity: IdentityKey
    role: GroupRole
    rank: Rank
    grants: tuple[GrantName, ...]
    named: NamedPerson

    @property
    def is_admin(self) -> bool:
        """Whether they may do what admins may."""
        return self.rank.grant_class is not GrantClass.MEMBER


@dataclass(frozen=True, slots=True)
class GroupState:
    """A group as a log has it, or the part of it that some heads know.

    Attributes:
        group: Its id.
        heads: The ends of the log.
        members: Who is in, the most senior first.
        raw_title: The title as it was signed.
        raw_topic: The topic as it was signed.
        picture: What describes the picture; empty for none.
        lifetime: How long new messages stay; None for always.
        policy: Who may do what.
        openings: By field the entry that lets everybody do it, for those fields where everybody may.
        hidden: Messages that are not shown.
        pinned: Messages that are pinned.
        stepped_down: People who were creator or admin and ended that by their own hand.
    """

    group: ConversationId
    heads: tuple[EntryHash, ...]
    members: tuple[GroupMember, ...]
    raw_title: str
    raw_topic: str
    picture: bytes
    lifetime: int | None
    policy: InitialPolicy
    openings: dict[PolicyField, EntryHash]
    hidden: frozenset[MessageName]
    pinned: frozenset[MessageName]
    stepped_down: frozenset[IdentityKey]
    _by_identity: dict[IdentityKey, GroupMember] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_identity", {each.identity: each for each in self.members})

    @property
    def title(self) -> str:
        """The title, with nothing in it that could steer."""
        return cleaned(self.raw_title, TITLE_CHARACTERS)

    @property
    def topic(self) -> str:
        """The topic, with nothing in it that could steer."""
        return cleaned(self.raw_topic, TOPIC_CHARACTERS)

    @property
    def owner(self) -> GroupMember | None:
        """Whoever is the most senior of those who are in; None where nobody is."""
        return self.members[0] if self.members else None

    def member(self, identity: IdentityKey) -> GroupMember | None:
        """Return somebody who is in; None where they are not."""
        return self._by_identity.get(identity)

    def may_post(self, identity: IdentityKey) -> bool:
        """Tell whether somebody is in and may write messages."""
        found = self.member(identity)
        return found is not None and (found.is_admin or self.policy.posts)

    def may(self, identity: IdentityKey, about: PolicyField) -> bool:
        """Tell whether somebody is in and may do what a field of the policy is about."""
        found = self.member(identity)
        return found is not None and (found.is_admin or self.policy.opens(about))
