"""Scripts and bots in groups, on a real relay: what a bot hears there, and how it comes in."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from babilu import Bot, Client, GroupView, Message
from babilu.api import events as e
from tests.integration.engine.relays import House, running_relay

DEADLINE_S = 30.0

Opens = Callable[[str], Client]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with running_relay(tmp_path / "relay") as made:
        yield made


@pytest.fixture
def script(house: House, tmp_path: Path) -> Iterator[Opens]:
    with ExitStack() as opened:

        def opens(name: str) -> Client:
            place = house.address.host, house.address.port
            return opened.enter_context(Client(*place, name, f"password of {name}", home=tmp_path / name))

        yield opens


class Played:
    """A bot that runs in a thread."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._thread = threading.Thread(target=bot.run, name="played bot")
        self._begun = threading.Event()
        bot.every(3_600)(self._begun.set)

    def __enter__(self) -> None:
        self._thread.start()
        assert self._begun.wait(DEADLINE_S)

    def __exit__(self, *_: object) -> None:
        self._bot.stop()
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive()


def heard(client: Client, **members: object) -> Message:
    """Wait for a message that has these members."""
    while (message := client.receive(DEADLINE_S)) is not None:
        if all(getattr(message, name) == value for name, value in members.items()):
            return message
    raise AssertionError(f"nobody said {members}")


def until_invited(client: Client) -> str:
    arrived = threading.Event()
    subscription = client.chat.subscribe(
        lambda _, event: arrived.set() if isinstance(event, e.GroupInvited) else None, since=0
    )
    try:
        assert arrived.wait(DEADLINE_S)
    finally:
        subscription.cancel()
    return client.invitations()[0].id


def test_scripts_talk_in_a_group(script: Opens) -> None:
    alice, bob = script("alice"), script("bob")
    alice.send("bob", "hi")
    assert heard(bob, sender="alice").text == "hi"
    bob.send("alice", "hi")
    assert heard(alice, sender="bob").text == "hi"

    picnic = alice.start_group("Picnic", ["bob"])
    joined = bob.accept(until_invited(bob))
    assert isinstance(joined, GroupView)
    assert [each.name for each in joined.members] == ["alice", "bob"]
    alice.send(picnic.conversation, "@bob who brings tea?", mentions=["bob"])
    asked = heard(bob, conversation="#picnic")
    assert (asked.sender, asked.mentioned) == ("alice", True)
    bob.send(asked.conversation, "I do")
    assert heard(alice, conversation="#picnic").text == "I do"
    bob.leave_group("#picnic")
    assert bob.group("#picnic").role is None


def test_a_bot_comes_into_a_group_and_answers_where_it_is_mentioned(
    script: Opens, house: House, tmp_path: Path
) -> None:
    bot = Bot(
        house.address.host, house.address.port, "echo", "battery staple", home=tmp_path / "echo", joins_groups=True
    )

    @bot.message
    def greet(message: Message) -> str:
        return f"hello {message.sender}"

    @bot.group
    def echo(message: Message, words: str) -> str:
        return f"{message.sender} said {words}"

    alice = script("alice")
    with Played(bot):
        alice.send("echo", "hi")
        assert heard(alice, sender="echo").text == "hello alice"
        alice.start_group("Picnic", ["echo"])
        alice.send("#picnic", "nobody means the bot")
        asked = alice.send("#picnic", "@echo good morning", mentions=["echo"])
        answer = heard(alice, conversation="#picnic")
    assert (answer.sender, answer.text) == ("echo", "alice said good morning")
    assert answer.reply_to is not None
    assert answer.reply_to.id == asked.id
