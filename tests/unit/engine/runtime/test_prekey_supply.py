"""Prekeys are made on behalf of others, who always could ask for more: what they have made is bounded."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.engine.runtime.prekey_supply import BUNDLES_A_DAY, SETS_A_DAY, PrekeySupply
from babilu.identity.shapes import PrekeySet
from babilu.kernel.limits import DAY_MS, OLD_KEYS_KEPT_MS, PREKEYS_IN_FRAME, PREKEYS_KEPT, SIGNED_PREKEY_RENEWAL_MS
from babilu.session.ports import PrekeyKind
from tests.unit.engine.homes import Home, a_home

ONE_TIME = (PrekeyKind.ONE_TIME_EC, PrekeyKind.ONE_TIME_KEM)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as home:
        yield home


@pytest.fixture
def stock(home: Home) -> PrekeySupply:
    """The stock of a device that has registered."""
    made = PrekeySupply(home.base)
    with home.base.database.write() as unit:
        made.first_set(unit, PREKEYS_IN_FRAME)
    return made


def kept(home: Home) -> tuple[int, int]:
    with home.base.database.read() as unit:
        ec, kem = (len(unit.sessions.prekeys_of(kind)) for kind in ONE_TIME)
    return ec, kem


def sizes(sets: list[PrekeySet]) -> list[tuple[bool, int, int]]:
    return [(each.signed is not None, len(each.one_time_ec), len(each.one_time_kem)) for each in sets]


def test_a_relay_is_given_what_it_lacks(stock: PrekeySupply) -> None:
    assert sizes(stock.refill(PREKEYS_KEPT, PREKEYS_KEPT)) == []
    assert sizes(stock.refill(50, 95)) == [(False, 50, 5)]
    assert sizes(stock.refill(0, 50)) == [(False, 50, 50), (False, 50, 0)]


def test_a_relay_that_always_says_that_it_has_none_is_given_so_many_sets_a_day(home: Home, stock: PrekeySupply) -> None:
    sets = sum(len(stock.refill(0, 0)) for _ in range(300))
    assert sets == SETS_A_DAY
    assert kept(home) == ((SETS_A_DAY + 1) * PREKEYS_IN_FRAME,) * 2
    assert PrekeySupply(home.base).refill(0, 0) == []
    home.clock.now += DAY_MS
    assert len(stock.refill(0, 0)) == 2


def test_a_renewed_signed_prekey_comes_with_a_whole_stock_and_the_old_one_goes_in_time(
    home: Home, stock: PrekeySupply
) -> None:
    home.clock.now += SIGNED_PREKEY_RENEWAL_MS
    sets = stock.refill(PREKEYS_KEPT, PREKEYS_KEPT)
    assert sizes(sets) == [(True, 50, 50), (False, 50, 50)]
    for each in sets:
        stock.published(each)
    assert kept(home) == (150, 150)
    home.clock.now += OLD_KEYS_KEPT_MS
    stock.refill(PREKEYS_KEPT, PREKEYS_KEPT)
    with home.base.database.read() as unit:
        signed = [prekey.id for prekey in unit.sessions.prekeys_of(PrekeyKind.SIGNED)]
        oldest = min(prekey.id for prekey in unit.sessions.prekeys_of(PrekeyKind.ONE_TIME_EC))
    assert len(signed) == 2
    assert oldest > signed[0]
    assert kept(home) == (200, 200)


def test_a_signed_prekey_that_the_relay_was_not_told_of_is_published_until_it_has_it(
    home: Home, stock: PrekeySupply
) -> None:
    home.clock.now += SIGNED_PREKEY_RENEWAL_MS
    renewed = stock.bundle(None).signed
    lost, again = stock.refill(100, 100), stock.refill(100, 100)
    assert lost[0].signed == again[0].signed == renewed
    for each in again:
        stock.published(each)
    assert sizes(stock.refill(100, 100)) == []


def test_a_contact_who_calls_and_hangs_up_has_so_many_prekeys_made_a_day(home: Home, stock: PrekeySupply) -> None:
    bundles = [stock.bundle(7) for _ in range(BUNDLES_A_DAY + 20)]
    assert sum(bundle.one_time is not None for bundle in bundles) == BUNDLES_A_DAY
    assert kept(home) == (PREKEYS_IN_FRAME + BUNDLES_A_DAY,) * 2
    with home.base.database.read() as unit:
        last_resort = unit.sessions.newest_prekey(PrekeyKind.LAST_RESORT)
    assert last_resort is not None
    assert bundles[-1].kem.id == last_resort.id
    assert stock.bundle(8).one_time is not None
    home.clock.now += DAY_MS
    assert stock.bundle(7).one_time is not None
