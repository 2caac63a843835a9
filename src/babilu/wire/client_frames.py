"""Frames from a client to its relay: tagged MessagePack arrays, whose fields are only ever appended.

A request carries a number (`request`) that its answer repeats. Bodies that are signed travel as byte strings, so that
both ends hash the very same bytes.
"""

from typing import Annotated

import msgspec

from babilu.identity.shapes import Hash32, Id16, Key32, Natural, PrekeySet, Signature64
from babilu.kernel.limits import NAMES_WATCHED
from babilu.wire.frame_base import (
    BlobPart,
    Body,
    Bye,
    Envelope,
    Frame,
    HoldingsKey,
    LinkingMessage,
    Name,
    Ping,
    Pong,
    SealedTransient,
)


class Hello(Frame, frozen=True):
    """First frame of a connection: the protocol versions the client speaks, and what program it is."""

    request: Natural
    versions: Annotated[tuple[Natural, ...], msgspec.Meta(min_length=1, max_length=16)]
    client: Annotated[str, msgspec.Meta(max_length=64)]


class GetSalt(Frame, frozen=True):
    """Ask for the salt and cost with which the login key of ``name`` is derived."""

    request: Natural
    name: Name


class Register(Frame, frozen=True):
    """Make an account: a `RegisterBody`, signed by its login key and by its first device."""

    request: Natural
    body: Body
    login_signature: Signature64
    device_signature: Signature64


class Login(Frame, frozen=True):
    """Log in with the login key (the password): a `LoginBody`; no device is named, so no mail flows."""

    request: Natural
    body: Body
    signature: Signature64


class LoginDevice(Frame, frozen=True):
    """Log in with a listed device's signing key: a `LoginDeviceBody`."""

    request: Natural
    body: Body
    signature: Signature64


class FetchOwnList(Frame, frozen=True):
    """Ask for the list by which the own device was removed: a `FetchOwnListBody`."""

    request: Natural
    body: Body
    signature: Signature64


class ResetIdentity(Frame, frozen=True):
    """Start over under the same name with a new identity: a `ResetIdentityBody`, signed by login key and new device."""

    request: Natural
    body: Body
    login_signature: Signature64
    device_signature: Signature64


class ChangePasswordFrame(Frame, frozen=True):
    """Replace the login key: a `ChangePasswordBody`, signed by the old login key and by the new one."""

    request: Natural
    body: Body
    login_signature: Signature64
    new_login_signature: Signature64


class DeleteAccountFrame(Frame, frozen=True):
    """Delete the account with its mail: a `DeleteAccountBody`, signed by the login key."""

    request: Natural
    body: Body
    login_signature: Signature64


class PublishDeviceList(Frame, frozen=True):
    """Replace the account's device list by its next one: a `PublishDeviceListBody`, signed by the login key."""

    request: Natural
    body: Body
    login_signature: Signature64


class PublishPrekeys(Frame, frozen=True):
    """Add prekeys of the own device."""

    request: Natural
    prekeys: PrekeySet


class FetchDeviceList(Frame, frozen=True):
    """Ask for the device list of an account."""

    request: Natural
    name: Name


class FetchBundle(Frame, frozen=True):
    """Ask for a bundle of a device of an account; it uses up one-time prekeys."""

    request: Natural
    name: Name
    device: Id16


class Submit(Frame, frozen=True):
    """Hand over an envelope.

    Attributes:
        request: Number of the request.
        name: Account of the recipient.
        list_version: Version of the recipient's device list that the sender knows.
        device: Recipient device.
        number: The sender device's count of envelopes, journaled with the envelope.
        envelope: What to store; the relay cannot read it.
    """

    request: Natural
    name: Name
    list_version: Natural
    device: Id16
    number: Natural
    envelope: Envelope


class Transient(Frame, frozen=True):
    """Pass something on to a device that is live now, or drop it; there is no answer.

    Attributes:
        request: A number, so that a relay which does not know this frame refuses it and nothing else.
        name: Account of the recipient.
        device: Recipient device.
        sealed: What to pass on; the relay cannot read it.
    """

    request: Natural
    name: Name
    device: Id16
    sealed: SealedTransient


