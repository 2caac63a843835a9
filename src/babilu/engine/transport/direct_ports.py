"""Port of direct conversations: what they ask of the client and report to it."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from babilu.engine.transport.direct_connection import DirectConnection
from babilu.engine.transport.direct_parts import PartAnswer
from babilu.identity.direct import DirectPeer
from babilu.identity.shapes import Bundle
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import EnvelopeId
from babilu.wire.direct_frames import BlobGet, BlobKept, BlobWaits


@dataclass(frozen=True, slots=True)
class KnownPeer:
    """The other side is this contact and may talk."""

    contact: int


@dataclass(frozen=True, slots=True)
class UnknownPeer:
    """The other side is unknown; a conversation request with this id waits for the user."""

    request: str


@dataclass(frozen=True, slots=True)
class UnwantedPeer:
    """The other side is blocked or declined, or there are too many requests: it hears what a stranger hears."""


@dataclass(frozen=True, slots=True)
class RemovedPeer:
    """The other side is a device of this person's that was removed: it is shown the list that says so, and no more."""

    contact: int


Verdict = KnownPeer | UnknownPeer | UnwantedPeer | RemovedPeer


class DirectDuties(Protocol):
    """What direct conversations ask of the client; called in the loop's thread, answered by threads that may block."""

    def judge_caller(self, peer: DirectPeer, address: tuple[str, int]) -> "Future[Verdict]":
        """Decide about somebody who called, whose signature holds; a stranger's request is stored."""

    def judge_nobody(self) -> "Future[Verdict]":
        """Take as long for somebody who called another device than this one; the verdict is `UnwantedPeer`."""

    def judge_answerer(self, peer: DirectPeer, address: tuple[str, int]) -> "Future[KnownPeer]":
        """Find or make the contact that answered our call, whose signature holds."""

    def own_bundle(self, contact: int | None) -> "Future[Bundle]":
        """Make a bundle of the own device, committed already, for a contact or for whoever answers."""

    def link_up(self, link: DirectConnection, *, is_first: bool) -> None:
        """Take note that a link stands; the first one with its contact, or one of several."""

    def link_down(self, link: DirectConnection, reason: BabiluError, *, is_last: bool) -> None:
        """Take note that a link is gone; the last one with its contact, or one of several."""

    def arrived_directly(self, link: DirectConnection, envelopes: list[bytes]) -> "Future[list[EnvelopeId]]":
        """Commit envelopes of a link; answers with the ids that are kept."""

    def transient_came(self, link: DirectConnection, sealed: bytes) -> None:
        """Take what the device at the other end says that is true now."""

    def prekeys_came(self, link: DirectConnection, bundle: Bundle) -> None:
        """Keep a bundle for a later session with the device at the other end."""

    def read_parts(self, link: DirectConnection, gets: Sequence[BlobGet]) -> "Future[list[PartAnswer]]":
        """Read what the other end of a link asks for of files, as far as that contact may have it."""

    def file_kept(self, link: DirectConnection, kept: BlobKept) -> None:
        """Take note that the device at the other end has a file whole."""

    def file_waits(self, link: DirectConnection, waiting: BlobWaits) -> None:
        """Tell the other end of a link whether a file of theirs is here."""

    def link_asked(self, channel: bytes, certificate: bytes, message: bytes, reply: Callable[[bytes], None]) -> None:
        """Take a message of a device that wants to be linked; ``certificate`` is the SHA-256 of the own one."""

    def call_pending(self, address: tuple[str, int], request_id: str | None) -> None:
        """Take note that the called side of a call, begun by that command, has not decided yet."""

    def call_failed(
        self, address: tuple[str, int], error: BabiluError, retry_seconds: float | None, request_id: str | None
    ) -> None:
        """Take note that a call, begun by that command, came to nothing, and when it is tried again."""
