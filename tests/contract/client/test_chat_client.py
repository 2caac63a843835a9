import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.client import ChatClient
from babilu.api.group_views import GroupChangeView
from babilu.api.views import Address, LinkState
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_people import QR
from babilu.crypto.secret import Passphrase
from babilu.kernel.errors import (
    AccountError,
    BabiluError,
    DeliveryError,
    ErrorCode,
    LinkError,
    ProtocolError,
    TrustError,
    UsageError,
)
from babilu.kernel.ids import MessageId
from babilu.kernel.states import GroupChangeKind, GroupRole, MessageState, Trust

WAIT_S = 10.0

R = TypeVar("R")


def ask(client: ChatClient, command: c.Command[R]) -> R:
    return client.request(command).result(WAIT_S)


class Told:
    """A listener that can be waited for."""

    def __init__(self) -> None:
        self.cursors: list[int] = []
        self.events: list[e.Event] = []
        self._changed = threading.Condition()

    def __call__(self, cursor: int, event: e.Event) -> None:
        with self._changed:
            self.cursors.append(cursor)
            self.events.append(event)
            self._changed.notify_all()

    def until(self, condition: Callable[[list[e.Event]], bool]) -> list[e.Event]:
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self.events), WAIT_S), self.events
            return list(self.events)


def notices(events: list[e.Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, e.NoticeArrived)]


def test_an_answer_has_its_type_and_its_events_are_told_before_it(client: ChatClient, world: FakeClient) -> None:
    told = Told()
    client.subscribe(told)
    world.add_contact("bob")
    sent = ask(client, c.Send("bob", "two\nlines, ünd ☕ \u202e\x1b[2J"))
    assert sent.text == "two\nlines, ünd ☕ \u202e\x1b[2J"
    assert isinstance(sent.id, bytes)
    assert len(sent.id) == 16
    assert sent.state is MessageState.QUEUED
    assert [type(event) for event in told.events] == [
        e.ContactChanged,
        e.MessageQueued,
        e.ConversationChanged,
        e.MessageStateChanged,
    ]
    assert ask(client, c.MessageInfo(sent.id)).message.state is MessageState.HELD


def test_every_kind_of_answer_comes_whole(client: ChatClient, world: FakeClient) -> None:
    world.fill_history("bob", 30)
    world.connect_peer("dora")
    page = ask(client, c.History("bob", limit=10))
    assert page.messages == world.messages("bob")[-10:]
    assert (page.more_before, page.more_after) == (True, False)
    assert ask(client, c.Contacts()) == (world.contact("bob"), world.contact("dora"))
    assert ask(client, c.Verify("bob")).qr == QR
    assert ask(client, c.MarkVerified("bob")).trust is Trust.VERIFIED
    assert ask(client, c.SetPinned("bob", pinned=True)) is None
    assert ask(client, c.Status()).link is LinkState.ONLINE
    assert ask(client, c.Listen(Address("::1", 5051))) == Address("::1", 5051)
    assert ask(client, c.Threads()) == ("conversation-dora",)
    assert [each.label for each in ask(client, c.Conversations())] == ["bob", "dora"]


@pytest.mark.parametrize(
    ("command", "family", "code"),
    [
        (c.Send("nobody", "hi"), DeliveryError, ErrorCode.NOT_FOUND),
        (c.Send("carol", "x" * 60_001), ProtocolError, ErrorCode.TOO_LARGE),
        (c.Send("changed", "hi"), TrustError, ErrorCode.IDENTITY_CHANGED),
        (c.Retry(MessageId(bytes(16))), DeliveryError, ErrorCode.NOT_FOUND),
        (c.CheckPassphrase(Passphrase("wrong")), AccountError, ErrorCode.WRONG_CREDENTIALS),
        (c.Listen(Address("127.0.0.1", 80)), LinkError, ErrorCode.UNAVAILABLE),
        (c.Retry(MessageId(bytes(15) + b"\x01")), UsageError, ErrorCode.USAGE),
    ],
)
def test_a_refusal_keeps_its_family_and_code(
    client: ChatClient, world: FakeClient, command: c.Command[object], family: type[BabiluError], code: ErrorCode
) -> None:
    world.add_contact("changed")
    world.change_identity("changed")
    ask(client, c.Send("carol", "the first message of all"))
    with pytest.raises(family) as refused:
        ask(client, command)
    assert refused.value.code is code


