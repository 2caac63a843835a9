"""A link that a newcomer has brought is kept until those whom it names are asked, or never can be."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from babilu.api import events
from babilu.engine.commands.contacts import ContactResolver
from babilu.engine.commands.effect_runner import EffectRunner
from babilu.engine.commands.join_commands import JoinCommands
from babilu.engine.conversation.effects import Effect
from babilu.identity.join_link import JoinLink
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, LinkError
from babilu.kernel.ids import ConversationId
from babilu.store.contact_records import ContactRecord
from tests.unit.engine.homes import Home, Writer, a_home, know, told_in
from tests.unit.session.devices import RELAY
from tests.unit.store.builders import NOW


@dataclass
class Client:
    """The rest of a client: a relay that says who somebody is, or why it does not."""

    home: Home
    refusal: BabiluError | None = None
    ran: list[Effect] = field(default_factory=list)
    relay: object = "a relay"

    @property
    def targets(self) -> "Client":
        return self

    def run(self, effects: Iterable[Effect]) -> None:
        self.ran += effects

    def with_contact(self, name: str, future: "Future[Any]", then: Callable[[ContactRecord], None]) -> None:
        if self.refusal is not None:
            future.set_exception(self.refusal)
            return
        with self.home.base.database.write() as unit:
            contact = unit.contacts.called(name) or know(self.home, unit, Writer(name.removesuffix("@")))
        then(contact)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with a_home(tmp_path) as home:
        yield Client(home)


@pytest.fixture
def joining(client: Client) -> JoinCommands:
    made = JoinCommands(client.home.base, cast("EffectRunner", client), cast("ContactResolver", client))
    link = JoinLink(
        "127.0.0.1", 1, RELAY, bytes(32), None, ConversationId(bytes(32)), bytes(16), ("alice", "carol"), NOW + 1
    )
    made.note(link.encode())
    return made


def asked(client: Client) -> int:
    with client.home.base.database.read() as unit:
        return unit.statements.number("SELECT count(*) FROM own_action")


def warned(client: Client) -> list[str]:
    return [event.code for event in told_in(client.ran) if isinstance(event, events.Warned)]


def test_it_is_tried_again_while_the_relay_is_away_and_asks_all_once(client: Client, joining: JoinCommands) -> None:
    client.refusal = LinkError(ErrorCode.UNAVAILABLE, "Away.")
    joining.join_noted()
    joining.join_noted()
    assert (asked(client), warned(client)) == (0, [])
    client.refusal = None
    joining.join_noted()
    joining.join_noted()
    assert (asked(client), warned(client)) == (2, [])


def test_it_is_given_up_with_a_warning_where_nobody_can_ever_be_asked(client: Client, joining: JoinCommands) -> None:
    client.refusal = DeliveryError(ErrorCode.NOT_FOUND, "Nobody.")
    joining.join_noted()
    client.refusal = None
    joining.join_noted()
    assert (asked(client), warned(client)) == (0, ["not_joined"])


def test_it_is_given_up_once_it_is_over(client: Client, joining: JoinCommands) -> None:
    client.home.clock.now = NOW + 1
    joining.join_noted()
    client.home.clock.now = NOW
    joining.join_noted()
    assert (asked(client), warned(client)) == (0, ["not_joined"])
