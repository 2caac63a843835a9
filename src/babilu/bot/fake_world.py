"""The state of a `FakeClient`, and what each command makes of it; used in one thread at a time."""

import hashlib
import json
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.credentials import Passphrase
from babilu.api.views import (
    NOTES_LABEL,
    Address,
    ContactLinkView,
    ContactView,
    ConversationView,
    DeviceStateView,
    HistoryPage,
    LinkState,
    MessageInfoView,
    MessageView,
    PeerState,
    PendingNumberView,
    RequestView,
    SafetyNumberView,
    StatusView,
)
from babilu.bot.fake_contents import OWN_IDENTITY, FakeContents, conversation_of
from babilu.kernel.errors import (
    AccountError,
    DeliveryError,
    ErrorCode,
    LinkError,
    ProtocolError,
    TrustError,
    UsageError,
)
from babilu.kernel.ids import IdentityKey, MessageId
from babilu.kernel.limits import TEXT_BYTES
from babilu.kernel.states import ConversationKind, MessageKind, MessageState, Route, Trust

START_MS = 1_795_337_792_000
"""Time of the first thing that happens; each further one happens a second later."""

TAKEN_PORT = 80
"""A port that this client always finds taken."""

OWN_DIGITS = "12345" * 6
INVITATION = "babilu://127.0.0.1:5050/#ksQgcqZl3tjH1LIb"
RELAY = Address("127.0.0.1", 5050)
CALLER = Address("127.0.0.1", 40112)
PEER = Address("127.0.0.1", 5052)
SAFETY_NUMBER = "12345" * 12
QR = bytes(range(71))
"""As long as a real one."""
PENDING_NUMBER = "67890" * 12


def identity_of(name: str) -> IdentityKey:
    """Give the identity key that somebody has from the start."""
    return IdentityKey(hashlib.sha256(b"identity " + key_of(name).encode(errors="surrogatepass")).digest())


def claimed_identity_of(name: str, other: bytes = b"claimed") -> IdentityKey:
    """Give the identity key that is claimed to be somebody's after `FakeClient.change_identity`."""
    return IdentityKey(hashlib.sha256(other + b" " + key_of(name).encode(errors="surrogatepass")).digest())


def key_of(name: str) -> str:
    """Write a name so that two spellings of it compare equal."""
    return name.strip().casefold()


class Conversation:
    """A contact, its messages and what the list of conversations shows of it."""

    def __init__(self, contact: ContactView) -> None:
        self.contact = contact
        self.messages: list[MessageView] = []
        self.draft = ""
        self.draft_reply: MessageId | None = None
        self.timer: int | None = None
        self.pinned = False
        self.muted = False
        self.muted_until: int | None = None
        self.archived = False
        self.marked_unread = False

    @property
    def unread(self) -> int:
        return sum(message.unread for message in self.messages)

    def view(self) -> ConversationView:
        last = self.messages[-1] if self.messages else None
        notes = self.contact.name == NOTES_LABEL
        return ConversationView(
            conversation_of(self.contact.name),
            ConversationKind.NOTES if notes else ConversationKind.PAIR,
            self.contact.name,
            None if notes else self.contact,
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
        )


