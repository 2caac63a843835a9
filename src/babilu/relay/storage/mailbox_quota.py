"""How full a mailbox is and whose envelopes fill it: what decides whether one more has room."""

from collections.abc import Iterable
from typing import Final

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


class MailboxQuota:
    """What waits in a mailbox, and of whom.

    Args:
        most_messages: Allowance of the mailbox's account in place of the relay's; None for the relay's.
        most_bytes: The same in bytes.

    Attributes:
        known: Whose mail its owner wants, as shares name them.
    """

    __slots__ = ("_messages", "_most_bytes", "_most_messages", "_sent", "_shares", "_size", "_wrote", "known")

    def __init__(self, most_messages: int | None, most_bytes: int | None) -> None:
        self.known: frozenset[bytes] = frozenset()
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

    def take_in(self, share: bytes, size: int, quota: Quota, now: int) -> None:
        """Count an envelope that is stored."""
        if share not in self.known:
            messages, taken, at = self._sent_by(share, quota, now)
            self._note_sent(share, (messages + 1, taken + size, at))
            self.note_writer(share, now)
        self.count(share, 1, size)

    def take_back(self, share: bytes, size: int) -> None:
        """Undo `take_in` for an envelope that was not stored after all."""
        if share not in self.known and share in self._sent:
            messages, taken, at = self._sent[share]
            self._sent[share] = (max(messages - 1, 0), max(taken - size, 0), at)
        self.count(share, -1, -size)

    def recount(self, waiting: Iterable[tuple[bytes, int, int]]) -> None:
        """Replace what waits, as messages and bytes of each sender; what was sent is counted on."""
        self._messages = self._size = 0
        self._shares.clear()
        for share, messages, size in waiting:
            self.count(share, messages, size)

    def guess(self, messages: int) -> None:
        """Correct how many envelopes wait where whose they are is not known."""
        self._messages = messages

    def allow(self, most_messages: int | None, most_bytes: int | None) -> None:
        """Replace the account's own allowance; None for the relay's."""
        self._most_messages = most_messages
        self._most_bytes = most_bytes

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
