"""A client factory in memory: it opens clients in memory, or refuses to, as a test says."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.client import ChatClient, DirectProfile, Listener, RelayProfile, RestoreArchive
from babilu.api.views import Address, ProfileView
from babilu.bot.fake_client import FakeClient
from babilu.kernel.errors import BabiluError

WAIT_S = 10.0


class FakeClientFactory:
    """Opens `FakeClient`s.

    Args:
        client: The client that `open` gives, or None to make one that fits what is asked for.
        profiles: What `profiles` lists.
        registers: Whether opening a relay profile registers its name.

    Attributes:
        opened: Every profile that was asked for.
        clients: Every client that was given.
        restored: Every backup that was to be restored.
        waits: Whether what is opened waits to be let in by another device, as one does that is to be linked.
        next_client: What `open` gives from now on.
        when_opened: Called in between, when a client is open and whoever asked does not know yet.
    """

    def __init__(
        self, client: FakeClient | None = None, profiles: tuple[ProfileView, ...] = (), *, registers: bool = False
    ) -> None:
        self.opened: list[RelayProfile | DirectProfile] = []
        self.clients: list[FakeClient] = []
        self.restored: list[RestoreArchive] = []
        self.waits = False
        self.when_opened: Callable[[], object] = bool
        self.next_client = client
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

    def restore(self, archive: RestoreArchive) -> "Future[RelayProfile | DirectProfile]":
        self.restored.append(archive)
        future: Future[RelayProfile | DirectProfile] = Future()
        future.set_running_or_notify_cancel()
        if self._refusals:
            future.set_exception(self._refusals.popleft())
        else:
            future.set_result(RelayProfile(Address("127.0.0.1", 5050), "alice", archive.passphrase))
        return future

    def _open(self, profile: RelayProfile | DirectProfile, listener: Listener | None) -> FakeClient:
        relay = profile.address if isinstance(profile, RelayProfile) else None
        client = self.next_client or FakeClient(profile.name, relay, passphrase=profile.passphrase)
        self.clients.append(client)
        if listener is not None:
            client.subscribe(listener)
        if relay is not None and self._registers:
            client.tell(e.Registered(profile.name))
        if profile.link is not None or self.waits:
            return client
        client.tell(e.Ready(client.name, relay))
        if profile.listen is not None:
            client.request(c.Listen(profile.listen)).result(WAIT_S)
        if relay is not None:
            client.tell(e.LinkChanged(client.link, None, "", None))
        return client
