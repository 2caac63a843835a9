"""Factory of clients: opens profiles of one folder, each in a thread of its own until it is open.

What opening needs is imported in that thread: a window that offers profiles is painted before the engine is loaded.
"""

import threading
from concurrent.futures import Future
from functools import partial
from pathlib import Path

from babilu.api.client import ChatClient, DirectProfile, Listener, RelayProfile, RestoreArchive
from babilu.api.views import ProfileView
from babilu.engine.profile.cancellation import CancellableOpening
from babilu.engine.profile.listing import list_profiles_in
from babilu.engine.runtime.event_bus import EventBus
from babilu.engine.runtime.threads import settle
from babilu.kernel.limits import Limits
from babilu.kernel.ports import Clock, Randomness


class EngineFactory:
    """The in-process binding of `babilu.api.client.ClientFactory`.

    Args:
        home: Folder of the profiles.
        clock: Tells the time.
        randomness: For everything that must not be guessed.
        limits: Sizes and deadlines.
    """

    def __init__(self, home: Path, clock: Clock, randomness: Randomness, limits: Limits | None = None) -> None:
        self._home = home
        self._clock = clock
        self._randomness = randomness
        self._limits = limits or Limits()

    def profiles(self) -> tuple[ProfileView, ...]:
        return list_profiles_in(self._home)

    def open(self, profile: RelayProfile | DirectProfile, listener: Listener | None = None) -> "Future[ChatClient]":
        beginning = CancellableOpening()
        bus = EventBus()
        if listener is not None:
            bus.subscribe(listener)
        # The key derivation and the relay take their time; whoever asks has a window to keep alive meanwhile.
        work = partial(settle, beginning, lambda: self._open(profile, bus, beginning))
        threading.Thread(target=work, name="babilu-opening").start()
        return beginning

    def restore(self, archive: RestoreArchive) -> "Future[RelayProfile | DirectProfile]":
        """Make a profile of a backup; see `babilu.api.client.ClientFactory`."""
        restored: Future[RelayProfile | DirectProfile] = Future()
        work = partial(settle, restored, lambda: self._restore(archive))
        threading.Thread(target=work, name="babilu-restoring").start()
        return restored

    def _restore(self, archive: RestoreArchive) -> RelayProfile | DirectProfile:
        from babilu.engine.profile.restoring import restore_profile  # noqa: PLC0415 -- see above

        return restore_profile(archive, self._home, self._clock, self._randomness)

    def _open(self, profile: RelayProfile | DirectProfile, bus: EventBus, beginning: CancellableOpening) -> ChatClient:
        from babilu.engine.profile.opening import ProfileOpener  # noqa: PLC0415 -- see above

        return ProfileOpener(self._home, self._limits, self._clock, self._randomness).open(profile, bus, beginning)
