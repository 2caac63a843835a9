"""Archives: a whole file, from both headers to the hash at its end, with the code that would mend it."""

import zlib
from dataclasses import dataclass, field
from typing import Any

from tests.second_reader.primitives import check, read, sha256
from tests.second_reader.stored import code_secret, open_block, open_header, padme

HEADER, BLOCK, DATA, PARITY = 526, 65_288, 223, 32
MARKER = bytes.fromhex("bab11c5e9d2f73e8")
CORE = {1, 2, 3, 4}
NOT_HASHED = {1, 9, 10}


def _powers() -> list[int]:
    powers, value = [], 1
    for _ in range(255):
        powers.append(value)
        value = (value << 1) ^ (0x11D if value & 0x80 else 0)
    return powers


def _tables() -> list[bytes]:
    """Give for each root of the code what a byte times that root is."""
    powers = _powers()
    logs = {value: power for power, value in enumerate(powers)}
    return [
        bytes(0 if not value else powers[(logs[value] + root) % 255] for value in range(256)) for root in range(PARITY)
    ]


def is_codeword(coded: bytes, columns: int) -> bool:
    """Tell whether bytes are so many codewords of RS(255, 223), byte by byte in turns: every root is one of theirs."""
    rows = [coded[at : at + columns] for at in range(0, len(coded), columns)]
    check(len(rows) == DATA + PARITY and len(rows[-1]) == columns, "a codeword has 255 bytes")
    for table in _tables():
        value = bytes(columns)
        for row in rows:
            value = _xor(value.translate(table), row)
        if any(value):
            return False
    return True


def _xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).to_bytes(len(one), "big")


@dataclass
class Archive:
    """What is in an archive.

    Attributes:
        groups: Kind, number, messages before it, scope and records of each, copies left out.
        digest: The hash of its contents.
        counts: How much it says that is in it.
        files: How many bytes each sealed file has, by its id in hexadecimal.
    """

    groups: list[list[Any]] = field(default_factory=list)
    digest: bytes = b""
    counts: list[int] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)

    def records(self, kind: int) -> list[tuple[bytes, Any]]:
        """Give the records of a kind, each with its scope."""
        return [(group[3], record) for group in self.groups if group[0] == kind for record in group[4]]


def read_archive(file: bytes, code: bytes) -> Archive:
    """Read an undamaged archive to its end, and check everything that it says of itself."""
    first, last = file[:HEADER], file[-HEADER:]
    check(first == last, "the header stands at both ends")
    check(is_codeword(first[16:], 2), "the header is in its code")
    key, _ = open_header(first, code_secret(code))
    blocks = [file[at : at + BLOCK] for at in range(HEADER, len(file) - HEADER, BLOCK)]
    check(all(len(block) == BLOCK for block in blocks), "all blocks are of one size")
    check(padme(len(blocks)) == len(blocks), "their number is one to which Padmé pads")
    said = b""
    for place, block in enumerate(blocks):
        check(block[:8] == MARKER and is_codeword(block[8:], 256), "a block is in its code, behind its marker")
        found, is_last, opened = open_block(key, block[8 : 8 + DATA * 256])
        check((found, is_last) == (place, place == len(blocks) - 1), "blocks stand in their order")
        begins, inside = int.from_bytes(opened[:2], "big"), opened[2:]
        check(begins == _next_begins(said, len(inside)), "a block says where the first group in it begins")
        said += inside
    return _archive(_groups(said))


def _next_begins(said: bytes, room: int) -> int:
    """Tell where the first group begins in what follows; 0xffff for nowhere."""
    at = 0
    while at < len(said):
        length = int.from_bytes(said[at : at + 4], "big")
        if length == 0:
            return 0xFFFF
        at += 4 + length
    return at - len(said) if at - len(said) < room else 0xFFFF


def _groups(said: bytes) -> list[bytes]:
    found, at = [], 0
    while length := int.from_bytes(said[at : at + 4], "big"):
        found.append(zlib.decompress(said[at + 4 : at + 4 + length]))
        at += 4 + length
    check(not any(said[at:]), "nothing but zeros stands behind the last group")
    return found


def _archive(groups: list[bytes]) -> Archive:
    made = Archive()
    hashed, messages = b"", 0
    for encoded in groups:
        group: list[Any] = read(encoded)
        kind, number, before = group[:3]
        if kind in CORE and number < len(made.groups):
            check(group == made.groups[number], "a copy says what it is a copy of")
            continue
        if kind == 10:
            ((counts, digest),) = group[4]
            made.counts, made.digest = counts, digest
            check(digest == sha256(hashed), "the end has the hash of all groups")
            continue
        check((number, before) == (len(made.groups), messages), "groups stand in their order")
        made.groups.append(group)
        messages += len(group[4]) if kind == 7 else 0
        if kind not in NOT_HASHED:
            hashed += encoded
    people, conversations, entries = (len(made.records(kind)) for kind in (3, 4, 6))
    for blob, (size, offset, content) in ((scope, record[:3]) for scope, record in made.records(9)):
        check(offset == made.files.get(blob.hex(), 0), "the runs of a file come in their order")
        made.files[blob.hex()] = offset + len(content)
        check(offset + len(content) <= size, "a file is as long as it says")
    there = [people, conversations, messages, entries, len(made.files)]
    check(made.counts == there, "the end counts what is there")
    return made
