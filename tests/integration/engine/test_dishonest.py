"""Contacts and relays that lie about places, device lists and names: noticed where it can be, harmful nowhere."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from babilu.api import commands, events
from babilu.crypto.keys import SigningKey
from babilu.engine.conversation.effects import GiveHint
from babilu.engine.conversation.ordering import PATIENCE_MS
from babilu.engine.conversation.own_list import LIST_PATIENCE_MS
from babilu.engine.conversation.wakeups import ListCame
from babilu.identity.device_list import decode_device_list, list_hash, make_device_list, verify_device_list
from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.errors import DeliveryError
from babilu.kernel.limits import INTEGER_MAX
from babilu.kernel.states import MessageState
from babilu.wire.content import ChainLink, Content
from tests.integration.engine.cables import cable
from tests.integration.engine.insiders import a_text, contact_of, say
from tests.integration.engine.party import Party, WrongClock, account
from tests.integration.engine.relays import House


def friends(stack: ExitStack, home: Path, house: House) -> tuple[Party, Party, WrongClock]:
    """Let alice and bob have written to each other; the clock is bob's."""
    clock = WrongClock()
    alice = Party(home, account("alice", house.address))
    stack.callback(alice.close)
    bob = Party(home, account("bob", house.address), clock=clock)
    stack.callback(bob.close)
    for party in (alice, bob):
        party.until_online()
    alice.send("bob", "first")
    bob.until_arrived("alice", ["first"])
    bob.send("alice", "answer")
    alice.until_arrived("bob", ["answer"])
    return alice, bob, clock


def far_ahead(content: Content) -> Content:
    return msgspec.structs.replace(content, link=ChainLink(INTEGER_MAX, bytes(32)))


def naming_a_newer_list(content: Content) -> Content:
    newer = msgspec.structs.replace(content.sender_list, version=content.sender_list.version + 1)
    return msgspec.structs.replace(content, sender_list=newer)


def test_a_contact_who_claims_a_place_at_the_end_of_all_counters_still_has_their_others_shown(
    tmp_path: Path, house: House, stack: ExitStack
) -> None:
    alice, bob, clock = friends(stack, tmp_path, house)
    say(alice, "bob", a_text("the last one of all"), change=far_ahead)
    bob.until(lambda: _held_back(bob) == 1, "the message out of sight")
    clock.ahead_ms += PATIENCE_MS
    bob.settle("alice")
    bob.until_arrived("alice", ["first", "the last one of all"])
    assert bob.hear(events.GapNoticed).missing == INTEGER_MAX - 2
    said = alice.send("bob", "second")
    alice.until_state(said.id, MessageState.DELIVERED)
    assert bob.texts("alice") == ["first", "answer", "the last one of all", "second"]
    bob.send("alice", "and on")
    alice.until_arrived("bob", ["answer", "and on"])


def _held_back(party: Party) -> int:
    with party.engine._base.database.read() as unit:
        conversation = unit.conversations.of_contact(contact_of(unit, "alice").contact)
        return len(unit.held_back.of(conversation.conversation))


def test_a_newer_device_list_that_the_relay_keeps_back_is_an_alarm_after_ten_minutes(
    tmp_path: Path, house: House, stack: ExitStack
) -> None:
    alice, bob, clock = friends(stack, tmp_path, house)
    say(alice, "bob", a_text("one"), chained=True, change=naming_a_newer_list)
    bob.until_arrived("alice", ["first", "one"])
    assert bob.of(events.AlarmRaised) == []
    clock.ahead_ms += LIST_PATIENCE_MS
    say(alice, "bob", a_text("two"), chained=True, change=naming_a_newer_list)
    assert bob.hear(events.AlarmRaised) == events.AlarmRaised(AlarmKind.LIST_WITHHELD, "alice", "stale_devices")
    bob.until_arrived("alice", ["first", "one", "two"])


def newer_list(party: Party, step: int) -> SignedDeviceList:
    """Sign another list of the same devices, as the party itself could."""
    with party.engine._base.database.read() as unit:
        record = unit.profile.load()
    assert record is not None
    body = verify_device_list(decode_device_list(record.device_list))
    signed = decode_device_list(record.device_list)
    return make_device_list(
        SigningKey.from_bytes(party.engine._profile.identity(party.profile.passphrase)),
        body.version + step,
        list(body.devices),
        before=list_hash(signed) if step else body.before,
        accounts=body.accounts,
    )


def test_a_device_list_that_is_rolled_back_is_refused_with_an_alarm(
    tmp_path: Path, house: House, stack: ExitStack
) -> None:
    alice, bob, _ = friends(stack, tmp_path, house)
    lists = [newer_list(alice, step) for step in (0, 1, 2)]
    with bob.engine._base.database.read() as unit:
        contact = contact_of(unit, "alice")
    for each in (lists[2], lists[1]):
        bob.engine._effect_runner.run([GiveHint(contact, ListCame(each))])
    assert bob.hear(events.AlarmRaised) == events.AlarmRaised(AlarmKind.LIST_ROLLED_BACK, "alice", "rolled_back")
    with bob.engine._base.database.read() as unit:
        assert decode_device_list(contact_of(unit, "alice").device_list) == lists[2]


def test_a_name_that_is_being_looked_up_keeps_nothing_else_waiting(
    tmp_path: Path, house: House, stack: ExitStack
) -> None:
    alice, _, _ = friends(stack, tmp_path, house)
    line = stack.enter_context(cable(house.address))
    carol = Party(tmp_path, replace(account("carol", house.address), address=line.address))
    stack.callback(carol.close)
    carol.until_online()
    carol.send("alice", "hello")
    alice.until_arrived("carol", ["hello"])
    line.hold()
    asked = carol.client.request(commands.Send("nobody", "are you there?"))
    for command in (commands.History("alice"), commands.Status(), commands.Contacts(), commands.MarkRead("alice")):
        carol.ask(command)
    carol.send("alice", "still here")
    assert carol.texts("alice") == ["hello", "still here"]
    with pytest.raises(DeliveryError, match="not_found"):
        carol.ask(commands.History("nobody"))
    assert not asked.done()
    line.release()
    with pytest.raises(DeliveryError, match="not_found"):
        asked.result(30)
    alice.until_arrived("carol", ["hello", "still here"])
