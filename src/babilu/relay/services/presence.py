"""Presence: shown between accounts that watch each other; nobody else learns anything, not even that it is hidden.

Whoever watches an account also hears when its device list is another than the one known, also where the two are not to
show each other that they are online.
"""

import asyncio
import logging
from collections.abc import Set as AbstractSet
from typing import Final

from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.kernel.limits import Limits
from babilu.kernel.ports import Clock
from babilu.relay.base.keys import RelayKey
from babilu.relay.base.states import authenticated, of_device
from babilu.relay.base.throttle import Throttle
from babilu.relay.bus.port import AccountInDoubt, Bus, Hint, ListChanged, NodeCame, NodeGone, PresenceShown
from babilu.relay.storage.port import DirectoryStore, MailStore
from babilu.relay.storage.records import ListRecord
from babilu.relay.transport.connection import Connection
from babilu.wire.client_frames import Watch
from babilu.wire.relay_frames import Ok, PresenceFrame, StaleDevices

log = logging.getLogger(__name__)

NAMES_AT_ONCE: Final = 50
"""Device lists that are looked up and sent in one go: a watcher of many must not fill the memory."""


class PresenceService:
    """Handles what connections watch.

    Args:
        store: Where device lists are.
        mail: Is told whose mail a device's owner wants.
        key: For what stands for those.
        bus: Tells of changed ones, and of presence at other nodes.
        requests: Work under way, which ends before the relay does.
        limits: How often one may say whom one watches.
        clock: The time.
    """

    def __init__(
        self,
        store: DirectoryStore,
        mail: MailStore,
        key: RelayKey,
        bus: Bus,
        requests: "set[asyncio.Task[None]]",
        limits: Limits,
        clock: Clock,
    ) -> None:
        self._store = store
        self._mail = mail
        self._key = key
        self._requests = requests
        self._watches: Throttle[int] = Throttle(limits.watches, limits.watch_ms, clock)
        self._look_ups: Throttle[int] = Throttle(limits.look_ups, limits.look_up_ms, clock)
        # What each connection knows of the device lists it watches.
        self._watched: dict[Connection, dict[str, bytes]] = {}
        self._watchers: dict[str, set[Connection]] = {}
        # To whom each connection shows that it is online, and of whom it wants to be shown it.
        self._open_to: dict[Connection, frozenset[str]] = {}
        # Whose presence each connection was told.
        self._shown: dict[Connection, set[str]] = {}
        self._online: dict[str, set[Connection]] = {}
        # When the device list of a watched account changed last, counted over all of them.
        self._changed: dict[str, int] = {}
        self._changes = 0
        # Who is online at which other node, and to whom of those here who watch them they show themselves.
        self._elsewhere: dict[str, dict[int, set[str]]] = {}
        # When that was said last.
        self._said_at: dict[tuple[str, int], int] = {}
        self._clock = clock
        # Of which the storage may not know whose mail their devices' owners want.
        self._untold: set[Connection] = set()
        self._bus = bus
        self._node = bus.node
        bus.subscribe(self._hear, ListChanged, AccountInDoubt, PresenceShown, NodeGone, NodeCame)

    def reconfigure(self, limits: Limits) -> None:
        """Apply new limits."""
        self._watches.reconfigure(limits.watches, limits.watch_ms)
        self._look_ups.reconfigure(limits.look_ups, limits.look_up_ms)

    async def watch(self, connection: Connection, frame: Watch) -> Ok:
        """Replace what a connection watches, and send the device lists of which it knows another version.

        Raises:
            LinkError: ``rate_limited``; ``closed`` where the connection is gone: nobody would end its presence.
        """
        if not connection.is_open:
            raise LinkError(ErrorCode.CLOSED, "The connection is closed.")
        state = of_device(connection.state)
        name = state.name
        before = self._watched.get(connection, {})
        after = {watched.name: watched.list_hash for watched in frame.watched}
        open_before = self._open_to.get(connection, frozenset())
        open_after = frozenset(watched.name for watched in frame.watched if watched.shown)
        # A list that was compared already, or told since, is not looked up again.
        fresh = [other for other, list_hash in after.items() if before.get(other) != list_hash]
        wait = self._watches.wait_ms(state.account) or (self._look_ups.take(state.account, len(fresh)) if fresh else 0)
        if wait:
            raise LinkError(ErrorCode.RATE_LIMITED, "The watch list was changed too often: wait a moment.", wait)
        self._watches.charge(state.account)
        self._enter(connection, name)
        self._watched[connection] = after
        self._open_to[connection] = open_after
        self._tell_nodes(connection, name, open_before, open_after)
        if before.keys() != after.keys():
            self._untold.add(connection)
        for gone in before.keys() - after.keys():
            self._drop_watcher(gone, connection)
        for new in after.keys() - before.keys():
            self._watchers.setdefault(new, set()).add(connection)
        for other in open_before ^ open_after:
            self._refresh(name, other)
            self._refresh(other, name)
        if connection in self._untold:
            # Where it is not known what became of that, the next time says it again.
            await self._mail.know(state.device, frozenset(self._key.share(state.device, other) for other in after))
            self._untold.discard(connection)
        await self._send_stale(connection, fresh)
        return Ok(frame.request)

    def leave(self, connection: Connection) -> None:
        """Forget a connection; those who saw its account see it go with its last one."""
        watched = self._watched.pop(connection, None)
        if watched is None:
            return
        name = authenticated(connection.state).name
        self._online[name].discard(connection)
        if not self._online[name]:
            del self._online[name]
        self._shown.pop(connection)
        self._untold.discard(connection)
        shown = self._open_to.pop(connection)
        self._tell_nodes(connection, name, shown, frozenset())
        for other in watched:
            self._drop_watcher(other, connection)
        for other in shown:
            self._refresh(name, other)

    def shows(self, subject: str, observer: Connection) -> bool:
        """Tell whether an account's presence is shown to a connection: the two accounts watch each other."""
        return subject in self._shown.get(observer, ())

    def nodes_of(self, subject: str, observer: str) -> tuple[int, ...]:
        """Name the other nodes at which an account shows itself to another one."""
        return tuple(node for node, shown in self._elsewhere.get(subject, {}).items() if observer in shown)

    def _enter(self, connection: Connection, name: str) -> None:
        self._online.setdefault(name, set()).add(connection)
        self._shown.setdefault(connection, set())

    def _drop_watcher(self, name: str, connection: Connection) -> None:
        watchers = self._watchers.get(name)
        if watchers is not None:
            watchers.discard(connection)
            if not watchers:
                del self._watchers[name]
                self._changed.pop(name, None)

    def _refresh(self, subject: str, observer: str) -> None:
        """Tell the observer's connections what of the subject's presence has changed for them."""
        shows_itself = self._looks_at(subject, observer) or any(
            observer in shown for shown in self._elsewhere.get(subject, {}).values()
        )
        for connection in self._online.get(observer, ()):
            shown = self._shown[connection]
            if subject not in self._open_to[connection]:
                shown.discard(subject)
            elif shows_itself and subject not in shown:
                shown.add(subject)
                connection.send(PresenceFrame(subject, "online"))
            elif not shows_itself and subject in shown:
                shown.discard(subject)
                connection.send(PresenceFrame(subject, "offline"))

    def _looks_at(self, observer: str, subject: str) -> bool:
        """Tell whether somebody of an account who is online here shows themselves to another one, and looks at it."""
        return any(subject in self._open_to[mine] for mine in self._online.get(observer, ()))

    def _tell_nodes(self, connection: Connection, name: str, before: AbstractSet[str], after: AbstractSet[str]) -> None:
        """Tell other nodes to whom an account shows itself now, or no longer, by one of its connections here."""
        if self._node is None:
            return
        by_others = {
            other for mine in self._online.get(name, ()) if mine is not connection for other in self._open_to[mine]
        }
        came, gone = after - before - by_others, before - after - by_others
        if came:
            self._bus.publish(PresenceShown(self._node, name, frozenset(came), online=True, asks=True))
        if gone:
            self._bus.publish(PresenceShown(self._node, name, frozenset(gone), online=False))
        for subject in gone:
            # Nobody of the account here looks there any more; who looks again, asks again.
            for node in tuple(self._elsewhere.get(subject, ())):
                self._forget_elsewhere(subject, node, name)

    def say_again(self, node: int | None = None) -> None:
        """Tell all nodes, or one, who is online here: what they heard before may have been lost."""
        if self._node is None:
            return
        for name, connections in self._online.items():
            to = frozenset(other for each in connections for other in self._open_to[each])
            if to:
                self._bus.publish(PresenceShown(self._node, name, to, online=True, whole=True), node)

    def forget_unsaid(self, before: int) -> None:
        """Take those for offline of whom no other node has said since a (monotonic) time that they are online."""
        for (subject, node), said_at in tuple(self._said_at.items()):
            if said_at < before:
                self._forget_at_node(subject, node)

    def _hear_of_presence(self, shown: PresenceShown) -> None:
        subject, node = shown.name, shown.node
        if shown.whole:
            for observer in self._elsewhere.get(subject, {}).get(node, set()) - shown.to:
                self._forget_elsewhere(subject, node, observer)
                self._refresh(subject, observer)
        here = [observer for observer in shown.to if self._looks_at(observer, subject)]
        for observer in here:
            if shown.online:
                self._elsewhere.setdefault(subject, {}).setdefault(node, set()).add(observer)
                self._said_at[subject, node] = self._clock.monotonic_ms()
            else:
                self._forget_elsewhere(subject, node, observer)
            self._refresh(subject, observer)
            if shown.asks and self._node is not None:
                self._bus.publish(PresenceShown(self._node, observer, frozenset({subject}), online=True), node)

    def _forget_elsewhere(self, subject: str, node: int, observer: str) -> None:
        nodes = self._elsewhere.get(subject, {})
        nodes.get(node, set()).discard(observer)
        if not nodes.get(node):
            nodes.pop(node, None)
            self._said_at.pop((subject, node), None)
        if not nodes:
            self._elsewhere.pop(subject, None)

    def _forget_node(self, node: int) -> None:
        for subject in tuple(self._elsewhere):
            self._forget_at_node(subject, node)

    def _forget_at_node(self, subject: str, node: int) -> None:
        for observer in tuple(self._elsewhere.get(subject, {}).get(node, ())):
            self._forget_elsewhere(subject, node, observer)
            self._refresh(subject, observer)

    async def _send_stale(self, connection: Connection, names: list[str]) -> None:
        for start in range(0, len(names), NAMES_AT_ONCE):
            asked = {name: self._changed.get(name) for name in names[start : start + NAMES_AT_ONCE]}
            lists = await self._store.lists(tuple(asked))
            for name, current in lists.items():
                # A list that was read before the last change may come after it was told.
                if self._changed.get(name) == asked[name]:
                    self._tell(connection, name, current)
            await connection.drained()

    def _tell(self, connection: Connection, name: str, current: ListRecord) -> None:
        known = self._watched.get(connection, {})
        if name in known and known[name] != current.hash:
            known[name] = current.hash
            connection.send(StaleDevices(None, name, current.signed))

    def _hear(self, hint: Hint) -> None:
        match hint:
            case ListChanged(name) | AccountInDoubt(name) if name in self._watchers:
                self._changes += 1
                self._changed[name] = self._changes
                task = asyncio.get_running_loop().create_task(self._tell_watchers(name, self._changes))
                self._requests.add(task)
                task.add_done_callback(self._requests.discard)
            case PresenceShown(node=node) if node != self._node:
                self._hear_of_presence(hint)
            case NodeGone(node):
                self._forget_node(node)
            case NodeCame(node):
                self.say_again(None if node == self._node else node)
            case _:
                pass

    async def _tell_watchers(self, name: str, change: int) -> None:
        try:
            lists = await self._store.lists([name])
        except BabiluError as error:
            # They learn of it when they write: a submission under the old list is refused with the new one.
            log.warning("a changed device list could not be told: %s", error.code)
            return
        for current in lists.values() if self._changed.get(name) == change else ():
            for connection in tuple(self._watchers.get(name, ())):
                self._tell(connection, name, current)
