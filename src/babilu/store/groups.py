"""Groups as their logs have them: entries are kept in the order in which they were taken, members in that of rank.

A conversation of a group has one log, or several where it goes on without its owner; the one whose id the conversation
bears counts.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from babilu.kernel.ids import ConversationId, EntryHash, IdentityKey
from babilu.kernel.states import GroupRole
from babilu.store.contact_records import ContactRecord
from babilu.store.contacts import CONTACT_COLUMNS, contact_record
from babilu.store.group_records import GroupRecord, KeptEntry
from babilu.store.message_search import MessageSearch
from babilu.store.statements import Row, Statements
from babilu.store.strangers import Strangers

OWN: Final = 0
"""Stands for oneself among members: it takes a place, and no row."""

HASH_BYTES: Final = 32


INVITATIONS_KEPT: Final = 50
"""Groups that others have added us to and nobody has answered."""

INVITATIONS_OF_ONE: Final = 4
"""The same of one person."""

_COLUMNS: Final = (
    "log", "id", "conversation", "accepted", "added_by", "added_at", "own_role", "topic", "picture", "everybody_adds",
    "everybody_posts", "everybody_pins", "members", "entries", "heads", "followed", "followed_since", "successor",
    "split", "history", "history_days", "own_grant",
)  # fmt: skip

_GROUPS: Final = f"SELECT {', '.join(f'g.{column}' for column in _COLUMNS)} FROM group_log AS g"
_SHOWN: Final = " JOIN conversation AS v ON v.conversation = g.conversation AND v.id = g.id"
"""Leaves the logs that count: their conversations bear their ids."""

_IS_FELLOW: Final = (
    "EXISTS (SELECT 1 FROM group_member AS f JOIN group_log AS g ON g.conversation = f.conversation"
    f"{_SHOWN} WHERE f.contact = contact.contact AND g.accepted = 1 AND g.own_role IS NOT NULL)"
)

_OF_CONVERSATION: Final = (
    "message_edit", "message_reaction", "register_write", "waiting_action", "action_seen", "own_action",
    "message_hidden", "message_held_back", "message_deleted", "delivery", "scheduled", "recording", "message",
    "group_member",
)  # fmt: skip
"""Tables of which what belongs to a conversation goes with it; the rest follows by itself."""


class Groups:
    """Groups, their logs and their members, inside one transaction.

    Args:
        statements: The connection's statements.
        search: By what messages are found.
        strangers: What becomes of people who are in no group any more.
    """

    def __init__(self, statements: Statements, search: MessageSearch, strangers: Strangers) -> None:
        self._sql = statements
        self._search = search
        self._strangers = strangers

    def add(
        self, group: ConversationId, conversation: int, now: int, *, accepted: bool, added_by: int | None
    ) -> GroupRecord:
        """Add a group, with an empty log.

        Args:
            group: Its id.
            conversation: Number of the conversation in which it is shown.
            now: Unix milliseconds.
            accepted: Whether the user has begun or accepted it.
            added_by: Number of the contact who added us; None for ourselves.
        """
        log = self._sql.insert(
            "INSERT INTO group_log (id, conversation, accepted, added_by, added_at) VALUES (?, ?, ?, ?, ?)",
            group,
            conversation,
            int(accepted),
            added_by,
            now,
        )
        return GroupRecord(log, group, conversation, accepted, added_by, now)

    def by_id(self, group: ConversationId) -> GroupRecord | None:
        """Return the group of an id, also one that goes on elsewhere."""
        return self._find(" WHERE g.id = ?", group)

    def by_log(self, log: int) -> GroupRecord | None:
        """Return the group of a row number."""
        return self._find(" WHERE g.log = ?", log)

    def of_conversation(self, conversation: int) -> GroupRecord | None:
        """Return the group that counts in a conversation."""
        return self._find(f"{_SHOWN} WHERE g.conversation = ?", conversation)

    def all(self) -> list[GroupRecord]:
        """Return all groups, also those that go on elsewhere, the oldest first."""
        return self._all(" ORDER BY g.log")

    def invitations(self) -> list[GroupRecord]:
        """Return the groups that somebody has added us to and the user has not accepted, the oldest first."""
        return self._all(" WHERE g.accepted = 0 AND g.own_role IS NOT NULL ORDER BY g.log")

    def has_room_for(self, added_by: int) -> bool:
        """Tell whether somebody may add us to one group more that nobody here has answered.

        Of those that we were taken out of again before an answer something is kept as well; what we have left or
        declined ourselves is answered.
        """
        waiting = "SELECT count(*) FROM group_log WHERE accepted = 0 AND answered = 0"
        return (
            self._sql.number(waiting) < INVITATIONS_KEPT
            and self._sql.number(f"{waiting} AND added_by = ?", added_by) < INVITATIONS_OF_ONE
        )

    def groups_of(self, contact: int) -> list[GroupRecord]:
        """Return the groups in which somebody else is, the oldest first."""
        return self._all(
            f"{_SHOWN} JOIN group_member AS f ON f.conversation = g.conversation WHERE f.contact = ? ORDER BY g.log",
            contact,
        )

    def append(self, log: int, entries: Sequence[KeptEntry]) -> None:
        """Keep entries that were taken, after those that are there."""
        place = self._sql.number("SELECT max(place) FROM group_entry WHERE log = ?", log)
        self._sql.run_many(
            "INSERT INTO group_entry (log, place, hash, body, signature, stored_at, received_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (log, number, one.hash, one.body, one.signature, one.stored_at, one.received_at)
                for number, one in enumerate(entries, place + 1)
            ],
        )
        self._sql.run("UPDATE group_log SET entries = entries + ? WHERE log = ?", len(entries), log)

    def entries(self, log: int, after: int = 0) -> list[KeptEntry]:
        """Return the entries of a log in their order, those after the first so many."""
        rows = self._sql.all(
            "SELECT hash, body, signature, stored_at, received_at FROM group_entry WHERE log = ? AND place > ?"
            " ORDER BY place",
            log,
            after,
        )
        return [KeptEntry(EntryHash(row[0]), *row[1:]) for row in rows]

    def note_copy(self, log: int, entry: EntryHash, stored_at: int) -> None:
        """Note when the relay stored another copy of an entry: the earliest counts."""
        self._sql.run(
            "UPDATE group_entry SET stored_at = ?1 WHERE log = ?2 AND hash = ?3 AND stored_at > ?1",
            stored_at,
            log,
            entry,
        )

    def copies(self, log: int, entries: Iterable[EntryHash]) -> dict[EntryHash, tuple[int, int]]:
        """Return of entries that are kept when the relay stored the first copy of each, and when it came."""
        found: dict[EntryHash, tuple[int, int]] = {}
        for entry in entries:
            row = self._sql.one("SELECT stored_at, received_at FROM group_entry WHERE log = ? AND hash = ?", log, entry)
            if row is not None:
                found[entry] = row[0], row[1]
        return found

    def set_state(self, record: GroupRecord, members: Sequence[tuple[int, GroupRole]]) -> None:
        """Keep how a group stands.

        Args:
            record: All of it counts but how many entries the log has.
            members: Who is in, the most senior first: numbers of contacts, and `OWN` where one stands oneself, if
                that is to be known. They are kept for the log that counts in its conversation.
        """
        before, values = self.by_log(record.log), _values(record)
        self._sql.run(
            f"UPDATE group_log SET {', '.join(f'{column} = ?' for column in values)} WHERE log = ?",
            *values.values(),
            record.log,
        )
        shown = self.of_conversation(record.conversation)
        if shown is not None and shown.log == record.log:
            gone_or_new = self._set_members(record.conversation, members)
            if before is None or before.joins is not record.joins:
                self._meet(gone_or_new.union(contact for contact, _ in members))
            else:
                self._meet(gone_or_new)

    def accept(self, log: int) -> None:
        """Record that the user has accepted a group: whoever is in it is no stranger any more."""
        self._sql.run("UPDATE group_log SET accepted = 1 WHERE log = ?", log)
        record = self.by_log(log)
        if record is not None:
            self._meet(contact for contact, _, _ in self._present(record.conversation))

    def keep_split(self, log: int, people: Sequence[IdentityKey]) -> None:
        """Keep among whom the user is to choose, as they go on with a group in different ways; nobody for no more."""
        self._sql.run("UPDATE group_log SET split = ? WHERE log = ?", b"".join(people), log)

    def unaccept(self, log: int) -> None:
        """Record that the user is to be asked before being in a group again, as they have left or declined it."""
        self._sql.run("UPDATE group_log SET accepted = 0, answered = 1 WHERE log = ?", log)
        record = self.by_log(log)
        if record is not None:
            self._meet(contact for contact, _, _ in self._present(record.conversation))

    def forget(self, log: int) -> None:
        """Forget a group that was declined: the conversation, its logs, and everything that is of it."""
        record = self.by_log(log)
        if record is None:
            return
        number = record.conversation
        people = {contact for contact, _, _ in self._present(number)}
        people |= {one.added_by for one in self._all(" WHERE g.conversation = ?", number) if one.added_by is not None}
        for (position,) in self._sql.all("SELECT position FROM message WHERE conversation = ?", number):
            self._search.remove(position)
        self._sql.run(
            "UPDATE outbox SET part = coalesce((SELECT m.part FROM message AS m"
            " WHERE m.id = outbox.message AND m.conversation = ?1 AND m.outgoing = 1),"
            " (SELECT a.part FROM own_action AS a WHERE a.id = outbox.message AND a.conversation = ?1), part)"
            " WHERE gone = 0 AND message IN (SELECT message FROM delivery WHERE conversation = ?1)",
            number,
        )
        self._sql.run(
            "DELETE FROM chain WHERE conversation IN (SELECT id FROM group_log WHERE conversation = ?)", number
        )
        for table in _OF_CONVERSATION:
            self._sql.run(f"DELETE FROM {table} WHERE conversation = ?", number)
        self._sql.run("UPDATE group_log SET successor = NULL WHERE conversation = ?", number)
        for table in ("group_log", "conversation"):
            self._sql.run(f"DELETE FROM {table} WHERE conversation = ?", number)
        self._meet(people)
        self._strangers.let_go(sorted(people))

    def members(self, conversation: int) -> list[tuple[ContactRecord, GroupRole]]:
        """Return who else is in a group, the most senior first."""
        rows = self._sql.all(
            f"SELECT f.role, {', '.join(f'c.{column}' for column in CONTACT_COLUMNS)} FROM group_member AS f"
            " JOIN contact AS c ON c.contact = f.contact WHERE f.conversation = ? ORDER BY f.place",
            conversation,
        )
        return [(contact_record(row[1:]), GroupRole(row[0])) for row in rows]

    def former_ids(self, conversation: int) -> list[ConversationId]:
        """Return the ids that a group's conversation had before it went on in another group, the newest first."""
        rows = self._sql.all(
            "SELECT g.id FROM group_log AS g JOIN conversation AS v ON v.conversation = g.conversation AND v.id <> g.id"
            " WHERE g.conversation = ? ORDER BY g.log DESC",
            conversation,
        )
        return [ConversationId(row[0]) for row in rows]

    def is_in_line(self, record: GroupRecord) -> bool:
        """Tell whether a group counts in its conversation, or goes on step by step in the one that does."""
        row = self._sql.one(
            "WITH RECURSIVE line(log) AS (SELECT g.log FROM group_log AS g JOIN conversation AS v"
            " ON v.conversation = g.conversation AND v.id = g.id WHERE g.conversation = ?1"
            " UNION SELECT g.log FROM group_log AS g JOIN line ON g.successor = line.log WHERE g.conversation = ?1)"
            " SELECT 1 FROM line WHERE log = ?2",
            record.conversation,
            record.log,
        )
        return row is not None

    def former(self, record: GroupRecord) -> list[GroupRecord]:
        """Return the groups of a conversation that went on in a group, step by step, the latest first."""
        line = [record]
        for each in line:
            line += self._all(" WHERE g.successor = ? AND g.conversation = ?", each.log, record.conversation)
        return line[1:]

    def is_member(self, conversation: int, contact: int) -> bool:
        """Tell whether somebody else is in a group."""
        row = self._sql.one("SELECT 1 FROM group_member WHERE conversation = ? AND contact = ?", conversation, contact)
        return row is not None

    def set_history(self, log: int, messages: int, days: int) -> None:
        """Set how many messages, of how many days, newcomers are given whom we let into a group."""
        self._sql.run("UPDATE group_log SET history = ?, history_days = ? WHERE log = ?", messages, days, log)

    def keep_places(self, log: int, first: int, count: int) -> None:
        """Keep places among all messages for what was written in a group before we came."""
        self._sql.run("UPDATE group_log SET place_next = ?, place_end = ? WHERE log = ?", first, first + count, log)

    def next_place(self, log: int) -> int | None:
        """Take one of the places that are kept for what was written before we came; None where there is none."""
        row = self._sql.one(
            "UPDATE group_log SET place_next = place_next + 1 WHERE log = ? AND place_next < place_end"
            " RETURNING place_next - 1",
            log,
        )
        return None if row is None else int(row[0])

    def goes_to(self, group: ConversationId, contact: int) -> bool:
        """Tell whether what is said in a group goes to somebody else: both are in. What is no group goes to all."""
        row = self._sql.one(
            "SELECT own_role IS NOT NULL AND EXISTS"
            " (SELECT 1 FROM group_member AS f WHERE f.conversation = g.conversation AND f.contact = ?2)"
            " FROM group_log AS g WHERE g.id = ?1",
            group,
            contact,
        )
        return row is None or bool(row[0])

    def recipients(self, group: ConversationId) -> frozenset[int]:
        """Return to whom goes what is said in a group; see `goes_to`."""
        rows = self._sql.all(
            "SELECT f.contact FROM group_log AS g JOIN group_member AS f ON f.conversation = g.conversation"
            " WHERE g.id = ? AND g.own_role IS NOT NULL",
            group,
        )
        return frozenset(contact for (contact,) in rows)

    def heads(self, group: ConversationId) -> tuple[EntryHash, ...] | None:
        """Return what contents of a group name as the ends of its log; None for no group."""
        row = self._sql.one("SELECT heads FROM group_log WHERE id = ?", group)
        return None if row is None else split_hashes(row[0])

    def own_place(self, conversation: int) -> int:
        """Return before how many others one comes in a group, where `set_state` was told; else one comes last."""
        places = {place for _, _, place in self._present(conversation)}
        return next(place for place in range(len(places) + 1) if place not in places)

    def set_lacking(self, log: int, identities: Iterable[IdentityKey]) -> None:
        """Keep which members of a group cannot be listed, as nobody here knows a device of theirs."""
        wanted = set(identities)
        kept = {
            IdentityKey(row[0]) for row in self._sql.all("SELECT identity_key FROM group_lacking WHERE log = ?", log)
        }
        self._sql.run_many(
            "DELETE FROM group_lacking WHERE log = ? AND identity_key = ?", [(log, each) for each in kept - wanted]
        )
        self._sql.run_many(
            "INSERT INTO group_lacking (log, identity_key) VALUES (?, ?)",
            [(log, each) for each in sorted(wanted - kept)],
        )

    def lacking(self, identity: IdentityKey) -> list[GroupRecord]:
        """Return the groups that somebody is in and in which they are not listed; see `set_lacking`."""
        return self._all(" JOIN group_lacking AS k ON k.log = g.log WHERE k.identity_key = ? ORDER BY g.log", identity)

    def _set_members(self, conversation: int, members: Sequence[tuple[int, GroupRole]]) -> set[int]:
        """Keep who is in, and return who has come or gone."""
        present = {contact: (role, place) for contact, role, place in self._present(conversation)}
        wanted = {contact: (role, place) for place, (contact, role) in enumerate(members) if contact != OWN}
        self._sql.run_many(
            "DELETE FROM group_member WHERE conversation = ? AND contact = ?",
            [(conversation, contact) for contact in present.keys() - wanted.keys()],
        )
        self._sql.run_many(
            "INSERT INTO group_member (conversation, contact, role, place) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (conversation, contact) DO UPDATE SET role = excluded.role, place = excluded.place",
            [
                (conversation, contact, role.value, place)
                for contact, (role, place) in wanted.items()
                if present.get(contact) != (role, place)
            ],
        )
        return present.keys() ^ wanted.keys()

    def _meet(self, contacts: Iterable[int]) -> None:
        """Bring up to date whether people are in a group with us that was accepted."""
        self._sql.run_many(
            f"UPDATE contact SET once_fellow = max(once_fellow, {_IS_FELLOW}), fellow = {_IS_FELLOW}"
            f" WHERE contact = ? AND fellow <> {_IS_FELLOW}",
            [(contact,) for contact in sorted(contacts)],
        )

    def _present(self, conversation: int) -> list[tuple[int, GroupRole, int]]:
        rows = self._sql.all("SELECT contact, role, place FROM group_member WHERE conversation = ?", conversation)
        return [(contact, GroupRole(role), place) for contact, role, place in rows]

    def _find(self, condition: str, value: int | bytes) -> GroupRecord | None:
        found = self._all(condition, value)
        return found[0] if found else None

    def _all(self, rest: str, *values: int | bytes) -> list[GroupRecord]:
        return [_record(row) for row in self._sql.all(_GROUPS + rest, *values)]


