"""What a test plays in the groups of a `FakeClient`: everybody else in them, and whoever wants to be."""

from collections.abc import Callable
from typing import Any

from babilu.api import commands as c
from babilu.api.group_views import GroupChangeView, GroupView, JoinRequestView
from babilu.bot.fake_world import FakeWorld
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import MessageId
from babilu.kernel.states import MessageState


class GroupPlay:
    """Everybody else in groups. A message of theirs arrives by `FakeClient.receive`.

    Args:
        world: What there is.
        run: Does something in the thread where all state lives, and gives what came of it.
    """

    def __init__(self, world: FakeWorld, run: Callable[[Callable[[], Any]], Any]) -> None:
        self._world = world
        self._run = run

    def begin(
        self,
        title: str,
        *members: str,
        by: str | None = None,
        admins: tuple[str, ...] = (),
        topic: str = "",
        accepted: bool = True,
        told: bool = True,
    ) -> GroupView:
        """Let a group begin, by oneself or by somebody else (``by``), who adds oneself.

        Args:
            title: What people see.
            members: Everybody else; who is no contact is a fellow member alone.
            by: Who starts it.
            admins: Members who are admins from the first moment.
            topic: What it is about.
            accepted: Whether one has agreed to be in; else it is an invitation.
            told: Whether that happens now; else it has long ago, and nothing is told of it.
        """
        own = self._world.profile.name
        names = members if by is None else (*members, own)
        group: GroupView = self._run(
            lambda: self._world.groups.start(
                title, by or own, names, topic=topic, admins=admins, accepted=accepted, told=told
            )
        )
        return group

    def act(self, name: str, command: c.Command[Any]) -> None:
        """Let a member do what a command says, as far as their role lets them: theirs is the name, not the client's."""
        self._run(lambda: self._world.act(name, command))

    def say(self, label: str, change: GroupChangeView) -> None:
        """Let something be said in the log that changes nothing more, such as what does not count."""
        self._run(lambda: self._world.groups.play(label, change))

    def split(self, label: str, *names: str) -> None:
        """Let several people go on with a group in ways of their own, the most senior first: one is to choose."""
        self._run(lambda: self._world.groups.split(label, *names))

    def advance(self, message: MessageId, name: str, state: MessageState, error: ErrorCode | None = None) -> None:
        """Let an own message come further for one person, or fail."""
        self._run(lambda: self._world.contents.audiences.advance(message, [name], state, error))

    def ask_to_join(self, label: str, name: str) -> JoinRequestView:
        """Let somebody ask to join by a link that needs approval."""
        request: JoinRequestView = self._run(lambda: self._world.links.ask_to_join(label, name))
        return request

    def join_by(self, link: str, name: str) -> None:
        """Let somebody use a link that was made here."""
        self._run(lambda: self._world.links.join_by(link, name))

    def view(self, label: str) -> GroupView:
        """Give a group as it stands."""
        group: GroupView = self._run(lambda: self._world.groups.group(label))
        return group

    @property
    def joined(self) -> tuple[str, ...]:
        """Links by which this client has asked to join."""
        links: tuple[str, ...] = self._run(lambda: tuple(self._world.links.joined))
        return links
