"""Records that go into a storage and come out of it: immutable, and none names a database.

Times are Unix milliseconds, sizes are bytes.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from babilu.crypto.password import LoginCost
from babilu.identity.shapes import Bundle, PrekeySet, SignedDeviceList
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import BlobId, DeviceId, EnvelopeId
from babilu.kernel.limits import DAY_MS, INTEGER_MAX


class StorageRecord(msgspec.Struct, frozen=True, gc=False):
    """Base of all records; they hold no cycles, so the collector need not look at them."""


NO_ACCOUNT: Final = 0
"""Number of no account."""


class LoginKey(StorageRecord, frozen=True, gc=False):
    """What a password login is checked with.

    Attributes:
        salt: Salt the client derives its login key with.
        cost: Cost it is derived with.
        public: Ed25519 public key.
    """

    salt: bytes
    cost: LoginCost
    public: bytes


class ListedDevice(StorageRecord, frozen=True, gc=False):
    """A device of an account, as its person's list names it."""

    device: DeviceId
    signing_key: bytes
    agreement_key: bytes
    signature: bytes


Heirs = Sequence[tuple[DeviceId, DeviceId]]
"""Devices that leave a list, each with the new one that gets its mail."""


class ListRecord(StorageRecord, frozen=True, gc=False):
    """An account's device list, verified by whoever hands it in.

    Attributes:
        signed: The list as its owner signed it.
        hash: Its `list_hash`.
        version: The version in its body.
        identity_key: The person.
        devices: The devices in its body.
    """

    signed: SignedDeviceList
    hash: bytes
    version: int
    identity_key: bytes
    devices: tuple[ListedDevice, ...]


class Account(StorageRecord, frozen=True, gc=False):
    """An account as it is kept.

    Attributes:
        account: Number of the account, never used again.
        name: Normalised name.
        owner: Whether it is the relay's owner.
        login: What a password login is checked with.
        device_list: Its current devices.
        created_at: When it was made.
        disabled: Whether nobody may log in to it.
    """

    account: int
    name: str
    owner: bool
    login: LoginKey
    device_list: ListRecord
    created_at: int
    disabled: bool = False


class NewAccount(StorageRecord, frozen=True, gc=False):
    """An account to be made.

    Attributes:
        name: Normalised name.
        skeleton: What the name looks like; no two accounts share one.
        login: What a password login is checked with.
        device_list: Its first devices.
        device: The device that the prekeys belong to.
        prekeys: Verified prekeys of that device.
        created_at: When.
    """

    name: str
    skeleton: str
    login: LoginKey
    device_list: ListRecord
    device: DeviceId
    prekeys: PrekeySet
    created_at: int


class Admission(StorageRecord, frozen=True, gc=False):
    """Grounds on which an account may be made.

    Attributes:
        open: Whether no invitation is needed.
        token_hash: Hash of the invitation that came along, or None.
        owner: Whether that invitation was the owner's; it counts only while there is no owner.
        accounts: How many accounts there may be; the owner's comes on top.
    """

    open: bool
    token_hash: bytes | None
    owner: bool
    accounts: int = INTEGER_MAX

    def lets_in(self, *, owner: bool, invited: bool) -> bool:
        """Tell whether an account may be made at all: by its owner's invitation, by another one, or by anybody."""
        return owner or invited or self.open

    def has_room(self, accounts: int, *, owner: bool) -> bool:
        """Tell whether one more may be made where there are so many."""
        return owner or accounts < self.accounts


class AccountCreated(StorageRecord, frozen=True, gc=False):
    """An account was made."""

    account: int
    owner: bool


class Refused(StorageRecord, frozen=True, gc=False):
    """Refusal: nothing was written."""

    code: ErrorCode


CONFLICT: Final = Refused(ErrorCode.CONFLICT)
NOT_FOUND: Final = Refused(ErrorCode.NOT_FOUND)
QUOTA: Final = Refused(ErrorCode.QUOTA)
ROLLED_BACK: Final = Refused(ErrorCode.ROLLED_BACK)


class Stock(StorageRecord, frozen=True, gc=False):
    """One-time prekeys that are left for a device."""

    ec: int
    kem: int


class TakenBundle(StorageRecord, frozen=True, gc=False):
    """A bundle whose one-time prekeys are gone from the storage, and what is left."""

    bundle: Bundle
    left: Stock


class OpenInvitation(StorageRecord, frozen=True, gc=False):
    """An invitation that can still be used; its token is known to whoever holds it."""

    invitation: int
    created_at: int
    expires_at: int
    uses: int


