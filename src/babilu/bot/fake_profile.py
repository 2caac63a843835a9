"""What a `FakeClient` has: people, conversations and messages; used in one thread at a time."""

import hashlib
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from babilu.api import events as e
from babilu.api.group_views import AudienceView, GroupView
from babilu.api.views import (
    NOTES_LABEL,
    Address,
    ContactView,
    ConversationView,
    LinkState,
    MessageView,
    PeerState,
    RecordingView,
)
from babilu.kernel.errors import DeliveryError, ErrorCode
from babilu.kernel.ids import ConversationId, IdentityKey, MessageId
from babilu.kernel.limits import Limits
from babilu.kernel.states import ConversationKind, MessageState, Route, Trust

START_MS = 1_795_337_792_000
"""Time of the first thing that happens; each further one happens a second later."""

OWN_IDENTITY = IdentityKey(bytes.fromhex("ab" * 32))
RELAY = Address("127.0.0.1", 5050)

NOBODY = ContactView(
    name="",
    account="",
    identity=IdentityKey(bytes(32)),
    trust=Trust.FIRST_USE,
    was_verified=False,
    blocked=False,
    accepted=True,
    direct_allowed=False,
    connected=False,
    address=None,
    presence=None,
)
"""Who stands where a conversation is with nobody alone."""


def identity_of(name: str) -> IdentityKey:
    """Give the identity key that somebody has from the start."""
    return IdentityKey(hashlib.sha256(b"identity " + key_of(name).encode(errors="surrogatepass")).digest())


def claimed_identity_of(name: str, other: bytes = b"claimed") -> IdentityKey:
    """Give the identity key that is claimed to be somebody's after `FakeClient.change_identity`."""
    return IdentityKey(hashlib.sha256(other + b" " + key_of(name).encode(errors="surrogatepass")).digest())


def key_of(name: str) -> str:
    """Write a name so that two spellings of it compare equal."""
    return name.strip().casefold()


def conversation_of(name: str) -> ConversationId:
    """Give the id of the conversation with somebody, which stays when they are called otherwise."""
    return ConversationId(hashlib.sha256(b"conversation of " + name.encode(errors="surrogatepass")).digest())


def conversation_with(identity: IdentityKey) -> ConversationId:
    """Give the id under which a conversation goes on with somebody whose new identity was approved."""
    return ConversationId(hashlib.sha256(b"conversation " + identity).digest())


class FakeConversation:
    """A contact, its messages and what the list of conversations shows of it."""

    def __init__(self, contact: ContactView) -> None:
        self.contact = contact
        self.id = conversation_of(contact.name)
        self.messages: list[MessageView] = []
        self.draft = ""
        self.draft_reply: MessageId | None = None
        self.timer: int | None = None
        self.pinned = False
        self.muted = False
        self.muted_until: int | None = None
        self.archived = False
        self.marked_unread = False
        self.recording: RecordingView | None = None
        self.group: GroupView | None = None

    @property
    def kind(self) -> ConversationKind:
        if self.group is not None:
            return ConversationKind.GROUP
        return ConversationKind.NOTES if self.contact.name == NOTES_LABEL else ConversationKind.PAIR

    @property
    def unread(self) -> int:
        return sum(message.unread for message in self.messages)

    def view(self) -> ConversationView:
        last = self.messages[-1] if self.messages else None
        view = ConversationView(
            self.id,
            self.kind,
            self.contact.name,
            self.contact if self.kind is ConversationKind.PAIR else None,
            last,
            self.unread,
            self.draft,
            self.pinned,
            self.muted,
            self.muted_until,
            self.archived,
            self.marked_unread,
            self.timer,
            self.draft_reply,
            sum(message.unread and message.mentioned for message in self.messages),
            self.recording,
        )
        group = self.group
        if group is None:
            return view
        return replace(
            view,
            title=group.title,
            members=len(group.members),
            role=group.role,
            accepted=group.accepted,
            added_by=group.added_by,
            may_post=group.may_post,
        )


