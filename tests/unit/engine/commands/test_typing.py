from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from babilu.api.events import TypingChanged
from babilu.api.views import PresenceState
from babilu.engine.commands import typing
from babilu.engine.commands.effect_runner import EffectRunner, RunnerTargets
from babilu.engine.commands.typing import JUDGED_AT_ONCE, SAID_EACH_MS, TypingNotices
from babilu.engine.runtime.group_logs import GroupLogs
from babilu.engine.runtime.places import place_of, place_with
from babilu.engine.runtime.typing_states import BELIEVED_MS, TYPING_MS
from babilu.identity.device_list import encode_device_list, verify_device_list
from babilu.kernel.ids import ConversationId, DeviceId, conversation_id
from babilu.session.envelope import EnvelopeEnd
from babilu.session.transient import NO_HEADS, TransientBody, check_transient, open_transient, seal_transient
from babilu.store.contact_records import ContactRecord, PendingIdentity
from tests.unit.engine.homes import Home, Writer, a_home, know
from tests.unit.engine.rooms import Room
from tests.unit.store.builders import NOW


class Loop:
    """A loop that does at once what it is called for, and keeps its timers for the test."""

    def __init__(self) -> None:
        self.loop = self
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        function(*arguments)

    def call_later(self, seconds: float, function: Callable[[], None]) -> object:
        self.timers.append((seconds, function))
        return object()


class Door:
    """A thread that does at once what it is given, or keeps it."""

    def __init__(self) -> None:
        self.kept: list[Callable[[], None]] = []
        self.is_shut = False

    def post(self, job: Callable[[], None]) -> bool:
        if self.is_shut:
            self.kept.append(job)
        else:
            job()
        return True


def conversation_with(home: Home, writer: Writer) -> ConversationId:
    return conversation_id(home.base.own.identity_key, writer.own.identity_key)


