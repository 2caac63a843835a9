"""A chat client in memory: what a user interface asks is recorded and answered, and a test plays everybody else.

Commands are answered in the order in which they come (`AnsweringClient`). Methods such as `receive`, `go_offline` and
`change_identity` play what others, the relay and the network do.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.credentials import Passphrase
from babilu.api.views import (
    Address,
    ContactView,
    InspectedFileView,
    LinkState,
    MessageView,
    PresenceState,
    RecordingView,
    RequestView,
)
from babilu.bot.answering_client import AnsweringClient
from babilu.bot.fake_files import OfferedFile
from babilu.bot.fake_people import CALLER, PEER, SAFETY_NUMBER
from babilu.bot.fake_profile import RELAY, FakeProfile, claimed_identity_of, identity_of, key_of
from babilu.bot.fake_world import FakeWorld
from babilu.bot.group_play import GroupPlay
from babilu.kernel.errors import BabiluError, ErrorCode, Reason
from babilu.kernel.ids import MessageId
from babilu.kernel.states import MessageState, PlayingState, Route, TransferState, Trust


class FakeClient(AnsweringClient):
    """A client in memory.

    Args:
        name: The own name.
        relay: Address of the relay, or None for a profile without one.
        accounts: Names that the relay knows besides the contacts; None where it knows everybody.
        sent_state: State that own messages reach by themselves while the way is open.
        now: Gives the time in Unix milliseconds; None for one that goes on by a second with each thing that happens.
        remembered: How many events a late subscriber can catch up with.
        passphrase: The present password, for the commands that ask for it.

    Attributes:
        groups: What a test plays in groups.
    """

    def __init__(
        self,
        name: str = "alice",
        relay: Address | None = RELAY,
        *,
        accounts: Iterable[str] | None = (),
        sent_state: MessageState = MessageState.HELD,
        now: Callable[[], int] | None = None,
        remembered: int = 10_000,
        passphrase: Passphrase | None = None,
    ) -> None:
        self.name = name
        super().__init__(self._answer, remembered)
        self._profile = FakeProfile(name, relay, self._tell, now)
        self._profile.sent_state = sent_state
        known = None if accounts is None else frozenset(map(key_of, accounts))
        self._world = FakeWorld(self._profile, known, passphrase or Passphrase("correct horse"))
        self._people, self._contents = self._world.people, self._world.contents
        self.groups = GroupPlay(self._world, self._run)

    def _answer(self, command: c.Command[Any]) -> object:
        return self._world.carry_out(command)

    # What a test plays and asks.

    def tell(self, event: e.Event) -> None:
        """Tell any event."""
        self._run(lambda: self._profile.tell(event))

    def add_contact(
        self,
        name: str,
        *,
        accepted: bool = True,
        trust: Trust = Trust.FIRST_USE,
        account: str | None = None,
        address: Address | None = None,
    ) -> None:
        """Make somebody a contact, without a message."""
        self._run(
            lambda: self._profile.add_contact(name, accepted=accepted, trust=trust, account=account, address=address)
        )

    def appoint(self, *, officer: bool) -> None:
        """Let the account be the relay's owner, or one that administers nothing."""
        self._run(lambda: setattr(self._world, "is_officer", officer))

    def spend_invitation(self, number: int) -> None:
        """Let somebody use an invitation up."""
        self._run(lambda: self._world.invitations.pop(number))

    def begin_notes(self) -> None:
        """Have notes to oneself in the list, as a client has them from its beginning."""
        self._run(self._profile.begin_notes)

    def fill_history(self, name: str, count: int, text: Callable[[int], str] = "message {}".format) -> None:
        """Give a contact a past of ``count`` messages, by turns of theirs and of ours, shown and read long ago."""

        def fill() -> None:
            conversation = self._profile.conversation(name)
            for number in range(count):
                outgoing = number % 2 == 1
                message = self._profile.make(name, text(number), outgoing=outgoing, route=Route.RELAY)
                state = MessageState.READ if outgoing else None
                conversation.messages.append(replace(message, unread=False, first=False, state=state))

        # It computes and waits for nobody: how long that takes is the machine's affair.
        self._run(fill, None)

    def receive(  # noqa: PLR0913 -- one for each thing that a message may have
        self,
        name: str,
        text: str,
        *,
        route: Route = Route.RELAY,
        at: int | None = None,
        announced: bool = True,
        belongs_before: MessageId | None = None,
        needs_newer: bool = False,
        reply_to: MessageId | None = None,
        mentions: tuple[str, ...] = (),
        files: tuple[OfferedFile, ...] = (),
        sender: str | None = None,
    ) -> MessageView:
        """Let a message arrive; one that is not announced came in an earlier run that ended before showing it.

        A file is given by name and size, or as a view where it is a picture or a recording. In a group, ``name`` is its
        label and ``sender`` whoever writes.
        """

        def arrive() -> MessageView:
            first = key_of(name) not in self._profile.conversations
            conversation = self._profile.conversation(name)
            message = self._profile.make(name, text, outgoing=False, route=route, sender=sender)
            message = replace(message, first=first, at=message.at if at is None else at)
            message = replace(message, late=belongs_before is not None, belongs_before=belongs_before)
            message = replace(message, needs_newer=needs_newer)
            told = self._contents.complete(conversation, message, c.Send(name, text, None, reply_to, mentions))
            in_group = conversation.group is not None and self._world.groups.is_mentioned(name, mentions)
            message = replace(told, editable_until=None, mentioned=in_group or self.name in mentions)
            message = replace(message, files=self._contents.files.offered(files))
            conversation.messages.append(message)
            self._profile.unshown.append(message)
            if announced:
                self._profile.tell(e.MessageArrived(message))
            return message

        return self._run(arrive)

    def advance(self, message: MessageId, state: MessageState, error: ErrorCode | None = None) -> None:
        """Let an own message come further, or fail."""
        self._run(lambda: self._contents.advance(message, state, error))

    def go_offline(
        self,
        code: ErrorCode = ErrorCode.UNAVAILABLE,
        text: str = "The relay is gone.",
        retry_in_ms: int | None = 1_000,
        *,
        refused: bool = False,
        reason: Reason | None = None,
    ) -> None:
        """Let the relay vanish, or refuse this client."""
        news = e.LinkChanged(LinkState.OFFLINE, code.value, text, retry_in_ms, refused, reason)

        def change() -> None:
            self._profile.set_link(news)

        self._run(change)

    def show_picture(self, name: str, picture: bytes | None) -> None:
        """Let a contact show a picture of themselves: of one colour, the first three of 16 bytes that name it."""
        self._run(lambda: self._world.pictures.show(name, picture))

    def ask_to_link(self, asked: e.LinkAsked) -> None:
        """Let a new device ask to be one of the account's."""
        self._run(lambda: self._world.devices.ask(asked))

    def show_link_code(self, code: e.LinkCodeShown) -> None:
        """Let an own other device answer this one, which is being linked."""
        self._run(lambda: self._world.devices.show_code(code))

    def end_linking(self, error: BabiluError) -> None:
        """End the linking of this device, as its client does."""
        self._run(lambda: self._world.devices.fail(error))

    def remove_this_device(self, *, fatal: bool = True) -> None:
        """Remove the client's own device: while it is open, or, if that is not fatal, before."""
        self._run(lambda: self._world.devices.remove_this(fatal=fatal))

    def limit_files(self, largest: int) -> None:
        """Let the relay take files of so many bytes at most, and say so as it does when the link comes."""

        def change() -> None:
            self._profile.file_bytes = largest
            self._profile.tell(self._profile.link)

        self._run(change)

    def go_online(self, at: Address | None = None) -> None:
        """Let the relay come back; what was queued reaches the state that messages reach by themselves.

        Args:
            at: Another address of the relay at which it is connected then; None for the one of the profile.
        """

        def change() -> None:
            where = self._profile.relay if at is None else at
            self._profile.set_link(e.LinkChanged(LinkState.ONLINE, None, "", None, address=where))
            for message in self._profile.queued():
                self._contents.advance(message.id, self._profile.sent_state)

        self._run(change)

    def ask_for_conversation(
        self, name: str, address: Address = CALLER, safety_number: str = SAFETY_NUMBER
    ) -> RequestView:
        """Let a stranger's conversation request arrive."""

        def arrive() -> RequestView:
            self._profile.made += 1
            request = RequestView(
                f"{self._profile.made:08x}", name, identity_of(name), address, safety_number, self._profile.tick()
            )
            self._people.requests[request.id] = request
            self._profile.tell(e.RequestArrived(request))
            return request

        return self._run(arrive)

    def connect_peer(self, name: str, address: Address | None = PEER, *, incoming: bool = True) -> None:
        """Let a direct connection with a contact stand, at an address that they told, or at none (None)."""
        self._run(lambda: self._people.connect(name, address, incoming=incoming))

    def disconnect_peer(self, name: str) -> None:
        """Let a direct connection end."""
        self._run(lambda: self._people.disconnect(name))

    def change_identity(self, name: str, other: bytes = b"claimed") -> None:
        """Let another identity key be claimed to be a contact's."""

        def change() -> None:
            contact = self._profile.conversation(name).contact
            verified = contact.trust is Trust.VERIFIED
            claimed = claimed_identity_of(contact.name, other)
            self._profile.change(replace(contact, trust=Trust.CHANGED, was_verified=verified, pending=claimed))
            self._profile.tell(e.IdentityChanged(contact.name, verified))

        self._run(change)

    def edit(self, name: str, message: MessageId, text: str, mentions: tuple[str, ...] = ()) -> MessageView:
        """Let somebody give a message of theirs another wording, which may mention people."""
        return self._run(lambda: self._contents.edit(name, message, text, mentions))

    def react(self, name: str, message: MessageId, *emoji: str) -> MessageView:
        """Let somebody react to a message: these are all of their reactions."""
        return self._run(lambda: self._contents.react(name, message, emoji))

    def know_picture(self, name: str, picture: InspectedFileView) -> None:
        """Have files of a name be found to be a picture; path and size are the file's own."""
        self._run(lambda: self._contents.files.pictures.__setitem__(name, picture))

    def move_file(
        self,
        message: MessageId,
        index: int,
        done: int,
        state: TransferState = TransferState.RUNNING,
        error: ErrorCode | None = None,
    ) -> None:
        """Let a file of a message come as far as ``done``; whose message it is says which way."""

        def move() -> None:
            _, view = self._profile.look(message)
            self._contents.files.move(message, index, done, state, error, out=view.outgoing)

        self._run(move)

    def lose_sound(self) -> None:
        """Let there be no microphone any more, and nothing that plays."""
        self._run(lambda: setattr(self._contents.voice, "has_sound", False))

    def record(self, name: str, duration: int, level: int = 0) -> None:
        """Let the recording of a conversation be so long by now (milliseconds), and so loud."""
        self._run(lambda: self._contents.voice.come_to(name, duration, level))

    def keep_recording(self, name: str, duration: int, error: ErrorCode | None = None) -> RecordingView:
        """Have a recording wait in a conversation, as after a start anew; or one that has ended by an error."""
        return self._run(lambda: self._contents.voice.keep(name, duration, error))

    def play_on(self, position: int) -> None:
        """Let what is played come to a position (milliseconds)."""
        self._run(lambda: self._contents.voice.play_on(position))

    def end_playing(self, error: ErrorCode | None = None) -> None:
        """Let what is played come to its end, or fail."""
        state = PlayingState.ENDED if error is None else PlayingState.FAILED
        self._run(lambda: self._contents.voice.end_playing(state, error))

    def delete_for_all(self, name: str, message: MessageId) -> None:
        """Let somebody delete a message of theirs for all."""
        self._run(lambda: self._contents.delete_for_all(name, message))

    def pin(self, name: str, message: MessageId, *, on: bool = True) -> None:
        """Let somebody pin a message, or unpin it."""
        self._run(lambda: self._contents.pin(name, message, on=on))

    def set_timer(self, name: str, seconds: int | None) -> None:
        """Let somebody have new messages disappear after a time, or not."""
        self._run(lambda: self._contents.set_timer(name, name, seconds))

    def type(self, name: str, *, active: bool = True, sender: str | None = None) -> None:
        """Let somebody type, or stop; in a group, ``name`` is its label and ``sender`` whoever types."""
        event = e.TypingChanged(name, self._profile.id_of(name), sender or name, active)
        self._run(lambda: self._profile.tell(event))

    def expire(self, message: MessageId) -> None:
        """Let the time of a message be over."""

        def end() -> None:
            conversation, index = self._profile.find(message)
            view = conversation.messages.pop(index)
            self._profile.tell(e.MessageExpired(message, view.conversation, self._profile.id_of(view.conversation)))

        self._run(end)

    def miss(self, number: int) -> None:
        """Let the time of a text that is sent later be more than a day past."""

        def change() -> None:
            view, order = self._contents.scheduled[number]
            self._contents.scheduled[number] = replace(view, overdue=True), order
            self._profile.tell(e.ScheduledChanged(replace(view, overdue=True), gone=False))

        self._run(change)

    def shape(self, message: MessageId, **members: Any) -> MessageView:  # noqa: ANN401 -- members of the view
        """Let a message be other than it was, without a word about it."""

        def change() -> MessageView:
            conversation, index = self._profile.find(message)
            conversation.messages[index] = replace(conversation.messages[index], **members)
            return conversation.messages[index]

        return self._run(change)

    def set_presence(self, name: str, state: PresenceState) -> None:
        """Let a contact come to the relay or leave it."""

        def change() -> None:
            self._profile.change(replace(self._profile.conversation(name).contact, presence=state))
            self._profile.tell(e.PresenceChanged(name, state))

        self._run(change)

    def messages(self, name: str) -> tuple[MessageView, ...]:
        """Give a conversation as it stands."""
        return self._run(lambda: tuple(self._profile.conversation(name).messages))

    @property
    def link(self) -> LinkState:
        """The link to the relay as it stands."""
        return self._run(lambda: self._profile.link.state)

    @property
    def sent(self) -> tuple[tuple[str, str], ...]:
        """Own texts in order: whom each is to, and what it says."""
        return self._run(lambda: tuple(self._contents.sent))

    @property
    def values(self) -> dict[str, str]:
        """What was stored in the profile by its keys."""
        return self._run(lambda: dict(self._world.values))

    @property
    def requests(self) -> tuple[RequestView, ...]:
        """The conversation requests that wait."""
        return self._run(lambda: tuple(self._people.requests.values()))

    def contact(self, name: str) -> ContactView:
        """Give a contact as it stands."""
        return self._run(lambda: self._profile.conversation(name).contact)
