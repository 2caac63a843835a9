from dataclasses import replace

import pytest

from babilu.kernel.errors import UsageError
from babilu.kernel.ids import IdentityKey
from babilu.store.contact_records import RequestRecord
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import NOW, a_device, an_identity, some_bytes


def a_request(name: str = "dave", host: str = "127.0.0.1", identity: IdentityKey | None = None) -> RequestRecord:
    return RequestRecord(
        some_bytes(8).hex(),
        an_identity() if identity is None else identity,
        name,
        some_bytes(100),
        host,
        5051,
        NOW,
        a_device(),
    )


def test_a_request_is_found_by_id_name_and_identity(unit: UnitOfWork) -> None:
    request = a_request()
    assert unit.requests.add_or_refresh(request) == request
    assert unit.requests.find(request.id) == request
    assert unit.requests.find("dave") == request
    assert unit.requests.by_identity(request.identity_key) == request
    assert unit.requests.find("erin") is None
    assert unit.requests.by_identity(an_identity()) is None


def test_calling_again_keeps_id_and_name_and_takes_over_the_rest(unit: UnitOfWork) -> None:
    first = a_request()
    unit.requests.add_or_refresh(first)
    again = replace(a_request("david", "10.0.0.1", first.identity_key), at=NOW + 5)
    refreshed = replace(again, id=first.id, name="dave")
    assert unit.requests.add_or_refresh(again) == refreshed
    assert unit.requests.all() == [refreshed]


def test_strangers_of_the_same_name_are_told_apart_by_their_ids(unit: UnitOfWork) -> None:
    one, other = a_request(), a_request()
    unit.requests.add_or_refresh(one)
    unit.requests.add_or_refresh(other)
    with pytest.raises(UsageError):
        unit.requests.find("dave")
    assert unit.requests.find(other.id) == other


def test_an_id_counts_before_a_name_that_imitates_it(unit: UnitOfWork) -> None:
    request = a_request()
    unit.requests.add_or_refresh(request)
    unit.requests.add_or_refresh(a_request(request.id))
    assert unit.requests.find(request.id) == request


def test_requests_are_listed_by_time_and_counted_by_address(unit: UnitOfWork) -> None:
    late, early = replace(a_request(), at=NOW + 1), a_request("erin", "10.0.0.1")
    unit.requests.add_or_refresh(late)
    unit.requests.add_or_refresh(early)
    assert unit.requests.all() == [early, late]
    assert (unit.requests.count(), unit.requests.count_from("10.0.0.1"), unit.requests.count_from("::1")) == (2, 1, 0)
    unit.requests.delete(late.id)
    assert unit.requests.all() == [early]


def test_a_declined_identity_is_remembered_and_its_request_forgotten(unit: UnitOfWork) -> None:
    request = a_request()
    unit.requests.add_or_refresh(request)
    unit.requests.decline(request.identity_key, NOW)
    unit.requests.decline(request.identity_key, NOW + 1)
    assert unit.requests.is_declined(request.identity_key)
    assert not unit.requests.is_declined(an_identity())
    assert unit.requests.count() == 0
    unit.requests.forgive(request.identity_key)
    assert not unit.requests.is_declined(request.identity_key)
