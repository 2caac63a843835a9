"""Storage port of a relay: what it asks of a database, which several nodes may share.

Each call begins at once and returns a future that is done when what it did is on disk.

*Order* is promised for a mailbox alone: the calls of `MailStore` that name a device take effect, for that device, in
the order in which they were made. Between devices and among all other calls there is none; whoever needs one waits for
the answer.

*Whole*: a call is one transaction. One that names several devices may be one for each of them.

*Refusals* are results, and nothing was written for them. An exception means *not known*: what was asked for may have
been done, or a part of it, or may still be done. Nothing may rest on its not having been done. It can be asked for
again: a repetition does no harm, and is answered as the first time or by a refusal that shows what is there already
(``name_taken``, ``not_found``).

- `LinkError` ``unavailable``: the database cannot be used at present (disk full, I/O error, connection lost); a later
  call may work.

Adapters commit many calls together where they can.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from babilu.identity.shapes import PrekeySet
from babilu.kernel.ids import BlobId, DeviceId, EnvelopeId
from babilu.relay.storage.administration import AdministrationStore
from babilu.relay.storage.blobs.port import BlobFiles
from babilu.relay.storage.nodes import NodeStore
from babilu.relay.storage.records import (
    Account,
    AccountCreated,
    Admission,
    BlobRecord,
    Heirs,
    HeldPage,
    HeldPlace,
    ListRecord,
    LoginKey,
    MailboxStanding,
    MailPage,
    NewAccount,
    OpenInvitation,
    Outcome,
    Quota,
    Refused,
    Removed,
    Resumption,
    Stock,
    Submission,
    TakenBundle,
)


class AccountStore(Protocol):
    """Accounts, invitations and the relay's owner."""

    def find(self, name: str) -> "asyncio.Future[Account | None]":
        """Return the account of a normalised name."""

    def find_listing(self, name: str, device: DeviceId) -> "asyncio.Future[Account | None]":
        """Return the account of a normalised name that lists a device; no name costs as much as one without it."""

    def login_key(self, name: str) -> "asyncio.Future[LoginKey | None]":
        """Return what a password login to a name is checked with, at the same cost whether there is such a name."""

    def holdings(self, account: int, place: HeldPlace, rows: int, size: int) -> "asyncio.Future[HeldPage]":
        """Return a part of everything that is held about an account.

        Args:
            account: Number of the account.
            place: Where to begin; ``(0, ())`` for the beginning.
            rows: Most rows.
            size: Most bytes, but at least one row.
        """

    def register(self, new: NewAccount, admission: Admission) -> "asyncio.Future[AccountCreated | Refused]":
        """Make an account with its devices and prekeys, and use its invitation up.

        Refusals, in this order: ``invitation_needed``; ``server_full`` for an account too many; ``name_taken`` for a
        name or a twin of one; ``conflict`` for a device that belongs to another account.
        """

    def change_login(self, account: int, before: bytes, login: LoginKey) -> "asyncio.Future[bool]":
        """Replace the login key where it is ``before`` (a public key), or ``login`` already; tell whether it was."""

    def reset_identity(
        self, account: int, device_list: ListRecord, device: DeviceId, prekeys: PrekeySet
    ) -> "asyncio.Future[Removed | Refused]":
        """Replace all of an account's devices, their prekeys and their mail by a new identity's.

        Where the list is the account's already nothing is done: that was done before.

        Refusals: ``not_found``, ``conflict`` for a device that belongs to another account.
        """

    def delete(self, account: int) -> "asyncio.Future[Removed]":
        """Delete an account with everything that belongs to it."""

    def owner_generation(self) -> "asyncio.Future[int | None]":
        """Return how many owners there have been, or None while there is one."""

    def invite(
        self, token_hash: bytes, created_at: int, expires_at: int, uses: int
    ) -> "asyncio.Future[OpenInvitation]":
        """Keep an invitation, of which only a hash is known here."""

    def invitations(self, now: int) -> "asyncio.Future[tuple[OpenInvitation, ...]]":
        """Return the invitations that can still be used, the oldest first."""

    def revoke(self, invitation: int) -> "asyncio.Future[bool]":
        """Make an invitation unusable; tell whether there was one."""


