"""People with groups: who is meant, who is sent what, and who is shown it, in a world of clients, relay and wires.

Each client's commits say whom a text is owed to, and who stood on its writer's screen at that moment; each envelope
says whose screen listed its recipient when it was sealed. Readers' databases say what is shown, and from whom.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typing_extensions import override

from babilu.api import commands as ask_for
from babilu.api import events, views
from babilu.api.group_views import GroupView
from babilu.engine.commands.contacts import find_conversation
from babilu.engine.conversation.encryption import NOTHING_AT_HAND, SealingContext
from babilu.engine.conversation.groups.asking import KNOWS_MORE
from babilu.engine.conversation.groups.group_turn import GroupTurn
from babilu.engine.conversation.jobs import Ask
from babilu.engine.runtime.group_logs import read_log
from babilu.group.changes import CreateGroup
from babilu.group.group_log import GroupLog
from babilu.group.succession import Succession
from babilu.identity.shapes import DeviceEntry
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import ConversationId, DeviceId, EntryHash, IdentityKey, MessageId
from babilu.kernel.states import GroupAdders, GroupRole
from babilu.store.contact_records import ContactRecord
from babilu.store.conversations import ONESELF
from babilu.store.delivery_records import OutboxRecord
from babilu.store.group_records import GroupRecord
from babilu.store.inbox import HELD_FOR_GROUP
from babilu.store.statements import Statements
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.content_reading import is_group_entries
from tests.faults.model.journal import AttentiveSealer, Journal, WatchedDeliveries
from tests.faults.model.machine_room import SkewedClock, StandingClock
from tests.faults.model.people import Person
from tests.faults.model.world import SECOND, Violation, World

_MEMBERS = "SELECT contact FROM group_member WHERE conversation = ?"

_TO_SEND = (
    "outbox AS o WHERE NOT EXISTS (SELECT 1 FROM message AS m JOIN conversation AS v USING (conversation)"
    " WHERE m.id = o.message AND v.kind = 'group')"
)
"""Envelopes that are to leave: those of texts in groups are looked at one by one."""

_ACTIONS = "delivery WHERE message IN (SELECT id FROM own_action)"


@dataclass
class Meant:
    """What one text of a group is to reach.

    Attributes:
        conversation: Row of its conversation at its writer.
        listed: Whom the writer's screen listed when it was written.
        owed: Whom it was owed to.
        sealed: Whom an envelope was made for.
    """

    conversation: int
    listed: frozenset[int]
    owed: set[int] = field(default_factory=set)
    sealed: set[int] = field(default_factory=set)


class GroupJournal(Journal):
    """A profile's journal that knows of groups.

    Attributes:
        meant: What each own text, edit, reaction or deletion of a group is to reach.
        strays: What was owed to, or sealed for, somebody whom the screen did not list.
    """

    def __init__(self) -> None:
        super().__init__()
        self.meant: dict[MessageId, Meant] = {}
        self.strays: list[str] = []

    @override
    def quarantined(self, reason: str) -> None:
        # Envelopes of a group wait there for its log: what is left of them in the end is looked at.
        if reason != HELD_FOR_GROUP:
            super().quarantined(reason)

    @override
    def attend(self, unit: UnitOfWork) -> None:
        super().attend(unit)
        unit.deliveries = _Deliveries(unit.statements, self)

    def owes(self, sql: Statements, message: MessageId, conversation: int, contact: int) -> None:
        """Take note that a text is owed to somebody, where it is one of a group."""
        if not _is_of_group(sql, message, conversation):
            return
        if contact == ONESELF:
            # The own other devices have all that is said.
            return
        listed = frozenset(row[0] for row in sql.all(_MEMBERS, conversation))
        meant = self.meant.setdefault(message, Meant(conversation, listed))
        meant.owed.add(contact)
        if contact not in listed:
            self.strays.append(f"{message.hex()} is owed to contact {contact}")

    def sealed(self, sql: Statements, group: ConversationId, contact: int, messages: Iterable[MessageId]) -> None:
        """Take note that texts of a group are sealed for somebody."""
        if contact == ONESELF:
            return
        row = sql.one("SELECT conversation FROM group_log WHERE id = ?", group)
        for message in messages:
            if row is None or not _is_of_group(sql, message, row[0]):
                continue
            if contact not in {each[0] for each in sql.all(_MEMBERS, row[0])}:
                self.strays.append(f"{message.hex()} was sealed for contact {contact}")
            if message in self.meant:
                self.meant[message].sealed.add(contact)


class _Deliveries(WatchedDeliveries):
    @override
    def owe(
        self,
        message: MessageId,
        conversation: int,
        contact: int,
        devices: Iterable[DeviceId],
        said_in: ConversationId | None = None,
    ) -> None:
        super().owe(message, conversation, contact, devices, said_in)
        if isinstance(self.journal, GroupJournal):
            self.journal.owes(self._sql, message, conversation, contact)


class GroupSealer(AttentiveSealer):
    """Seals as ever, and says for whom."""

    @override
    def seal_all(
        self,
        unit: UnitOfWork,
        contact: ContactRecord,
        conversation: ConversationId,
        entries: Any,
        sayings: Any,
        now: int,
        context: SealingContext = NOTHING_AT_HAND,
    ) -> list[OutboxRecord]:
        if context.heads is not None and isinstance(self.journal, GroupJournal) and entries:
            messages = [each.message for each in sayings if each.message is not None]
            self.journal.sealed(unit.statements, conversation, contact.contact, messages)
        return super().seal_all(unit, contact, conversation, entries, sayings, now, context)

    @override
    def reseal(
        self, unit: UnitOfWork, contact: ContactRecord, entry: DeviceEntry, row: OutboxRecord, now: int
    ) -> OutboxRecord:
        return super().reseal(unit, contact, entry, row, now)


def _is_of_group(sql: Statements, message: MessageId, conversation: int) -> bool:
    """Tell whether an id is that of something that only members are to have."""
    if sql.number("SELECT kind = 'group' FROM conversation WHERE conversation = ?", conversation) == 0:
        return False
    action = sql.one("SELECT part FROM own_action WHERE id = ? AND conversation = ?", message, conversation)
    return action is None or not is_group_entries(action[0])


class GroupPerson(Person):
    """Somebody whose journal knows of groups."""

    journal_type = GroupJournal
    sealer_type = GroupSealer
    journal: GroupJournal


@dataclass(frozen=True)
class Standing:
    """How a group stands for somebody."""

    record: GroupRecord
    log: GroupLog

    @property
    def role(self) -> GroupRole | None:
        return self.record.own_role

    @property
    def accepted(self) -> bool:
        return self.record.accepted

    @property
    def is_in(self) -> bool:
        return self.role is not None and self.accepted


class GroupWorld(World):
    """Everything there is, with groups.

    Attributes:
        groups: Ids of the groups that were begun.
        goes_on: In which others each of them goes on, as somebody has it.
        churned: For each group who ever left it, or was removed: what they are shown depends on when it comes.
        blocked: Who blocked whom at some time.
        evil: People who do not keep to the rules; nothing is checked of what their own screens show.
        ghosts: What people wrote long after they were out: nobody is shown it.
        closed: Groups in which not everybody wrote at some time: there that depends on it for all.
    """

    person_type = GroupPerson

    def __init__(
        self,
        folder: Path,
        empty_profile: Path,
        empty_relay: Path,
        names: tuple[str, ...],
        skews: Mapping[str, int] | None = None,
    ) -> None:
        self._skews = skews or {}
        super().__init__(folder, empty_profile, empty_relay, names)
        self.groups: list[ConversationId] = []
        self.goes_on: dict[ConversationId, list[ConversationId]] = {}
        self.churned: dict[ConversationId, set[str]] = defaultdict(set)
        self.closed: set[ConversationId] = set()
        self.evil: set[str] = set()
        self.blocked: set[tuple[str, str]] = set()
        self.ghosts: set[tuple[str, ConversationId, int]] = set()
        self._heard: set[tuple[str, str]] = set()
        self._begun: list[Future[GroupView]] = []
        self._others: list[Future[Any]] = []
        self._logs: dict[tuple[str, ConversationId], tuple[int, GroupLog]] = {}
        self._stands: dict[tuple[str, ConversationId], tuple[object, Standing | None]] = {}
        self._spoken: Counter[tuple[str, ConversationId]] = Counter()
        for person in self.people.values():
            self._do(person, ask_for.WhoMayAdd(GroupAdders.EVERYBODY))

    @override
    def clock_of(self, name: str) -> SkewedClock | StandingClock:
        return SkewedClock(self.clock, self._skews[name]) if name in self._skews else self.clock

    # What happens.

    def begin_group(self, who: str, title: str, whom: tuple[str, ...]) -> None:
        """Have somebody begin a group."""
        person = self.people[who]
        if person.life is not None:
            self._begun.append(person.ask(ask_for.StartGroup(title, whom)))

    def in_group(self, who: str, command: ask_for.Command[Any]) -> None:
        """Have somebody do something in a group, which may be refused."""
        self._do(self.people[who], command)

    def _do(self, person: Person, command: ask_for.Command[Any]) -> None:
        if person.life is not None:
            self._others.append(person.ask(command))

    def block(self, who: str, whom: str, *, on: bool) -> None:
        """Have somebody block somebody else, or take that back."""
        person = self.people[who]
        if person.life is not None:
            self.blocked.add((who, whom))
            self._do(person, ask_for.Block(whom) if on else ask_for.Unblock(whom))

    def call(self, who: str, whom: str) -> None:
        """Have somebody call somebody else, who takes every call."""
        caller = self.people[who]
        if caller.life is not None:
            self._others.append(caller.ask(ask_for.Call(views.Address(whom, 5051), whom)))
            self.flow()
        for name, person in self.people.items():
            with person.database.read() as unit:
                requests = unit.requests.all() if person.life is not None else []
            for each in requests:
                self.in_group(name, ask_for.Accept(each.id))

    def say(self, who: str, group: ConversationId) -> None:
        """Have somebody write in a group."""
        person = self.people[who]
        if person.life is None or self.standing(who, group) is None:
            return
        self._spoken[who, group] += 1
        place = f"{self.groups.index(group)} {self.place(who, group)[:6]}"
        text = f"{who} in group {place}: {self._spoken[who, group]}"
        self._others.append(person.ask(ask_for.Send(self.place(who, group), text)))

    # What is seen.

    def standing(self, name: str, group: ConversationId) -> Standing | None:
        """Return how a group stands for somebody; None where they know none."""
        # It is asked for at each choice and each look: it is read anew where anything has changed by which it may.
        seen = self.people[name].changes, sum(map(len, self.goes_on.values()))
        known = self._stands.get((name, group))
        if known is None or known[0] != seen:
            standing = self._read_standing(name, group)
            seen = self.people[name].changes, sum(map(len, self.goes_on.values()))
            known = self._stands[name, group] = seen, standing
        return known[1]

    def _read_standing(self, name: str, group: ConversationId) -> Standing | None:
        with self.people[name].database.read() as unit:
            record = self._newest(unit, group)
            if record is None:
                return None
            known = self._logs.get((name, record.id))
            if known is None or known[0] != record.entries:
                known = self._logs[name, record.id] = record.entries, read_log(unit, record)
        return Standing(record, known[1])

    def _newest(self, unit: UnitOfWork, group: ConversationId) -> GroupRecord | None:
        """Return a group as it goes on the farthest here; whoever has followed may have come back."""
        newest = None
        line = [group]
        for each in line:
            record = unit.groups.by_id(each)
            if record is not None and not (
                self._is_taken_back(unit, newest, record) or self._is_another(unit, newest, record)
            ):
                newest = unit.groups.of_conversation(record.conversation)
            after = None if record is None or record.successor is None else unit.groups.by_log(record.successor)
            if after is not None:
                self.goes_on.setdefault(each, []).append(after.id)
                # What is written where it does not go on, long afterwards, is shown to nobody.
                self.closed.add(group)
            line += [one for one in dict.fromkeys(self.goes_on.get(each, ())) if one not in line]
        return newest

    @staticmethod
    def _is_taken_back(unit: UnitOfWork, newest: GroupRecord | None, record: GroupRecord) -> bool:
        """Tell whether a group is one in which another went on that somebody is in, and that its author took back.

        Whoever was brought it before they knew that is in it beside the other one.
        """
        if newest is None or not newest.joins or newest.conversation == record.conversation:
            return False
        succession = Succession(read_log(unit, newest))
        begun = (each for each in succession.holding() if each.create is not None and each.create.begins == record.id)
        return any(not succession.stands(each.hash) for each in begun)

    @staticmethod
    def _is_another(unit: UnitOfWork, newest: GroupRecord | None, record: GroupRecord) -> bool:
        """Tell whether a group only says that another one goes on in it, which by the log known here does so elsewhere.

        Whoever is added to it is invited to a group like any other.
        """
        first = read_log(unit, record).entries[0].change
        if newest is None or newest.conversation == record.conversation or not isinstance(first, CreateGroup):
            return False
        before = None if first.continues is None else unit.groups.by_id(ConversationId(first.continues.group))
        if before is None:
            return False
        standing = Succession(read_log(unit, before)).standing()
        begun = {each.create.begins for each in standing if each.create is not None}
        there = [group for each in begun if (group := unit.groups.by_id(each)) is not None]
        return record.id not in begun and any(each.conversation == newest.conversation for each in there)

    def place(self, name: str, group: ConversationId) -> str:
        """Return by what somebody knows a group."""
        known = self.standing(name, group)
        return group.hex() if known is None else known.record.id.hex()

    def members(self, name: str, group: ConversationId) -> set[str]:
        """Return the names of those whom somebody's log has in a group."""
        known = self.standing(name, group)
        return set() if known is None else {self.name_of(each.identity) for each in known.log.state.members}

    def account(self, name: str) -> str:
        """Return whose device is called so."""
        return self.people[name].account

    def name_of(self, identity: bytes) -> str:
        """Return whose an identity key is."""
        return next((name for name, person in self.people.items() if person.identity == identity), identity.hex())

    @override
    def _answers(self) -> None:
        super()._answers()
        for future in [each for each in self._begun if each.done()]:
            self._begun.remove(future)
            if future.exception() is None:
                self.groups.append(future.result().conversation_id)
            self._check_refusal(future)
        for future in [each for each in self._others if each.done()]:
            self._others.remove(future)
            self._check_refusal(future)

    @staticmethod
    def _check_refusal(future: "Future[Any]") -> None:
        error = future.exception()
        # Those of whoever is killed meanwhile are abandoned; of a real defect the log tells.
        if error is not None and not isinstance(error, BabiluError):
            raise Violation(f"a command failed by a defect: {error!r}")

    @override
    def _hear(self, name: str) -> None:
        life = self.people[name].life
        if life is not None:
            # Whoever is out and does not know it yet is named.
            life.told[:] = [each for each in life.told if not isinstance(each, events.OutsiderWrote)]
        super()._hear(name)

    @override
    def _look_at(self, name: str) -> None:
        super()._look_at(name)
        journal = self.people[name].journal
        assert isinstance(journal, GroupJournal)
        if journal.strays and name not in self.evil:
            raise Violation(f"{name}: {journal.strays}")
        if name not in self.evil:
            for group in self.groups:
                self._check_screen(name, group)
            self._check_shown(name)

    def _check_screen(self, name: str, group: ConversationId) -> None:
        """Check that rows say what the log says: who is in, and oneself."""
        known = self.standing(name, group)
        if known is None:
            return
        person, record = self.people[name], known.record
        with person.database.read() as unit:
            rows = {
                IdentityKey(contact.identity_key): role for contact, role in unit.groups.members(record.conversation)
            }
            lacking = {
                each.identity
                for each in known.log.state.members
                if each.identity != person.identity and self._is_yet_to_be_listed(person, unit, each.identity)
            }
        state = known.log.state
        by_log = {each.identity: each.role for each in state.members if each.identity not in lacking - rows.keys()}
        own = by_log.pop(person.identity, None)
        if rows != by_log or own is not record.own_role:
            seen = {self.name_of(each): role.value for each, role in rows.items()}
            there = {self.name_of(each): role.value for each, role in by_log.items()}
            raise Violation(f"{name} is shown {seen} and {record.own_role}, and the log has {there} and {own}")
        if record.heads != known.log.heads[:8]:
            raise Violation(f"{name} names other heads than the log has")

    @staticmethod
    def _is_yet_to_be_listed(person: Person, unit: UnitOfWork, identity: IdentityKey) -> bool:
        """Tell whether somebody is not known to a client, or has become known and had no turn since."""
        contact = unit.contacts.by_identity(identity)
        return contact is None or person.life is None or contact.contact in person.threads.waiting

    def brought_in_silence(self, group: ConversationId) -> set[str]:
        """Return those whom only people who keep to no rule have let in, and who were not told: nobody else does."""
        silent: set[str] = set()
        stands = {name: known for name in self.people if (known := self.standing(name, group)) is not None}
        for known in [each for name, each in stands.items() if name not in self.evil]:
            for member in known.log.state.members:
                name = self.name_of(member.identity)
                own = stands.get(name)
                givers = [known.log.entry(EntryHash(each.entry)) for each in member.grants]
                evil = all(each is not None and self.name_of(each.author) in self.evil for each in givers)
                told = own is not None and any(each is not None and each.hash in own.log for each in givers)
                if evil and not told:
                    silent.add(name)
        return silent

    def _check_shown(self, name: str) -> None:
        """Check what is shown of groups: from whom, to whom, how often and in which order."""
        last: dict[str, int] = {}
        seen: set[str] = set()
        for text, author in self.shown(name):
            if text in seen:
                raise Violation(f"{name} was shown {text!r} twice")
            seen.add(text)
            # What is said where a group goes on is of another chain.
            line, (who, group, number) = text.split(": ")[0], self.parts(text)
            # Whoever was let in again meanwhile is heard, whatever ends of the log they name.
            if (who, group, number) in self.ghosts and who in self.members(name, group):
                self._heard.add((name, text))
            if (who, group, number) in self.ghosts and (name, text) not in self._heard:
                raise Violation(f"{name} was shown {text!r}, which was written long after {who} was out")
            if self.account(who) != author:
                raise Violation(f"{name} was shown {text!r} as {author}'s")
            if number <= last.get(line, 0):
                raise Violation(f"{name} was shown {text!r} after number {last[line]}")
            last[line] = number
            self._check_meant(name, who, text)

    def _check_meant(self, name: str, who: str, text: str) -> None:
        found = self.meant(who, text)
        if found is not None and self.account(name) not in self._names(who, found.sealed):
            raise Violation(f"{name} was shown {text!r}, which was not sealed for them")

    def meant(self, who: str, text: str) -> Meant | None:
        """Return whom somebody's text was for."""
        journal = self.people[who].journal
        assert isinstance(journal, GroupJournal)
        with self.people[who].database.read() as unit:
            row = unit.statements.one("SELECT id FROM message WHERE text = ? AND outgoing = 1", text)
        return None if row is None else journal.meant.get(MessageId(row[0]))

    def _names(self, who: str, contacts: Iterable[int]) -> set[str]:
        with self.people[who].database.read() as unit:
            found = [unit.contacts.by_contact(each) for each in contacts]
        return {self.name_of(each.identity_key) for each in found if each is not None}

    def parts(self, text: str) -> tuple[str, ConversationId, int]:
        """Return who has written a text, in which group, and which of theirs it is."""
        who, rest = text.split(" in group ")
        place, number = rest.split(": ")
        return who, self.groups[int(place.split()[0])], int(number)

    def shown(self, name: str) -> list[tuple[str, str]]:
        """Return what somebody is shown of others in groups, in order: text, author."""
        with self.people[name].database.read() as unit:
            return unit.statements.all(
                "SELECT m.text, c.name FROM message AS m JOIN contact AS c ON c.contact = m.author"
                " JOIN conversation AS v ON v.conversation = m.conversation"
                " WHERE v.kind = 'group' AND m.outgoing = 0 AND m.kind = 'text' AND m.deleted = 0 ORDER BY m.position"
            )

    def said(self, name: str) -> list[str]:
        """Return what somebody has written in groups."""
        with self.people[name].database.read() as unit:
            rows = unit.statements.all(
                "SELECT m.text FROM message AS m JOIN conversation AS v USING (conversation)"
                " WHERE v.kind = 'group' AND m.outgoing = 1 AND m.kind = 'text' AND m.deleted = 0 ORDER BY m.position"
            )
        return [text for (text,) in rows]

    # What must hold in the end.

    @override
    def _do_what_users_do(self) -> None:
        super()._do_what_users_do()
        for who, whom in sorted(self.blocked):
            self._do(self.people[who], ask_for.Unblock(whom))
        for name in self.people:
            self.accept_all(name)

    def accept_all(self, name: str) -> None:
        """Have somebody accept to be in all groups that they were added to."""
        for group in self.groups:
            known = self.standing(name, group)
            if known is not None and known.role is not None and not known.accepted:
                self.in_group(name, ask_for.Accept(self.place(name, group)))

    @override
    def _envelopes(self, unit: UnitOfWork) -> int:
        return unit.statements.number(f"SELECT count(*) FROM {_TO_SEND}")

    @override
    def _left_over(self) -> list[str]:
        left = super()._left_over()
        for name, person in self.people.items():
            with person.database.read() as unit:
                held = [row for row in unit.inbox.quarantined(1_000) if row.reason == HELD_FOR_GROUP]
                # Whoever has left, and was let in again where a group went on, has the former one still.
                answered = all(each.accepted for each in unit.groups.all())
            stands = [self.standing(name, group) for group in self.groups]
            if held and answered and all(each is not None and each.is_in for each in stands):
                left.append(f"{name}: {len(held)} envelopes of groups that wait")
            left += [f"{name}: {each}" for each in self._undelivered(name)]
            left += [f"{name}: {each} is to be asked" for each in self._to_be_asked(name)]
        left = [each for each in left if each.split(":")[0] not in self.evil]
        return [each for each in left if not self._is_for_the_silent(each)]

    def _is_for_the_silent(self, left: str) -> bool:
        """Tell whether what is left is for people alone who were let in without a word to them, or keep to no rule."""
        name, _, what = left.partition(": ")
        table = {"envelopes to send": _TO_SEND, "actions without a receipt": _ACTIONS}.get(what.partition(" ")[2])
        if not table or not self.evil:
            return False
        silent = set().union(*map(self.brought_in_silence, self.groups))
        with self.people[name].database.read() as unit:
            rows = unit.statements.all(
                f"SELECT DISTINCT c.name FROM contact AS c WHERE contact IN (SELECT contact FROM {table})"
            )
        return {whom for (whom,) in rows} <= silent | self.evil

    def _to_be_asked(self, name: str) -> list[str]:
        """Return whom somebody asks for what is missing of a group in which both are."""
        with self.people[name].database.read() as unit:
            asked = [
                (group, contact.name)
                for contact in unit.contacts.all()
                for log, _ in unit.group_peers.logs_told(contact.contact, KNOWS_MORE)
                if (group := unit.groups.by_log(log)) is not None and group.joins
            ]
        return [whom for group, whom in asked if self._is_in(whom, group.id)]

    def _is_in(self, name: str, group: ConversationId) -> bool:
        with self.people[name].database.read() as unit:
            record = unit.groups.by_id(group)
        return record is not None and record.joins

    def _undelivered(self, name: str) -> list[str]:
        with self.people[name].database.read() as unit:
            rows = unit.statements.all(
                "SELECT m.text, c.name, d.state FROM delivery AS d JOIN message AS m ON m.id = d.message"
                " AND m.conversation = d.conversation JOIN contact AS c ON c.contact = d.contact"
                " JOIN conversation AS v ON v.conversation = d.conversation"
                " WHERE v.kind = 'group' AND m.outgoing = 1"
            )
        return [
            f"{text!r} is {state} for {whom}"
            for text, whom, state in rows
            if not {self.account(name), whom} & self.churned[self.parts(text)[1]]
            and self.parts(text)[1] not in self.closed
            # Whoever was let in by what turned out not to count is out, and nobody removed them.
            if whom in self.members(name, self.parts(text)[1])
        ]

    @override
    def _check_arrived(self) -> None:
        super()._check_arrived()
        if self.evil:
            self._close_ranks()
            self.look()
        for group in self.groups:
            self._check_equal(group)
        for name in self.people:
            for text in self.said(name):
                self._check_reached(name, text, self.parts(text)[1])

    def _check_equal(self, group: ConversationId) -> None:
        """Check that everybody who is in has the same log, and that who is out by it knows so."""
        if self.evil and not any(self._may_say(name, group) for name in self.people):
            # Nobody could say anything by which others would have heard of what they lack.
            return
        stands = {name: known for name in self.people if (known := self.standing(name, group)) is not None}
        # What is shown to people alone who may write nothing stays with them: no word of theirs names it.
        present = {
            name: known
            for name, known in stands.items()
            if known.role is not None
            and name not in self.evil
            and (not self.evil or known.role is not GroupRole.READER)
        }
        if len({known.record.id for known in present.values()}) > 1:
            raise Violation(f"a group goes on in several: { {n: k.record.id.hex()[:6] for n, k in present.items()} }")
        logs = {name: frozenset(each.hash for each in known.log.entries) for name, known in present.items()}
        if len(set(logs.values())) > 1:
            most = frozenset.union(*logs.values())
            lacks = {name: [self._entry(stands, each) for each in most - log] for name, log in logs.items()}
            raise Violation(f"logs differ; they lack: {lacks}")
        for name in present:
            # Whoever was let in by somebody evil may never have been told.
            silent = self.brought_in_silence(group) - present.keys()
            told = {each for each in self.people if each in stands and each not in self.evil | silent}
            told -= {each for each, known in stands.items() if self.evil and known.role is GroupRole.READER}
            inside = {self.account(each) for each in present}
            if (members := self.members(name, group) & set(map(self.account, told))) != inside:
                raise Violation(f"{name} sees {sorted(members)}, and in are {sorted(inside)}")

    def _may_say(self, name: str, group: ConversationId) -> bool:
        known = self.standing(name, group)
        return name not in self.evil and known is not None and known.is_in and known.role is not GroupRole.READER

    @staticmethod
    def _entry(stands: dict[str, Standing], wanted: bytes) -> str:
        for known in stands.values():
            for each in known.log.entries:
                if each.hash == wanted:
                    return f"{type(each.change).__name__} {each.hash.hex()[:6]}"
        return wanted.hex()

    def _check_reached(self, who: str, text: str, group: ConversationId) -> None:
        meant = self.meant(who, text)
        if meant is None:
            return
        if meant.owed != meant.listed:
            raise Violation(f"{text!r} was owed to {meant.owed}, and listed were {meant.listed}")
        stays = {name for name in self._names(who, meant.listed) if name not in self.churned[group]}
        stays &= self.members(who, group)
        if self.account(who) in self.churned[group] or group in self.closed:
            return
        devices = [name for name in self.people if self.account(name) in stays]
        if lost := [name for name in devices if text not in {each for each, *_ in self.shown(name)}]:
            raise Violation(f"{text!r} was never shown to {lost}")

    # What evil people do.

    def in_turn(self, who: str, group: ConversationId, act: Callable[[GroupTurn], object]) -> None:
        """Have somebody's client do in a turn of a group what no command does."""
        person = self.people[who]
        known = self.standing(who, group)
        if person.life is None or known is None:
            return
        with person.database.read() as unit:
            place = find_conversation(unit, self.place(who, group))
        future: Future[object] = Future()
        with person.as_this_run():
            person.client._effect_runner.targets.conversations.ask(place, Ask(act, future, None))
        self._others.append(future)

    def is_out(self, who: str, group: ConversationId) -> bool:
        """Tell whether everybody honest who is in has somebody out, and they themselves, too."""
        known = self.standing(who, group)
        if known is None or known.role is not None:
            return False
        honest = [name for name in self.people if name not in self.evil]
        stands = [(name, standing) for name in honest if (standing := self.standing(name, group)) is not None]
        return all(who not in self.members(name, group) for name, standing in stands if standing.is_in)

    def haunt(self, who: str, group: ConversationId) -> None:
        """Have somebody who is out write to all whom they know by the heads from before."""
        known, person = self.standing(who, group), self.people[who]
        if known is None or person.life is None:
            return
        first = known.log.entries[0].hash
        with person.database.write() as unit:
            number = known.record.conversation
            unit.statements.run(
                "UPDATE group_log SET own_role = 'member', accepted = 1, heads = ? WHERE log = ?",
                first,
                known.record.log,
            )
            for place, contact in enumerate(unit.contacts.all()):
                unit.statements.run(
                    "INSERT INTO group_member (conversation, contact, role, place) VALUES (?, ?, 'member', ?)"
                    " ON CONFLICT DO NOTHING",
                    number,
                    contact.contact,
                    100 + place,
                )
        before = self._spoken[who, group]
        self.say(who, group)
        if self._spoken[who, group] > before:
            self.ghosts.add((who, group, self._spoken[who, group]))

    def _close_ranks(self) -> None:
        """Have everybody honest say something, until those who are in have told each other all that they know."""
        for _ in range(4):
            self._bring_all_back()
            self.flow()
            for name in self.people:
                self.accept_all(name)
            self.flow()
            for name in self.people:
                for group in self.groups:
                    known = self.standing(name, group)
                    if name not in self.evil and known is not None and known.is_in:
                        self.say(name, group)
            self.flow()
            self.wait(61 * SECOND)
            self.flow()