class World:
    """What a client knows and has.

    Args:
        name: The own name.
        relay: Address of the relay, or None for a profile without one.
        accounts: Names that the relay knows besides the contacts, as `key` writes them.
        sent_state: State that own messages reach by themselves while the way is open.
        link: The link to the relay.
        passphrase: The present password.
        tell: Tells events.
    """

    def __init__(
        self,
        name: str,
        relay: Address | None,
        accounts: frozenset[str],
        sent_state: MessageState,
        link: LinkState,
        passphrase: Passphrase,
        tell: Callable[[e.Event], None],
    ) -> None:
        self.name = name
        self.relay = relay
        self.accounts = accounts
        self.sent_state = sent_state
        self.link = link
        self._why = e.LinkChanged(link, None, "", None)
        self.passphrase = passphrase
        self.tell = tell
        self.conversations: dict[str, Conversation] = {}
        self.requests: dict[str, RequestView] = {}
        self.unshown: deque[MessageView] = deque()
        self.made = 0
        self.values: dict[str, str] = {}
        self.is_officer = True
        self.invitations: dict[int, dict[str, int]] = {}
        self._listening: Address | None = None
        self._threads: set[str] = set()
        self._now = START_MS
        self.contents = FakeContents(self)
        self._cause: str | None = None
        self._causes: dict[object, str | None] = {}

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

    def tick(self) -> int:
        self._now += 1_000
        return self._now

    def known(self, name: str) -> Conversation:
        """Find a contact, or refuse."""
        try:
            return self.conversations[self._key(name)]
        except KeyError:
            raise DeliveryError(ErrorCode.NOT_FOUND, "Nobody of that name is known.") from None

    def _key(self, named: str) -> str:
        """Return under what a conversation is kept that a label or an id names."""
        ids = {conversation_of(each.contact.name).hex(): key for key, each in self.conversations.items()}
        return ids.get(named, key_of(named))

    def conversation(self, name: str) -> Conversation:
        """Find a contact, or make one."""
        if key_of(name) not in self.conversations:
            self.add_contact(name, accepted=False)
        return self.conversations[key_of(name)]

    def _reach(self, name: str) -> Conversation:
        """Find a contact or, by the relay, an account that becomes one."""
        if key_of(name) == NOTES_LABEL:
            return self.begin_notes()
        if self._key(name) in self.conversations:
            return self.known(name)
        if self.link is LinkState.OFFLINE:
            raise LinkError(ErrorCode.UNAVAILABLE, "The relay cannot be asked for that name now.")
        if key_of(name) not in self.accounts:
            raise DeliveryError(ErrorCode.NOT_FOUND, "The relay knows no account of that name.")
        return self.conversation(name)

    def begin_notes(self) -> Conversation:
        """Find the conversation with oneself, or make it; its contact is nobody's view."""
        if NOTES_LABEL not in self.conversations:
            oneself = replace(self.add_contact(self.name, accepted=True), name=NOTES_LABEL)
            del self.conversations[key_of(self.name)]
            self.conversations[NOTES_LABEL] = Conversation(oneself)
        return self.conversations[NOTES_LABEL]

    def set_link(self, news: e.LinkChanged) -> None:
        self.link, self._why = news.state, news
        self.tell(news)

    def change(self, contact: ContactView) -> ContactView:
        conversation = self.conversations.setdefault(key_of(contact.name), Conversation(contact))
        conversation.contact = contact
        self.tell(e.ContactChanged(contact))
        return contact

    def make(self, name: str, text: str, *, outgoing: bool, route: Route | None) -> MessageView:
        self.made += 1
        now = self.tick()
        return MessageView(
            id=MessageId(self.made.to_bytes(16, "big")),
            conversation=self.conversation(name).contact.name,
            conversation_id=conversation_of(self.conversation(name).contact.name),
            sender=self.name if outgoing else name,
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
            identity=self.conversation(name).contact.identity,
        )

    def find(self, message: MessageId) -> tuple[Conversation, int]:
        for conversation in self.conversations.values():
            for index, candidate in enumerate(conversation.messages):
                if candidate.id == message:
                    return conversation, index
        raise DeliveryError(ErrorCode.NOT_FOUND, "There is no message of that id.")

    def advance(self, message: MessageId, state: MessageState, error: ErrorCode | None) -> None:
        conversation, index = self.find(message)
        old = conversation.messages[index]
        code = error.value if error else None
        held_until = old.at + 1_000_000 if state is MessageState.HELD else None
        route = old.route or (Route.DIRECT if conversation.contact.connected else Route.RELAY)
        conversation.messages[index] = replace(old, state=state, held_until=held_until, error=code, route=route)
        self.tell(e.MessageStateChanged(message, old.conversation, state, held_until, code, old.conversation_id))

    def queued(self) -> list[MessageView]:
        every = [message for each in self.conversations.values() for message in each.messages]
        return sorted((m for m in every if m.state is MessageState.QUEUED), key=lambda m: m.position)

    def connect(self, name: str, address: Address | None, *, incoming: bool) -> None:
        contact = self.conversation(name).contact
        self.change(replace(contact, connected=True, address=address))
        address = address or PEER
        self._threads.add(f"conversation-{contact.name}")
        self.tell(e.PeerChanged(contact.name, PeerState.CONNECTED, Route.DIRECT, address, SAFETY_NUMBER, incoming))

    def disconnect(self, name: str) -> None:
        contact = self.known(name).contact
        address = contact.address or PEER
        self.change(replace(contact, connected=False))
        self._threads.discard(f"conversation-{contact.name}")
        self.tell(e.PeerChanged(contact.name, PeerState.DISCONNECTED, Route.DIRECT, address, "", incoming=True))

    def caused(self, event: e.Event) -> e.Event:
        """Give an event the id of the command that has caused it."""
        if not isinstance(event, e.CausedEvent) or event.request_id is not None:
            return event
        return replace(event, request_id=self._cause_of(event))

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

    def carry_out(self, command: c.Command[Any]) -> object:
        """Answer a command; what is told meanwhile, it has caused."""
        self._cause = command.request_id
        try:
            return self.answer(command)
        finally:
            self._cause = None

    def answer(self, command: c.Command[Any]) -> object:  # noqa: C901 -- a line for each command
        self._check_believed(command)
        match command:
            case c.Send():
                return self.send(command)
            case c.Retry(message):
                return self._retry(message)
            case c.TakeUnshown(limit):
                return tuple(self.unshown.popleft() for _ in range(min(limit, len(self.unshown))))
            case c.PutBack(messages):
                every = (message for each in self.conversations.values() for message in each.messages)
                self.unshown.extendleft(reversed([message for message in every if message.id in messages]))
                return None
            case c.Contacts():
                return tuple(each.contact for key, each in sorted(self.conversations.items()) if key != NOTES_LABEL)
            case c.Conversations():
                return self._list()
            case c.Requests():
                return tuple(self.requests.values())
            case c.History():
                return self._page(command)
            case c.Search():
                return self._search(command)
            case c.MessageInfo(message):
                return self._inspect(message)
            case c.MarkRead(name, shown):
                return self._mark_read(name, shown)
            case c.OwnLink():
                return ContactLinkView(f"babilu://127.0.0.1:5050/@{self.name}#kiCr", self.name, OWN_IDENTITY)
            case c.AddByLink(text):
                name = text.partition("/@")[2].partition("#")[0]
                if not name:
                    raise UsageError("This is no contact link.")
                return self.change(replace(self._reach(name).contact, accepted=True))
            case c.Rename(name, to):
                return self._rename(name, to)
            case c.ClearConversation(name):
                return self._clear(name)
            case (
                c.EditMessage()
                | c.Wordings()
                | c.SetReactions()
                | c.PinMessage()
                | c.Pins()
                | c.SetTimer()
                | c.Forward()
                | c.Typing()
                | c.SetReceipts()
                | c.ReceiptSettings()
                | c.Schedule()
                | c.Scheduled()
                | c.Unschedule()
                | c.SendNow()
            ):
                return self.contents.answer(command)
            case c.Verify(name):
                contact = self._reach(name).contact
                claimed = contact.pending
                pending = None if claimed is None else PendingNumberView(claimed, PENDING_NUMBER, QR[::-1])
                return SafetyNumberView(contact.name, contact.identity, SAFETY_NUMBER, QR, contact.trust, pending)
            case c.MarkVerified(name, verified):
                trust = Trust.VERIFIED if verified else Trust.FIRST_USE
                return self.change(replace(self.known(name).contact, trust=trust))
            case c.TrustIdentity(name):
                return self._trust(self.known(name).contact)
            case c.RejectIdentity(name):
                return self._settle_claim(self.known(name).contact)
            case c.Accept(request):
                return self._accept(request)
            case c.Block(name):
                return self.change(replace(self._reach(name).contact, blocked=True))
            case c.Unblock(name):
                return self.change(replace(self.known(name).contact, blocked=False))
            case c.AllowDirect(name, allowed):
                return self.change(replace(self.known(name).contact, direct_allowed=allowed))
            case c.Listen(address):
                return self._listen(address)
            case c.Administer(order):
                return self._administer(json.loads(order))
            case c.Status():
                return self._status()
            case c.Threads():
                return tuple(sorted(self._threads))
            case c.ReadValue(key):
                return self.values.get(key)
            case c.StoredKeys(prefix):
                return tuple(sorted(key for key in self.values if key.startswith(prefix)))
        self._obey(command)
        return None

    def _administer(self, order: dict[str, Any]) -> str:
        """Carry out an order about invitations as a relay does; orders that need another role are refused."""
        if self.link is not LinkState.ONLINE:
            raise LinkError(ErrorCode.UNAVAILABLE, "The relay cannot be asked now.")
        if not self.is_officer:
            raise ProtocolError(ErrorCode.NOT_ALLOWED, "Only the relay's owner and its moderators may do that.")
        match order:
            case {"do": "listinvitations"}:
                return json.dumps(list(self.invitations.values()))
            case {"do": "revoke", "invitation": int() as number}:
                if self.invitations.pop(number, None) is None:
                    raise DeliveryError(ErrorCode.NOT_FOUND, "There is no invitation of this number.")
                return "{}"
            case _:
                number = max(self.invitations, default=2) + 1
                until = START_MS + order.get("lifetime_ms", 7 * 86_400_000)
                made = {"invitation": number, "expires_at": until, "uses": order["uses"]}
                self.invitations[number] = {**made, "created_at": START_MS}
                return json.dumps({**made, "text": INVITATION})

    def _obey(self, command: c.Command[Any]) -> None:  # noqa: C901 -- a line for each command
        """Do what is answered by nothing but being done."""
        match command:
            case c.DeleteMessage(message, _, True):
                self.contents.delete_for_all(self.name, message)
            case c.DeleteMessage(message):
                conversation, index = self.find(message)
                del conversation.messages[index]
                self.tell(e.MessageDeleted(message, conversation.contact.name, conversation.view().id, self.name))
            case c.SetDraft(name, text, reply_to):
                self.known(name).draft = text
                self.known(name).draft_reply = reply_to
                self.tell(e.ConversationChanged(name, conversation_of(name)))
            case c.SetPinned(name, pinned):
                self.known(name).pinned = pinned
                self.tell(e.ConversationChanged(name, conversation_of(name)))
            case c.SetArchived(name, archived):
                self.known(name).archived = archived
                self.tell(e.ConversationChanged(name, conversation_of(name)))
            case c.MarkUnread(name, unread):
                self.known(name).marked_unread = unread
                self.tell(e.ConversationChanged(name, conversation_of(name)))
            case c.SetMuted(name, muted, until):
                self.known(name).muted = muted
                self.known(name).muted_until = until if muted else None
                self.tell(e.ConversationChanged(name, conversation_of(name)))
            case c.Decline(request):
                self._take_request(request)
            case c.Call(address, _):
                self.tell(e.CallPending(address, OWN_DIGITS))
            case c.HangUp(name):
                self.disconnect(name)
            case c.StopListening():
                self._listening = None
                self.tell(e.ListeningChanged(None))
            case c.TryNow() | c.TrustCertificate():
                if self.relay is None:
                    raise UsageError("This profile has no relay.")
                self.set_link(e.LinkChanged(LinkState.CONNECTING, self._why.code, self._why.text, None))
            case c.StoreValue(key, value):
                self.values.pop(key, None)
                self.values.update({} if value is None else {key: value})
            case c.CheckPassphrase(passphrase):
                self._check(passphrase)
            case c.ChangePassword(old, new):
                self._check(old)
                self.passphrase = new
            case c.DeleteAccount(password):
                self._check(password)
            case _:
                raise NotImplementedError(type(command).__name__)

    def _check_believed(self, command: c.Command[Any]) -> None:
        """Refuse what is meant for somebody else than its name means here."""
        match command:
            case c.TrustIdentity(name, identity) | c.RejectIdentity(name, identity):
                contact = self.known(name).contact
                meant = contact.pending or contact.identity
                number = PENDING_NUMBER if contact.pending else SAFETY_NUMBER
                digits = command.digits if isinstance(command, c.TrustIdentity) else None
            case c.Accept(request, identity) | c.Decline(request, identity):
                found = [each for each in self.requests.values() if request in {each.id, each.name}]
                meant = found[0].identity if found else self.known(request).contact.identity
                number, digits = SAFETY_NUMBER, None
            case c.Send(name, _, identity) | c.Block(name, identity) | c.Unblock(name, identity):
                if key_of(name) not in self.conversations:
                    return
                meant, number, digits = self.known(name).contact.identity, SAFETY_NUMBER, None
            case c.MarkVerified(name, _, identity, digits):
                meant, number = self.known(name).contact.identity, SAFETY_NUMBER
            case _:
                return
        if identity not in {None, meant} or digits not in {None, number}:
            raise TrustError(ErrorCode.MISMATCH, "That name means somebody else now.")

    def _trust(self, contact: ContactView) -> ContactView:
        if contact.pending is None:
            return contact
        line = replace(
            self.make(contact.name, "", outgoing=False, route=None), unread=False, kind=MessageKind.KEY_CHANGED
        )
        self.conversation(contact.name).messages.append(line)
        self.tell(e.LineAdded(line))
        return self.change(
            replace(contact, identity=contact.pending, trust=Trust.FIRST_USE, was_verified=False, pending=None)
        )

    def _settle_claim(self, contact: ContactView) -> ContactView:
        """Put a claimed identity away: the known one is as trusted as before."""
        trust = Trust.VERIFIED if contact.was_verified else Trust.FIRST_USE
        return self.change(replace(contact, trust=trust, was_verified=False, pending=None))

    def send(self, command: c.Send) -> MessageView:
        """Send a text to a contact, or to an account that becomes one."""
        to, text = command.to, command.text
        if len(text.encode()) > TEXT_BYTES:
            raise ProtocolError(ErrorCode.TOO_LARGE, "A message holds at most 60,000 bytes.")
        conversation = self._reach(to)
        contact = conversation.contact
        if contact.trust is Trust.CHANGED:
            raise TrustError(ErrorCode.IDENTITY_CHANGED, "This contact's identity has changed.")
        if contact.blocked:
            raise DeliveryError(ErrorCode.BLOCKED, "This contact is blocked.")
        if not contact.accepted:
            contact = self.change(replace(contact, accepted=True))
        message = self.contents.complete(
            conversation, self.make(contact.name, text, outgoing=True, route=None), command
        )
        conversation.messages.append(message)
        self.tell(e.MessageQueued(message))
        self.tell(e.ConversationChanged(contact.name, conversation_of(contact.name)))
        if contact.connected:
            self.advance(message.id, MessageState.DELIVERED, None)
        elif self.link is LinkState.ONLINE and self.sent_state is not MessageState.QUEUED:
            self.advance(message.id, self.sent_state, None)
        return message

    def _retry(self, message: MessageId) -> MessageView:
        conversation, index = self.find(message)
        if conversation.messages[index].state is not MessageState.FAILED:
            raise UsageError("Only a failed message can be tried again.")
        self.advance(message, MessageState.QUEUED, None)
        return conversation.messages[index]

    def _inspect(self, message: MessageId) -> MessageInfoView:
        conversation, index = self.find(message)
        found = conversation.messages[index]
        state = found.state or MessageState.READ
        read_at = found.at + 120_000 if state is MessageState.READ else None
        delivered_at = found.at + 60_000 if state in {MessageState.READ, MessageState.DELIVERED} else None
        device = DeviceStateView(
            "00" * 16, state, found.route, found.held_until, delivered_at, read_at, error=found.error
        )
        return MessageInfoView(found, (device,))

    def _list(self) -> tuple[ConversationView, ...]:
        views = [each.view() for each in self.conversations.values()]
        return tuple(sorted(views, key=lambda v: (not v.pinned, -(v.last.position if v.last else 0), v.label)))

    def _page(self, command: c.History) -> HistoryPage:
        limit, before, after = command.limit, command.before, command.after
        conversation = self.known(command.conversation)
        messages = conversation.messages
        if command.since is not None:
            after = max((m.position for m in messages if m.arrived_at < command.since), default=0)
        low = 0 if after is None else sum(m.position <= after for m in messages)
        high = len(messages) if before is None else sum(m.position < before for m in messages)
        if after is None:
            low = max(low, high - limit)
        else:
            high = min(high, low + limit)
        label, some = conversation.contact.name, tuple(messages[low:high])
        return HistoryPage(label, some, low > 0, high < len(messages), conversation_of(label))

    def _search(self, command: c.Search) -> tuple[MessageView, ...]:
        name, since, until = command.conversation, command.since, command.until
        searched = self.conversations.values() if name is None else [self.known(name)]
        every = [
            m
            for each in searched
            for m in each.messages
            if command.query.casefold() in m.text.casefold()
            and command.sender in {None, m.sender}
            and (since is None or m.at >= since)
            and (until is None or m.at < until)
        ]
        return tuple(sorted(every, key=lambda m: -m.position)[: command.limit])

    def _mark_read(self, name: str, shown: int | None) -> int:
        conversation = self.known(name)
        read = {m.id for m in conversation.messages if m.unread and (shown is None or m.position <= shown)}
        count = len(read)
        conversation.messages = [replace(m, unread=False) if m.id in read else m for m in conversation.messages]
        if shown is not None:
            self.unshown = deque(message for message in self.unshown if message.id not in read)
        conversation.marked_unread = False
        if count:
            self.tell(e.ConversationChanged(conversation.contact.name, conversation.view().id))
        return count

    def _rename(self, name: str, to: str) -> ContactView:
        conversation = self.known(name)
        if key_of(to) in self.conversations:
            raise DeliveryError(ErrorCode.CONFLICT, "Somebody else has that name.")
        del self.conversations[key_of(name)]
        conversation.messages = [
            replace(m, conversation=to, sender=self.name if m.outgoing else to) for m in conversation.messages
        ]
        self.conversations[key_of(to)] = conversation
        renamed = replace(conversation.contact, name=to)
        self.tell(e.ContactRenamed(name, conversation_of(to), renamed))
        return self.change(renamed)

    def _clear(self, name: str) -> int:
        conversation = self.known(name)
        count, conversation.messages = len(conversation.messages), []
        self.tell(e.ConversationCleared(conversation.contact.name, conversation_of(conversation.contact.name)))
        return count

    def _take_request(self, request: str) -> RequestView:
        for view in tuple(self.requests.values()):
            if view.id == request or key_of(view.name) == key_of(request):
                del self.requests[view.id]
                self.tell(e.RequestClosed(view.id))
                return view
        raise DeliveryError(ErrorCode.NOT_FOUND, "There is no such conversation request.")

    def _accept(self, request: str) -> ContactView:
        if key_of(request) in self.conversations:
            return self.change(replace(self.known(request).contact, accepted=True))
        view = self._take_request(request)
        self.change(replace(self.conversation(view.name).contact, accepted=True, direct_allowed=True))
        self.connect(view.name, view.address, incoming=True)
        return self.conversation(view.name).contact

    def _listen(self, address: Address) -> Address:
        if address.port == TAKEN_PORT:
            raise LinkError(ErrorCode.UNAVAILABLE, "Another program listens at that address.")
        self._listening = replace(address, port=address.port or 40_000)
        self.tell(e.ListeningChanged(self._listening))
        return self._listening

    def _status(self) -> StatusView:
        queued = len(self.queued())
        return StatusView(
            self.name,
            self.relay,
            self.link,
            self._why.retry_in_ms,
            queued,
            queued,
            self._listening,
            "ab" * 32,
            link_code=self._why.code,
            link_reason=self._why.reason,
            link_text=self._why.text,
            link_refused=self._why.refused,
            own_digits=OWN_DIGITS,
        )

    def _check(self, given: Passphrase) -> None:
        if given != self.passphrase:
            raise AccountError(ErrorCode.WRONG_CREDENTIALS, "The password is not right.")
