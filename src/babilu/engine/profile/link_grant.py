"""Grant of a link: checked against what was offered, and taken in the transaction that makes the profile a person's."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from babilu.api.client import ChatClient, LinkWish
from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.crypto.password import WrapPurpose, unwrap_key
from babilu.crypto.secret import Passphrase, Secret
from babilu.engine.conversation.own_addresses import note_address
from babilu.engine.profile.own_keys import keep_notes
from babilu.engine.profile.pending_link import PendingLink, forget_pending
from babilu.engine.runtime.event_bus import EventBus
from babilu.engine.runtime.own_devices import name_device
from babilu.engine.transport.link_channels import Heard, LinkChannel, Lost
from babilu.identity.codec import decode_shape
from babilu.identity.device_list import check_successor, encode_device_list, find_device, serves, verify_device_list
from babilu.identity.link_messages import (
    GrantedBody,
    LinkGrant,
    OldDeviceBody,
)
from babilu.identity.shapes import Bundle, DeviceKind
from babilu.kernel.errors import (
    CryptoError,
    ErrorCode,
    UsageError,
)
from babilu.kernel.ids import IdentityKey, device_id
from babilu.kernel.ports import Clock, Randomness
from babilu.session.ports import PrekeyKind
from babilu.session.prekeys import PrekeyMaker, direct_bundle
from babilu.session.sessions import OwnDevice, PeerDevice, authenticate, decrypt, open_envelope
from babilu.store.profile_records import ProfileRecord
from babilu.store.profile_store import ProfileStore
from babilu.store.unit_of_work import UnitOfWork


class OpenChannel(Protocol):
    """Connects to where full devices of the person are."""

    def __call__(self, heard: Heard, lost: Lost) -> LinkChannel:
        """Connect."""


@dataclass(frozen=True, slots=True)
class LinkingParts:
    """What a linking client is made of.

    Attributes:
        profile: The files, which hold no person yet.
        passphrase: What opens them: the password of the account.
        name: The account's name, or the own name.
        account: Name of the account; empty without a relay.
        wish: How the device is to be linked; None where the user has said yes in an earlier run.
        connect: Connects to where full devices are.
        keep_place: Keeps the relay, in the transaction that makes the person; gives its public key, empty without one.
        open_linked: Opens the profile once it holds the person, and hands the client over before it starts.
        bus: Is told what happens.
        clock: Tells the time.
        randomness: For keys.
        release: Ends the loop, where the profile is not opened.
    """

    profile: ProfileStore
    passphrase: Passphrase
    name: str
    account: str
    wish: LinkWish | None
    connect: OpenChannel
    keep_place: Callable[[UnitOfWork], bytes]
    open_linked: Callable[[Callable[[ChatClient], None]], None]
    bus: EventBus
    clock: Clock
    randomness: Randomness
    release: Callable[[], object]


def become_device(
    parts: LinkingParts, pending: PendingLink, transcript: bytes, offered: OldDeviceBody | None, grant: LinkGrant
) -> None:
    """Become one of the person's devices by what an old one grants, in one transaction.

    Args:
        parts: What the linking client is made of.
        pending: The device's keys.
        transcript: Of the try.
        offered: What the old device has shown in it.
        grant: What it grants.

    Raises:
        BabiluError: The grant does not hold.
    """
    if offered is None:
        raise UsageError("This profile waits for nothing.")
    signing = SigningKey.from_bytes(Secret(pending.signing))
    agreement = AgreementKey.from_bytes(Secret(pending.agreement))
    device = device_id(signing.public, agreement.public)
    identity = IdentityKey(offered.identity_key)
    own = OwnDevice(identity, device, signing, agreement, parts.account, offered.device_list)
    entry = find_device(verify_device_list(offered.device_list), offered.device)
    if entry is None:
        raise CryptoError(ErrorCode.BAD_KEY, "What offers to link is no device of its person.")
    opened = authenticate(own, PeerDevice(identity, entry), open_envelope(own, grant.envelope))
    now = parts.clock.now_ms()
    with parts.profile.database.write() as unit:
        content = decrypt(unit.sessions, own, opened, now, parts.randomness, transcript)
        granted = decode_shape(content, GrantedBody)
        relay_key = parts.keep_place(unit)
        seed = _checked(granted, offered, own, relay_key, parts.passphrase)
        if seed is not None:
            parts.profile.keep_identity(parts.passphrase, seed)
        record = ProfileRecord(
            name=parts.name,
            signing=Secret(pending.signing),
            agreement=Secret(pending.agreement),
            device=device,
            device_list=encode_device_list(granted.device_list),
            created_at=now,
        )
        unit.profile.create(record)
        keep_notes(unit, record, now)
        for named in granted.names:
            name_device(unit, named.device, named.name)
        name_device(unit, device, pending.name)
        if parts.wish is not None and parts.wish.address is not None:
            note_address(unit, offered.device, (parts.wish.address.host, parts.wish.address.port))
        forget_pending(unit)


def first_bundle(
    unit: UnitOfWork, signing: SigningKey, agreement: AgreementKey, now: int, randomness: Randomness
) -> Bundle:
    """Make the prekeys by which the old device answers, and keep them."""
    device = device_id(signing.public, agreement.public)
    first = unit.profile.next_prekey_ids(PrekeyKind.ONE_TIME_EC, 4)
    maker = PrekeyMaker(device, signing, first, now, randomness)
    made = [*maker.renewed(), *maker.one_time(1, 1)]
    unit.sessions.add_prekeys(made)
    by_kind = {prekey.kind: prekey for prekey in made}
    return direct_bundle(
        device, by_kind[PrekeyKind.SIGNED], by_kind[PrekeyKind.ONE_TIME_KEM], by_kind[PrekeyKind.ONE_TIME_EC]
    )


def _checked(
    granted: GrantedBody, offered: OldDeviceBody, own: OwnDevice, relay_key: bytes, passphrase: Passphrase
) -> Secret | None:
    """Check what was granted against what was offered, and return the identity key of a full device.

    Raises:
        BabiluError: It does not hold.
    """
    body = check_successor(offered.device_list, granted.device_list)
    entry = find_device(body, own.device)
    if entry is None:
        raise CryptoError(ErrorCode.BAD_KEY, "The list that was granted does not name this device.")
    if own.account and not serves(body, relay_key, own.account):
        raise CryptoError(ErrorCode.ACCOUNT_MISMATCH, "The list that was granted is not good for this account.")
    if (entry.certificate.kind is DeviceKind.FULL) is (granted.identity is None):
        raise CryptoError(ErrorCode.BAD_KEY, "What was granted fits no kind of device.")
    if granted.identity is None:
        return None
    seed = unwrap_key(passphrase, granted.identity, WrapPurpose.IDENTITY)
    if SigningKey.from_bytes(seed).public != own.identity_key:
        raise CryptoError(ErrorCode.BAD_KEY, "The identity key that was granted is that of somebody else.")
    return seed
