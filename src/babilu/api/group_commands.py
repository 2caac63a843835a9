"""What can be asked about groups; a group is named by its label, such as ``#picnic``, or by its id in hexadecimal.

`babilu.api.commands` has all of these too. Messages of a group go by the same commands as all messages, the label in
the place of a name. `babilu.api.commands.SetTimer` sets the group's timer, `PinMessage` pins for all, and
`DeleteMessage` with ``for_all`` removes somebody else's message, where one is an admin.

Whoever is out of the group fails with ``not_member``, and who may not do something there with ``admins_only``.
"""

from dataclasses import dataclass

from babilu.api.command import Command
from babilu.api.group_views import GroupEntryView, GroupInvitationView, GroupLinkView, GroupView, JoinRequestView
from babilu.kernel.ids import EntryHash
from babilu.kernel.states import GroupAdders, GroupRole


@dataclass(frozen=True, slots=True)
class StartGroup(Command[GroupView]):
    """Start a group, of which one is the owner.

    Attributes:
        title: What people see: 1 to 64 characters.
        members: Names of contacts, or of accounts of the relay, who are in from the first moment.
        topic: What it is about: up to 500 characters.

    Raises:
        UsageError: The title is empty, or title or topic is too long.
        DeliveryError: ``not_found``: there is nobody of a name; ``too_many``: there are too many people.
    """

    title: str
    members: tuple[str, ...] = ()
    topic: str = ""


@dataclass(frozen=True, slots=True)
class AddToGroup(Command[GroupView]):
    """Add people to a group; they decide whether they agree.

    Attributes:
        conversation: The group.
        names: Names of contacts, of fellow members of any group, or of accounts of the relay.

    Raises:
        DeliveryError: ``not_found``; ``group_full``: it would have more people than a group can have.
    """

    conversation: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemoveFromGroup(Command[GroupView]):
    """Remove people from a group: nothing that is written from then on reaches them.

    Raises:
        DeliveryError: ``not_found``: a name is no member's.
        UsageError: It is oneself (see `QuitGroup`), or somebody who is senior.
    """

    conversation: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetRole(Command[GroupView]):
    """Make a member an admin, or an admin a member; by oneself that is stepping down.

    Attributes:
        conversation: The group.
        name: Whom.
        role: Admin or member: the owner is who is most senior, and a reader is a member where only admins post.

    Raises:
        UsageError: It is another role, or somebody who is senior.
        DeliveryError: ``not_found``: the name is no member's.
    """

    conversation: str
    name: str
    role: GroupRole


@dataclass(frozen=True, slots=True)
class QuitGroup(Command[None]):
    """Leave a group: its messages stay here, and no more come. The next in rank goes on where the owner leaves."""

    conversation: str


@dataclass(frozen=True, slots=True)
class FollowGroup(Command[GroupView]):
    """Choose among those who go on with a group in different ways (`GroupView.split`): it goes on with one of them.

    Attributes:
        conversation: The group.
        of: Name of the one to follow.

    Raises:
        DeliveryError: ``not_found``: nothing is to be chosen, or they do not go on with it.
    """

    conversation: str
    of: str


@dataclass(frozen=True, slots=True)
class ChangeGroup(Command[GroupView]):
    """Change what a group is called, what it is about, who may do what, or its picture; None stays as it is.

    Attributes:
        conversation: The group.
        title: What people see; its label stays.
        topic: What it is about; empty for nothing.
        everybody_adds: Whether everybody adds people, or admins only.
        everybody_posts: Whether everybody writes, or admins only.
        everybody_pins: Whether everybody pins messages, or admins only.
        picture: Absolute path of a picture, which is made as a profile picture is; empty takes it away.
        history: How many messages from before newcomers are given whom one lets in oneself, 0 to 1,000; the others'
            clients do as they are told.
        history_days: How many days back these go at most, 1 to 365; 30 where that was never set.

    Raises:
        UsageError: There is nothing to change, or a title or topic is too long or empty.
        ProtocolError: ``cannot_show``: no picture can be made of it.
    """

    conversation: str
    title: str | None = None
    topic: str | None = None
    everybody_adds: bool | None = None
    everybody_posts: bool | None = None
    everybody_pins: bool | None = None
    picture: str | None = None
    history: int | None = None
    history_days: int | None = None


@dataclass(frozen=True, slots=True)
class GetGroup(Command[GroupView]):
    """Tell what a group is: who is in, what is set, and where its log stands."""

    conversation: str


@dataclass(frozen=True, slots=True)
class GroupLogOf(Command[tuple[GroupEntryView, ...]]):
    """List what was said about a group, what of it counts, and why the rest does not; the newest first.

    Attributes:
        conversation: The group.
        limit: Most entries, 1 to 1,000.
        before: Only entries that come after this one in that order; None for the newest.
    """

    conversation: str
    limit: int = 100
    before: EntryHash | None = None


@dataclass(frozen=True, slots=True)
class GroupInvitations(Command[tuple[GroupInvitationView, ...]]):
    """List the groups that one was added to and has not accepted or declined."""


@dataclass(frozen=True, slots=True)
class MakeGroupLink(Command[GroupLinkView]):
    """Make a link by which people join a group; it works where a device of an admin whom it names can be reached.

    Attributes:
        conversation: The group.
        uses: How many people may join by it, 1 to 128; None for no bound.
        approval: Whether each waits for `babilu.api.commands.Accept`.
        hours: After how many hours it expires, 1 to 8,760.
        newcomers: Whether it brings an invitation to the relay for so many people (128 where there is no bound), for
            those who have no account there: the relay's owner and moderators can make one.

    Raises:
        UsageError: A number is outside its bounds, or there is no relay.
        DeliveryError: ``admins_only``; ``too_many``: the group has as many links as it can have.
        BabiluError: With ``newcomers``: ``not_allowed``; ``unavailable``.
    """

    conversation: str
    uses: int | None = None
    approval: bool = False
    hours: int = 168
    newcomers: bool = False


@dataclass(frozen=True, slots=True)
class RevokeGroupLink(Command[GroupView]):
    """Revoke a link of a group: nobody joins by it any more.

    Raises:
        DeliveryError: ``not_found``: the group has no such link.
    """

    conversation: str
    link: str


@dataclass(frozen=True, slots=True)
class GroupLinks(Command[tuple[GroupLinkView, ...]]):
    """List the links that one has made and by which people still join a group."""

    conversation: str


@dataclass(frozen=True, slots=True)
class JoinGroup(Command[None]):
    """Ask to join the group of a link; it comes as `babilu.api.events.GroupChanged` once one is in.

    A link that was used up or revoked lets nobody in, and nobody says so.

    Raises:
        UsageError: It is no link of a group, or of one at another relay.
        DeliveryError: ``expired``; ``conflict``: one is in already; ``not_found``: nobody whom it names can be asked.
        LinkError: ``unavailable``.
    """

    link: str


@dataclass(frozen=True, slots=True)
class JoinRequests(Command[tuple[JoinRequestView, ...]]):
    """List the people who want to join a group of one's own by a link that needs approval."""


@dataclass(frozen=True, slots=True)
class WhoMayAdd(Command[GroupAdders]):
    """Say who may add oneself to groups, or ask for it (None); a device's own setting, `EVERYBODY` at first."""

    who: GroupAdders | None = None
