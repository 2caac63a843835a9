"""The ledger of a group names each fault that it looks for, and none where there is none."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.e2e.processes import Event
from tests.faults.tools.club import Club, Turn
from tests.faults.tools.club_ledger import balance_club

LABEL = "#club"
AT = 1_000_000


@dataclass
class Run:
    """What one run of a client has said."""

    events: list[Event]
    garbage: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def of(self, event: str) -> list[Event]:
        return [each for each in self.events if each["event"] == event]


@dataclass
class Person:
    """Somebody whose client has said and kept what a test lets it."""

    name: str
    group: Event
    runs: list[Run]
    history: list[Event] = field(default_factory=list)
    sent_to: dict[str, dict[str, str]] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)
    kills: int = 0
    role: str | None = "member"
    log: Path = Path("/there is no log")
    labels: frozenset[str] = frozenset({LABEL})

    def printed(self) -> list[Event]:
        return [event for run in self.runs for event in run.of("message")]

    def ask(self, do: str, **members: Any) -> Event:
        if do == "history":
            return {"event": "history", "messages": self.history, "more_before": False}
        states = self.sent_to[members["id"]]
        return {"event": "state", "people": [{"name": name, "state": state} for name, state in states.items()]}


def message(number: int, author: str, *, own: bool = False) -> Event:
    key, text = f"id of {author} {number}", f"{author} {number:06d}"
    place = {"conversation": LABEL, "from": author, "outgoing": own, "at": AT + number}
    return {"event": "message", "id": key, "text": text, "position": number, **place}


@dataclass
class Story:
    """Ana, bea and cris in a group in which ana has written twice."""

    people: dict[str, Person] = field(init=False)

    def __post_init__(self) -> None:
        names = ("ana", "bea", "cris")
        group = {
            "event": "group",
            "conversation": LABEL,
            "heads": ["one"],
            "members": [{"name": each} for each in names],
        }
        written = [message(number, "ana") for number in (1, 2)]
        self.people = {name: Person(name, group, [Run([dict(group), *written])], [*written]) for name in names}
        ana = self.people["ana"]
        ana.history = [message(number, "ana", own=True) for number in (1, 2)]
        ana.runs = [Run([dict(group), *({"event": "sent", "to": LABEL, "id": each["id"]} for each in written)])]
        ana.sent_to = {each["id"]: {"bea": "delivered", "cris": "delivered"} for each in written}

    def faults(self) -> list[str]:
        club = SimpleNamespace(people=self.people, relays=[], inside=lambda: [each.group for each in self._inside()])
        books = balance_club("a story", cast("Club", club))
        self.books = books
        return [fault.partition(":")[0] for fault in books.faults]

    def _inside(self) -> list[Person]:
        return [each for each in self.people.values() if each.role is not None]


def test_books_without_a_fault_count_what_there_is() -> None:
    story = Story()
    assert story.faults() == []
    assert (story.books.accepted, story.books.due, story.books.kept, story.books.shown) == (2, 4, 4, 4)


def test_what_somebody_has_not_got_is_lost_unless_they_left() -> None:
    story = Story()
    bea = story.people["bea"]
    del bea.history[0], bea.runs[0].events[1]
    assert story.faults() == ["lost"]
    bea.turns = [Turn("left", AT + 2)]
    assert story.faults() == []
    assert story.books.missed == 1
    bea.turns = [Turn("left", AT + 100_000)]
    assert story.faults() == ["lost"]


def test_what_could_not_be_sealed_before_somebody_was_out_is_not_lost_where_its_author_is_told() -> None:
    story = Story()
    bea = story.people["bea"]
    del bea.history[0], bea.runs[0].events[1]
    bea.turns = [Turn("removed", AT + 100_000)]
    assert story.faults() == ["lost"]
    story.people["ana"].sent_to["id of ana 1"]["bea"] = "not_member"
    assert story.faults() == []


def test_whoever_has_what_was_not_for_them_is_named() -> None:
    story = Story()
    for states in story.people["ana"].sent_to.values():
        del states["cris"]
    assert Counter(story.faults()) == {"not for them": 2, "not for whom the screen lists": 2}


def test_what_somebody_left_under_another_label_is_not_their_screen() -> None:
    story = Story()
    ana = story.people["ana"]
    ana.labels = frozenset({LABEL, "#club~2"})
    left = {**ana.group, "conversation": "#club~2", "members": [{"name": "ana"}, {"name": "dani"}]}
    ana.runs[0].events.insert(1, left)
    ana.history = []
    kept = [message(number, "ana", own=True) for number in (1, 2)]
    ana.ask = lambda do, **asked: (  # type: ignore[method-assign]
        {"event": "history", "messages": kept if asked["name"] == LABEL else [], "more_before": False}
        if do == "history"
        else Person.ask(ana, do, **asked)
    )
    assert story.faults() == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda story: story.people["bea"].history.append(message(2, "ana")), "doubled"),
        (lambda story: story.people["bea"].runs[0].events.append(message(2, "ana")), "shown 2 times"),
        (lambda story: story.people["bea"].history.append(message(3, "ana")), "from nowhere"),
        (lambda story: story.people["bea"].history.reverse(), "out of order at bea"),
        (lambda story: story.people["bea"].runs[0].events.reverse(), "shown out of order at bea"),
        (lambda story: story.people["ana"].history.pop(), "lost by its author"),
        (lambda story: story.people["bea"].history[0].update(text="ana 000009"), "altered"),
        (lambda story: story.people["ana"].sent_to["id of ana 1"].update(bea="held"), "without receipt"),
        (lambda story: story.people["bea"].runs[0].events.pop(), "1 never shown by bea, who was never killed"),
        (
            lambda story: setattr(story.people["cris"], "role", None),
            "ana lists ['ana', 'bea', 'cris'], and in are ['ana', 'bea']",
        ),
        (
            lambda story: story.people["bea"].__setattr__("group", {**story.people["bea"].group, "heads": ["two"]}),
            "2 different logs among those who are in",
        ),
    ],
)
def test_each_fault_is_named(change: Any, fault: str) -> None:
    story = Story()
    change(story)
    assert fault in story.faults()
