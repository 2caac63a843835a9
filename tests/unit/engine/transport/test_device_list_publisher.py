from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from babilu.crypto.keys import SigningKey
from babilu.crypto.secret import Passphrase, Secret
from babilu.engine.profile.own_keys import answer_for
from babilu.engine.runtime.threads import Worker
from babilu.engine.transport.account_requests import AccountClient
from babilu.engine.transport.device_list_publisher import ATTEMPTS, DeviceListPublisher
from babilu.identity.device_list import encode_device_list, list_hash, make_device_list, verify_device_list
from babilu.identity.login import Heir
from babilu.identity.shapes import DeviceEntry, ListedAccount, SignedDeviceList
from babilu.kernel.errors import AccountError, DeliveryError, ErrorCode, LinkError
from babilu.store.profile_store import ProfileStore
from tests.unit.engine.homes import Home, a_home
from tests.unit.session.devices import RELAY

ACCOUNT, OTHER = ListedAccount(RELAY, "bob"), ListedAccount(bytes(32), "bob")
Answer = Callable[[SignedDeviceList], SignedDeviceList | None]


class Office:
    """Takes lists as a test says, and notes which."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.published: list[SignedDeviceList] = []

    def publish_device_list(
        self, name: str, passphrase: Passphrase, device_list: SignedDeviceList, heirs: tuple[Heir, ...]
    ) -> SignedDeviceList | None:
        del name, passphrase, heirs
        self.published.append(device_list)
        return self.answer(device_list)


class RestoredRelay:
    """A relay at an older list, which takes the one that follows its own."""

    def __init__(self, present: SignedDeviceList) -> None:
        self.present = present

    def __call__(self, new: SignedDeviceList) -> SignedDeviceList | None:
        if new != self.present and list_hash(self.present) not in new.body:
            return self.present
        self.present = new
        return None


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as made:
        yield made


@pytest.fixture
def lists(home: Home) -> list[SignedDeviceList]:
    """Five own lists, all of them kept; the last one is the present one."""
    profile = cast("ProfileStore", home.base)
    made = [home.base.own.device_list, *(answer_for(profile, home.identity, ACCOUNT) for _ in range(4))]
    home.base.own.device_list = made[-1]
    return made


class HeldIdentity:
    """A profile of which only the identity key is asked for."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key

    def identity(self, passphrase: Passphrase) -> Secret:
        assert passphrase.reveal() == b"password"
        return self._key.private_bytes()


def entry_of(signed: SignedDeviceList) -> DeviceEntry:
    return verify_device_list(signed).devices[0]


def keeper(home: Home, account_client: Office) -> DeviceListPublisher:
    office, profile = cast("AccountClient", account_client), cast("ProfileStore", HeldIdentity(home.identity))
    return DeviceListPublisher(home.base, office, profile, Passphrase("password"), Worker("never started"))


def test_what_a_relay_has_lost_is_published_in_order_and_once(home: Home, lists: list[SignedDeviceList]) -> None:
    account_client = Office(RestoredRelay(lists[1]))
    keeper_of_home = keeper(home, account_client)
    keeper_of_home._announce()
    assert account_client.published == []
    assert keeper_of_home._catch_up()
    assert account_client.published == [lists[4], *lists[2:]]
    keeper_of_home._announce()
    assert len(account_client.published) == 4


def test_a_try_that_breaks_off_is_taken_up_where_the_relay_stands(home: Home, lists: list[SignedDeviceList]) -> None:
    relay = RestoredRelay(lists[0])
    account_client = Office(relay)

    def breaking(new: SignedDeviceList) -> SignedDeviceList | None:
        if len(account_client.published) == 3:
            raise LinkError(ErrorCode.RATE_LIMITED, "Too many device lists were published.")
        return relay(new)

    account_client.answer = breaking
    keeper_of_home = keeper(home, account_client)
    with pytest.raises(LinkError):
        keeper_of_home._catch_up()
    assert relay.present == lists[1]
    assert keeper_of_home._catch_up()
    assert relay.present == lists[4]


