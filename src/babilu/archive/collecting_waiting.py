"""Collector of what waits: texts and voice notes that were not sent, messages and actions that wait, people who ask.

What is to happen at a time, or by itself, happens on one device alone: a text that is sent later is in an archive
without whether it waits for a decision, and whoever restores it decides.
"""

from collections import Counter
from collections.abc import Iterator

import msgspec

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
from babilu.kernel.errors import ProtocolError
from babilu.store.archive_waiting import WaitingRows
from babilu.store.statements import Row
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.content_reading import read_part
from babilu.wire.message_parts import Edit, Text


class WaitingCollector:
    """Gives what waits in one snapshot.

    Args:
        unit: The snapshot.
        disappearing: Whether it gives what will disappear.
    """

    def __init__(self, unit: UnitOfWork, *, disappearing: bool) -> None:
        self._rows = WaitingRows(unit.statements)
        self._disappearing = disappearing

    def scheduled(self, conversation: int) -> Iterator[ArchivedScheduled]:
        """Give the texts that are sent later to a conversation."""
        times: Counter[Row] = Counter()
        for number, *said in self._rows.scheduled(conversation):
            meant_for, text, due_at, reply_to, mentions, timer = said
            named = tuple(mentions.split("\n")) if mentions else ()
            files, again = self._rows.files_of_scheduled(number), times[tuple(said)]
            times[tuple(said)] += 1
            yield ArchivedScheduled(meant_for, text, due_at, reply_to, named, timer, files, again)

    def sounds(self, conversation: int) -> Iterator[ArchivedSound]:
        """Give the parts of the voice note of a conversation that was not sent."""
        for row in self._rows.sounds(conversation):
            yield ArchivedSound(*row)

    def held(self, conversation: int) -> Iterator[ArchivedHeld]:
        """Give the messages that wait for others."""
        for row in self._rows.held(conversation):
            # SQLite has no booleans.
            held = msgspec.convert(row, ArchivedHeld, strict=False)
            if self._is_in(held.part):
                yield held

    def actions(self, conversation: int) -> Iterator[ArchivedAction]:
        """Give what was said of messages that have not come."""
        for waits_for, action, author, device, said_at, lasting, until, part in self._rows.actions(conversation):
            if self._is_in(part):
                yield ArchivedAction(waits_for, action, author, device, said_at, bool(lasting), until, part)

    def links(self, log: int) -> Iterator[ArchivedLink]:
        """Give the links into a group."""
        for token_hash, author, link, uses, used, approval, expires_at, revoked, invitation in self._rows.links(log):
            people = tuple((person, bool(came)) for person, came in self._rows.users_of(token_hash))
            yield ArchivedLink(
                token_hash, author, link, uses, used, bool(approval), expires_at, bool(revoked), invitation, people
            )

    def join_requests(self, log: int) -> Iterator[ArchivedJoinRequest]:
        """Give who waits to be let into a group."""
        for row in self._rows.join_requests(log):
            yield ArchivedJoinRequest(*row)

    def asked(self) -> Iterator[ArchivedAsked]:
        """Give whom one has asked to be let into a group."""
        for row in self._rows.asked():
            yield ArchivedAsked(*row)

    def requests(self) -> Iterator[ArchivedRequest]:
        """Give the strangers who want to talk without a relay."""
        for request, identity, name, device_list, host, port, at, device in self._rows.requests():
            yield ArchivedRequest(request, identity, name, device_list, (host, port), at, device)

    def _is_in(self, part: bytes) -> bool:
        """Tell whether what was said goes into the archive: what disappears only if that was asked for."""
        if self._disappearing:
            return True
        try:
            said = read_part(part, chained=True)
        except ProtocolError:
            return True
        return not isinstance(said, Text | Edit) or said.timer is None
