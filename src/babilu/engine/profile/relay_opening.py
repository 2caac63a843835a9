"""Opening of a profile of a relay's account: what is known of the relay's certificates decides whom one talks to."""

from babilu.api.client import RelayProfile
from babilu.engine.profile.cancellation import CancellableOpening
from babilu.engine.profile.client import EngineClient
from babilu.engine.profile.profile_making import STEPS, ProfileMaker, tell_step
from babilu.engine.profile.registering import DeviceRegistration
from babilu.engine.runtime.event_bus import EventBus
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.transport.account_requests import AccountClient
from babilu.engine.transport.link_channels import Heard, LinkChannel, Lost, RelayLinkChannel
from babilu.engine.transport.relay_pins import RelayPins, load_pins, save_pins
from babilu.engine.transport.relay_ports import RelayLogin
from babilu.identity.invitation import Invitation
from babilu.identity.join_link import JoinLink
from babilu.identity.names import normalise_name
from babilu.identity.relay_addresses import other_addresses
from babilu.identity.shapes import ListedAccount
from babilu.kernel.errors import ErrorCode, TrustError
from babilu.store.profile_files import ProfilePaths
from babilu.store.profile_records import RelayRecord
from babilu.store.profile_store import ProfileStore
from babilu.store.unit_of_work import UnitOfWork


class RelayOpening:
    """Opens one account's profile."""

    def __init__(
        self,
        maker: ProfileMaker,
        wanted: RelayProfile,
        bus: EventBus,
        loop: LoopThread,
        beginning: CancellableOpening,
    ) -> None:
        self._maker = maker
        self._wanted = wanted
        self._bus = bus
        self._loop = loop
        self._beginning = beginning
        self._name = normalise_name(wanted.name)
        self._linking_pins = self._told_pins()
        self._paths = ProfilePaths.for_relay(maker.home, self._name, wanted.address.host, wanted.address.port)

    def open(self) -> EngineClient:
        """Open the profile, or make it and register its device."""
        tell_step(self._bus, 1)
        self._beginning.cut_by(self._loop.stop)
        is_new = not ProfileStore.exists(self._paths)
        told = self._told_pins()
        if is_new:
            # The relay has to be there before anything is written to disk. The certificate that it shows is kept with
            # the profile from the beginning: an answer that is lost leaves no keys behind that know no relay.
            self._account_client(told).look()
        profile, record = self._maker.open_or_make(
            self._paths, self._wanted, self._name, lambda: (self._account_at(told),)
        )
        try:
            base = self._maker.context(profile, record, self._name, self._bus)
            relay, pins = self._relay_of(profile, told)
            account_client = self._account_client(pins)
            tell_step(self._bus, 2)
            registration = DeviceRegistration(self._wanted, self._name, account_client, self._bus)
            if not relay.registered or (self._wanted.start_over and registration.is_forgotten(base)):
                registration.register(profile, base, self._account_at(pins), is_new=is_new)
            self._beginning.keep()
            tell_step(self._bus, STEPS)
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
        maker = self._maker
        passphrase = self._wanted.passphrase
        return RelayLinkChannel(client, self._name, passphrase, maker.randomness, heard, lost)

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
        maker = self._maker
        return AccountClient(self._loop, address.host, address.port, pins, maker.limits, maker.randomness)