def test_a_relay_that_never_takes_a_list_is_not_told_for_ever(home: Home, lists: list[SignedDeviceList]) -> None:
    account_client = Office(lambda _: lists[1])
    with pytest.raises(DeliveryError):
        keeper(home, account_client)._catch_up()
    assert len(account_client.published) == ATTEMPTS + 1


def another(home: Home, lists: list[SignedDeviceList]) -> SignedDeviceList:
    """Sign a list of the version of the second one, in other bytes."""
    entries = [entry_of(lists[0])]
    return make_device_list(home.identity, 2, entries, before=list_hash(lists[0]), accounts=[ACCOUNT, OTHER])


@pytest.mark.parametrize("error", [ErrorCode.WRONG_CREDENTIALS, None])
def test_who_leads_nowhere_or_is_refused_gives_up_and_guesses_no_more(
    home: Home, lists: list[SignedDeviceList], error: ErrorCode | None
) -> None:
    def answer(_: SignedDeviceList) -> SignedDeviceList:
        if error is not None:
            raise AccountError(error, "No.")
        return another(home, lists)

    account_client = Office(answer)
    keeper_of_home = keeper(home, account_client)
    assert not keeper_of_home._catch_up()
    assert not keeper_of_home._catch_up()
    keeper_of_home._announce()
    assert account_client.published == [lists[4]]


def test_a_list_for_another_account_on_the_way_leads_nowhere(home: Home, lists: list[SignedDeviceList]) -> None:
    identity = home.identity
    with home.base.database.write() as unit:
        elsewhere = make_device_list(identity, 6, [entry_of(lists[4])], before=list_hash(lists[4]), accounts=[OTHER])
        back = make_device_list(identity, 7, [entry_of(lists[4])], before=list_hash(elsewhere), accounts=[ACCOUNT])
        for each in (elsewhere, back):
            unit.profile.replace_device_list(encode_device_list(each))
    home.base.own.device_list = back
    account_client = Office(RestoredRelay(lists[4]))
    assert not keeper(home, account_client)._catch_up()
    assert account_client.published == [back]


def test_once_the_relay_knows_the_device_the_password_is_forgotten(home: Home, lists: list[SignedDeviceList]) -> None:
    account_client = Office(RestoredRelay(lists[0]))
    keeper_of_home = keeper(home, account_client)
    keeper_of_home.known()
    assert not keeper_of_home._catch_up()
    assert account_client.published == []


def test_a_relay_that_was_told_of_the_device_is_given_its_prekeys_again(
    home: Home, lists: list[SignedDeviceList]
) -> None:
    with home.base.database.write() as unit:
        unit.settings.set("prekeys.published", b"\x07")
    assert keeper(home, Office(RestoredRelay(lists[0])))._catch_up()
    with home.base.database.read() as unit:
        assert unit.settings.get("prekeys.published") is None


def test_a_relay_that_knows_the_device_and_has_lost_lists_is_told_them(
    home: Home, lists: list[SignedDeviceList]
) -> None:
    account_client = Office(RestoredRelay(lists[2]))
    keeper_of_home = keeper(home, account_client)
    assert keeper_of_home._compare(lists[2])
    assert account_client.published == lists[3:]
    assert keeper_of_home._compare(lists[4])
    assert len(account_client.published) == 2


def test_without_the_password_a_relay_is_not_told_and_that_is_said(home: Home, lists: list[SignedDeviceList]) -> None:
    account_client = Office(RestoredRelay(lists[2]))
    keeper_of_home = keeper(home, account_client)
    keeper_of_home.known()
    assert not keeper_of_home._compare(lists[2])
    assert keeper_of_home._compare(lists[4])
    assert account_client.published == []


def test_a_relay_that_takes_no_list_lets_the_device_in_all_the_same(home: Home, lists: list[SignedDeviceList]) -> None:
    def refuse(_: SignedDeviceList) -> SignedDeviceList:
        raise AccountError(ErrorCode.WRONG_CREDENTIALS, "No.")

    assert not keeper(home, Office(refuse))._compare(lists[2])


def test_a_list_from_which_none_leads_to_the_own_one_is_left_alone(home: Home, lists: list[SignedDeviceList]) -> None:
    account_client = Office(RestoredRelay(lists[2]))
    assert keeper(home, account_client)._compare(another(home, lists))
    assert account_client.published == []
