"""What two clients of the program say to each other over a relay is recorded, and read by the second reader."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from babilu.api import commands as ask_for
from tests.faults.model.conftest import Templates
from tests.faults.model.machine_room import Draws
from tests.faults.model.relay_under_test import Commits
from tests.faults.model.world import SECOND, World
from tests.second_reader import conversations, people, sessions
from tests.second_reader.primitives import Broken, read

NAMES = ("ada", "bob")


class Recording:
    """Envelopes in the order in which the relay stored them, and all private keys of both devices."""

    def __init__(self) -> None:
        self.envelopes: list[tuple[bytes, bytes]] = []
        self.drawn: list[bytes] = []
        self.prekeys: dict[str, dict[int, bytes]] = {name: {} for name in NAMES}
        self.kem: dict[str, dict[int, bytes]] = {name: {} for name in NAMES}

    def note_prekeys(self, world: World) -> None:
        """Note what a client deletes once it is used."""
        for name in NAMES:
            with world.people[name].database.read() as unit:
                rows = unit.statements.all("SELECT kind, id, private, public FROM prekey")
            for kind, number, private, public in rows:
                if kind in {"signed", "one_time_ec"}:
                    self.prekeys[name][number] = public
                else:
                    self.kem[name][number] = private

    def ring(self, world: World, name: str) -> sessions.KeyRing:
        with world.people[name].database.read() as unit:
            record = unit.profile.load()
        assert record is not None
        own = people.read_list(read(record.device_list))
        x25519 = sessions.ring_public([each for each in self.drawn if len(each) == 32])
        device = own.devices[record.device]
        return sessions.KeyRing(
            own=(own, device),
            agreement=record.agreement.reveal(),
            x25519=x25519,
            prekeys=self.prekeys[name],
            kem=self.kem[name],
        )


@pytest.fixture
def recording(monkeypatch: pytest.MonkeyPatch) -> Recording:
    made = Recording()
    count, token = Commits._count_stored, Draws.token

    def count_and_record(self: Commits) -> None:
        before = self._letters
        count(self)
        made.envelopes += [(device, envelope) for _, device, envelope in sorted(self._letters - before)]

    def draw_and_record(self: Draws, size: int) -> bytes:
        made.drawn.append(token(self, size))
        return made.drawn[-1]

    monkeypatch.setattr(Commits, "_count_stored", count_and_record)
    monkeypatch.setattr(Draws, "token", draw_and_record)
    return made


@pytest.fixture
def world(recording: Recording, templates: Templates, tmp_path: Path, as_in_the_model: None) -> Iterator[World]:
    del as_in_the_model
    made = World(tmp_path, templates.profile, templates.relay, NAMES)
    made.flow()
    recording.note_prekeys(made)
    yield made
    made.close()


def talk(world: World, recording: Recording) -> None:
    """Write each way, edit, react, delete and read; each step lets the ratchets turn."""
    for who, whom in (*[NAMES] * 3, NAMES[::-1], NAMES, NAMES[::-1], NAMES[::-1], NAMES):
        world.send(who, whom)
        world.flow()
        recording.note_prekeys(world)
    for who, whom, kind, pick in (
        ("ada", "bob", "edit", 0),
        ("ada", "bob", "edit", 0),
        ("bob", "ada", "react", 2),
        ("ada", "bob", "react", 3),
    ):
        world.act(who, whom, kind, pick)
        world.flow()
        world.wait(SECOND)
    world.act("bob", "ada", "delete", 1)
    world.people["bob"].ask(ask_for.MarkRead("ada"))
    world.flow()
    world.finish()
    recording.note_prekeys(world)


def read_all(reader: sessions.Reader, envelopes: list[tuple[bytes, bytes]]) -> list[tuple[bytes, sessions.Opened]]:
    """Open all envelopes, each as soon as what it builds on is open."""
    opened: list[tuple[bytes, sessions.Opened]] = []
    left = [*envelopes]
    while left:
        waiting = []
        for recipient, envelope in left:
            try:
                opened.append((recipient, reader.open_envelope(recipient, envelope)))
            except (KeyError, InvalidTag):
                waiting.append((recipient, envelope))
        assert len(waiting) < len(left), "nothing more can be opened"
        left = waiting
    return opened


def test_what_two_clients_say_is_read_by_another_program(world: World, recording: Recording) -> None:
    talk(world, recording)
    rings = {name: recording.ring(world, name) for name in NAMES}
    opened = read_all(sessions.Reader(*rings.values()), recording.envelopes)
    assert len(opened) == len(recording.envelopes) > 20
    identity = {ring.own[1].id: ring.own[0].identity for ring in rings.values()}
    pair = people.conversation_id(*identity.values())
    lists = {ring.own[0].identity: (ring.own[0].version, ring.own[0].hash[:16]) for ring in rings.values()}
    chains, said = sessions.Chains(), []
    for recipient, each in opened:
        content = sessions.read_content(each.content)
        assert content.conversation == pair
        assert content.sender_list == lists[identity[each.sender]]
        assert content.recipient_list == lists[identity[recipient]]
        chains.take(each.sender, recipient, each.content)
        said.append((identity[each.sender], content))
    messages = conversations.fold(said)
    for name in NAMES:
        with world.people[name].database.read() as unit:
            kept = unit.statements.all("SELECT id, text, deleted FROM message WHERE kind = 'text'")
            given = unit.statements.all("SELECT target, reactions FROM message_reaction")
        assert {row[0]: None if row[2] else row[1] for row in kept} == {
            message: each.text for message, each in messages.items()
        }
        assert given
        assert {(row[0], tuple(row[1].splitlines())) for row in given} == {
            (message, tuple(reactions)) for message, each in messages.items() for reactions in each.reactions.values()
        }
    assert sum(each.text is None for each in messages.values()) == 1
    receipts = {
        message for _, content in said if content.says[0] in {"delivered", "read"} for message in content.says[1]
    }
    assert set(messages) <= receipts


def test_what_is_missing_in_a_recording_is_noticed(world: World, recording: Recording) -> None:
    talk(world, recording)
    opened = read_all(sessions.Reader(*(recording.ring(world, name) for name in NAMES)), recording.envelopes)
    chained = [each for each in opened if sessions.read_content(each[1].content).link is not None]
    chains = sessions.Chains()
    for recipient, each in chained[:2]:
        chains.take(each.sender, recipient, each.content)
    behind = next(each for each in chained[3:] if each[1].sender == chained[2][1].sender)
    with pytest.raises(Broken, match="nothing is missing"):
        chains.take(behind[1].sender, behind[0], behind[1].content)
