"""Pieces of what another own device gives: joined once all are here, in whatever order they came."""

from babilu.kernel.limits import DEVICE_HISTORY_PIECES
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import a_device

WHOLE, OTHER = b"w" * 16, b"o" * 16


def test_pieces_are_joined_in_their_order_and_forgotten(unit: UnitOfWork) -> None:
    device = a_device()
    assert unit.history_pieces.add(device, WHOLE, 2, 3, b"c") is None
    assert unit.history_pieces.add(device, WHOLE, 0, 3, b"a") is None
    assert unit.history_pieces.add(device, WHOLE, 0, 3, b"again") is None
    assert unit.history_pieces.add(device, WHOLE, 1, 3, b"b") == b"abc"
    assert unit.history_pieces.add(device, WHOLE, 1, 3, b"b") is None


def test_pieces_of_two_devices_are_kept_apart(unit: UnitOfWork) -> None:
    mine, theirs = a_device(), a_device()
    assert unit.history_pieces.add(mine, WHOLE, 0, 2, b"a") is None
    assert unit.history_pieces.add(theirs, WHOLE, 1, 2, b"b") is None
    unit.history_pieces.forget(mine)
    assert unit.history_pieces.add(theirs, WHOLE, 0, 2, b"a") == b"ab"


def test_of_one_device_too_many_make_room_by_those_of_other_wholes(unit: UnitOfWork) -> None:
    device = a_device()
    unit.history_pieces.add(device, OTHER, 0, 2, b"lost")
    for place in range(DEVICE_HISTORY_PIECES - 1):
        assert unit.history_pieces.add(device, WHOLE, place, DEVICE_HISTORY_PIECES, b"x") is None
    whole = unit.history_pieces.add(device, WHOLE, DEVICE_HISTORY_PIECES - 1, DEVICE_HISTORY_PIECES, b"x")
    assert whole == b"x" * DEVICE_HISTORY_PIECES
    assert unit.history_pieces.add(device, OTHER, 1, 2, b"alone") is None
