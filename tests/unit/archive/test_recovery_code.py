"""Tests of recovery codes: words as BIP-39 has them, and a slip of the pen is told from another code."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babilu.archive.recovery_code import new_code, read_code
from babilu.kernel.errors import UsageError

CODES = json.loads(Path("tests/vectors/bip39.json").read_text("utf-8"))["codes"]


class Given:
    """Randomness that is given."""

    def __init__(self, value: bytes) -> None:
        self._value = value

    def token(self, size: int) -> bytes:
        assert size == len(self._value)
        return self._value


@pytest.mark.parametrize("code", CODES)
def test_the_words_are_those_of_bip39(code: dict[str, str]) -> None:
    assert " ".join(new_code(Given(bytes.fromhex(code["entropy"])))) == code["words"]


@given(st.binary(min_size=32, max_size=32))
def test_a_code_is_read_however_it_is_typed(bits: bytes) -> None:
    words = new_code(Given(bits))
    assert read_code(" ".join(words)) == read_code("\n ".join(word[:4].upper() for word in words))


def test_different_codes_open_different_things() -> None:
    one, other = new_code(Given(bytes(32))), new_code(Given(bytes(31) + b"\1"))
    assert read_code(" ".join(one)) != read_code(" ".join(other))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda words: words[:-1],
        lambda words: [*words, "zoo"],
        lambda words: ["babilu", *words[1:]],
        lambda words: ["abandonment", *words[1:]],
        lambda words: [words[1], words[0], *words[2:]],
        lambda words: ["zoo", *words[1:]],
        lambda _: [],
    ],
)
def test_what_is_no_code_is_refused(spoil: "object") -> None:
    words = new_code(Given(bytes(range(32))))
    assert callable(spoil)
    with pytest.raises(UsageError):
        read_code(" ".join(spoil(list(words))))
