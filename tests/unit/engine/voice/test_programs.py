"""Which programs record and play: the first that desktops of today prefer, and a sentence where there is none."""

import sys

import pytest

from babilu.engine.voice.programs import players, recorders
from babilu.kernel.errors import BabiluError, ErrorCode


def only(*names: str) -> "dict[str, str]":
    return {name: f"/usr/bin/{name}" for name in names}


@pytest.mark.parametrize(
    ("there", "order"),
    [
        (("aplay", "arecord", "parec", "pacat", "pw-record", "pw-play"), ["pw-record", "parec", "arecord"]),
        (("arecord", "aplay"), ["arecord"]),
        (("rec", "play"), ["rec"]),
    ],
)
def test_the_first_choice_comes_first(there: tuple[str, ...], order: list[str]) -> None:
    found = recorders(24_000, only(*there).get)
    assert [command[0] for command in found] == [f"/usr/bin/{name}" for name in order]
    assert all(any("24000" in word for word in command) for command in found)
    assert not any("{" in word for command in found for word in command)


def test_what_plays_is_told_the_rate_of_the_sound() -> None:
    (command,) = players(48_000, only("aplay", "arecord").get)
    assert command[command.index("-r") + 1] == "48000"


def test_where_nothing_is_found_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for which in ({}, only("arecord", "aplay")):
        if which:
            # What is needed of pipes is there on no Windows.
            monkeypatch.setattr(sys, "platform", "win32")
        with pytest.raises(BabiluError) as refused:
            recorders(24_000, which.get)
        assert refused.value.code is ErrorCode.NO_SOUND
        assert "alsa-utils" in refused.value.text
