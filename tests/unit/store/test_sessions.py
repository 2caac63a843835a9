from dataclasses import replace

import pytest

from babilu.kernel.limits import DAY_MS, OLD_KEYS_KEPT_MS
from babilu.session.ports import PrekeyKind, PrivatePrekey, SessionRows
from babilu.store import sessions
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.session.memory_rows import MemoryRows
from tests.unit.store.builders import NOW, a_device, a_session, some_bytes


def a_prekey(kind: PrekeyKind, prekey_id: int, created_at: int = NOW) -> PrivatePrekey:
    return PrivatePrekey(kind, prekey_id, some_bytes(32), some_bytes(32), some_bytes(64), created_at)


@pytest.fixture(params=["database", "memory"])
def rows(request: pytest.FixtureRequest) -> SessionRows:
    """Both keepers of sessions: what the tests of sessions run on keeps the same promises as the database."""
    if request.param == "memory":
        return MemoryRows()
    unit: UnitOfWork = request.getfixturevalue("unit")
    return unit.sessions


def test_sessions_of_a_device_come_back_the_newest_first(rows: SessionRows) -> None:
    peer = a_device()
    made = [a_session(peer, NOW + minute) for minute in range(3)]
    for record in (*made, a_session(a_device())):
        rows.save_session(record)
    assert rows.sessions_with(peer) == made[::-1]


def test_sessions_of_one_moment_come_back_the_last_saved_first(rows: SessionRows) -> None:
    peer = a_device()
    made = [a_session(peer) for _ in range(3)]
    for record in made:
        rows.save_session(record)
    assert rows.sessions_with(peer) == made[::-1]


def test_saving_a_session_again_replaces_it_and_keeps_its_place(rows: SessionRows) -> None:
    peer = a_device()
    first, second = a_session(peer), a_session(peer)
    rows.save_session(first)
    rows.save_session(second)
    advanced = replace(
        first, ratchet=some_bytes(1200), initial=b"", sent=3, received=2, sending=False, closed=True, replaced_at=NOW
    )
    rows.save_session(advanced)
    assert rows.sessions_with(peer) == [second, advanced]


def test_a_deleted_session_is_gone(rows: SessionRows) -> None:
    peer = a_device()
    kept, deleted = a_session(peer), a_session(peer)
    rows.save_session(kept)
    rows.save_session(deleted)
    rows.delete_session(deleted.session)
    assert rows.sessions_with(peer) == [kept]


def test_an_ephemeral_key_is_seen_from_the_device_that_used_it(rows: SessionRows) -> None:
    peer, ephemeral = a_device(), some_bytes(32)
    assert not rows.is_ephemeral_seen(peer, ephemeral)
    rows.remember_ephemeral(peer, ephemeral, NOW)
    rows.remember_ephemeral(peer, ephemeral, NOW)
    assert rows.is_ephemeral_seen(peer, ephemeral)
    assert not rows.is_ephemeral_seen(a_device(), ephemeral)
    assert not rows.is_ephemeral_seen(peer, some_bytes(32))


def test_prekeys_are_found_by_kind_and_id_until_they_are_deleted(unit: UnitOfWork) -> None:
    kept = a_prekey(PrekeyKind.ONE_TIME_EC, 1)
    used = a_prekey(PrekeyKind.ONE_TIME_KEM, 1)
    unit.sessions.add_prekeys([kept, used])
    assert unit.sessions.prekey(PrekeyKind.ONE_TIME_KEM, 1) == used
    unit.sessions.delete_prekey(PrekeyKind.ONE_TIME_KEM, 1)
    assert unit.sessions.prekey(PrekeyKind.ONE_TIME_KEM, 1) is None
    assert unit.sessions.prekey(PrekeyKind.ONE_TIME_EC, 1) == kept
    assert unit.sessions.prekey(PrekeyKind.ONE_TIME_EC, 2) is None


def test_prekeys_of_a_kind_are_listed_by_id_and_the_newest_has_the_highest(unit: UnitOfWork) -> None:
    second, first = a_prekey(PrekeyKind.SIGNED, 2), a_prekey(PrekeyKind.SIGNED, 1)
    unit.sessions.add_prekeys([second, first])
    assert unit.sessions.prekeys_of(PrekeyKind.SIGNED) == [first, second]
    assert unit.sessions.newest_prekey(PrekeyKind.SIGNED) == second
    assert unit.sessions.newest_prekey(PrekeyKind.LAST_RESORT) is None


@pytest.mark.parametrize("kind", [PrekeyKind.SIGNED, PrekeyKind.LAST_RESORT])
def test_a_replaced_prekey_is_kept_for_sixty_days_after_its_successor_was_made(
    unit: UnitOfWork, kind: PrekeyKind
) -> None:
    successor_at = NOW + 7 * DAY_MS
    unit.sessions.add_prekeys([a_prekey(kind, 1), a_prekey(kind, 2, successor_at)])

    unit.sessions.delete_expired(successor_at + OLD_KEYS_KEPT_MS - 1)
    assert [one.id for one in unit.sessions.prekeys_of(kind)] == [1, 2]
    unit.sessions.delete_expired(successor_at + OLD_KEYS_KEPT_MS)
    assert [one.id for one in unit.sessions.prekeys_of(kind)] == [2]


def test_the_prekey_in_force_never_expires(unit: UnitOfWork) -> None:
    unit.sessions.add_prekeys([a_prekey(PrekeyKind.SIGNED, 1)])
    unit.sessions.delete_expired(NOW + 1000 * DAY_MS)
    assert [one.id for one in unit.sessions.prekeys_of(PrekeyKind.SIGNED)] == [1]