class LinkAskFrame(Frame, frozen=True):
    """Hand a message to live devices of the account, after a login by the password alone; the answer is `Ok`.

    Whether a device was there is not told: one that is answers by `LinkAnswerFrame`.

    Attributes:
        request: Number of the request.
        link: 16 random bytes, which name the try on this connection.
        device: The device that has answered; None for all of them.
        message: What to hand over; the relay stores none of it.
    """

    request: Natural
    link: Id16
    device: Id16 | None
    message: LinkingMessage


class LinkAnswerFrame(Frame, frozen=True):
    """Hand a message back to whoever asks in a try; the answer is `Ok`, also where nobody is there any more."""

    request: Natural
    link: Id16
    message: LinkingMessage


class Ack(Frame, frozen=True):
    """Acknowledgement: the client has stored all up to mailbox number ``cursor``, and the relay may delete it."""

    cursor: Natural


class Resume(Frame, frozen=True):
    """Start the flow of mail.

    Attributes:
        request: Number of the request.
        cursor: Mailbox number of the last envelope that the client has kept; 0 for none.
        envelope: Id of the envelope at the cursor; None for none.
        number: Highest `Submit.number` the device ever made.
    """

    request: Natural
    cursor: Natural
    envelope: Id16 | None
    number: Natural


class Watched(msgspec.Struct, frozen=True, array_like=True):
    """Watched account, with the hash of the device list that the client knows of it.

    Attributes:
        name: The account.
        list_hash: SHA-256 of the known list.
        shown: Whether the two show each other that they are online.
    """

    name: Name
    list_hash: Hash32
    shown: bool = True


class Watch(Frame, frozen=True):
    """Replace the set of watched accounts: presence of mutual contacts, and a word when a device list differs."""

    request: Natural
    watched: Annotated[tuple[Watched, ...], msgspec.Meta(max_length=NAMES_WATCHED)]


class StatusFrame(Frame, frozen=True):
    """Ask for the relay's counts: accounts connected, and the most there may be."""

    request: Natural


class FetchHoldings(Frame, frozen=True):
    """Ask for what the relay holds about the own account, from a place on: at first table 0 and an empty key."""

    request: Natural
    table: Natural
    key: HoldingsKey


class AdministerFrame(Frame, frozen=True):
    """Ask for something that the relay's owner or a moderator may do: an order of the administration in JSON."""

    request: Natural
    order: Body


class LoginTransfer(Frame, frozen=True):
    """Log in on a second connection of a device, for files alone: a `LoginDeviceBody`, as for `LoginDevice`.

    The device's first connection, on which its mail flows, stays as it is. The answer is `Ok`.
    """

    request: Natural
    body: Body
    signature: Signature64


class BlobCreate(Frame, frozen=True):
    """Ask for room for a sealed file, or how much of it is there already; the answer is `BlobOk`.

    Attributes:
        request: Number of the request.
        blob: Id of the file: `babilu.kernel.ids.blob_id` of the token with which it is read.
        size: Bytes of the sealed file.
    """

    request: Natural
    blob: Id16
    size: Natural


class BlobPut(Frame, frozen=True):
    """Write the next part of an own blob at ``offset``; the answer is `BlobOk`.

    What is there already is passed over. With the last part the blob is complete, and on disk before the answer.
    """

    request: Natural
    blob: Id16
    offset: Natural
    part: BlobPart


class BlobGet(Frame, frozen=True):
    """Ask for the part of a complete blob that begins at ``offset``, also before any login; the answer is `BlobData`.

    Attributes:
        request: Number of the request.
        blob: Id of the file.
        token: What the id was made of: whoever has it may read.
        offset: Where the part begins.
    """

    request: Natural
    blob: Id16
    token: Key32
    offset: Natural


class BlobDelete(Frame, frozen=True):
    """Delete an own blob, complete or not; the answer is `Ok`, also where there is none."""

    request: Natural
    blob: Id16


ClientFrame = (
    Hello
    | GetSalt
    | Register
    | Login
    | LoginDevice
    | FetchOwnList
    | LoginTransfer
    | ResetIdentity
    | ChangePasswordFrame
    | DeleteAccountFrame
    | PublishDeviceList
    | PublishPrekeys
    | FetchDeviceList
    | FetchBundle
    | Submit
    | Transient
    | LinkAskFrame
    | LinkAnswerFrame
    | Ack
    | Resume
    | Watch
    | StatusFrame
    | FetchHoldings
    | AdministerFrame
    | BlobCreate
    | BlobPut
    | BlobGet
    | BlobDelete
    | Ping
    | Pong
    | Bye
)
"""Everything a client may send."""
