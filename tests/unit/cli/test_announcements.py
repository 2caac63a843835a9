import json
from dataclasses import replace

import pytest

from babilu.api.views import Address
from babilu.cli import config_source
from babilu.cli.relay_program import JsonAnnouncer, ReadyNotice, SentenceAnnouncer
from babilu.presentation.strings import Strings

LISTENS = ReadyNotice(
    name="Kitchen",
    address=Address("0.0.0.0", 5050),
    fingerprint="ab" * 32,
    users=10,
    registration="open",
    invitation=None,
    public=Address("chat.example.org", 5050),
)


def said(about: ReadyNotice, capsys: pytest.CaptureFixture[str]) -> str:
    SentenceAnnouncer(Strings("en"), "babilu").listening(about)
    return capsys.readouterr().out


def test_clients_are_told_the_address_that_they_can_reach(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(LISTENS, capsys)
    assert "babilu connect chat.example.org 5050 YOUR_NAME" in text
    assert "connect 0.0.0.0" not in text
    assert "guess" not in text


def test_a_guessed_address_is_called_a_guess_with_the_way_to_say_better(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(replace(LISTENS, guessed=True), capsys)
    assert "guess" in text
    assert "--public-host" in text


def test_where_an_invitation_is_needed_the_line_to_type_has_one(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(replace(LISTENS, registration="invite", invitation="babilu://chat.example.org:5050/#token"), capsys)
    assert "babilu connect 'babilu://chat.example.org:5050/#token' YOUR_NAME" in text
    text = said(replace(LISTENS, registration="invite"), capsys)
    assert "babilu connect INVITATION YOUR_NAME" in text


def test_programs_are_told_both_addresses(capsys: pytest.CaptureFixture[str]) -> None:
    JsonAnnouncer().listening(LISTENS)
    ready = json.loads(capsys.readouterr().out)
    assert (ready["address"], ready["public_address"]) == ("0.0.0.0:5050", "chat.example.org:5050")


def test_nobody_is_sent_to_the_address_of_everywhere() -> None:
    assert config_source.own_address() not in config_source.EVERYWHERE


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("columns", [60, 80, 100])
def test_a_terminal_breaks_a_fingerprint_between_its_groups_only(
    language: str, columns: int, capsys: pytest.CaptureFixture[str]
) -> None:
    SentenceAnnouncer(Strings(language), "babilu").listening(LISTENS)
    (line,) = (line for line in capsys.readouterr().out.splitlines() if "ABAB" in line)
    pieces = [line[start : start + columns] for start in range(0, len(line), columns)]
    assert {group for piece in pieces for group in piece.split()} == {"ABAB"}
