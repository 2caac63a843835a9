"""Linking of a device between its two ends, and with somebody in the middle who is neither."""

from dataclasses import dataclass, field, replace
from typing import TypeVar

import msgspec
import pytest

from babilu.crypto.keys import SigningKey
from babilu.identity.codec import encode_shape
from babilu.identity.device_list import make_device_list, make_entry, verify_device_list
from babilu.identity.link_codes import DeviceLine, LinkCode, LinkPlace, code_of, commitment_to
from babilu.identity.link_messages import (
    DEVICE_NAME_CHARACTERS,
    LinkAsk,
    LinkGrant,
    LinkOffer,
    LinkReveal,
    LinkYes,
    NewDeviceBody,
    OldDeviceBody,
    decode_link_message,
)
from babilu.identity.linking import NewDeviceLinking, OldDeviceLinking, new_device_body
from babilu.identity.shapes import DeviceKind
from babilu.identity.word_list import words
from babilu.kernel.errors import BabiluError, CryptoError, ErrorCode, ProtocolError
from babilu.kernel.limits import LINK_BYTES
from tests.unit.session.devices import CountedRandomness, Device, make_device
from tests.vectors.vectors import protocol

M = TypeVar("M")
HERE = LinkPlace("alice", b"c" * 32)
SECRET = b"sixteen bytes 16"


def as_a(kind: type[M], encoded: bytes) -> M:
    message = decode_link_message(encoded)
    assert isinstance(message, kind)
    return message


@dataclass
class Person:
    """Somebody with a full device, and another one that is new."""

    name: str = "alice"
    phone: Device = field(init=False)
    laptop: Device = field(init=False)
    randomness: CountedRandomness = field(init=False)

    def __post_init__(self) -> None:
        self.phone = make_device(self.name)
        self.laptop = make_device(f"{self.name}'s laptop")
        self.randomness = CountedRandomness(f"nonces of {self.name}")

    def shown_by_laptop(self, kind: DeviceKind = DeviceKind.FULL, name: str = "Laptop") -> NewDeviceBody:
        own = self.laptop.own
        return new_device_body(own.signing, own.agreement.public, self.laptop.bundle(), name, kind, self.randomness)

    def new(self, place: LinkPlace = HERE, secret: bytes | None = None) -> NewDeviceLinking:
        return NewDeviceLinking(self.laptop.own.signing, self.shown_by_laptop(), place, secret)

    def shown_by_phone(self) -> OldDeviceBody:
        own = self.phone.own
        nonce = self.randomness.token(32)
        return OldDeviceBody(1, own.identity_key, own.device_list, own.device, DeviceKind.FULL, nonce)

    def old(self, place: LinkPlace = HERE) -> OldDeviceLinking:
        return OldDeviceLinking(self.shown_by_phone(), place)


@pytest.fixture
def alice() -> Person:
    return Person()


def compare(new: NewDeviceLinking, old: OldDeviceLinking) -> tuple[LinkCode, LinkCode]:
    """Carry the messages of two ends to and fro; returns the codes that they show."""
    offer = old.ask_came(as_a(LinkAsk, new.ask()))
    reveal, shown_by_new = new.offer_came(as_a(LinkOffer, offer))
    return shown_by_new, old.reveal_came(as_a(LinkReveal, reveal))


def refused(act: "type[BabiluError]", code: ErrorCode) -> "pytest.RaisesExc[BabiluError]":
    return pytest.raises(act, check=lambda error: error.code is code)


