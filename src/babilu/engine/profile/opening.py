"""Opening of a profile, or its making: keys are committed before the relay hears of them; a refusal leaves none.

Everything here blocks: it runs in a thread of its own.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from babilu.api.client import ChatClient, DirectProfile, LinkWish, RelayProfile
from babilu.engine.profile.cancellation import CancellableOpening
from babilu.engine.profile.client import EngineClient
from babilu.engine.profile.link_grant import LinkingParts
from babilu.engine.profile.new_device import LinkingClient
from babilu.engine.profile.pending_link import WaitingToBeLinkedError
from babilu.engine.profile.profile_making import STEPS, ProfileMaker, tell_step
from babilu.engine.profile.relay_opening import RelayOpening
from babilu.engine.runtime.event_bus import EventBus
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.transport.link_channels import DirectLinkChannel, Heard, LinkChannel, Lost
from babilu.identity.join_link import JoinLink
from babilu.identity.names import normalise_name
from babilu.kernel.errors import UsageError
from babilu.store.profile_files import ProfilePaths
from babilu.store.profile_store import ProfileStore
from babilu.store.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ProfileOpener(ProfileMaker):
    """Opens profiles of every kind: of an account, without a relay, or to be linked."""

    def open(self, wanted: RelayProfile | DirectProfile, bus: EventBus, beginning: CancellableOpening) -> ChatClient:
        """Open a profile, or make it, or begin to link it.

        Args:
            wanted: Which one.
            bus: Is told of progress, and belongs to the client from then on.
            beginning: What the client is given to; it says whether anybody still wants it.

        Raises:
            BabiluError: As `babilu.api.client.ClientFactory.open`.
        """
        loop = LoopThread()
        loop.start()
        try:
            linking = self._to_be_linked(wanted, bus, loop, beginning)
            if linking is not None:
                return linking
            try:
                client = self._open_on(wanted, bus, loop, beginning)
            except WaitingToBeLinkedError as waiting:
                return self._linking(waiting.profile, wanted, None, bus, loop, beginning)
        except BaseException:
            loop.stop()
            raise
        return self._started(client, wanted)

    def _open_on(
        self, wanted: RelayProfile | DirectProfile, bus: EventBus, loop: LoopThread, beginning: CancellableOpening
    ) -> EngineClient:
        match wanted:
            case RelayProfile():
                return RelayOpening(self, wanted, bus, loop, beginning).open()
            case DirectProfile():
                return self._open_direct(wanted, bus, loop)

    def _to_be_linked(
        self, wanted: RelayProfile | DirectProfile, bus: EventBus, loop: LoopThread, beginning: CancellableOpening
    ) -> LinkingClient | None:
        """Begin to link a profile that holds no person; None where that is not wanted, or it holds one already."""
        if wanted.link is None:
            return None
        if isinstance(wanted, DirectProfile) and wanted.link.address is None:
            raise UsageError("Without a relay, a device is linked by the address at which another one listens.")
        paths = self.paths(wanted)
        if ProfileStore.exists(paths):
            profile = ProfileStore.open(paths, wanted.passphrase, self.randomness, self.clock)
            with profile.database.read() as unit:
                is_made = unit.profile.load() is not None
            if is_made:
                profile.close()
                return None
        else:
            profile = ProfileStore.create(paths, wanted.passphrase, self.randomness, self.clock)
        return self._linking(profile, wanted, wanted.link, bus, loop, beginning)

    def _linking(  # what a linking client is made of
        self,
        profile: ProfileStore,
        wanted: RelayProfile | DirectProfile,
        wish: LinkWish | None,
        bus: EventBus,
        loop: LoopThread,
        beginning: CancellableOpening,
    ) -> LinkingClient:
        name = normalise_name(wanted.name)
        match wanted:
            case RelayProfile():
                opening = RelayOpening(self, wanted, bus, loop, beginning)
                connect, keep_place, account = opening.link_channel, opening.keep_place, name
            case DirectProfile():
                connect, keep_place, account = partial(self._direct_channel, wanted, loop), _no_relay, ""
        parts = LinkingParts(
            profile=profile,
            passphrase=wanted.passphrase,
            name=name,
            account=account,
            wish=wish,
            connect=connect,
            keep_place=keep_place,
            open_linked=partial(self._open_linked, wanted, bus, loop, beginning),
            bus=bus,
            clock=self.clock,
            randomness=self.randomness,
            release=loop.stop,
        )
        client = LinkingClient(parts)
        try:
            client.start()
        except BaseException:
            if wish is None:
                profile.close()
            else:
                profile.discard()
            raise
        return client

    def _open_linked(
        self,
        wanted: RelayProfile | DirectProfile,
        bus: EventBus,
        loop: LoopThread,
        beginning: CancellableOpening,
        hand_over: Callable[[ChatClient], None],
    ) -> None:
        """Open a profile that was linked just now; what it tells while it starts may be answered by commands."""
        client = self._open_on(wanted, bus, loop, beginning)
        hand_over(client)
        self._started(client, wanted)

    def _direct_channel(self, wanted: DirectProfile, loop: LoopThread, heard: Heard, lost: Lost) -> LinkChannel:
        address = None if wanted.link is None else wanted.link.address
        if address is None:
            raise UsageError("Without a relay, a device is linked by the address at which another one listens.")
        return DirectLinkChannel(loop, (address.host, address.port), self.limits, heard, lost)

    def paths(self, wanted: RelayProfile | DirectProfile) -> ProfilePaths:
        """Tell where the files of a profile lie."""
        name = normalise_name(wanted.name)
        match wanted:
            case RelayProfile(address=address):
                return ProfilePaths.for_relay(self.home, name, address.host, address.port)
            case DirectProfile():
                return ProfilePaths.for_direct(self.home, name)

    @staticmethod
    def _started(client: EngineClient, wanted: RelayProfile | DirectProfile) -> EngineClient:
        """Start a client that was put together."""
        try:
            if isinstance(wanted, RelayProfile) and isinstance(wanted.invitation, JoinLink):
                client.join_by(wanted.invitation.encode())
            client.start(wanted.listen)
        except BaseException:
            client.close()
            raise
        return client

    def _open_direct(self, wanted: DirectProfile, bus: EventBus, loop: LoopThread) -> EngineClient:
        name = normalise_name(wanted.name)
        paths = ProfilePaths.for_direct(self.home, name)
        tell_step(bus, 1)
        profile, record = self.open_or_make(paths, wanted, name)
        try:
            base = self.context(profile, record, "", bus)
            tell_step(bus, STEPS)
            return EngineClient(base, profile, loop, None, None, wanted.passphrase)
        except BaseException:
            profile.close()
            raise


def _no_relay(unit: UnitOfWork) -> bytes:
    """Keep no relay."""
    del unit
    return b""
