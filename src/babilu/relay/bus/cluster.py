"""Bus of a relay of several nodes: all that one turn of the loop tells a node leaves as one message, by some carrier.

A carrier takes messages without waiting, and may lose them; what it brings is checked by the codec.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from babilu.crypto.secret import Secret
from babilu.relay.bus.codec import HintCodec
from babilu.relay.bus.listeners import Listeners
from babilu.relay.bus.port import BusCounts, Hint, LetterStored, MailStored, NodeCame


class Carrier(Protocol):
    """Brings messages to nodes."""

    @property
    def most(self) -> int:
        """Bytes of the longest message."""

    @property
    def is_up(self) -> bool:
        """Whether messages come and go at present, as far as is known."""

    async def start(self, hear: Callable[[bytes], None], restored: Callable[[], None]) -> None:
        """Begin to bring messages.

        Args:
            hear: Takes each message that came, in the loop's thread.
            restored: Is called where messages come again after a time in which they did not.
        """

    def send(self, node: int | None, messages: list[bytes]) -> None:
        """Send messages to one node, or to all (None), in time."""

    async def close(self) -> None:
        """Send nothing more."""


class ClusterBus:
    """The bus of one of several nodes; see `Bus`. Make it with `join`.

    Args:
        node: Number of this node.
        carrier: Brings messages.
        codec: Makes them.
        letter_bytes: Longest envelope that goes along with the hint that it was stored.
        counts: Counts what goes, comes and is dropped.
    """

    def __init__(self, node: int, carrier: Carrier, codec: HintCodec, letter_bytes: int, counts: BusCounts) -> None:
        self._loop = asyncio.get_running_loop()
        self._node = node
        self._carrier = carrier
        self._codec = codec
        self._letter_bytes = min(letter_bytes, carrier.most // 2)
        self.counts = counts
        self._listeners = Listeners()
        self._waiting: dict[int | None, list[Hint]] = {}
        self._closed = False

    @classmethod
    async def join(
        cls, node: int, key: Secret, epoch: bytes, carrier: Carrier, letter_bytes: int, counts: BusCounts
    ) -> "ClusterBus":
        """Join the other nodes.

        Args:
            node: Number of this node.
            key: The key that all nodes of the relay have.
            epoch: Name of the history that the storage holds.
            carrier: Brings messages.
            letter_bytes: Longest envelope that goes along with the hint that it was stored; 0 for none.
            counts: Those of the carrier.
        """
        bus = cls(node, carrier, HintCodec(key, epoch, node, carrier.most, counts), letter_bytes, counts)
        await carrier.start(bus._hear, bus._restored)
        return bus

    @property
    def node(self) -> int:
        """Number of this node."""
        return self._node

    @property
    def is_up(self) -> bool:
        return self._carrier.is_up

    def go_on_with(self, epoch: bytes) -> None:
        """Speak of another history from now on."""
        self._codec.epoch = epoch

    def publish(self, hint: Hint, node: int | None = None) -> None:
        if node is None or node == self._node:
            for listener in self._listeners.of(type(hint)):
                self._loop.call_soon(listener, hint)
        if node == self._node or self._closed:
            return
        if type(hint) is LetterStored and len(hint.envelope) > self._letter_bytes:
            hint = MailStored(hint.device, hint.seq)
        if not self._waiting:
            self._loop.call_soon(self._flush)
        waiting = self._waiting.get(node)
        if waiting is None:
            self._waiting[node] = [hint]
        else:
            waiting.append(hint)

    def subscribe(self, listener: Callable[[Hint], None], *kinds: type[Hint]) -> None:
        self._listeners.add(listener, kinds)

    async def close(self) -> None:
        self._flush()
        self._closed = True
        self._listeners.clear()
        await self._carrier.close()

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for node, hints in waiting.items():
            messages = self._codec.seal(hints)
            self.counts.sent += len(messages)
            self._carrier.send(node, messages)

    def _hear(self, message: bytes) -> None:
        hints = self._codec.open(message)
        if hints:
            self.counts.heard += 1
            # In a turn of its own: a listener that fails costs the rest of this message, and nothing of the carrier.
            self._loop.call_soon(self._hand_out, hints)

    def _hand_out(self, hints: list[Hint]) -> None:
        for hint in hints:
            for listener in self._listeners.of(type(hint)):
                listener(hint)

    def _restored(self) -> None:
        self.publish(NodeCame(self._node))
