"""A second device of a person, linked by its user: over a real relay, and without any."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from babilu.api import commands, events
from babilu.api.client import DirectProfile, LinkWish, RelayProfile
from babilu.crypto.keys import SigningKey
from babilu.crypto.secret import Passphrase
from babilu.engine.profile.client import EngineClient
from babilu.engine.profile.new_device import LinkingClient
from babilu.engine.runtime.own_devices import machine_name, own_list
from babilu.engine.transport.direct_callers import LINKING_AT_ONCE
from babilu.engine.transport.own_list_changes import OwnListChanger
from babilu.identity.shapes import DeviceKind, SignedDeviceList
from babilu.kernel.errors import AccountError, BabiluError, DeliveryError, ErrorCode
from babilu.kernel.ids import DeviceId
from tests.integration.engine.party import LOOPBACK, Party, account, direct, relayed
from tests.integration.engine.relays import running_relay

LAPTOP = LinkWish("Laptop")


@contextmanager
def new_device(home: Path, profile: RelayProfile | DirectProfile, wish: LinkWish = LAPTOP) -> Iterator[Party]:
    """Begin to link a device of a person; the party is no engine before it is linked."""
    party = Party(home, replace(profile, link=wish))
    try:
        yield party
    finally:
        party.close()


def password_of(party: Party) -> Passphrase:
    return party.profile.passphrase


def compare(old: Party, new: Party) -> events.LinkAsked:
    """Wait until both show a code; they show the same."""
    asked = old.hear(events.LinkAsked)
    shown = new.hear(events.LinkCodeShown)
    assert (asked.digits, asked.words) == (shown.digits, shown.words)
    return asked


def both_say_yes(old: Party, new: Party, approve: Callable[[Passphrase], commands.LinkApprove]) -> None:
    compare(old, new)
    new.ask(commands.LinkConfirm())
    old.ask(approve(password_of(old)))
    new.hear(events.Ready)


def engine_of(party: Party) -> EngineClient:
    """The client's inside, also where it was linked just now."""
    client = party.client._inner if isinstance(party.client, LinkingClient) else party.client
    assert isinstance(client, EngineClient)
    return client


def has_their_yes(old: Party) -> bool:
    present = old.engine._linking._try
    return present is not None and present.machine.has_their_yes


def refusal(act: Callable[[], object]) -> ErrorCode:
    with pytest.raises(BabiluError) as refused:
        act()
    return refused.value.code


def test_a_device_is_linked_over_the_relay_and_gets_what_is_sent_to_its_person(tmp_path: Path) -> None:
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice", "bob") as (phone, bob),
        new_device(tmp_path / "laptop", phone.profile) as laptop,
    ):
        asked = compare(phone, laptop)
        assert (asked.name, asked.full, asked.failed) == ("Laptop", True, 0)
        assert refusal(lambda: phone.ask(commands.LinkApprove(Passphrase("wrong")))) is ErrorCode.WRONG_CREDENTIALS
        phone.ask(commands.LinkApprove(password_of(phone)))
        assert phone.of(events.DeviceLinked) == []
        laptop.ask(commands.LinkConfirm())
        laptop.hear(events.Ready)
        laptop.until_online()

        linked = phone.hear(events.DeviceLinked).device
        assert (linked.device, linked.name, linked.own, linked.full) == (asked.device, "Laptop", False, True)
        there, here = laptop.ask(commands.Devices()), phone.ask(commands.Devices())
        assert [(each.own, each.full) for each in there] == [(True, True), (False, True)]
        assert {each.device for each in there} == {each.device for each in here}
        # The first one was given no name: on both it is called as its machine.
        assert [each.name for each in there] == ["Laptop", machine_name()]
        assert (there[0].device, here[0].name) == (asked.device, machine_name())

        bob.send("alice", "to all of you")
        phone.until_arrived("bob", ["to all of you"])
        laptop.until_arrived("bob", ["to all of you"])


def test_a_device_is_linked_without_any_relay(tmp_path: Path) -> None:
    with direct(tmp_path / "homes", "alice") as (phone,):
        wish = replace(LAPTOP, address=phone.address)
        with new_device(tmp_path / "laptop", replace(phone.profile, listen=LOOPBACK), wish) as laptop:
            both_say_yes(phone, laptop, commands.LinkApprove)
            assert [each.own for each in laptop.ask(commands.Devices())] == [True, False]


