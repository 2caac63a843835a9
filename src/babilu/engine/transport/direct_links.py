"""Links of direct conversations: one with each device of a contact, and who has hung up.

Of two links with one device that are dialled at once, both ends keep the same one.
"""

import asyncio
import logging
from collections.abc import Callable

from babilu.engine.transport.direct_connection import HANG_UP, DirectConnection, PeerHandlers
from babilu.engine.transport.direct_handshake import Expected, OwnFace
from babilu.engine.transport.direct_ports import DirectDuties
from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.kernel.ids import DeviceId
from babilu.store.conversations import ONESELF

log = logging.getLogger(__name__)

AT_ONCE_SECONDS = 10.0
"""Two links with one contact that are made within this time count as dialled at once."""

CHANGED = "changed"
"""Farewell to an own device: the list of them has changed, and whoever has called calls again."""


class DirectLinks:
    """The links of one client that stand.

    Args:
        face: What the own device shows.
        duties: Who takes what comes over them.
        answered: Told the identity of whoever a link stands with from now on.
        hung_up_by_peer: Told which contact has hung up the last link with them.
    """

    def __init__(
        self,
        face: OwnFace,
        duties: DirectDuties,
        answered: Callable[[bytes], None],
        hung_up_by_peer: Callable[[int], None],
    ) -> None:
        self._face = face
        self._duties = duties
        self._answered = answered
        self._hung_up_by_peer = hung_up_by_peer
        self._links: dict[int, dict[DeviceId, DirectConnection]] = {}
        # When the user hung up, by the loop's clock.
        self._hung_up: dict[int, float] = {}
        self._hung_up_on_us: set[int] = set()

    def show_list(self, device_list: SignedDeviceList) -> None:
        """Show whoever calls and is called a newer own list from now on.

        Links with own devices that go by another one are made anew: without a relay, hellos alone bring it to them.
        """
        self._face.device_list = device_list
        for link in self.links_with(ONESELF):
            if link.peer.body.device_list != device_list:
                link.close(LinkError(ErrorCode.UNAVAILABLE, "The own devices have changed."), CHANGED)

    def stands(self, expected: Expected | None) -> bool:
        """Tell whether there is a link with whom one expects: any device of a contact will do."""
        links = {} if expected is None or expected.contact is None else self._links.get(expected.contact, {})
        if expected is not None and expected.is_sibling:
            return expected.entry is not None and expected.entry.device in links
        return bool(links)

    def was_hung_up(self, contact: int | None) -> bool:
        """Tell whether the user has hung up on a contact, and no link has stood since."""
        return contact in self._hung_up

    def is_wanted(self, contact: int | None, *, written: bool) -> bool:
        """Tell whether a contact is to be called for mail: for a receipt or a repair only if nobody has hung up."""
        return contact not in self._hung_up and (written or contact not in self._hung_up_on_us)

    def forget_hang_ups(self, contact: int) -> None:
        """Forget who has hung up: the user calls again, or a link stands."""
        self._hung_up.pop(contact, None)
        self._hung_up_on_us.discard(contact)

    async def establish(self, link: DirectConnection, begun: float | None = None) -> BabiluError:
        """Have a link stand until it ends, and return why it did; ``begun`` says since when a caller is here."""
        spare = await asyncio.wrap_future(self._duties.own_bundle(link.contact))
        if begun is not None and self._hung_up.get(link.contact, begun) > begun:
            # Of two calls that crossed, the user has hung up the first: the other one does not bring it back.
            hung_up = LinkError(ErrorCode.CLOSED, "The conversation was hung up.")
            link.close(hung_up, HANG_UP)
            return hung_up
        present = self._links.get(link.contact, {}).get(link.device)
        if present is not None:
            one_is_enough = LinkError(ErrorCode.REPLACED, "There is already a connection to this contact.")
            if not self._takes_over(link, present):
                link.close(one_is_enough, one_is_enough.code.value)
                return one_is_enough
            present.close(one_is_enough, one_is_enough.code.value)
            self._take_down(present, one_is_enough)
        links = self._links.setdefault(link.contact, {})
        links[link.device] = link
        self.forget_hang_ups(link.contact)
        self._duties.link_up(link, is_first=len(links) == 1)
        if not link.outgoing:
            # Who was let in ends it by themselves: that is nothing of the command that let them in.
            link.request_id = None
        # They may be waiting for an answer to a call of theirs, too: then the two of us find out which one stays.
        self._answered(link.peer.devices.identity_key)
        link.give_prekeys(spare)
        reason: BabiluError = LinkError(ErrorCode.CLOSED, "The connection was closed here.")
        try:
            reason = await link.converse(
                PeerHandlers(
                    keep=lambda envelopes: self._duties.arrived_directly(link, envelopes),
                    spare=lambda bundle: self._duties.prekeys_came(link, bundle),
                    transient=lambda sealed: self._duties.transient_came(link, sealed),
                    read_parts=lambda gets: self._duties.read_parts(link, gets),
                    file_kept=lambda kept: self._duties.file_kept(link, kept),
                    file_waits=lambda waiting: self._duties.file_waits(link, waiting),
                )
            )
        finally:
            self._take_down(link, reason)
        return reason

    def _take_down(self, link: DirectConnection, reason: BabiluError) -> None:
        """Tell once that a link is gone, and before another one with the same device is up."""
        links = self._links.get(link.contact, {})
        if links.get(link.device) is not link:
            return
        del links[link.device]
        if not links:
            del self._links[link.contact]
            if reason.code is ErrorCode.CLOSED:
                self._hung_up_on_us.add(link.contact)
                self._hung_up_by_peer(link.contact)
        self._duties.link_down(link, reason, is_last=not links)

    def _takes_over(self, link: DirectConnection, present: DirectConnection) -> bool:
        if link.outgoing is present.outgoing or link.established - present.established > AT_ONCE_SECONDS:
            return True
        we_are_lower = (self._face.identity, self._face.device) < (link.peer.devices.identity_key, link.device)
        return link.outgoing is we_are_lower

    def hang_up(self, contact: int, request_id: str | None) -> None:
        """Close the links with a contact's devices, by the command of that id."""
        self._hung_up[contact] = asyncio.get_running_loop().time()
        for link in self.links_with(contact):
            if request_id is not None:
                link.request_id = request_id
            link.close(LinkError(ErrorCode.CLOSED, "The conversation was hung up."), HANG_UP)

    def pass_on(self, contact: int, device: DeviceId, sealed: bytes) -> bool:
        """Hand a transient to a contact's device; False where no connection with it stands."""
        link = self._links.get(contact, {}).get(device)
        if link is None:
            return False
        link.pass_on(sealed)
        return True

    def links_with(self, contact: int) -> tuple[DirectConnection, ...]:
        """Return the connections that stand with a contact's devices."""
        return tuple(self._links.get(contact, {}).values())

    def cut_off(self, contact: int, removed: tuple[DeviceId, ...]) -> None:
        """Close the links with a contact where the other end is a device that was removed from their list."""
        links = self._links.get(contact, {})
        # An own device that was removed calls once more, and is shown the list that says so.
        farewell = CHANGED if contact == ONESELF else HANG_UP
        for link in [links[device] for device in removed if device in links]:
            link.close(LinkError(ErrorCode.UNAVAILABLE, "The contact has this device no longer."), farewell)

    async def close(self, until: float) -> None:
        """Close all links; whoever has not said goodbye ``until`` then, by the loop's clock, is not waited for."""
        loop = asyncio.get_running_loop()
        links = [link for with_one in self._links.values() for link in with_one.values()]
        for link in links:
            self._hung_up[link.contact] = loop.time()
            link.close(LinkError(ErrorCode.CLOSED, "The client is closing."), ErrorCode.SHUTTING_DOWN.value)
        if links:
            # What they have sent before is kept first.
            await asyncio.wait([link.closed for link in links], timeout=until - loop.time())
