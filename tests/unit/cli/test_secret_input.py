import getpass
from pathlib import Path

import pytest

from babilu.cli import secret_input
from babilu.cli.secret_input import Chosen, find_password
from babilu.crypto.secret import Passphrase
from babilu.kernel.errors import UsageError
from babilu.presentation.strings import Strings
from tests.unit.terminal.session import Heard


@pytest.fixture(autouse=True)
def nobody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BABILU_PASSWORD", raising=False)
    monkeypatch.setattr(secret_input, "can_ask", lambda: False)


def find(given: str | None = None, file: Path | None = None) -> tuple[Passphrase, list[str]]:
    people = Heard()
    return find_password(given, file, "Password", Strings("en"), people), people.lines


def test_the_command_line_comes_first_and_earns_a_hint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BABILU_PASSWORD", "of the environment")
    password, hints = find("of the line", tmp_path / "none")
    assert password == Passphrase("of the line")
    assert len(hints) == 1
    assert "command line" in hints[0]


def test_a_file_comes_before_the_environment_and_gives_its_first_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BABILU_PASSWORD", "of the environment")
    file = tmp_path / "password"
    file.write_bytes(b" of the file \r\nsecond line\n")
    assert find(file=file) == (Passphrase(" of the file "), [])
    assert find() == (Passphrase("of the environment"), [])


def test_a_person_is_asked_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_input, "can_ask", lambda: True)
    monkeypatch.setattr("getpass.getpass", lambda question: f"typed at {question}")
    assert find() == (Passphrase("typed at Password: "), [])


def test_without_anything_the_sentence_says_what_to_give() -> None:
    with pytest.raises(UsageError, match="BABILU_PASSWORD"):
        find()


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe\n", b"a\x00b\n", b"x" * 100_000])
def test_a_file_that_holds_no_password_is_a_usage_error(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "password"
    file.write_bytes(content)
    with pytest.raises(UsageError):
        find(file=file)
    with pytest.raises(UsageError):
        find(file=tmp_path)


def test_the_mark_that_editors_of_windows_put_before_a_file_is_no_part_of_the_password(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_bytes(b"\xef\xbb\xbfcorrect horse\r\n")
    assert find(file=file) == (Passphrase("correct horse"), [])


class Person:
    """Somebody at a terminal, who types one thing after the other without seeing it."""

    def __init__(self, *types: str) -> None:
        self._types = list(types)
        self.asked: list[str] = []

    def getpass(self, question: str) -> str:
        self.asked.append(question)
        return self._types.pop(0)


NEW = Chosen("It is made now.", ("alice",))


def choose(monkeypatch: pytest.MonkeyPatch, *types: str) -> tuple[Passphrase, list[str], list[str]]:
    person, people = Person(*types), Heard()
    monkeypatch.setattr(secret_input, "can_ask", lambda: True)
    monkeypatch.setattr(getpass, "getpass", person.getpass)
    chosen = find_password(None, None, "Password", Strings("en"), people, NEW)
    return chosen, person.asked, people.lines


def test_a_new_password_is_typed_twice_after_it_was_said_what_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen, asked, told = choose(monkeypatch, "correct horse", "correct horse")
    assert (chosen, asked, told) == (
        Passphrase("correct horse"),
        ["Password: ", "The same again: "],
        ["It is made now."],
    )


def test_a_slip_and_a_weak_choice_are_told_and_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = ("correct horse", "correct house", "alice1", "battery staple", "battery staple")
    chosen, _, told = choose(monkeypatch, *typed)
    assert chosen == Passphrase("battery staple")
    assert "not the same" in told[1]
    assert "guesses" in told[2]


def test_after_three_weak_choices_nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="nothing was made"):
        choose(monkeypatch, "pw", "pw1", "alice")


def test_a_program_may_give_a_weak_password_for_something_new_and_is_told(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("pw1\n")
    people = Heard()
    assert find_password(None, file, "Password", Strings("en"), people, NEW) == Passphrase("pw1")
    assert len(people.lines) == 1
    assert find_password(None, file, "Password", Strings("en"), people) == Passphrase("pw1")
    assert len(people.lines) == 1
