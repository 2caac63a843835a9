"""Position of a mailbox: which numbers it has given out and deleted, beside whose envelopes fill it."""

import sqlite3

from babilu.kernel.ids import DeviceId
from babilu.relay.storage.mailbox_quota import REMEMBERED, REMEMBERED_MORE, MailboxQuota


class Mailbox(MailboxQuota):
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

    __slots__ = ("acknowledged", "forget_at", "head", "list_version", "name", "number", "remembered", "submitted")

    def __init__(
        self, number: int, name: str, list_version: int, most_messages: int | None, most_bytes: int | None
    ) -> None:
        super().__init__(most_messages, most_bytes)
        self.number = number
        self.name = name
        self.list_version = list_version
        self.head = 0
        self.acknowledged = 0
        self.submitted = 0
        self.remembered = 0
        self.forget_at = REMEMBERED + REMEMBERED_MORE


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
    wrote = []
    for share, messages, size, at in connection.execute(
        "SELECT share, count(*), sum(size), max(stored_at) FROM mail WHERE mailbox = ? GROUP BY share", (number,)
    ):
        mailbox.count(share, messages, size)
        wrote.append((at, share))
    mailbox.head = max(head, acknowledged, last or 0)
    mailbox.acknowledged = acknowledged
    mailbox.submitted = submitted
    known = connection.execute("SELECT share FROM known WHERE mailbox = ?", (number,))
    mailbox.know(frozenset(share for (share,) in known))
    for at, share in sorted(wrote):
        if share not in mailbox.known:
            mailbox.note_writer(share, at)
    (mailbox.remembered,) = connection.execute("SELECT count(*) FROM stored WHERE mailbox = ?", (number,)).fetchone()
    return mailbox
