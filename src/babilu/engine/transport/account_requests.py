"""Account requests, which need the password: each on a connection of its own, since a challenge is good once.

They block, for the password's sake: call them in a thread that may wait.
"""

from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import Self, TypeVar

from babilu.crypto.keys import SigningKey
from babilu.crypto.password import LoginCost, login_key, new_salt
from babilu.crypto.secret import Passphrase
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.transport.relay_pins import RelayPins
from babilu.identity.codec import encode_shape
from babilu.identity.login import (
    ChangePasswordBody,
    DeleteAccountBody,
    Heir,
    LoginBody,
    LoginDeviceBody,
    PublishDeviceListBody,
    RegisterBody,
    ResetIdentityBody,
    Signer,
    login_transcript,
    sign_login,
)
from babilu.identity.shapes import PrekeySet, Shape, SignedDeviceList
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, Reason
from babilu.kernel.ids import DeviceId
from babilu.kernel.limits import Limits
from babilu.kernel.ports import Randomness
from babilu.net.relay_connection import ConnectionLostError, DeviceListConflictError, RelayConnection
from babilu.wire.client_frames import (
    ChangePasswordFrame,
    ClientFrame,
    DeleteAccountFrame,
    GetSalt,
    Login,
    LoginDevice,
    PublishDeviceList,
    Register,
    ResetIdentity,
)
from babilu.wire.relay_frames import LoggedIn, Ok, RelayFrame, Salt

R = TypeVar("R")

WAIT_SECONDS = 60.0

_UNANSWERED = frozenset(
    {ErrorCode.UNAVAILABLE, ErrorCode.SHUTTING_DOWN, ErrorCode.CLOSED, ErrorCode.MALFORMED, ErrorCode.INTERNAL}
)


@dataclass(frozen=True, slots=True)
class NewDevice:
    """What a relay is told of a device that it does not know: its list, its first prekeys, and the key that signs."""

    device: DeviceId
    signing: SigningKey
    device_list: SignedDeviceList
    prekeys: PrekeySet


class AccountClient:
    """Account actions at one relay.

    Args:
        loop: Where connections live.
        host: The relay.
        port: Its port.
        pins: The certificates it is known by.
        limits: Deadlines.
        randomness: For salts, and for the order of addresses.

    Attributes:
        pins: See there; after the first connection they hold the hash of the certificate that was seen.
    """

    def __init__(
        self, loop: LoopThread, host: str, port: int, pins: RelayPins, limits: Limits, randomness: Randomness
    ) -> None:
        self._loop = loop
        self._host = host
        self._port = port
        self._limits = limits
        self._randomness = randomness
        self.pins = pins

    def connect(self) -> "AccountConnection":
        """Open a connection.

        Raises:
            BabiluError: As `RelayConnection.open`.
        """
        connection = wait_for(self._loop.run(self.pins.connect(self._host, self._port, self._limits, self._randomness)))
        return AccountConnection(self._loop, connection)

    def look(self) -> None:
        """Find out whether the relay is there.

        Raises:
            LinkError: ``unavailable``.
        """
        with self.connect():
            return

    def register(self, name: str, passphrase: Passphrase, device: NewDevice, invitation: bytes | None) -> None:
        """Make an account.

        Raises:
            AccountError: ``name_taken``, ``name_refused``, ``invitation_needed``, ``server_full``.
        """
        salt, cost = new_salt(self._randomness), LoginCost()
        key = login_key(passphrase, name, salt, cost)
        with self.connect() as account_client:
            body = encode_shape(
                RegisterBody(name, salt, cost, key.public, device.device_list, device.prekeys, invitation)
            )
            by_key = account_client.sign(key, Signer.LOGIN_KEY, body)
            by_device = account_client.sign(device.signing, Signer.DEVICE, body)
            account_client.ask(lambda number: Register(number, body, by_key, by_device), LoggedIn)

    def check_password(self, name: str, passphrase: Passphrase) -> None:
        """Log in with the password alone.

        Raises:
            AccountError: ``wrong_credentials``.
        """
        self._ask_by_password(name, passphrase, LoginBody(name), Login, LoggedIn)

    def log_in(self, name: str, passphrase: Passphrase) -> "AccountConnection":
        """Log in with the password alone, on a connection that whoever calls closes.

        Raises:
            AccountError: ``wrong_credentials``.
        """
        connection = self.connect()
        try:
            key = connection.derive(name, passphrase)
            body = encode_shape(LoginBody(name))
            signature = connection.sign(key, Signer.LOGIN_KEY, body)
            connection.ask(lambda number: Login(number, body, signature), LoggedIn)
        except BaseException:
            connection.close()
            raise
        return connection

    def check_device(self, name: str, device: DeviceId, signing: SigningKey) -> None:
        """Log in as a device.

        Raises:
            AccountError: ``device_unknown`` or ``wrong_credentials``.
        """
        with self.connect() as account_client:
            body = encode_shape(LoginDeviceBody(name, device))
            signature = account_client.sign(signing, Signer.DEVICE, body)
            account_client.ask(lambda number: LoginDevice(number, body, signature), LoggedIn)

    def reset_identity(self, name: str, passphrase: Passphrase, device: NewDevice) -> None:
        """Start over under the same name with a new identity.

        Raises:
            AccountError: ``wrong_credentials``.
        """
        with self.connect() as account_client:
            key = account_client.derive(name, passphrase)
            body = encode_shape(ResetIdentityBody(name, device.device_list, device.prekeys))
            by_key = account_client.sign(key, Signer.LOGIN_KEY, body)
            by_device = account_client.sign(device.signing, Signer.DEVICE, body)
            account_client.ask(lambda number: ResetIdentity(number, body, by_key, by_device), LoggedIn)

    def publish_device_list(
        self, name: str, passphrase: Passphrase, device_list: SignedDeviceList, heirs: tuple[Heir, ...]
    ) -> SignedDeviceList | None:
        """Replace the account's device list by the one that follows it.

        Returns:
            None where that is done, and else the relay's present list: it is that one which is to be changed.

        Raises:
            AccountError: ``wrong_credentials``.
        """
        try:
            self._ask_by_password(
                name, passphrase, PublishDeviceListBody(name, device_list, heirs), PublishDeviceList, Ok
            )
        except DeviceListConflictError as conflict:
            return conflict.frame.device_list
        return None

    def change_password(self, name: str, old: Passphrase, new: Passphrase) -> None:
        """Replace the login key.

        Raises:
            AccountError: ``wrong_credentials``.
        """
        salt, cost = new_salt(self._randomness), LoginCost()
        new_key = login_key(new, name, salt, cost)
        with self.connect() as account_client:
            old_key = account_client.derive(name, old)
            body = encode_shape(ChangePasswordBody(name, salt, cost, new_key.public))
            by_old = account_client.sign(old_key, Signer.LOGIN_KEY, body)
            by_new = account_client.sign(new_key, Signer.NEW_LOGIN_KEY, body)
            account_client.ask(lambda number: ChangePasswordFrame(number, body, by_old, by_new), Ok)

    def delete_account(self, name: str, passphrase: Passphrase) -> None:
        """Delete the account with its mail.

        Raises:
            AccountError: ``wrong_credentials``.
        """
        self._ask_by_password(name, passphrase, DeleteAccountBody(name), DeleteAccountFrame, Ok)

    def _ask_by_password(
        self,
        name: str,
        passphrase: Passphrase,
        shape: Shape,
        frame: Callable[[int, bytes, bytes], ClientFrame],
        answer: type[R],
    ) -> R:
        """Ask for what the account's password alone allows."""
        with self.connect() as account_client:
            key = account_client.derive(name, passphrase)
            body = encode_shape(shape)
            signature = account_client.sign(key, Signer.LOGIN_KEY, body)
            return account_client.ask(lambda number: frame(number, body, signature), answer)


