"""A client in this process with a profile of its own, and everything that it has told; every wait has a deadline."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from babilu.api import commands, events, views
from babilu.api.client import ChatClient, DirectProfile, RelayProfile
from babilu.api.commands import Command
from babilu.api.events import Event
from babilu.api.views import Address, LinkState, MessageView, PeerState
from babilu.crypto.secret import Passphrase
from babilu.engine.profile.client import EngineClient
from babilu.engine.profile.factory import EngineFactory
from babilu.kernel.ids import IdentityKey, MessageId
from babilu.kernel.limits import Limits
from babilu.kernel.ports import Clock
from babilu.kernel.states import MessageKind, MessageState
from babilu.system import SystemClock, SystemRandomness

DEADLINE_S = 30.0
LOOK_S = 0.1
LOOPBACK = Address("127.0.0.1", 0)

E = TypeVar("E", bound=Event)
R = TypeVar("R")


class WrongClock(SystemClock):
    """The machine's clock, set forward or back by somebody."""

    def __init__(self, ahead_ms: int = 0) -> None:
        self.ahead_ms = ahead_ms

    def now_ms(self) -> int:
        return super().now_ms() + self.ahead_ms


class Party:
    """One person's client.

    Args:
        home: Folder of the profile.
        profile: Which one to open.
        limits: Sizes and deadlines.
        clock: The time.
    """

    def __init__(
        self,
        home: Path,
        profile: DirectProfile | RelayProfile,
        limits: Limits | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.home = home
        self.profile = profile
        self.told: list[Event] = []
        self._news = threading.Condition()
        self.name = profile.name
        factory = EngineFactory(home, clock or SystemClock(), SystemRandomness(), limits)
        self.client: ChatClient = factory.open(profile, self._tell).result(DEADLINE_S)

    def _tell(self, cursor: int, event: Event) -> None:
        del cursor
        with self._news:
            self.told.append(event)
            self._news.notify_all()

    @property
    def engine(self) -> EngineClient:
        """The client's inside, for tests that break it on purpose."""
        assert isinstance(self.client, EngineClient)
        return self.client

    @property
    def address(self) -> Address:
        """Where its server socket listens."""
        listening = self.ask(commands.Status()).listening
        assert listening is not None
        return listening

    def ask(self, command: Command[R]) -> R:
        return self.client.request(command).result(DEADLINE_S)

    def send(self, to: str, text: str) -> MessageView:
        return self.ask(commands.Send(to, text))

    def until(self, condition: Callable[[], bool], what: str = "a condition") -> None:
        """Wait until a condition holds; it is looked at with each event, and now and then for what tells nothing."""
        deadline = time.monotonic() + DEADLINE_S
        with self._news:
            while not condition():
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"{self.name} has waited in vain for {what}; told: {self.told}")
                self._news.wait(min(left, LOOK_S))

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in list(self.told) if isinstance(event, kind)]

    def hear(self, kind: type[E], matches: Callable[[E], bool] = lambda _: True, *, after: int = 0) -> E:
        """Wait for an event, the first one from number ``after`` on."""

        def found() -> list[E]:
            return [event for event in self.told[after:] if isinstance(event, kind) and matches(event)]

        self.until(lambda: bool(found()), kind.__name__)
        return found()[0]

    def state(self, message: MessageId) -> MessageState | None:
        return self.ask(commands.MessageInfo(message)).message.state

    def until_state(self, message: MessageId, *states: MessageState) -> None:
        self.until(
            lambda: any(
                event.message == message and event.state in states for event in self.of(events.MessageStateChanged)
            ),
            f"{states}",
        )

    def arrived(self, sender: str) -> list[str]:
        """Texts of a contact in the order in which they were told."""
        return [event.message.text for event in self.of(events.MessageArrived) if event.message.conversation == sender]

    def until_arrived(self, sender: str, texts: list[str]) -> None:
        self.until(lambda: len(self.arrived(sender)) >= len(texts), f"{len(texts)} messages of {sender}")
        assert self.arrived(sender) == texts

    def connected(self, name: str) -> bool:
        """Whether the last that was told of a contact's direct connection is that it stands."""
        states = [event.state for event in self.of(events.PeerChanged) if event.name == name]
        return bool(states) and states[-1] is PeerState.CONNECTED

    def until_connected(self, name: str) -> None:
        self.until(lambda: self.connected(name), f"a connection with {name}")

    def until_disconnected(self, name: str) -> None:
        self.until(lambda: not self.connected(name), f"the end of the connection with {name}")

    def online(self) -> bool:
        """Whether the last that was told of the link to the relay is that it is up."""
        links = self.of(events.LinkChanged)
        return bool(links) and links[-1].state is LinkState.ONLINE

    def until_online(self) -> None:
        self.until(self.online, "the relay")

    def until_offline(self) -> None:
        self.until(lambda: not self.online(), "the end of the link to the relay")

    def settle(self, name: str) -> None:
        """Wait until a conversation's thread has done all it was given so far."""
        self.ask(commands.AllowDirect(name, self.contact(name).direct_allowed))

    def texts(self, conversation: str) -> list[str]:
        """The conversation as it is kept."""
        messages = self.ask(commands.History(conversation, 1_000)).messages
        return [message.text for message in messages if message.kind is MessageKind.TEXT]

    def contact(self, name: str) -> views.ContactView:
        return next(each for each in self.ask(commands.Contacts()) if each.name == name)

    def accept_next(self) -> views.ContactView:
        """Accept the next conversation request that is still open."""

        def is_open(event: events.RequestArrived) -> bool:
            return all(closed.request != event.request.id for closed in self.of(events.RequestClosed))

        return self.accept(self.hear(events.RequestArrived, is_open).request.id)

    def accept(self, request: str, identity: IdentityKey | None = None) -> views.ContactView:
        """Accept a person."""
        contact = self.ask(commands.Accept(request, identity))
        assert isinstance(contact, views.ContactView)
        return contact

    def close(self) -> None:
        self.client.close()


