"""Ids: hashes or random bytes of fixed size; every hash starts with its own domain tag."""

import hashlib
from typing import NewType

from babilu.kernel.ports import Randomness

IdentityKey = NewType("IdentityKey", bytes)
"""A person: the 32-byte Ed25519 key that signs the device list."""

DeviceId = NewType("DeviceId", bytes)
"""16 bytes derived from a device's two public keys."""

MessageId = NewType("MessageId", bytes)
"""16 bytes of the hash of what a person said, when, and in which conversation: the same for every device and route."""

EnvelopeId = NewType("EnvelopeId", bytes)
"""16 bytes of the hash of one encrypted envelope."""

BlobId = NewType("BlobId", bytes)
"""16 bytes of the hash of the token that reads a stored file."""

ConversationId = NewType("ConversationId", bytes)
"""32 bytes that name a pair of persons, a group, or the notes of one person."""

EntryHash = NewType("EntryHash", bytes)
"""32 bytes that name one entry of a group's log."""

SHORT_ID_BYTES = 16


def domain(purpose: str) -> bytes:
    """Return the domain tag of ``purpose``, such as ``b"babilu/envelope/1"``, for a hash, a KDF or a signature."""
    return f"babilu/{purpose}/1".encode("ascii")


_DEVICE = domain("device")
_CONVERSATION = domain("conversation")
_NOTES = domain("notes")
_MESSAGE = domain("message")
_LINE = domain("line")
_ROLE = domain("group-role")
_GROUP = domain("group")
_GROUP_ENTRY = domain("group-entry")
_IMPORTED = domain("imported")
_IMPORTED_MESSAGE = domain("imported-message")


def device_id(signing_key: bytes, agreement_key: bytes) -> DeviceId:
    """Derive a device's id from its Ed25519 signing key and X25519 agreement key (32 bytes each)."""
    return DeviceId(hashlib.sha256(_DEVICE + signing_key + agreement_key).digest()[:SHORT_ID_BYTES])


def envelope_id(envelope: bytes) -> EnvelopeId:
    """Derive the id of an envelope from its bytes."""
    return EnvelopeId(hashlib.sha256(envelope).digest()[:SHORT_ID_BYTES])


def blob_id(read_token: bytes) -> BlobId:
    """Derive the id under which a relay stores a file from the 32-byte token with which it is read.

    A relay compares the two and so keeps nothing with which it could read, and whoever only sees an id cannot fetch.
    """
    return BlobId(hashlib.sha256(domain("blob") + read_token).digest()[:SHORT_ID_BYTES])


def conversation_id(one: IdentityKey, other: IdentityKey) -> ConversationId:
    """Derive the id of the conversation of two persons; the order of the two does not matter."""
    low, high = sorted((one, other))
    return ConversationId(hashlib.sha256(_CONVERSATION + low + high).digest())


def conversation_with(own: IdentityKey, other: IdentityKey) -> ConversationId:
    """Return the id of the conversation with a person; with oneself it is that of the notes."""
    return notes_id(own) if own == other else conversation_id(own, other)


def notes_id(identity: IdentityKey) -> ConversationId:
    """Derive the id of the conversation that a person has with themselves: the same on each of their devices."""
    return ConversationId(hashlib.sha256(_NOTES + identity).digest())


def entry_hash(signature: bytes, body: bytes) -> EntryHash:
    """Derive the name of an entry of a group's log from its very bytes, which are never encoded again."""
    return EntryHash(hashlib.sha256(_GROUP_ENTRY + signature + body).digest())


def group_id(signature: bytes, body: bytes) -> ConversationId:
    """Derive the id of a group from the bytes of its first entry."""
    return ConversationId(hashlib.sha256(_GROUP + signature + body).digest())


def message_id(conversation: ConversationId, author: IdentityKey, sent_at: int, part: bytes) -> MessageId:
    """Derive the id of a message, which never travels: whoever knows the words computes it.

    Args:
        conversation: Where it was said.
        author: Who said it.
        sent_at: Unix milliseconds as its author names them.
        part: The exact bytes of what was said, with the random ones that tell equal words apart.
    """
    said = _MESSAGE + conversation + author + sent_at.to_bytes(8, "big") + part
    return MessageId(hashlib.sha256(said).digest()[:SHORT_ID_BYTES])


def imported_id(source: str, name: str) -> ConversationId:
    """Derive the id of a conversation that another program has exported, by what it is called there."""
    return ConversationId(hashlib.sha256(_IMPORTED + f"{source}\0{name}".encode()).digest())


def imported_message_id(conversation: ConversationId, author: str, said_at: int, text: str, time: int) -> MessageId:
    """Derive the id of a message that another program has exported, which nobody else computes.

    Args:
        conversation: Where it was said.
        author: Who said it, as the other program calls them.
        said_at: Unix milliseconds as the other program has them, which may be those of a whole minute.
        text: What it says, with the names of its files.
        time: How often the same author had said the same by then at this time.
    """
    who = author.encode("utf-8", "surrogatepass")
    at = said_at.to_bytes(8, "big") + time.to_bytes(4, "big") + len(who).to_bytes(4, "big")
    said = _IMPORTED_MESSAGE + conversation + at + who + text.encode("utf-8", "surrogatepass")
    return MessageId(hashlib.sha256(said).digest()[:SHORT_ID_BYTES])


def role_key(group: ConversationId, role: str) -> IdentityKey:
    """Return what stands in a mention for everybody of a group who has a role: the key of nobody."""
    return IdentityKey(hashlib.sha256(_ROLE + group + role.encode("ascii")).digest())


def new_line_id(randomness: Randomness) -> MessageId:
    """Make the id of a line that is nobody's message."""
    return MessageId(randomness.token(SHORT_ID_BYTES))


def line_id(conversation: int, position: int, part: bytes) -> MessageId:
    """Derive the id of a line from its place here, which no other one ever has, and what it says."""
    place = conversation.to_bytes(8, "big") + position.to_bytes(8, "big")
    return MessageId(hashlib.sha256(_LINE + place + part).digest()[:SHORT_ID_BYTES])
