"""Groups as the client told of them: one is asked for when it is first needed, and events keep it from then on.

Beside them stand what waits for a decision: groups that one was added to, and people who want to join.
"""

from collections.abc import Callable
from dataclasses import replace

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.group_views import GroupInvitationView, GroupView, JoinRequestView
from babilu.api.views import NOTES_LABEL, ConversationView
from babilu.kernel.errors import BabiluError
from babilu.presentation.client_bridge import ClientBridge

GroupEvent = e.GroupChanged | e.GroupInvited | e.GroupInvitationClosed | e.JoinRequested | e.JoinRequestClosed


class GroupModel:
    """Groups of a profile.

    Args:
        asks: The way to the client.
        changed: Called with a group that is another one now, or with None where something waits for a decision, or
            no longer.

    Attributes:
        invitations: Groups that one was added to and has not decided about, by their ids in hex.
        joining: People who want to join a group, by the ids of their requests.
    """

    def __init__(self, asks: ClientBridge, changed: Callable[[GroupView | None], None]) -> None:
        self._asks = asks
        self._changed = changed
        self._groups: dict[str, GroupView] = {}
        self._asked: set[str] = set()
        self.invitations: dict[str, GroupInvitationView] = {}
        self.joining: dict[str, JoinRequestView] = {}

    def start(self) -> None:
        """Read what waits for a decision; what is known of groups may be old, and is read anew where it is needed."""
        self._groups.clear()
        self._asked.clear()
        # A service of an older version that runs in the background knows no groups.
        self._asks.request(c.GroupInvitations(), self._take_invitations, lambda _: None)
        self._asks.request(c.JoinRequests(), self._take_joining, lambda _: None)

    def forget(self) -> None:
        """Forget a client that was left."""
        self._groups, self.invitations, self.joining = {}, {}, {}
        self._asked.clear()

    @property
    def waits(self) -> bool:
        """Whether something waits for a decision."""
        return bool(self.invitations or self.joining)

    def of(self, label: str) -> GroupView | None:
        """Give a group, as far as the client has told of it."""
        return self._groups.get(label)

    def read(self, label: str, then: Callable[[GroupView], object] | None = None) -> None:
        """Ask for a group, and give it to whoever waits; where nobody waits, one question at a time is enough."""
        if then is None and label in self._asked:
            return
        self._asked.add(label)

        def came(group: GroupView) -> None:
            self._asked.discard(label)
            self.keep_newer(group)
            if then is not None:
                then(self._groups[group.conversation])

        def refused(_: BabiluError) -> None:
            self._asked.discard(label)

        self._asks.request(c.GetGroup(label), came, refused if then is None else None)

    def keep(self, group: GroupView) -> None:
        """Take over what a group is now."""
        if self._groups.get(group.conversation) != group:
            self._groups[group.conversation] = group
            self._changed(group)

    def keep_newer(self, group: GroupView) -> None:
        """Take over an answer, unless an event has told of more since the question: a log only grows."""
        known = self._groups.get(group.conversation)
        if known is None or known.entries <= group.entries:
            self.keep(group)

    def title_of(self, label: str) -> str:
        """Give the title of a group, or its label where it is not known."""
        known = self._groups.get(label)
        return label if known is None else known.title or label

    def take(self, event: GroupEvent) -> None:
        """Take over what is told."""
        match event:
            case e.GroupChanged(group):
                self.keep(group)
                return
            case e.GroupInvited(invitation):
                self.invitations[invitation.id] = invitation
            case e.GroupInvitationClosed():
                self.invitations.pop(event.conversation_id.hex(), None)
            case e.JoinRequested(request):
                self.joining[request.id] = request
            case e.JoinRequestClosed(request_id):
                self.joining.pop(request_id, None)
        self._changed(None)

    def _take_invitations(self, invitations: tuple[GroupInvitationView, ...]) -> None:
        self.invitations = {each.id: each for each in invitations}
        self._changed(None)

    def _take_joining(self, requests: tuple[JoinRequestView, ...]) -> None:
        self.joining = {each.id: each for each in requests}
        self._changed(None)


def is_group_label(name: str) -> bool:
    """Tell whether a label is a group's: names of people have no such sign, and notes are no group."""
    return name.startswith("#") and name != NOTES_LABEL


def with_group(row: ConversationView, group: GroupView) -> ConversationView:
    """Give the row of a group as the group is now."""
    return replace(
        row,
        title=group.title,
        members=len(group.members),
        role=group.role,
        accepted=group.accepted,
        added_by=group.added_by,
        may_post=group.may_post,
        timer=group.timer,
    )
