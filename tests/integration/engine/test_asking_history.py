"""History that a device asks its siblings for: any time, once or often, with what is large and with files."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from babilu.api import commands, events
from babilu.crypto.secret import Passphrase
from babilu.engine.commands import history_giving
from babilu.engine.runtime.history_given import given_so_far
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import DeviceId
from babilu.kernel.limits import DAY_MS
from babilu.kernel.states import MessageState
from tests.integration.engine.party import Party, WrongClock, relayed
from tests.integration.engine.relays import running_relay
from tests.integration.engine.test_files import gone_from, source  # noqa: F401  # a fixture
from tests.integration.engine.test_linking import (
    LAPTOP,
    both_say_yes,
    engine_of,
    id_of,
    new_device,
    refusal,
    two_devices,
    with_history,
)
from tests.unit.session.devices import CountedRandomness

RANDOMNESS = CountedRandomness("large")


def without_messages(password: Passphrase) -> commands.LinkApprove:
    return commands.LinkApprove(password, history_days=0)


def large_text() -> str:
    """Make a text that nothing makes much smaller."""
    return RANDOMNESS.token(29_000).hex()


def test_what_a_device_lacks_its_siblings_give_when_it_asks(tmp_path: Path) -> None:
    with with_history(tmp_path) as (phone, bob), new_device(tmp_path / "laptop", phone.profile) as laptop:
        both_say_yes(phone, laptop, without_messages)
        laptop.hear(events.OwnHistoryCame)
        assert laptop.texts("bob") == []
        asked = laptop.ask(commands.AskHistory())
        assert [each.device for each in asked] == [id_of(phone)]
        laptop.until(lambda: laptop.texts("bob") == ["first", "second"], "the conversation")
        laptop.until(lambda: laptop.texts("#notes") == ["a note"], "the notes")
        # It shows as what the phone has sent, and is no message of this device's.
        page = laptop.ask(commands.History("bob", 10)).messages
        assert [each.device.hex() for each in page if each.device is not None and each.outgoing] == [id_of(phone)]

        # Again, and of one device by name: nothing is there twice, and nothing is told of.
        told = len(laptop.of(events.OwnHistoryCame))
        laptop.ask(commands.AskHistory(days=1, device=asked[0].name))
        bob.send("alice", "later")
        laptop.until_arrived("bob", ["later"])
        phone.until(lambda: nothing_is_given(phone, id_of(laptop)), "the end of giving")
        assert laptop.texts("bob") == ["first", "second", "later"]
        assert len(laptop.of(events.OwnHistoryCame)) == told


def nothing_is_given(party: Party, device: str) -> bool:
    with engine_of(party)._base.database.read() as unit:
        return given_so_far(unit, DeviceId(bytes.fromhex(device))) is None


def test_only_other_own_devices_are_asked(tmp_path: Path) -> None:
    with with_history(tmp_path) as (phone, _):
        assert refusal(lambda: phone.ask(commands.AskHistory())) is ErrorCode.NOT_FOUND
        assert refusal(lambda: phone.ask(commands.AskHistory(days=0))) is ErrorCode.USAGE
        with new_device(tmp_path / "laptop", phone.profile) as laptop:
            both_say_yes(phone, laptop, commands.LinkApprove)
            assert refusal(lambda: phone.ask(commands.AskHistory(device="Tablet"))) is ErrorCode.NOT_FOUND
            assert refusal(lambda: phone.ask(commands.AskHistory(device=id_of(phone)))) is ErrorCode.USAGE


def test_a_message_that_fits_into_no_content_is_given_in_pieces(tmp_path: Path) -> None:
    with with_history(tmp_path) as (phone, bob):
        long, longer = large_text(), large_text()
        sent = phone.send("bob", long)
        phone.ask(commands.EditMessage(sent.id, longer))
        bob.until_arrived("alice", ["second", long])
        with new_device(tmp_path / "laptop", phone.profile) as laptop:
            both_say_yes(phone, laptop, commands.LinkApprove)
            laptop.hear(events.OwnHistoryCame)
            laptop.until(lambda: laptop.texts("bob") == ["first", "second", longer], "the large message")
            wordings = laptop.ask(commands.Wordings(sent.id))
            assert [each.text for each in wordings] == [long, longer]
            with engine_of(laptop)._base.database.read() as unit:
                assert unit.statements.number("SELECT count(*) FROM history_piece") == 0


def test_giving_waits_while_much_is_on_its_way_and_goes_on_by_receipts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_giving, "DEVICE_HISTORY_AHEAD", 1)
    with with_history(tmp_path) as (phone, _), new_device(tmp_path / "laptop", phone.profile) as laptop:
        both_say_yes(phone, laptop, commands.LinkApprove)
        laptop.hear(events.OwnHistoryCame)
        laptop.until(lambda: laptop.texts("bob") == ["first", "second"], "the conversation")
        phone.until(lambda: nothing_is_given(phone, id_of(laptop)), "the end of giving")


def test_what_the_giver_has_not_sent_yet_is_not_failed_elsewhere(tmp_path: Path) -> None:
    with two_devices(tmp_path) as (phone, laptop, bob):
        laptop.accept("bob")
        bob.close()
        sent = phone.send("bob", "for later")
        laptop.until(lambda: "for later" in laptop.texts("bob"), "the copy")
        with engine_of(laptop)._base.database.write() as unit:
            unit.statements.run("DELETE FROM message WHERE id = ?", sent.id)
        laptop.ask(commands.AskHistory())
        laptop.until(lambda: "for later" in laptop.texts("bob"), "the message again")
        assert laptop.state(sent.id) is MessageState.HELD


def test_a_file_that_the_relay_has_no_more_is_brought_by_an_own_device(tmp_path: Path, source: Path) -> None:  # noqa: F811
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice", "bob") as (phone, bob),
    ):
        bob.ask(commands.Send("alice", "", files=(str(source),)))
        message = phone.hear(events.MessageArrived).message
        phone.ask(commands.Accept("bob"))
        phone.ask(commands.FetchFile(message.id, 0, str(tmp_path)))
        bob.close()
        gone_from(house)
        ahead = WrongClock(2 * DAY_MS)
        with closing(Party(tmp_path / "laptop", replace(phone.profile, link=LAPTOP), clock=ahead)) as laptop:
            both_say_yes(phone, laptop, commands.LinkApprove)
            laptop.hear(events.OwnHistoryCame)
            laptop.until(lambda: len(laptop.ask(commands.History("bob", 10)).messages) == 1, "the message")
            into = tmp_path / "into"
            into.mkdir()
            saved = laptop.ask(commands.FetchFile(message.id, 0, str(into)))
            assert Path(saved.path or "").read_bytes() == source.read_bytes()
