"""Administration over the wire: the relay's owner and moderators, as far as their role goes and no further.

Their orders are those of the administration on the relay's machine. Changes are judged in the transaction that makes
them; what is only read is judged here, by the role that the account has at that moment.
"""

from typing import Final, Protocol

import msgspec

from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, ProtocolError
from babilu.kernel.limits import FRAME_BYTES, Limits
from babilu.kernel.ports import Clock
from babilu.relay.base import admin_requests
from babilu.relay.base.admin_requests import AccountRole
from babilu.relay.base.states import of_device
from babilu.relay.base.throttle import Throttle
from babilu.relay.storage.administration import Actor, AdministrationStore, Officer
from babilu.relay.transport.connection import Connection
from babilu.wire.client_frames import AdministerFrame
from babilu.wire.relay_frames import Administered

ANSWER_BYTES: Final = FRAME_BYTES - 1024
"""Longest answer that fits a frame."""

MACHINE_ONLY: Final = (
    admin_requests.BackUpRequest,
    admin_requests.Certificates,
    admin_requests.PrepareCertificate,
    admin_requests.WithdrawCertificate,
    admin_requests.RenewCertificate,
    admin_requests.DrainNode,
    admin_requests.UndrainNode,
)
"""Orders about files of the relay's machine, and about it as a node, for those who are there."""

OWNER_READS: Final = (admin_requests.ReadAudit, admin_requests.ListNodes)
"""What a moderator does not read."""

_decoder: Final = msgspec.json.Decoder(admin_requests.AnyRequest)


class Answering(Protocol):
    """Who carries orders out."""

    async def answer(self, request: admin_requests.AnyRequest, actor: Actor) -> object:
        """Carry an order out."""


class RemoteAdmin:
    """Takes orders of owner and moderators.

    Args:
        store: Knows the roles.
        admin_service: Carries orders out.
        limits: How often.
        clock: The time.
    """

    def __init__(self, store: AdministrationStore, admin_service: Answering, limits: Limits, clock: Clock) -> None:
        self._store = store
        self._admin_service = admin_service
        self._orders: Throttle[int] = Throttle(limits.orders, limits.order_ms, clock)

    def reconfigure(self, limits: Limits) -> None:
        """Apply new limits."""
        self._orders.reconfigure(limits.orders, limits.order_ms)

    async def administer(self, connection: Connection, frame: AdministerFrame) -> Administered:
        """Carry an order out, for a device of an account whose role allows it."""
        state = of_device(connection.state)
        wait = self._orders.take(state.account)
        if wait:
            raise LinkError(ErrorCode.RATE_LIMITED, "Too many orders at once.", wait)
        role = await self._store.role(state.account)
        if role is None or role is AccountRole.MEMBER:
            raise ProtocolError(ErrorCode.NOT_ALLOWED, "Only the relay's owner and its moderators may do that.")
        try:
            order = _decoder.decode(frame.order)
        except (msgspec.DecodeError, RecursionError) as error:
            raise BabiluError(ErrorCode.UNSUPPORTED, "The relay does not know this order.") from error
        _check_order(order, role)
        answer = await self._admin_service.answer(order, Officer(state.account, state.name))
        if isinstance(answer, admin_requests.RelayStatus):
            # The owner's invitation is for whoever has the machine.
            answer = msgspec.structs.replace(answer, owner_invitation=None)
        encoded = msgspec.json.encode(answer)
        if len(encoded) > ANSWER_BYTES:
            raise BabiluError(ErrorCode.TOO_LARGE, "The answer is too large: ask for less, or on the relay's machine.")
        return Administered(frame.request, encoded)


def _check_order(order: admin_requests.AnyRequest, role: AccountRole) -> None:
    if isinstance(order, MACHINE_ONLY):
        raise ProtocolError(ErrorCode.NOT_ALLOWED, "This can be done on the relay's machine only.")
    if isinstance(order, OWNER_READS) and role is not AccountRole.OWNER:
        raise ProtocolError(ErrorCode.NOT_ALLOWED, "Only the relay's owner may do that.")
