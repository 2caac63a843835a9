"""A profile is kept in one file and comes back, as programs order it: four answers, each with its exit code."""

from pathlib import Path

import pytest

from tests.e2e.pairs import meet
from tests.e2e.processes import Event, JsonProcess, Processes

PASSWORD = "the password of alice"


def run(*words: str, code: int = 0) -> list[Event]:
    """Run a command with the password of alice's profile, and give what it said."""
    process = JsonProcess([*words, "--json"], {"BABILU_PASSWORD": PASSWORD})
    try:
        assert process.wait() == code, process.describe()
        assert [line for line in process.errors if "Traceback" in line] == []
        return process.events
    finally:
        process.dispose()


def ordered(*words: str, code: int = 0) -> Event:
    """Run a command of backups, and give the event at its end."""
    (event,) = [each for each in run("backup", *words, code=code) if each["event"].startswith("archive_")]
    return event


@pytest.fixture
def kept(processes: Processes, tmp_path: Path) -> tuple[Path, Path, Event]:
    """The backup of alice, who has written to bob; the file of its code; and what was said when it was made."""
    relay = processes.relay()
    alice, bob = processes.client(relay, "alice"), processes.client(relay, "bob")
    for each in (alice, bob):
        each.take("link", state="online")
    meet(alice, bob)
    alice.send("bob", "kept for good")
    bob.take("message", text="kept for good")
    archive, words = tmp_path / "alice.babilu", tmp_path / "code.txt"
    home = str(processes.home("alice"))
    made = ordered("create", str(archive), "--home", home, "--code-file", str(words))
    return archive, words, made


def test_the_command_that_wants_one_every_day_ends_with_the_first(
    kept: tuple[Path, Path, Event], tmp_path: Path
) -> None:
    archive, words, made = kept
    home, folder = str(tmp_path / "laptop"), tmp_path / "daily"
    ordered("restore", str(archive), "--home", home, "--code-file", str(words))
    folder.mkdir()
    # No client of this profile runs but that of the command.
    status = ordered("schedule", str(folder), "--home", home, "--code-file", str(words))
    assert (status["kept"], status["error"]) == (1, None)
    (first,) = folder.iterdir()
    assert ordered("verify", str(first), "--code-file", str(words))["counts"]["messages"] == made["counts"]["messages"]


def test_it_is_made_while_the_client_runs_compared_and_brought_back_beside_it(
    processes: Processes, kept: tuple[Path, Path, Event], tmp_path: Path
) -> None:
    archive, words, made = kept
    assert (made["event"], made["verdict"], made["rehearsed"]) == ("archive_created", "good", True)
    assert len(words.read_text().split()) == 24

    verify = ("verify", str(archive), "--code-file", str(words), "--home", str(processes.home("alice")))
    found = ordered(*verify, "--profile", "alice")
    assert (found["verdict"], found["hash"], found["counts"]) == ("good", made["hash"], made["counts"])

    (refused,) = run("backup", *verify, "--profile", "bob", code=2)
    assert (refused["event"], refused["code"]) == ("error", "usage")

    new_home = str(tmp_path / "laptop")
    order = ("restore", str(archive), "--home", new_home, "--code-file", str(words))
    brought = ordered(*order)
    assert (brought["verdict"], brought["hash"], brought["made"]) == ("good", made["hash"], True)
    assert brought["restored"]["messages"] == made["counts"]["messages"]
    again = ordered(*order)
    assert (again["made"], again["restored"]["messages"]) == (False, 0)

    (history,) = [each for each in run("history", "bob", "--home", new_home) if each["event"] == "history"]
    assert [message["text"] for message in history["messages"]].count("kept for good") == 1
    status = ordered("status", "--home", str(processes.home("alice")))
    assert status["last"]["sha256"] == made["hash"]
    assert 0 <= status["age"] < 600


def test_each_of_the_other_three_answers_has_its_code(kept: tuple[Path, Path, Event], tmp_path: Path) -> None:
    archive, words, made = kept
    passphrase = tmp_path / "passphrase.txt"
    passphrase.write_text("another thing altogether")
    wrong = ordered("verify", str(archive), "--passphrase-file", str(passphrase), code=3)
    assert wrong["verdict"] == "wrong_code"

    content = bytearray(archive.read_bytes())
    content[10_000] ^= 1
    damaged = tmp_path / "damaged.babilu"
    damaged.write_bytes(content)
    found = ordered("verify", str(damaged), "--code-file", str(words), code=1)
    assert (found["verdict"], found["damaged_at"]) == ("damaged", 10_000)
    assert (found["readable"], found["counts"]) == (made["counts"]["messages"], made["counts"])
    home = tmp_path / "nowhere"
    refused = ordered("restore", str(damaged), "--home", str(home), "--code-file", str(words), code=1)
    assert refused["verdict"] == "damaged"
    assert not home.exists()

    hopeless = tmp_path / "hopeless.babilu"
    hopeless.write_bytes(content[:16] + bytes(70_000))
    found = ordered("verify", str(hopeless), "--code-file", str(words), code=1)
    assert (found["verdict"], found["counts"]) == ("damaged", None)

    newer = tmp_path / "newer.babilu"
    newer.write_bytes(b"babilu-archive/2" + bytes(5000))
    assert ordered("verify", str(newer), "--code-file", str(words), code=1)["verdict"] == "too_new"


def test_a_passphrase_opens_what_was_made_with_it(
    processes: Processes, kept: tuple[Path, Path, Event], tmp_path: Path
) -> None:
    passphrase, archive = tmp_path / "passphrase.txt", tmp_path / "by-passphrase.babilu"
    passphrase.write_text("four words and a comma,\n")
    home = str(processes.home("alice"))
    ordered("create", str(archive), "--home", home, "--passphrase-file", str(passphrase))
    found = ordered("verify", str(archive), "--passphrase-file", str(passphrase))
    assert found["verdict"] == "good"
    del kept
