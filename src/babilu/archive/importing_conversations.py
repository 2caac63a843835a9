"""Importer of conversations: what is set in them, and the logs of groups; messages come after them."""

from collections.abc import Sequence

from babilu.archive.groups import unreadable
from babilu.archive.importing_waiting import NumberOf
from babilu.archive.records import ArchivedConversation, ArchivedEntry, ArchivedLog
from babilu.kernel.ids import ConversationId, EntryHash, entry_hash
from babilu.kernel.states import ConversationKind, ImportSource
from babilu.store.archive_inserts import ArchiveInserts
from babilu.store.conversations import ONESELF
from babilu.store.group_records import KeptEntry
from babilu.store.unit_of_work import UnitOfWork


class ConversationImporter:
    """Takes conversations into a profile, in one transaction.

    Args:
        unit: The transaction.
        number_of: Gives the number of a person.
    """

    def __init__(self, unit: UnitOfWork, number_of: NumberOf) -> None:
        self._unit = unit
        self._inserts = ArchiveInserts(unit.statements)
        self._number_of = number_of

    def conversation(self, archived: ArchivedConversation, *, stays: bool) -> bool:
        """Take a conversation, with what is set in it; tells whether it was taken.

        Args:
            archived: The conversation.
            stays: Whether what is set in it stays as it is, where it is one with a contact or with oneself.
        """
        unit, inserts = self._unit, self._inserts
        kind = ConversationKind(archived.kind)
        present = inserts.conversations().get(archived.id)
        if kind is ConversationKind.GROUP:
            if present is not None:
                return False
            label = unit.conversations.free_label(archived.title, archived.label)
            number = unit.conversations.add_group(
                ConversationId(archived.id), archived.title, label, archived.created_at
            ).conversation
            for person, role, place in archived.members:
                inserts.add_member(number, self._number_of(person) or ONESELF, role, place)
        elif kind is ConversationKind.IMPORTED:
            if present is not None:
                return False
            number = self._imported(archived)
        elif present is None or stays:
            # That of a pair or of notes has its id by who is in it, and was made with them.
            return False
        else:
            number = present
            if unit.messages.has_texts(number):
                return False
        inserts.set_conversation(
            number,
            (
                archived.draft,
                archived.draft_reply,
                int(archived.pinned),
                int(archived.archived),
                int(archived.marked_unread),
                int(archived.hidden),
                archived.muted_until,
                archived.timer,
                *(
                    None if each is None else int(each)
                    for each in (archived.receipts, archived.typing, archived.presence)
                ),
                archived.created_at,
                archived.id_since,
            ),
        )
        return True

    def _imported(self, archived: ArchivedConversation) -> int:
        """Add a conversation that another program has exported."""
        if archived.source is None:
            raise unreadable()
        source = ImportSource(archived.source)
        place = self._unit.conversations.add_imported(
            ConversationId(archived.id), source, archived.title, archived.created_at, archived.label
        ).conversation
        for name, person, own in archived.imported:
            self._unit.imports.keep_person(place, name, self._number_of(person), own=own)
        return place

    def logs(self, scope: bytes, logs: Sequence[ArchivedLog]) -> None:
        """Take the logs of a group: each is of the group that goes on in the next."""
        inserts = self._inserts
        number = inserts.conversations().get(scope)
        if number is None:
            raise unreadable()
        for log in logs:
            inserts.add_log(
                number,
                (
                    log.id,
                    int(log.accepted),
                    self._number_of(log.added_by),
                    log.added_at,
                    log.own_role,
                    log.topic,
                    log.picture,
                    int(log.everybody_adds),
                    int(log.everybody_posts),
                    int(log.everybody_pins),
                    log.members,
                    log.heads,
                    log.followed,
                    log.followed_since,
                    log.history,
                    log.history_days,
                ),
            )
        for log in logs:
            if log.successor is not None:
                inserts.link_logs(log.id, log.successor)

    def entries(self, group: ConversationId, entries: Sequence[ArchivedEntry]) -> None:
        """Take those entries of a group's log that are not there yet."""
        groups = self._unit.groups
        record = groups.by_id(group)
        if record is None:
            raise unreadable()
        known = {each.hash for each in groups.entries(record.log)}
        fresh: dict[EntryHash, KeptEntry] = {}
        for each in entries:
            name = entry_hash(each.signature, each.body)
            if name not in known:
                fresh[name] = KeptEntry(name, each.body, each.signature, each.stored_at, each.received_at)
        groups.append(record.log, list(fresh.values()))
