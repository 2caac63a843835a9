"""Sessions: the handshake, the ratchet, envelopes and what is in them, opened with all private keys of their readers.

A reader that has all keys, also those that a client deletes at once, reads a recording in whatever order it lies.
"""

from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM1024PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.second_reader.people import Device, DeviceList, read_list
from tests.second_reader.primitives import (
    check,
    dh,
    hkdf,
    hmac256,
    open_aead,
    open_hpke,
    read,
    sha256,
    tag,
    u64,
    x25519_public,
)

SIZES = (256, 512, 1_024, 4_096, 16_384, 65_536)


@dataclass(frozen=True)
class KeyRing:
    """All private keys of a person's device.

    Attributes:
        own: The own list and the device.
        agreement: The device's private agreement key.
        x25519: Private X25519 keys by their public ones: prekeys, and the keys of ratchets.
        prekeys: Public X25519 prekeys by id.
        kem: Seeds of KEM prekeys by id.
    """

    own: tuple[DeviceList, Device]
    agreement: bytes
    x25519: dict[bytes, bytes]
    prekeys: dict[int, bytes]
    kem: dict[int, bytes]


def pqxdh(ring: KeyRing, sender: tuple[DeviceList, Device], header: list[Any]) -> tuple[bytes, bytes]:
    """Answer a handshake: the secret, and the session's associated data."""
    ephemeral, signed, kem, one_time, ciphertext = header[:5]
    private = MLKEM1024PrivateKey.from_seed_bytes(ring.kem[kem])
    kem_public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    theirs, mine = sender[1].agreement, ring.own[1].agreement
    spk = ring.x25519[ring.prekeys[signed]]
    shared = dh(spk, theirs) + dh(ring.agreement, ephemeral) + dh(spk, ephemeral)
    if one_time is not None:
        shared += dh(ring.x25519[ring.prekeys[one_time]], ephemeral)
    secret = b"\xff" * 32 + shared + private.decapsulate(ciphertext)
    root = hkdf(secret, bytes(64), b"Babilu_CURVE25519_SHA-512_ML-KEM-1024", 32, "sha512")
    ids = u64(signed) + u64(kem) + (b"\x00" if one_time is None else b"\x01" + u64(one_time))
    people = sender[0].identity + ring.own[0].identity + sender[1].id + ring.own[1].id
    return root, sha256(tag("pqxdh"), people, theirs, mine, ephemeral, kem_public, ids)


def root_step(root: bytes, output: bytes) -> tuple[bytes, bytes]:
    """Return the next root key and a chain key."""
    made = hkdf(output, root, tag("root"), 64)
    return made[:32], made[32:]


def message_keys(chain: bytes, number: int) -> bytes:
    """Return the key of a message in its chain."""
    for _ in range(number):
        chain = hmac256(chain, b"\x02")
    return hmac256(chain, b"\x01")


def open_message(key: bytes, associated: bytes, message: list[Any]) -> bytes:
    """Open a message of a ratchet with its own key."""
    ratchet, previous, number, sealed = message[:4]
    made = hkdf(key, sealed[:16], tag("message-key"), 44)
    return open_aead(made[:32], made[32:], sealed[16:], associated + ratchet + u64(previous) + u64(number))


@dataclass
class Ratchet:
    """A session seen from both ends: the chain keys of both, by the ratchet key of whoever sends.

    Attributes:
        associated: The session's associated data.
        root: The present root key.
        last: The newest ratchet key that was stepped to.
        chains: The first key of each chain, by its ratchet key.
    """

    associated: bytes
    root: bytes
    last: bytes
    chains: dict[bytes, bytes] = field(default_factory=dict)

    def open(self, privates: dict[bytes, bytes], message: list[Any]) -> bytes:
        """Open a message; ``privates`` holds the private half of one of each two neighbouring ratchet keys.

        A message that came before another one, whose ratchet key is between, fails and changes nothing.
        """
        ratchet = message[0]
        root, chain = self.root, self.chains.get(ratchet)
        if chain is None:
            one, other = (self.last, ratchet) if self.last in privates else (ratchet, self.last)
            root, chain = root_step(root, dh(privates[one], other))
        opened = open_message(message_keys(chain, message[2]), self.associated, message)
        if ratchet not in self.chains:
            self.root, self.last, self.chains[ratchet] = root, ratchet, chain
        return opened


def unpad(padded: bytes) -> bytes:
    content, end, rest = padded.rpartition(b"\x80")
    smallest = next(size for size in SIZES if size >= len(content) + 1)
    check(end and not rest.strip(b"\x00") and len(padded) == smallest, "padding is exact")
    return content


