"""Opening of a profile, or its making: keys are committed before the relay hears of them; a refusal leaves none.

Everything here blocks: it runs in a thread of its own.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from babilu.api import events
from babilu.api.client import ChatClient, DirectProfile, LinkWish, RelayProfile
from babilu.crypto.keys import SigningKey
from babilu.crypto.secret import Passphrase
from babilu.engine.profile.cancellation import CancellableOpening
from babilu.engine.profile.client import EngineClient
from babilu.engine.profile.new_device import (
    LinkingClient,
    LinkingParts,
    WaitingToBeLinkedError,
    read_pending,
)
from babilu.engine.profile.own_keys import answer_for, keep_notes, make_profile_record, own_device
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.event_bus import EventBus
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.runtime.prekey_supply import PrekeySupply
from babilu.engine.runtime.presence import Presences
from babilu.engine.runtime.rollback_recovery import return_as_new_device
from babilu.engine.runtime.threads import follow_up
from babilu.engine.runtime.views import ViewMaker
from babilu.engine.transport.account_requests import AccountClient, NewDevice, is_refusal
from babilu.engine.transport.link_channels import DirectLinkChannel, Heard, LinkChannel, Lost, RelayLinkChannel
from babilu.engine.transport.relay_pins import RelayPins, load_pins, save_pins
from babilu.engine.transport.relay_ports import RelayLogin
from babilu.identity.invitation import Invitation
from babilu.identity.join_link import JoinLink
from babilu.identity.names import normalise_name
from babilu.identity.relay_addresses import other_addresses
from babilu.identity.shapes import ListedAccount
from babilu.kernel.errors import AccountError, BabiluError, ErrorCode, Reason, TrustError, UsageError
from babilu.kernel.ids import DeviceId
from babilu.kernel.limits import PREKEYS_IN_FRAME, Limits
from babilu.kernel.ports import Clock, Randomness
from babilu.store.profile_files import ProfilePaths
from babilu.store.profile_records import ProfileRecord, RelayRecord
from babilu.store.profile_store import ProfileStore
from babilu.store.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

STEPS = 3


@dataclass(frozen=True, slots=True)
class ProfileOpener:
    """Where profiles are opened.

    Attributes:
        home: Folder of the profiles.
        limits: Sizes and deadlines.
        clock: Tells the time.
        randomness: For everything that must not be guessed.
    """

    home: Path
    limits: Limits
    clock: Clock
    randomness: Randomness

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
                return _RelayOpening(self, wanted, bus, loop, beginning).open()
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
                opening = _RelayOpening(self, wanted, bus, loop, beginning)
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
        _tell(bus, 1)
        profile, record = self.open_or_make(paths, wanted, name)
        try:
            base = self.foundation(profile, record, "", bus)
            _tell(bus, STEPS)
            return EngineClient(base, profile, loop, None, None, wanted.passphrase)
        except BaseException:
            profile.close()
            raise

    def open_or_make(
        self,
        paths: ProfilePaths,
        wanted: RelayProfile | DirectProfile,
        name: str,
        accounts: Callable[[], Sequence[ListedAccount]] = tuple,
    ) -> tuple[ProfileStore, ProfileRecord]:
        """Open the files of a profile, or make them with new keys.

        Args:
            paths: Where they lie.
            wanted: Which profile.
            name: Its name, normalised.
            accounts: Tells what a new device list is good for.
        """
        identity: SigningKey | None = None
        if ProfileStore.exists(paths):
            profile = ProfileStore.open(paths, wanted.passphrase, self.randomness, self.clock)
        else:
            identity = SigningKey.generate(self.randomness)
            seed = identity.private_bytes()
            profile = ProfileStore.create(paths, wanted.passphrase, self.randomness, self.clock, identity=seed)
        try:
            with profile.database.read() as unit:
                record = unit.profile.load()
                waits = record is None and read_pending(unit) is not None
            if waits:
                raise WaitingToBeLinkedError(profile)
            if record is None:
                # Its making was interrupted before anybody heard of its keys, or is under way.
                identity = identity or self._identity_of(profile, wanted.passphrase)
                record = make_profile_record(name, identity, self.randomness, self.clock.now_ms(), accounts())
                with profile.database.write() as unit:
                    unit.profile.create(record)
            with profile.database.write() as unit:
                keep_notes(unit, record, self.clock.now_ms())
            if profile.is_rolled_back:
                identity = SigningKey.from_bytes(profile.identity(wanted.passphrase))
                record = return_as_new_device(profile, identity, self.clock, self.randomness)
        except WaitingToBeLinkedError:
            raise
        except BaseException:
            profile.close()
            raise
        return profile, record

    def _identity_of(self, profile: ProfileStore, passphrase: Passphrase) -> SigningKey:
        """Open the identity key of a profile that holds no person yet, or make it."""
        if profile.has_identity:
            return SigningKey.from_bytes(profile.identity(passphrase))
        made = SigningKey.generate(self.randomness)
        profile.keep_identity(passphrase, made.private_bytes())
        return made

    def foundation(self, profile: ProfileStore, record: ProfileRecord, account: str, bus: EventBus) -> ClientContext:
        """Put together what an open client stands on."""
        presences = Presences()
        with profile.database.read() as unit:
            formers = unit.profile.former_devices()
        own = own_device(record, account, formers)
        return ClientContext(
            database=profile.database,
            own=own,
            bus=bus,
            show=ViewMaker(record.name, presences, own.identity_key, account),
            presences=presences,
            limits=self.limits,
            clock=self.clock,
            randomness=self.randomness,
        )


class _RelayOpening:
    """Opens one account's profile."""

    def __init__(
        self,
        workshop: ProfileOpener,
        wanted: RelayProfile,
        bus: EventBus,
        loop: LoopThread,
        beginning: CancellableOpening,
    ) -> None:
        self._workshop = workshop
        self._wanted = wanted
        self._bus = bus
        self._loop = loop
        self._beginning = beginning
        self._name = normalise_name(wanted.name)
        self._linking_pins = self._told_pins()
        self._paths = ProfilePaths.for_relay(workshop.home, self._name, wanted.address.host, wanted.address.port)

    def open(self) -> EngineClient:
        _tell(self._bus, 1)
        self._beginning.cut_by(self._loop.stop)
        is_new = not ProfileStore.exists(self._paths)
        told = self._told_pins()
        if is_new:
            # The relay has to be there before anything is written to disk. The certificate that it shows is kept with
            # the profile from the beginning: an answer that is lost leaves no keys behind that know no relay.
            self._account_client(told).look()
        profile, record = self._workshop.open_or_make(
            self._paths, self._wanted, self._name, lambda: (self._account_at(told),)
        )
        try:
            base = self._workshop.foundation(profile, record, self._name, self._bus)
            relay, pins = self._relay_of(profile, told)
            account_client = self._account_client(pins)
            _tell(self._bus, 2)
            if not relay.registered or (self._wanted.start_over and self._is_forgotten(base, account_client)):
                self._register(profile, base, account_client, is_new=is_new)
            self._beginning.keep()
            _tell(self._bus, STEPS)
        except BaseException:
            profile.close()
            raise
        login = RelayLogin(
            host=relay.host,
            port=relay.port,
            pins=pins,
            name=self._name,
            device=base.own.device,
            signing=base.own.signing,
        )
        return EngineClient(base, profile, self._loop, login, account_client, self._wanted.passphrase)

    def link_channel(self, heard: Heard, lost: Lost) -> LinkChannel:
        """Connect to the relay as somebody who has the account's password, for a device that is to be linked."""
        client = self._account_client(self._linking_pins)
        workshop = self._workshop
        passphrase = self._wanted.passphrase
        return RelayLinkChannel(client, self._name, passphrase, workshop.randomness, heard, lost)

    def keep_place(self, unit: UnitOfWork) -> bytes:
        """Keep the relay by whose account a device was linked; returns the relay's public key."""
        address, pins = self._wanted.address, self._linking_pins
        unit.profile.set_relay(RelayRecord(address.host, address.port, pins.pin, True, 0, None, 0))
        save_pins(unit, pins)
        if pins.key is None:
            raise LookupError("a relay that was connected to has no key")
        return pins.key

    def _account_at(self, pins: RelayPins) -> ListedAccount:
        """Name the account as device lists do: by the key of the relay, which it tells whoever connects."""
        if pins.key is None:
            self._account_client(pins).look()
        if pins.key is None:
            raise LookupError("a relay that was connected to has no key")
        return ListedAccount(pins.key, self._name)

    def _told_pins(self) -> RelayPins:
        """Tell what the user knows of the relay's certificates: named by hand, or by an invitation."""
        if self._wanted.certificate is not None:
            return RelayPins(self._wanted.certificate)
        match self._wanted.invitation:
            case None:
                return RelayPins()
            case Invitation() | JoinLink() as told:
                also = other_addresses(told.also, told.host, told.port)
                return RelayPins(told.pin, told.next_pin, also=also)

    def _relay_of(self, profile: ProfileStore, told: RelayPins) -> tuple[RelayRecord, RelayPins]:
        with profile.database.write() as unit:
            relay = unit.profile.relay()
            if relay is None:
                address = self._wanted.address
                relay = RelayRecord(address.host, address.port, told.pin, False, 0, None, 0)
                unit.profile.set_relay(relay)
                save_pins(unit, told)
            pins = load_pins(unit, relay.pin)
            if self._wanted.certificate is not None or (pins.pin is None and told.pin is not None):
                # Whoever names the certificate has it from the operator: it counts more than what was known.
                pins = told
                save_pins(unit, pins)
        known = {pins.pin, pins.next_pin} - {None}
        if told.pin is not None and known.isdisjoint({told.pin, told.next_pin}):
            raise TrustError(
                ErrorCode.CERTIFICATE_CHANGED,
                "The invitation names another certificate than the one this profile knows of that relay: ask its "
                "operator for the fingerprint, and name it when you connect (--certificate).",
            )
        return relay, pins

    def _account_client(self, pins: RelayPins) -> AccountClient:
        address = self._wanted.address
        workshop = self._workshop
        return AccountClient(self._loop, address.host, address.port, pins, workshop.limits, workshop.randomness)

    def _is_forgotten(self, base: ClientContext, account_client: AccountClient) -> bool:
        """Tell whether the relay does not know this device any more: the account was deleted, or the relay restored.

        The keys at hand are registered anew then, and contacts see the person they know.
        """
        own = base.own
        return not self._is_own_device(account_client, own.device, own.signing)

    def _register(
        self, profile: ProfileStore, base: ClientContext, account_client: AccountClient, *, is_new: bool
    ) -> None:
        own = base.own
        account = self._account_at(account_client.pins)
        if own.relay != account.relay:
            # The relay was set up anew since these keys were made: what they answer for is an account at that one.
            identity = SigningKey.from_bytes(profile.identity(self._wanted.passphrase))
            own.device_list = answer_for(profile, identity, account)
            own.relay = account.relay
        with profile.database.write() as unit:
            prekeys = PrekeySupply(base).first_set(unit, PREKEYS_IN_FRAME)
        device = NewDevice(own.device, own.signing, own.device_list, prekeys)
        token = self._token
        registered = True
        try:
            try:
                if not self._wanted.register:
                    raise AccountError(ErrorCode.NAME_TAKEN, "Nothing is to be registered.")
                account_client.register(self._name, self._wanted.passphrase, device, token)
            except AccountError as refusal:
                registered = self._log_in_instead(account_client, device, refusal)
        except BabiluError as error:
            # An answer that never came leaves it open whether the account was made: then these keys are its keys, and
            # no refusal of a later attempt says that they are not.
            if is_new and is_refusal(error):
                profile.discard()
            else:
                profile.close()
            raise
        with profile.database.write() as unit:
            save_pins(unit, account_client.pins)
            unit.profile.mark_registered()
        if registered:
            follow_up(lambda: self._bus.tell(events.Registered(self._name)))

    @property
    def _token(self) -> bytes | None:
        """The token for registering that the user has."""
        match self._wanted.invitation:
            case Invitation(token=token) | JoinLink(invitation=token):
                return token
            case None:
                return None

    def _log_in_instead(self, account_client: AccountClient, device: NewDevice, refusal: AccountError) -> bool:
        """Find out what a taken name, or a missing invitation, means for somebody who may have the account already.

        Returns:
            Whether the account was made by this very device, and only the answer was lost.
        """
        if refusal.code not in {ErrorCode.NAME_TAKEN, ErrorCode.INVITATION_NEEDED}:
            raise refusal
        if self._is_own_device(account_client, device.device, device.signing):
            return True
        try:
            account_client.check_password(self._name, self._wanted.passphrase)
        except AccountError as wrong:
            raise self._why_nobody_gets_in(refusal, wrong) from wrong
        if not self._wanted.start_over:
            raise AccountError(
                ErrorCode.DEVICE_UNKNOWN,
                "The password is right, but this device is not one of the account's. Connect with --link to make it "
                "one, beside your others. With --start-over the name gets a new identity: your contacts will be "
                "warned, and earlier messages stay where they are. If you have connected to this relay by another "
                "address before, do so again.",
            ).because(Reason.OTHER_DEVICE)
        account_client.reset_identity(self._name, self._wanted.passphrase, device)
        return False

    def _why_nobody_gets_in(self, refusal: AccountError, wrong: AccountError) -> AccountError:
        """Say what a refused registration and a refused login mean together: either of them alone misleads."""
        if wrong.code is not ErrorCode.WRONG_CREDENTIALS:
            return wrong
        if refusal.code is ErrorCode.NAME_TAKEN:
            text = "The password is wrong. If you are new here, the name is taken: choose another one."
            return AccountError(ErrorCode.WRONG_CREDENTIALS, text)
        if isinstance(self._wanted.invitation, JoinLink) and self._token is None:
            text = (
                "This relay takes new people by invitation, and the link into the group brings none: ask whoever gave "
                "it to you for an invitation to the relay, or for a link that brings one."
            )
        elif self._wanted.invitation is not None:
            text = "This invitation was used or has expired, and no account has this name and password."
        else:
            text = "No account has this name and password, and a new one needs an invitation here."
        return AccountError(ErrorCode.INVITATION_NEEDED, text)

    def _is_own_device(self, account_client: AccountClient, device: DeviceId, signing: SigningKey) -> bool:
        """Tell whether the relay knows a device as one of the account's."""
        try:
            account_client.check_device(self._name, device, signing)
        except AccountError as refusal:
            if refusal.code not in {ErrorCode.DEVICE_UNKNOWN, ErrorCode.WRONG_CREDENTIALS}:
                raise
            return False
        return True


def _no_relay(unit: UnitOfWork) -> bytes:
    """Keep no relay."""
    del unit
    return b""


def _tell(bus: EventBus, step: int) -> None:
    bus.tell(events.Progress("opening", step, STEPS))
