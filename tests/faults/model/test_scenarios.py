"""Courses of events that once went wrong, each told out."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from babilu.api import commands as ask_for
from babilu.api import views
from babilu.engine.conversation.wakeups import Outcomes
from babilu.kernel.ids import notes_id
from babilu.store.delivery_records import ReceiptKind
from tests.faults.model import mutants
from tests.faults.model.conftest import Templates
from tests.faults.model.world import SECOND, Violation, World


@pytest.fixture
def world(templates: Templates, tmp_path: Path, as_in_the_model: None) -> Iterator[World]:
    del as_in_the_model
    made = World(tmp_path, templates.profile, templates.relay, ("ada", "bob"))
    made.flow()
    made.send("ada", "bob")
    made.flow()
    made.send("bob", "ada")
    made.flow()
    made.look()
    yield made
    made.close()


def test_a_world_in_which_nobody_gets_through_to_the_relay_is_not_in_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(world.loop, "create_connection", refuse)
    for person in world.people.values():
        person.bury()
    with pytest.raises(Violation, match="not online"):
        world.finish()


def shown(world: World, name: str) -> list[str]:
    with world.people[name].database.read() as unit:
        rows = unit.statements.all("SELECT text FROM message WHERE outgoing = 0 AND kind = 'text' ORDER BY position")
    return [text for (text,) in rows]


def deliveries(world: World, name: str) -> list[str]:
    with world.people[name].database.read() as unit:
        return [state for (state,) in unit.statements.all("SELECT state FROM delivery ORDER BY number")]


def forget_sessions(world: World, name: str) -> None:
    world.tampered = True
    with world.people[name].database.write() as unit:
        unit.statements.run("DELETE FROM session")


def test_what_could_not_be_decrypted_is_asked_for_also_when_the_client_was_killed_before_it_asked(
    world: World,
) -> None:
    forget_sessions(world, "bob")
    world.send("ada", "bob")
    world.flow()
    assert world.people["bob"].journal.set_aside
    world.people["bob"].bury()
    world.people["bob"].start()
    for _ in range(10):
        world.wait(2 * SECOND)
        world.flow()
    assert shown(world, "bob") == ["ada to bob: 1", "ada to bob: 2"]
    world.finish()


def test_no_session_sends_to_a_device_that_is_listed_no_more(world: World) -> None:
    world.start_over("bob")
    world.send("ada", "bob")
    world.finish()
    with world.people["ada"].database.read() as unit:
        peers = {row[0] for row in unit.statements.all("SELECT DISTINCT peer FROM session WHERE sending = 1")}
        listed = {row[0] for row in unit.statements.all("SELECT device FROM contact_device")}
    assert peers <= listed


def test_a_receipt_that_is_owed_when_the_session_is_gone_goes_out_over_a_new_one(world: World) -> None:
    with world.people["bob"].database.write() as unit:
        ((contact, device, message),) = unit.statements.all(
            "SELECT author, sender_device, id FROM message WHERE outgoing = 0"
        )
        # As after a relay has delivered a letter once more.
        unit.receipts.queue(contact, device, message, ReceiptKind.DELIVERED)
    forget_sessions(world, "bob")
    world.people["bob"].bury()
    world.people["bob"].start()
    for _ in range(3):
        world.flow()
        world.wait(2 * SECOND)
    with world.people["bob"].database.read() as unit:
        assert unit.receipts.devices() == []
    world.finish()


def letters_of(world: World, name: str) -> list[tuple[int, int, bytes]]:
    with world.people[name].database.read() as unit:
        record = unit.profile.load()
    assert record is not None
    return world.relay.letters(record.device)


def test_no_receipt_is_owed_to_a_device_that_has_left(world: World) -> None:
    bob = world.people["bob"]
    bob.bury()
    world.send("ada", "bob")
    world.flow()
    _, _, letter = letters_of(world, "bob")[-1]
    bob.start()
    world.flow()
    world.look()
    world.replace_device("ada")
    world.send("ada", "bob")
    for _ in range(3):
        world.flow()
        world.wait(2 * SECOND)
    assert shown(world, "bob") == [f"ada to bob: {number}" for number in (1, 2, 3)]
    bob.ask(ask_for.MarkRead("ada"))
    with bob.database.read() as unit:
        record = unit.profile.load()
    assert record is not None
    world.relay.double_letter(record.device, letter)
    bob.bury()
    bob.start()
    world.flow()
    with bob.database.read() as unit:
        assert unit.receipts.devices() == []
    world.finish()


def test_who_is_set_back_twice_and_has_lost_what_the_relay_knew_in_between_comes_back_all_the_same(
    world: World,
) -> None:
    bob = world.people["bob"]
    world.replace_device("bob")
    before_the_relay_knew = bob.copy_away()
    world.flow()
    world.look()
    world.bring_back("bob", before_the_relay_knew)
    world.replace_device("bob")
    world.flow()
    assert bob.online
    world.send("ada", "bob")
    world.finish()


def states(world: World, name: str) -> list[str]:
    with world.people[name].database.read() as unit:
        rows = unit.statements.all("SELECT state FROM message WHERE outgoing = 1 ORDER BY position")
    return [state for (state,) in rows]


def link(world: World) -> None:
    """Have bob call ada."""
    world.people["bob"].ask(ask_for.Call(views.Address("ada", 5051), "ada"))
    world.flow()
    assert len(world.wires_of("bob")) == 2


def test_a_receipt_that_was_lost_after_a_direct_connection_is_asked_for_by_relay_at_the_next_start(
    world: World,
) -> None:
    link(world)
    bob = world.people["bob"]
    for _ in range(2):
        world.send("bob", "ada")
    for _ in range(3):
        # Ada keeps both, for they come together, and says so; what they say she looks at later.
        bob.think()
        world.carry()
    with bob.database.read() as unit:
        assert unit.outbox.count_unaccepted() == 0
    assert "delivered" not in states(world, "bob")[1:]
    bob.bury()
    world.flow()
    # Her receipts find nobody there and go by relay, which loses them.
    world.tampered = True
    for row, *_ in letters_of(world, "bob"):
        world.relay.lose_letter(row)
    bob.start()
    world.flow()
    assert states(world, "bob") == ["delivered", "delivered", "delivered"]
    world.finish()


def test_receipts_that_could_not_be_decrypted_are_given_again_on_the_same_connection(world: World) -> None:
    link(world)
    world.send("bob", "ada")
    world.people["bob"].think()
    world.carry()
    forget_sessions(world, "bob")
    for _ in range(5):
        world.flow()
        world.wait(2 * SECOND)
    assert world.people["bob"].journal.set_aside
    assert states(world, "bob") == ["delivered", "delivered"]
    assert len(world.wires_of("bob")) == 2
    world.finish()


def test_what_a_device_that_is_gone_had_sent_waits_for_no_repair(world: World) -> None:
    forget_sessions(world, "bob")
    world.send("ada", "bob")
    world.flow()
    assert world.people["bob"].journal.set_aside
    world.start_over("ada")
    world.finish()
    with world.people["bob"].database.read() as unit:
        assert unit.inbox.quarantined(10) == []
        assert unit.inbox.dropped()["device_gone"] == 1


def lose_a_letter_to_bob(world: World) -> None:
    """Let the relay lose the first of three letters that wait for bob, and bob come back."""
    world.tampered = True
    bob = world.people["bob"]
    bob.bury()
    for _ in range(3):
        world.send("ada", "bob")
        world.flow()
    # A receipt may wait in front of them.
    world.relay.lose_letter(letters_of(world, "bob")[-3][0])
    bob.start()
    world.flow()


def test_a_letter_that_the_relay_has_lost_is_waited_for_shows_as_a_gap_and_then_where_it_comes(
    world: World,
) -> None:
    lose_a_letter_to_bob(world)
    world.look()
    assert shown(world, "bob") == ["ada to bob: 1"]
    world.finish()
    assert shown(world, "bob") == [f"ada to bob: {number}" for number in (1, 3, 4, 2)]
    with world.people["bob"].database.read() as unit:
        late = unit.statements.all("SELECT text FROM message WHERE late = 1")
    assert late == [("ada to bob: 2",)]


def answer_and_die(world: World) -> None:
    # Whoever is there gets it before the relay dies.
    world.people["bob"].bury()
    world.relay.commits.crash_before = True
    world.send("ada", "bob")
    world.flow()


def die_before_the_first_commit(world: World) -> None:
    life = world.people["bob"].life
    assert life is not None
    life.fuse.before_commit = 1
    world.send("ada", "bob")
    world.flow()


def die_before_messages_of_the_inbox_are_committed(world: World) -> None:
    life = world.people["bob"].life
    assert life is not None
    # What comes alone is judged as it comes, by its first commit; what comes together is kept by that one.
    life.fuse.before_commit = 2
    world.send("ada", "bob")
    world.send("ada", "bob")
    world.flow()


def lose_what_was_pushed(world: World) -> None:
    world.send("ada", "bob")
    for _ in range(5):
        world.people["ada"].think()
        for wire, place in world.wires_of("ada"):
            wire.carry(1 - place, 10)
            wire.carry(place, 10)
        world.loop.settle()
    world.cut("bob")


@pytest.mark.parametrize("spoilt", [True, pytest.param(False, marks=pytest.mark.long)], ids=["spoilt", "sound"])
@pytest.mark.parametrize(
    ("mutant", "course"),
    [
        (mutants.relay_accepts_before_its_commit, answer_and_die),
        (mutants.client_acknowledges_before_its_commit, die_before_the_first_commit),
        (mutants.ratchet_is_saved_before_the_message, die_before_the_first_commit),
        (mutants.ratchet_is_saved_before_the_message, die_before_messages_of_the_inbox_are_committed),
        (mutants.relay_deletes_on_push, lose_what_was_pushed),
    ],
)
def test_the_model_notices_at_once_what_chance_finds_late(
    world: World, mutant: Callable[[], ExitStack], course: Callable[[World], None], spoilt: bool
) -> None:
    def go_on() -> None:
        course(world)
        world.restart_relay()
        for _ in range(2):
            world.people["bob"].start()
            world.wait(2 * SECOND)
            world.flow()
        world.send("ada", "bob")
        world.flow()
        world.wait(11 * SECOND)
        world.flow()
        world.look()

    with mutant() if spoilt else ExitStack():
        if spoilt:
            with pytest.raises(Violation):
                go_on()
            return
        go_on()
        messages = 4 if course is die_before_messages_of_the_inbox_are_committed else 3
        assert shown(world, "bob") == [f"ada to bob: {number}" for number in range(1, messages + 1)]


def test_the_model_notices_that_gaps_are_accepted_silently(world: World) -> None:
    with mutants.gaps_are_accepted_silently():
        lose_a_letter_to_bob(world)
        with pytest.raises(Violation):
            world.look()


@pytest.mark.parametrize("after", [False, True])
def test_a_note_that_was_answered_is_there_after_a_kill_and_goes_to_nobody(world: World, *, after: bool) -> None:
    world.write_note("ada")
    world.people["ada"].think()
    world.look()
    life = world.people["ada"].life
    assert life is not None
    life.fuse.before_commit, life.fuse.after_commit = (0, 1) if after else (1, 0)
    world.write_note("ada")
    world.people["ada"].think()
    world.look()
    world.people["ada"].bury()
    world.people["ada"].start()
    world.flow()
    with world.people["ada"].database.read() as unit:
        notes = unit.statements.all("SELECT text FROM message WHERE text LIKE 'ada, note%' ORDER BY position")
    assert [text for (text,) in notes] == ["ada, note 1", "ada, note 2"][: 2 if after else 1]
    world.finish()
    assert shown(world, "bob") == ["ada to bob: 1"]


def test_notes_go_on_when_a_profile_comes_back_as_a_new_device(world: World) -> None:
    world.write_note("ada")
    world.people["ada"].think()
    world.look()
    world.replace_device("ada")
    world.write_note("ada")
    world.people["ada"].think()
    world.finish()
    with world.people["ada"].database.read() as unit:
        rows = unit.statements.all(
            "SELECT m.text, v.id FROM message AS m JOIN conversation AS v USING (conversation)"
            " WHERE v.kind = 'notes' ORDER BY position"
        )
    own = world.people["ada"].identity
    assert rows == [("ada, note 1", notes_id(own)), ("ada, note 2", notes_id(own))]


def test_what_is_deleted_for_all_before_anybody_can_have_it_goes_without_a_trace(
    templates: Templates, tmp_path: Path, as_in_the_model: None
) -> None:
    del as_in_the_model
    world = World(tmp_path, templates.profile, templates.relay, ("ada", "bob"))
    world.flow()
    # They have never met, so that no envelope is made before the relay has told who bob is.
    world.send("ada", "bob")
    while not deliveries(world, "ada"):
        world.people["ada"].think()
        world.carry(1)
    assert deliveries(world, "ada") == ["owed"]
    world.act("ada", "bob", "delete", 0)
    world.people["ada"].think()
    world.flow()
    with world.people["ada"].database.read() as unit:
        assert unit.statements.number("SELECT count(*) FROM message") == 0
        assert unit.statements.number("SELECT count(*) FROM own_action") == 0
    world.finish()
    assert shown(world, "bob") == []
    world.close()


def everything_arrived(world: World) -> None:
    """Let time pass as an evening has it, and see that all messages are at both ends, each with its receipt."""
    for _ in range(6):
        world.wait(20 * SECOND)
        for name, person in world.people.items():
            if not person.online:
                world.people[name].bury()
                world.people[name].start()
        world.flow()
    world.look()
    with world.people["ada"].database.read() as ada, world.people["bob"].database.read() as bob:
        sent = ada.statements.all("SELECT text FROM message WHERE outgoing = 1 ORDER BY position")
        came = bob.statements.all("SELECT text FROM message WHERE outgoing = 0 AND kind = 'text' ORDER BY position")
    assert came == sent
    assert set(states(world, "ada")) <= {"delivered", "read"}


@pytest.mark.parametrize("away", [False, True], ids=["connected", "started again"])
def test_what_a_relay_held_when_it_was_restored_comes_all_the_same(world: World, *, away: bool) -> None:
    copy = world.back_up_relay()
    world.people["bob"].bury()
    for _ in range(3):
        world.send("ada", "bob")
    world.flow()
    assert states(world, "ada") == ["delivered", "held", "held", "held"]
    if away:
        world.people["ada"].bury()
    world.restore_relay(copy)
    world.people["ada"].start()
    world.people["bob"].start()
    everything_arrived(world)
    assert shown(world, "bob") == [f"ada to bob: {number}" for number in range(1, 5)]
    world.finish()


def test_a_receipt_that_was_lost_with_the_relay_is_given_again(world: World) -> None:
    """The letter was delivered before the backup, and its receipt accepted after it."""
    world.people["ada"].bury()
    bob = world.people["bob"]
    world.people["ada"].start()
    world.flow()
    world.send("ada", "bob")
    while states(world, "ada")[-1] != "held":
        world.people["ada"].think()
        for wire, place in world.wires_of("ada"):
            wire.carry(1 - place, 10)
            wire.carry(place, 10)
        world.loop.settle()
    world.people["ada"].bury()
    while len(shown(world, "bob")) < 2 or letters_of(world, "bob"):
        # Bob has it, and the relay knows; his receipt has not left.
        for wire, place in world.wires_of("bob"):
            wire.carry(place, 10)
            if len(shown(world, "bob")) == 2:
                wire.carry(1 - place, 1)
        world.wait(1_000)
        bob.think()
    copy = world.back_up_relay()
    world.flow()
    world.restore_relay(copy)
    for row, *_ in letters_of(world, "ada"):
        world.relay.lose_letter(row)
    world.people["ada"].start()
    everything_arrived(world)
    world.finish()


def test_that_somebody_has_read_is_said_again_where_the_relay_has_lost_it(world: World) -> None:
    copy = world.back_up_relay()
    ada = world.people["ada"]
    ada.bury()
    world.people["bob"].ask(ask_for.MarkRead("ada"))
    world.flow()
    world.restore_relay(copy)
    ada.start()
    everything_arrived(world)
    assert states(world, "ada") == ["read"]
    world.finish()


def test_no_prekey_is_used_twice_that_a_restored_relay_takes_for_unused(
    templates: Templates, tmp_path: Path, as_in_the_model: None
) -> None:
    del as_in_the_model
    world = World(tmp_path, templates.profile, templates.relay, ("ada", "bob", "eve"))
    world.flow()
    copy = world.back_up_relay()
    world.send("ada", "bob")
    world.flow()
    world.restore_relay(copy)
    for _ in range(3):
        world.wait(20 * SECOND)
        world.flow()
    assert world.people["bob"].online
    world.send("eve", "bob")
    world.flow()
    world.look()
    assert world.people["bob"].journal.set_aside == []
    assert shown(world, "bob") == ["ada to bob: 1", "eve to bob: 1"]
    world.finish()
    world.close()


def test_what_is_said_too_late_of_what_a_relay_has_lost_counts_no_more(world: World) -> None:
    """The relay accepts, dies and is restored before the client has written down that it had accepted."""
    copy = world.back_up_relay()
    ada = world.people["ada"]
    world.people["bob"].bury()
    world.send("ada", "bob")
    ada.think()
    while not ada.threads.waiting:
        world.carry()
    (waiting,) = ada.threads.waiting.values()
    assert any(isinstance(job, Outcomes) for job in waiting)
    world.restore_relay(copy)
    for _ in range(12):
        world.wait(1 * SECOND)
        world.carry()
    assert ada.online
    world.people["bob"].start()
    everything_arrived(world)
    world.finish()