class DirectoryStore(Protocol):
    """Device lists and prekeys."""

    def replace_list(
        self, account: int, before: bytes, device_list: ListRecord, heirs: Heirs = ()
    ) -> "asyncio.Future[Removed | Refused]":
        """Replace an account's list where its hash is still ``before``; devices no longer listed go.

        Where the list is the account's already nobody goes: that was done before.

        What waits for a device that goes is from then on in the mailbox of its heir, in the same order; without one it
        is deleted.

        Refusals: ``conflict`` for another list than ``before``, or a device that belongs to another account.
        """

    def lists(self, names: Sequence[str]) -> "asyncio.Future[dict[str, ListRecord]]":
        """Return the device lists of those names that are accounts."""

    def add_prekeys(self, device: DeviceId, prekeys: PrekeySet, most: int) -> "asyncio.Future[Stock | Refused]":
        """Add verified prekeys; what is there already stays, and what was used up does not come back.

        A renewed signed or last-resort prekey replaces the one before. Of each kind only ids above all earlier ones
        are added.

        Refusals: ``not_found``; ``conflict`` for an id that is kept with another key; ``quota`` for more than ``most``
        one-time prekeys of a kind.
        """

    def stock(self, device: DeviceId) -> "asyncio.Future[Stock]":
        """Count the one-time prekeys that are left."""

    def take_bundle(self, name: str, device: DeviceId, one_time: bool) -> "asyncio.Future[TakenBundle | Refused]":
        """Return a bundle and delete the one-time prekeys in it.

        Args:
            name: Account of the device.
            device: The device.
            one_time: Whether one-time prekeys may be given out; without them the bundle has the last-resort one.

        Refusals: ``not_found`` for a device that is not listed or has published no prekeys.
        """


class MailStore(Protocol):
    """Mailboxes: one for each device, whose numbers grow by one with each envelope."""

    def submit(self, batch: Sequence[Submission], now: int, quota: Quota) -> "asyncio.Future[list[Outcome]]":
        """Store envelopes, those of one mailbox in order and each once, and remember the senders' highest numbers.

        A device counts its submissions, and submits one again under its number. A storage may take what has a number
        above all that the device has named for new, and look for no earlier one.

        Refusals, each for one submission: ``not_found``, ``quota``. A repeat is answered as the first time even where
        the quota is used up.
        """

    def know(self, device: DeviceId, shares: frozenset[bytes]) -> "asyncio.Future[None]":
        """Replace whose mail a device's owner wants, as `Submission.share` names them; nothing for an unknown device.

        Their shares of the mailbox count what waits, and a part of it is kept for them. The shares of others count
        what they have sent: whether it was fetched shows nobody.
        """

    def acknowledge(self, cursors: Sequence[tuple[DeviceId, int]]) -> "asyncio.Future[frozenset[DeviceId]]":
        """Delete each mailbox up to its cursor, and no further than was given out; unknown devices are passed over.

        Returns:
            The devices that are not this node's any more: that have resumed on another one, or that are unknown.
        """

    def standings(self, devices: Sequence[DeviceId]) -> "asyncio.Future[dict[DeviceId, MailboxStanding]]":
        """Return how far mailboxes are, and whether their devices are this node's; nothing for unknown devices."""

    def resume(
        self, device: DeviceId, cursor: int, envelope: EnvelopeId | None, number: int
    ) -> "asyncio.Future[Resumption | Refused]":
        """Take a client's word on where it stands; what it has is deleted, and the device is this node's from then on.

        Each connection of a device that resumes gets a higher fence than those before it, on whichever node and over
        every reopening: the one with the highest is the device's, and all others end.

        Where the client is ahead of this storage, which was restored from an older copy, everything unacknowledged is
        renumbered above the client's cursor, and numbering goes on from there.

        Args:
            device: The mailbox.
            cursor: Number of the last envelope the client has kept; 0 for none.
            envelope: Id of that envelope.
            number: Highest number the device ever gave a submission.

        Refusals: ``not_found``; ``rolled_back`` for a cursor or a number below what is known here.
        """

    def read(self, device: DeviceId, after: int, messages: int, size: int) -> "asyncio.Future[MailPage]":
        """Return the letters above ``after``: at most ``messages``, and at most ``size`` bytes but always one."""

    def expire(self, stored_before: int, most: int) -> "asyncio.Future[int]":
        """Delete up to ``most`` letters stored before a time; return how many there were."""

    def forget_repeats(self, stored_before: int, expired_before: int, most: int) -> "asyncio.Future[bool]":
        """Look through the next ``most`` remembered envelope ids and forget the older ones.

        Args:
            stored_before: Time before which the ids of acknowledged envelopes are forgotten.
            expired_before: Time before which those of other envelopes are: they have expired.
            most: How many are looked at.

        Returns:
            Whether the end was reached; the next call begins anew then.
        """


