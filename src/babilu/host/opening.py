"""Opens profiles for user interfaces: here where nobody has them open, else attached to the process that has.

seat free ──▶ hosting ──▶ the engine runs here, and others attach
seat taken ─▶ attaching ─▶ proves the passphrase over the host's socket
                  └── the host ended meanwhile ──▶ from the beginning
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Final

from babilu.api.client import ChatClient, DirectProfile, Listener, RelayProfile, RestoreArchive
from babilu.api.commands import Listen, Status
from babilu.api.events import Closed, Event, LinkChanged, ListeningChanged, Ready
from babilu.api.views import LinkState, ProfileView, StatusView
from babilu.engine.profile.cancellation import CancellableOpening
from babilu.engine.profile.factory import EngineFactory
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.runtime.threads import settle
from babilu.host.hosting import HostingClient
from babilu.host.hosting_lock import CAN_HOST, HostingLock, connect, is_hosted
from babilu.identity.names import normalise_name
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, ProfileError, UsageError
from babilu.kernel.ports import Clock, Randomness
from babilu.rpc.client import ANSWER_S, AttachedClient
from babilu.rpc.methods import Stop
from babilu.store.profile_files import ProfilePaths, is_in_use, list_profiles

log = logging.getLogger(__name__)

CHANGE_S: Final = 20.0
"""How long hosts may come and go before it is given up."""

LOOK_S: Final = 0.02
"""Pause before another look at a seat that was just changing hands."""


class HostingFactory:
    """The binding of `babilu.api.client.ClientFactory` that hosts or attaches.

    Args:
        home: Folder of the profiles.
        clock: Tells the time.
        randomness: For everything that must not be guessed.
        stop: Ends this process where callers may ask for that: a daemon. None where they may not.
        reads: Whether this process takes each message that arrives for itself; it does not attach to one that does
            the same, since each would miss what the other was given.
    """

    def __init__(
        self,
        home: Path,
        clock: Clock,
        randomness: Randomness,
        stop: Callable[[], None] | None = None,
        *,
        reads: bool = False,
    ) -> None:
        self._home = home
        self._engines = EngineFactory(home, clock, randomness)
        self._stop = stop
        self._reads = reads

    def profiles(self) -> tuple[ProfileView, ...]:
        """List the profiles in the folder, by name; one that can be attached to does not count as in use."""
        hosted = {str(paths.database) for paths in list_profiles(self._home) if is_hosted(paths)}
        return tuple(
            ProfileView(view.path, view.name, view.relay, view.in_use and view.path not in hosted)
            for view in self._engines.profiles()
        )

    def open(self, profile: RelayProfile | DirectProfile, listener: Listener | None = None) -> "Future[ChatClient]":
        """Open a profile, or make it, or attach to whoever has it open; see `babilu.api.client.ClientFactory`."""
        return self._begin(lambda beginning: self._host_or_attach(profile, listener, beginning, hosts=True))

    def restore(self, archive: RestoreArchive) -> "Future[RelayProfile | DirectProfile]":
        """Make a profile of a backup; see `babilu.api.client.ClientFactory`."""
        return self._engines.restore(archive)

    def host(self, profile: RelayProfile | DirectProfile, listener: Listener | None = None) -> "Future[ChatClient]":
        """Open a profile here.

        Returns:
            A future of the client; it fails with ``profile_in_use`` where another process has the profile open.
        """
        return self._begin(lambda beginning: self._host(profile, listener, beginning))

    def attach(self, profile: RelayProfile | DirectProfile, listener: Listener | None = None) -> "Future[ChatClient]":
        """Attach to whoever has a profile open.

        Returns:
            A future of the client; it fails with ``host_ended`` where nobody has the profile open.
        """
        return self._begin(lambda beginning: self._host_or_attach(profile, listener, beginning, hosts=False))

    def stop(self, profile: RelayProfile | DirectProfile, seconds: float) -> int | None:
        """End the daemon that has a profile open, and wait until it has let go.

        Returns:
            The number of its process; None where nobody has the profile open.

        Raises:
            AccountError: ``wrong_credentials``.
            ProtocolError: ``not_allowed`` where it is open in another program that is no daemon.
            LinkError: ``unavailable`` where it has not let go after ``seconds``.
        """
        paths = self._paths(profile)
        ended = threading.Event()
        attached = self._attach(paths, profile, lambda _, event: ended.set() if isinstance(event, Closed) else None)
        if attached is None:
            return None
        with closing(attached):
            _ask_to_stop(attached, seconds)
            deadline = time.monotonic() + seconds
            while not ended.is_set() or is_in_use(paths):
                time.sleep(LOOK_S)
                if time.monotonic() >= deadline:
                    raise LinkError(ErrorCode.UNAVAILABLE, f"The daemon has not ended within {seconds:.0f} seconds.")
        return attached.attachment.process

    def _begin(self, work: Callable[[CancellableOpening], ChatClient]) -> "Future[ChatClient]":
        beginning = CancellableOpening()
        target = partial(settle, beginning, partial(work, beginning))
        threading.Thread(target=target, name="babilu-hosting").start()
        return beginning

    def _paths(self, profile: RelayProfile | DirectProfile) -> ProfilePaths:
        name = normalise_name(profile.name)
        match profile:
            case RelayProfile():
                return ProfilePaths.for_relay(self._home, name, profile.address.host, profile.address.port)
            case DirectProfile():
                return ProfilePaths.for_direct(self._home, name)

    def _host(
        self, profile: RelayProfile | DirectProfile, listener: Listener | None, beginning: CancellableOpening
    ) -> ChatClient:
        if not CAN_HOST:
            raise UsageError("This system has no local sockets to attach at: open the profile where it is used.")
        hosting_lock = HostingLock.take(self._paths(profile))
        if hosting_lock is None:
            raise ProfileError(ErrorCode.PROFILE_IN_USE, "The profile is in use by another process.")
        return self._sit(hosting_lock, profile, listener, beginning)

    def _host_or_attach(
        self,
        profile: RelayProfile | DirectProfile,
        listener: Listener | None,
        beginning: CancellableOpening,
        *,
        hosts: bool,
    ) -> ChatClient:
        if not CAN_HOST:
            return self._engines.open(profile, listener).result()
        paths = self._paths(profile)
        deadline = time.monotonic() + CHANGE_S
        while True:
            hosting_lock = HostingLock.take(paths) if hosts else None
            if hosting_lock is not None:
                return self._sit(hosting_lock, profile, listener, beginning)
            attached = self._attach(paths, profile, listener)
            if attached is not None:
                return attached
            if not hosts:
                raise LinkError(ErrorCode.HOST_ENDED, "No program has this profile open.")
            if time.monotonic() >= deadline:
                raise ProfileError(ErrorCode.PROFILE_IN_USE, "The profile is in use by another process.")
            # The seat is changing hands: its socket is not there yet, or no longer.
            time.sleep(LOOK_S)

    def _sit(
        self,
        hosting_lock: HostingLock,
        profile: RelayProfile | DirectProfile,
        listener: Listener | None,
        beginning: CancellableOpening,
    ) -> ChatClient:
        with ExitStack() as undo:
            undo.callback(hosting_lock.leave)
            inner = self._engines.open(profile, listener)
            beginning.cut_by(inner.cancel)
            client = inner.result()
            undo.callback(client.close)
            beginning.keep()
            hosting = HostingClient(client, hosting_lock, self._stop, reads=self._reads)
            undo.pop_all()
        return hosting

    def _attach(
        self, paths: ProfilePaths, profile: RelayProfile | DirectProfile, listener: Listener | None
    ) -> AttachedClient | None:
        """Attach; None where nobody answers, or the host ended before it did."""
        connected = connect(paths)
        if connected is None:
            return None
        with ExitStack() as undo:
            thread = LoopThread()
            thread.start()
            undo.callback(thread.stop)
            client = AttachedClient(thread)
            undo.callback(client.close)
            try:
                client.attach(connected, profile.passphrase)
                if self._reads and client.attachment.reads:
                    raise ProfileError(
                        ErrorCode.PROFILE_IN_USE,
                        "A line mode has this profile open and shows what arrives: a second one would miss that. Close "
                        "it first; the full screen, the desktop, send and receive work beside it.",
                    )
                _settle_in(client, profile, listener)
            except BabiluError as error:
                if error.code is ErrorCode.HOST_ENDED:
                    return None
                raise
            undo.pop_all()
        return client


def _ask_to_stop(attached: AttachedClient, seconds: float) -> None:
    """Ask, and take for an answer also that it ends already because somebody else has asked."""
    try:
        attached.request(Stop()).result(min(ANSWER_S, seconds))
    except TimeoutError as error:
        raise LinkError(ErrorCode.UNAVAILABLE, f"The daemon has not answered within {seconds:.0f} seconds.") from error
    except BabiluError as error:
        if error.code is not ErrorCode.HOST_ENDED:
            raise


def _settle_in(client: AttachedClient, profile: RelayProfile | DirectProfile, listener: Listener | None) -> None:
    """Tell a listener how things stand, as an opening would have, and then what happens from now on."""
    gate = _Gate(listener)
    client.subscribe(gate.hear)
    cursor = client.cursor
    status = client.request(Status()).result(ANSWER_S)
    if profile.listen is not None and status.listening is None:
        client.request(Listen(profile.listen)).result(ANSWER_S)
    gate.open(cursor, _as_events(status))


def _as_events(status: StatusView) -> list[Event]:
    events: list[Event] = [Ready(status.name, status.relay)]
    if status.link is not LinkState.NONE:
        events.append(_link_of(status))
    if status.listening is not None:
        events.append(ListeningChanged(status.listening))
    return events


def _link_of(status: StatusView) -> LinkChanged:
    return LinkChanged(
        status.link, status.link_code, status.link_text, status.retry_in_ms, status.link_refused, status.link_reason
    )


class _Gate:
    """Keeps events back until the listener has been told how things stand."""

    def __init__(self, listener: Listener | None) -> None:
        self._listener = listener
        self._lock = threading.Lock()
        self._kept: list[tuple[int, Event]] | None = []

    def hear(self, cursor: int, event: Event) -> None:
        if self._listener is None:
            return
        with self._lock:
            if self._kept is not None:
                self._kept.append((cursor, event))
                return
        self._listener(cursor, event)

    def open(self, cursor: int, events: list[Event]) -> None:
        if self._listener is None:
            return
        with self._lock:
            kept, self._kept = self._kept or [], None
            # Listeners rely on cursors that rise: these take the places before everything that is still to be told.
            first = kept[0][0] if kept else cursor + 1
            for place, event in enumerate(events, first - len(events)):
                self._listener(place, event)
            for later, event in kept:
                self._listener(later, event)
