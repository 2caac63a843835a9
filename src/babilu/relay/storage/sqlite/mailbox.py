"""Position of a mailbox: which numbers it has given out and deleted, and whose envelopes fill it."""

import sqlite3
from typing import Final

from babilu.kernel.ids import DeviceId
from babilu.relay.storage.records import Quota

REMEMBERED: Final = 20_000
"""Ids of delivered envelopes that a mailbox surely remembers for their time; of those before, it forgets the oldest."""

REMEMBERED_MORE: Final = 5_000
"""How many more there are when they are forgotten: all of a mailbox's are looked through for that."""

KEPT_FOR_KNOWN: Final = 4
"""Part of a mailbox that is kept for those whom its owner knows: one in so many."""

PART_OF_FREE: Final = 4
"""Part of what is free that one whom the owner knows may have: one in so many."""

LEAST_MESSAGES: Final = 4
"""What each sender may take, however many there are, as long as there is room: enough to ask for a conversation."""

LEAST_BYTES: Final = 64 * 1024
"""The same in bytes."""

SENDERS_KEPT: Final = 2_000
"""Senders of one mailbox, unknown to its owner, of whom it is kept what they have sent; those with most are kept."""

_NOTHING: Final = (0, 0)

STEP_MS: Final = 600_000
"""How often time is taken into account."""

Sent = tuple[int, int, int]
"""Messages, bytes, and up to when what time has forgotten of them is taken off."""


class Mailbox:
    """The state of a mailbox, kept while it is in use.

    Attributes:
        number: Its row.
        name: The account it belongs to.
        list_version: Version of that account's device list.
        head: Highest number given out.
        acknowledged: Highest number deleted.
        submitted: Highest number that the device itself gave a submission.
        known: Whose mail its owner wants, as shares name them.
        remembered: Ids of envelopes that are remembered for it, or fewer.
        forget_at: How many there are when the oldest are forgotten.
    """

    __slots__ = (
        "_messages",
        "_most_bytes",
        "_most_messages",
        "_sent",
        "_shares",
        "_size",
        "_wrote",
        "acknowledged",
        "forget_at",
        "head",
        "known",
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
        self.known: frozenset[bytes] = frozenset()
        self.forget_at = REMEMBERED + REMEMBERED_MORE
        # The account's own allowance, in place of the relay's.
        self._most_messages = most_messages
        self._most_bytes = most_bytes
        self._messages = 0
        self._size = 0
        self._shares: dict[bytes, tuple[int, int]] = {}
        # Of those whom the owner does not know.
        self._sent: dict[bytes, Sent] = {}
        # When each of them has written last, those before others who have not written for longer.
        self._wrote: dict[bytes, int] = {}

    def has_room(self, share: bytes, size: int, quota: Quota, now: int, *, own: bool = False) -> bool:
        """Tell whether an envelope of ``size`` bytes still fits, in all and in its sender's share.

        The first one of a sender needs room and nothing else. Of those whom the owner knows, each may take a part of
        what is free. The others share three quarters, and the more of them have written lately, the smaller are the
        shares of all, so that it takes more than a thousand of them to fill it.
        """
        messages = quota.mailbox_messages if self._most_messages is None else self._most_messages
        octets = quota.mailbox_bytes if self._most_bytes is None else self._most_bytes
        if own or share in self.known:
            taken, taken_size = self._shares.get(share, _NOTHING)
            most, most_size = (messages - self._messages) // PART_OF_FREE, (octets - self._size) // PART_OF_FREE
        else:
            taken, taken_size, _ = self._sent_by(share, quota, now)
            messages, octets = messages - messages // KEPT_FOR_KNOWN, octets - octets // KEPT_FOR_KNOWN
            login_queue = self._login_queue(share, quota, now)
            most = max(messages // (2 * login_queue * login_queue), LEAST_MESSAGES)
            most_size = max(octets // (2 * login_queue * login_queue), LEAST_BYTES)
        if self._messages >= messages or self._size + size > octets:
            return False
        return not taken or (
            taken < most
            and taken < quota.sender_messages
            and taken_size + size <= most_size
            and taken_size + size <= quota.sender_bytes
        )

    def take_in(self, seq: int, share: bytes, size: int, quota: Quota, now: int) -> None:
        """Count an envelope that is stored under ``seq``."""
        self.head = seq
        if share not in self.known:
            messages, taken, at = self._sent_by(share, quota, now)
            self._note_sent(share, (messages + 1, taken + size, at))
            self.note_writer(share, now)
        self.count(share, 1, size)

    def note_writer(self, share: bytes, at: int) -> None:
        """Note that somebody whom the owner does not know wrote; those who wrote longest ago are forgotten."""
        self._wrote.pop(share, None)
        self._wrote[share] = at
        if len(self._wrote) > SENDERS_KEPT:
            self._wrote.pop(next(iter(self._wrote)))

    def _login_queue(self, share: bytes, quota: Quota, now: int) -> int:
        """Count those whom the owner does not know and who wrote within `Quota.sender_ms`, and the one who asks.

        Not those whose mail waits: they are fewer once it is fetched, and whoever has two accounts would see that.
        """
        while self._wrote:
            first = next(iter(self._wrote))
            if now - quota.sender_ms < self._wrote[first] <= now:
                break
            del self._wrote[first]
        return len(self._wrote) + (share not in self._wrote)

    def _sent_by(self, share: bytes, quota: Quota, now: int) -> Sent:
        """Tell what somebody whom the owner does not know has sent, less what time has forgotten of it."""
        found = self._sent.get(share)
        if found is None:
            if share not in self._shares:
                return (0, 0, now)
            # From here on it counts by time alone: when its owner fetches it shows nobody.
            found = (*self._shares[share], now)
            self._note_sent(share, found)
        messages, taken, at = found
        passed = now - at
        if passed < STEP_MS:
            return found
        part = passed / max(quota.sender_ms, 1)
        left = int(messages - part * quota.sender_messages)
        # What is less than one message is none.
        return (left, max(int(taken - part * quota.sender_bytes), 0), now) if left > 0 else (0, 0, now)

    def _note_sent(self, share: bytes, sent: Sent) -> None:
        """Keep what somebody has sent; where it is kept of too many, those are forgotten who have sent least lately."""
        self._sent[share] = sent
        if len(self._sent) > SENDERS_KEPT:
            kept = sorted(self._sent.items(), key=lambda item: (item[1][0], item[1][2]))[-SENDERS_KEPT // 2 :]
            self._sent = dict(kept)

    def let_out(self, share: bytes, size: int) -> None:
        """Count an envelope that was deleted."""
        self.count(share, -1, -size)

    def count(self, share: bytes, messages: int, size: int) -> None:
        """Add to what waits, in all and of one sender."""
        self._messages += messages
        self._size += size
        before = self._shares.get(share)
        taken_messages, taken_size = _NOTHING if before is None else before
        if taken_messages + messages > 0:
            self._shares[share] = (taken_messages + messages, taken_size + size)
        elif before is not None:
            del self._shares[share]

    def know(self, shares: frozenset[bytes]) -> None:
        """Record whose mail the owner wants."""
        self.known = shares


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