class Submission(StorageRecord, frozen=True, gc=False):
    """An envelope to be stored.

    Attributes:
        sender: Device that submits it.
        number: The sender device's count of envelopes.
        share: What the sender's share of the mailbox is kept under: it names nobody without the relay's key.
        own: Whether it is the sender's own account that the mailbox belongs to.
        name: Account of the recipient, as the sender wrote it.
        list_version: Version of the recipient's device list that the sender knows.
        device: Recipient device.
        envelope_id: Id of the envelope.
        envelope: The envelope.
    """

    sender: DeviceId
    number: int
    share: bytes
    name: str
    list_version: int
    device: DeviceId
    envelope_id: EnvelopeId
    envelope: bytes
    own: bool = False


class Stored(StorageRecord, frozen=True, gc=False):
    """The envelope is on disk under the next number of its mailbox.

    Attributes:
        seq: That number.
        stored_at: When.
        node: Number of the node that the mailbox's device last resumed on, and that is to be told; None where there
            is none, and in a storage that has one node.
    """

    seq: int
    stored_at: int
    node: int | None = None


class Repeated(StorageRecord, frozen=True, gc=False):
    """This very envelope was stored for this device before, at ``stored_at``."""

    stored_at: int


class StaleDeviceList(StorageRecord, frozen=True, gc=False):
    """The sender knows another device list of the recipient than the current one."""

    name: str
    device_list: SignedDeviceList


Outcome = Stored | Repeated | StaleDeviceList | Refused
"""What became of a submission."""


class Resumption(StorageRecord, frozen=True, gc=False):
    """Where a mailbox stands, and whose it is.

    Attributes:
        acknowledged: Highest number that is deleted.
        head: Highest number given out.
        fence: How it is told from earlier and later connections of the device: the later, the higher.
        former: Number of another node that the device had resumed on before, and that is to be told; else None.
    """

    acknowledged: int
    head: int
    fence: int
    former: int | None = None


class MailboxStanding(StorageRecord, frozen=True, gc=False):
    """How far a mailbox is, for a node whose hints may have been lost.

    Attributes:
        head: Highest number given out.
        here: Whether no other node's connection has resumed for the device since this node's.
    """

    head: int
    here: bool = True


class StoredEnvelope(StorageRecord, frozen=True, gc=False):
    """An envelope that waits in a mailbox."""

    seq: int
    stored_at: int
    envelope: bytes


class MailPage(StorageRecord, frozen=True, gc=False):
    """Letters of a mailbox in order of their numbers, and the highest number given out when they were read."""

    stored_envelopes: tuple[StoredEnvelope, ...]
    head: int


class Removed(StorageRecord, frozen=True, gc=False):
    """Devices that an account lost, with their mail."""

    devices: tuple[DeviceId, ...]


class Quota(StorageRecord, frozen=True, gc=False):
    """How much may wait in one mailbox, in all and from one sender.

    Attributes:
        mailbox_messages: In all.
        mailbox_bytes: The same in bytes.
        sender_messages: From one sender: what waits, of those whom the mailbox's owner knows; of others what was sent.
        sender_bytes: The same in bytes.
        sender_ms: Time in which what others have sent is forgotten.
    """

    mailbox_messages: int
    mailbox_bytes: int
    sender_messages: int
    sender_bytes: int
    sender_ms: int = DAY_MS


HeldValue = int | str | bytes | None
"""What a column of a row holds."""


class HeldTable(StorageRecord, frozen=True, gc=False):
    """Rows of one table that are about an account."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[HeldValue, ...], ...]


HeldKey = tuple[int, int | bytes] | tuple[()]
"""Number of a device, or 0, and what the last row that was read is found by there; empty before the first."""

HeldPlace = tuple[int, HeldKey]
"""Number of a table, and the key behind which to read on."""


class HeldPage(StorageRecord, frozen=True, gc=False):
    """A part of everything that is held about an account.

    Attributes:
        tables: The rows.
        following: Where the rest begins; None at the end.
    """

    tables: tuple[HeldTable, ...]
    following: HeldPlace | None


class BlobRecord(StorageRecord, frozen=True, gc=False):
    """A sealed file that a relay stores, or has room for.

    Attributes:
        blob: Its id.
        size: Bytes of the whole file.
        complete: Whether all of it is on disk.
    """

    blob: BlobId
    size: int
    complete: bool
