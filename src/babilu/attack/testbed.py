"""Testbed of an attack: a relay of its own in a temporary folder, the proxy before it, and throw-away clients.

Every wait ends: what does not happen within the deadline has not happened.
"""

import shutil
import ssl
import tempfile
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from babilu.api import commands, events
from babilu.api.client import ChatClient, DirectProfile, LinkWish, RelayProfile
from babilu.api.commands import Command
from babilu.api.events import Event
from babilu.api.views import Address, LinkState, MessageView
from babilu.attack.mitm_proxy import LOOPBACK, MitmProxy, leave_down, leave_up
from babilu.crypto.secret import Passphrase
from babilu.engine.profile.factory import EngineFactory
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.identity.codec import decode_shape
from babilu.identity.login import PublishDeviceListBody
from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.errors import BabiluError
from babilu.kernel.limits import Limits
from babilu.kernel.ports import Clock, Randomness
from babilu.kernel.states import MessageState
from babilu.relay.base.certificate import load_certificate
from babilu.relay.base.settings import RelaySettings
from babilu.relay.base.state_dir import CERTIFICATE
from babilu.relay.node.server import Relay
from babilu.wire.client_frames import ClientFrame, PublishDeviceList, Submit
from babilu.wire.relay_frames import LoggedIn, RelayFrame

R = TypeVar("R")
E = TypeVar("E", bound=Event)

PATIENCE_S: Final = 20.0
"""How long something may take that must happen."""

RESTRAINT_S: Final = 2.0
"""How long something is looked out for that must not happen."""

LOOK_S: Final = 0.05


