"""Login queue: strangers at a relay, so many in all and from one address; for one more, the longest silent one goes.

Whoever is honest says hello at once and logs in a moment later. So a flood of connections that say nothing, however
often it is renewed, keeps nobody out.
"""

from collections.abc import Callable


class PendingPeer:
    """A connection that nobody has logged in on, as it is counted.

    Attributes:
        address_key: What limits by address count it under, or None.
        certificate: The certificate that it was shown (DER).
    """

    __slots__ = ("address_key", "certificate")

    def __init__(self, address_key: str | None, certificate: bytes) -> None:
        self.address_key = address_key
        self.certificate = certificate


class LoginQueue:
    """Who has not logged in yet, in the order in which they came, and how each can be made to leave."""

    def __init__(self) -> None:
        self._silent = _Queue()
        self._greeted = _Queue()
        self._exits: dict[PendingPeer, Callable[[], object]] = {}

    def __len__(self) -> int:
        return len(self._exits)

    def enter(self, pending_peer: PendingPeer, leave: Callable[[], object]) -> None:
        """Count a stranger; ``leave`` closes its connection."""
        self._silent.add(pending_peer)
        self._exits[pending_peer] = leave

    def exit_by(self, pending_peer: PendingPeer, leave: Callable[[], object]) -> None:
        """Record which call closes a stranger's connection from now on."""
        if pending_peer in self._exits:
            self._exits[pending_peer] = leave

    def greeted(self, pending_peer: PendingPeer) -> None:
        """Count a stranger among those who have said hello."""
        if pending_peer in self._exits:
            self._silent.remove(pending_peer)
            self._greeted.add(pending_peer)

    def leave(self, pending_peer: PendingPeer) -> None:
        """Stop counting a stranger."""
        if self._exits.pop(pending_peer, None) is not None:
            self._silent.remove(pending_peer)
            self._greeted.remove(pending_peer)

    def make_room(self, address: str | None, most_of_address: int, most: int) -> None:
        """Let the oldest leave until one more fits, of one address and in all; those who have said hello last."""
        while address is not None and self._of(address) >= most_of_address:
            self._dismiss(self._silent.oldest_of(address) or self._greeted.oldest_of(address))
        while len(self._exits) >= most:
            self._dismiss(self._silent.oldest() or self._greeted.oldest())

    def _of(self, address: str) -> int:
        return self._silent.count(address) + self._greeted.count(address)

    def _dismiss(self, pending_peer: PendingPeer | None) -> None:
        if pending_peer is not None:
            leave = self._exits[pending_peer]
            self.leave(pending_peer)
            leave()


class _Queue:
    """Strangers in the order in which they came, in all and by address."""

    def __init__(self) -> None:
        self._all: dict[PendingPeer, None] = {}
        self._by_address: dict[str, dict[PendingPeer, None]] = {}

    def add(self, pending_peer: PendingPeer) -> None:
        self._all[pending_peer] = None
        if pending_peer.address_key is not None:
            self._by_address.setdefault(pending_peer.address_key, {})[pending_peer] = None

    def remove(self, pending_peer: PendingPeer) -> None:
        self._all.pop(pending_peer, None)
        address = pending_peer.address_key
        if address is not None and address in self._by_address:
            self._by_address[address].pop(pending_peer, None)
            if not self._by_address[address]:
                del self._by_address[address]

    def oldest(self) -> PendingPeer | None:
        return next(iter(self._all), None)

    def oldest_of(self, address: str) -> PendingPeer | None:
        return next(iter(self._by_address.get(address, ())), None)

    def count(self, address: str) -> int:
        return len(self._by_address.get(address, ()))