def test_a_refusal_says_when_a_repeat_makes_sense(client: ChatClient, world: FakeClient) -> None:
    world.fail_next(c.Status, LinkError(ErrorCode.RATE_LIMITED, "Later.", 1_500))
    with pytest.raises(LinkError) as refused:
        ask(client, c.Status())
    assert (refused.value.text, refused.value.retry_after_ms) == ("Later.", 1_500)


def test_events_have_rising_cursors_and_a_late_listener_catches_up(client: ChatClient, world: FakeClient) -> None:
    first, second = Told(), Told()
    client.subscribe(first, since=0)
    for number in range(5):
        world.tell(e.NoticeArrived(str(number)))
    first.until(lambda events: notices(events) == ["0", "1", "2", "3", "4"])
    assert first.cursors == sorted(set(first.cursors))
    client.subscribe(second, since=first.cursors[2])
    second.until(lambda events: notices(events) == ["3", "4"])
    world.tell(e.NoticeArrived("5"))
    assert notices(second.until(lambda events: len(events) == 3)) == ["3", "4", "5"]


def test_events_that_are_forgotten_are_refused(bind: Callable[[FakeClient], ChatClient]) -> None:
    forgetful = FakeClient(remembered=2)
    try:
        for number in range(5):
            forgetful.tell(e.NoticeArrived(str(number)))
        client = bind(forgetful)
        with pytest.raises(UsageError):
            client.subscribe(Told(), since=1)
    finally:
        forgetful.close()


def test_a_cancelled_subscription_is_told_nothing(client: ChatClient, world: FakeClient) -> None:
    cancelled, other = Told(), Told()
    subscription = client.subscribe(cancelled)
    client.subscribe(other)
    world.tell(e.NoticeArrived("one"))
    cancelled.until(lambda events: notices(events) == ["one"])
    subscription.cancel()
    subscription.cancel()
    world.tell(e.NoticeArrived("two"))
    other.until(lambda events: notices(events) == ["one", "two"])
    assert notices(cancelled.events) == ["one"]


