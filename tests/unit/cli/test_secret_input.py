from pathlib import Path

import pytest

from babilu.cli import secret_input
from babilu.cli.secret_input import find_password
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
