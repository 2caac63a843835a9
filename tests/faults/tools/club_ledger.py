"""The books of a group: who was sent a message by its author's own screen is compared with who has shown it.

*Accepted* is what a client has confirmed by `sent`. *For* are those whom its author's client counts as its recipients
(`state` of the message): they must be those whom the author's own screen listed then. Each of them must have kept it
once, and nobody else at all, in the order of its author. Only who has left, or never accepted to be in before they were
removed again, may lack what was on its way then; and whom nothing could be sealed for before they were out, as its
author is told.
"""

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from tests.e2e.processes import Event
from tests.faults.tools.account import PAGE
from tests.faults.tools.club import SETTLED, UNDER_WAY_MS, Club, Clubber
from tests.faults.tools.ledger import troubles

OUT = frozenset({"removed", "left"})
"""What ends that somebody is in."""


@dataclass(frozen=True)
class Written:
    """A message as its author has it."""

    id: str
    text: str
    author: str
    at: int
    people: dict[str, str]


@dataclass
class ClubLedger:
    """The books of a group.

    Attributes:
        title: What was done to whom.
        accepted: Messages confirmed by `sent`.
        unconfirmed: Messages that were kept though their author was killed before they could be confirmed.
        due: Pairs of a message and somebody whom it was for.
        kept: Those of whom the recipient has it.
        shown: Those that a recipient printed.
        unprinted: Those that a recipient kept and was killed before it could print.
        missed: Those of whom the recipient left, or never came in, while it was under way.
        faults: Everything that is wrong.
    """

    title: str
    accepted: int = 0
    unconfirmed: int = 0
    due: int = 0
    kept: int = 0
    shown: int = 0
    unprinted: int = 0
    missed: int = 0
    faults: list[str] = field(default_factory=list)

    def line(self) -> str:
        """Write the books in one line."""
        return (
            f"{self.title}: accepted {self.accepted} (unconfirmed {self.unconfirmed}), due {self.due},"
            f" kept {self.kept}, shown {self.shown} (kept and not printed {self.unprinted}),"
            f" for who had left {self.missed}, faults {len(self.faults)}"
        )


def balance_club(title: str, club: Club) -> ClubLedger:
    """Balance the books of a group whose people are all running and settled."""
    ledger = ClubLedger(title)
    histories = {name: _history(person) for name, person in club.people.items()}
    written = {each.id: each for person in club.people.values() for each in _written(person, histories[person.name])}
    for person in club.people.values():
        _look_at_author(ledger, person, written)
        _look_at_reader(ledger, person, histories[person.name], written)
        ledger.faults += troubles(person)
    _look_at_screens(ledger, club)
    for relay in club.relays:
        ledger.faults += [f"relay: {line}" for line in relay.errors if "Traceback" in line or "ERROR" in line]
    return ledger


def _history(person: Clubber) -> list[Event]:
    """Read all that somebody has of the group, the oldest first."""
    found: list[Event] = []
    for label in sorted(person.labels):
        page, pages = person.ask("history", name=label, n=PAGE), []
        while page["event"] == "history":
            pages.append(page["messages"])
            if not page["more_before"]:
                break
            page = person.ask("history", name=label, n=PAGE, before=page["messages"][0]["position"])
        found += [each for messages in reversed(pages) for each in messages if not each.get("kind")]
    return found


def _written(person: Clubber, history: list[Event]) -> list[Written]:
    found = []
    for each in history:
        if each["outgoing"]:
            answer = person.ask("state", id=each["id"])
            people = {one["name"]: one.get("code", one["state"]) for one in answer["people"]}
            found.append(Written(each["id"], each["text"], person.name, each["at"], people))
    return found


def _look_at_author(ledger: ClubLedger, author: Clubber, written: dict[str, Written]) -> None:
    """Compare what somebody was told to have sent with what they have, and whom it was for with their own screen."""
    own = {key: each for key, each in written.items() if each.author == author.name}
    told: set[str] = set()
    for run in author.runs:
        # Who came back after the group had gone on without them has what they left beside it, under another label.
        for label in author.labels:
            told |= _look_at_run(ledger, run.events, label, author.name, own)
    ledger.accepted += len(told)
    ledger.unconfirmed += len(own.keys() - told)
    ledger.faults += [f"lost by its author: {each}" for each in sorted(told - own.keys())]


def _look_at_run(ledger: ClubLedger, events: list[Event], label: str, name: str, own: dict[str, Written]) -> set[str]:
    """Compare whom messages to a label were for with its screens before and after; gives what was confirmed."""
    screens: list[frozenset[str]] = []
    told: set[str] = set()
    waiting: list[str] = []
    for event in list(events):
        if event["event"] == "group" and event["conversation"] == label:
            screens.append(frozenset(each["name"] for each in event["members"]) - {name})
            ledger.faults += [fault for key in waiting if (fault := _wrong_people(own.get(key), screens[-2:]))]
            waiting = []
        elif event["event"] == "sent" and event["to"] == label:
            told.add(event["id"])
            waiting.append(event["id"])
    ledger.faults += [fault for key in waiting if (fault := _wrong_people(own.get(key), screens[-1:]))]
    return told


