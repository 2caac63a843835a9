"""What a banner says: what stops sending comes first, and nothing is said where nothing is to be dealt with."""

from dataclasses import replace

import pytest

from babilu.api.views import ContactView
from babilu.kernel.ids import IdentityKey
from babilu.kernel.states import Trust
from babilu.presentation.banners import BannerKind, Step, matter_of

BOB = ContactView(
    name="bob",
    account="bob",
    identity=IdentityKey(bytes(32)),
    trust=Trust.FIRST_USE,
    was_verified=False,
    blocked=False,
    accepted=True,
    direct_allowed=False,
    connected=False,
    address=None,
    presence=None,
)


def test_nothing_is_said_of_somebody_who_is_known() -> None:
    assert matter_of(BOB, has_messages=True, missing=0) is None


@pytest.mark.parametrize(("was_verified", "kind"), [(False, BannerKind.CHANGED), (True, BannerKind.CHANGED_VERIFIED)])
def test_a_changed_identity_stops_and_comes_before_all_else(was_verified: bool, kind: BannerKind) -> None:
    changed = replace(BOB, trust=Trust.CHANGED, was_verified=was_verified, blocked=True, accepted=False)
    matter = matter_of(changed, has_messages=True, missing=3)
    assert matter is not None
    assert (matter.kind, matter.urgent, matter.stops) == (kind, True, True)
    assert matter.steps == (Step.COMPARE, Step.TRUST, Step.REJECT)


def test_a_claimed_identity_does_not_stop_a_direct_conversation() -> None:
    matter = matter_of(replace(BOB, trust=Trust.CHANGED, connected=True), has_messages=True, missing=0)
    assert matter is not None
    assert (matter.kind, matter.stops) == (BannerKind.CHANGED, False)


def test_a_block_stops_and_can_be_taken_back() -> None:
    matter = matter_of(replace(BOB, blocked=True, accepted=False), has_messages=True, missing=3)
    assert matter is not None
    assert (matter.kind, matter.steps, matter.stops) == (BannerKind.BLOCKED, (Step.UNBLOCK,), True)


def test_a_stranger_is_accepted_or_blocked_once_they_have_written() -> None:
    stranger = replace(BOB, accepted=False)
    matter = matter_of(stranger, has_messages=True, missing=0)
    assert matter is not None
    assert (matter.kind, matter.steps, matter.stops) == (BannerKind.NEW, (Step.ACCEPT, Step.BLOCK), False)
    assert matter_of(stranger, has_messages=False, missing=0) is None


def test_a_gap_is_said_with_how_many_are_missing() -> None:
    matter = matter_of(BOB, has_messages=True, missing=3)
    assert matter is not None
    assert (matter.kind, matter.missing, matter.steps, matter.stops) == (BannerKind.GAP, 3, (), False)
