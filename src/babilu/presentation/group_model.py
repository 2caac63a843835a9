"""Groups of a face: how each is that was looked at, which ones wait for a decision, and who waits to be let in.

What is told is applied as it comes; a group is asked for once, when it is opened.
"""

from collections.abc import Callable
from typing import Any

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.group_views import GroupInvitationView, GroupMemberView, GroupView, JoinRequestView
from babilu.kernel.errors import BabiluError
from babilu.presentation.client_bridge import ClientBridge, Failed
from babilu.presentation.watcher import ScreenPart

GroupEvent = e.GroupChanged | e.GroupInvited | e.GroupInvitationClosed | e.JoinRequested | e.JoinRequestClosed


class GroupModel:
    """Follows groups, and asks for what is done in them.

    Args:
        bridge: The way to the client.
        changed: Called with what of the screen has changed.
        failed: Told of what was refused and belongs to no field.

    Attributes:
        invitations: Groups that somebody has added oneself to, by their ids, until that is accepted or declined.
        join_requests: People who want to join by a link, by their ids.
    """

    def __init__(
        self, bridge: ClientBridge, changed: Callable[[ScreenPart], None], failed: Callable[[BabiluError], None]
    ) -> None:
        self._bridge = bridge
        self._changed = changed
        self._failed = failed
        self._known: dict[str, GroupView] = {}
        self.invitations: dict[str, GroupInvitationView] = {}
        self.join_requests: dict[str, JoinRequestView] = {}

    def start(self) -> None:
        """Ask for what waits for a decision."""
        # What is known may be older than what was missed.
        for conversation in tuple(self._known):
            self.look_up(conversation)
        self._bridge.request(c.GroupInvitations(), self._take_invitations, _unknown)
        self._bridge.request(c.JoinRequests(), self._take_join_requests, _unknown)

    def forget(self) -> None:
        """Forget a client that was left."""
        self._known, self.invitations, self.join_requests = {}, {}, {}

    def group(self, conversation: str) -> GroupView | None:
        """Give a group by its label, as far as it was asked for or told."""
        return self._known.get(conversation)

    def others(self, conversation: str) -> tuple[GroupMemberView, ...]:
        """Give who is in a group besides oneself, the most senior first."""
        group = self._known.get(conversation)
        return () if group is None else tuple(member for member in group.members if not member.own)

    def title_of(self, conversation: str) -> str:
        """Give the title of a group that is known; empty for any other."""
        group = self._known.get(conversation)
        return "" if group is None else group.title

    def look_up(self, conversation: str) -> None:
        """Ask how a group is now."""
        self._bridge.request(c.GetGroup(conversation), self._take_group, _unknown)

    def ask(
        self,
        command: c.Command[Any],
        done: Callable[[GroupView], None] | None = None,
        failed: Failed | None = None,
    ) -> None:
        """Ask for a change of a group; what the client answers is shown at once."""

        def then(answer: object) -> None:
            if isinstance(answer, GroupView):
                self._take_group(answer)
                if done is not None:
                    done(answer)

        self._bridge.request(command, then, failed or self._failed)

    def take(self, event: GroupEvent) -> None:
        """Apply what is told of groups."""
        match event:
            case e.GroupChanged(group):
                self._take_group(group)
                return
            case e.GroupInvited(invitation):
                self.invitations[invitation.id] = invitation
            case e.GroupInvitationClosed(_, conversation_id):
                self.invitations.pop(conversation_id.hex(), None)
            case e.JoinRequested(request):
                self.join_requests[request.id] = request
            case e.JoinRequestClosed(request_id):
                self.join_requests.pop(request_id, None)
        self._changed(ScreenPart.LIST)

    def _take_group(self, group: GroupView) -> None:
        self._known[group.conversation] = group
        self._changed(ScreenPart.LIST | ScreenPart.CONTACT)

    def _take_invitations(self, invitations: tuple[GroupInvitationView, ...]) -> None:
        self.invitations = {each.id: each for each in invitations}
        self._changed(ScreenPart.LIST)

    def _take_join_requests(self, requests: tuple[JoinRequestView, ...]) -> None:
        self.join_requests = {each.id: each for each in requests}
        self._changed(ScreenPart.LIST)


def _unknown(_: BabiluError) -> None:
    """Show nothing: a program of an earlier version that hosts the profile knows no groups."""
