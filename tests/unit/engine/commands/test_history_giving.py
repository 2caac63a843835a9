"""Groups of records as they are put into contents for another own device."""

import msgspec

from babilu.archive.groups import ArchiveGroup, GroupKind, decode_group, join_records
from babilu.engine.commands.history_giving import _contents
from babilu.kernel.limits import DEVICE_HISTORY_BYTES, DEVICE_HISTORY_GROUPS
from tests.unit.session.devices import CountedRandomness

RANDOMNESS = CountedRandomness("records")


def a_group(sizes: list[int], number: int = 0) -> ArchiveGroup:
    """Make a group of records that nothing makes smaller; nobody looks into them here."""
    records = [msgspec.msgpack.encode(RANDOMNESS.token(size)) for size in sizes]
    return ArchiveGroup(GroupKind.TRACES, number, 0, b"scope", join_records(records))


def records_in(contents: list[tuple[bytes, ...]]) -> list[int]:
    groups = [decode_group(packed) for content in contents for packed in content]
    return [len(record) for group in groups for record in msgspec.msgpack.decode(group.records)]


def test_what_is_too_large_is_halved_and_one_record_left_out() -> None:
    sizes = [20_000, 20_000, 20_000, 20_000, DEVICE_HISTORY_BYTES, 10]
    contents = list(_contents([a_group(sizes)]))
    assert records_in(contents) == [20_000, 20_000, 20_000, 20_000, 10]
    assert all(sum(map(len, content)) <= DEVICE_HISTORY_BYTES for content in contents)


def test_a_content_has_so_many_groups_at_most() -> None:
    contents = list(_contents(a_group([10], number) for number in range(DEVICE_HISTORY_GROUPS + 1)))
    assert [len(content) for content in contents] == [DEVICE_HISTORY_GROUPS, 1]
