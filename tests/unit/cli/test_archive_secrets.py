"""What opens a backup: a code that is shown once and typed back, or what a file holds."""

from pathlib import Path

import pytest

from babilu.archive.recovery_code import read_code
from babilu.cli import archive_secrets
from babilu.cli.archive_secrets import known_secret, new_secret
from babilu.kernel.errors import UsageError
from babilu.kernel.states import ArchiveKeyKind
from babilu.presentation.strings import Strings

SAY = Strings()


class Person:
    """Somebody at a terminal, who types what a test says about the words that were shown.

    Args:
        monkeypatch: Puts them in front of the program.
        capsys: What they see.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.answers: list[str] = []
        self.seen = ""
        monkeypatch.setattr(archive_secrets, "can_ask", lambda: True)
        monkeypatch.setattr("getpass.getpass", self.answer)

    def answer(self, _: str) -> str:
        self.seen += self.capsys.readouterr().err
        return self.answers.pop(0) if self.answers else self.words

    @property
    def words(self) -> str:
        """The words on the screen: each stands behind its number."""
        lines = [line.split() for line in self.seen.splitlines() if line.split()[:1] and line.split()[0].isdigit()]
        return " ".join(token for line in lines for token in line if not token.isdigit())


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Person:
    return Person(monkeypatch, capsys)


def test_a_new_code_is_shown_and_counts_once_it_was_typed_back(person: Person) -> None:
    person.answers = ["zoo zoo"]
    secret, kind = new_secret(None, None, SAY)
    assert kind is ArchiveKeyKind.CODE
    assert len(secret.reveal().split()) == 24
    read_code(secret.reveal().decode())
    assert "not the words" in person.seen


def test_who_never_types_it_back_gets_no_backup(person: Person) -> None:
    person.answers = ["zoo"] * 3
    with pytest.raises(UsageError):
        new_secret(None, None, SAY)


def test_a_new_code_is_written_into_a_file_that_nobody_else_reads_and_read_from_it_again(tmp_path: Path) -> None:
    file = tmp_path / "code.txt"
    secret, _ = new_secret(file, None, SAY)
    assert file.stat().st_mode & 0o077 == 0
    assert known_secret(file, None, SAY)[0] == secret
    assert new_secret(file, None, SAY)[0] == secret


def test_without_a_terminal_and_a_file_nothing_is_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_secrets, "can_ask", lambda: False)
    for ask in (new_secret, known_secret):
        with pytest.raises(UsageError):
            ask(None, None, SAY)


def test_a_file_with_other_words_is_no_code(tmp_path: Path) -> None:
    file = tmp_path / "code.txt"
    file.write_text("these are no words of a code")
    with pytest.raises(UsageError):
        known_secret(file, None, SAY)
