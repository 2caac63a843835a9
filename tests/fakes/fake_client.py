"""A chat client in memory: what a user interface asks is recorded and answered, and a test plays everybody else.

One worker thread answers commands and tells events, as the real client does from threads of its own; `settle` waits
until it has nothing left to do. Methods such as `receive`, `go_offline` and `change_identity` play what others, the
relay and the network do.
"""

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, TypeVar, cast

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.client import ChatClient, DirectProfile, Listener, RelayProfile, Subscription
from babilu.api.views import (
    Address,
    ContactView,
    ConversationView,
    DeviceStateView,
    HistoryPage,
    LinkState,
    MessageInfoView,
    MessageState,
    MessageView,
    PeerState,
    PresenceState,
    ProfileView,
    RequestView,
    Route,
    SafetyNumberView,
    StatusView,
    Trust,
)
from babilu.crypto.secret import Passphrase
from babilu.kernel.errors import (
    AccountError,
    BabiluError,
    DeliveryError,
    ErrorCode,
    LinkError,
    ProtocolError,
    TrustError,
    UsageError,
)
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import TEXT_BYTES

R = TypeVar("R")

START_MS = 1_795_337_792_000
"""Time of the first thing that happens; each further one happens a second later."""

TAKEN_PORT = 80
"""A port that this client always finds taken."""

RELAY = Address("127.0.0.1", 5050)
CALLER = Address("127.0.0.1", 40112)
PEER = Address("127.0.0.1", 5052)
SAFETY_NUMBER = "12345" * 12

WAIT_S = 10.0


class FakeSubscription:
    """A listener of a `FakeClient`."""

    def __init__(self, listeners: dict[object, Listener]) -> None:
        self._listeners = listeners

    def cancel(self) -> None:
        self._listeners.pop(self, None)


class Conversation:
    """A contact, its messages and what the list of conversations shows of it."""

    def __init__(self, contact: ContactView) -> None:
        self.contact = contact
        self.messages: list[MessageView] = []
        self.draft = ""
        self.pinned = False
        self.muted = False

    @property
    def unread(self) -> int:
        return sum(message.unread for message in self.messages)

    def view(self) -> ConversationView:
        last = self.messages[-1] if self.messages else None
        return ConversationView(self.contact, last, self.unread, self.draft, self.pinned, self.muted)


