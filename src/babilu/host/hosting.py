"""Hosting client: others attach to it; it is served while it is open, and whoever is attached hears of its end."""

import logging
import os
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from babilu.api.client import ChatClient, Listener, Subscription
from babilu.api.commands import Command, Status
from babilu.api.events import Event
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.host.hosting_lock import HostingLock
from babilu.rpc.methods import Attachment, api_digest
from babilu.rpc.server import Server
from babilu.rpc.session import Hosted
from babilu.version import __version__

R = TypeVar("R")

log = logging.getLogger(__name__)

ANSWER_S = 30.0
CLOSE_S = 15.0


class HostingClient:
    """A client of this process and the socket at which others attach to it.

    Args:
        client: The client; closed with this one.
        hosting_lock: The right to host; given back at the end.
        stop: Ends the host where callers may ask for that: a daemon. None where they may not.
        reads: Whether this process takes each message that arrives for itself.
    """

    def __init__(
        self,
        client: ChatClient,
        hosting_lock: HostingLock,
        stop: Callable[[], None] | None = None,
        *,
        reads: bool = False,
    ) -> None:
        self._client = client
        self._hosting_lock = hosting_lock
        self._cursor = 0
        # The client tells its listeners one after the other, so this is never behind what others were told.
        self._following = client.subscribe(self._follow, since=0)
        self._serving: tuple[LoopThread, Server] | None = None
        if hosting_lock.listening is not None:
            attachment = make_attachment(client, daemon=stop is not None, reads=reads)
            thread = LoopThread()
            thread.start()
            server = Server(hosting_lock.listening, Hosted(client, attachment, lambda: self._cursor, stop))
            self._serving = (thread, server)
            thread.run(server.start()).result(ANSWER_S)

    def _follow(self, cursor: int, event: Event) -> None:
        del event
        self._cursor = cursor

    def request(self, command: Command[R]) -> "Future[R]":
        return self._client.request(command)

    def subscribe(self, listener: Listener, since: int | None = None) -> Subscription:
        return self._client.subscribe(listener, since)

    def close(self, timeout_ms: int = 10_000) -> None:
        """Finish what is under way, end, and let others host; see `babilu.api.client.ChatClient`."""
        self._client.close(timeout_ms)
        self._following.cancel()
        serving, self._serving = self._serving, None
        if serving is not None:
            thread, server = serving
            try:
                thread.run(server.stop()).result(CLOSE_S)
            except TimeoutError:
                log.warning("those who were attached are not waited for any longer")
            thread.stop()
        self._hosting_lock.leave()


def make_attachment(client: ChatClient, *, daemon: bool, reads: bool = False) -> Attachment:
    name = client.request(Status()).result(ANSWER_S).name
    return Attachment(name, os.getpid(), daemon, __version__, api_digest(), reads)