class AccountConnection:
    """One connection for one action; a context manager that closes it."""

    def __init__(self, loop: LoopThread, connection: RelayConnection) -> None:
        self._loop = loop
        self._connection = connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the relay, and wait until that is done."""
        # The loop may end next, and no connection may be open then.
        wait_for(self._loop.run(self._connection.leave()))

    @property
    def certificate_hash(self) -> bytes:
        """SHA-256 of the relay's certificate, as this connection has shown it."""
        return self._connection.certificate_hash

    def listen(self, pushed: Callable[[RelayFrame], None], lost: Callable[[BabiluError], None]) -> None:
        """Name who takes, in the loop's thread, what the relay says by itself, and the end of the connection."""
        connection = self._connection

        def follow() -> None:
            connection.listen(pushed)
            connection.closed.add_done_callback(lambda closed: lost(closed.result()))

        self._loop.call(follow)

    def derive(self, name: str, passphrase: Passphrase) -> SigningKey:
        """Ask for the account's salt and cost and derive its login key.

        Raises:
            ProtocolError: ``not_allowed`` for a cost outside of what a client accepts.
        """
        salt = self.ask(lambda number: GetSalt(number, name), Salt)
        return login_key(passphrase, name, salt.salt, LoginCost(salt.memory_kib, salt.passes, salt.lanes))

    def sign(self, key: SigningKey, signer: Signer, body: bytes) -> bytes:
        connection = self._connection
        transcript = login_transcript(connection.hello, connection.welcome_body, connection.certificate, body)
        return sign_login(key, signer, transcript)

    def ask(self, make: Callable[[int], ClientFrame], kind: type[R]) -> R:
        """Send a request and wait for its answer."""
        return wait_for(self._loop.run(self._connection.request(make, kind)))


def is_refusal(error: BabiluError) -> bool:
    """Tell whether an account action was certainly not done; else it may have been, with its answer lost on the way."""
    return not isinstance(error, ConnectionLostError) and error.code not in _UNANSWERED


def wait_for(future: "Future[R]") -> R:
    """Wait for a future of the loop; what hangs ends as ``unavailable``, what the client's end cuts as ``closed``."""
    try:
        return future.result(WAIT_SECONDS)
    except TimeoutError as error:
        future.cancel()
        raise LinkError(ErrorCode.UNAVAILABLE, "The relay does not answer.").because(Reason.SILENT) from error
    except CancelledError as error:
        raise LinkError(ErrorCode.CLOSED, "The client is closed.") from error
