"""What is put back from an old copy, a profile or a relay: it is noticed, nothing is lost, and nothing is shown twice.

A profile goes on as a new device; of a relay the clients send again what it has lost.
"""

import shutil
from pathlib import Path

import pytest

from tests.e2e.processes import Processes
from tests.faults.conftest import Record
from tests.faults.tools.account import Account
from tests.faults.tools.ledger import troubles
from tests.faults.tools.town import Town

LETTERS = 5


@pytest.mark.parametrize("what", ["database", pytest.param("folder", marks=pytest.mark.long)])
def test_an_old_copy_is_noticed_and_goes_on_as_a_new_device(processes: Processes, record: Record, what: str) -> None:
    town = Town(processes, record)
    town.greet()
    home, copy = processes.home("alice"), processes.folder / "copy"
    _close(town.alice)
    shutil.copytree(home, copy)
    town.alice.start()
    town.alice.online()
    between = _exchange(town, "between")
    _close(town.alice)
    _put_back(home, copy, what)
    noticed = _start_again(town.alice, what)
    after = _exchange(town, "after")
    # What came between the copy and its return is known to the other side alone, and stays so.
    _look(town.bob, "alice", outgoing=False, texts=["alice 000000", *between["alice"], *after["alice"]])
    _look(town.bob, "alice", outgoing=True, texts=["bob 000000", *between["bob"], *after["bob"]])
    _look(town.alice, "bob", outgoing=False, texts=["bob 000000", *after["bob"]])
    shown = [event["text"] for account in (town.alice, town.bob) for event in account.printed()]
    assert len(shown) == len(set(shown)) == 2 + 4 * LETTERS
    assert not town.bob.now.of("identity_changed")
    assert not [line for line in troubles(town.bob) if "Traceback" in line or "could not be decrypted" in line]
    record(f"an old {what} put back: noticed {noticed}, {2 * LETTERS} messages after it, each shown once")


@pytest.mark.long
def test_two_who_were_both_set_back_with_mail_on_its_way_understand_each_other_from_the_first_message(
    processes: Processes, record: Record
) -> None:
    town = Town(processes, record)
    town.greet()
    people = (town.alice, town.bob)
    copies = {}
    for each in people:
        _close(each)
        copies[each.name] = processes.folder / f"copy-{each.name}"
        shutil.copytree(processes.home(each.name), copies[each.name])
    for each in people:
        each.start()
        each.online()
    _exchange(town, "between")
    _close(town.bob)
    for number in range(LETTERS):
        held = town.alice.now.send("bob", f"alice lost {number}")
        town.alice.now.take("state", id=held, state="held")
    _close(town.alice)
    for each in people:
        _put_back(processes.home(each.name), copies[each.name], "database")
        _start_again(each, "database")
    after = _exchange(town, "after")
    for one, other in (people, people[::-1]):
        texts = [f"{one.name} 000000", *after[one.name]]
        _look(one, other.name, outgoing=True, texts=texts)
        _look(other, one.name, outgoing=False, texts=texts)
        assert not one.now.of("identity_changed")
        assert not [line for line in troubles(one) if "Traceback" in line or "could not be decrypted" in line]
    shown = [event["text"] for account in people for event in account.printed()]
    assert len(shown) == len(set(shown))
    record(f"both put back, {LETTERS} letters on their way lost: {2 * LETTERS} messages after it, each shown once")


@pytest.mark.parametrize("known", [True, pytest.param(False, marks=pytest.mark.long)], ids=["friend", "newcomer"])
def test_what_was_held_before_its_sender_was_set_back_is_shown_and_marked(
    processes: Processes, record: Record, known: bool
) -> None:
    town = Town(processes, record)
    if known:
        town.greet()
    alice, bob = town.alice, town.bob
    _close(alice)
    copy = processes.folder / "copy"
    shutil.copytree(processes.home("alice"), copy)
    alice.start()
    alice.online()
    _close(bob)
    letters = [f"letter {number}" for number in range(3)]
    for text in letters:
        alice.now.take("state", id=alice.now.send("bob", text), state="held")
    _close(alice)
    _put_back(processes.home("alice"), copy, "folder")
    _start_again(alice, "folder")
    alice.now.take("state", id=alice.now.send("bob", "after"), state="held")
    bob.start()
    bob.online()
    shown = [bob.now.take("message", text=text) for text in (*letters, "after")]
    assert [event.get("departed", False) for event in shown] == [True, True, True, False]
    texts = [kept.text for kept in bob.history("alice") if not kept.outgoing]
    assert texts[-4:] == [*letters, "after"]
    assert not bob.now.of("identity_changed")
    assert not bob.now.of("gap")
    bob.say("alice", "back")
    alice.now.take("message", text="back")
    record(f"a sender put back after {len(letters)} letters were held: all of them shown")