def test_a_line_that_is_read_takes_the_place_of_comparing(tmp_path: Path) -> None:
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice") as (phone,),
        new_device(tmp_path / "laptop", phone.profile) as laptop,
    ):
        compare(phone, laptop)
        line = laptop.hear(events.LinkCodeShown).line
        phone.ask(commands.LinkApprove(password_of(phone), line=line))
        laptop.hear(events.Ready)


def test_a_companion_has_no_identity_and_lets_nobody_in(tmp_path: Path) -> None:
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice") as (phone,),
        new_device(tmp_path / "laptop", phone.profile, replace(LAPTOP, full=False)) as laptop,
    ):
        assert not compare(phone, laptop).full
        laptop.ask(commands.LinkConfirm())
        phone.ask(commands.LinkApprove(password_of(phone), full=False))
        laptop.until_online()
        kinds = [entry.certificate.kind for entry in own_list(phone.engine._base.own).devices]
        assert kinds == [DeviceKind.FULL, DeviceKind.COMPANION]
        here, _ = laptop.ask(commands.Devices())
        assert (here.own, here.full) == (True, False)
        phone_id = phone.ask(commands.Devices())[0].device
        remove = commands.RemoveDevice(phone_id, password_of(phone))
        assert refusal(lambda: laptop.ask(remove)) is ErrorCode.COMPANION


@pytest.mark.parametrize("who", ["old", "new"])
def test_who_refuses_ends_the_try_and_nothing_is_left_of_it(tmp_path: Path, who: str) -> None:
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice") as (phone,),
        new_device(tmp_path / "laptop", phone.profile) as laptop,
    ):
        compare(phone, laptop)
        (phone if who == "old" else laptop).ask(commands.LinkRefuse())
        ended = phone.hear(events.LinkEnded)
        assert (ended.code, ended.failed) == ("declined", 1)
        assert laptop.hear(events.Warned) == events.Warned("declined", laptop.of(events.Warned)[0].text, fatal=True)
        laptop.hear(events.Closed)
        # A try is begun by a hand: a program that tried again would let a relay try as often as it likes.
        assert len(laptop.of(events.LinkCodeShown)) == len(phone.of(events.LinkAsked)) == 1
        assert len(phone.ask(commands.Devices())) == 1
        assert [path for path in (tmp_path / "laptop").rglob("*") if path.suffix == ".db"] == []
        assert refusal(lambda: phone.ask(commands.LinkApprove(password_of(phone)))) is ErrorCode.NOT_FOUND


def test_in_an_hour_five_tries_are_answered_and_those_that_failed_are_counted(tmp_path: Path) -> None:
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice") as (phone,),
    ):
        for number in range(5):
            with new_device(tmp_path / f"laptop{number}", phone.profile) as laptop:
                asked = phone.hear(events.LinkAsked, lambda each: each.failed == number)  # noqa: B023 -- heard at once
                assert asked.failed == number
                laptop.ask(commands.LinkRefuse())
                phone.until(lambda: len(phone.of(events.LinkEnded)) == number + 1)  # noqa: B023 -- waited for at once
        with new_device(tmp_path / "laptop", phone.profile) as laptop:
            assert laptop.hear(events.Warned).code == "declined"
        assert len(phone.of(events.LinkAsked)) == 5


def test_a_device_that_was_ended_after_its_yes_is_let_in_when_it_comes_back(tmp_path: Path) -> None:
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice") as (phone,),
    ):
        with new_device(tmp_path / "laptop", phone.profile) as laptop:
            compare(phone, laptop)
            laptop.ask(commands.LinkConfirm())
        phone.ask(commands.LinkApprove(password_of(phone)))
        phone.hear(events.DeviceLinked)
        back = Party(tmp_path / "laptop", phone.profile)
        try:
            back.hear(events.Ready)
            back.until_online()
            assert len(back.ask(commands.Devices())) == 2
        finally:
            back.close()


def test_a_yes_may_be_taken_back_before_the_other_device_has_said_its_own(tmp_path: Path) -> None:
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice") as (phone,),
        new_device(tmp_path / "laptop", phone.profile) as laptop,
    ):
        compare(phone, laptop)
        laptop.ask(commands.LinkConfirm())
        laptop.ask(commands.LinkRefuse())
        laptop.hear(events.Closed)
        assert phone.hear(events.LinkEnded).code == "declined"
        assert [path for path in (tmp_path / "laptop").rglob("*") if path.suffix == ".db"] == []


