"""Frames between a client and its relay: tagged MessagePack arrays, whose fields are only ever appended.

A request carries a number (`request`) that its answer repeats. What the relay says by itself has no number.
Bodies that are signed travel as byte strings, so that both ends hash the very same bytes.
"""

from typing import Annotated

import msgspec

from babilu.identity.shapes import Bundle, Hash32, Id16, Key32, Natural, PrekeySet, Signature64, SignedDeviceList
from babilu.kernel.limits import BLOB_PART_BYTES, FRAME_BYTES, NAME_CHARACTERS, NAMES_WATCHED, TRANSIENT_BYTES
from babilu.kernel.plain_text import cleaned

VERSION = 1
"""The protocol version this code speaks."""

SENTENCE_CHARACTERS = 500
"""Longest sentence for people."""

CODE_CHARACTERS = 40
"""Longest word for programs."""

TITLE_CHARACTERS = 64
"""Longest name of a relay or a program."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS)]
Sentence = Annotated[str, msgspec.Meta(max_length=SENTENCE_CHARACTERS)]
Code = Annotated[str, msgspec.Meta(max_length=CODE_CHARACTERS)]
Body = Annotated[bytes, msgspec.Meta(max_length=FRAME_BYTES)]
Envelope = Annotated[bytes, msgspec.Meta(min_length=1, max_length=FRAME_BYTES)]
SealedTransient = Annotated[bytes, msgspec.Meta(min_length=1, max_length=TRANSIENT_BYTES)]
HoldingsKey = Annotated[bytes, msgspec.Meta(max_length=64)]
BlobPart = Annotated[bytes, msgspec.Meta(min_length=1, max_length=BLOB_PART_BYTES)]


_set = msgspec.structs.force_setattr


def _cleaned_value(value: int | str | None) -> int | str | None:
    return cleaned(value) if isinstance(value, str) else value


def _tag(class_name: str) -> str:
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in class_name.removesuffix("Frame"))
    return words.lstrip("_")


class Frame(msgspec.Struct, frozen=True, array_like=True, tag=_tag):
    """Base of every frame; its tag is the class name without ``Frame``, in lower case with underscores."""


# Client to relay.


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


# Relay to client.


class Welcome(Frame, frozen=True):
    """Answer to `Hello`.

    Attributes:
        request: Number of the request.
        version: The version spoken from here on.
        relay: The relay's name, for people.
        frame_bytes: Largest frame body the relay takes.
        submissions: Submissions of one device at once.
        submissions_per_second: Submissions of one device after that.
        challenge: 32 random bytes, good for one login on this connection.
        registration: "open" or "invite".
        ping_ms: Silence after which either end sends a ping.
        silence_ms: Silence after which the other end counts as gone.
        relay_key: The relay's public key, by which device lists name it.
        certificate_signature: By that key over tag ‖ SHA-256(the certificate of this connection).
        file_bytes: Largest file that the relay stores, before it is padded and sealed; 0 where it stores none.
        files_kept_ms: How long it stores one.
    """

    request: Natural
    version: Natural
    relay: Annotated[str, msgspec.Meta(max_length=TITLE_CHARACTERS)]
    frame_bytes: Natural
    submissions: Natural
    submissions_per_second: Natural
    challenge: Key32
    registration: Annotated[str, msgspec.Meta(max_length=16)]
    ping_ms: Natural
    silence_ms: Natural
    relay_key: Key32
    certificate_signature: Signature64
    file_bytes: Natural = 0
    files_kept_ms: Natural = 0

    def __post_init__(self) -> None:
        """Clean the relay's name where it enters."""
        _set(self, "relay", cleaned(self.relay, TITLE_CHARACTERS))


class Salt(Frame, frozen=True):
    """Answer to `GetSalt`: what the login key is derived with. Unknown names get a lasting invented salt."""

    request: Natural
    salt: Annotated[bytes, msgspec.Meta(min_length=16, max_length=32)]
    memory_kib: Natural
    passes: Natural
    lanes: Natural


class Ok(Frame, frozen=True):
    """The request was carried out and is on disk."""

    request: Natural


class LoggedIn(Frame, frozen=True):
    """Answer to a login, a registration or a reset: what the relay keeps for the device.

    Attributes:
        request: Number of the request.
        owner: Whether the account is the relay's owner.
        device_list: The account's current list.
        prekeys_ec: One-time X25519 prekeys left for the device.
        prekeys_kem: One-time KEM prekeys left for the device.
        next_pin: SHA-256 of the certificate that will take the place of the present one; None where none is prepared.
    """

    request: Natural
    owner: bool
    device_list: SignedDeviceList
    prekeys_ec: Natural
    prekeys_kem: Natural
    next_pin: Hash32 | None = None


class DeviceListIs(Frame, frozen=True):
    """Answer to `FetchDeviceList`: the account's list as its owner signed it, under the name as the relay has it."""

    request: Natural
    name: Name
    device_list: SignedDeviceList


class DeviceListConflict(Frame, frozen=True):
    """Refusal of a `PublishDeviceList` that follows another list than the present one, which is here."""

    request: Natural
    device_list: SignedDeviceList


class BundleIs(Frame, frozen=True):
    """Answer to `FetchBundle`."""

    request: Natural
    bundle: Bundle


class PrekeysLow(Frame, frozen=True):
    """The device should publish more one-time prekeys: how many are left of each kind."""

    ec: Natural
    kem: Natural


class Accepted(Frame, frozen=True):
    """Answer to `Submit`: the envelope is on disk and is held for the device until ``held_until`` (Unix ms)."""

    request: Natural
    envelope: Id16
    held_until: Natural


