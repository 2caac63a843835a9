"""Commands about groups: names become people first, then the group's own thread does what is asked."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from babilu.api import commands as ask_for
from babilu.api.group_views import GroupEntryView, GroupInvitationView, GroupLinkView, GroupView
from babilu.engine.commands.contacts import ContactResolver, find_contact, find_conversation
from babilu.engine.commands.effect_runner import EffectRunner
from babilu.engine.commands.join_commands import JoinCommands
from babilu.engine.commands.link_commands import GiveOrder, LinkCommands
from babilu.engine.commands.picture_commands import PictureCommands
from babilu.engine.commands.profile_picture_commands import cannot_show, picture_file
from babilu.engine.conversation.groups import acts, joining
from babilu.engine.conversation.groups.going_on import follow
from babilu.engine.conversation.groups.group_receiving import WHO_MAY_ADD
from babilu.engine.conversation.groups.group_turn import GroupTurn
from babilu.engine.conversation.jobs import Ask
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.group_entry_views import entry_views
from babilu.engine.runtime.group_views import group_view, invitation_view
from babilu.engine.runtime.places import Place
from babilu.engine.runtime.threads import settle
from babilu.group.changes import PolicyField
from babilu.kernel.errors import DeliveryError, ErrorCode, UsageError
from babilu.kernel.ids import ConversationId, EntryHash
from babilu.kernel.limits import GROUP_PICTURE_BYTES
from babilu.kernel.states import ConversationKind, GroupAdders
from babilu.media.decoder import PictureDecoder
from babilu.store.contact_records import ContactRecord, ConversationRecord
from babilu.store.unit_of_work import UnitOfWork

GroupCommand = (
    ask_for.StartGroup
    | ask_for.AddToGroup
    | ask_for.RemoveFromGroup
    | ask_for.SetRole
    | ask_for.QuitGroup
    | ask_for.FollowGroup
    | ask_for.ChangeGroup
    | ask_for.GetGroup
    | ask_for.GroupLogOf
    | ask_for.GroupInvitations
    | ask_for.WhoMayAdd
    | ask_for.MakeGroupLink
    | ask_for.RevokeGroupLink
    | ask_for.GroupLinks
    | ask_for.JoinGroup
    | ask_for.JoinRequests
)
"""Everything that is done here."""

ENTRIES_AT_ONCE: Final = 1_000


@dataclass(slots=True)
class _Gathering:
    """People who are looked up one after the other, and what is done once all are known."""

    names: list[str]
    then: Callable[[list[ContactRecord]], None]
    found: list[ContactRecord] = field(default_factory=list)


class GroupCommands:
    """Does what concerns groups.

    Args:
        base: The profile and the ports.
        effect_runner: The rest of the client.
        resolver: Makes contacts of names.
        pictures: Has the threads that wait for the decoder.
        decoder: Decodes pictures, elsewhere.
        give_order: Gives the relay orders of administration.

    Attributes:
        joining: Asks to be let into groups.
    """

    def __init__(
        self,
        base: ClientContext,
        effect_runner: EffectRunner,
        resolver: ContactResolver,
        give_order: GiveOrder,
        pictures: PictureCommands,
        decoder: PictureDecoder,
    ) -> None:
        self._pictures = pictures
        self._decoder = decoder
        self._base = base
        self._effect_runner = effect_runner
        self._resolver = resolver
        self.joining = JoinCommands(base, effect_runner, resolver)
        self._links = LinkCommands(effect_runner, give_order)

    def do(self, command: GroupCommand, future: "Future[Any]") -> None:
        """Do a command.

        Raises:
            BabiluError: It cannot be done.
        """
        match command:
            case ask_for.StartGroup(title, members, topic):
                # What cannot be is said before anybody is looked up.
                acts.checked_title(title)
                acts.checked_topic(topic)
                self._gather(members, future, lambda people: self._begin(command, people, future))
            case ask_for.AddToGroup(name, names):
                place = self._group(name)
                self._gather(
                    names,
                    future,
                    lambda people: self._post(place, lambda turn: acts.add_people(turn, people), command, future),
                )
            case ask_for.RemoveFromGroup(name, names):
                people = self._people(names)
                self._post(self._group(name), lambda turn: acts.remove_people(turn, people), command, future)
            case ask_for.SetRole(name, member, role):
                who = self._member(member)
                self._post(self._group(name), lambda turn: acts.set_role(turn, who, role), command, future)
            case ask_for.QuitGroup(name):
                self._post(self._group(name), acts.leave, command, future)
            case ask_for.FollowGroup(name, of):
                who = self._people([of])[0]
                self._post(self._group(name), lambda turn: follow(turn, who), command, future)
            case ask_for.ChangeGroup():
                self._change(command, future)
            case ask_for.MakeGroupLink(name):
                self._links.make(command, self._group(name), future)
            case ask_for.RevokeGroupLink(name):
                self._links.revoke(command, self._group(name), future)
            case ask_for.JoinGroup(link):
                self.joining.join(link, command.request_id, future)
            case _:
                settle(future, lambda: self._answer(command))

    def accept(self, named: str, request_id: str | None, future: "Future[Any]") -> bool:
        """Accept to be in a group, where ``named`` is a group's label or id; or let somebody in, by a request's id.

        Returns:
            Whether it is one of these.
        """

        def let_in(turn: GroupTurn) -> GroupView:
            return joining.let_in(turn, named)

        return self.joining.decide(named, let_in, request_id, future) or self._decide(
            named, acts.accept, request_id, future
        )

    def decline(self, named: str, request_id: str | None, future: "Future[Any]") -> bool:
        """Decline to be in a group, where ``named`` is a group's label or id; or leave somebody out who waits.

        Returns:
            Whether it is one of these.
        """

        def leave_out(turn: GroupTurn) -> None:
            joining.decline_request(turn, named)

        def decline(turn: GroupTurn) -> None:
            if turn.group.own_role is None or turn.group.accepted:
                raise DeliveryError(ErrorCode.NOT_FOUND, "There is no invitation to this group.")
            acts.leave(turn)

        return self.joining.decide(named, leave_out, request_id, future) or self._decide(
            named, decline, request_id, future
        )

    def _decide(
        self, named: str, act: Callable[[GroupTurn], object], request_id: str | None, future: "Future[Any]"
    ) -> bool:
        with self._base.database.read() as unit:
            conversation = unit.conversations.by_label(named.casefold()) or _by_hex(unit, named)
            if conversation is None or conversation.kind is not ConversationKind.GROUP:
                return False
            place = find_conversation(unit, conversation.id.hex())
        self._effect_runner.targets.conversations.ask(place, Ask(act, future, request_id))
        return True

    # Whom, and where.

    def _group(self, name: str) -> Place:
        with self._base.database.read() as unit:
            return _group_named(unit, name)

    def _people(self, names: Sequence[str]) -> list[ContactRecord]:
        if not names:
            raise UsageError("Say whom.")
        with self._base.database.read() as unit:
            return [find_contact(unit, name) for name in dict.fromkeys(names)]

    def _member(self, name: str) -> ContactRecord | None:
        """Return somebody by name; None for oneself."""
        with self._base.database.read() as unit:
            found = unit.contacts.called(name)
            if found is None and name.casefold() == self._base.show.own_name.casefold():
                return None
            return found or find_contact(unit, name)

    def _gather(self, names: Sequence[str], future: "Future[Any]", then: Callable[[list[ContactRecord]], None]) -> None:
        """Look people up, one after the other, and go on with all of them."""
        gathering = _Gathering(list(dict.fromkeys(names)), then)
        self._next(gathering, None, future)

    def _next(self, gathering: _Gathering, found: ContactRecord | None, future: "Future[Any]") -> None:
        if found is not None:
            gathering.found.append(found)
        if gathering.names:
            name = gathering.names.pop(0)
            self._resolver.with_contact(name, future, lambda contact: self._next(gathering, contact, future))
        else:
            gathering.then(gathering.found)

    def _post(
        self, place: Place, act: Callable[[GroupTurn], object], command: GroupCommand, future: "Future[Any]"
    ) -> None:
        self._effect_runner.targets.conversations.ask(place, Ask(act, future, command.request_id))

    # What is done.

    def _add(
        self, command: ask_for.AddToGroup, place: Place, future: "Future[Any]", people: list[ContactRecord]
    ) -> None:
        self._post(place, lambda turn: acts.add_people(turn, people), command, future)

    def _begin(self, command: ask_for.StartGroup, people: list[ContactRecord], future: "Future[GroupView]") -> None:
        begin = self._effect_runner.targets.conversations.begin_group
        settle(future, lambda: begin(command.title, command.topic, people, command.request_id))

    def _change(self, command: ask_for.ChangeGroup, future: "Future[Any]") -> None:
        fields = {
            PolicyField.ADDS: command.everybody_adds,
            PolicyField.POSTS: command.everybody_posts,
            PolicyField.PINS: command.everybody_pins,
        }
        policy = {name: on for name, on in fields.items() if on is not None}
        here = command.history is not None or command.history_days is not None
        shared = command.title is not None or command.topic is not None or bool(policy)
        if not here and not shared and command.picture is None:
            raise UsageError("Say what is to be changed.")
        place, title, topic = self._group(command.conversation), command.title, command.topic

        def post(picture: bytes | None) -> None:
            def change(turn: GroupTurn) -> GroupView:
                if here:
                    # What concerns the own client alone needs no role.
                    acts.set_history(turn, command.history, command.history_days)
                if shared or picture is not None:
                    acts.change_group(turn, title, topic, policy, picture)
                return turn.group_view()

            self._post(place, change, command, future)

        if not command.picture:
            post(None if command.picture is None else b"")
            return
        path = Path(command.picture)
        if not path.is_absolute():
            raise UsageError("The client needs the whole path of a file.")
        made: Future[bytes] = Future()
        made.add_done_callback(lambda _: complete_with(future, made, post))
        self._pictures.in_turn(made, lambda: self._emblem(path))

    def _emblem(self, path: Path) -> bytes:
        """Make the picture of a group of a file, in the process that can do nothing else."""
        body = picture_file(path)
        picture = None if body is None else self._decoder.emblem(body, GROUP_PICTURE_BYTES)
        if picture is None:
            raise cannot_show()
        return picture

    # What only reads.

    def _answer(self, command: GroupCommand) -> object:
        match command:
            case ask_for.GetGroup(name):
                return self._view(name)
            case ask_for.GroupLogOf(name, limit, before):
                if not 1 <= limit <= ENTRIES_AT_ONCE:
                    raise UsageError(f"At most {ENTRIES_AT_ONCE} entries are listed at once.")
                return self._entries(name, limit, before)
            case ask_for.GroupInvitations():
                return self._invitations()
            case ask_for.WhoMayAdd(who):
                return self._who_may_add(who)
            case ask_for.GroupLinks(name):
                return self._links_of(name)
            case ask_for.JoinRequests():
                with self._base.database.read() as unit:
                    return joining.join_requests(unit)
            case _:
                raise TypeError(type(command).__name__)

    def _view(self, name: str) -> GroupView:
        with self._base.database.read() as unit:
            place = _group_named(unit, name)
            group = unit.groups.of_conversation(place.conversation.conversation)
            if group is None:
                raise DeliveryError(ErrorCode.NOT_FOUND, "There is no such group.")
            return group_view(unit, self._base.show, group, place.conversation)

    def _links_of(self, name: str) -> tuple[GroupLinkView, ...]:
        with self._base.database.read() as unit:
            place = _group_named(unit, name)
            group = unit.groups.of_conversation(place.conversation.conversation)
            return () if group is None else joining.links_of(unit, group, self._base.clock.now_ms())

    def _entries(self, name: str, limit: int, before: EntryHash | None) -> tuple[GroupEntryView, ...]:
        with self._base.database.read() as unit:
            place = _group_named(unit, name)
            group = unit.groups.of_conversation(place.conversation.conversation)
            if group is None:
                raise DeliveryError(ErrorCode.NOT_FOUND, "There is no such group.")
            return entry_views(unit, self._base.show, group, place, limit, before)

    def _invitations(self) -> tuple[GroupInvitationView, ...]:
        shown = []
        with self._base.database.read() as unit:
            for group in unit.groups.invitations():
                conversation = unit.conversations.by_number(group.conversation)
                if conversation is not None:
                    shown.append(invitation_view(unit, group, conversation))
        return tuple(shown)

    def _who_may_add(self, who: GroupAdders | None) -> GroupAdders:
        if who is None:
            with self._base.database.read() as unit:
                kept = unit.settings.get(WHO_MAY_ADD)
            return GroupAdders.EVERYBODY if kept is None else GroupAdders(kept.decode())
        with self._base.database.write() as unit:
            unit.settings.set(WHO_MAY_ADD, who.value.encode())
        return who


def _group_named(unit: UnitOfWork, name: str) -> Place:
    place = find_conversation(unit, name)
    if place.conversation.kind is not ConversationKind.GROUP:
        raise UsageError("That is no group.")
    return place


def _by_hex(unit: UnitOfWork, named: str) -> ConversationRecord | None:
    try:
        raw = bytes.fromhex(named)
    except ValueError:
        return None
    return unit.conversations.by_id(ConversationId(raw))


def complete_with(future: "Future[Any]", made: "Future[bytes]", then: Callable[[bytes], None]) -> None:
    """Go on with what was made; where it could not be, that is the answer."""
    error = made.exception()
    if error is None:
        then(made.result())
    elif not future.done():
        future.set_exception(error)