def test_a_device_that_waits_for_a_try_that_is_lost_ends_and_is_linked_by_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("babilu.engine.profile.new_device.AGAIN_S", 0.2)
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice") as (phone,),
    ):
        with new_device(tmp_path / "laptop", phone.profile) as laptop:
            compare(phone, laptop)
            phone.close()
            laptop.ask(commands.LinkConfirm())
            again = Party(phone.home, phone.profile)
            again.until_online()
            assert laptop.hear(events.Warned).code == "declined"
            laptop.hear(events.Closed)
        try:
            with new_device(tmp_path / "laptop", phone.profile) as laptop:
                both_say_yes(again, laptop, commands.LinkApprove)
        finally:
            again.close()


@pytest.mark.parametrize("last", ["old", "new"])
def test_a_device_is_let_in_and_given_history_where_the_relays_answer_to_its_list_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    monkeypatch.setattr("babilu.engine.profile.new_device.AGAIN_S", 0.2)
    publish = OwnListChanger._publish

    def lose_answer(self: OwnListChanger, passphrase: Passphrase, signed: SignedDeviceList) -> SignedDeviceList | None:
        publish(self, passphrase, signed)
        raise DeliveryError(ErrorCode.UNAVAILABLE, "The answer was lost.")

    with with_history(tmp_path) as (phone, _), new_device(tmp_path / "laptop", phone.profile) as laptop:
        compare(phone, laptop)
        monkeypatch.setattr(OwnListChanger, "_publish", lose_answer)
        approve = commands.LinkApprove(password_of(phone))
        if last == "old":
            laptop.ask(commands.LinkConfirm())
            phone.until(lambda: has_their_yes(phone))
            assert refusal(lambda: phone.ask(approve)) is ErrorCode.UNAVAILABLE
        else:
            phone.ask(approve)
            laptop.ask(commands.LinkConfirm())
            assert phone.hear(events.Warned).code == "unavailable"
        laptop.hear(events.OwnHistoryCame, lambda each: each.messages > 0)
        laptop.until(lambda: laptop.texts("bob") == ["first", "second"], "the conversation")
        assert len(phone.of(events.DeviceLinked)) == 1


def test_two_full_devices_that_change_the_list_at_once_lose_neither_change(tmp_path: Path) -> None:
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice") as (phone,),
        new_device(tmp_path / "laptop", phone.profile) as laptop,
    ):
        both_say_yes(phone, laptop, commands.LinkApprove)
        laptop.until_online()
        with new_device(tmp_path / "tablet", phone.profile, LinkWish("Tablet")) as tablet:
            tablet.hear(events.LinkCodeShown)
            phone.until(lambda: len(phone.of(events.LinkAsked) + laptop.of(events.LinkAsked)) == 2, "who is asked")
            asked = laptop if laptop.of(events.LinkAsked) else phone
            other = laptop if asked is phone else phone
            tablet.ask(commands.LinkConfirm())
            # What the other one knows of the list is behind: it has heard of no tablet.
            own = engine_of(other)._base.own
            before = own.device_list
            asked.ask(commands.LinkApprove(password_of(phone)))
            tablet.hear(events.Ready)
            other.until(lambda: own.device_list != before)
            own.device_list = before
            (mine,) = [each for each in other.ask(commands.Devices()) if not each.own]
            with pytest.raises(BabiluError):
                other.ask(commands.RemoveDevice("Tablet", password_of(phone)))
            other.ask(commands.RemoveDevice(mine.device, password_of(phone)))
            named = {each.device for each in other.ask(commands.Devices())}
            tablet_id = next(each.device for each in tablet.ask(commands.Devices()) if each.own)
            assert named == {next(each.device for each in other.ask(commands.Devices()) if each.own), tablet_id}


def test_the_wrong_password_begins_nothing(tmp_path: Path) -> None:
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice") as (phone,),
    ):
        wrong = replace(account("alice", house.address), passphrase=Passphrase("another"), link=LAPTOP)
        assert refusal(lambda: Party(tmp_path / "laptop", wrong)) is ErrorCode.WRONG_CREDENTIALS
        assert phone.of(events.LinkAsked) == []