class FakeClient:
    """A client in memory.

    Args:
        name: The own name.
        relay: Address of the relay, or None for a profile without one.
        accounts: Names that the relay knows besides the contacts.
        sent_state: State that own messages reach by themselves while the way is open.
        online: Whether the link to the relay stands at first.
        remembered: How many events a late subscriber can catch up with.
        passphrase: The present password, for the commands that ask for it.

    Attributes:
        commands: Every command asked for, in order.
    """

    def __init__(
        self,
        name: str = "alice",
        relay: Address | None = RELAY,
        *,
        accounts: Iterable[str] = (),
        sent_state: MessageState = MessageState.HELD,
        online: bool = True,
        remembered: int = 10_000,
        passphrase: Passphrase | None = None,
    ) -> None:
        self.name = name
        self.commands: list[c.Command[Any]] = []
        self.closed = threading.Event()
        self._relay = relay
        self._accounts = set(accounts)
        self._sent_state = sent_state
        self._link = LinkState.NONE if relay is None else LinkState.ONLINE if online else LinkState.OFFLINE
        self._passphrase = passphrase or Passphrase("correct horse")
        self._conversations: dict[str, Conversation] = {}
        self._requests: dict[str, RequestView] = {}
        self._unshown: deque[MessageView] = deque()
        self._listening: Address | None = None
        self._threads: set[str] = set()
        self._now = START_MS
        self._made = 0
        self._cursor = 0
        self._remembered: deque[tuple[int, e.Event]] = deque(maxlen=remembered)
        self._listeners: dict[object, Listener] = {}
        self._failures: dict[type[c.Command[Any]], deque[BabiluError]] = {}
        self._held: dict[type[c.Command[Any]], list[Callable[[], None]]] = {}
        self._jobs: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._worker = threading.Thread(target=self._work, name="fake-client")
        self._worker.start()

    # The protocol.

    def request(self, command: c.Command[R]) -> "Future[R]":
        future: Future[R] = Future()
        future.set_running_or_notify_cancel()

        def answer() -> None:
            try:
                failures = self._failures.get(type(command))
                if failures:
                    raise failures.popleft()
                result = cast("R", self._answer(command))
            except Exception as error:  # noqa: BLE001 -- raised again by whoever asks for the answer
                future.set_exception(error)
            else:
                future.set_result(result)

        def take() -> None:
            self.commands.append(command)
            held = self._held.get(type(command))
            if held is None:
                answer()
            else:
                held.append(answer)

        if self.closed.is_set():
            future.set_exception(LinkError(ErrorCode.CLOSED, "The client is closed."))
        else:
            self._jobs.put(take)
        return future

    def subscribe(self, listener: Listener, since: int | None = None) -> Subscription:
        subscription = FakeSubscription(self._listeners)
        oldest = self._remembered[0][0] if self._remembered else self._cursor + 1
        if since is not None and since + 1 < oldest:
            raise UsageError("The events after this cursor are no longer remembered.")

        def start() -> None:
            for cursor, event in tuple(self._remembered):
                if since is not None and cursor > since:
                    listener(cursor, event)
            self._listeners[subscription] = listener

        self._run(start)
        return subscription

    def close(self, timeout_ms: int = 10_000) -> None:
        if self.closed.is_set():
            return
        self._run(lambda: self._tell(e.Closed()))
        self.closed.set()
        self._jobs.put(None)
        self._worker.join(timeout_ms / 1000)

    # What a test plays and asks.

    def settle(self) -> None:
        """Wait until every command so far is answered and every event so far is told."""
        self._run(lambda: None)

    def fail_next(self, kind: type[c.Command[Any]], error: BabiluError) -> None:
        """Let the next command of a kind fail."""
        self._failures.setdefault(kind, deque()).append(error)

    def hold(self, kind: type[c.Command[Any]]) -> None:
        """Leave commands of a kind unanswered until `release`."""
        self._run(lambda: self._held.setdefault(kind, []))

    def release(self, kind: type[c.Command[Any]]) -> None:
        """Answer the commands of a kind that were held back, in order, and those to come at once."""

        def answer_all() -> None:
            for answer in self._held.pop(kind):
                answer()

        self._run(answer_all)

    def tell(self, event: e.Event) -> None:
        """Tell any event."""
        self._run(lambda: self._tell(event))

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
        made = ContactView(
            name=name,
            account=(name if self._relay else "") if account is None else account,
            trust=trust,
            was_verified=False,
            blocked=False,
            accepted=accepted,
            direct_allowed=self._relay is None,
            connected=False,
            address=address,
            presence=None,
        )
        self._run(lambda: self._change(made))

    def fill_history(self, name: str, count: int, text: Callable[[int], str] = "message {}".format) -> None:
        """Give a contact a past of ``count`` messages, by turns of theirs and of ours, shown and read long ago."""

        def fill() -> None:
            conversation = self._conversation(name)
            for number in range(count):
                outgoing = number % 2 == 1
                message = self._make(name, text(number), outgoing=outgoing, route=Route.RELAY)
                state = MessageState.READ if outgoing else None
                conversation.messages.append(replace(message, unread=False, first=False, state=state))

        self._run(fill)

    def receive(
        self, name: str, text: str, *, route: Route = Route.RELAY, at: int | None = None, announced: bool = True
    ) -> MessageView:
        """Let a message arrive; one that is not announced came in an earlier run that ended before showing it."""

        def arrive() -> MessageView:
            first = self._key(name) not in self._conversations
            conversation = self._conversation(name)
            message = self._make(name, text, outgoing=False, route=route)
            message = replace(message, first=first, at=message.at if at is None else at)
            conversation.messages.append(message)
            self._unshown.append(message)
            if announced:
                self._tell(e.MessageArrived(message))
            self._tell(e.ConversationChanged(name))
            return message

        return self._run(arrive)

    def advance(self, message: MessageId, state: MessageState, error: ErrorCode | None = None) -> None:
        """Let an own message come further, or fail."""
        self._run(lambda: self._advance(message, state, error))

    def go_offline(
        self, code: ErrorCode = ErrorCode.UNAVAILABLE, text: str = "The relay is gone.", retry_in_ms: int | None = 1_000
    ) -> None:
        """Let the relay vanish."""

        def change() -> None:
            self._link = LinkState.OFFLINE
            self._tell(e.LinkChanged(LinkState.OFFLINE, code.value, text, retry_in_ms))

        self._run(change)

    def go_online(self) -> None:
        """Let the relay come back; what was queued reaches the state that messages reach by themselves."""

        def change() -> None:
            self._link = LinkState.ONLINE
            self._tell(e.LinkChanged(LinkState.ONLINE, None, "", None))
            for message in self._queued():
                self._advance(message.id, self._sent_state, None)

        self._run(change)

    def ask_for_conversation(
        self, name: str, address: Address = CALLER, safety_number: str = SAFETY_NUMBER
    ) -> RequestView:
        """Let a stranger's conversation request arrive."""

        def arrive() -> RequestView:
            self._made += 1
            request = RequestView(f"{self._made:08x}", name, address, safety_number, self._tick())
            self._requests[request.id] = request
            self._tell(e.RequestArrived(request))
            return request

        return self._run(arrive)

    def connect_peer(self, name: str, address: Address = PEER, *, incoming: bool = True) -> None:
        """Let a direct connection with a contact stand."""
        self._run(lambda: self._connect(name, address, incoming=incoming))

    def disconnect_peer(self, name: str) -> None:
        """Let a direct connection end."""
        self._run(lambda: self._disconnect(name))

    def change_identity(self, name: str) -> None:
        """Let a contact come back with another identity key."""

        def change() -> None:
            contact = self._conversation(name).contact
            verified = contact.trust is Trust.VERIFIED
            self._change(replace(contact, trust=Trust.CHANGED, was_verified=verified))
            self._tell(e.IdentityChanged(contact.name, verified))

        self._run(change)

    def set_presence(self, name: str, state: PresenceState) -> None:
        """Let a contact come to the relay or leave it."""

        def change() -> None:
            self._change(replace(self._conversation(name).contact, presence=state))
            self._tell(e.PresenceChanged(name, state))

        self._run(change)

    def messages(self, name: str) -> tuple[MessageView, ...]:
        """Give a conversation as it stands."""
        return self._run(lambda: tuple(self._conversation(name).messages))

    @property
    def link(self) -> LinkState:
        """The link to the relay as it stands."""
        return self._run(lambda: self._link)

    def contact(self, name: str) -> ContactView:
        """Give a contact as it stands."""
        return self._run(lambda: self._conversation(name).contact)

    # What the worker does.

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()

    def _run(self, job: Callable[[], R]) -> R:
        """Do something in the worker, where all state lives, and give what came of it."""
        if threading.current_thread() is self._worker or not self._worker.is_alive():
            return job()
        future: Future[R] = Future()

        def run() -> None:
            try:
                future.set_result(job())
            except Exception as error:  # noqa: BLE001 -- raised again where the job was given
                future.set_exception(error)

        self._jobs.put(run)
        return future.result(WAIT_S)

    def _tell(self, event: e.Event) -> None:
        self._cursor += 1
        self._remembered.append((self._cursor, event))
        for listener in tuple(self._listeners.values()):
            listener(self._cursor, event)

    def _tick(self) -> int:
        self._now += 1_000
        return self._now

    @staticmethod
    def _key(name: str) -> str:
        return name.strip().casefold()

    def _known(self, name: str) -> Conversation:
        """Find a contact, or refuse."""
        try:
            return self._conversations[self._key(name)]
        except KeyError:
            raise DeliveryError(ErrorCode.NOT_FOUND, "Nobody of that name is known.") from None

    def _conversation(self, name: str) -> Conversation:
        """Find a contact, or make one."""
        if self._key(name) not in self._conversations:
            self.add_contact(name, accepted=False)
        return self._conversations[self._key(name)]

    def _reach(self, name: str) -> Conversation:
        """Find a contact or, by the relay, an account that becomes one."""
        if self._key(name) in self._conversations:
            return self._known(name)
        if self._link is LinkState.OFFLINE:
            raise LinkError(ErrorCode.UNAVAILABLE, "The relay cannot be asked for that name now.")
        if self._key(name) not in {self._key(account) for account in self._accounts}:
            raise DeliveryError(ErrorCode.NOT_FOUND, "The relay knows no account of that name.")
        return self._conversation(name)

    def _change(self, contact: ContactView) -> ContactView:
        conversation = self._conversations.setdefault(self._key(contact.name), Conversation(contact))
        conversation.contact = contact
        self._tell(e.ContactChanged(contact))
        return contact

    def _make(self, name: str, text: str, *, outgoing: bool, route: Route | None) -> MessageView:
        self._made += 1
        now = self._tick()
        return MessageView(
            id=MessageId(self._made.to_bytes(16, "big")),
            conversation=self._conversation(name).contact.name,
            sender=self.name if outgoing else name,
            outgoing=outgoing,
            text=text,
            at=now,
            arrived_at=now,
            position=self._made,
            route=route,
            state=MessageState.QUEUED if outgoing else None,
            held_until=None,
            error=None,
            unread=not outgoing,
            first=False,
        )

    def _find(self, message: MessageId) -> tuple[Conversation, int]:
        for conversation in self._conversations.values():
            for index, candidate in enumerate(conversation.messages):
                if candidate.id == message:
                    return conversation, index
        raise DeliveryError(ErrorCode.NOT_FOUND, "There is no message of that id.")

    def _advance(self, message: MessageId, state: MessageState, error: ErrorCode | None) -> None:
        conversation, index = self._find(message)
        old = conversation.messages[index]
        code = error.value if error else None
        held_until = old.at + 1_000_000 if state is MessageState.HELD else None
        route = old.route or (Route.DIRECT if conversation.contact.connected else Route.RELAY)
        conversation.messages[index] = replace(old, state=state, held_until=held_until, error=code, route=route)
        self._tell(e.MessageStateChanged(message, old.conversation, state, held_until, code))

    def _queued(self) -> list[MessageView]:
        every = [message for each in self._conversations.values() for message in each.messages]
        return sorted((m for m in every if m.state is MessageState.QUEUED), key=lambda m: m.position)

    def _connect(self, name: str, address: Address, *, incoming: bool) -> None:
        contact = self._conversation(name).contact
        self._change(replace(contact, connected=True, address=address))
        self._threads.add(f"conversation-{contact.name}")
        self._tell(e.PeerChanged(contact.name, PeerState.CONNECTED, Route.DIRECT, address, SAFETY_NUMBER, incoming))

    def _disconnect(self, name: str) -> None:
        contact = self._known(name).contact
        address = contact.address or PEER
        self._change(replace(contact, connected=False))
        self._threads.discard(f"conversation-{contact.name}")
        self._tell(e.PeerChanged(contact.name, PeerState.DISCONNECTED, Route.DIRECT, address, "", incoming=True))

    def _answer(self, command: c.Command[Any]) -> object:  # noqa: C901 -- a line for each command
        match command:
            case c.Send(to, text):
                return self._send(to, text)
            case c.Retry(message):
                return self._retry(message)
            case c.TakeUnshown(limit):
                return tuple(self._unshown.popleft() for _ in range(min(limit, len(self._unshown))))
            case c.Contacts():
                return tuple(each.contact for _, each in sorted(self._conversations.items()))
            case c.Conversations():
                return self._list()
            case c.Requests():
                return tuple(self._requests.values())
            case c.History(name, limit, before, after):
                return self._page(name, limit, before, after)
            case c.Search(query, name, limit):
                return self._search(query, name, limit)
            case c.MessageInfo(message):
                return self._inspect(message)
            case c.MarkRead(name):
                return self._mark_read(name)
            case c.Verify(name):
                contact = self._reach(name).contact
                return SafetyNumberView(contact.name, SAFETY_NUMBER, b"\x01", contact.trust)
            case c.MarkVerified(name, verified):
                trust = Trust.VERIFIED if verified else Trust.FIRST_USE
                return self._change(replace(self._known(name).contact, trust=trust))
            case c.TrustIdentity(name):
                return self._change(replace(self._known(name).contact, trust=Trust.FIRST_USE, was_verified=False))
            case c.Accept(request):
                return self._accept(request)
            case c.Block(name):
                return self._change(replace(self._reach(name).contact, blocked=True))
            case c.Unblock(name):
                return self._change(replace(self._known(name).contact, blocked=False))
            case c.AllowDirect(name, allowed):
                return self._change(replace(self._known(name).contact, direct_allowed=allowed))
            case c.Listen(address):
                return self._listen(address)
            case c.Status():
                return self._status()
            case c.Threads():
                return tuple(sorted(self._threads))
        self._obey(command)
        return None

    def _obey(self, command: c.Command[Any]) -> None:
        """Do what is answered by nothing but being done."""
        match command:
            case c.DeleteMessage(message):
                conversation, index = self._find(message)
                del conversation.messages[index]
                self._tell(e.MessageDeleted(message, conversation.contact.name))
            case c.SetDraft(name, text):
                self._known(name).draft = text
                self._tell(e.ConversationChanged(name))
            case c.SetPinned(name, pinned):
                self._known(name).pinned = pinned
                self._tell(e.ConversationChanged(name))
            case c.SetMuted(name, muted):
                self._known(name).muted = muted
                self._tell(e.ConversationChanged(name))
            case c.Decline(request):
                self._take_request(request)
            case c.Call(address, _):
                self._tell(e.CallPending(address))
            case c.HangUp(name):
                self._disconnect(name)
            case c.StopListening():
                self._listening = None
                self._tell(e.ListeningChanged(None))
            case c.ChangePassword(old, new):
                self._check(old)
                self._passphrase = new
            case c.DeleteAccount(password):
                self._check(password)
            case _:
                raise NotImplementedError(type(command).__name__)

    def _send(self, to: str, text: str) -> MessageView:
        if len(text.encode()) > TEXT_BYTES:
            raise ProtocolError(ErrorCode.TOO_LARGE, "A message holds at most 60,000 bytes.")
        conversation = self._reach(to)
        contact = conversation.contact
        if contact.trust is Trust.CHANGED:
            raise TrustError(ErrorCode.IDENTITY_CHANGED, "This contact's identity has changed.")
        if contact.blocked:
            raise DeliveryError(ErrorCode.BLOCKED, "This contact is blocked.")
        if not contact.accepted:
            contact = self._change(replace(contact, accepted=True))
        message = self._make(contact.name, text, outgoing=True, route=None)
        conversation.messages.append(message)
        self._tell(e.MessageQueued(message))
        self._tell(e.ConversationChanged(contact.name))
        if contact.connected:
            self._advance(message.id, MessageState.DELIVERED, None)
        elif self._link is LinkState.ONLINE and self._sent_state is not MessageState.QUEUED:
            self._advance(message.id, self._sent_state, None)
        return message

    def _retry(self, message: MessageId) -> MessageView:
        conversation, index = self._find(message)
        if conversation.messages[index].state is not MessageState.FAILED:
            raise UsageError("Only a failed message can be tried again.")
        self._advance(message, MessageState.QUEUED, None)
        return conversation.messages[index]

    def _inspect(self, message: MessageId) -> MessageInfoView:
        conversation, index = self._find(message)
        found = conversation.messages[index]
        device = DeviceStateView("00" * 16, found.state or MessageState.READ, found.route, found.held_until)
        return MessageInfoView(found, (device,))

    def _list(self) -> tuple[ConversationView, ...]:
        views = [each.view() for each in self._conversations.values()]
        return tuple(sorted(views, key=lambda v: (not v.pinned, -(v.last.position if v.last else 0), v.contact.name)))

    def _page(self, name: str, limit: int, before: int | None, after: int | None) -> HistoryPage:
        conversation = self._known(name)
        messages = conversation.messages
        low = 0 if after is None else sum(m.position <= after for m in messages)
        high = len(messages) if before is None else sum(m.position < before for m in messages)
        if after is None:
            low = max(low, high - limit)
        else:
            high = min(high, low + limit)
        return HistoryPage(conversation.contact.name, tuple(messages[low:high]), low > 0, high < len(messages))

    def _search(self, query: str, name: str | None, limit: int) -> tuple[MessageView, ...]:
        searched = self._conversations.values() if name is None else [self._known(name)]
        every = [m for each in searched for m in each.messages if query.casefold() in m.text.casefold()]
        return tuple(sorted(every, key=lambda m: -m.position)[:limit])

    def _mark_read(self, name: str) -> int:
        conversation = self._known(name)
        count = conversation.unread
        conversation.messages = [replace(m, unread=False) if m.unread else m for m in conversation.messages]
        if count:
            self._tell(e.ConversationChanged(conversation.contact.name))
        return count

    def _take_request(self, request: str) -> RequestView:
        for view in tuple(self._requests.values()):
            if view.id == request or self._key(view.name) == self._key(request):
                del self._requests[view.id]
                self._tell(e.RequestClosed(view.id))
                return view
        raise DeliveryError(ErrorCode.NOT_FOUND, "There is no such conversation request.")

    def _accept(self, request: str) -> ContactView:
        if self._key(request) in self._conversations:
            return self._change(replace(self._known(request).contact, accepted=True))
        view = self._take_request(request)
        self._change(replace(self._conversation(view.name).contact, accepted=True, direct_allowed=True))
        self._connect(view.name, view.address, incoming=True)
        return self._conversation(view.name).contact

    def _listen(self, address: Address) -> Address:
        if address.port == TAKEN_PORT:
            raise LinkError(ErrorCode.UNAVAILABLE, "Another program listens at that address.")
        self._listening = replace(address, port=address.port or 40_000)
        self._tell(e.ListeningChanged(self._listening))
        return self._listening

    def _status(self) -> StatusView:
        queued = len(self._queued())
        retry = 1_000 if self._link is LinkState.OFFLINE else None
        return StatusView(self.name, self._relay, self._link, retry, queued, queued, self._listening, "ab" * 32)

    def _check(self, given: Passphrase) -> None:
        if given != self._passphrase:
            raise AccountError(ErrorCode.WRONG_CREDENTIALS, "The password is not right.")


