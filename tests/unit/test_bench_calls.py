import ast
from collections import Counter
from types import FrameType, SimpleNamespace
from typing import cast

import pytest

from bench.calls import NAMED, PACKAGE, READS, WRITES, Calls, Leg, Whose, report


def buffer_updated() -> None:
    """What a connection calls where it reads, a relay's and a client's."""


def step() -> None:
    """Anything else."""


def frame_of(function: object) -> FrameType:
    return cast("FrameType", SimpleNamespace(f_code=function.__code__))  # type: ignore[attr-defined]  # a function


def test_each_call_counts_for_the_leg_that_it_brings_on() -> None:
    calls = Calls()
    calls._seen(Whose.SENDER, frame_of(step), "call", None)
    calls.enter()
    for whose, function in (
        (Whose.SENDER, step),
        (Whose.RECIPIENT, buffer_updated),
        (Whose.RELAY, buffer_updated),
        (Whose.SENDER, step),
        (Whose.RELAY, step),
        (Whose.RECIPIENT, buffer_updated),
        (Whose.RELAY, buffer_updated),
        (Whose.RECIPIENT, step),
    ):
        calls._seen(whose, frame_of(function), "call", None)
        calls._seen(whose, frame_of(function), "return", None)
    by_leg = {
        leg: Counter({code.co_name: count for code, count in counts.items()}) for leg, counts in calls.counts.items()
    }
    assert by_leg == {
        Leg.SENDING: Counter(["step"]),
        Leg.RELAYING: Counter(["buffer_updated", "step"]),
        Leg.RECEIVING: Counter(["buffer_updated", "step"]),
        Leg.AFTER: Counter(["buffer_updated", "step", "buffer_updated"]),
    }


@pytest.mark.parametrize("name", [*WRITES, *(each for names in NAMED.values() for each in names)])
def test_what_is_named_exists(name: str) -> None:
    file, _, function = name.partition(":")
    found = set()
    for node in ast.parse((PACKAGE / file).read_text(encoding="utf-8")).body:
        found.add(getattr(node, "name", ""))
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{getattr(each, 'name', '')}" for each in node.body}
    assert function in found


def test_a_leg_of_which_nothing_was_seen_is_no_cheap_one() -> None:
    assert {whose for _, whose, _ in READS} == {Whose.RELAY, Whose.RECIPIENT}
    with pytest.raises(RuntimeError, match="nothing was seen of sending"):
        report([{leg: Counter() for leg in Leg}], 0, rooms=False)
