"""A client's profile and ports without its sockets, and people with real keys who write to it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from babilu.api.events import Event
from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.engine.conversation.conversation_cache import ConversationCache
from babilu.engine.conversation.effects import Effect, Tell
from babilu.engine.conversation.encryption import ContentEncryption
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.profile.own_keys import make_profile_record, own_device
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.event_bus import EventBus
from babilu.engine.runtime.presence import Presences
from babilu.engine.runtime.views import ViewMaker
from babilu.identity.device_list import encode_device_list, list_hash, make_device_list, make_entry, verify_device_list
from babilu.identity.shapes import Bundle, DeviceEntry, ListedAccount, SignedDeviceList
from babilu.kernel.ids import ConversationId, conversation_id, envelope_id
from babilu.kernel.limits import Limits
from babilu.kernel.states import Route
from babilu.session.envelope import EnvelopeBody, EnvelopeEnd, InitialPart, seal_envelope
from babilu.session.ports import PrekeyKind
from babilu.session.pqxdh import HandshakeHeader
from babilu.session.prekeys import PrekeyMaker, direct_bundle
from babilu.session.ratchet import RatchetMessage
from babilu.session.sessions import OwnDevice
from babilu.store.contact_records import ContactRecord
from babilu.store.delivery_records import IncomingEnvelope
from babilu.store.profile_records import ProfileRecord
from babilu.store.unit_of_work import UnitOfWork
from babilu.system import SystemRandomness
from tests.unit.session.devices import RELAY
from tests.unit.store.builders import NOW, SetClock, database_in

RANDOMNESS = SystemRandomness()


@dataclass
class Home:
    """One person's profile, open.

    Attributes:
        base: What the engine's parts stand on.
        clock: Its time.
        told: What the bus has told.
        identity: The person's key.
    """

    base: ClientContext
    clock: SetClock
    told: list[Event]
    identity: SigningKey


@contextmanager
def a_home(folder: Path, name: str = "bob", *, has_relay: bool = True) -> Iterator[Home]:
    """Make a profile with new keys and close it at the end."""
    clock, bus, presences, told = SetClock(), EventBus(), Presences(), list[Event]()
    bus.subscribe(lambda _, event: told.append(event))
    with database_in(folder, clock) as database:
        identity = SigningKey.generate(RANDOMNESS)
        accounts = [ListedAccount(RELAY, name)] if has_relay else []
        record = make_profile_record(name, identity, RANDOMNESS, NOW, accounts)
        with database.write() as unit:
            unit.profile.create(record)
        own = own_device(record, name if has_relay else "")
        show = ViewMaker(name, presences, own.identity_key, name)
        base = ClientContext(database, own, bus, show, presences, Limits(), clock, RANDOMNESS)
        yield Home(base, clock, told, identity)


def a_record(name: str, identity: SigningKey) -> ProfileRecord:
    return make_profile_record(name, identity, RANDOMNESS, NOW, [ListedAccount(RELAY, name)])


@dataclass
class Writer:
    """Somebody with real keys and no client.

    Attributes:
        name: The account that their first messages claim.
        identity: The person's key.
        record: The keys of the device.
        own: The same, as sessions use them.
    """

    name: str
    identity: SigningKey = field(init=False)
    record: ProfileRecord = field(init=False)
    own: OwnDevice = field(init=False)

    def __post_init__(self) -> None:
        self.identity = SigningKey.generate(RANDOMNESS)
        self.record = a_record(self.name, self.identity)
        self.own = own_device(self.record, self.name)

    @property
    def entry(self) -> DeviceEntry:
        """The own device, as the own list names it."""
        return verify_device_list(self.own.device_list).devices[0]

    def list_with(self, *others: "Writer", step: int = 1, account: str | None = None) -> SignedDeviceList:
        """Sign a newer list that names the own device, and devices whose keys others have lent."""
        lent = [make_entry(self.identity, each.own.signing, each.own.agreement.public) for each in others]
        return make_device_list(
            self.identity,
            verify_device_list(self.own.device_list).version + step,
            [self.entry, *lent],
            before=list_hash(self.own.device_list),
            accounts=[ListedAccount(RELAY, self.name if account is None else account)],
        )

    def bundle(self) -> Bundle:
        """Make a bundle of the device, as a relay would give one out."""
        maker = PrekeyMaker(self.own.device, self.own.signing, 1, NOW, RANDOMNESS)
        made = {prekey.kind: prekey for prekey in (*maker.renewed(), *maker.one_time(1, 1))}
        kinds = (PrekeyKind.SIGNED, PrekeyKind.ONE_TIME_KEM, PrekeyKind.ONE_TIME_EC)
        return direct_bundle(self.own.device, *(made[kind] for kind in kinds))

    def showing(self, device_list: SignedDeviceList) -> None:
        """Show another list of the own devices from now on."""
        self.own = replace(self.own, device_list=device_list)

    def writes_first(self, to: Home) -> IncomingEnvelope:
        """Make the first message of a session, as far as the dispatcher looks into it."""
        message = RatchetMessage(AgreementKey.generate(RANDOMNESS).public, 0, 0, RANDOMNESS.token(300))
        header = HandshakeHeader(AgreementKey.generate(RANDOMNESS).public, 1, 2, None, RANDOMNESS.token(1568))
        initial = InitialPart(self.name, self.own.device_list, header)
        body = EnvelopeBody(self.own.device, RANDOMNESS.token(16), message, initial)
        own = to.base.own
        sealed = seal_envelope(self.own.agreement, EnvelopeEnd(own.device, own.agreement.public), body)
        return IncomingEnvelope(Route.RELAY, None, NOW, envelope_id(sealed), sealed)


def know(
    home: Home, unit: UnitOfWork, writer: Writer, *, accepted: bool = True, account: str | None = None
) -> ContactRecord:
    """Make a contact of somebody, with the account that their name is unless another or none is given."""
    return unit.contacts.add(
        writer.own.identity_key,
        writer.name,
        writer.name if account is None else account,
        conversation_id(home.base.own.identity_key, writer.own.identity_key),
        encode_device_list(writer.own.device_list),
        verify_device_list(writer.own.device_list).devices,
        NOW,
        accepted=accepted,
    )


def id_with(home: Home, contact: ContactRecord) -> ConversationId:
    """Return the id of the conversation with a contact."""
    return conversation_id(home.base.own.identity_key, contact.identity_key)


def a_turn(
    home: Home, unit: UnitOfWork, contact: ContactRecord, cache: ConversationCache | None = None
) -> ConversationTransaction:
    """Begin a turn of the conversation with a contact."""
    base = home.base
    encryption = ContentEncryption(base.own, base.randomness)
    present = unit.contacts.by_contact(contact.contact)
    assert present is not None
    return ConversationTransaction(
        unit, present, cache or ConversationCache(), encryption, base.show, base.randomness, home.clock
    )


def told_in(effects: Iterable[Effect]) -> list[Event]:
    """Return the events among effects, in order."""
    return [effect.event for effect in effects if isinstance(effect, Tell)]
