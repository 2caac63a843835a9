"""Codec of messages between nodes: what goes in comes out, and what nobody of this relay has said does not."""

from random import Random
from typing import get_args

import msgspec
import pytest

from babilu.crypto.secret import Secret
from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import DeviceId
from babilu.relay.bus import codec as module
from babilu.relay.bus.codec import HINT_BYTES, MAC_BYTES, PIECES_KEPT, HintCodec
from babilu.relay.bus.port import (
    AccountClosed,
    AccountInDoubt,
    BusCounts,
    CertificateAnnounced,
    DeviceMoved,
    DevicesRemoved,
    Hint,
    LetterStored,
    LinkAnswerPassed,
    LinkAskPassed,
    ListChanged,
    LogGrown,
    MailStored,
    NodeCame,
    NodeGone,
    NoticeGiven,
    PresenceShown,
    StockLow,
    TransientPassed,
)

KEY = Secret(b"k" * 32)
EPOCH = b"epoch..1"
DEVICE = DeviceId(b"d" * 16)
OF_EACH_KIND: tuple[Hint, ...] = (
    MailStored(DEVICE, 2**62),
    DeviceMoved(DEVICE, 3),
    ListChanged("alice"),
    DevicesRemoved((DEVICE, DeviceId(b"e" * 16)), "alice", SignedDeviceList(b"body", b"s" * 64)),
    DevicesRemoved((DEVICE,)),
    AccountClosed(7, ErrorCode.ACCOUNT_DISABLED),
    AccountInDoubt("alice"),
    PresenceShown(1, "alice", frozenset({"bob", "carol"}), online=True, asks=True),
    TransientPassed("alice", "bob", DEVICE, b"sealed"),
    LinkAskPassed(7, b"l" * 16, None, b"message"),
    LinkAnswerPassed(7, b"l" * 16, DEVICE, b"message"),
    NodeGone(2),
    NoticeGiven("¿Qué?"),
    CertificateAnnounced(None),
    CertificateAnnounced(b"p" * 32),
    LetterStored(DEVICE, 5, 1_700_000_000_000, b"\x00letter"),
    StockLow(DEVICE, 1, 2),
    NodeCame(2),
    LogGrown(),
)


def codec(node: int, *, most: int = HINT_BYTES, key: Secret = KEY, epoch: bytes = EPOCH) -> HintCodec:
    return HintCodec(key, epoch, node, most, BusCounts())


def counts(of: HintCodec) -> BusCounts:
    return of._counts


def test_every_kind_of_hint_comes_out_as_it_went_in() -> None:
    assert {type(hint) for hint in OF_EACH_KIND} == set(get_args(Hint))
    (message,) = codec(1).seal(OF_EACH_KIND)
    assert codec(2).open(message) == list(OF_EACH_KIND)


def test_hints_that_are_known_here_are_read_at_once_and_not_each_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    (message,) = codec(1).seal(OF_EACH_KIND)
    monkeypatch.setattr(module, "_decode_hint", None)
    assert codec(2).open(message) == list(OF_EACH_KIND)


def test_kinds_keep_their_numbers_as_nodes_of_two_versions_talk_to_each_other() -> None:
    numbers = {kind.__struct_config__.tag: kind.__name__ for kind in get_args(Hint)}
    assert list(numbers) == list(range(len(get_args(Hint))))
    assert (numbers[0], numbers[12], numbers[13], numbers[16]) == (
        "MailStored",
        "CertificateAnnounced",
        "LetterStored",
        "LogGrown",
    )


def test_a_node_does_not_hear_itself() -> None:
    (message,) = codec(1).seal([NodeCame(1)])
    assert codec(1).open(message) == []


@pytest.mark.parametrize("place", [0, 20, -1])
def test_a_message_of_which_one_bit_is_another_is_dropped_and_counted(place: int) -> None:
    (message,) = codec(1).seal([ListChanged("alice")])
    forged = bytearray(message)
    forged[place] ^= 1
    hearing = codec(2)
    assert hearing.open(bytes(forged)) == []
    assert counts(hearing) == BusCounts(forged=1)


@pytest.mark.parametrize("message", [b"", b"short", bytes(MAC_BYTES)])
def test_what_is_no_message_is_dropped_and_counted(message: bytes) -> None:
    hearing = codec(2)
    assert hearing.open(message) == []
    assert counts(hearing) == BusCounts(forged=1)


def test_another_relays_messages_are_dropped_and_counted() -> None:
    hearing = codec(2)
    assert hearing.open(codec(1, key=Secret(b"x" * 32)).seal([NodeCame(1)])[0]) == []
    assert counts(hearing) == BusCounts(forged=1)


def test_a_node_that_knows_another_history_is_not_heard_until_this_one_knows_it_too() -> None:
    hearing = codec(2)
    (message,) = codec(1, epoch=b"epoch..2").seal([NodeCame(1)])
    assert hearing.open(message) == []
    assert counts(hearing) == BusCounts(other_epoch=1)
    hearing.epoch = b"epoch..2"
    assert hearing.open(message) == [NodeCame(1)]


def test_hints_that_only_a_later_version_knows_are_passed_over_and_the_others_heard() -> None:
    speaking, hearing = codec(1), codec(2)
    hints = [[999], [0, b"d" * 16, "no number"], [2, "alice", "more"]]
    message = speaking._message([msgspec.Raw(msgspec.msgpack.encode(hint)) for hint in hints])
    assert hearing.open(message) == [ListChanged("alice")]
    assert counts(hearing) == BusCounts(unknown=2)


@pytest.mark.parametrize("most", [600, 5_925, HINT_BYTES])
def test_hints_fill_messages_that_the_carrier_takes_and_keep_their_order(most: int) -> None:
    hints = [LetterStored(DEVICE, number, 0, bytes(400)) for number in range(3_000)]
    messages = codec(1, most=most).seal(hints)
    hearing = codec(2, most=most)
    assert all(len(message) <= most for message in messages)
    assert len(messages) < 2 * len(hints) * 450 / most + 2
    assert [hint for message in messages for hint in hearing.open(message)] == hints


def test_a_hint_that_fits_no_message_comes_in_pieces_in_any_order_and_more_than_once() -> None:
    hint = LinkAskPassed(7, b"l" * 16, DEVICE, Random(1).randbytes(32 * 1024))
    pieces = codec(1, most=5_925).seal([NodeCame(1), hint])
    hearing = codec(2, most=5_925)
    assert all(len(piece) <= 5_925 for piece in pieces)
    Random(2).shuffle(pieces)
    heard = [each for piece in [*pieces[:3], *pieces] for each in hearing.open(piece)]
    assert sorted(heard, key=repr) == [hint, NodeCame(1)]


def test_pieces_whose_others_never_come_are_bounded() -> None:
    hearing = codec(2, most=600)
    speaking = codec(1, most=600)
    for _ in range(PIECES_KEPT + 5):
        hearing.open(speaking.seal([NoticeGiven("x" * 2_000)])[0])
    assert len(hearing._pieces) == PIECES_KEPT
    assert counts(hearing).lost == 5


def test_a_hint_that_is_too_large_for_everything_is_dropped_and_counted() -> None:
    speaking = codec(1)
    assert speaking.seal([NoticeGiven("x" * HINT_BYTES)]) == []
    assert counts(speaking).lost == 1
