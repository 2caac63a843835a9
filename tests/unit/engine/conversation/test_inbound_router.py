import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from babilu.api import events
from babilu.engine.commands.effect_runner import EffectRunner
from babilu.engine.conversation import attribution
from babilu.engine.conversation.attribution import UNATTRIBUTED_A_DAY, AccountAnswer, Attribution
from babilu.engine.conversation.effects import Acknowledge, Effect, GiveHint, LookUp, Tell
from babilu.engine.conversation.inbound_router import SETTLE_MS, InboundRouter
from babilu.engine.conversation.opened_envelopes import OpenedEnvelopes
from babilu.engine.conversation.wakeups import Wake
from babilu.engine.runtime.threads import Worker
from babilu.identity.device_list import encode_device_list
from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.errors import DeliveryError, ErrorCode, LinkError, ProfileError
from babilu.kernel.limits import DAY_MS
from babilu.store import inbox
from babilu.store.contact_records import RequestRecord
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.engine.homes import Home, Writer, a_home, know, told_in

DEADLINE_S = 30.0


class Post:
    """A dispatcher with its thread."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.effects: list[Effect] = []
        self.worker = Worker("inbox")
        self.dispatcher = InboundRouter(home.base, self.worker, self.run, OpenedEnvelopes(home.base.own))

    def run(self, effects: Iterable[Effect]) -> None:
        self.effects += effects

    def brings(self, writer: Writer, count: int = 1) -> None:
        arrivals = [writer.writes_first(self.home) for _ in range(count)]
        assert len(self.dispatcher.arrived(arrivals).result(DEADLINE_S)) == count

    def relay_says(self, writer: Writer) -> None:
        self.dispatcher.looked_up(writer.name, writer.own.device_list, None)

    def relay_knows_nobody(self, name: str) -> None:
        self.dispatcher.looked_up(name, None, DeliveryError(ErrorCode.NOT_FOUND, "No such account."))

    def unattributed(self) -> list[str | None]:
        """Accounts of which it was told that mail under their names cannot be shown."""
        self.done()
        alarms = [event for event in told_in(self.effects) if isinstance(event, events.AlarmRaised)]
        assert {alarm.alarm for alarm in alarms} <= {AlarmKind.SENDER_GONE}
        return [alarm.name for alarm in alarms]

    def asked(self) -> list[str]:
        return [effect.account for effect in self.effects if isinstance(effect, LookUp)]

    def done(self) -> None:
        self.worker.ask(lambda: None).result(DEADLINE_S)

    def waiting(self) -> int:
        self.done()
        with self.home.base.database.read() as unit:
            return len(unit.inbox.unassigned(100))

    def names(self) -> list[str]:
        with self.home.base.database.read() as unit:
            return [contact.name for contact in unit.contacts.all()]

    def dropped(self) -> dict[str, int]:
        with self.home.base.database.read() as unit:
            return unit.inbox.dropped()


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with a_home(tmp_path) as home:
        made = Post(home)
        made.worker.start()
        yield made
        made.worker.stop()


def test_who_writes_first_becomes_a_contact_once_the_relay_has_said_whose_the_account_is(post: Post) -> None:
    alice = Writer("alice")
    post.brings(alice, 2)
    assert (post.asked(), post.waiting(), post.names()) == (["alice"], 2, [])
    post.relay_says(alice)
    assert (post.waiting(), post.names(), post.dropped()) == (0, ["alice"], {})
    with post.home.base.database.read() as unit:
        (contact,) = unit.contacts.all()
    made = events.ContactChanged(post.home.base.show.contact(contact))
    assert post.effects == [LookUp("alice"), Tell(made), GiveHint(contact, Wake())]


def test_who_asks_directly_under_a_name_has_that_one_also_when_they_write_by_the_relay(post: Post) -> None:
    mum = Writer("mum")
    with post.home.base.database.write() as unit:
        listed = encode_device_list(mum.own.device_list)
        unit.requests.add_or_refresh(
            RequestRecord("1", mum.own.identity_key, "plumber", listed, "10.0.0.1", 9, 1, mum.own.device)
        )
    post.brings(mum)
    post.relay_says(mum)
    post.done()
    assert post.names() == ["plumber"]


def test_what_could_not_be_committed_is_not_acknowledged_and_comes_again(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrival = replace(Writer("alice").writes_first(post.home), seq=7)
    with monkeypatch.context() as broken:
        broken.setattr(inbox.Inbox, "add", disk_is_full)
        with pytest.raises(ProfileError):
            post.dispatcher.arrived([arrival]).result(DEADLINE_S)
    assert post.effects == []
    post.dispatcher.arrived([arrival]).result(DEADLINE_S)
    assert (post.effects, post.waiting()) == ([Acknowledge(7), LookUp("alice")], 1)


def disk_is_full(*_arguments: object) -> None:
    raise ProfileError(ErrorCode.DISK_FULL, "No room.")


def test_an_account_that_is_somebody_elses_is_dropped_and_takes_no_room(post: Post) -> None:
    liar, alice = Writer("alice"), Writer("alice")
    post.brings(liar, 2)
    post.relay_says(alice)
    assert (post.waiting(), post.names(), post.dropped()) == (0, [], {"account_mismatch": 2})
    with post.home.base.database.read() as unit:
        assert unit.inbox.quarantined(10) == []


def test_a_second_account_with_a_device_of_the_first_keeps_nobodys_mail_waiting(post: Post) -> None:
    first, second, friend = Writer("mal-one"), Writer("mal-two"), Writer("alice")
    with post.home.base.database.write() as unit:
        know(post.home, unit, first)
    second.showing(second.list_with(first))
    post.brings(second, 3)
    post.relay_says(second)
    assert (post.waiting(), post.names(), post.dropped()) == (0, ["mal-one"], {"contact_refused": 3})
    post.brings(friend)
    post.relay_says(friend)
    assert (post.waiting(), post.names()) == (0, ["alice", "mal-one"])


def test_of_an_account_that_the_relay_says_nothing_about_only_so_many_wait(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "CLAIMED_ROWS", 3)
    stranger, alice = Writer("eve"), Writer("alice")
    post.brings(stranger, 5)
    post.brings(alice)
    post.dispatcher.looked_up("eve", None, LinkError(ErrorCode.UNAVAILABLE, "Not now."))
    assert (post.waiting(), post.dropped()) == (4, {"account_full": 2})
    post.dispatcher.sweep()
    assert (post.waiting(), post.asked()[-1]) == (4, "eve")
    post.relay_says(stranger)
    post.relay_says(alice)
    assert (post.waiting(), post.names()) == (0, ["alice", "eve"])


def test_what_is_committed_counts_as_kept_although_nobody_can_be_told_of_it(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, eve = Writer("alice"), Writer("eve")
    with post.home.base.database.write() as unit:
        know(post.home, unit, alice)
    # Nothing is connected: every effect fails.
    monkeypatch.setattr(post.dispatcher, "_run", EffectRunner(cast("Any", None), post.home.base.bus).run)
    post.brings(alice)
    post.brings(eve)
    with post.home.base.database.read() as unit:
        assert unit.inbox.contacts_with_mail() == [1]
    monkeypatch.undo()
    post.dispatcher.forget_look_ups()
    post.dispatcher.sweep()
    assert (post.waiting(), post.asked()) == (1, ["eve"])


def test_a_list_that_the_relay_shows_under_another_name_makes_nobody_a_contact(post: Post) -> None:
    bob = Writer("bob")
    bob.name = "carol"
    post.brings(bob)
    # What claims an account that its own list does not name is nobody's.
    assert (post.asked(), post.waiting(), post.dropped()) == ([], 0, {"unknown_sender": 1})
    carol = Writer("carol")
    post.brings(carol)
    post.dispatcher.looked_up("carol", carol.list_with(account="dora"), None)
    assert (post.waiting(), post.names(), post.dropped()) == (0, [], {"unknown_sender": 1, "account_mismatch": 1})


def test_a_list_of_the_relay_that_does_not_hold_makes_nobody_a_contact(post: Post) -> None:
    carol = Writer("carol")
    post.brings(carol)
    unsigned = SignedDeviceList(carol.own.device_list.body, bytes(64))
    post.dispatcher.looked_up("carol", unsigned, None)
    assert (post.waiting(), post.names(), post.dropped()) == (0, [], {"account_mismatch": 1})


def test_that_mail_cannot_be_attributed_is_told_once_for_an_account(post: Post) -> None:
    for name in ("dave", "dave", "erin"):
        post.brings(Writer(name), 2)
        post.relay_says(Writer(name))
    assert post.unattributed() == ["dave", "erin"]


def test_whoever_invents_accounts_rings_so_many_alarms_in_a_day_and_no_more(post: Post) -> None:
    for number in range(2 * UNATTRIBUTED_A_DAY):
        post.brings(Writer(f"nobody{number}"))
        post.relay_knows_nobody(f"nobody{number}")
    assert post.unattributed() == [f"nobody{number}" for number in range(UNATTRIBUTED_A_DAY)]
    post.home.clock.now += DAY_MS
    post.brings(Writer("dave"))
    post.relay_knows_nobody("dave")
    assert post.unattributed()[UNATTRIBUTED_A_DAY:] == ["dave"]


def test_whoever_pretends_to_be_a_contact_or_blocked_rings_no_alarm_about_them(post: Post) -> None:
    friend, blocked = Writer("alice"), Writer("eve")
    with post.home.base.database.write() as unit:
        know(post.home, unit, friend)
        unit.contacts.set_blocked(know(post.home, unit, blocked).contact, True)
    post.brings(Writer("alice"))
    post.relay_says(friend)
    post.brings(Writer("eve"))
    post.relay_says(Writer("eve"))
    post.done()
    assert (post.unattributed(), post.dropped()) == ([], {"account_mismatch": 2})


def test_that_nobody_new_can_write_for_all_the_strangers_is_told_once_a_day(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attribution, "STRANGERS", 1)
    for name in ("alice", "carol", "dave"):
        writer = Writer(name)
        post.brings(writer)
        post.relay_says(writer)
    post.done()
    crowd = events.AlarmRaised(AlarmKind.STRANGERS_REFUSED, None, "quota")
    assert [event for event in told_in(post.effects) if isinstance(event, events.AlarmRaised)] == [crowd]
    assert (post.names(), post.dropped()) == (["alice"], {"contact_refused": 2})
    post.home.clock.now += DAY_MS
    erin = Writer("erin")
    post.brings(erin)
    post.relay_says(erin)
    post.done()
    assert told_in(post.effects).count(crowd) == 2


def wait_for(gate: threading.Event) -> None:
    assert gate.wait(DEADLINE_S)


def test_answers_about_a_crowd_are_judged_in_few_transactions_and_mail_goes_between_them(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd, friend = [Writer(f"stranger{number}") for number in range(20)], Writer("friend")
    for stranger in crowd:
        post.brings(stranger)
    judged: list[str] = []
    settle, gate = Attribution.judge, threading.Event()

    def slow(self: Attribution, unit: UnitOfWork, answer: AccountAnswer, *more: Any) -> None:
        settle(self, unit, answer, *more)
        judged.append(answer.account)
        post.home.clock.now += SETTLE_MS // 4

    monkeypatch.setattr(Attribution, "judge", slow)
    post.worker.post(lambda: wait_for(gate))
    for stranger in crowd:
        post.relay_says(stranger)
    arrived = post.dispatcher.arrived([friend.writes_first(post.home)])
    arrived.add_done_callback(lambda _: judged.append("mail"))
    write = post.home.base.database.write
    transactions: list[None] = []

    @contextmanager
    def counted() -> Iterator[UnitOfWork]:
        transactions.append(None)
        with write() as unit:
            yield unit

    monkeypatch.setattr(post.home.base.database, "write", counted)
    gate.set()
    for _ in crowd:
        post.done()
    assert judged.index("mail") == 4
    assert (len(judged), len(transactions)) == (21, 6)
    assert len(post.names()) == 20
