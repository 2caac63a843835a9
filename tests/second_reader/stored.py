"""What lies in files and is said to link: sealed files, archives, the code that two devices show."""

import zlib
from typing import Any

import msgpack

from tests.second_reader.people import read_list
from tests.second_reader.primitives import check, check_signature, hkdf, hmac256, open_aead, read, sha256, tag

FILE_BLOCK = 65_552


def blob_id(token: bytes) -> bytes:
    return sha256(tag("blob"), token)[:16]


def padme(size: int) -> int:
    if size < 2:
        return size
    exponent = size.bit_length() - 1
    unit = 1 << (exponent - exponent.bit_length())
    return -(-size // unit) * unit


def open_file(key: bytes, sealed: bytes, size: int) -> bytes:
    """Open a sealed file of so many bytes."""
    check(sealed[:1] == b"\x01", "a sealed file of this version")
    prefix, blocks = sealed[1:8], [sealed[8:FILE_BLOCK]]
    blocks += [sealed[at : at + FILE_BLOCK] for at in range(FILE_BLOCK, len(sealed), FILE_BLOCK)]
    opened = b"".join(
        open_aead(key, prefix + place.to_bytes(4, "big") + bytes([place == len(blocks) - 1]), block)
        for place, block in enumerate(blocks)
    )
    check(len(opened) == padme(size + 1) and not opened[size:].strip(b"\x00"), "padding is exact")
    return opened[:size]


# Archives.


def code_bytes(words: str, word_list: list[str]) -> bytes:
    """Return the 32 bytes that 24 words say."""
    bits = "".join(f"{word_list.index(word):011b}" for word in words.split())
    said = int(bits, 2).to_bytes(33, "big")
    check(said[32] == sha256(said[:32])[0], "the last bits are a checksum")
    return said[:32]


def code_secret(code: bytes) -> bytes:
    return hkdf(code, b"", tag("archive-code"), 32)


def open_header(header: bytes, secret: bytes) -> tuple[bytes, bytes]:
    """Return the archive key and the salt of an undamaged header."""
    check(header[:16] == b"babilu-archive/1", "an archive of this version")
    # Two codewords are interleaved; their data comes first, and their parity, for damage, behind it.
    data = header[16 : 16 + 446]
    size = int.from_bytes(data[:2], "big")
    check(data[2 + size : 34 + size] == sha256(tag("archive-header"), data[: 2 + size]), "the header is whole")
    _, kind, salt, cost, wrapped, made_of = read(data[2 : 2 + size])[:6]
    both = hkdf(secret, salt, tag("archive-wrap"), 44)
    bound = tag("archive-wrap") + bytes(msgpack.packb([kind, cost]))
    key = open_aead(both[:32], both[32:], wrapped, bound)
    check(made_of == sha256(tag("archive-key"), key), "the check is the key's")
    return key, salt


def open_block(key: bytes, content: bytes) -> tuple[int, bool, bytes]:
    """Open the content of a block: its place, whether it is the last one, and what is in it."""
    made = hkdf(key, b"", tag("archive-blocks"), 39)
    place, last, sealed = content[:4], content[4:5], content[5:]
    return int.from_bytes(place, "big"), last == b"\x01", open_aead(made[:32], made[32:] + place + last, sealed)


def read_group(encoded: bytes) -> list[Any]:
    """Read a group, with or without its length: kind, number, messages before it, scope, records."""
    said: list[Any] = read(zlib.decompress(encoded))
    return said


# Linking.


def link_transcript(ask: bytes, offer: bytes, reveal: bytes, account: str, certificate_hash: bytes) -> bytes:
    """Check what two devices have shown each other, and compute what both are shown a code of."""
    commitment, offered, (shown, listing) = read(ask)[1], read(offer)[1], read(reveal)[1:3]
    check(commitment == sha256(tag("link-commitment"), shown), "the reveal fits the commitment")
    _, identity, signed, _, _, _ = read(offered)[:6]
    own = read_list(signed)
    check(own.identity == identity, "the list is of the identity that is offered")
    _, signing, agreement = read(shown)[:3]
    device = sha256(tag("device"), signing, agreement)[:16]
    check_signature(signing, listing, tag("device-entry"), identity, device, signing, agreement)
    hashes = sha256(offered) + sha256(shown) + sha256(account.encode()) + certificate_hash
    return sha256(tag("link"), commitment, hashes)


def link_code(transcript: bytes) -> tuple[str, list[int]]:
    """Return six digits, and the places of four words in the list."""
    stream = "".join(f"{octet:08b}" for octet in hkdf(transcript, b"", tag("link-code"), 64))
    at = 0
    while (number := int(stream[at : at + 20], 2)) >= 1_000_000:
        at += 20
    rest = stream[at + 20 : at + 64]
    return f"{number:06}", [int(rest[place : place + 11], 2) for place in range(0, 44, 11)]


def check_link_yes(signing: bytes, signature: bytes, transcript: bytes) -> None:
    check_signature(signing, signature, tag("link-yes"), transcript)


def link_proof(line: str, transcript: bytes) -> bytes:
    """Compute by what a new device knows that its line was read."""
    secret = bytes.fromhex(line.removeprefix("babilu-device:"))[32:48]
    return hmac256(secret, tag("link-line") + transcript)