def test_a_device_is_removed_and_nothing_sent_afterwards_reaches_it(tmp_path: Path) -> None:
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice", "bob") as (phone, bob),
        new_device(tmp_path / "laptop", phone.profile) as laptop,
    ):
        both_say_yes(phone, laptop, commands.LinkApprove)
        laptop.until_online()
        bob.send("alice", "to both")
        laptop.until_arrived("bob", ["to both"])
        phone.until_arrived("bob", ["to both"])
        device = laptop.ask(commands.Devices())[0].device
        here = phone.ask(commands.Devices())[0].device
        assert refusal(lambda: phone.ask(commands.RemoveDevice(here, password_of(phone)))) is ErrorCode.USAGE
        assert refusal(lambda: phone.ask(commands.RemoveDevice("00" * 16, password_of(phone)))) is ErrorCode.NOT_FOUND
        phone.ask(commands.RemoveDevice(device, password_of(phone)))
        assert phone.hear(events.DeviceRemoved).device.device == device
        laptop.until_offline()
        bob.send("alice", "to one")
        phone.until_arrived("bob", ["to both", "to one"])
        assert laptop.arrived("bob") == ["to both"]


def test_so_many_strangers_may_ask_at_the_port_at_once(tmp_path: Path) -> None:
    with direct(tmp_path / "homes", "alice") as (phone,):
        calls = phone.engine._effect_runner.targets.calls
        calls.callers._linking = LINKING_AT_ONCE
        wish = replace(LAPTOP, address=phone.address)
        with new_device(tmp_path / "laptop", replace(phone.profile, listen=LOOPBACK), wish) as laptop:
            assert laptop.hear(events.Warned).fatal
        assert phone.of(events.LinkAsked) == []


@contextmanager
def two_devices(folder: Path) -> Iterator[tuple[Party, Party, Party]]:
    """Open two full devices of Alice, and a friend."""
    with (
        running_relay(folder / "relay") as house,
        relayed(folder / "homes", house.address, "alice", "bob") as (phone, bob),
        new_device(folder / "laptop", phone.profile) as laptop,
    ):
        both_say_yes(phone, laptop, commands.LinkApprove)
        laptop.until_online()
        bob.send("alice", "to both")
        laptop.until_arrived("bob", ["to both"])
        yield phone, laptop, bob


def id_of(party: Party) -> str:
    return next(each.device for each in party.ask(commands.Devices()) if each.own)


def test_a_device_that_was_removed_locks_itself_and_is_read_or_wiped(tmp_path: Path) -> None:
    with two_devices(tmp_path) as (phone, laptop, _):
        phone.ask(commands.RemoveDevice("Laptop", password_of(phone)))
        assert laptop.hear(events.Warned).code == "device_removed"
        laptop.until(lambda: refusal_of(laptop, commands.Send("bob", "still here")) is ErrorCode.DEVICE_REMOVED)
        laptop.close()
        again = Party(tmp_path / "laptop", phone.profile)
        try:
            assert again.hear(events.Warned).code == "device_removed"
            assert again.texts("bob") == ["to both"]
            assert refusal_of(again, commands.Send("bob", "again")) is ErrorCode.DEVICE_REMOVED
            assert again.of(events.LinkChanged) == []
            wrong = commands.WipeProfile(Passphrase("wrong"))
            assert refusal_of(again, wrong) is ErrorCode.WRONG_CREDENTIALS
            again.ask(commands.WipeProfile(password_of(phone)))
            again.hear(events.Closed)
        finally:
            again.close()
        assert [path for path in (tmp_path / "laptop").rglob("*") if path.is_file()] == []
        assert refusal_of(phone, commands.WipeProfile(password_of(phone))) is ErrorCode.USAGE


def test_only_a_newer_list_of_the_own_identity_locks(tmp_path: Path) -> None:
    """Whatever a relay may show beside that takes a device offline at most."""
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice", "bob") as (phone, bob),
    ):
        for shown in (phone.engine._base.own.device_list, bob.engine._base.own.device_list):
            phone.engine._lock_device(shown)
        phone.ask(commands.SetDraft("#notes", "still mine"))
        assert phone.of(events.Warned) == []


