"""Builds devices with their keys, prekeys and rows, and lets them write to each other."""

import hashlib
from dataclasses import dataclass, field
from itertools import count

from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.identity.device_list import find_device, make_device_list, make_entry, verify_device_list
from babilu.identity.shapes import Bundle, ListedAccount, PrekeySet
from babilu.kernel.ids import DeviceId, IdentityKey, device_id
from babilu.session.ports import PrekeyKind, PrivatePrekey
from babilu.session.prekeys import PrekeyMaker, direct_bundle, prekey_set
from babilu.session.sessions import (
    OwnDevice,
    PeerDevice,
    authenticate,
    can_encrypt,
    decrypt,
    encrypt,
    open_envelope,
    start_session,
)
from tests.unit.session.memory_rows import MemoryRows

NOW = 1_795_337_792_000

RELAY = hashlib.sha256(b"the relay of the tests").digest()
"""What stands for a relay's public key."""


class CountedRandomness:
    """Bytes that nobody has to keep secret: the same in every run, never the same twice."""

    def __init__(self, seed: str) -> None:
        self._seed = seed.encode()
        self._calls = count()

    def token(self, size: int) -> bytes:
        seed = self._seed + next(self._calls).to_bytes(8, "big")
        return hashlib.shake_256(seed).digest(size)


@dataclass
class Device:
    own: OwnDevice
    rows: MemoryRows
    maker: PrekeyMaker
    randomness: CountedRandomness
    now: int = NOW
    published: dict[PrekeyKind, list[PrivatePrekey]] = field(default_factory=dict)

    @property
    def id(self) -> DeviceId:
        return self.own.device

    def as_peer(self) -> PeerDevice:
        body = verify_device_list(self.own.device_list)
        entry = find_device(body, self.own.device)
        assert entry is not None
        return PeerDevice(self.own.identity_key, entry)

    def prekeys(self) -> PrekeySet:
        return prekey_set([prekey for kind in self.published.values() for prekey in kind])

    def bundle(self, *, one_time: bool = True) -> Bundle:
        """Give out a bundle as a relay does: one-time prekeys once, the last resort for ever."""
        signed = self.published[PrekeyKind.SIGNED][-1]
        kem = self.published[PrekeyKind.LAST_RESORT][-1]
        ec = None
        if one_time:
            kems = self.published.get(PrekeyKind.ONE_TIME_KEM, [])
            kem = kems.pop(0) if kems else kem
            ecs = self.published.get(PrekeyKind.ONE_TIME_EC, [])
            ec = ecs.pop(0) if ecs else None
        return direct_bundle(self.id, signed, kem, ec)

    def start(self, peer: "Device", *, one_time: bool = True) -> None:
        bundle = peer.bundle(one_time=one_time)
        start_session(self.rows, self.own, peer.as_peer(), bundle, self.now, self.randomness)

    def write(self, peer: "Device", content: bytes) -> bytes:
        if not can_encrypt(self.rows, peer.id):
            self.start(peer)
        return encrypt(self.rows, self.own, peer.as_peer(), content, self.now, self.randomness)

    def read(self, peer: "Device", envelope: bytes) -> bytes:
        opened = open_envelope(self.own, envelope)
        authentic = authenticate(self.own, peer.as_peer(), opened)
        return decrypt(self.rows, self.own, authentic, self.now, self.randomness)

    def sending(self, peer: "Device") -> bytes:
        """Name the session that sends to ``peer``."""
        return next(record.session for record in self.rows.sessions_with(peer.id) if record.sending)


def make_device(name: str, *, one_time: int = 3) -> Device:
    randomness = CountedRandomness(name)
    identity = SigningKey.generate(randomness)
    signing = SigningKey.generate(randomness)
    agreement = AgreementKey.generate(randomness)
    device = device_id(signing.public, agreement.public)
    devices = make_device_list(
        identity, 1, [make_entry(identity, signing, agreement.public)], accounts=[ListedAccount(RELAY, name)]
    )
    own = OwnDevice(IdentityKey(identity.public), device, signing, agreement, name, devices, RELAY)
    made = Device(own, MemoryRows(), PrekeyMaker(device, signing, 1, NOW, randomness), randomness)
    for prekey in [*made.maker.renewed(), *made.maker.one_time(one_time, one_time)]:
        made.published.setdefault(prekey.kind, []).append(prekey)
        made.rows.keep_prekeys([prekey])
    return made


def pair(*, one_time: int = 3) -> tuple[Device, Device]:
    """Two devices, the first with the lower agreement key: of two handshakes at once, its own wins."""
    one, other = make_device("alice", one_time=one_time), make_device("bob", one_time=one_time)
    if one.own.agreement.public < other.own.agreement.public:
        return one, other
    return other, one
