from collections.abc import Iterator

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.client import ChatClient, ClientFactory, RelayProfile
from babilu.api.command import R_co
from babilu.api.views import Address, ContactView, LinkState, PeerState
from babilu.bot import answering_client
from babilu.bot.fake_client import FakeClient
from babilu.crypto.secret import Passphrase
from babilu.kernel.errors import AccountError, DeliveryError, ErrorCode, LinkError, UsageError
from babilu.kernel.states import MessageState
from tests.fakes.client_factory import FakeClientFactory

RELAY = Address("127.0.0.1", 5050)
WAIT_S = 30.0
PROFILE = RelayProfile(RELAY, "alice", Passphrase("correct horse"))


class Told:
    def __init__(self) -> None:
        self.events: list[e.Event] = []

    def __call__(self, cursor: int, event: e.Event) -> None:
        del cursor
        self.events.append(event)

    def of(self, kind: type[e.Event]) -> list[e.Event]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def client() -> Iterator[FakeClient]:
    made = FakeClient(accounts=["carol"])
    yield made
    made.close()


def ask(client: ChatClient, command: c.Command[R_co]) -> R_co:
    return client.request(command).result(WAIT_S)


def test_a_sent_message_is_queued_and_held_and_comes_further_as_the_test_says(client: FakeClient) -> None:
    told = Told()
    client.subscribe(told)
    client.add_contact("bob")
    sent = ask(client, c.Send("bob", "hi"))
    client.advance(sent.id, MessageState.DELIVERED)
    states = [event.state for event in told.events if isinstance(event, e.MessageStateChanged)]
    assert states == [MessageState.HELD, MessageState.DELIVERED]
    assert ask(client, c.MessageInfo(sent.id)).message.state is MessageState.DELIVERED


def test_what_waits_while_offline_is_held_when_the_relay_returns(client: FakeClient) -> None:
    client.add_contact("bob")
    client.go_offline()
    sent = ask(client, c.Send("bob", "hi"))
    assert ask(client, c.Status()).queued == 1
    client.go_online()
    assert ask(client, c.Status()).queued == 0
    assert ask(client, c.MessageInfo(sent.id)).message.state is MessageState.HELD


def test_a_new_name_needs_the_relay(client: FakeClient) -> None:
    client.go_offline()
    with pytest.raises(LinkError, match="unavailable"):
        ask(client, c.Send("carol", "hi"))
    client.go_online()
    assert ask(client, c.Send("carol", "hi")).conversation == "carol"
    with pytest.raises(DeliveryError, match="not_found"):
        ask(client, c.Send("nobody", "hi"))


def test_what_arrives_is_taken_once(client: FakeClient) -> None:
    client.receive("bob", "before", announced=False)
    arrived = client.receive("bob", "hi")
    assert [m.text for m in ask(client, c.TakeUnshown(limit=10))] == ["before", "hi"]
    assert ask(client, c.TakeUnshown()) == ()
    assert not arrived.first
    assert ask(client, c.MarkRead("bob")) == 2


def test_history_is_paged_in_both_directions(client: FakeClient) -> None:
    client.fill_history("bob", 100)
    newest = ask(client, c.History("bob", limit=10))
    assert [m.text for m in newest.messages] == [f"message {n}" for n in range(90, 100)]
    assert (newest.more_before, newest.more_after) == (True, False)
    older = ask(client, c.History("bob", limit=10, before=newest.messages[0].position))
    assert older.messages[-1].text == "message 89"
    newer = ask(client, c.History("bob", limit=10, after=older.messages[-1].position))
    assert newer.messages == newest.messages


def test_commands_of_a_kind_can_be_held_back_and_fail(client: FakeClient) -> None:
    client.hold(c.Verify)
    future = client.request(c.Verify("carol"))
    client.settle()
    assert not future.done()
    client.fail_next(c.Verify, LinkError(ErrorCode.BUSY, "Later."))
    client.release(c.Verify)
    with pytest.raises(LinkError, match="busy"):
        future.result(WAIT_S)


def test_an_accepted_request_becomes_a_connected_contact(client: FakeClient) -> None:
    told = Told()
    client.subscribe(told)
    request = client.ask_for_conversation("dave")
    accepted = ask(client, c.Accept(request.id))
    assert isinstance(accepted, ContactView)
    assert accepted.connected
    client.disconnect_peer("dave")
    assert [event.state for event in told.events if isinstance(event, e.PeerChanged)] == [
        PeerState.CONNECTED,
        PeerState.DISCONNECTED,
    ]
    assert ask(client, c.Requests()) == ()


def test_a_changed_identity_stops_sending_until_it_is_trusted(client: FakeClient) -> None:
    client.add_contact("bob")
    client.change_identity("bob")
    with pytest.raises(Exception, match="identity_changed"):
        ask(client, c.Send("bob", "hi"))
    ask(client, c.TrustIdentity("bob"))
    assert ask(client, c.Send("bob", "hi")).text == "hi"


def test_a_late_subscriber_catches_up_as_far_as_events_are_remembered() -> None:
    client = FakeClient(remembered=3)
    try:
        for number in range(5):
            client.tell(e.NoticeArrived(str(number)))
        told = Told()
        client.subscribe(told, since=3)
        assert told.events == [e.NoticeArrived("3"), e.NoticeArrived("4")]
        with pytest.raises(UsageError):
            client.subscribe(told, since=1)
    finally:
        client.close()


def test_a_closed_client_refuses_and_says_that_it_is_closed(client: FakeClient) -> None:
    told = Told()
    client.subscribe(told)
    client.close()
    client.close()
    assert told.events == [e.Closed()]
    with pytest.raises(LinkError, match="closed"):
        ask(client, c.Status())


def test_the_factory_opens_refuses_and_can_be_made_to_wait() -> None:
    factory = FakeClientFactory(registers=True)
    binding: ClientFactory = factory
    factory.refuse(AccountError(ErrorCode.WRONG_CREDENTIALS, "The password is not right."))
    with pytest.raises(AccountError, match="wrong_credentials"):
        binding.open(PROFILE).result(WAIT_S)
    told = Told()
    factory.hold()
    future = binding.open(PROFILE, told)
    assert not future.done()
    factory.release()
    client = future.result(WAIT_S)
    client.close()
    assert [type(event) for event in told.events] == [e.Registered, e.Ready, e.LinkChanged, e.Closed]
    assert told.of(e.LinkChanged) == [e.LinkChanged(LinkState.ONLINE, None, "", None)]


def test_a_long_past_is_made_by_no_clock(client: FakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    client.add_contact("bob")
    monkeypatch.setattr(answering_client, "WAIT_S", 0.0)

    client.fill_history("bob", 2_000)

    assert len(client.messages("bob")) == 2_000


def test_a_relay_that_knows_everybody_and_a_time_of_the_tests_own() -> None:
    times = iter((5_000, 9_000))
    made = FakeClient("bot", accounts=None, now=lambda: next(times))
    try:
        sent = ask(made, c.Send("nobody before", "hi"))
        assert (sent.conversation, sent.at) == ("nobody before", 5_000)
        assert made.receive("nobody before", "ho").at == 9_000
        assert made.sent == (("nobody before", "hi"),)
    finally:
        made.close()
