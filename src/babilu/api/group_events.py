"""Events of groups."""

from dataclasses import dataclass

from babilu.api.event import CausedEvent
from babilu.api.group_views import GroupInvitationView, GroupView, JoinRequestView
from babilu.kernel.ids import ConversationId


@dataclass(frozen=True, slots=True)
class GroupChanged(CausedEvent):
    """A group is new, or something about it changed: this is how it is now."""

    group: GroupView


@dataclass(frozen=True, slots=True)
class GroupInvited:
    """Somebody added oneself to a group, which waits to be accepted or declined."""

    invitation: GroupInvitationView


@dataclass(frozen=True, slots=True)
class GroupInvitationClosed(CausedEvent):
    """A group that one was added to was accepted or declined, or one was taken out of it again."""

    conversation: str
    conversation_id: ConversationId


@dataclass(frozen=True, slots=True)
class GroupSplit:
    """Several people go on with a group whose owner is gone, each in a way of their own: its user is to choose.

    Attributes:
        conversation: Label of the group.
        conversation_id: Id of the group.
        title: What people see.
        names: Who goes on with it, the most senior first.
    """

    conversation: str
    conversation_id: ConversationId
    title: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutsiderWrote:
    """Somebody wrote in a group who is out of it, or may not write there, and did not know: it is not shown.

    They are sent what they lack of the group. Of each person it is told once a day.

    Attributes:
        conversation: Label of the group.
        conversation_id: Id of the group.
        name: Who wrote.
    """

    conversation: str
    conversation_id: ConversationId
    name: str


@dataclass(frozen=True, slots=True)
class HistoryShared:
    """Messages from before one came into a group are here: whoever shows the conversation reads it anew.

    Attributes:
        conversation: Label of the group.
        conversation_id: Id of the group.
        by: Name of who has given them.
        count: How many have come now; there may be more.
    """

    conversation: str
    conversation_id: ConversationId
    by: str
    count: int


@dataclass(frozen=True, slots=True)
class JoinRequested:
    """Somebody wants to join a group by a link that needs approval."""

    request: JoinRequestView


@dataclass(frozen=True, slots=True)
class JoinRequestClosed(CausedEvent):
    """Somebody who wanted to join a group was accepted or declined, or no longer waits."""

    id: str
