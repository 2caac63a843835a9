"""Frames from a relay to a client: tagged MessagePack arrays, whose fields are only ever appended.

An answer repeats the number of its request; what the relay says by itself has none.
"""

from typing import Annotated

import msgspec

from babilu.identity.shapes import (
    Bundle,
    Epoch,
    Hash32,
    Id16,
    Key32,
    Natural,
    OtherAddresses,
    Signature64,
    SignedDeviceList,
)
from babilu.kernel.plain_text import cleaned
from babilu.wire.frame_base import (
    CODE_CHARACTERS,
    SENTENCE_CHARACTERS,
    TITLE_CHARACTERS,
    BlobPart,
    Body,
    Bye,
    Code,
    Envelope,
    Frame,
    HoldingsKey,
    LinkingMessage,
    Name,
    Ping,
    Pong,
    SealedTransient,
    Sentence,
)

_set = msgspec.structs.force_setattr


def _cleaned_value(value: int | str | None) -> int | str | None:
    return cleaned(value) if isinstance(value, str) else value


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
        epoch: Names the history that the relay keeps. Another one than before says that it was set back to an older
            state: what was accepted since then may be gone.
        also: Other addresses of the relay, ``host:port``, for a client that does not reach the one that it knows.
        spread_ms: Time over which clients come back whose connection ends without a farewell, each at a moment of it.
    """

    request: Natural
    owner: bool
    device_list: SignedDeviceList
    prekeys_ec: Natural
    prekeys_kem: Natural
    next_pin: Hash32 | None = None
    epoch: Epoch | None = None
    also: OtherAddresses = ()
    spread_ms: Natural = 0


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


class LinkAskedFrame(Frame, frozen=True):
    """Message for the device of somebody who has the account's password, and wants a device to be linked."""

    link: Id16
    message: LinkingMessage


class LinkAnsweredFrame(Frame, frozen=True):
    """Answer of a device of the account to a `LinkAskFrame`."""

    link: Id16
    device: Id16
    message: LinkingMessage


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
    | LinkAskedFrame
    | LinkAnsweredFrame
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
