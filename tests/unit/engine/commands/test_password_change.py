"""A change of password, beside a relay whose answers are lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from babilu.crypto.secret import Passphrase
from babilu.engine.commands.password_change import change_password
from babilu.engine.transport.account_requests import AccountClient
from babilu.kernel.errors import AccountError, BabiluError, DeliveryError, ErrorCode, LinkError, Reason
from babilu.store.profile_store import ProfileStore
from tests.unit.session.devices import CountedRandomness
from tests.unit.store.builders import SetClock, cheap_cost, paths_in

pytestmark = pytest.mark.usefixtures("cheap_passwords")

OLD, NEW, OTHER = Passphrase("correct horse"), Passphrase("battery staple"), Passphrase("a third one")
WRONG = AccountError(ErrorCode.WRONG_CREDENTIALS, "Name or password is wrong.")
LOST = LinkError(ErrorCode.UNAVAILABLE, "The relay does not answer.")


class Account:
    """An account whose relay does what it is asked and says what a test wants."""

    def __init__(self) -> None:
        self.password = OLD
        self.answers: list[BabiluError] = []
        self.is_there = True

    def look(self) -> None:
        pass

    def change_password(self, _: str, old: Passphrase, new: Passphrase) -> None:
        """Change it, unless another answer than a lost one is due."""
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None and answer is not LOST:
            raise answer
        if old != self.password:
            raise WRONG
        self.password = new
        if answer is not None:
            raise answer

    def check_password(self, _: str, passphrase: Passphrase) -> None:
        if not self.is_there:
            raise LOST
        if passphrase != self.password:
            raise WRONG


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def profile(tmp_path: Path) -> Iterator[ProfileStore]:
    store = ProfileStore.create(paths_in(tmp_path), OLD, CountedRandomness("passwords"), SetClock(), cheap_cost())
    yield store
    store.close()


def change(profile: ProfileStore, account: Account, old: Passphrase, new: Passphrase) -> None:
    change_password(profile, cast("AccountClient", account), "carol", old, new)


def refusal(profile: ProfileStore, account: Account, old: Passphrase, new: Passphrase) -> BabiluError:
    with pytest.raises(BabiluError) as refused:
        change(profile, account, old, new)
    return refused.value


def opening(profile: ProfileStore) -> list[Passphrase]:
    """Tell which passwords open the profile."""
    found = []
    for passphrase in (OLD, NEW, OTHER):
        try:
            profile.way_of(passphrase)
        except AccountError:
            continue
        found.append(passphrase)
    return found


def lose_an_answer(profile: ProfileStore, account: Account) -> None:
    """Change the password to `NEW`, of which the client hears nothing."""
    account.answers, account.is_there = [LOST], False
    assert refusal(profile, account, OLD, NEW) is LOST
    account.is_there = True
    assert account.password == NEW


def test_a_change_replaces_the_password_of_the_profile(profile: ProfileStore, account: Account) -> None:
    change(profile, account, OLD, NEW)
    assert opening(profile) == [NEW] == [account.password]


def test_without_a_relay_the_profile_alone_changes(profile: ProfileStore) -> None:
    change_password(profile, None, "carol", OLD, NEW)
    assert opening(profile) == [NEW]


def test_a_refused_change_leaves_the_present_password_alone(profile: ProfileStore, account: Account) -> None:
    account.answers = [DeliveryError(ErrorCode.CONFLICT, "Changed elsewhere.")]
    assert refusal(profile, account, OLD, NEW).code is ErrorCode.CONFLICT
    assert opening(profile) == [OLD] == [account.password]


def test_a_lost_answer_is_found_out_at_once_where_the_relay_can_be_reached(
    profile: ProfileStore, account: Account
) -> None:
    account.answers = [LOST]
    change(profile, account, OLD, NEW)
    assert opening(profile) == [NEW] == [account.password]


def test_both_passwords_open_the_profile_while_an_answer_is_lost(profile: ProfileStore, account: Account) -> None:
    lose_an_answer(profile, account)
    assert opening(profile) == [OLD, NEW]


def test_the_same_change_again_finds_out_that_it_was_made(profile: ProfileStore, account: Account) -> None:
    lose_an_answer(profile, account)
    change(profile, account, OLD, NEW)
    assert opening(profile) == [NEW] == [account.password]


def test_a_refusal_drops_no_password_of_an_earlier_change(profile: ProfileStore, account: Account) -> None:
    lose_an_answer(profile, account)
    account.answers = [LinkError(ErrorCode.RATE_LIMITED, "Not now.")]
    assert refusal(profile, account, OLD, NEW).code is ErrorCode.RATE_LIMITED
    assert opening(profile) == [OLD, NEW]


def test_another_change_after_a_lost_answer_says_that_the_account_has_another_password(
    profile: ProfileStore, account: Account
) -> None:
    lose_an_answer(profile, account)
    another = refusal(profile, account, OLD, OTHER)
    assert (another.code, another.reason) == (ErrorCode.WRONG_CREDENTIALS, Reason.ACCOUNT)
    assert opening(profile) == [OLD, NEW]
    change(profile, account, NEW, OTHER)
    assert opening(profile) == [OTHER] == [account.password]


def test_a_wrong_present_password_changes_nothing(profile: ProfileStore, account: Account) -> None:
    refused = refusal(profile, account, OTHER, NEW)
    assert (refused.code, refused.reason) == (ErrorCode.WRONG_CREDENTIALS, Reason.PROFILE)
    assert opening(profile) == [OLD] == [account.password]
