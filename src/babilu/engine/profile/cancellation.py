"""Cancellation of an opening: what a client that is being opened waits for is cut, and its future fails."""

import threading
from collections.abc import Callable
from concurrent.futures import Future

from typing_extensions import override

from babilu.api.client import ChatClient
from babilu.engine.runtime.threads import closed


class CancellableOpening(Future[ChatClient]):
    """A future of a client; cancelled while the client is being opened, it soon fails with ``closed``."""

    def __init__(self) -> None:
        super().__init__()
        self._transaction = threading.Lock()
        self._cut: Callable[[], object] | None = None
        self._unwanted = False

    def cut_by(self, cut: Callable[[], object]) -> None:
        """Say how to end what is waited for from now on: done at once where nobody wants the client any more."""
        with self._transaction:
            self._cut = cut
            if self._unwanted:
                cut()

    def keep(self) -> None:
        """Say that nobody is waited for any more.

        Raises:
            LinkError: ``closed``: nobody wants the client any more.
        """
        with self._transaction:
            self._cut = None
            if self._unwanted:
                raise closed()

    @override
    def cancel(self) -> bool:
        """Give the client up; returns whether its opening had not even begun."""
        with self._transaction:
            self._unwanted = True
            if self._cut is not None:
                self._cut()
        return super().cancel()
