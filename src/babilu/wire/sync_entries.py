"""Entries of a `Sync` part: what own devices tell each other of what is set, read, deleted and received."""

from enum import IntEnum, unique
from typing import Annotated

import msgspec

from babilu.identity.shapes import Id16, Key32, Natural
from babilu.kernel.limits import SYNC_MESSAGES, SYNC_SUBJECT_BYTES, SYNC_VALUE_BYTES


@unique
class RegisterKind(IntEnum):
    """What a register is about; its subject is the identity key of a person, or the id of what is named here.

    Values are MessagePack. A version keeps a register whose kind it does not know, for the next one to go by.
    """

    KNOWN = 1
    """A person whom one knows: `[account, given name, host or nil, port or nil]`."""

    DEVICE_LIST = 2
    """A device list of a person, signed by them, by which a device that does not know them yet can."""

    NAME = 3
    """What a person is called here."""

    VERIFIED = 4
    """Whether the safety number of a person was compared; the device that wrote it is the one that says so."""

    ACCEPTED = 5
    BLOCKED = 6

    DIRECT_ALLOWED = 7
    """Whether a person may be shown one's address."""

    APPROVED = 8
    """`[identity key, signed device list]`: the identity that took the place of this one of a person, by their word."""

    PINNED = 16
    MUTED_UNTIL = 17
    ARCHIVED = 18

    DRAFT = 19
    """`[text, id of the message that it answers or nil]`, of a conversation."""

    MARKED_UNREAD = 20

    CHOICES = 21
    """`[receipts, typing, presence]` of a conversation, each of them nil where it is as everywhere."""

    GROUP_ACCEPTED = 32
    """That one wants to be in a group, by its id."""

    FAILED = 40
    """Why an own message goes to nobody, by its id: a stable code, or nil where it is under way again."""

    SETTING = 48
    """A setting that concerns the person, by its name: its bytes, or nil."""

    OWN_PICTURE = 49
    """`[time, JPEG picture or nil]`; its subject is empty."""


class SyncWrite(msgspec.Struct, frozen=True, array_like=True):
    """A write to a register; of several the highest by (at, device, value) counts.

    Attributes:
        kind: What the register is about (`RegisterKind`).
        subject: Whom or what.
        value: MessagePack.
        at: Milliseconds: the later of its writer's clock and 1 after the highest time that it knew of this register.
        device: The device that wrote it.
    """

    kind: Annotated[int, msgspec.Meta(ge=0, le=65_535)]
    subject: Annotated[bytes, msgspec.Meta(max_length=SYNC_SUBJECT_BYTES)]
    value: Annotated[bytes, msgspec.Meta(max_length=SYNC_VALUE_BYTES)]
    at: Natural
    device: Id16

    @property
    def rank(self) -> tuple[int, bytes, bytes]:
        """By what writes to one register are compared."""
        return self.at, self.device, self.value


class SyncReceipt(msgspec.Struct, frozen=True, array_like=True):
    """A receipt that a device of somebody gave for an own message.

    Attributes:
        message: Id of the message.
        person: Identity key of who gave it.
        device: Their device.
        read: Whether it tells of reading.
        at: When it came, Unix milliseconds.
    """

    message: Id16
    person: Key32
    device: Id16
    read: bool
    at: Natural


SyncMessages = Annotated[tuple[Id16, ...], msgspec.Meta(min_length=1, max_length=SYNC_MESSAGES)]
"""Ids of messages of one conversation."""


class SyncRead(msgspec.Struct, frozen=True, array_like=True):
    """Messages of others that were read on an own device.

    Attributes:
        conversation: Id of their conversation.
        messages: Their ids.
        at: When they were read, Unix milliseconds: the clocks of those that disappear run from then.
    """

    conversation: Key32
    messages: SyncMessages
    at: Natural


class SyncGone(msgspec.Struct, frozen=True, array_like=True):
    """Messages that one has deleted for oneself."""

    conversation: Key32
    messages: SyncMessages
