"""States that the database keeps and user interfaces show: each is defined here once, by the word that is stored."""

from enum import StrEnum, unique


@unique
class ConversationKind(StrEnum):
    """With whom a conversation is: a contact, or oneself."""

    PAIR = "pair"
    NOTES = "notes"


@unique
class MessageKind(StrEnum):
    """What a row of a conversation is: a message, or a line about something that happened between messages."""

    TEXT = "text"
    KEY_CHANGED = "key_changed"
    GAP = "gap"


@unique
class MessageState(StrEnum):
    """How far an own message has come; it never goes backwards, except from failed to queued by a retry."""

    QUEUED = "queued"
    HELD = "held"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@unique
class DeliveryState(StrEnum):
    """How far an own message has come for one device, until its receipt: owed to it, or with an envelope."""

    OWED = "owed"
    QUEUED = "queued"
    HELD = "held"
    FAILED = "failed"


@unique
class Route(StrEnum):
    """How a message or an envelope travels."""

    RELAY = "relay"
    DIRECT = "direct"


@unique
class Trust(StrEnum):
    """What is known about a contact's identity key; `CHANGED` while another one is claimed, shown and never stored."""

    FIRST_USE = "first_use"
    VERIFIED = "verified"
    CHANGED = "changed"