class TestTheTwoEnds:
    def test_show_the_same_code_and_grant_once_both_have_said_yes(self, alice: Person) -> None:
        new, old = alice.new(), alice.old()
        shown_by_new, shown_by_old = compare(new, old)
        assert shown_by_new == shown_by_old
        assert new.transcript == old.transcript
        assert old.revealed is not None
        assert old.revealed.name == "Laptop"
        old.yes_came(as_a(LinkYes, new.yes()))
        assert old.may_grant
        grant = as_a(LinkGrant, old.grant(b"envelope"))
        assert grant.envelope == b"envelope"

    def test_make_an_entry_that_the_list_of_the_person_can_name(self, alice: Person) -> None:
        identity = SigningKey.generate(CountedRandomness("alice"))
        assert identity.public == alice.phone.own.identity_key
        new, old = alice.new(), alice.old()
        compare(new, old)
        entry = old.entry(identity, DeviceKind.COMPANION)
        before = verify_device_list(alice.phone.own.device_list).devices
        body = verify_device_list(make_device_list(identity, 1, [*before, entry]))
        assert [each.certificate.kind for each in body.devices] == [DeviceKind.FULL, DeviceKind.COMPANION]
        assert body.devices[1].device == alice.laptop.id

    def test_grant_nothing_to_whom_has_not_said_yes(self, alice: Person) -> None:
        new, old = alice.new(), alice.old()
        compare(new, old)
        assert not old.may_grant
        with refused(ProtocolError, ErrorCode.NOT_ALLOWED):
            old.grant(b"envelope")

    @pytest.mark.parametrize("elsewhere", [replace(HERE, account="eve"), replace(HERE, certificate=b"d" * 32)])
    def test_show_other_codes_where_they_are_in_other_places(self, alice: Person, elsewhere: LinkPlace) -> None:
        shown_by_new, shown_by_old = compare(alice.new(elsewhere), alice.old())
        assert shown_by_new.digits != shown_by_old.digits
        assert shown_by_new.words != shown_by_old.words

    def test_clean_the_name_that_a_device_gives_itself(self, alice: Person) -> None:
        shown = msgspec.structs.replace(alice.shown_by_laptop(), name="Lap\x1b[2Jtop")
        new, old = NewDeviceLinking(alice.laptop.own.signing, shown, HERE), alice.old()
        compare(new, old)
        assert old.revealed is not None
        assert old.revealed.name == "Lap\\x1b[2Jtop"
        assert len(alice.shown_by_laptop(name="x" * 200).name) == DEVICE_NAME_CHARACTERS


class TestARelayInTheMiddle:
    def test_shows_each_end_another_code(self, alice: Person) -> None:
        """It links its own device with the old end, and offers its own identity to the new one."""
        eve = Person("eve")
        new, old = alice.new(), alice.old()
        to_old, to_new = eve.new(), eve.old()
        offer_of_eve = to_new.ask_came(as_a(LinkAsk, new.ask()))
        offer = old.ask_came(as_a(LinkAsk, to_old.ask()))
        reveal, shown_by_new = new.offer_came(as_a(LinkOffer, offer_of_eve))
        to_new.reveal_came(as_a(LinkReveal, reveal))
        reveal_of_eve, _ = to_old.offer_came(as_a(LinkOffer, offer))
        shown_by_old = old.reveal_came(as_a(LinkReveal, reveal_of_eve))
        assert shown_by_new.digits != shown_by_old.digits
        assert shown_by_new.words != shown_by_old.words

    def test_cannot_show_other_keys_once_it_knows_what_the_old_device_shows(self, alice: Person) -> None:
        eve = Person("eve")
        new, old = alice.new(), alice.old()
        offer = old.ask_came(as_a(LinkAsk, new.ask()))
        to_old = eve.new()
        to_old.ask()
        reveal_of_eve, _ = to_old.offer_came(as_a(LinkOffer, offer))
        with refused(CryptoError, ErrorCode.MISMATCH):
            old.reveal_came(as_a(LinkReveal, reveal_of_eve))
        assert old.is_over

    def test_cannot_commit_anew(self, alice: Person) -> None:
        eve = Person("eve")
        old = alice.old()
        old.ask_came(as_a(LinkAsk, alice.new().ask()))
        with refused(ProtocolError, ErrorCode.NOT_ALLOWED):
            old.ask_came(as_a(LinkAsk, eve.new().ask()))
        assert old.is_over

    def test_cannot_answer_anew(self, alice: Person) -> None:
        new = alice.new()
        ask = as_a(LinkAsk, new.ask())
        new.offer_came(as_a(LinkOffer, Person("eve").old().ask_came(ask)))
        with refused(ProtocolError, ErrorCode.NOT_ALLOWED):
            new.offer_came(as_a(LinkOffer, alice.old().ask_came(ask)))
        with refused(ProtocolError, ErrorCode.NOT_ALLOWED):
            new.yes()

    def test_cannot_say_yes_for_the_user_of_the_new_device(self, alice: Person) -> None:
        new, old, eve = alice.new(), alice.old(), Person("eve")
        compare(new, old)
        to_other = eve.new()
        compare(to_other, eve.old())
        with refused(CryptoError, ErrorCode.BAD_SIGNATURE):
            old.yes_came(as_a(LinkYes, to_other.yes()))
        assert not old.may_grant

    def test_cannot_link_a_device_by_what_it_signed_for_somebody_else(self, alice: Person) -> None:
        new, old, eve = alice.new(), alice.old(), Person("eve")
        old.ask_came(as_a(LinkAsk, new.ask()))
        reveal, _ = new.offer_came(as_a(LinkOffer, eve.old().ask_came(LinkAsk(commitment_to(new.body)))))
        with refused(CryptoError, ErrorCode.BAD_SIGNATURE):
            old.reveal_came(as_a(LinkReveal, reveal))