def test_requests_are_answered_out_of_order_and_from_many_threads(client: ChatClient, world: FakeClient) -> None:
    world.add_contact("bob")
    world.hold(c.Verify)
    slow = client.request(c.Verify("bob"))
    futures: list[Future[object]] = []
    threads = [
        threading.Thread(target=lambda: futures.extend(client.request(c.ReadValue(f"k{n}")) for n in range(20)))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [future.result(WAIT_S) for future in futures] == [None] * 100
    assert not slow.done()
    world.release(c.Verify)
    assert slow.result(WAIT_S).name == "bob"


def test_a_callback_of_an_answer_may_ask_again(client: ChatClient) -> None:
    again: Future[object] = Future()

    def ask_again(_: object) -> None:
        client.request(c.Threads()).add_done_callback(lambda done: again.set_result(done.result()))

    client.request(c.Status()).add_done_callback(ask_again)
    assert again.result(WAIT_S) == ()


def test_a_closed_client_tells_that_and_refuses(client: ChatClient) -> None:
    told = Told()
    client.subscribe(told)
    client.close()
    client.close()
    assert told.events == [e.Closed()]
    with pytest.raises(LinkError) as refused:
        ask(client, c.Status())
    assert refused.value.code is ErrorCode.CLOSED


def test_a_real_client_keeps_values(real: ChatClient) -> None:
    ask(real, c.StoreValue("tea", "☕"))
    assert ask(real, c.ReadValue("tea")) == "☕"
    assert "tea" in ask(real, c.StoredKeys("t"))
    ask(real, c.StoreValue("tea", None))
    assert ask(real, c.ReadValue("tea")) is None


def test_a_real_client_answers_questions_and_refuses_what_makes_no_sense(real: ChatClient) -> None:
    status = ask(real, c.Status())
    assert (status.name, status.relay, status.link) == ("alice", None, LinkState.NONE)
    assert ask(real, c.Contacts()) == ()
    for command in (c.Send("nobody", "hi"), c.History("nobody"), c.Decline("nothing"), c.Retry(MessageId(bytes(16)))):
        with pytest.raises(BabiluError) as refused:
            ask(real, command)
        assert refused.value.code in {ErrorCode.NOT_FOUND, ErrorCode.USAGE}


def test_a_real_client_knows_its_passphrase(real: ChatClient) -> None:
    ask(real, c.CheckPassphrase(Passphrase("correct horse")))
    with pytest.raises(AccountError) as wrong:
        ask(real, c.CheckPassphrase(Passphrase("battery staple")))
    assert wrong.value.code is ErrorCode.WRONG_CREDENTIALS


def test_a_real_client_tells_its_events(real: ChatClient) -> None:
    told = Told()
    subscription = real.subscribe(told)
    address = ask(real, c.Listen(Address("127.0.0.1", 0)))
    ask(real, c.StopListening())
    told.until(lambda events: events == [e.ListeningChanged(address), e.ListeningChanged(None)])
    subscription.cancel()


def test_what_a_request_causes_brings_its_id_back_also_later_and_to_every_listener(
    client: ChatClient, world: FakeClient
) -> None:
    mine, others = Told(), Told()
    client.subscribe(mine)
    world.subscribe(others)
    world.add_contact("bob")
    sent = ask(client, c.Send("bob", "hi", request_id='["mine",1]'))
    world.advance(sent.id, MessageState.READ)
    for told in (mine, others):
        events = told.until(lambda events: any(getattr(each, "state", 0) is MessageState.READ for each in events))
        caused = [event for event in events if isinstance(event, e.CausedEvent)]
        assert [type(event) for event in caused] == [e.MessageQueued, e.MessageStateChanged, e.MessageStateChanged]
        assert {event.request_id for event in caused} == {'["mine",1]'}


def test_groups_come_whole_with_everybody_who_is_in(client: ChatClient, world: FakeClient) -> None:
    told = Told()
    client.subscribe(told)
    world.add_contact("bob")
    started = ask(client, c.StartGroup("Picnic", ("bob", "carol"), "Sunday"))
    assert started == world.groups.view("#picnic")
    assert ask(client, c.GetGroup("#picnic")) == started
    assert ask(client, c.GroupLogOf("#picnic"))[0].change.value == "Picnic"
    lines = [event.message.change for event in told.events if isinstance(event, e.LineAdded)]
    assert lines == [GroupChangeView(GroupChangeKind.CREATED, "alice", value="Picnic")]
    assert [event.group for event in told.events if isinstance(event, e.GroupChanged)] == [started]
    sent = ask(client, c.Send("#picnic", "tea?"))
    world.groups.advance(sent.id, "bob", MessageState.READ)
    people = ask(client, c.MessageInfo(sent.id)).people
    assert [(each.name, each.state) for each in people] == [("bob", MessageState.READ), ("carol", MessageState.HELD)]


def test_what_is_accepted_answers_as_what_it_is(client: ChatClient, world: FakeClient) -> None:
    request = world.ask_for_conversation("dave")
    world.groups.begin("Picnic", by="bob", accepted=False)
    (invitation,) = ask(client, c.GroupInvitations())
    assert ask(client, c.Accept(invitation.id)) == world.groups.view("#picnic")
    assert ask(client, c.Accept(request.id)) == world.contact("dave")


@pytest.mark.parametrize(
    ("command", "family", "code"),
    [
        (c.Send("#picnic", "me too"), DeliveryError, ErrorCode.ADMINS_ONLY),
        (c.Send("#former", "still here?"), DeliveryError, ErrorCode.NOT_MEMBER),
        (c.GetGroup("#nothing"), DeliveryError, ErrorCode.NOT_FOUND),
        (c.SetRole("#picnic", "bob", GroupRole.OWNER), UsageError, ErrorCode.USAGE),
    ],
)
def test_a_refusal_in_a_group_keeps_its_family_and_code(
    client: ChatClient, world: FakeClient, command: c.Command[object], family: type[BabiluError], code: ErrorCode
) -> None:
    world.groups.begin("Picnic", by="bob")
    world.groups.act("bob", c.ChangeGroup("#picnic", everybody_posts=False))
    world.groups.begin("Former", by="bob")
    world.groups.act("bob", c.RemoveFromGroup("#former", ("alice",)))
    with pytest.raises(family) as refused:
        ask(client, command)
    assert refused.value.code is code