class Deliver(Frame, frozen=True):
    """An envelope for the device, with its mailbox number and the Unix milliseconds of its arrival."""

    seq: Natural
    stored_at: Natural
    envelope: Envelope


class TransientFrame(Frame, frozen=True):
    """Transient for the device, true now and stored nowhere: `Transient.sealed` of somebody else."""

    sealed: SealedTransient


class Resumed(Frame, frozen=True):
    """Answer to `Resume`.

    Attributes:
        request: Number of the request.
        acknowledged: Mailbox number up to which the relay has deleted.
        head: Highest mailbox number that was given out; mail up to it follows.
    """

    request: Natural
    acknowledged: Natural
    head: Natural


class Gap(Frame, frozen=True):
    """Notice that mailbox numbers ``first`` to ``last`` will not come: "expired" or "deleted"."""

    first: Natural
    last: Natural
    why: Code


class StaleDevices(Frame, frozen=True):
    """Notice that the device list of ``name`` has changed since the one that the client knows.

    ``request`` is the submission it refuses, or None when the relay says so by itself.
    """

    request: Natural | None
    name: Name
    device_list: SignedDeviceList


class PresenceFrame(Frame, frozen=True):
    """Presence of a watched mutual contact, who came or went: "online" or "offline"."""

    name: Name
    state: Code


class StatusIs(Frame, frozen=True):
    """Answer to `StatusFrame`."""

    request: Natural
    online: Natural
    max_users: Natural


class HeldRows(msgspec.Struct, frozen=True, array_like=True):
    """Rows of one table of the relay that are about the account: the names of its columns, and values in that order.

    Byte strings stand in hexadecimal: this is for people to read.
    """

    table: Code
    columns: Annotated[tuple[Code, ...], msgspec.Meta(max_length=64)]
    rows: tuple[tuple[int | str | None, ...], ...]

    def __post_init__(self) -> None:
        """Clean every text where it enters."""
        _set(self, "table", cleaned(self.table, CODE_CHARACTERS))
        _set(self, "columns", tuple(cleaned(column, CODE_CHARACTERS) for column in self.columns))
        _set(self, "rows", tuple(tuple(_cleaned_value(value) for value in row) for row in self.rows))


class HoldingsPlace(msgspec.Struct, frozen=True, array_like=True):
    """Place to continue at: a table, and a key that only the relay understands."""

    table: Natural
    key: HoldingsKey


class HoldingsAre(Frame, frozen=True):
    """Answer to `FetchHoldings`.

    Attributes:
        request: Number of the request.
        now: The relay's clock, in Unix milliseconds.
        held: Rows, in the order of tables.
        following: Where the rest begins; None at the end.
    """

    request: Natural
    now: Natural
    held: Annotated[tuple[HeldRows, ...], msgspec.Meta(max_length=64)]
    following: HoldingsPlace | None


class Administered(Frame, frozen=True):
    """Answer to `AdministerFrame`: the answer of the order, in JSON."""

    request: Natural
    answer: Body


class BlobOk(Frame, frozen=True):
    """Answer to `BlobCreate` and `BlobPut`.

    Attributes:
        request: Number of the request.
        blob: Id of the file.
        offset: Bytes of it that are written: where the next part begins. The size of the file where it is complete.
    """

    request: Natural
    blob: Id16
    offset: Natural


class BlobData(Frame, frozen=True):
    """Answer to `BlobGet`.

    Attributes:
        request: Number of the request.
        blob: Id of the file.
        offset: Where the part begins.
        size: Bytes of the whole sealed file.
        part: At most `babilu.kernel.limits.BLOB_PART_BYTES`, and fewer only at the end.
    """

    request: Natural
    blob: Id16
    offset: Natural
    size: Natural
    part: BlobPart


class Notice(Frame, frozen=True):
    """A sentence from the relay's operator to its users, shown as plain text."""

    text: Sentence

    def __post_init__(self) -> None:
        """Clean the sentence where it enters."""
        _set(self, "text", cleaned(self.text, SENTENCE_CHARACTERS))


class NextPin(Frame, frozen=True):
    """SHA-256 of the certificate that will replace the present one, or None when the relay has withdrawn it."""

    pin: Hash32 | None


class Error(Frame, frozen=True):
    """A refusal: of the request it names, or of the connection where it names none."""

    code: Code
    text: Sentence
    request: Natural | None
    retry_after_ms: Natural | None

    def __post_init__(self) -> None:
        """Clean the sentence where it enters."""
        _set(self, "text", cleaned(self.text, SENTENCE_CHARACTERS))


# Both ways.


class Ping(Frame, frozen=True):
    """Keep-alive request; the other end answers with `Pong`."""


class Pong(Frame, frozen=True):
    """Answer to `Ping`."""


class Bye(Frame, frozen=True):
    """Farewell of whoever closes the connection: a code of the closed list or "done", and when to come back."""

    reason: Code
    retry_after_ms: Natural | None = None


ClientFrame = (
    Hello
    | GetSalt
    | Register
    | Login
    | LoginDevice
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

RelayFrame = (
    Welcome
    | Salt
    | Ok
    | LoggedIn
    | DeviceListIs
    | DeviceListConflict
    | BundleIs
    | PrekeysLow
    | Accepted
    | Deliver
    | TransientFrame
    | Resumed
    | Gap
    | StaleDevices
    | PresenceFrame
    | StatusIs
    | HoldingsAre
    | Administered
    | BlobOk
    | BlobData
    | Notice
    | NextPin
    | Error
    | Ping
    | Pong
    | Bye
)
"""Everything a relay may send."""