def wait_until(condition: Callable[[], bool], seconds: float = PATIENCE_S) -> bool:
    """Wait until a condition holds; tells whether it did in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(LOOK_S)
    return True


class Guest:
    """A throw-away client, and everything that it has told.

    Args:
        home: Folder of its profile.
        profile: Which one to open.
        limits: Sizes and deadlines.
        clock: The time.
        randomness: For its keys.
    """

    def __init__(
        self, home: Path, profile: RelayProfile | DirectProfile, limits: Limits, clock: Clock, randomness: Randomness
    ) -> None:
        self.name = profile.name
        self.home = home
        self.told: list[Event] = []
        factory = EngineFactory(home, clock, randomness, limits)
        opening = factory.open(profile, lambda _, event: self.told.append(event))
        self._client: ChatClient = opening.result(PATIENCE_S)

    def ask(self, command: Command[R]) -> R:
        """Ask the client for something, and wait for its answer."""
        return self._client.request(command).result(PATIENCE_S)

    def say(self, to: str, text: str) -> MessageView:
        return self.ask(commands.Send(to, text))

    def of(self, kind: type[E]) -> list[E]:
        """Give the events of a kind, in order."""
        return [event for event in list(self.told) if isinstance(event, kind)]

    def shown(self, sender: str) -> list[str]:
        """Give the texts of a contact that were shown."""
        return [event.message.text for event in self.of(events.MessageArrived) if event.message.conversation == sender]

    def shows(self, sender: str, text: str, seconds: float = PATIENCE_S) -> bool:
        """Wait until a text is shown; tells whether it is."""
        return wait_until(lambda: text in self.shown(sender), seconds)

    def is_delivered(self, message: MessageView) -> bool:
        """Tell whether a receipt has come for what this guest has said."""
        states = [event.state for event in self.of(events.MessageStateChanged) if event.message == message.id]
        return bool({MessageState.DELIVERED, MessageState.READ}.intersection(states))

    def hears(self, kind: type[Event], seconds: float = PATIENCE_S) -> bool:
        """Wait until an event of a kind was told; tells whether it was."""
        return wait_until(lambda: bool(self.of(kind)), seconds)

    def is_online(self) -> bool:
        """Tell whether the link to the relay is up, by the last that was told of it."""
        links = self.of(events.LinkChanged)
        return bool(links) and links[-1].state is LinkState.ONLINE

    def leave(self) -> None:
        """Close the client."""
        self._client.close()


class AttackTestbed:
    """Relay, hand and guests; everything is gone when it is left.

    Args:
        clock: The time.
        randomness: For all keys.
    """

    def __init__(self, clock: Clock, randomness: Randomness) -> None:
        self.clock = clock
        self.randomness = randomness
        self.limits = Limits()
        self.folder = Path(tempfile.mkdtemp(prefix="babilu-attack-"))
        self.proxy = MitmProxy(self.limits)
        self._loop = LoopThread()
        self._relay = Relay(RelaySettings(LOOPBACK, 0, self.relay_home, own_process=False), clock, randomness)
        self._guests: list[Guest] = []
        self._made = 0
        self._couple: tuple[Guest, Guest] | None = None

    @property
    def relay_home(self) -> Path:
        """The relay's folder."""
        return self.folder / "relay"

    def __enter__(self) -> Self:
        self._loop.start()
        self.run(self._start())
        return self

    def __exit__(self, *exception: object) -> None:
        for guest in self._guests:
            guest.leave()
        self.run(self._stop())
        self._loop.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    async def _start(self) -> None:
        await self._relay.start()
        await self.proxy.start(self._own_context(), self._relay.address[1])

    async def _stop(self) -> None:
        await self.proxy.stop()
        await self._relay.stop(grace_ms=0)

    def run(self, work: Coroutine[Any, Any, R]) -> R:
        """Run something in the thread of the hand and the relay."""
        return self._loop.run(work).result(PATIENCE_S)

    def call(self, work: Callable[[], R]) -> R:
        """Call something in the thread of the hand and the relay."""

        async def inside() -> R:
            return work()

        return self.run(inside())

    def leave_alone(self) -> None:
        """Let the hand change nothing any more."""
        self.proxy.down, self.proxy.up = leave_down, leave_up

    def new_name(self, stem: str) -> str:
        """Make up a name that is free."""
        self._made += 1
        return f"{stem}{self._made}"

    def invite(self, stem: str) -> Guest:
        """Let a new guest in, and wait until it is connected."""
        guest = self.open(self.new_name(stem))
        wait_until(guest.is_online)
        return guest

    def open(self, name: str) -> Guest:
        """Open the client of a guest, new or known."""
        return self._guest(self.folder / name, self._profile(name))

    def come_back(self, guest: Guest) -> Guest:
        """Open the client of a guest who has left, and wait until it is connected."""
        again = self.open(guest.name)
        wait_until(again.is_online)
        return again

    def link(self, guest: Guest, wish: LinkWish) -> Guest:
        """Begin to link another device of a guest, on a machine that does not know them."""
        profile = replace(self._profile(guest.name), link=wish)
        return self._guest(self.folder / f"{guest.name} on another device", profile)

    def can_open(self, name: str, *, elsewhere: bool = False) -> bool:
        """Tell whether a client comes to open, at its place or on a machine that does not know it."""
        home = self.folder / (f"{name} elsewhere" if elsewhere else name)
        try:
            self._guest(home, self._profile(name))
        except BabiluError:
            return False
        return True

    def open_direct(self, name: str) -> Guest:
        """Open the client of a guest that knows no relay, with a server socket."""
        profile = DirectProfile(name, Passphrase(f"passphrase of {name}"), Address(LOOPBACK, 0))
        return self._guest(self.folder / name, profile)

    def _profile(self, name: str) -> RelayProfile:
        return RelayProfile(Address(LOOPBACK, self.proxy.port), name, Passphrase(f"passphrase of {name}"))

    def _guest(self, home: Path, profile: RelayProfile | DirectProfile) -> Guest:
        guest = Guest(home, profile, self.limits, self.clock, self.randomness)
        self._guests.append(guest)
        return guest

    def couple(self) -> tuple[Guest, Guest]:
        """Give two who have written to each other; the same ones until they are spoiled."""
        if self._couple is None:
            alice, bob = self.invite("alice"), self.invite("bob")
            hello = alice.say(bob.name, "hello")
            bob.shows(alice.name, "hello")
            answer = bob.say(alice.name, "hello yourself")
            alice.shows(bob.name, "hello yourself")
            # A receipt that is still on its way would be the first letter of an attack.
            wait_until(lambda: alice.is_delivered(hello) and bob.is_delivered(answer))
            self._couple = alice, bob
        return self._couple

    def spoil_couple(self) -> None:
        """Take new people from now on."""
        self._couple = None

    # What the hand has seen and may do.

    def push(self, guest: Guest, message: RelayFrame) -> None:
        """Tell a guest something that nobody asked for."""
        self.call(lambda: self.proxy.push(guest.name, message))

    def submissions(self, sender: Guest, to: str) -> list[Submit]:
        """Give what a guest has handed over for an account, as it meant it."""
        return [
            message
            for name, message in list(self.proxy.said)
            if name == sender.name and isinstance(message, Submit) and message.name == to
        ]

    def count(self, kind: type[ClientFrame]) -> int:
        """Count what clients have said of a kind."""
        return sum(isinstance(message, kind) for _, message in list(self.proxy.said))

    def count_told(self, kind: type[RelayFrame]) -> int:
        """Count what the relay has said of a kind."""
        return sum(isinstance(message, kind) for _, message in list(self.proxy.told))

    def list_of(self, guest: Guest) -> SignedDeviceList | None:
        """Give the newest device list that the relay keeps of a guest, as far as the hand has seen it."""
        lists = [
            message.device_list
            for name, message in list(self.proxy.told)
            if isinstance(message, LoggedIn) and name == guest.name
        ]
        bodies = [
            decode_shape(message.body, PublishDeviceListBody)
            for _, message in list(self.proxy.said)
            if isinstance(message, PublishDeviceList)
        ]
        known = [body.device_list for body in bodies if body.name == guest.name] or lists
        return known[-1] if known else None

    async def show_own_certificate(self) -> None:
        """Show the relay's certificate again, after another."""
        await self.proxy.show(self._own_context())

    def _own_context(self) -> ssl.SSLContext:
        return load_certificate(self.relay_home / CERTIFICATE).server_context()