def test_a_stolen_laptop_is_out_for_good(tmp_path: Path) -> None:
    """After a change of the password and a removal: it publishes no list, links nobody, and does not come back."""
    with two_devices(tmp_path) as (phone, laptop, bob):
        old, new = password_of(phone), Passphrase("a new password")
        phone.ask(commands.ChangePassword(old, new))
        phone.ask(commands.RemoveDevice("Laptop", new))
        before = phone.engine._base.own.device_list
        laptop.hear(events.Warned, lambda each: each.fatal)
        inside = engine_of(laptop)
        with pytest.raises(BabiluError):
            inside._profile.identity(new)
        # Even with the old password, and a client that does not lock itself.
        identity = SigningKey.from_bytes(inside._profile.identity(old))
        lists = OwnListChanger(inside._base, inside._account_client, lambda _: None)
        with pytest.raises(AccountError) as refused:
            lists.change(identity, old, lambda body: body)
        assert refused.value.code is ErrorCode.WRONG_CREDENTIALS
        assert refusal_of(laptop, commands.LinkApprove(old)) is ErrorCode.DEVICE_REMOVED
        laptop.close()
        back = Party(tmp_path / "laptop", phone.profile)
        try:
            bob.send("alice", "to the phone")
            phone.until_arrived("bob", ["to both", "to the phone"])
            assert back.arrived("bob") == []
            assert not back.online()
            assert phone.engine._base.own.device_list == before
        finally:
            back.close()


def refusal_of(party: Party, command: commands.Command[object]) -> ErrorCode | None:
    try:
        party.ask(command)
    except BabiluError as error:
        return error.code
    return None


@contextmanager
def with_history(folder: Path) -> Iterator[tuple[Party, Party]]:
    """Give a phone whose person has talked with a friend, and made a note."""
    with (
        running_relay(folder / "relay") as house,
        relayed(folder / "homes", house.address, "alice", "bob") as (phone, bob),
    ):
        bob.send("alice", "first")
        phone.until_arrived("bob", ["first"])
        phone.ask(commands.Accept("bob"))
        phone.send("bob", "second")
        bob.until_arrived("alice", ["second"])
        phone.send("#notes", "a note")
        yield phone, bob


def test_a_new_device_is_given_contacts_conversations_and_history(tmp_path: Path) -> None:
    with with_history(tmp_path) as (phone, bob), new_device(tmp_path / "laptop", phone.profile) as laptop:
        both_say_yes(phone, laptop, commands.LinkApprove)
        laptop.hear(events.OwnHistoryCame, lambda each: each.messages > 0)
        laptop.until(lambda: laptop.texts("bob") == ["first", "second"], "the conversation")
        laptop.until(lambda: laptop.texts("#notes") == ["a note"], "the notes")
        assert laptop.contact("bob").accepted
        # Who has begun is answered from either device, and nothing is there twice.
        laptop.send("bob", "from the laptop")
        bob.until_arrived("alice", ["second", "from the laptop"])
        phone.until(lambda: phone.texts("bob")[-1] == "from the laptop", "what the laptop has said")
        assert [each.last_seen is not None for each in phone.ask(commands.Devices())] == [False, True]
        phone.engine._history.give(DeviceId(bytes.fromhex(id_of(laptop))), None)
        bob.send("alice", "last")
        laptop.until_arrived("bob", ["last"])
        assert laptop.texts("bob") == ["first", "second", "from the laptop", "last"]


def test_a_new_device_may_be_given_no_messages_and_knows_everybody_all_the_same(tmp_path: Path) -> None:
    with with_history(tmp_path) as (phone, bob), new_device(tmp_path / "laptop", phone.profile) as laptop:
        both_say_yes(phone, laptop, lambda password: commands.LinkApprove(password, history_days=0))
        laptop.hear(events.OwnHistoryCame)
        assert laptop.contact("bob").accepted
        assert laptop.texts("bob") == []
        laptop.send("bob", "from the laptop")
        bob.until_arrived("alice", ["second", "from the laptop"])


def test_giving_goes_on_where_a_run_has_ended(tmp_path: Path) -> None:
    with with_history(tmp_path) as (phone, _), new_device(tmp_path / "laptop", phone.profile) as laptop:
        phone.engine._history.stop()
        both_say_yes(phone, laptop, commands.LinkApprove)
        phone.close()
        assert laptop.texts("#notes") == []
        again = Party(phone.home, phone.profile)
        try:
            laptop.until(lambda: laptop.texts("#notes") == ["a note"], "the notes")
            laptop.until(lambda: laptop.texts("bob") == ["first", "second"], "the conversation")
        finally:
            again.close()
