"""One's own profile as it is shown: what it keeps, whom it tells what, and its link for others."""

from dataclasses import dataclass
from enum import StrEnum, unique

from babilu.api.connection_views import Address
from babilu.kernel.ids import IdentityKey


@unique
class PrivacySwitch(StrEnum):
    """What a person tells others of themselves, each switched by itself."""

    READ = "read"
    TYPING = "typing"
    PRESENCE = "presence"


@dataclass(frozen=True, slots=True)
class ReceiptsView:
    """Privacy switches: who does not share something with others does not see it of them.

    Attributes:
        conversation: Where; None for what holds wherever nothing else was said.
        read: Whether receipts of reading are given and shown.
        typing: Whether it is told and shown who is typing.
        presence: Whether presence is told and shown.
        inherited: Which of them a conversation has no choice of its own for: they are as everywhere.
    """

    conversation: str | None
    read: bool
    typing: bool
    presence: bool
    inherited: tuple[PrivacySwitch, ...] = ()


@dataclass(frozen=True, slots=True)
class ContactLinkView:
    """A link by which others add a person.

    Attributes:
        text: What is passed on, also as a QR code; it holds nothing secret.
        name: The name that it gives.
        identity: The identity key that it names.
    """

    text: str
    name: str
    identity: IdentityKey


@dataclass(frozen=True, slots=True)
class ProfilePictureView:
    """A profile picture to draw: red, green, blue and opacity of each pixel (not multiplied), row by row."""

    width: int
    height: int
    pixels: bytes


@dataclass(frozen=True, slots=True)
class ProfileView:
    """A profile on this machine that can be opened with its passphrase.

    Attributes:
        path: File of the database.
        name: The account's or the own direct name.
        relay: Address of its relay, or None for direct conversations only.
        in_use: Whether another process holds it.
    """

    path: str
    name: str
    relay: Address | None
    in_use: bool


@dataclass(frozen=True, slots=True)
class DeviceChangeView:
    """One of the own devices that came or went.

    Attributes:
        device: Its id, as 32 hexadecimal digits.
        name: What it is called, or was; empty where that is not known here.
        added: Whether it came.
    """

    device: str
    name: str
    added: bool


@dataclass(frozen=True, slots=True)
class OwnDeviceView:
    """One of the own devices.

    Attributes:
        device: Its id, as 32 hexadecimal digits.
        name: What it is called; empty where that is not known here.
        own: Whether it is this one.
        full: Whether it is a full one, which holds the identity key and may link and remove others.
        last_seen: When it last said something (Unix milliseconds); None where it never did, and for this one.
    """

    device: str
    name: str
    own: bool
    full: bool
    last_seen: int | None = None
