"""Whoever is set back, replaced or starts over leaves mail behind: each letter shows, once, or is told as missing."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from babilu.api import commands as ask_for
from babilu.engine.conversation import receiving, sender_devices
from tests.faults.model.conftest import Templates
from tests.faults.model.world import SECOND, Violation, World

LETTERS = [f"ada to bob: {number}" for number in range(2, 5)]


@pytest.fixture
def strangers(templates: Templates, tmp_path: Path, as_in_the_model: None) -> Iterator[World]:
    """Two who have never written to each other."""
    del as_in_the_model
    made = World(tmp_path, templates.profile, templates.relay, ("ada", "bob"))
    made.flow()
    yield made
    made.close()


@pytest.fixture
def friends(strangers: World) -> World:
    """Two who have."""
    for who, whom in (("ada", "bob"), ("bob", "ada")):
        strangers.send(who, whom)
        strangers.flow()
    strangers.look()
    return strangers


def hold(world: World, count: int = len(LETTERS)) -> None:
    """Have ada write letters that wait at the relay, since bob is away."""
    world.people["bob"].bury()
    for _ in range(count):
        world.send("ada", "bob")
        world.flow()
    world.look()
    assert len(world.reckoning.held) == count


def let_pass(world: World) -> None:
    """Let pass what it takes to log in."""
    for _ in range(5):
        world.wait(2 * SECOND)
        world.flow()
        for person in world.people.values():
            if person.life is not None and person.wants_rebirth:
                # The relay has said that the profile is old: it goes on as a new device.
                person.bury()
                person.start()
                world.flow()
        world.look()


def come_back(world: World) -> None:
    """Have bob back, alone with what waits: whoever wrote it cannot repeat anything."""
    world.people["ada"].bury()
    world.people["bob"].start()
    let_pass(world)


def shown(world: World, name: str) -> list[tuple[str, bool]]:
    """Return what is shown to a person, and whether it is marked as from a device that is gone."""
    with world.people[name].database.read() as unit:
        sql = "SELECT text, departed FROM message WHERE outgoing = 0 AND kind = 'text' ORDER BY position"
        rows = unit.statements.all(sql)
    return [(text, bool(departed)) for text, departed in rows]


def end(world: World) -> None:
    """Have everybody back, and check all that must hold in the end."""
    world.finish()
    world.check_told()


def copy_and_set_back(world: World) -> None:
    copy = world.people["ada"].copy_away()
    hold(world)
    world.bring_back("ada", copy)


def replace(world: World) -> None:
    hold(world)
    world.replace_device("ada")


def start_over(world: World) -> None:
    hold(world)
    world.start_over("ada")


COURSES = pytest.mark.parametrize("course", [copy_and_set_back, replace, start_over])


@COURSES
def test_what_waits_when_its_device_is_gone_is_shown_once_and_marked(
    friends: World, course: Callable[[World], None]
) -> None:
    course(friends)
    let_pass(friends)
    friends.send("ada", "bob")
    friends.flow()
    come_back(friends)
    # Whoever started over is another identity: the known one's letters count as ever, and what the new one writes
    # waits until bob approves it.
    marked = course is not start_over
    after = [("ada to bob: 5", False)] if marked else []
    assert shown(friends, "bob") == [("ada to bob: 1", False), *((text, marked) for text in LETTERS), *after]
    assert not friends.reckoning.gaps
    assert not friends.reckoning.alarms
    end(friends)
    assert [text for text, _ in shown(friends, "bob")] == ["ada to bob: 1", *LETTERS, "ada to bob: 5"]


@COURSES
def test_a_first_letter_whose_device_is_gone_shows_or_its_recipient_is_told(
    strangers: World, course: Callable[[World], None]
) -> None:
    course(strangers)
    let_pass(strangers)
    if course is not replace:
        # Whoever has lost the letter writes another one: by it alone the newcomer's account is known.
        strangers.send("ada", "bob")
        strangers.flow()
    come_back(strangers)
    texts = [text for text, _ in shown(strangers, "bob")]
    first = ["ada to bob: 1", "ada to bob: 2", "ada to bob: 3"]
    expected = first if course is not start_over else []
    if course is not replace:
        expected = [*expected, "ada to bob: 4"]
    assert texts == expected
    assert strangers.reckoning.alarms["bob", "ada"] == (course is start_over)
    assert not strangers.reckoning.gaps
    strangers.check_told()
    end(strangers)


def test_what_waits_for_a_device_that_is_gone_is_shown_once_by_the_one_in_its_place(friends: World) -> None:
    hold(friends)
    friends.people["ada"].bury()
    friends.replace_device("bob")
    let_pass(friends)
    assert [text for text, _ in shown(friends, "bob")] == ["ada to bob: 1", *LETTERS]
    friends.people["ada"].start()
    let_pass(friends)
    friends.send("ada", "bob")
    friends.flow()
    # What was made anew for the new device had its places: nothing is waited for.
    assert [text for text, _ in shown(friends, "bob")] == ["ada to bob: 1", *LETTERS, "ada to bob: 5"]
    assert not friends.reckoning.gaps
    end(friends)


def test_what_nobody_can_read_or_repeat_any_more_is_told_as_a_gap(friends: World) -> None:
    copy = friends.people["ada"].copy_away()
    hold(friends)
    with friends.people["bob"].database.write() as unit:
        unit.statements.run("DELETE FROM session")
    friends.bring_back("ada", copy)
    let_pass(friends)
    friends.send("ada", "bob")
    friends.flow()
    come_back(friends)
    assert shown(friends, "bob") == [("ada to bob: 1", False), ("ada to bob: 5", False)]
    assert friends.reckoning.gaps["bob", "ada"] == len(LETTERS)
    end(friends)


def test_the_model_notices_what_vanishes_in_silence(friends: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "departed_peer", lambda *_: None)
    for module in (receiving, sender_devices):
        monkeypatch.setattr(module, "tell_missing", lambda *_: None)
    copy_and_set_back(friends)
    let_pass(friends)
    friends.send("ada", "bob")
    friends.flow()
    with pytest.raises(Violation, match="in silence"):
        end(friends)


def test_whoever_starts_over_twice_is_two_lines_and_no_message_that_shows_twice(friends: World) -> None:
    for _ in range(2):
        friends.start_over("ada")
        friends.send("ada", "bob")
        friends.flow()
        friends.people["bob"].succeeds(ask_for.TrustIdentity("ada"))
        let_pass(friends)
    end(friends)
    with friends.people["bob"].database.read() as unit:
        assert unit.statements.number("SELECT count(*) FROM message WHERE kind = 'key_changed'") == 2


def test_a_newcomer_whose_receipt_was_lost_gives_it_once_more(strangers: World) -> None:
    strangers.tampered = True
    strangers.send("ada", "bob")
    strangers.flow()
    strangers.people["ada"].bury()
    strangers.wait(2 * SECOND)
    strangers.flow()
    with strangers.people["ada"].database.read() as unit:
        record = unit.profile.load()
    assert record is not None
    ((receipt, _, _),) = strangers.relay.letters(record.device)
    strangers.relay.lose_letter(receipt)
    end(strangers)


def test_a_letter_that_a_relay_has_doubled_goes_on_to_an_heir_and_shows_once(friends: World) -> None:
    hold(friends)
    with friends.people["bob"].database.read() as unit:
        record = unit.profile.load()
    assert record is not None
    friends.tampered = True
    friends.relay.double_letter(record.device, friends.relay.letters(record.device)[-1][2])
    friends.replace_device("bob")
    let_pass(friends)
    assert [text for text, _ in shown(friends, "bob")] == ["ada to bob: 1", *LETTERS]
    end(friends)


def test_what_is_sent_again_without_a_session_at_hand_arrives(friends: World) -> None:
    with friends.people["bob"].database.read() as unit:
        record = unit.profile.load()
    assert record is not None
    hold(friends, 1)
    friends.tampered = True
    for row, _, _ in friends.relay.letters(record.device):
        friends.relay.lose_letter(row)
    with friends.people["ada"].database.write() as unit:
        unit.statements.run("DELETE FROM session")
    end(friends)
    assert [text for text, _ in shown(friends, "bob")] == ["ada to bob: 1", "ada to bob: 2"]
