"""Links by which people join the groups of a `FakeClient`, and who asks; used in one thread at a time."""

from dataclasses import replace
from typing import Any, Final

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.group_views import GroupLinkView, GroupView, JoinRequestView
from babilu.api.views import LinkState
from babilu.bot.fake_groups import FakeGroups
from babilu.bot.fake_profile import FakeProfile, identity_of
from babilu.kernel.errors import DeliveryError, ErrorCode, LinkError, UsageError
from babilu.kernel.limits import GROUP_MEMBERS

LINKS_AT_MOST: Final = 20
HOUR_MS: Final = 3_600_000
LINK: Final = "babilu://127.0.0.1:5050/+"


class FakeGroupLinks:
    """Links, and people who want to join.

    Args:
        profile: What the client has.
        groups: Its groups.

    Attributes:
        requests: People who want to join, by the ids of their requests.
        joined: Links by which one has asked to join oneself.
    """

    def __init__(self, profile: FakeProfile, groups: FakeGroups) -> None:
        self.profile = profile
        self.groups = groups
        self.requests: dict[str, JoinRequestView] = {}
        self.joined: list[str] = []
        self._links: dict[str, list[GroupLinkView]] = {}

    def answer(self, command: c.Command[Any]) -> object:
        """Answer a command about links."""
        match command:
            case c.MakeGroupLink():
                return self._make(command)
            case c.RevokeGroupLink(name, link):
                return self._revoke(name, link)
            case c.GroupLinks(name):
                return tuple(self._links.get(self.groups.group(name).conversation, ()))
            case c.JoinRequests():
                return tuple(self.requests.values())
            case c.JoinGroup(link):
                self._join(link)
                return None
            case _:
                raise TypeError(type(command).__name__)

    def accept(self, request: str) -> GroupView:
        """Let somebody in who wants to join."""
        found = self._close(request)
        return self.groups.let_in(found.conversation, found.name)

    def decline(self, request: str) -> None:
        """Leave somebody out who wants to join."""
        self._close(request)

    def _close(self, request: str) -> JoinRequestView:
        self.profile.tell(e.JoinRequestClosed(request))
        return self.requests.pop(request)

    def ask_to_join(self, name: str, who: str) -> JoinRequestView:
        """Let somebody ask to join by a link that needs approval."""
        group = self.groups.group(name)
        self.profile.made += 1
        request = JoinRequestView(
            f"join-{self.profile.made}",
            group.conversation,
            group.conversation_id,
            who,
            identity_of(who),
            self.profile.tick(),
        )
        self.requests[request.id] = request
        self.profile.tell(e.JoinRequested(request))
        return request

    def join_by(self, link: str, who: str) -> None:
        """Let somebody join by a link, or ask to; whoever comes too late is told nothing."""
        found = next((each for every in self._links.values() for each in every if each.link == link), None)
        if found is None or found.left == 0:
            raise DeliveryError(ErrorCode.EXPIRED, "This link is no longer good.")
        left = None if found.left is None else found.left - 1
        every = self._links[found.conversation]
        every[every.index(found)] = replace(found, left=left)
        if found.approval:
            self.ask_to_join(found.conversation, who)
        else:
            self.groups.let_in(found.conversation, who)

    def _make(self, command: c.MakeGroupLink) -> GroupLinkView:
        group = self.groups.acting(self.profile.name, command.conversation)
        uses = command.uses
        if not 1 <= command.hours <= 8_760 or not 1 <= (1 if uses is None else uses) <= GROUP_MEMBERS:
            raise UsageError("A link is good for 1 to 128 people and for an hour to a year.")
        made = self._links.setdefault(group.conversation, [])
        if len(made) == LINKS_AT_MOST:
            raise DeliveryError(ErrorCode.TOO_MANY, f"A group has at most {LINKS_AT_MOST} links.")
        self.profile.made += 1
        text = f"{LINK}{group.conversation[1:]}#{self.profile.made:08x}"
        expires_at = self.profile.tick() + command.hours * HOUR_MS
        link = GroupLinkView(
            group.conversation,
            group.conversation_id,
            text,
            uses,
            uses,
            command.approval,
            expires_at,
            command.newcomers,
        )
        made.append(link)
        return link

    def _revoke(self, name: str, link: str) -> GroupView:
        group = self.groups.acting(self.profile.name, name)
        every = self._links.get(group.conversation, [])
        found = next((each for each in every if each.link == link), None)
        if found is None:
            raise DeliveryError(ErrorCode.NOT_FOUND, "This group has no such link.")
        every.remove(found)
        return group

    def _join(self, link: str) -> None:
        if not link.startswith(LINK):
            raise UsageError("This is no link of a group.")
        if self.profile.link.state is LinkState.OFFLINE:
            raise LinkError(ErrorCode.UNAVAILABLE, "The relay cannot be asked now.")
        self.joined.append(link)