def _values(record: GroupRecord) -> dict[str, str | int | bytes | None]:
    """Return the columns that `Groups.set_state` writes."""
    return {
        "accepted": int(record.accepted),
        "added_by": record.added_by,
        "added_at": record.added_at,
        "own_role": None if record.own_role is None else record.own_role.value,
        "own_grant": record.own_grant,
        "topic": record.topic,
        "picture": record.picture,
        "everybody_adds": int(record.everybody_adds),
        "everybody_posts": int(record.everybody_posts),
        "everybody_pins": int(record.everybody_pins),
        "members": record.members,
        "heads": b"".join(record.heads),
        "followed": record.followed,
        "followed_since": record.followed_since,
        "successor": record.successor,
        "split": b"".join(record.split),
    }


def _record(row: Row) -> GroupRecord:
    return GroupRecord(
        log=row[0],
        id=ConversationId(row[1]),
        conversation=row[2],
        accepted=bool(row[3]),
        added_by=row[4],
        added_at=row[5],
        own_role=None if row[6] is None else GroupRole(row[6]),
        topic=row[7],
        picture=row[8],
        everybody_adds=bool(row[9]),
        everybody_posts=bool(row[10]),
        everybody_pins=bool(row[11]),
        members=row[12],
        entries=row[13],
        heads=split_hashes(row[14]),
        followed=None if row[15] is None else EntryHash(row[15]),
        followed_since=row[16],
        successor=row[17],
        split=tuple(map(IdentityKey, split_hashes(row[18]))),
        history=row[19],
        history_days=row[20],
        own_grant=None if row[21] is None else EntryHash(row[21]),
    )


def split_hashes(heads: bytes) -> tuple[EntryHash, ...]:
    return tuple(EntryHash(heads[start : start + HASH_BYTES]) for start in range(0, len(heads), HASH_BYTES))
