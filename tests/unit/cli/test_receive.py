import queue
from collections.abc import Iterator, Sequence

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import LinkState, MessageView
from babilu.bot.fake_client import FakeClient
from babilu.cli import receive
from babilu.cli.exit_codes import ExitCode
from babilu.cli.one_shot import OneShot
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.terminal.ordered_command import OrderedCommand
from babilu.terminal.output import OutputLostError
from babilu.terminal.renderer import Problem
from babilu.terminal.tags import Tagged

WAIT_S = 30.0


class Said:
    """A renderer that remembers the messages it showed."""

    reads_aloud = False

    def __init__(self) -> None:
        self.texts: list[str] = []

    def event(self, tagged: Tagged) -> None:
        raise NotImplementedError(tagged)

    def messages(self, messages: Sequence[MessageView]) -> None:
        self.texts += [message.text for message in messages]

    def answer(self, order: OrderedCommand, answer: object) -> None:
        raise NotImplementedError(order, answer)

    def problem(self, problem: Problem) -> None:
        raise NotImplementedError(problem)

    def flush(self) -> None:
        pass


@pytest.fixture
def client() -> Iterator[FakeClient]:
    made = FakeClient()
    yield made
    made.close()


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def one_shot(client: FakeClient, said: Said) -> OneShot:
    told: queue.SimpleQueue[e.Event] = queue.SimpleQueue()
    client.subscribe(lambda _, event: told.put(event))
    return OneShot(client, said, told)


def test_what_waits_is_printed_once(client: FakeClient, one_shot: OneShot, said: Said) -> None:
    client.receive("bob", "one")
    client.receive("bob", "two", announced=False)
    assert receive._take_all(one_shot, WAIT_S) is ExitCode.DONE
    assert receive._take_all(one_shot, WAIT_S) is ExitCode.DONE
    assert said.texts == ["one", "two"]


class Gone:
    """Somebody who reads so many messages and ends."""

    def __init__(self, reads: int) -> None:
        self._reads = reads

    def wait(self) -> None:
        if not self._reads:
            raise OutputLostError
        self._reads -= 1


def test_what_nobody_reads_any_more_is_printed_by_the_next_program(client: FakeClient, said: Said) -> None:
    for text in ("one", "two", "three"):
        client.receive("bob", text)
    for reads in (1, 1):
        leaving = OneShot(client, said, queue.SimpleQueue(), Gone(reads))
        with pytest.raises(OutputLostError):
            receive._take_all(leaving, WAIT_S)
    assert receive._take_all(OneShot(client, said, queue.SimpleQueue(), Gone(9)), WAIT_S) is ExitCode.DONE
    assert said.texts == ["one", "two", "two", "three", "three"]


def test_an_unreachable_relay_is_told_after_what_is_here(client: FakeClient, one_shot: OneShot, said: Said) -> None:
    client.receive("bob", "one")
    client.go_offline()
    with pytest.raises(LinkError) as refused:
        receive._take_all(one_shot, 0)
    assert refused.value.code is ErrorCode.UNAVAILABLE
    assert said.texts == ["one"]


def test_a_relay_that_refuses_for_good_is_not_waited_for_and_its_reason_is_told(
    client: FakeClient, one_shot: OneShot
) -> None:
    client.go_offline()
    why = "It shows another certificate."
    client.tell(e.LinkChanged(LinkState.OFFLINE, "certificate_changed", why, 15_000, refused=True))
    with pytest.raises(BabiluError, match="another certificate") as refused:
        receive._take_all(one_shot, WAIT_S)
    assert refused.value.code is ErrorCode.CERTIFICATE_CHANGED


def test_a_profile_without_a_relay_has_nothing_to_wait_for(said: Said) -> None:
    client = FakeClient(relay=None)
    try:
        assert client.link is LinkState.NONE
        assert receive._take_all(OneShot(client, said, queue.SimpleQueue()), WAIT_S) is ExitCode.DONE
    finally:
        client.close()


def test_follow_prints_each_message_once_also_where_another_face_takes_it_first(
    client: FakeClient, one_shot: OneShot, said: Said
) -> None:
    client.receive("bob", "before", announced=False)
    client.receive("bob", "told and taken together")
    client.receive("bob", "taken by another")
    other = client.request(c.TakeUnshown()).result(WAIT_S)
    client.receive("bob", "last")
    client.tell(e.Warned("host_ended", "Over.", fatal=True))
    with pytest.raises(BabiluError) as ended:
        receive._follow(one_shot)
    assert ended.value.code is ErrorCode.HOST_ENDED
    assert [message.text for message in other] == ["before", "told and taken together", "taken by another"]
    assert sorted(said.texts) == sorted(["told and taken together", "taken by another", "last"])
