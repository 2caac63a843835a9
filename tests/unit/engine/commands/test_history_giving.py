"""Groups of records as they are put into contents for another own device, and who is given any."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

import msgspec

from babilu.archive.groups import ArchiveGroup, GroupKind, decode_group, join_records
from babilu.engine.commands.history_giving import HistoryGiving, _parts
from babilu.engine.runtime.history_given import begin_giving, devices_given_to
from babilu.engine.runtime.kept_grants import KeptGrant, keep_grant
from babilu.engine.runtime.threads import Worker
from babilu.kernel.ids import DeviceId
from babilu.kernel.limits import DEVICE_HISTORY_BYTES, DEVICE_HISTORY_GROUPS, DEVICE_HISTORY_PIECES
from babilu.wire.device_parts import DeviceHistory, DeviceHistoryPiece
from tests.unit.engine.homes import a_home
from tests.unit.session.devices import CountedRandomness
from tests.unit.store.builders import NOW

RANDOMNESS = CountedRandomness("records")


def a_group(sizes: list[int], number: int = 0) -> ArchiveGroup:
    """Make a group of records that nothing makes smaller; nobody looks into them here."""
    records = [msgspec.msgpack.encode(RANDOMNESS.token(size)) for size in sizes]
    return ArchiveGroup(GroupKind.TRACES, number, 0, b"scope", join_records(records))


def sizes_in(packed: bytes) -> list[int]:
    return [len(record) for record in msgspec.msgpack.decode(decode_group(packed).records)]


def test_what_is_too_large_is_halved_and_one_record_comes_in_pieces_at_its_place() -> None:
    large = 2 * DEVICE_HISTORY_BYTES + 10
    parts = list(_parts([a_group([20_000, 20_000, 20_000, large, 10])], RANDOMNESS))
    pieces = [part for part in parts if isinstance(part, DeviceHistoryPiece)]
    groups = [part for part in parts if isinstance(part, DeviceHistory)]
    assert [sizes_in(packed) for part in groups for packed in part.groups] == [[20_000, 20_000], [20_000], [10]]
    assert all(sum(map(len, part.groups)) <= DEVICE_HISTORY_BYTES for part in groups)
    assert sizes_in(b"".join(each.piece for each in pieces)) == [large]
    assert [(each.place, each.count, each.whole) for each in pieces] == [(n, 3, pieces[0].whole) for n in range(3)]
    assert all(len(each.piece) <= DEVICE_HISTORY_BYTES for each in pieces)


def test_a_content_has_so_many_groups_at_most() -> None:
    parts = list(_parts((a_group([10], number) for number in range(DEVICE_HISTORY_GROUPS + 1)), RANDOMNESS))
    counts = [len(part.groups) for part in parts if isinstance(part, DeviceHistory)]
    assert counts == [DEVICE_HISTORY_GROUPS, 1]


def test_what_needs_more_pieces_than_a_group_may_have_is_given_to_nobody() -> None:
    too_large = a_group([(DEVICE_HISTORY_PIECES + 1) * DEVICE_HISTORY_BYTES])
    parts = list(_parts([too_large, a_group([10])], RANDOMNESS))
    assert [sizes_in(packed) for part in parts if isinstance(part, DeviceHistory) for packed in part.groups] == [[10]]
    assert not any(isinstance(part, DeviceHistoryPiece) for part in parts)


class AtOnce:
    """Does at once what the thread is given."""

    def post(self, job: Callable[[], object]) -> bool:
        job()
        return True


def test_what_a_granted_device_was_promised_waits_for_its_list_and_any_other_one_is_given_nothing(
    tmp_path: Path,
) -> None:
    granted, removed = DeviceId(b"g" * 16), DeviceId(b"r" * 16)
    with a_home(tmp_path) as home:
        with home.base.database.write() as unit:
            keep_grant(unit, b"transcript", KeptGrant(granted, b"message", NOW))
            begin_giving(unit, granted, 0)
            begin_giving(unit, removed, 0)
        HistoryGiving(home.base, cast("Worker", AtOnce()), lambda _: None).start()
        with home.base.database.read() as unit:
            assert devices_given_to(unit) == (granted,)
