"""Importer of what waits: nothing of it happens by itself, and what has come is shown by the turn with its author."""

from collections.abc import Callable

import msgspec

from babilu.archive.groups import ArchiveGroup, GroupKind, records_of, unreadable
from babilu.archive.waiting_records import (
    ArchivedAction,
    ArchivedAsked,
    ArchivedHeld,
    ArchivedJoinRequest,
    ArchivedLink,
    ArchivedRequest,
    ArchivedScheduled,
    ArchivedSound,
)
from babilu.identity.device_list import decode_device_list, verify_device_list
from babilu.kernel.ids import ConversationId, DeviceId, MessageId
from babilu.store.archive_waiting import WaitingRows
from babilu.store.conversations import ONESELF
from babilu.store.message_records import WaitingRecord
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.file_entry import FileEntry, decode_entry

NumberOf = Callable[[bytes | None], int | None]
"""Gives the number of a person; None for oneself."""


class WaitingImporter:
    """Takes what waits into a profile, in one transaction.

    Args:
        unit: The transaction.
        number_of: Gives the number of a person.
        now: Unix milliseconds.
    """

    def __init__(self, unit: UnitOfWork, number_of: NumberOf, now: int) -> None:
        self._unit = unit
        self._rows = WaitingRows(unit.statements)
        self._number_of = number_of
        self._now = now

    def take(self, group: ArchiveGroup, conversation: int | None) -> None:
        """Take a group of a kind that is of what waits; others it passes over.

        Args:
            group: The group.
            conversation: Number of the conversation that it is of; None where it is of none that is known.
        """
        match group.kind:
            case GroupKind.SCHEDULED:
                for scheduled in records_of(group, ArchivedScheduled):
                    self._scheduled(_known(conversation), scheduled)
            case GroupKind.SOUNDS:
                for sound in records_of(group, ArchivedSound):
                    self._rows.add_sound(
                        _known(conversation), (sound.started_at, sound.place, sound.sound, sound.levels)
                    )
            case GroupKind.LINKS:
                for link in records_of(group, ArchivedLink):
                    self._link(self._log(group.scope), link)
            case GroupKind.JOIN_REQUESTS:
                for request in records_of(group, ArchivedJoinRequest):
                    self._join_request(self._log(group.scope), request)
            case _:
                self._take_of_people(group)

    def _take_of_people(self, group: ArchiveGroup) -> None:
        match group.kind:
            case GroupKind.ASKED:
                for asked in records_of(group, ArchivedAsked):
                    self._asked(asked)
            case GroupKind.REQUESTS:
                for stranger in records_of(group, ArchivedRequest):
                    self._request(stranger)

    def held(self, conversation: int, held: ArchivedHeld) -> None:
        """Take a message that waited for others: it waits for none of them here."""
        if self._unit.messages.has_come(MessageId(held.id), conversation):
            return
        author = ONESELF if held.author is None else self._number_of(held.author)
        self._rows.add_held(
            conversation,
            author or ONESELF,
            (
                held.device, held.chain, held.counter, held.id, held.text, held.sent_at, held.said_at, held.part,
                held.route, int(held.first), held.not_understood,
            ),
        )  # fmt: skip

    def action(self, conversation: int, action: ArchivedAction) -> None:
        """Take what was said of a message that had not come; where it is here, what became of it stands with it."""
        unit, waits_for = self._unit, MessageId(action.waits_for)
        if action.until <= self._now or unit.messages.is_known(waits_for, conversation):
            return
        author = ONESELF if action.author is None else self._number_of(action.author)
        if unit.waiting_actions.waits(conversation, MessageId(action.id)):
            return
        unit.waiting_actions.add(
            WaitingRecord(
                conversation=conversation,
                waits_for=waits_for,
                id=MessageId(action.id),
                author=author or ONESELF,
                device=DeviceId(action.device),
                said_at=action.said_at,
                lasting=action.lasting,
                until=action.until,
                part=action.part,
            )
        )

    def _scheduled(self, conversation: int, text: ArchivedScheduled) -> None:
        entries = [(_decoded(entry).blob, entry) for entry in text.files]
        mentions = "\n".join(text.mentions)
        values = (text.meant_for, text.text, text.due_at, text.reply_to, mentions, text.timer)
        self._rows.add_scheduled(conversation, values, entries, text.again)

    def _link(self, log: int, link: ArchivedLink) -> None:
        author = None if link.author is None else self._number_of(link.author)
        people = [(number, int(came)) for person, came in link.people if (number := self._number_of(person))]
        self._rows.add_link(
            log,
            (
                link.token_hash, author, link.link, link.uses, link.used, int(link.approval), link.expires_at,
                int(link.revoked), link.invitation,
            ),
            people,
        )  # fmt: skip

    def _join_request(self, log: int, request: ArchivedJoinRequest) -> None:
        contact = self._number_of(request.person)
        if contact:
            self._rows.add_join_request(log, contact, (request.id, request.token_hash, request.at))

    def _asked(self, asked: ArchivedAsked) -> None:
        contact = self._number_of(asked.person)
        if contact:
            self._unit.group_links.note_asked(ConversationId(asked.group), contact, asked.until)

    def _request(self, stranger: ArchivedRequest) -> None:
        if verify_device_list(decode_device_list(stranger.device_list)).identity_key != stranger.identity:
            raise unreadable()
        self._rows.add_request(
            (stranger.id, stranger.identity, stranger.name, stranger.device_list, *stranger.address, stranger.at,
             stranger.device)
        )  # fmt: skip

    def _log(self, group: bytes) -> int:
        record = self._unit.groups.by_id(ConversationId(group))
        if record is None:
            raise unreadable()
        return record.log


def _known(conversation: int | None) -> int:
    if conversation is None:
        raise unreadable()
    return conversation


def _decoded(entry: bytes) -> FileEntry:
    try:
        return decode_entry(entry)
    except msgspec.DecodeError as error:
        raise unreadable() from error