class FakeClientFactory:
    """Opens `FakeClient`s.

    Args:
        client: The client that `open` gives, or None to make one that fits what is asked for.
        profiles: What `profiles` lists.
        registers: Whether opening a relay profile registers its name.

    Attributes:
        opened: Every profile that was asked for.
        clients: Every client that was given.
        when_opened: Called in between, when a client is open and whoever asked does not know yet.
    """

    def __init__(
        self, client: FakeClient | None = None, profiles: tuple[ProfileView, ...] = (), *, registers: bool = False
    ) -> None:
        self.opened: list[RelayProfile | DirectProfile] = []
        self.clients: list[FakeClient] = []
        self.when_opened: Callable[[], object] = bool
        self._client = client
        self._profiles = profiles
        self._registers = registers
        self._refusals: deque[BabiluError] = deque()
        self._late_refusals: deque[BabiluError] = deque()
        self._gate = threading.Event()
        self._gate.set()
        self._waiting: list[threading.Thread] = []

    def refuse(self, error: BabiluError) -> None:
        """Let the next opening fail."""
        self._refusals.append(error)

    def refuse_after_opening(self, error: BabiluError) -> None:
        """Let the next opening fail when the first events are told already."""
        self._late_refusals.append(error)

    def hold(self) -> None:
        """Leave openings unfinished until `release`."""
        self._gate.clear()

    def release(self) -> None:
        """Finish the openings that were held back, and those to come at once."""
        self._gate.set()
        for thread in self._waiting:
            thread.join(WAIT_S)

    def profiles(self) -> tuple[ProfileView, ...]:
        return self._profiles

    def open(self, profile: RelayProfile | DirectProfile, listener: Listener | None = None) -> "Future[ChatClient]":
        self.opened.append(profile)
        future: Future[ChatClient] = Future()
        future.set_running_or_notify_cancel()

        def finish() -> None:
            self._gate.wait()
            if self._refusals:
                future.set_exception(self._refusals.popleft())
            else:
                client = self._open(profile, listener)
                self.when_opened()
                if self._late_refusals:
                    future.set_exception(self._late_refusals.popleft())
                else:
                    future.set_result(client)

        if self._gate.is_set():
            finish()
        else:
            self._waiting.append(threading.Thread(target=finish, name="fake-client-factory"))
            self._waiting[-1].start()
        return future

    def _open(self, profile: RelayProfile | DirectProfile, listener: Listener | None) -> FakeClient:
        relay = profile.address if isinstance(profile, RelayProfile) else None
        client = self._client or FakeClient(profile.name, relay, passphrase=profile.passphrase)
        self.clients.append(client)
        if listener is not None:
            client.subscribe(listener)
        if relay is not None and self._registers:
            client.tell(e.Registered(profile.name))
        client.tell(e.Ready(client.name, relay))
        if profile.listen is not None:
            client.request(c.Listen(profile.listen)).result(WAIT_S)
        if relay is not None:
            client.tell(e.LinkChanged(client.link, None, "", None))
        return client