@pytest.mark.parametrize(
    "away", ["nobody", *(pytest.param(each, marks=pytest.mark.long) for each in ("sender", "recipient"))]
)
def test_a_relay_restored_from_an_older_backup_costs_nobody_a_message(
    processes: Processes, record: Record, away: str
) -> None:
    town = Town(processes, record)
    town.greet()
    alice, bob = town.alice, town.bob
    home = str(processes.home("relay"))
    (made,) = processes.order("admin", "backup", "--home", home)
    before = _exchange(town, "before")
    _close(bob)
    lost = [f"alice lost {number}" for number in range(LETTERS)]
    for text in lost:
        alice.now.take("state", id=alice.now.send("bob", text), state="held")
    if away == "sender":
        _close(alice)
    if away != "recipient":
        # He is back without having fetched anything: it is the relay that goes first.
        town.relay.kill()
        bob.start()
    else:
        town.relay.kill()
    town.dead.append(town.relay)
    processes.order("admin", "restore", "--replace", made["folder"], "--home", home)
    town.relay = processes.relay(port=town.relay.port)
    for each in (alice, bob):
        if each.now.process.poll() is not None:
            each.start()
        each.now.take("link", state="online")
    if away != "sender":
        alice.now.take("error", code="relay_restored")
    assert [bob.now.take("message", text=text)["text"] for text in lost] == lost
    after = _exchange(town, "after")
    alice.settle("bob")
    bob.settle("alice")
    _look(bob, "alice", outgoing=False, texts=["alice 000000", *before["alice"], *lost, *after["alice"]])
    _look(alice, "bob", outgoing=False, texts=["bob 000000", *before["bob"], *after["bob"]])
    shown = [event["text"] for account in (alice, bob) for event in account.printed()]
    assert len(shown) == len(set(shown)) == 2 + 5 * LETTERS
    for account in (alice, bob):
        assert not account.now.of("identity_changed")
        assert not account.now.of("gap")
        assert not account.now.of("alarm")
        assert not [line for line in troubles(account) if "Traceback" in line or "could not be decrypted" in line]
    record(f"a relay put back with {away} away: {LETTERS} messages that it had held, and all others, each shown once")


def _close(account: Account) -> None:
    account.now.end_input()
    assert account.now.wait() == 0


def _put_back(home: Path, copy: Path, what: str) -> None:
    if what == "folder":
        shutil.rmtree(home)
        shutil.copytree(copy, home)
        return
    (database,) = copy.glob("*.db")
    shutil.copy(database, home / database.name)


def _start_again(account: Account, what: str) -> str:
    """Start until it is online; tell who noticed that the profile is old."""
    account.start()
    noticed = "at its opening"
    if what == "folder":
        # The profile fits together: that it is old, the relay alone can tell.
        assert account.now.take("error", fatal=True)["code"] == "rolled_back"
        account.now.wait()
        account.start()
        noticed = "by the relay"
    account.online()
    return noticed


def _exchange(town: Town, word: str) -> dict[str, list[str]]:
    said: dict[str, list[str]] = {}
    for one, other in ((town.alice, town.bob), (town.bob, town.alice)):
        said[one.name] = [f"{one.name} {word} {number}" for number in range(LETTERS)]
        for text in said[one.name]:
            one.say(other.name, text)
        other.now.take("message", text=said[one.name][-1])
        one.settle(other.name)
    return said


def _look(account: Account, name: str, *, outgoing: bool, texts: list[str]) -> None:
    assert [kept.text for kept in account.history(name) if kept.outgoing is outgoing] == texts