class FakeProfile:
    """What a client knows and has.

    Args:
        name: The own name.
        relay: Address of the relay, or None for a profile without one.
        tell: Tells events.
        now: Gives the time in Unix milliseconds; None for one that goes on by a second with each thing that happens.

    Attributes:
        sent_state: State that own messages reach by themselves while the way is open.
        made: How many messages and requests there have been.
    """

    def __init__(
        self, name: str, relay: Address | None, tell: Callable[[e.Event], None], now: Callable[[], int] | None
    ) -> None:
        self.name = name
        self.relay = relay
        self.conversations: dict[str, FakeConversation] = {}
        self.unshown: deque[MessageView] = deque()
        self.sent_state = MessageState.HELD
        self.link = e.LinkChanged(LinkState.NONE if relay is None else LinkState.ONLINE, None, "", None)
        self.file_bytes = None if relay is None else Limits().file_bytes
        self.picture: bytes | None = None
        self.made = 0
        self.threads: set[str] = set()
        self._tell = tell
        self._ticks = START_MS
        self._now = now
        self._cause: str | None = None
        self._causes: dict[object, str | None] = {}

    # What is told.

    def tell(self, event: e.Event) -> None:
        """Tell an event, with the id of the command that has caused it."""
        if isinstance(event, e.CausedEvent) and event.request_id is None:
            event = replace(event, request_id=self._cause_of(event))
        self._tell(event)

    def begin(self, request_id: str | None) -> None:
        """Count what happens from now on as caused by a command; by nothing (None)."""
        self._cause = request_id

    def _cause_of(self, event: e.CausedEvent) -> str | None:
        match event:
            case e.MessageQueued(message):
                self._causes[message.id] = self._cause
                return self._cause
            case e.MessageStateChanged(message, _, state):
                if state is MessageState.QUEUED:
                    self._causes[message] = self._cause
                return self._causes.get(message)
            case e.ScheduledChanged(scheduled):
                return self._causes.setdefault(("scheduled", scheduled.number), self._cause)
            case e.CallPending(address) | e.CallFailed(address):
                return self._causes.setdefault(address, self._cause)
            case e.PeerChanged(state=PeerState.CONNECTED, incoming=False):
                return self._causes.get(event.address)
            case e.PeerChanged(state=PeerState.DISCONNECTED):
                called = self._causes.pop(event.address, None)
                return self._cause or called
            case _:
                return self._cause

    def tick(self) -> int:
        """Give the time at which something happens."""
        self._ticks += 1_000
        return self._ticks if self._now is None else self._now()

    def set_link(self, news: e.LinkChanged) -> None:
        """Let the link to the relay come or go."""
        self.link = news
        self.tell(news)

    # People and conversations.

    def add_contact(
        self,
        name: str,
        *,
        accepted: bool,
        trust: Trust = Trust.FIRST_USE,
        account: str | None = None,
        address: Address | None = None,
    ) -> ContactView:
        """Make somebody a contact, without a message."""
        made = ContactView(
            name=name,
            account=(name if self.relay else "") if account is None else account,
            identity=identity_of(name),
            trust=trust,
            was_verified=False,
            blocked=False,
            accepted=accepted,
            direct_allowed=self.relay is None,
            connected=False,
            address=address,
            presence=None,
        )
        return self.change(made)

    def change(self, contact: ContactView) -> ContactView:
        conversation = self.conversations.setdefault(key_of(contact.name), FakeConversation(contact))
        conversation.contact = contact
        self.tell(e.ContactChanged(contact))
        return contact

    def known(self, name: str) -> FakeConversation:
        """Find a contact, or refuse."""
        try:
            return self.conversations[self.key_named(name)]
        except KeyError:
            raise DeliveryError(ErrorCode.NOT_FOUND, "Nobody of that name is known.") from None

    def key_named(self, named: str) -> str:
        """Return under what a conversation is kept that a label or an id names."""
        ids = {each.id.hex(): key for key, each in self.conversations.items()}
        return ids.get(named, key_of(named))

    def id_of(self, name: str) -> ConversationId:
        """Give the id of a conversation as it is by now."""
        return self.known(name).id

    def conversation(self, name: str) -> FakeConversation:
        """Find a contact, or make one."""
        if key_of(name) not in self.conversations:
            self.add_contact(name, accepted=False)
        return self.conversations[key_of(name)]

    def begin_notes(self) -> FakeConversation:
        """Find the conversation with oneself, or make it; its contact is nobody's view."""
        if NOTES_LABEL not in self.conversations:
            oneself = replace(self.add_contact(self.name, accepted=True), name=NOTES_LABEL)
            del self.conversations[key_of(self.name)]
            self.conversations[NOTES_LABEL] = FakeConversation(oneself)
        return self.conversations[NOTES_LABEL]

    def begin_group(self, label: str) -> FakeConversation:
        """Make the conversation of a group; its contact is nobody's view."""
        nobody = replace(NOBODY, name=label)
        self.conversations[label] = FakeConversation(nobody)
        return self.conversations[label]

    def contacts(self) -> tuple[ContactView, ...]:
        """Give everybody in the list of contacts, by name."""
        every = sorted(self.conversations.items())
        return tuple(each.contact for _, each in every if each.kind is ConversationKind.PAIR)

    # Messages.

    def make(
        self, name: str, text: str, *, outgoing: bool, route: Route | None, sender: str | None = None
    ) -> MessageView:
        self.made += 1
        now = self.tick()
        return MessageView(
            id=MessageId(self.made.to_bytes(16, "big")),
            conversation=self.conversation(name).contact.name,
            conversation_id=self.conversation(name).id,
            sender=self.name if outgoing else sender or name,
            outgoing=outgoing,
            text=text,
            at=now,
            arrived_at=now,
            position=self.made,
            route=route,
            state=MessageState.QUEUED if outgoing else None,
            held_until=None,
            error=None,
            unread=not outgoing,
            first=False,
            identity=self.conversation(name).contact.identity if self.conversation(name).group is None else None,
        )

    def find(self, message: MessageId) -> tuple[FakeConversation, int]:
        for conversation in self.conversations.values():
            for index, candidate in enumerate(conversation.messages):
                if candidate.id == message:
                    return conversation, index
        raise DeliveryError(ErrorCode.NOT_FOUND, "There is no message of that id.")

    def look(self, message: MessageId) -> tuple[FakeConversation, MessageView]:
        """Find a message and its conversation, or refuse."""
        conversation, index = self.find(message)
        return conversation, conversation.messages[index]

    def put(self, message: MessageView) -> MessageView:
        """Put a message in the place of the one of its id."""
        conversation, index = self.find(message.id)
        conversation.messages[index] = message
        return message

    def advance(
        self,
        message: MessageId,
        state: MessageState,
        error: ErrorCode | None = None,
        audience: AudienceView | None = None,
    ) -> None:
        """Let an own message come further, or fail."""
        conversation, old = self.look(message)
        code = error.value if error else None
        held_until = old.at + 1_000_000 if state is MessageState.HELD else None
        route = old.route or (Route.DIRECT if conversation.contact.connected else Route.RELAY)
        new = replace(old, state=state, held_until=held_until, error=code, route=route, audience=audience)
        self.put(new)
        place = (new.conversation, state, held_until, code, new.conversation_id)
        self.tell(e.MessageStateChanged(message, *place, audience))

    def queued(self) -> list[MessageView]:
        every = [message for each in self.conversations.values() for message in each.messages]
        return sorted((m for m in every if m.state is MessageState.QUEUED), key=lambda m: m.position)
