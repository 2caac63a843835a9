"""Untold messages: a relay held them, and the device that sent them is gone: nobody tells any more how far they came.

A backup has messages that were held when it was made, and a device that leaves the own list leaves its own behind.
Receipts go to the device that has sent. Where nothing was told as long as a relay holds mail, they count as failed: who
sends one again sends the same message, which whoever has it already sees once.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from babilu.api import events
from babilu.engine.conversation.effects import Effect, Tell
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.own_devices import own_list
from babilu.engine.runtime.places import label_of
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import DeviceId
from babilu.kernel.states import MessageState
from babilu.store.archive_inserts import ArchiveInserts
from babilu.store.message_records import MessageRecord
from babilu.store.unit_of_work import UnitOfWork

LOOK_MS: Final = 6 * 60 * 60 * 1000
"""Shortest time between two looks at all messages."""

FAILED_AT_ONCE: Final = 100
"""Messages that one transaction fails."""


class UntoldMessages:
    """Fails what nobody tells of any more.

    Args:
        base: The profile and the ports.
        run: Runs effects.
    """

    def __init__(self, base: ClientContext, run: Callable[[Iterable[Effect]], None]) -> None:
        self._base = base
        self._run = run
        self._looked_at: int | None = None

    def look(self) -> None:
        """Fail what has waited in vain, in the thread of commands.

        Raises:
            ProfileError: The disk is at fault.
        """
        now = self._base.clock.monotonic_ms()
        if self._looked_at is not None and now < self._looked_at + LOOK_MS:
            return
        self._looked_at = now
        while self._fail(self._untold()):
            pass

    def _untold(self) -> list[MessageRecord]:
        base = self._base
        listed = [DeviceId(entry.device) for entry in own_list(base.own).devices]
        now = base.clock.now_ms()
        with base.database.read() as unit:
            return unit.messages.untold(listed, now, now - base.limits.mail_kept_ms, FAILED_AT_ONCE)

    def _fail(self, found: Sequence[MessageRecord]) -> bool:
        """Fail messages; tells whether any did, and more may."""
        told: list[Effect] = []
        if not found:
            return False
        with self._base.database.write() as unit:
            for message in found:
                told += _fail_one(unit, message)
        self._run(told)
        return bool(told)


def _fail_one(unit: UnitOfWork, message: MessageRecord) -> list[Effect]:
    error = ErrorCode.SENDER_GONE.value
    changed = unit.messages.advance_state(message.id, MessageState.FAILED, error=error)
    where = unit.conversations.by_number(message.conversation)
    if changed is None or changed.state is None or where is None:
        return []
    if unit.groups.of_conversation(message.conversation) is not None:
        ArchiveInserts(unit.statements).fail_for_members(message.conversation, message.id, error)
    contact = None if where.contact is None else unit.contacts.by_contact(where.contact)
    label = label_of(where, contact)
    return [Tell(events.MessageStateChanged(message.id, label, changed.state, None, error, where.id))]
