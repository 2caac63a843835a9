"""A few people, a relay and the wires between them, with everything that must hold at any moment and at the end.

Texts are numbered, so that a look at the databases tells what was lost, shown twice or shown out of order.
"""

import asyncio
import logging
import shutil
from collections import Counter, defaultdict
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from babilu.api import commands as ask_for
from babilu.api import events
from babilu.api.views import NOTES_LABEL, MessageView
from babilu.engine.conversation.repair import REPAIRABLE
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.ids import MessageId
from babilu.store.database import Database
from babilu.store.unit_of_work import UnitOfWork
from tests.faults.model.machine_room import Crash, Loop, SkewedClock, StandingClock, Wire
from tests.faults.model.people import Person
from tests.faults.model.reckoning import Reckoning
from tests.faults.model.relay_under_test import RelayUnderTest

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

EDITED = ", better: "
"""Stands between a text and the number of its edit."""

ROUNDS = 2_000
"""Most turns after which things must have come to rest by themselves."""

WAITS = (
    *(2 * SECOND,) * 4,
    *(11 * SECOND, 61 * SECOND) * 2,
    *(11 * MINUTE,) * 4,
    2 * HOUR,
    *(31 * DAY, 2 * MINUTE, 11 * MINUTE, 11 * SECOND, 11 * SECOND) * 2,
)
"""How long one waits, and again, until everything has arrived: for pauses, repairs, for what a relay has lost, and for
the receipt of a newcomer, which waits a moment of its own after each start."""


class Violation(AssertionError):  # noqa: N818 -- the model's word
    """Something does not hold that must."""


@dataclass
class Sight:
    """What a look at a person's database shows.

    Attributes:
        sent: Own messages: id, text, state, whether a device has no receipt for its envelope, and whom they are for.
        shown: Texts of others in the order in which they are shown: text, sender, device, counter.
        notes: Notes to oneself: id, text, state, and whether no device is owed them.
        gaps: Those of whom a line of the history says that something is missing.
    """

    sent: dict[MessageId, tuple[str, str, bool, str]] = field(default_factory=dict)
    shown: list[tuple[str, str, bytes, int]] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    notes: dict[MessageId, tuple[str, str, bool]] = field(default_factory=dict)
    in_outbox: set[MessageId] = field(default_factory=set)
    gaps: set[str] = field(default_factory=set)


