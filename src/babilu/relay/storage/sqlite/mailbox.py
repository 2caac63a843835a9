"""Where one mailbox stands: which numbers it has given out and deleted, and whose envelopes fill it."""

import sqlite3
from typing import Final

from babilu.kernel.ids import DeviceId
from babilu.relay.storage.records import Quota

REMEMBERED: Final = 20_000
"""Ids of delivered envelopes that a mailbox surely remembers for their time; of those before, it forgets the oldest."""

REMEMBERED_MORE: Final = 5_000
"""How many more there are when they are forgotten: all of a mailbox's are looked through for that."""

_NOTHING = (0, 0)


class Mailbox:
    """The state of a mailbox, kept while it is in use.

    Attributes:
        number: Its row.
        name: The account it belongs to.
        list_version: Version of that account's device list.
        head: Highest number given out.
        acknowledged: Highest number deleted.
        submitted: Highest number that the device itself gave a submission.
        remembered: Ids of envelopes that are remembered for it, or fewer.
        forget_at: How many there are when the oldest are forgotten.
    """

    __slots__ = (
        "_messages",
        "_most_bytes",
        "_most_messages",
        "_shares",
        "_size",
        "acknowledged",
        "forget_at",
        "head",
        "list_version",
        "name",
        "number",
        "remembered",
        "submitted",
    )

    def __init__(
        self, number: int, name: str, list_version: int, most_messages: int | None, most_bytes: int | None
    ) -> None:
        self.number = number
        self.name = name
        self.list_version = list_version
        self.head = 0
        self.acknowledged = 0
        self.submitted = 0
        self.remembered = 0
        self.forget_at = REMEMBERED + REMEMBERED_MORE
        # The account's own allowance, in place of the relay's.
        self._most_messages = most_messages
        self._most_bytes = most_bytes
        self._messages = 0
        self._size = 0
        self._shares: dict[bytes, tuple[int, int]] = {}

    def has_room(self, share: bytes, size: int, quota: Quota) -> bool:
        """Tell whether an envelope of ``size`` bytes still fits, in all and in its sender's share."""
        most_messages = quota.mailbox_messages if self._most_messages is None else self._most_messages
        most_bytes = quota.mailbox_bytes if self._most_bytes is None else self._most_bytes
        if self._messages >= most_messages or self._size + size > most_bytes:
            return False
        messages, taken = self._shares.get(share, _NOTHING)
        return messages < quota.sender_messages and taken + size <= quota.sender_bytes

    def take_in(self, seq: int, share: bytes, size: int) -> None:
        """Count an envelope that is stored under ``seq``."""
        self.head = seq
        self.count(share, 1, size)

    def let_out(self, share: bytes, size: int) -> None:
        """Count an envelope that was deleted."""
        self.count(share, -1, -size)

    def count(self, share: bytes, messages: int, size: int) -> None:
        """Add to what waits, in all and of one sender."""
        self._messages += messages
        self._size += size
        taken_messages, taken_size = self._shares.get(share, _NOTHING)
        if taken_messages + messages > 0:
            self._shares[share] = (taken_messages + messages, taken_size + size)
        else:
            self._shares.pop(share, None)


def load_mailbox(connection: sqlite3.Connection, device: DeviceId) -> Mailbox | None:
    """Read where the mailbox of a device stands; None for a device that is not there."""
    row = connection.execute(
        "SELECT device.id, account.name, account.list_version, head, acknowledged, submitted, mailbox_messages,"
        " mailbox_bytes"
        " FROM device JOIN account ON account.id = device.account WHERE device.device = ?",
        (device,),
    ).fetchone()
    if row is None:
        return None
    number, name, list_version, head, acknowledged, submitted, most_messages, most_bytes = row
    mailbox = Mailbox(number, name, list_version, most_messages, most_bytes)
    (last,) = connection.execute("SELECT max(seq) FROM mail WHERE mailbox = ?", (number,)).fetchone()
    for share, messages, size in connection.execute(
        "SELECT share, count(*), sum(size) FROM mail WHERE mailbox = ? GROUP BY share", (number,)
    ):
        mailbox.count(share, messages, size)
    mailbox.head = max(head, acknowledged, last or 0)
    mailbox.acknowledged = acknowledged
    mailbox.submitted = submitted
    (mailbox.remembered,) = connection.execute("SELECT count(*) FROM stored WHERE mailbox = ?", (number,)).fetchone()
    return mailbox
