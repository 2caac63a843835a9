"""The full device's end of linking, without a relay and without a user's interface."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from babilu.api import events
from babilu.api.commands import LinkApprove
from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.crypto.secret import Passphrase, Secret
from babilu.engine.commands.device_linking import LISTED_WITHIN_MS, TRY_MS, DeviceLinking
from babilu.engine.runtime.history_given import devices_given_to
from babilu.engine.runtime.kept_grants import GRANT_KEPT_MS, GRANTS_KEPT
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.runtime.threads import Worker
from babilu.engine.transport.own_list_changes import OwnListChanger
from babilu.identity.codec import encode_shape
from babilu.identity.device_list import decode_device_list
from babilu.identity.link_codes import LinkPlace
from babilu.identity.link_messages import (
    LinkAgain,
    LinkEnd,
    LinkGrant,
    LinkMessage,
    LinkOffer,
    LinkTaken,
    decode_link_message,
)
from babilu.identity.linking import NewDeviceLinking, new_device_body
from babilu.identity.shapes import DeviceKind, SignedDeviceList
from babilu.kernel.errors import DeliveryError, ErrorCode, TrustError
from babilu.kernel.ids import device_id
from babilu.session.ports import PrekeyKind
from babilu.session.prekeys import PrekeyMaker, direct_bundle
from babilu.store.profile_store import ProfileStore
from tests.unit.engine.homes import RANDOMNESS, Home, a_home
from tests.unit.store.builders import NOW

PLACE = LinkPlace("bob", b"c" * 32)
PASSWORD = Passphrase("password")


class HeldIdentity:
    """A profile of which only the identity key is asked for."""

    has_identity = True

    def __init__(self, key: SigningKey) -> None:
        self._key = key

    def identity(self, passphrase: Passphrase) -> Secret:
        assert passphrase.reveal() == PASSWORD.reveal()
        return self._key.private_bytes()


class AtOnce:
    """Does at once what a thread is given, and never what is put off."""

    loop = cast("Any", type("Later", (), {"call_later": staticmethod(lambda *_: None)}))

    def post(self, job: Callable[[], object]) -> bool:
        job()
        return True

    def call(self, function: Callable[..., object], *given: object) -> None:
        function(*given)


@dataclass
class Office:
    """A full device, and what it has said to the new ones."""

    home: Home
    make: Callable[[], DeviceLinking]
    said: list[LinkMessage] = field(default_factory=list)
    published: list[SignedDeviceList] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.linking = self.make()

    def start_again(self) -> None:
        """Begin another run, which knows what was committed."""
        self.linking = self.make()

    def hear(self, channel: bytes, message: bytes) -> None:
        self.linking.heard(channel, PLACE, message, lambda said: self.said.append(decode_link_message(said)))

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.home.told if isinstance(event, kind)]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with a_home(tmp_path) as home:
        worker, loop = cast("Worker", AtOnce()), cast("LoopThread", AtOnce())
        published: list[SignedDeviceList] = []

        def adopt(signed: SignedDeviceList) -> None:
            published.append(signed)
            home.base.own.device_list = signed

        lists = OwnListChanger(home.base, None, adopt)
        profile = cast("ProfileStore", HeldIdentity(home.identity))
        made = Office(home, lambda: DeviceLinking(home.base, profile, lists, worker, loop, lambda *_: None))
        made.published = published
        yield made


def new_device(name: str = "Laptop", kind: DeviceKind = DeviceKind.FULL) -> NewDeviceLinking:
    signing, agreement = SigningKey.generate(RANDOMNESS), AgreementKey.generate(RANDOMNESS)
    device = device_id(signing.public, agreement.public)
    maker = PrekeyMaker(device, signing, 1, NOW, RANDOMNESS)
    made = {prekey.kind: prekey for prekey in (*maker.renewed(), *maker.one_time(1, 1))}
    kinds = (PrekeyKind.SIGNED, PrekeyKind.ONE_TIME_KEM, PrekeyKind.ONE_TIME_EC)
    bundle = direct_bundle(device, *(made[kind] for kind in kinds))
    shown = new_device_body(signing, agreement.public, bundle, name, kind, RANDOMNESS)
    return NewDeviceLinking(signing, shown, PLACE)


def come_to_the_code(office: Office, new: NewDeviceLinking, channel: bytes) -> None:
    office.hear(channel, new.ask())
    offer = office.said[-1]
    assert isinstance(offer, LinkOffer)
    reveal, _ = new.offer_came(offer)
    office.hear(channel, reveal)


def linked(office: Office, channel: bytes) -> NewDeviceLinking:
    """Link a device up to its grant."""
    new = new_device()
    come_to_the_code(office, new, channel)
    office.hear(channel, new.yes())
    office.linking.approve(LinkApprove(PASSWORD))
    assert isinstance(office.said[-1], LinkGrant)
    return new


def test_a_try_is_over_after_ten_minutes(office: Office) -> None:
    new = new_device()
    come_to_the_code(office, new, b"one")
    office.home.clock.now += TRY_MS
    with pytest.raises(DeliveryError) as refused:
        office.linking.approve(LinkApprove(PASSWORD))
    assert refused.value.code is ErrorCode.NOT_FOUND
    assert isinstance(office.said[-1], LinkEnd)
    (ended,) = office.of(events.LinkEnded)
    assert (ended.code, ended.failed) == ("expired", 1)


def test_a_yes_is_for_the_device_whose_code_was_compared(office: Office) -> None:
    come_to_the_code(office, new_device(), b"one")
    (compared,) = office.of(events.LinkAsked)
    office.hear(b"one", encode_shape(LinkEnd()))
    other = new_device("Stranger")
    come_to_the_code(office, other, b"two")
    office.hear(b"two", other.yes())
    with pytest.raises(TrustError) as refused:
        office.linking.approve(LinkApprove(PASSWORD, device=compared.device))
    assert refused.value.code is ErrorCode.MISMATCH
    assert office.of(events.DeviceLinked) == []
    assert not isinstance(office.said[-1], LinkGrant)
    # Whoever compares the other code may say yes to that one.
    office.linking.approve(LinkApprove(PASSWORD, device=office.of(events.LinkAsked)[-1].device))
    assert isinstance(office.said[-1], LinkGrant)


@pytest.mark.parametrize(("said", "full"), [(None, False), (False, False), (True, True)])
def test_a_device_becomes_what_it_asked_for_where_its_user_says_nothing_else(
    office: Office, said: bool | None, full: bool
) -> None:
    new = new_device("Library", DeviceKind.COMPANION)
    come_to_the_code(office, new, b"one")
    office.hear(b"one", new.yes())
    office.linking.approve(LinkApprove(PASSWORD, full=said))
    (linked,) = office.of(events.DeviceLinked)
    assert linked.device.full is full


def test_one_device_at_a_time_is_compared(office: Office) -> None:
    come_to_the_code(office, new_device(), b"one")
    office.hear(b"two", new_device("Other").ask())
    assert isinstance(office.said[-1], LinkEnd)
    assert len(office.of(events.LinkAsked)) == 1


def test_a_second_commitment_in_one_try_ends_it(office: Office) -> None:
    come_to_the_code(office, new_device(), b"one")
    office.hear(b"one", new_device("Other").ask())
    assert isinstance(office.said[-1], LinkEnd)
    assert [each.code for each in office.of(events.LinkEnded)] == ["not_allowed"]


def test_a_grant_is_given_again_until_it_is_taken(office: Office) -> None:
    new = linked(office, b"one")
    granted = office.said[-1]
    office.hear(b"two", encode_shape(LinkAgain(new.transcript)))
    assert office.said[-1] == granted
    office.hear(b"two", encode_shape(LinkTaken(new.transcript)))
    office.hear(b"two", encode_shape(LinkAgain(new.transcript)))
    assert isinstance(office.said[-1], LinkEnd)


def test_a_device_that_waits_for_a_try_that_an_earlier_run_has_lost_is_told_of_its_end(office: Office) -> None:
    new = new_device()
    come_to_the_code(office, new, b"one")
    office.hear(b"one", new.yes())
    office.start_again()
    office.hear(b"two", encode_shape(LinkAgain(new.transcript)))
    assert isinstance(office.said[-1], LinkEnd)


def test_a_device_whose_yes_was_lost_with_its_connection_begins_again(office: Office) -> None:
    new = new_device()
    come_to_the_code(office, new, b"one")
    office.linking.approve(LinkApprove(PASSWORD))
    office.hear(b"two", encode_shape(LinkAgain(new.transcript)))
    assert isinstance(office.said[-1], LinkEnd)
    assert [each.code for each in office.of(events.LinkEnded)] == ["unavailable"]
    come_to_the_code(office, new_device(), b"three")
    assert len(office.of(events.LinkAsked)) == 2


def test_a_device_that_comes_back_before_the_users_yes_is_granted_where_it_is(office: Office) -> None:
    new = new_device()
    come_to_the_code(office, new, b"one")
    office.hear(b"one", new.yes())
    before = len(office.said)
    elsewhere: list[LinkMessage] = []
    again = encode_shape(LinkAgain(new.transcript))
    office.linking.heard(b"two", PLACE, again, lambda said: elsewhere.append(decode_link_message(said)))
    assert elsewhere == []
    office.linking.approve(LinkApprove(PASSWORD))
    assert [type(each) for each in elsewhere] == [LinkGrant]
    assert len(office.said) == before


def killed_before_the_relay_has_answered(office: Office) -> NewDeviceLinking:
    """Have the user say yes in a run that ends while the relay is given the list."""
    new = new_device()
    come_to_the_code(office, new, b"one")
    office.hear(b"one", new.yes())
    present = office.home.base.own.device_list
    office.linking.approve(LinkApprove(PASSWORD))
    office.home.base.own.device_list = present
    office.start_again()
    return new


def test_a_grant_whose_list_is_not_known_yet_waits_for_it_and_with_it_what_was_promised(office: Office) -> None:
    new = killed_before_the_relay_has_answered(office)
    granted, before = office.said[-1], len(office.said)
    again = encode_shape(LinkAgain(new.transcript))
    office.hear(b"two", again)
    assert len(office.said) == before
    office.home.base.own.device_list = office.published[-1]
    office.hear(b"two", again)
    assert office.said[-1] == granted
    with office.home.base.database.read() as unit:
        assert len(devices_given_to(unit)) == 1


def test_a_grant_whose_list_no_relay_has_taken_ends_for_good(office: Office) -> None:
    new = killed_before_the_relay_has_answered(office)
    again = encode_shape(LinkAgain(new.transcript))
    office.hear(b"two", again)
    office.home.clock.now += LISTED_WITHIN_MS
    office.hear(b"two", again)
    assert isinstance(office.said[-1], LinkEnd)
    with office.home.base.database.read() as unit:
        assert unit.settings.names("link.grant:") == ()


def test_so_many_grants_are_kept_and_none_for_longer_than_a_month(office: Office) -> None:
    for number in range(GRANTS_KEPT + 2):
        linked(office, b"%d" % number)
        # The list has room for twelve: the one before is taken off again.
        own = office.home.base.own
        body = msgspec.msgpack.decode(own.device_list.body)
        assert len(body[4]) == 2
        own.device_list = first_list(office)
        office.home.clock.now += 60 * 60 * 1000
    with office.home.base.database.read() as unit:
        assert len(unit.settings.names("link.grant:")) == GRANTS_KEPT
    office.home.clock.now += GRANT_KEPT_MS
    linked(office, b"last")
    with office.home.base.database.read() as unit:
        assert len(unit.settings.names("link.grant:")) == 1


def first_list(office: Office) -> SignedDeviceList:
    with office.home.base.database.read() as unit:
        record = unit.profile.load()
    assert record is not None
    return decode_device_list(record.device_list)
