"""States of a connection: connected, then authenticated, then live; each names what is known in it and nothing else.

Connected ── register, login_device, reset_identity ──▶ DeviceAuthenticated ── resume ──▶ Live
    │ │                                                         ▲
    │ └── login ──▶ AccountAuthenticated ── reset_identity ─────┘
    └── login_transfer ──▶ Transferring
"""

from dataclasses import dataclass, field

from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.ids import DeviceId
from babilu.relay.base.flow_control import FlowControl
from babilu.relay.base.submission_order import SubmissionOrder


@dataclass(frozen=True, slots=True)
class Connected:
    """State of a new connection: nobody has logged in on it."""


@dataclass(frozen=True, slots=True)
class AccountAuthenticated:
    """State after a login by password: the account is known and no device, so that no mail flows.

    Attributes:
        account: Number of the account.
        name: Its name.
        link: The try to link a device that is under way on the connection; None without one.
    """

    account: int
    name: str
    link: bytes | None = None


@dataclass(frozen=True, slots=True)
class DeviceAuthenticated:
    """State after a login by a device's signing key.

    Attributes:
        account: Number of the account.
        name: Its name.
        device: One of the account's listed devices.
    """

    account: int
    name: str
    device: DeviceId


@dataclass(frozen=True, slots=True)
class Live:
    """State in which mail flows to and from the device.

    Attributes:
        account: Number of the account.
        name: Its name.
        device: One of the account's listed devices.
        flow: What was delivered to it.
        submission_order: What it may not submit before what was refused.
    """

    account: int
    name: str
    device: DeviceId
    flow: FlowControl
    submission_order: SubmissionOrder = field(default_factory=SubmissionOrder)


@dataclass(frozen=True, slots=True)
class Transferring:
    """State of a device's second connection, after a login by its signing key: it transfers files alone.

    Attributes:
        account: Number of the account.
        name: Its name.
        device: One of the account's listed devices.
        created_at: When the account was made (Unix ms).
    """

    account: int
    name: str
    device: DeviceId
    created_at: int


OfDevice = DeviceAuthenticated | Live
"""States in which a device is known."""

Authenticated = AccountAuthenticated | DeviceAuthenticated | Live
"""States of a first connection in which an account is known."""

State = Connected | Authenticated | Transferring


@dataclass(frozen=True, slots=True)
class Greeting:
    """A hello and its welcome, as they travelled; the challenge in the welcome is good for one signature."""

    hello: bytes
    welcome: bytes


def live(state: State) -> Live:
    """Return a state that must be live.

    Raises:
        ProtocolError: ``not_allowed``.
    """
    if isinstance(state, Live):
        return state
    raise not_allowed()


def of_device(state: State) -> OfDevice:
    """Return a state that must be a device's.

    Raises:
        ProtocolError: ``not_allowed``.
    """
    if isinstance(state, OfDevice):
        return state
    raise not_allowed()


def transferring(state: State) -> Transferring:
    """Return a state that must be that of a connection for files.

    Raises:
        ProtocolError: ``not_allowed``.
    """
    if isinstance(state, Transferring):
        return state
    raise not_allowed()


def authenticated(state: State) -> Authenticated:
    """Return a state that must be somebody's.

    Raises:
        ProtocolError: ``not_allowed``.
    """
    if isinstance(state, Authenticated):
        return state
    raise not_allowed()


def not_allowed() -> ProtocolError:
    """Build the refusal of a frame that has no place in the connection's state."""
    return ProtocolError(ErrorCode.NOT_ALLOWED, "This frame is not allowed at this point.")
