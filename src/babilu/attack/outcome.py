"""Outcome of an attack, in one word and one sentence."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attack went.

    Attributes:
        held: Whether everything that must hold has held.
        seen: A sentence for people: what was noticed, or what went wrong.
    """

    held: bool
    seen: str


def not_played(why: str) -> Outcome:
    """Say that an attack came to nothing by itself, which shows nothing."""
    return Outcome(False, f"The attack could not be played: {why}.")