class Stage:
    """Bob's client without sockets, and alice, whom he has accepted and who is online."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.alice = Writer("alice")
        with home.base.database.write() as unit:
            self.contact = know(home, unit, self.alice)
        self.conversation = conversation_with(home, self.alice)
        self.loop, self.door = Loop(), Door()
        self.by_relay: list[tuple[str, DeviceId, bytes]] = []
        self.directly: list[tuple[int, DeviceId, bytes]] = []
        self.connected: set[DeviceId] = set()
        effect_runner = EffectRunner(cast("Any", self.loop), home.base.bus)
        relay = SimpleNamespace(pass_on=lambda *passed: self.by_relay.append(passed))
        calls = SimpleNamespace(links=SimpleNamespace(pass_on=self._directly))
        effect_runner.connect(cast("RunnerTargets", SimpleNamespace(calls=calls, relay=relay)))
        self.typing = TypingNotices(home.base, effect_runner, cast("Any", self.loop), cast("Any", self.door))
        self.comes("alice")

    def _directly(self, contact: int, device: DeviceId, sealed: bytes) -> bool:
        if device in self.connected:
            self.directly.append((contact, device, sealed))
        return device in self.connected

    def say(self, contact: ContactRecord) -> None:
        """Have it said that one is typing, to whom the conversation is with."""
        with self.home.base.database.read() as unit:
            place = place_with(unit, unit.conversations.of_contact(contact.contact), contact)
        self.typing.say(place)

    def comes(self, account: str) -> None:
        self.home.base.presences.watch([account])
        self.home.base.presences.came_or_went(account, PresenceState.ONLINE, self.home.clock.now)

    def known(self, writer: Writer) -> ContactRecord:
        with self.home.base.database.write() as unit:
            return know(self.home, unit, writer)

    def sealed(
        self, sent_at: int = NOW, *, writer: Writer | None = None, conversation: ConversationId | None = None
    ) -> bytes:
        sender = writer or self.alice
        own = self.home.base.own
        body = TransientBody(sender.own.device, conversation or self.conversation, NO_HEADS, sent_at)
        return seal_transient(sender.own.agreement, EnvelopeEnd(own.device, own.agreement.public), body)

    def told(self) -> list[bool]:
        """Return what was told, whether somebody is typing, and forget it."""
        told = [event.active for event in self.home.told if isinstance(event, TypingChanged)]
        self.home.told.clear()
        return told

    def passes(self, milliseconds: int) -> None:
        """Let time pass, and the timers whose time has come be run."""
        self.home.clock.now += milliseconds
        due, self.loop.timers = self.loop.timers, []
        for seconds, function in due:
            if seconds * 1000 <= milliseconds:
                function()
            else:
                self.loop.timers.append((seconds - milliseconds / 1000, function))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with a_home(tmp_path) as home:
        yield Stage(home)


# What one hears.


def test_somebody_is_told_to_be_typing_and_no_more_when_nothing_newer_came_for_six_seconds(stage: Stage) -> None:
    stage.typing.heard(stage.sealed())
    assert stage.home.told == [TypingChanged("alice", stage.conversation, "alice", active=True)]
    stage.told()
    stage.passes(3_000)
    stage.typing.heard(stage.sealed(NOW + 3_000))
    stage.passes(TYPING_MS - 1)
    assert stage.told() == []
    stage.passes(1)
    assert stage.told() == [False]
    assert stage.loop.timers == []


def test_one_that_is_played_again_or_came_too_late_is_nothing(stage: Stage) -> None:
    stage.typing.heard(stage.sealed())
    stage.passes(TYPING_MS)
    assert stage.told() == [True, False]
    stage.typing.heard(stage.sealed())
    stage.passes(BELIEVED_MS)
    stage.typing.heard(stage.sealed(NOW + TYPING_MS - 1))
    assert stage.told() == []


def test_nobody_types_who_is_a_stranger_not_accepted_blocked_or_in_question(stage: Stage) -> None:
    stage.typing.heard(stage.sealed(writer=Writer("carol")))
    with stage.home.base.database.write() as unit:
        dora = Writer("dora")
        know(stage.home, unit, dora, accepted=False)
    stage.typing.heard(stage.sealed(writer=dora, conversation=conversation_with(stage.home, dora)))
    with stage.home.base.database.write() as unit:
        unit.contacts.set_blocked(stage.contact.contact, True)
    stage.typing.heard(stage.sealed())
    with stage.home.base.database.write() as unit:
        unit.contacts.set_blocked(stage.contact.contact, False)
        claimed = Writer("alice").own
        pending = PendingIdentity(claimed.identity_key, encode_device_list(claimed.device_list), NOW)
        unit.contacts.set_pending(stage.contact.contact, pending)
    stage.typing.heard(stage.sealed())
    assert stage.told() == []


def test_nobody_types_for_another_person_or_elsewhere(stage: Stage) -> None:
    eve = Writer("eve")
    stage.known(eve)
    own = stage.home.base.own
    forged = TransientBody(stage.alice.own.device, stage.conversation, NO_HEADS, NOW)
    end = EnvelopeEnd(own.device, own.agreement.public)
    stage.typing.heard(seal_transient(eve.own.agreement, end, forged))
    stage.typing.heard(stage.sealed(writer=eve))
    stage.typing.heard(stage.sealed(conversation=conversation_with(stage.home, eve)))
    stage.typing.heard(b"\x02" + bytes(200))
    stage.typing.heard(b"\x01")
    assert stage.told() == []


def test_over_a_direct_connection_only_the_device_at_its_other_end_is_heard(stage: Stage) -> None:
    eve = Writer("eve")
    other = stage.known(eve)
    stage.typing.heard(stage.sealed(), other.contact, eve.own.device)
    assert stage.told() == []
    stage.typing.heard(stage.sealed(), stage.contact.contact, stage.alice.own.device)
    assert stage.told() == [True]


def test_a_message_ends_it_at_once(stage: Stage) -> None:
    stage.typing.heard(stage.sealed())
    stage.typing.message_came(stage.conversation, stage.alice.own.device, NOW + 2)
    stage.typing.heard(stage.sealed(NOW + 1))
    assert stage.told() == [True, False]
    stage.passes(TYPING_MS)
    assert stage.told() == []


def test_what_comes_faster_than_it_can_be_opened_is_dropped(stage: Stage) -> None:
    stage.door.is_shut = True
    for number in range(JUDGED_AT_ONCE + 5):
        stage.typing.heard(stage.sealed(NOW + number))
    assert len(stage.door.kept) == JUDGED_AT_ONCE
    stage.door.is_shut = False
    for job in stage.door.kept:
        job()
    stage.typing.heard(stage.sealed(NOW + 1_000))
    assert stage.told() == [True]


# What one says.


def test_it_is_said_by_relay_so_that_only_the_contacts_device_can_read_it(stage: Stage) -> None:
    stage.say(stage.contact)
    ((account, device, sealed),) = stage.by_relay
    alice, own = stage.alice.own, stage.home.base.own
    opened = open_transient(alice.agreement, alice.device, sealed)
    check_transient(alice.agreement, alice.device, EnvelopeEnd(own.device, own.agreement.public), opened)
    assert (account, device) == ("alice", alice.device)
    assert (opened.sender, opened.conversation, opened.sent_at) == (own.device, stage.conversation, NOW)


def test_it_is_said_at_most_each_three_seconds(stage: Stage) -> None:
    for _ in range(3):
        stage.say(stage.contact)
    stage.passes(SAID_EACH_MS - 1)
    stage.say(stage.contact)
    assert len(stage.by_relay) == 1
    stage.passes(1)
    stage.say(stage.contact)
    assert len(stage.by_relay) == 2


def test_it_goes_over_a_direct_connection_where_one_stands(stage: Stage) -> None:
    stage.connected.add(stage.alice.own.device)
    stage.home.base.presences.forget()
    stage.home.base.presences.link(stage.contact.contact, up=True)
    stage.say(stage.contact)
    assert [(contact, device) for contact, device, _ in stage.directly] == [
        (stage.contact.contact, stage.alice.own.device)
    ]
    assert stage.by_relay == []


def test_nobody_is_told_who_is_away_or_may_not_know_it(stage: Stage) -> None:
    contact = stage.contact
    pending = PendingIdentity(contact.identity_key, contact.device_list, NOW)
    for other in (
        replace(contact, accepted=False),
        replace(contact, blocked=True),
        replace(contact, pending=pending),
        replace(contact, account=""),
    ):
        stage.say(other)
    stage.home.base.presences.came_or_went("alice", PresenceState.OFFLINE, stage.home.clock.now)
    stage.say(contact)
    assert stage.by_relay == []
    stage.comes("alice")
    stage.say(contact)
    assert len(stage.by_relay) == 1


def test_a_conversation_of_many_devices_is_not_told(stage: Stage) -> None:
    base = stage.home.base
    assert len(verify_device_list(base.own.device_list).devices) == 1
    others = [Writer(f"device {number}") for number in range(7)]
    crowd = replace(stage.contact, device_list=encode_device_list(stage.alice.list_with(*others)), accepted=True)
    stage.say(crowd)
    assert stage.by_relay == []
    few = replace(crowd, device_list=encode_device_list(stage.alice.list_with(*others[1:])))
    stage.say(few)
    assert len(stage.by_relay) == 7


class Club:
    """A group of alice's, in which bob and carol are, whom bob has accepted too."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.logs, self.carol = stage, GroupLogs(), Writer("carol")
        home = stage.home
        self.room = Room(home, stage.alice, (self.carol,))
        with home.base.database.write() as unit:
            know(home, unit, self.carol)
            self.group = self.room.enters(unit, stage.contact, self.logs)
        presences = home.base.presences
        presences.watch(["alice", "carol"])
        for account in ("alice", "carol"):
            presences.came_or_went(account, PresenceState.ONLINE, home.clock.now)

    def say(self) -> None:
        with self.stage.home.base.database.read() as unit:
            place = place_of(unit, self.group.conversation)
        self.stage.typing.say(place)


def test_in_a_group_everybody_is_told_whom_one_has_accepted_and_who_is_there(stage: Stage) -> None:
    club = Club(stage)
    club.say()
    assert sorted(account for account, _, _ in stage.by_relay) == ["alice", "carol"]
    stage.typing.heard(stage.sealed(conversation=club.group.id))
    (told,) = [event for event in stage.home.told if isinstance(event, TypingChanged)]
    assert (told.conversation, told.sender, told.active) == ("#picnic", "alice", True)


def test_who_is_in_no_group_types_in_none(stage: Stage) -> None:
    club = Club(stage)
    dave = Writer("dave")
    stage.known(dave)
    stage.typing.heard(stage.sealed(writer=dave, conversation=club.group.id))
    assert stage.told() == []


def test_a_large_group_is_not_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typing, "PEOPLE_AT_MOST", 2)
    Club(stage).say()
    assert stage.by_relay == []
