"""Vectors of archives: code, header, block and group, from fixed bytes."""

import hashlib
from typing import Any

from babilu.archive.blocks import BlockKey, BlockWriter
from babilu.archive.groups import ArchiveGroup, GroupKind, join_records, said_by
from babilu.archive.header import encode_header, make_header
from babilu.archive.records import ArchivedMessage
from babilu.archive.recovery_code import new_code, read_code
from babilu.crypto.secret import Secret
from babilu.identity.codec import encode_shape


class Told:
    """Randomness that is told what to give."""

    def __init__(self, value: bytes) -> None:
        self._value = value

    def token(self, size: int) -> bytes:
        return self._value[:size]


def octets(label: str, size: int = 32) -> bytes:
    """Give bytes that stand for a key, a salt or the like."""
    return hashlib.shake_256(label.encode()).digest(size)


def archives() -> dict[str, Any]:
    """Give what an implementation of archives can be compared with."""
    bits, salt, key = octets("recovery code"), octets("archive salt"), Secret(octets("archive key"))
    words = " ".join(new_code(Told(bits)))
    secret = read_code(words)
    header = encode_header(make_header(secret, key, Told(salt)))
    message = ArchivedMessage(
        position=1,
        author=None,
        said_at=1_795_337_792_000,
        part=octets("part", 40),
        marks=5,
        sent_at=1_795_337_792_000,
        arrived_at=1_795_337_792_000,
        route="relay",
        state="delivered",
        device=None,
        counter=0,
    )
    group = ArchiveGroup(GroupKind.MESSAGES, 4, 0, octets("conversation"), join_records([encode_shape(message)]))
    writer = BlockWriter(BlockKey(key))
    said = octets("groups", 60_000)
    blocks = [*writer.add(said), *writer.finish()]
    return {
        "code": {"bytes": bits.hex(), "words": words, "secret": secret.reveal().hex()},
        "header": {"salt": salt.hex(), "archive_key": key.reveal().hex(), "encoded": header.hex()},
        "group": said_by(group).hex(),
        "blocks": {
            "about": 'One group of SHAKE-256("groups"), 60,000 bytes, as it stands.',
            "sha256": [hashlib.sha256(block).hexdigest() for block in blocks],
            "first_content": blocks[0][8:72].hex(),
        },
    }
