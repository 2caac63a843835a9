"""Own devices: keys under a password, the grant of a link, sealed hellos, and what devices agree on."""

from typing import Any

import msgpack
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from tests.second_reader.people import DeviceList, read_list
from tests.second_reader.primitives import check, ed25519_public, hkdf, open_aead, open_hpke, read, sha256, tag

SETTING = 48
NAME = b"device.name:"


def open_wrapped(encoded: bytes, password: str, purpose: str) -> bytes:
    """Open a secret that lies under a password, which is prepared already."""
    version, salt, cost, sealed = read(encoded)[:4]
    check(version == 1, "a wrapped key of this version")
    memory_kib, passes, lanes = cost[:3]
    stretched = Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory_kib)
    both = hkdf(stretched.derive(password.encode()), b"", tag(purpose), 44)
    return open_aead(both[:32], both[32:], sealed, tag(purpose) + bytes(msgpack.packb(cost)))


def open_hello(private: bytes, device: bytes, sealed: bytes) -> tuple[bytes, bytes]:
    """Open a hello that was sealed for a device: its body and signature."""
    name, body, signature = read(open_hpke(private, sealed, tag("direct-hello") + device))[:3]
    check(name == "direct_hello", "what is sealed is a hello")
    return body, signature


def read_grant(content: bytes, device: bytes, password: str) -> tuple[DeviceList, bytes | None, dict[bytes, str]]:
    """Read what a new device is granted: the list that names it, the seed of the identity, and names of devices."""
    signed, wrapped, names = read(content)[:3]
    own = read_list(signed)
    check(device in own.devices, "the list names the new device")
    seed = None if wrapped is None else open_wrapped(wrapped, password, "wrap-identity")
    check(seed is None or ed25519_public(seed) == own.identity, "the seed is that of the identity")
    return own, seed, {each[0]: each[1] for each in names}


def fold_registers(writes: list[list[Any]]) -> dict[tuple[int, bytes], Any]:
    """Give the value of each register: of its writes the highest by (at, device, value) counts."""
    highest: dict[tuple[int, bytes], tuple[int, bytes, bytes]] = {}
    for kind, subject, value, at, device in (each[:5] for each in writes):
        rank = at, device, value
        if rank > highest.get((kind, subject), (-1, b"", b"")):
            highest[kind, subject] = rank
    return {register: read(value) for register, (_, _, value) in highest.items()}


def join_pieces(parts: list[bytes]) -> bytes:
    """Put a large record together of the parts of contents that bring its pieces, in whatever order they came."""
    pieces: dict[int, bytes] = {}
    for part in parts:
        kind, _, _, name, place, count, piece = read(part)[:7]
        check(kind == "device_history_piece" and 0 <= place < count == len(parts), "each piece has its place")
        pieces[place] = piece
    whole = b"".join(pieces[place] for place in sorted(pieces))
    check(len(pieces) == len(parts) and sha256(whole)[:16] == name, "the pieces are the whole that they name")
    return whole


def device_names(registers: dict[tuple[int, bytes], Any]) -> dict[bytes, str]:
    """Give what own devices are called, by their ids."""
    return {
        bytes.fromhex(subject[len(NAME) :].decode()): value.decode()
        for (kind, subject), value in registers.items()
        if kind == SETTING and subject.startswith(NAME) and value is not None
    }
