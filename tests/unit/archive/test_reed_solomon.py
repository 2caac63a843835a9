"""Tests of the code that mends: the parity of others' programs, and 16 wrong bytes of 255 wherever they are."""

import json
from pathlib import Path

import numpy as np
import pytest

from babilu.archive.codeword import CODEWORD, DATA, MENDED
from babilu.archive.reed_solomon import Octets, mend, parity_of

VECTORS = json.loads(Path("tests/vectors/reed_solomon.json").read_text("utf-8"))


def some_words(columns: int, seed: int = 1) -> Octets:
    data = np.random.default_rng(seed).integers(0, 256, (DATA, columns), dtype=np.uint8)
    return np.vstack([data, parity_of(data)])


def spoiled(words: Octets, errors: int, seed: int = 2) -> Octets:
    dice = np.random.default_rng(seed)
    changed = words.copy()
    for column in range(words.shape[1]):
        where = dice.choice(CODEWORD, errors, replace=False)
        changed[where, column] ^= dice.integers(1, 256, errors, dtype=np.uint8)
    return changed


def test_the_parity_is_that_of_another_program() -> None:
    for vector in VECTORS["codewords"]:
        data = np.frombuffer(bytes.fromhex(vector["data"]), dtype=np.uint8).reshape(DATA, 1)
        assert parity_of(data).tobytes().hex() == vector["parity"]


@pytest.mark.parametrize("errors", range(MENDED + 1))
def test_up_to_sixteen_wrong_bytes_are_mended(errors: int) -> None:
    words = some_words(64)
    mended, right = mend(spoiled(words, errors))
    assert right
    assert (mended == words).all()


@pytest.mark.parametrize("errors", [17, 18, 40, 255])
def test_more_wrong_bytes_are_left_as_they_are_and_named(errors: int) -> None:
    wrong = spoiled(some_words(64), errors)
    mended, right = mend(wrong)
    assert not right
    assert (mended == wrong).all()


def test_one_hopeless_word_keeps_no_other_from_being_mended() -> None:
    words = some_words(8)
    wrong = spoiled(words, 16)
    wrong[:, 3] ^= 0x55
    mended, right = mend(wrong)
    assert not right
    assert (np.delete(mended, 3, axis=1) == np.delete(words, 3, axis=1)).all()
