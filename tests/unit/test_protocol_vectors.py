"""The published vectors are what the code does, and leave nothing out that travels."""

from typing import Any, get_args

import pytest

from babilu.crypto.keys import AgreementKey, SigningKey, verify
from babilu.crypto.secret import Secret
from babilu.group.changes import KnownChange
from babilu.group.entries import LogEntry, decode_entry, read_entry
from babilu.group.succession import Succession
from babilu.identity.device_list import decode_device_list, list_hash, verify_device_list
from babilu.identity.invitation import Invitation
from babilu.identity.join_link import JoinLink, join_token_hash
from babilu.kernel.ids import domain
from babilu.kernel.limits import Limits
from babilu.session import ratchet
from babilu.wire.client_frames import ClientFrame
from babilu.wire.codec import Codec, client_frames, direct_frames, encode, relay_frames
from babilu.wire.content import ContentPart
from babilu.wire.content_reading import decode_content
from babilu.wire.direct_frames import DirectFrame
from babilu.wire.framing import FrameReader
from babilu.wire.relay_frames import RelayFrame
from tests.unit.group.logs import build
from tests.unit.session.devices import CountedRandomness
from tests.vectors import groups, make
from tests.vectors.vectors import PROTOCOL, protocol, unhex

LARGEST_BYTES = 300_000

CODECS: dict[str, Codec[Any]] = {"client": client_frames, "relay": relay_frames, "direct": direct_frames}
UNIONS = {"client": ClientFrame, "relay": RelayFrame, "direct": DirectFrame}


def test_the_vectors_are_what_the_code_makes_now() -> None:
    published = protocol()
    assert make.build(published["envelopes"]) == published


def test_the_vectors_stay_small_enough_to_read() -> None:
    assert PROTOCOL.stat().st_size < LARGEST_BYTES


@pytest.mark.parametrize("side", CODECS)
def test_every_frame_has_a_vector_and_is_read_back_from_it(side: str) -> None:
    published = protocol()["frames"][side]
    assert {each["tag"] for each in published} == {str(kind.__struct_config__.tag) for kind in get_args(UNIONS[side])}
    for each in published:
        (body,) = FrameReader(Limits()).feed(unhex(each["encoded"]))
        decoded: Any = CODECS[side].decode(body)
        assert make.shown(decoded) == each["fields"]
        assert encode(decoded) == body


def test_every_kind_of_content_has_a_vector_and_is_read_back_from_it() -> None:
    published = protocol()["contents"]
    assert {each["part"] for each in published} == {str(kind.__struct_config__.tag) for kind in get_args(ContentPart)}
    for each in published:
        content, part = decode_content(unhex(each["encoded"]))
        assert make.shown(content) == each["fields"]
        assert make.shown(part) == each["says"]
        assert encode(part) == content.part
        assert encode(content) == unhex(each["encoded"])


def test_the_published_device_list_verifies() -> None:
    published = protocol()["device_list"]
    signed = decode_device_list(unhex(published["encoded"]))
    assert make.shown(verify_device_list(signed)) == published["body"]
    assert list_hash(signed) == unhex(published["hash"])


def read_group_entry(encoded: str) -> LogEntry:
    return read_entry(decode_entry(unhex(encoded)))


def test_every_kind_of_entry_of_a_group_has_a_vector_and_is_read_back_from_it() -> None:
    published = protocol()["group"]["entries"]
    assert {each["tag"] for each in published} == {str(kind.__struct_config__.tag) for kind in get_args(KnownChange)}
    for each in published:
        assert groups.entry_vector(read_group_entry(each["encoded"])) == each


@pytest.mark.parametrize("published", protocol()["group"]["logs"], ids=lambda each: each["about"])
def test_the_published_logs_mean_what_is_published_in_any_order(published: dict[str, Any]) -> None:
    read = [read_group_entry(each) for each in published["entries"]]
    for order in (read, read[::-1]):
        log = build(order)
        state, successor = log.state, Succession(log).successor()
        assert log.group.hex() == published["group"]
        assert [(member.identity.hex(), member.role.value) for member in state.members] == [
            (member["identity"], member["role"]) for member in published["members"]
        ]
        why_not = [log.why_not(each.hash) for each in read]
        assert [why and why.reason.value for why in why_not] == published["why_not"]
        assert [why and why.by and why.by.hex() for why in why_not] == published["because_of"]
        assert (successor and successor.hash.hex()) == published["successor"]
    assert {each for log in protocol()["group"]["logs"] for each in log["why_not"]} >= {
        None, "ended", "device_off", "policy_closed", "left",
    }  # fmt: skip


def test_the_published_login_signatures_verify_each_under_its_own_domain() -> None:
    published = protocol()["login_transcript"]
    public = SigningKey.from_bytes(Secret(unhex(published["seed"]))).public
    for signer, signature in published["signatures"].items():
        verify(public, domain(signer), unhex(published["transcript"]), unhex(signature))


def test_the_published_hellos_verify() -> None:
    published = protocol()["direct_hello"]
    public = SigningKey.from_bytes(Secret(unhex(published["signing_seed"]))).public
    for hello in published["hellos"].values():
        verify(public, domain("direct"), unhex(hello["signed"]), unhex(hello["signature"]))


def test_the_published_ratchet_conversation_can_be_read_by_its_responder() -> None:
    published = protocol()["ratchet"]["conversation"]
    prekey = AgreementKey.from_bytes(Secret(unhex(published["signed_prekey_private"])))
    messages = [
        ratchet.RatchetMessage(unhex(each["ratchet_key"]), each["previous"], each["number"], unhex(each["ciphertext"]))
        for each in published["messages"][:2]
    ]
    randomness = CountedRandomness("anybody")
    state = ratchet.respond(Secret(unhex(published["secret"])), prekey, messages[0], randomness)
    for message, text in zip(messages, published["texts"], strict=False):
        state, read = ratchet.decrypt(state, message, unhex(published["associated_data"]), randomness)
        assert read == unhex(text)


def test_the_published_invitations_are_read_back() -> None:
    for each in protocol()["invitation"]:
        read = Invitation.decode(each["text"])
        assert {name: make.shown(getattr(read, name)) for name in Invitation.__dataclass_fields__} == {
            name: value for name, value in each.items() if name != "text"
        }


@pytest.mark.parametrize("which", ["link", "link_elsewhere"])
def test_the_published_link_into_a_group_is_read_back(which: str) -> None:
    published = protocol()["group"][which]
    read = JoinLink.decode(published["text"])
    for name in ("relay_key", "pin", "group", "token", "invitation"):
        assert getattr(read, name) == unhex(published[name]), name
    assert (read.host, read.port, list(read.admins)) == (published["host"], published["port"], published["admins"])
    assert (read.next_pin, read.expires_at) == (published["next_pin"], published["expires_at"])
    assert list(read.also) == published["also"]
    assert join_token_hash(read.group, read.token).hex() == published["token_hash"]
