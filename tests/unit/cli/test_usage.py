import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.cli import main, secret_input
from babilu.cli.connect import connect, read_words
from babilu.cli.exit_codes import ExitCode
from babilu.identity.join_link import JoinLink
from babilu.kernel.ids import ConversationId


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep the log set-up of the tests, and have nobody at a terminal."""
    monkeypatch.delenv("BABILU_PASSWORD", raising=False)
    monkeypatch.setattr(secret_input, "can_ask", lambda: False)
    root = logging.getLogger()
    handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.raiseExceptions = raising
    logging.captureWarnings(False)


@pytest.mark.parametrize(
    "arguments",
    [
        ["start", "not an address", "0"],
        ["start", "127.0.0.1", "many"],
        ["start", "127.0.0.1", "65536"],
        ["start", "127.0.0.1", "-1"],
        ["start", "127.0.0.1", "0", "0"],
        ["start", "127.0.0.1", "0", "few"],
        ["start", "127.0.0.1", "0", "99999999999999999999"],
        ["start", "--open", "--invite-only"],
        ["start", "--log-level", "loud"],
        ["start", "--lang", "eo"],
        ["connect", "127.0.0.1", "port", "alice"],
        ["connect", "127.0.0.1", "0.5", "alice"],
        ["connect", "a/b", "5050", "alice"],
        ["connect", "127.0.0.1", "5050", "alice", "pw", "more"],
        ["connect", "babilu://nonsense", "alice"],
        ["connect", "127.0.0.1", "5050", "alice"],
        ["connect", "127.0.0.1", "5050"],
        ["connect", "127.0.0.1", "5050", "alice", ""],
        ["connect", "--listen", "nowhere", "127.0.0.1", "5050", "alice", "pw"],
        ["connect", "--wait-sent=soon", "127.0.0.1", "5050", "alice", "pw"],
        ["connect", "--wait-sent=-1", "127.0.0.1", "5050", "alice", "pw"],
        ["connect", "--password-file", "/nonexistent", "127.0.0.1", "5050", "alice"],
        ["connect", "--log-file", "/nonexistent/log", "127.0.0.1", "5050", "alice", "pw"],
        ["peer", "127.0.0.1", "many", "carol"],
        ["peer", "127.0.0.1", "0", "carol"],
        ["peer", "127.0.0.1", "0", "carol", "more"],
    ],
    ids=" ".join,
)
def test_each_mistake_is_one_line_and_one_event_with_exit_code_2(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    command, *rest = arguments
    assert main([command, "--json", "--home", str(home), *rest], folder=tmp_path) == ExitCode.USAGE
    captured = capsys.readouterr()
    event = json.loads(captured.out)
    assert (event["event"], event["code"], event["fatal"]) == ("error", "usage", True)
    lines = [line for line in captured.err.splitlines() if "command line" not in line and "guesses" not in line]
    assert lines == [event["text"]]
    assert not home.exists()


@pytest.mark.parametrize("command", ["start", "connect", "peer"])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == ExitCode.DONE
    shown = capsys.readouterr().out
    assert f"Usage: babilu {command}" in shown
    assert "--json" in shown


@pytest.mark.parametrize(
    ("words", "address", "user"),
    [
        (["127.0.0.1", "5050", "ann"], "127.0.0.1:5050", "ann"),
        (["127.0.0.1:6060", "ann"], "127.0.0.1:6060", "ann"),
        (["[::1]:6060", "ann"], "[::1]:6060", "ann"),
        (["chat.example.org:6060"], "chat.example.org:6060", None),
        (["::1", "6060", "ann"], "[::1]:6060", "ann"),
    ],
)
def test_an_address_is_two_words_or_one_with_a_colon(words: list[str], address: str, user: str | None) -> None:
    whom = read_words(words[0], words[1:])
    assert (str(whom.address), whom.user, whom.password) == (address, user, None)


def test_a_link_into_a_group_names_the_relay_as_an_invitation_does() -> None:
    link = JoinLink(
        "chat.example.org", 6060, bytes(32), bytes(32), None, ConversationId(bytes(32)), bytes(16), ("ann",), 1
    )
    whom = read_words(link.encode(), ["bob"])
    assert (str(whom.address), whom.user, whom.invitation) == ("chat.example.org:6060", "bob", link)


@pytest.mark.parametrize(
    ("words", "value", "rest"),
    [
        (["--wait-sent", "::1", "5050", "bob"], 60.0, ("5050", "bob")),
        (["--wait-sent=2", "::1"], 2.0, ()),
        (["::1", "5050", "--wait-sent", "bob"], 60.0, ("5050", "bob")),
        (["::1", "--", "5050", "--wait-sent"], None, ("5050", "--wait-sent")),
    ],
)
def test_a_value_that_may_be_left_out_is_never_the_next_word(
    words: list[str], value: float | None, rest: tuple[str, ...]
) -> None:
    context = connect.make_context("connect", words)
    assert context.params["server"] == "::1"
    assert context.params["words"] == rest
    assert context.params["wait_sent"] == value
