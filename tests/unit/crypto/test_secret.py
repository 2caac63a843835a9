import copy
import traceback

import pytest

from babilu.crypto.secret import Passphrase, Secret
from babilu.kernel.errors import UsageError


@pytest.mark.parametrize("hidden", [Secret(b"hunter2"), Passphrase("hunter2")])
def test_a_secret_shows_nothing(hidden: Secret | Passphrase) -> None:
    assert "hunter2" not in f"{hidden!r} {hidden} {[hidden]}"
    with pytest.raises(TypeError):
        copy.copy(hidden)
    with pytest.raises(TypeError):
        hash(hidden)


def test_a_secret_gives_its_bytes_only_when_asked() -> None:
    assert Secret(b"key").reveal() == b"key"
    assert len(Secret(b"key")) == 3


def test_secrets_compare_by_value_and_with_nothing_else() -> None:
    assert Secret(b"key") == Secret(b"key")
    assert Secret(b"key") != Secret(b"kez")
    assert Secret(b"key") != b"key"
    assert Passphrase("key") == Passphrase("key")
    assert Passphrase("key") != "key"


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("pe\u0301che\u0301", "p\u00e9ch\u00e9"),
        ("two\u00a0words", "two words"),
        ("two\u3000words", "two words"),
        ("\u212b", "\u00c5"),
    ],
)
def test_a_passphrase_is_the_same_however_it_was_composed(typed: str, same: str) -> None:
    assert Passphrase(typed) == Passphrase(same)


@pytest.mark.parametrize(
    ("one", "other"), [("Correct", "correct"), (" spaced", "spaced"), ("\uff41", "a"), ("e\u0301", "e")]
)
def test_passphrases_that_differ_stay_different(one: str, other: str) -> None:
    assert Passphrase(one) != Passphrase(other)


@pytest.mark.parametrize("typed", ["", "tab\tbed", "line\n", "\x00", "\u200b", "\ud800", "x" * 5000, "é" * 3000])
def test_a_passphrase_that_could_not_be_typed_again_is_refused_without_being_repeated(typed: str) -> None:
    with pytest.raises(UsageError) as refused:
        Passphrase(typed)
    if typed:
        assert typed not in refused.value.text
        assert repr(typed) not in "".join(traceback.format_exception_only(refused.value))