def sender_tag(purpose: str, private: bytes, public: bytes, sender: bytes, recipient: bytes, body: bytes) -> bytes:
    key = hkdf(dh(private, public), b"", tag(purpose) + sender + recipient, 32)
    return hmac256(key, body)[:16]


@dataclass(frozen=True)
class Opened:
    """What was in an envelope."""

    sender: bytes
    session: bytes
    content: bytes
    account: str | None
    device_list: DeviceList | None


class Reader:
    """Reads all envelopes to the devices whose keys it has.

    Args:
        rings: Keys by device.
    """

    def __init__(self, *rings: KeyRing) -> None:
        self.rings = {ring.own[1].id: ring for ring in rings}
        self.devices = {ring.own[1].id: ring.own for ring in rings}
        self.sessions: dict[bytes, Ratchet] = {}

    def open_envelope(self, recipient: bytes, envelope: bytes, bound: bytes = b"") -> Opened:
        """Open an envelope; ``bound`` is what a session that it begins authenticates besides.

        Raises:
            KeyError, InvalidTag: Its session, or a message before it, has not come yet.
        """
        ring = self.rings[recipient]
        check(envelope[:1] == b"\x01", "an envelope of this version")
        inside = open_hpke(ring.agreement, envelope[1:], tag("envelope") + recipient)
        body = inside[16:]
        sender, session, message, initial = read(body)[:4]
        account, shown = None, None
        if initial is not None:
            account, signed, header = initial[:3]
            shown = read_list(signed)
            self.devices.setdefault(sender, (shown, shown.devices[sender]))
        theirs = self.devices[sender]
        made = sender_tag("sender-tag", ring.agreement, theirs[1].agreement, sender, recipient, body)
        check(made == inside[:16], "the sender tag holds")
        if initial is not None and session not in self.sessions:
            root, associated = pqxdh(ring, theirs, header)
            self.sessions[session] = Ratchet(associated + bound, root, ring.prekeys[header[1]])
        ratchet = self.sessions[session]
        check(ratchet.associated[:16] == session, "a session is named by its associated data")
        privates = {key: value for each in self.rings.values() for key, value in each.x25519.items()}
        return Opened(sender, session, unpad(ratchet.open(privates, message)), account, shown)

    def open_transient(self, recipient: bytes, sealed: bytes, agreement: bytes) -> list[Any]:
        """Open what is true now, of a sender with this agreement key: sender, conversation, heads hash, sent at."""
        ring = self.rings[recipient]
        check(sealed[:1] == b"\x02", "a transient of this version")
        inside = open_hpke(ring.agreement, sealed[1:], tag("transient") + recipient)
        said: list[Any] = read(inside[16:])
        made = sender_tag("transient-tag", ring.agreement, agreement, said[0], recipient, inside[16:])
        check(made == inside[:16], "the sender tag holds")
        return said


@dataclass(frozen=True)
class Content:
    """What a content says, in its fields."""

    conversation: bytes
    sent_at: int
    link: tuple[int, bytes] | None
    sender_list: tuple[int, bytes]
    recipient_list: tuple[int, bytes]
    heads: list[bytes] | None
    part: bytes

    @property
    def says(self) -> list[Any]:
        """The part in its fields."""
        said: list[Any] = read(self.part)
        return said


def read_content(encoded: bytes) -> Content:
    conversation, sent_at, link, sender, recipient, heads, part = read(encoded)[:7]
    place = None if link is None else (link[0], link[1])
    return Content(conversation, sent_at, place, tuple(sender), tuple(recipient), heads, part)


class Chains:
    """Follows the chain of each sender, recipient and conversation."""

    def __init__(self) -> None:
        self._last: dict[tuple[bytes, bytes, bytes], tuple[int, bytes]] = {}

    def take(self, sender: bytes, recipient: bytes, encoded: bytes) -> None:
        """Check that a content is the next one of its chain."""
        content = read_content(encoded)
        if content.link is None:
            return
        key = sender, recipient, content.conversation
        counter, before = self._last.get(key, (0, bytes(32)))
        check(content.link == (counter + 1, before), "nothing is missing before a content")
        self._last[key] = counter + 1, sha256(encoded)


def ring_public(privates: list[bytes]) -> dict[bytes, bytes]:
    """Give private X25519 keys by their public ones."""
    return {x25519_public(private): private for private in privates}
