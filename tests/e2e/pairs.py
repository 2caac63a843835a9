"""Two people who know each other, each with a line mode in a process of its own."""

from dataclasses import dataclass
from typing import Any

from tests.e2e.processes import JsonProcess, Processes

Event = dict[str, Any]


@dataclass
class Pair:
    """Two people who know each other: ``alice`` and ``bob``."""

    processes: Processes
    alice: JsonProcess
    bob: JsonProcess


def meet(first: JsonProcess, second: JsonProcess, names: tuple[str, str] = ("alice", "bob")) -> None:
    """Let each have had a word of the other, and hear what becomes of it."""
    for one, other, (own, name) in ((first, second, names), (second, first, names[::-1])):
        sent = one.send(name, f"hello from {own}")
        other.take("message", id=sent)
        one.take("state", id=sent, state="delivered")


def history(process: JsonProcess, name: str) -> list[Event]:
    """Give all messages of a conversation as somebody sees them."""
    process.do("history", conversation=name, n=100, tag="history")
    messages = process.take("history", tag="history")["messages"]
    assert isinstance(messages, list)
    return messages


def shown(process: JsonProcess, name: str, message: str) -> Event:
    """Give one message as somebody sees it."""
    return next(each for each in history(process, name) if each["id"] == message)
