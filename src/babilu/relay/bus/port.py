"""Bus between the nodes of a relay: hints that something has changed; what is true lies in the storage.

What a node tells all, its own listeners hear surely, at the next turn of its loop. Other nodes hear it in no order,
more than once or not at all: to them a hint only hastens what comes about without it. So a hint says what is so and not
what is to be done, and to hear it late or again does no harm.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import msgspec

from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import DeviceId


class _Hint(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Anything that nodes tell each other; its tag is its number on the bus.

    Nodes of two versions talk to each other: a new kind gets the next number, and a new field goes to the end. A
    letter's hint is made and read as often as a letter is stored: that takes a tenth of a microsecond like this.
    """


class MailStored(_Hint, frozen=True, tag=0):
    """A mailbox has given out numbers up to ``head``."""

    device: DeviceId
    head: int


class LetterStored(_Hint, frozen=True, tag=13):
    """An envelope was stored under the next number of a mailbox, and here it is: nobody need read it."""

    device: DeviceId
    seq: int
    stored_at: int
    envelope: bytes


class StockLow(_Hint, frozen=True, tag=14):
    """So few one-time prekeys of a device are left that its owner is to make more."""

    device: DeviceId
    ec: int
    kem: int


class DeviceMoved(_Hint, frozen=True, tag=1):
    """A device has resumed on a connection whose fence is this one: all that have lower ones end."""

    device: DeviceId
    fence: int


class ListChanged(_Hint, frozen=True, tag=2):
    """The device list of an account is another one."""

    name: str


class DevicesRemoved(_Hint, frozen=True, tag=3):
    """Devices were taken off their account's list.

    Attributes:
        devices: Which ones.
        name: The account.
        device_list: The list that names them no longer, which they are shown; None where it is another person's.
    """

    devices: tuple[DeviceId, ...]
    name: str = ""
    device_list: SignedDeviceList | None = None


class AccountClosed(_Hint, frozen=True, tag=4):
    """An account can no longer be used: it was deleted (``device_unknown``) or disabled (``account_disabled``)."""

    account: int
    why: ErrorCode


class AccountInDoubt(_Hint, frozen=True, tag=5):
    """Nobody knows whether a change to an account was stored: its devices log in again, and the storage decides."""

    name: str


class PresenceShown(_Hint, frozen=True, tag=6):
    """An account is online at a node, or no longer, for those to whom it shows itself.

    Attributes:
        node: Where.
        name: The account.
        to: To whom.
        online: Whether it is.
        asks: Whether the node wants to hear the same of them.
        whole: Whether the account shows itself there to nobody else.
    """

    node: int
    name: str
    to: frozenset[str]
    online: bool
    asks: bool = False
    whole: bool = False


class TransientPassed(_Hint, frozen=True, tag=7):
    """Transient for a device; it does no harm where it comes late or twice.

    Attributes:
        sender: Account that says it.
        name: Account of the recipient.
        device: Recipient device.
        sealed: What is said.
    """

    sender: str
    name: str
    device: DeviceId
    sealed: bytes


class LinkAskPassed(_Hint, frozen=True, tag=8):
    """Message for devices of an account in a try to link one more; one that comes twice ends the try, and no more.

    Attributes:
        account: Number of the account.
        link: The try.
        device: For which device; None for all.
        message: What is said.
    """

    account: int
    link: bytes
    device: DeviceId | None
    message: bytes


class LinkAnswerPassed(_Hint, frozen=True, tag=9):
    """Message of a device for whoever asks in a try to link one more; see `LinkAskPassed`."""

    account: int
    link: bytes
    device: DeviceId
    message: bytes


class NodeGone(_Hint, frozen=True, tag=10):
    """A node has stopped, or is taken for dead, and nobody is connected to it."""

    node: int


class NodeCame(_Hint, frozen=True, tag=15):
    """A node has come, or hears hints again: who knows what is stored nowhere says it anew."""

    node: int


class LogGrown(_Hint, frozen=True, tag=16):
    """The storage's log of changes has grown: whoever reads it now need not wait until they would anyway."""


class NoticeGiven(_Hint, frozen=True, tag=11):
    """The operator's notice to everybody: its text."""

    text: str


class CertificateAnnounced(_Hint, frozen=True, tag=12):
    """The certificate after the present one has this SHA-256; None where none follows any more."""

    pin: bytes | None


Hint = (
    MailStored
    | DeviceMoved
    | ListChanged
    | DevicesRemoved
    | AccountClosed
    | AccountInDoubt
    | PresenceShown
    | TransientPassed
    | LinkAskPassed
    | LinkAnswerPassed
    | NodeGone
    | NoticeGiven
    | CertificateAnnounced
    | LetterStored
    | StockLow
    | NodeCame
    | LogGrown
)
"""All hints."""


@dataclass(slots=True)
class BusCounts:
    """How many messages between nodes came and went, and why some did not.

    Attributes:
        sent: Messages for other nodes.
        heard: Messages of other nodes that were understood.
        lost: Messages that were dropped here, as too many waited or nobody carried them.
        forged: Messages that nobody with the relay's key has made.
        other_epoch: Messages of nodes that know another history.
        unknown: Hints that only a node of another version understands.
    """

    sent: int = 0
    heard: int = 0
    lost: int = 0
    forged: int = 0
    other_epoch: int = 0
    unknown: int = 0


class Bus(Protocol):
    """Carries hints between nodes."""

    @property
    def counts(self) -> BusCounts:
        """What became of messages."""

    @property
    def is_up(self) -> bool:
        """Whether hints reach other nodes at present, as far as is known."""

    def go_on_with(self, epoch: bytes) -> None:
        """Hear nodes that know this history of the storage, and no others."""

    @property
    def node(self) -> int | None:
        """Number of this node, as the storage names it; None for the only one."""

    def publish(self, hint: Hint, node: int | None = None) -> None:
        """Tell every node, or one alone."""

    def subscribe(self, listener: Callable[[Hint], None], *kinds: type[Hint]) -> None:
        """Give hints of these kinds, or of all where none is named, to ``listener``, in the loop's thread."""

    async def close(self) -> None:
        """Stop carrying hints."""


@contextlib.contextmanager
def in_doubt(bus: Bus, name: str) -> Iterator[None]:
    """Change an account in the storage: where it is not known what became of that, tell so."""
    try:
        yield
    except Exception:
        bus.publish(AccountInDoubt(name))
        raise
