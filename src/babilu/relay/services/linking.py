"""Linking of devices: messages between who has an account's password and its live devices, stored nowhere.

The relay only carries them. What they say is judged by the devices, and in the end by two people who compare a code.
"""

from dataclasses import replace

from babilu.kernel.errors import ErrorCode, LinkError
from babilu.kernel.ids import DeviceId
from babilu.kernel.limits import Limits
from babilu.kernel.ports import Clock
from babilu.relay.base.states import AccountAuthenticated, Live, live, not_allowed
from babilu.relay.base.throttle import Throttle
from babilu.relay.bus.port import Bus, Hint, LinkAnswerPassed, LinkAskPassed
from babilu.relay.services.sessions import SessionRegistry
from babilu.relay.transport.connection import Connection
from babilu.wire.client_frames import LinkAnswerFrame, LinkAskFrame
from babilu.wire.relay_frames import LinkAnsweredFrame, LinkAskedFrame, Ok


class LinkingService:
    """Carries messages of tries to link a device.

    Args:
        sessions: Knows who is connected here.
        bus: Reaches those who are connected to other nodes.
        limits: How often an account and a device may.
        clock: The time.
    """

    def __init__(self, sessions: SessionRegistry, bus: Bus, limits: Limits, clock: Clock) -> None:
        self._sessions = sessions
        self._bus = bus
        self._asks: Throttle[int] = Throttle(limits.links, limits.link_ms, clock)
        self._answers: Throttle[DeviceId] = Throttle(limits.links, limits.link_ms, clock)
        bus.subscribe(self._hear, LinkAskPassed, LinkAnswerPassed)

    def reconfigure(self, limits: Limits) -> None:
        """Apply new limits."""
        self._asks.reconfigure(limits.links, limits.link_ms)
        self._answers.reconfigure(limits.links, limits.link_ms)

    def ask(self, connection: Connection, frame: LinkAskFrame) -> None:
        """Hand a message to devices of the account; from now on the connection is told what they answer.

        Raises:
            LinkError: ``rate_limited``.
        """
        state = connection.state
        if not isinstance(state, AccountAuthenticated):
            raise not_allowed()
        _check(self._asks.take(state.account))
        connection.become(replace(state, link=frame.link))
        device = None if frame.device is None else DeviceId(frame.device)
        self._bus.publish(LinkAskPassed(state.account, frame.link, device, frame.message))
        connection.send(Ok(frame.request))

    def answer(self, connection: Connection, frame: LinkAnswerFrame) -> None:
        """Hand a device's message to whoever asks in a try.

        Raises:
            LinkError: ``rate_limited``.
        """
        state = live(connection.state)
        _check(self._answers.take(state.device))
        self._bus.publish(LinkAnswerPassed(state.account, frame.link, state.device, frame.message))
        connection.send(Ok(frame.request))

    def _hear(self, hint: Hint) -> None:
        match hint:
            case LinkAskPassed(account, link, device, message):
                for recipient in self._sessions.of_account(account):
                    state = recipient.state
                    if isinstance(state, Live) and device in {None, state.device} and not recipient.is_congested:
                        recipient.send(LinkAskedFrame(link, message))
            case LinkAnswerPassed(account, link, answering, message):
                for recipient in self._sessions.of_account(account):
                    state = recipient.state
                    if isinstance(state, AccountAuthenticated) and state.link == link and not recipient.is_congested:
                        recipient.send(LinkAnsweredFrame(link, answering, message))
            case _:
                pass


def _check(wait: int) -> None:
    if wait:
        raise LinkError(ErrorCode.RATE_LIMITED, "Too much was said about linking a device.", wait)