class World:
    """Everything there is."""

    person_type: type[Person] = Person

    def __init__(self, folder: Path, empty_profile: Path, empty_relay: Path, names: tuple[str, ...]) -> None:
        self.clock = StandingClock()
        self.loop = Loop(self.clock)
        self._folder = folder
        self._backups = 0
        shutil.copy(empty_relay, folder / "relay.db")
        self.relay = RelayUnderTest(self.loop, self.clock, folder / "relay.db")
        self.people = {
            name: self.person_type(name, folder, empty_profile, self.loop, self.clock_of(name), self.relay)
            for name in names
        }
        self.accepted: dict[str, tuple[str, str]] = {}
        self.ever_kept: dict[str, set[str]] = defaultdict(set)
        self.set_back: set[str] = set()
        self.tampered = False
        self.numbers: Counter[tuple[str, str]] = Counter()
        self.acted: Counter[tuple[str, str]] = Counter()
        self.deleted: set[str] = set()
        self._asked: list[tuple[str, str, str, Future[MessageView]]] = []
        self._sights: dict[str, Sight] = {}
        self._looked_at: dict[str, tuple[Database, int]] = {}
        self._gaps: Counter[tuple[str, str]] = Counter()
        self.reckoning = Reckoning()
        self._defects = _Defects()
        logging.getLogger("babilu").addHandler(self._defects)
        for person in self.people.values():
            person.start()

    def clock_of(self, name: str) -> SkewedClock | StandingClock:  # noqa: ARG002  # some worlds have clocks that differ
        """Return somebody's clock."""
        return self.clock

    def close(self) -> None:
        """Leave nothing open."""
        logging.getLogger("babilu").removeHandler(self._defects)
        for person in self.people.values():
            person.bury()
            person.database.close()
        self.relay.crash()
        self.loop.settle()
        self.loop.run(_end_tasks())
        self.relay.connection.close()
        self.loop.close()

    # What happens.

    def send(self, who: str, whom: str) -> None:
        """Have a person write to another."""
        person = self.people[who]
        if person.life is None:
            return
        self.numbers[who, whom] += 1
        text = f"{who} to {whom}: {self.numbers[who, whom]}"
        self._asked.append((text, who, whom, person.ask(ask_for.Send(whom, text))))

    def act(self, who: str, whom: str, kind: str, pick: int) -> None:
        """Have a person edit or delete a message of theirs in a conversation, or react to any."""
        person = self.people[who]
        if person.life is None:
            return
        with person.database.read() as unit:
            rows = unit.statements.all(
                "SELECT m.id, m.text FROM message AS m JOIN conversation AS v USING (conversation)"
                " JOIN contact AS c ON c.contact = v.contact WHERE c.name = ? AND m.deleted = 0 AND m.kind = 'text'"
                " AND (m.outgoing = 1 OR ? = 'react') ORDER BY m.position DESC LIMIT 5",
                whom,
                kind,
            )
        if not rows:
            return
        message, text = MessageId(rows[pick % len(rows)][0]), words(rows[pick % len(rows)][1])
        self.acted[who, whom] += 1
        number = self.acted[who, whom]
        match kind:
            case "edit":
                person.ask(ask_for.EditMessage(message, f"{text}{EDITED}{number}", conversation=whom))
            case "delete":
                self.deleted.add(text)
                person.ask(ask_for.DeleteMessage(message, whom, for_all=True))
            case _:
                person.ask(ask_for.SetReactions(message, tuple("👍👎🎉"[: pick % 4]), whom))

    def write_note(self, who: str) -> None:
        """Have a person write to themselves."""
        person = self.people[who]
        if person.life is None:
            return
        self.numbers[who, who] += 1
        text = f"{who}, note {self.numbers[who, who]}"
        self._asked.append((text, who, who, person.ask(ask_for.Send(NOTES_LABEL, text))))

    def wires_of(self, name: str) -> list[tuple[Wire, int]]:
        """Return the open wires of a person, each with the place of the person's end."""
        life = self.people[name].life
        return [
            (wire, place)
            for wire in self.loop.wires
            for place in (0, 1)
            if life is not None and wire.is_open and wire.ends[place].run is life
        ]

    def carry(self, chunks: int = 1_000) -> bool:
        """Bring what is on its way to its ends."""
        self.loop.wires[:] = [wire for wire in self.loop.wires if wire.is_open]
        moved = [wire.carry(to, chunks) for wire in list(self.loop.wires) for to in (0, 1)]
        self.loop.settle()
        return any(moved)

    def flow(self) -> None:
        """Let everything go its way until nothing moves at this moment."""
        for _ in range(ROUNDS):
            moved = self.carry()
            for person in self.people.values():
                moved |= person.think()
            if not moved:
                return
        raise Violation("things do not come to rest")

    def wait(self, ms: int) -> None:
        """Let time pass."""
        self.clock.pass_ms(ms)
        self.loop.settle()

    def cut(self, name: str) -> None:
        """Cut a person's connections; what is on its way is lost."""
        for wire, _ in self.wires_of(name):
            wire.cut()
        self.loop.settle()

    def restart_relay(self) -> None:
        """Have the relay up again, if it is down."""
        if not self.relay.is_up:
            self.relay.start()

    def back_up_relay(self) -> Path:
        """Keep a copy of the relay's database."""
        self._backups += 1
        copy = self._folder / f"backup{self._backups}.db"
        self.relay.back_up(copy)
        return copy

    def restore_relay(self, copy: Path) -> None:
        """Put the relay back to a copy of its database: what it has accepted since is gone there."""
        self.look()
        self.relay.restore(copy)
        self.loop.settle()

    def bring_back(self, name: str, copy: Path) -> None:
        """Put a person's profile back to an old copy of it, and go on with that."""
        self._look_at(name)
        self.tampered = True
        self.set_back.add(name)
        self.people[name].bring_back(copy)
        self._sights.pop(name, None)
        self.people[name].start()

    def replace_device(self, name: str) -> None:
        """Have a person's device leave their list, and another one of the same person go on with its profile."""
        self._look_at(name)
        self.tampered = True
        self.set_back.add(name)
        self.people[name].bury()
        self.people[name].wants_rebirth = True
        self.people[name].start()

    def start_over(self, name: str) -> None:
        """Have a person take their account again with a new identity."""
        self._look_at(name)
        self.tampered = True
        self.set_back.add(name)
        self.people[name].start_over()
        self._sights.pop(name, None)
        self.people[name].start()

    # What must hold at any moment.

    def look(self) -> None:
        """Check what must hold now."""
        self._answers()
        defects = [*self.loop.defects, *self._defects.records]
        if defects:
            raise Violation(f"defects: {defects}")
        # Whoever was told of a receipt must not be ahead of those who gave it: they are looked at first.
        # What is written is all that is looked at: whoever has written nothing since looks as before.
        changed = {name for name, person in self.people.items() if self._looked_at.get(name) != person.changes}
        for name in self.people:
            self._hear(name)
            if name in changed:
                self._keep(name)
        for name, person in self.people.items():
            if name in changed:
                self._look_at(name)
                self._looked_at[name] = person.changes
            if person.journal.needless:
                raise Violation(f"{name} has encrypted a message again though nobody asked for it")
            if person.journal.set_aside and not self.tampered:
                raise Violation(f"{name} could not decrypt: {person.journal.set_aside}")
        if twice := self.relay.commits.stored_twice:
            raise Violation(f"the relay has stored {twice} envelopes twice")

    def _answers(self) -> None:
        waiting = []
        for text, who, whom, future in self._asked:
            if not future.done():
                waiting.append((text, who, whom, future))
            elif future.exception() is None:
                self.accepted[text] = (who, whom)
            elif not isinstance(future.exception(), BabiluError):
                raise Violation(f"a command failed by a defect: {future.exception()!r}")
        self._asked = waiting

    def _hear(self, name: str) -> None:
        life = self.people[name].life
        for event in () if life is None else life.told:
            match event:
                case events.GapNoticed(contact, missing):
                    self._gaps[name, contact] += 1
                    self.reckoning.gaps[name, contact] += missing
                    if not self.tampered:
                        raise Violation(f"{name} was told of a gap")
                case events.Warned(ErrorCode.RELAY_RESTORED):
                    pass
                case events.Warned(code, text) if not self.tampered:
                    raise Violation(f"{name} was warned: {code}: {text}")
                case events.AlarmRaised(alarm, contact):
                    self.reckoning.alarms[name, contact] += alarm is AlarmKind.SENDER_GONE
                    if not self.tampered:
                        raise Violation(f"an alarm of {contact} rang at {name}: {alarm}")
                case _:
                    pass
        if life is not None:
            life.told.clear()

    def _keep(self, name: str) -> None:
        with self.people[name].database.read() as unit:
            sql = (
                "SELECT text FROM message WHERE outgoing = 0 AND kind = 'text'"
                " UNION ALL SELECT text FROM message_held_back"
            )
            self.ever_kept[name].update(words(text) for (text,) in unit.statements.all(sql) if text)

    def _look_at(self, name: str) -> None:
        self._keep(name)
        seen = self._sight(name)
        before = self._sights.get(name, Sight())
        self._sights[name] = seen
        doubled = [text for text, count in Counter(text for text, *_ in seen.shown).items() if text and count > 1]
        if doubled:
            raise Violation(f"{name} was shown twice: {doubled}")
        self._check_order(name, seen)
        self._check_notes(name, seen, before)
        for message, (text, state, encrypted, whom) in seen.sent.items():
            earlier = before.sent.get(message)
            if state == "held":
                self.reckoning.held[text] = (name, whom)
            if earlier is not None:
                self._check_step(name, text, earlier[1], state)
            if state in {"delivered", "read"} and text not in self.ever_kept[whom] | self.deleted:
                raise Violation(f"{name} was told that {whom} has {text!r}, and it is not so")
            if encrypted and state in {"queued", "held"} and message not in seen.in_outbox:
                raise Violation(f"{name} has no envelope of {text!r}, which is {state}")
        # Words that are said anew to another identity have another id.
        gone = {text for text, *_ in before.sent.values()} - {text for text, *_ in seen.sent.values()} - self.deleted
        if gone:
            raise Violation(f"{name} has lost {len(gone)} of their own messages")

    def _check_notes(self, name: str, seen: Sight, before: Sight) -> None:
        texts = {text for text, *_ in seen.notes.values()}
        for message, (text, state, encrypted) in seen.notes.items():
            if (state, encrypted, message in seen.in_outbox) != ("delivered", True, False):
                raise Violation(f"{name}: the note {text!r} is {state}, as if it were for somebody")
        lost = [text for text, *_ in before.notes.values() if text not in texts]
        if name not in self.set_back:
            lost += [text for text, (who, whom) in self.accepted.items() if who == whom == name and text not in texts]
        if lost:
            raise Violation(f"{name} has lost notes: {lost}")

    def _check_step(self, name: str, text: str, before: str, state: str) -> None:
        forth = {
            "queued": {"held", "delivered", "read", "failed"},
            "held": {"delivered", "read", "failed"},
            "delivered": {"read"},
            "failed": {"queued", "held", "delivered", "read", "failed"},
            "read": set(),
        }
        back = {("held", "queued")} if self.set_back else set()
        if state == "failed" and not self.tampered:
            raise Violation(f"{name}: {text!r} failed, though nobody had lost it")
        if state != before and state not in forth[before] and (before, state) not in back:
            raise Violation(f"{name}: {text!r} went from {before} to {state}")

    def _check_order(self, name: str, seen: Sight) -> None:
        last: dict[tuple[str, bytes], int] = {}
        # A process that was killed before it told of a gap has left a line of it all the same.
        self._gaps.update((name, contact) for contact in seen.gaps)
        for text, sender, device, counter in seen.shown:
            after = last.get((sender, device), 0)
            # What is said about messages has places between theirs, and there are no more of those than it had.
            between = 0 < counter - after <= self.acted[sender, name] + 1
            if not between and not self._gaps[name, sender] and not self.set_back:
                raise Violation(f"{name} was shown {text!r} as number {counter} after {after}, and told of no gap")
            last[sender, device] = counter

    def _sight(self, name: str) -> Sight:
        with self.people[name].database.read() as unit:
            sql = unit.statements
            sent = sql.all(
                "SELECT m.id, m.text, m.state, EXISTS (SELECT 1 FROM delivery AS d WHERE d.message = m.id"
                " AND d.state <> 'owed'), c.name FROM message AS m"
                " JOIN conversation AS v USING (conversation) JOIN contact AS c ON c.contact = v.contact"
                " WHERE m.outgoing = 1 AND m.deleted = 0"
            )
            notes = sql.all(
                "SELECT m.id, m.text, m.state, NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.message = m.id)"
                " FROM message AS m"
                " JOIN conversation AS v USING (conversation) WHERE v.kind = 'notes'"
            )
            shown = sql.all(
                "SELECT m.text, c.name, m.sender_device, m.counter FROM message AS m"
                " JOIN contact AS c ON c.contact = m.author JOIN conversation AS v USING (conversation)"
                " WHERE v.kind = 'pair' AND m.outgoing = 0 AND m.kind = 'text' ORDER BY m.position"
            )
            in_outbox = sql.all("SELECT message FROM outbox WHERE message IS NOT NULL")
            gaps = sql.all(
                "SELECT DISTINCT c.name FROM message AS m JOIN contact AS c ON c.contact = m.author"
                " WHERE m.kind = 'gap'"
            )
        return Sight(
            sent={row[0]: (words(row[1]), row[2], bool(row[3]), row[4]) for row in sent},
            shown=[(words(row[0]), *row[1:]) for row in shown],
            notes={row[0]: (row[1], row[2], bool(row[3])) for row in notes},
            in_outbox={row[0] for row in in_outbox},
            gaps={row[0] for row in gaps},
        )

    # What must hold in the end.

    def finish(self) -> None:
        """Have everybody back, wait as long as it takes, and check that nothing is left over."""
        for pause in (0, *WAITS):
            if pause > DAY:
                self._sleep_all()
            self.wait(pause)
            self._bring_all_back()
            self.flow()
            self.look()
            self._do_what_users_do()
            self.flow()
            self.look()
            # Whoever has lost the relay a moment ago takes a pause before they call it again.
            if not self._left_over() and all(person.online for person in self.people.values()):
                break
        left = self._left_over()
        if left:
            raise Violation(f"left over: {left}")
        # Where nobody gets through to the relay, nobody is promised anything, and all of it is kept.
        offline = [person.name for person in self.people.values() if not person.online]
        if offline:
            raise Violation(f"not online in the end: {offline}")
        self._check_arrived()
        if not self.tampered:
            self._check_same()

    def _check_same(self) -> None:
        """Check that both ends of each conversation show the same messages."""
        for name in self.people:
            for whom in self.people:
                if self._shown_with(name, whom) != self._shown_with(whom, name):
                    raise Violation(f"{name} and {whom} see different messages")

    def _shown_with(self, name: str, whom: str) -> dict[bytes, tuple[str, bool, dict[str, str]]]:
        """Give what a person sees of a conversation: wordings, what is deleted, and who has reacted how."""
        with self.people[name].database.read() as unit:
            found = unit.contacts.called(whom) if whom != name else None
            if found is None:
                return {}
            number = unit.conversations.of_contact(found.contact).conversation
            reactions: dict[bytes, dict[str, str]] = defaultdict(dict)
            for target, author, signs in unit.statements.all(
                "SELECT target, author, reactions FROM message_reaction WHERE conversation = ? AND reactions <> ''",
                number,
            ):
                reactions[target][whom if author else name] = signs
            rows = unit.statements.all("SELECT id, text, deleted FROM message WHERE conversation = ?", number)
        return {message: (text, bool(deleted), reactions[message]) for message, text, deleted in rows}

    def _sleep_all(self) -> None:
        # Nobody is awake for a month: that would be a hundred thousand pings.
        self.relay.crash()
        for person in self.people.values():
            person.bury()

    def _bring_all_back(self) -> None:
        self.restart_relay()
        for person in self.people.values():
            if person.life is not None:
                person.life.fuse.before_commit = person.life.fuse.after_commit = 0
            if person.wants_rebirth:
                self.set_back.add(person.name)
                self.tampered = True
                person.bury()
            person.start()
            if not person.online:
                person.bury()
                person.start()

    def _do_what_users_do(self) -> None:
        for person in self.people.values():
            with person.database.read() as unit:
                contacts = unit.contacts.all()
                failed = unit.statements.all("SELECT id FROM message WHERE state = 'failed'")
            for contact in contacts:
                if contact.pending is not None:
                    person.succeeds(ask_for.TrustIdentity(contact.name))
            for (message,) in failed:
                person.succeeds(ask_for.Retry(MessageId(message)))
            with person.as_this_run():
                person.client._wake_all()
        self.loop.settle()

    def check_told(self) -> None:
        """Check that nothing which the relay took has vanished in silence, where it is not the relay that lost it."""
        if silent := self.reckoning.vanished(self.ever_kept):
            raise Violation(f"vanished in silence: {silent}")

    def _left_over(self) -> list[str]:
        left = []
        for name, person in self.people.items():
            with person.database.read() as unit:
                sql = unit.statements
                unfinished = sql.number(
                    "SELECT count(*) FROM message AS m JOIN conversation AS v USING (conversation)"
                    " WHERE v.kind = 'pair' AND m.state IN ('queued', 'held', 'failed')"
                )
                aside = [row.reason for row in unit.inbox.quarantined(1_000)]
                counts = {
                    "messages without a receipt": unfinished,
                    "envelopes to send": self._envelopes(unit),
                    "envelopes to read": sql.number("SELECT count(*) FROM inbox WHERE state = 'waiting'"),
                    "undecryptable envelopes": sum(reason in REPAIRABLE for reason in aside),
                    "receipts owed": sql.number("SELECT count(*) FROM receipt"),
                    "actions without a receipt": sql.number("SELECT count(*) FROM own_action"),
                    "actions that wait": 0 if self.tampered else sql.number("SELECT count(*) FROM waiting_action"),
                    "messages held back": sql.number("SELECT count(*) FROM message_held_back"),
                }
            left += [f"{name}: {count} {what}" for what, count in counts.items() if count]
        return left

    def _envelopes(self, unit: UnitOfWork) -> int:
        """Count the envelopes that are to leave, or to be receipted."""
        return unit.statements.number("SELECT count(*) FROM outbox")

    def _check_arrived(self) -> None:
        for text, (who, whom) in self.accepted.items():
            sent = self.deleted | {sent for sent, *_ in self._sights[who].sent.values()}
            if who != whom and who not in self.set_back and text not in sent:
                raise Violation(f"{text!r} was accepted and is gone")
        for name in self.people:
            for text, state, _, whom in self._sights[name].sent.values():
                shown = {shown for shown, *_ in self._sights[whom].shown}
                if text not in self.deleted | (self.ever_kept[whom] if whom in self.set_back else shown):
                    raise Violation(f"{text!r} is {state}, and {whom} was never shown it")
        for name, person in self.people.items():
            with person.database.read() as unit:
                for table, condition in ORPHANS:
                    if unit.statements.number(f"SELECT count(*) FROM {table} WHERE {condition}"):
                        raise Violation(f"{name} has rows in {table} that belong to nothing")
                if unit.statements.all("PRAGMA foreign_key_check"):
                    raise Violation(f"{name} has rows that refer to nothing")


def words(text: str) -> str:
    """Give the first wording of a text."""
    return text.split(EDITED, maxsplit=1)[0]


ORPHANS = (
    ("session", "peer NOT IN (SELECT device FROM contact_device UNION SELECT device FROM departed_device)"),
    ("session", "sending = 1 GROUP BY peer HAVING count(*) > 1"),
    ("contact_device", "contact NOT IN (SELECT contact FROM contact)"),
)


class _Defects(logging.Handler):
    """Takes note of what the product itself calls a defect."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        cause = record.exc_info[1] if record.exc_info else None
        if isinstance(cause, Crash):
            # The life that it was part of is over.
            return
        self.records.append(f"{record.getMessage()}: {cause!r}")


async def _end_tasks() -> None:
    for task in asyncio.all_tasks():
        if task is not asyncio.current_task():
            task.cancel()