class BlobStore(Protocol):
    """Which sealed files there are, and whose; their bytes are elsewhere (`babilu.relay.storage.blobs.port`).

    A row is there before the first byte and goes after the last one. What nobody may read any more is *released*
    first, and forgotten once its bytes are deleted, so that no byte lies on the disk of which no row tells.
    """

    def create(
        self, account: int, blob: BlobId, size: int, now: int, most: int
    ) -> "asyncio.Future[BlobRecord | Refused]":
        """Reserve room for a file of an account, or return what is there of it.

        Refusals: ``quota`` for more than ``most`` bytes of the account; ``conflict`` for an id with another size or of
        another account; ``busy`` for one that is being deleted.
        """

    def complete(self, blob: BlobId, now: int) -> "asyncio.Future[bool]":
        """Record that all of a file is on disk; tell whether it may stay: it was not released meanwhile."""

    def reopen(self, blob: BlobId) -> "asyncio.Future[None]":
        """Record that the bytes of a complete file are not there: it can be written anew."""

    def release(self, account: int, blob: BlobId) -> "asyncio.Future[bool]":
        """Let go of an account's file; tell whether there was one."""

    def release_overdue(
        self, completed_before: int, created_before: int, most: int
    ) -> "asyncio.Future[tuple[BlobId, ...]]":
        """Let go of files that have been complete, or incomplete, for too long; return up to ``most`` released ones.

        Those of deleted accounts, and those that were released before and never forgotten, are among them.
        """

    def release_greediest(self, account: int, needed: int, most: int) -> "asyncio.Future[tuple[BlobId, ...]]":
        """Let go of the oldest complete files of whoever has most of them, while that is more than ``account`` has.

        Args:
            account: Whose file needs the room; what it has counts with what it has reserved.
            needed: Bytes that are enough.
            most: Most files at once.
        """

    def forget(self, blobs: Sequence[BlobId]) -> "asyncio.Future[None]":
        """Delete the rows of released files, whose bytes are deleted."""

    def known(self, blobs: Sequence[BlobId]) -> "asyncio.Future[frozenset[BlobId]]":
        """Return those of which there are rows."""


class Storage(Protocol):
    """Everything a relay keeps."""

    @property
    def epoch(self) -> bytes:
        """Name of the history that the storage holds, 8 random bytes.

        It stays as long as nothing that was accepted is lost. Another one, after a backup was restored or a replica
        took over, tells whoever remembers the former one that what they were told is stored may be missing.
        """

    @property
    def files(self) -> BlobFiles | None:
        """The bytes of sealed files; None where a relay has them in a folder of its own."""

    @property
    def nodes(self) -> NodeStore | None:
        """The nodes that share it; None for a storage that has one alone."""

    @property
    def accounts(self) -> AccountStore:
        """Accounts, invitations and the owner."""

    @property
    def directory(self) -> DirectoryStore:
        """Device lists and prekeys."""

    @property
    def mail(self) -> MailStore:
        """Mailboxes."""

    @property
    def blobs(self) -> BlobStore:
        """Which sealed files there are."""

    @property
    def administration(self) -> AdministrationStore:
        """Accounts and invitations as an operator sees and changes them."""

    async def close(self) -> None:
        """Finish what was begun and let go of the database."""
