"""A short walk around every decoder; `python3 main.py test --fuzz SECONDS` goes on from here, led by coverage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faults.fuzz.seeds import seeds
from tests.faults.fuzz.targets import TARGETS, run

SEEDS = seeds()


def test_every_target_has_seeds() -> None:
    assert SEEDS.keys() == TARGETS.keys()
    assert all(SEEDS.values())


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_are_read(name: str) -> None:
    for seed in SEEDS[name]:
        TARGETS[name](seed)


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.data())
def test_what_is_spoilt_is_refused_by_an_error_of_ours(name: str, data: st.DataObject) -> None:
    seed = bytearray(data.draw(st.sampled_from(SEEDS[name])))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(seed)))
        length = data.draw(st.integers(0, 4))
        seed[place : place + length] = data.draw(st.binary(max_size=4))
    if data.draw(st.booleans()):
        del seed[data.draw(st.integers(0, len(seed))) :]
    run(TARGETS[name], bytes(seed))


@pytest.mark.parametrize("name", TARGETS)
@given(noise=st.binary(max_size=200))
def test_noise_is_refused_by_an_error_of_ours(name: str, noise: bytes) -> None:
    run(TARGETS[name], noise)