class TestALine:
    def test_that_is_read_takes_the_place_of_comparing_at_both_ends(self, alice: Person) -> None:
        new, old = alice.new(secret=SECRET), alice.old()
        compare(new, old)
        assert new.line is not None
        old.read_line(DeviceLine.decode(f" {new.line.encode()[:40]}\n {new.line.encode()[40:]}"))
        grant = as_a(LinkGrant, old.grant(b"envelope"))
        assert new.is_proved(grant)

    def test_of_another_device_ends_the_try(self, alice: Person) -> None:
        new, old = alice.new(secret=SECRET), alice.old()
        compare(new, old)
        other = Person("eve").new(secret=SECRET).line
        assert other is not None
        with refused(CryptoError, ErrorCode.MISMATCH):
            old.read_line(other)
        assert old.is_over
        assert not old.may_grant

    def test_is_not_proved_by_whom_has_not_read_it(self, alice: Person) -> None:
        new, old = alice.new(secret=SECRET), alice.old()
        compare(new, old)
        assert new.line is not None
        old.read_line(replace(new.line, secret=b"another secret.."))
        grant = as_a(LinkGrant, old.grant(b"envelope"))
        assert not new.is_proved(grant)
        assert not new.is_proved(LinkGrant(b"envelope"))

    @pytest.mark.parametrize("text", ["", "babilu-device:", "babilu-device:xyz", "babilu-device:" + "00" * 47])
    def test_that_is_none_is_malformed(self, text: str) -> None:
        with refused(ProtocolError, ErrorCode.MALFORMED):
            DeviceLine.decode(text)


class TestWhatDoesNotHold:
    def test_a_companion_offers_nothing(self, alice: Person) -> None:
        identity = SigningKey.generate(CountedRandomness("alice"))
        own = alice.phone.own
        entry = make_entry(identity, own.signing, own.agreement.public, DeviceKind.COMPANION)
        shown = msgspec.structs.replace(alice.shown_by_phone(), device_list=make_device_list(identity, 1, [entry]))
        new = alice.new()
        new.ask()
        with refused(CryptoError, ErrorCode.BAD_KEY):
            new.offer_came(LinkOffer(encode_shape(shown)))

    def test_nobody_offers_the_list_of_somebody_else(self, alice: Person) -> None:
        shown = msgspec.structs.replace(alice.shown_by_phone(), identity_key=Person("eve").phone.own.identity_key)
        new = alice.new()
        new.ask()
        with refused(CryptoError, ErrorCode.BAD_KEY):
            new.offer_came(LinkOffer(encode_shape(shown)))

    def test_prekeys_of_another_device_are_refused(self, alice: Person) -> None:
        shown = msgspec.structs.replace(alice.shown_by_laptop(), bundle=Person("eve").laptop.bundle())
        new, old = NewDeviceLinking(alice.laptop.own.signing, shown, HERE), alice.old()
        with refused(CryptoError, ErrorCode.BAD_KEY):
            compare(new, old)
        assert old.is_over

    @pytest.mark.parametrize("version", [0, 2])
    def test_another_version_is_said_to_be_one(self, alice: Person, version: int) -> None:
        shown = msgspec.structs.replace(alice.shown_by_laptop(), version=version)
        with refused(ProtocolError, ErrorCode.UNSUPPORTED):
            compare(NewDeviceLinking(alice.laptop.own.signing, shown, HERE), alice.old())

    def test_what_is_no_message_or_too_long_is_refused(self) -> None:
        with refused(ProtocolError, ErrorCode.MALFORMED):
            decode_link_message(b"\x93no")
        with refused(ProtocolError, ErrorCode.TOO_LARGE):
            decode_link_message(bytes(LINK_BYTES + 1))


class TestTheCode:
    def test_has_six_digits_and_four_words_of_a_list_of_2048(self) -> None:
        code = code_of(b"t" * 32)
        assert len(code.digits) == 6
        assert code.digits.isdecimal()
        assert len(code.words) == 4
        assert len(words()) == len(set(words())) == 2048
        assert len({word[:4] for word in words()}) == 2048

    def test_is_as_the_vectors_say(self) -> None:
        tries = protocol()["linking"]["tries"]
        for each in tries:
            code = code_of(bytes.fromhex(each["transcript"]))
            assert (code.digits, list(code.words)) == (each["digits"], each["words"])
        assert len(tries) == 2