ONE_TIME = (PrekeyKind.ONE_TIME_EC, PrekeyKind.ONE_TIME_KEM)


def test_one_time_prekeys_wait_for_their_use_as_long_as_the_signed_one_under_which_they_were_made(
    unit: UnitOfWork,
) -> None:
    successor_at = NOW + 7 * DAY_MS
    unit.sessions.add_prekeys([a_prekey(PrekeyKind.SIGNED, 1), *(a_prekey(kind, 2) for kind in ONE_TIME)])
    unit.sessions.delete_expired(NOW + 1000 * DAY_MS)
    unit.sessions.add_prekeys([a_prekey(PrekeyKind.SIGNED, 3, successor_at), *(a_prekey(kind, 4) for kind in ONE_TIME)])
    unit.sessions.delete_expired(successor_at + OLD_KEYS_KEPT_MS - 1)
    assert [[one.id for one in unit.sessions.prekeys_of(kind)] for kind in ONE_TIME] == [[2, 4]] * 2
    unit.sessions.delete_expired(successor_at + OLD_KEYS_KEPT_MS)
    assert [[one.id for one in unit.sessions.prekeys_of(kind)] for kind in ONE_TIME] == [[4]] * 2


def test_of_one_time_prekeys_only_so_many_are_kept_and_the_oldest_given_up(
    unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "ONE_TIME_KEPT", 4)
    unit.sessions.add_prekeys([a_prekey(PrekeyKind.SIGNED, 1)])
    for first in range(2, 12, 2):
        unit.sessions.add_prekeys([a_prekey(kind, first + place) for place, kind in enumerate(ONE_TIME)])
    assert [one.id for kind in ONE_TIME for one in unit.sessions.prekeys_of(kind)] == [8, 10, 9, 11]
    assert unit.sessions.newest_prekey(PrekeyKind.SIGNED) is not None


def test_a_replaced_session_is_kept_for_sixty_days(unit: UnitOfWork) -> None:
    peer = a_device()
    sending, replaced = a_session(peer), replace(a_session(peer), replaced_at=NOW)
    unit.sessions.save_session(replaced)
    unit.sessions.save_session(sending)

    unit.sessions.delete_expired(NOW + OLD_KEYS_KEPT_MS - 1)
    assert unit.sessions.sessions_with(peer) == [sending, replaced]
    unit.sessions.delete_expired(NOW + OLD_KEYS_KEPT_MS)
    assert unit.sessions.sessions_with(peer) == [sending]


def test_an_ephemeral_key_is_remembered_as_long_as_a_prekey_that_it_can_have_used(unit: UnitOfWork) -> None:
    peer, early, late = a_device(), some_bytes(32), some_bytes(32)
    successor_at = NOW + 200 * DAY_MS
    unit.sessions.add_prekeys([a_prekey(PrekeyKind.SIGNED, 1)])
    unit.sessions.remember_ephemeral(peer, early, NOW + 1)
    unit.sessions.add_prekeys([a_prekey(PrekeyKind.SIGNED, 2, successor_at)])
    unit.sessions.remember_ephemeral(peer, late, successor_at + 1)

    unit.sessions.delete_expired(successor_at + OLD_KEYS_KEPT_MS - 1)
    assert unit.sessions.is_ephemeral_seen(peer, early)
    unit.sessions.delete_expired(successor_at + OLD_KEYS_KEPT_MS)
    assert not unit.sessions.is_ephemeral_seen(peer, early)
    assert unit.sessions.is_ephemeral_seen(peer, late)


def test_every_session_with_a_device_can_be_forgotten_at_once(unit: UnitOfWork) -> None:
    peer, other = a_device(), a_device()
    for device in (peer, peer, other):
        unit.sessions.save_session(a_session(device))
    unit.sessions.delete_sessions_with(peer)
    assert unit.sessions.sessions_with(peer) == []
    assert len(unit.sessions.sessions_with(other)) == 1


def test_ratchets_and_private_keys_do_not_print() -> None:
    session, prekey = a_session(a_device()), a_prekey(PrekeyKind.SIGNED, 1)
    assert repr(session.ratchet) not in repr(session)
    assert repr(prekey.private) not in repr(prekey)


def test_sessions_and_prekeys_of_a_former_own_device_only_receive_and_for_sixty_days(unit: UnitOfWork) -> None:
    peer, kinds = a_device(), (PrekeyKind.SIGNED, PrekeyKind.ONE_TIME_EC)
    unit.sessions.save_session(a_session(peer))
    unit.sessions.add_prekeys([a_prekey(kind, number) for number, kind in enumerate(kinds, start=1)])
    unit.sessions.become_former(NOW)
    (session,) = unit.sessions.sessions_with(peer)
    assert (session.sending, session.closed, session.replaced_at) == (False, True, NOW)
    # None of them is published again, and each is found for what names it.
    assert [unit.sessions.newest_prekey(kind) for kind in kinds] == [None, None]
    assert [unit.sessions.prekey(kind, number) is None for number, kind in enumerate(kinds, start=1)] == [False] * 2
    unit.sessions.delete_prekey(PrekeyKind.ONE_TIME_EC, 2)
    assert unit.sessions.prekey(PrekeyKind.ONE_TIME_EC, 2) is None
    unit.sessions.delete_expired(NOW + OLD_KEYS_KEPT_MS - 1)
    assert unit.sessions.prekey(PrekeyKind.SIGNED, 1) is not None
    unit.sessions.delete_expired(NOW + OLD_KEYS_KEPT_MS)
    assert unit.sessions.prekey(PrekeyKind.SIGNED, 1) is None
    assert unit.sessions.sessions_with(peer) == []