@contextmanager
def direct(
    home: Path,
    *names: str,
    limits: Limits | None = None,
    listen: Address | None = LOOPBACK,
) -> Iterator[list[Party]]:
    """Open clients that need no relay, each with a server socket of its own."""
    parties: list[Party] = []
    try:
        for name in names:
            profile = DirectProfile(name, Passphrase(f"passphrase of {name}"), listen)
            parties.append(Party(home, profile, limits))
        yield parties
    finally:
        for party in reversed(parties):
            party.close()


@contextmanager
def relayed(
    home: Path, address: Address, *names: str, limits: Limits | None = None, clock: Clock | None = None
) -> Iterator[list[Party]]:
    """Open clients with an account each on one relay, registered where they are new."""
    parties: list[Party] = []
    try:
        for name in names:
            parties.append(Party(home, account(name, address), limits, clock))
            parties[-1].until_online()
        yield parties
    finally:
        for party in reversed(parties):
            party.close()


def account(name: str, address: Address, *, start_over: bool = False) -> RelayProfile:
    return RelayProfile(address, name, Passphrase(f"password of {name}"), start_over=start_over)


def befriend(caller: Party, called: Party) -> None:
    """Let a stranger call, be accepted and be connected."""
    caller.ask(commands.Call(called.address))
    called.accept_next()
    caller.until_connected(called.name)
    called.until_connected(caller.name)


@contextmanager
def parties_at(relay: Address, folder: Path) -> Iterator[Callable[..., Party]]:
    """Give what opens the client of a person with an account at a relay, and waits until it is online."""
    with ExitStack() as stack:

        def open_party(name: str, clock: "WrongClock | None" = None) -> Party:
            party = Party(folder / name, account(name, relay), clock=clock)
            stack.callback(party.close)
            party.until_online()
            return party

        yield open_party