def _wrong_people(message: Written | None, screens: list[frozenset[str]]) -> str:
    """Say what is wrong where a message was for others than the screen listed, before it was confirmed or after."""
    if message is None or frozenset(message.people) in screens:
        return ""
    return f"not for whom the screen lists: {message.text} for {sorted(message.people)}, {[sorted(e) for e in screens]}"


def _look_at_reader(ledger: ClubLedger, reader: Clubber, history: list[Event], written: dict[str, Written]) -> None:
    theirs = [each for each in history if not each["outgoing"]]
    has = Counter(each["id"] for each in theirs)
    printed = [event for event in reader.printed() if event["conversation"] in reader.labels]
    shown = Counter(str(event["id"]) for event in printed)
    for each in written.values():
        if reader.name in each.people:
            ledger.due += 1
            if each.id not in has:
                _look_at_missing(ledger, reader, each)
            elif each.people[reader.name] not in SETTLED and not _was_leaving(reader, each.at):
                ledger.faults.append(f"without receipt: {each.text} at {reader.name} is {each.people[reader.name]}")
        elif each.id in has and each.author != reader.name:
            ledger.faults.append(f"not for them: {each.text} at {reader.name}, for {sorted(each.people)}")
    ledger.kept += len(theirs)
    ledger.shown += len(printed)
    ledger.faults += [f"doubled: {each} at {reader.name}" for each, times in has.items() if times > 1]
    ledger.faults += [f"shown {times} times: {each} at {reader.name}" for each, times in shown.items() if times > 1]
    ledger.faults += [f"from nowhere: {each['text']} at {reader.name}" for each in theirs if each["id"] not in written]
    for message in theirs:
        known = written.get(message["id"])
        if known is not None and (known.text, known.author) != (message["text"], message["from"]):
            ledger.faults.append(f"altered: {message['text']} of {message['from']} at {reader.name}")
    ledger.faults += [f"shown and not kept: {each} at {reader.name}" for each in shown.keys() - has.keys()]
    unprinted = has.keys() - shown.keys()
    ledger.unprinted += len(unprinted)
    if unprinted and not reader.kills:
        ledger.faults.append(f"{len(unprinted)} never shown by {reader.name}, who was never killed")
    for label in sorted(reader.labels):
        kept_here = [each for each in theirs if each["conversation"] == label]
        shown_here = [each for each in printed if each["conversation"] == label]
        ledger.faults += [f"out of order at {reader.name}: {each}" for each in _falling(kept_here)]
        ledger.faults += [f"shown out of order at {reader.name}: {each}" for each in _falling(shown_here)]


def _falling(messages: list[Event]) -> list[str]:
    """Name what stands after something that its author has written later."""
    of_author: dict[str, list[str]] = {}
    for each in messages:
        of_author.setdefault(each["from"], []).append(each["text"])
    return [
        f"{later} after {earlier}"
        for texts in of_author.values()
        for earlier, later in pairwise(texts)
        if later <= earlier
    ]


def _look_at_missing(ledger: ClubLedger, reader: Clubber, message: Written) -> None:
    excused = _was_leaving(reader, message.at) or _never_accepted(reader, message.at)
    if excused or _was_put_out(reader, message.at, message.people[reader.name]):
        ledger.missed += 1
    else:
        turns = " ".join(f"{each.what} {each.at - message.at:+d}" for each in reader.turns)
        ledger.faults.append(
            f"lost: {message.text} at {reader.name}, {message.people[reader.name]} by its author; turns: {turns}"
        )


def _was_leaving(reader: Clubber, at: int) -> bool:
    """Tell whether somebody left while what was written then was under way, or was out before its author knew."""
    return any(each.what == "left" and -UNDER_WAY_MS <= each.at - at <= UNDER_WAY_MS for each in reader.turns)


def _was_put_out(reader: Clubber, at: int, state: str) -> bool:
    """Tell whether somebody was out before a message could be sealed for them, as its author is told."""
    return state == "not_member" and any(each.what in OUT and each.at >= at - UNDER_WAY_MS for each in reader.turns)


def _never_accepted(reader: Clubber, at: int) -> bool:
    """Tell whether somebody was removed again before they had accepted to be in, when this was written."""
    places = [each for each in reader.turns if each.what in {"added", "accepted", *OUT}]
    for earlier, later in pairwise(places):
        if earlier.what == "added" and later.what in OUT and earlier.at - UNDER_WAY_MS <= at <= later.at + UNDER_WAY_MS:
            return True
    return False


def _look_at_screens(ledger: ClubLedger, club: Club) -> None:
    """See that all who are in see the same group, and exactly them in it."""
    inside = {name for name, person in club.people.items() if person.role is not None}
    for name in sorted(inside):
        group = club.people[name].group
        members = set() if group is None else {each["name"] for each in group["members"]}
        if members != inside:
            ledger.faults.append(f"{name} lists {sorted(members)}, and in are {sorted(inside)}")
    heads = {tuple(sorted(group["heads"])) for group in club.inside()}
    if len(heads) != 1:
        ledger.faults.append(f"{len(heads)} different logs among those who are in")
