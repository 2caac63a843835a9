"""Login challenge: good for one signature, and made by a hello on this connection since the last one.

The signature binds it to this connection's hello and welcome and to the relay's certificate.
"""

from babilu.crypto.keys import check_ed25519_public
from babilu.identity.login import Signer, login_transcript, verify_login
from babilu.kernel.errors import AccountError, CryptoError, ErrorCode, ProtocolError
from babilu.kernel.limits import Limits
from babilu.kernel.ports import Randomness
from babilu.relay.base.keys import RelayKey
from babilu.relay.base.settings import Registration
from babilu.relay.base.states import Greeting
from babilu.relay.transport.connection import Connection
from babilu.wire.client_frames import Hello
from babilu.wire.codec import encode
from babilu.wire.frame_base import VERSION
from babilu.wire.framing import frame
from babilu.wire.relay_frames import Error, Welcome

_CHALLENGE_BYTES = 32


class LoginChallenge:
    """Greets clients and checks what they sign.

    Args:
        name: The relay's name.
        key: Says which certificates are the relay's.
        registration: Who may make an account.
        limits: Those that clients have to know.
        randomness: For challenges.
    """

    def __init__(
        self, name: str, key: RelayKey, registration: Registration, limits: Limits, randomness: Randomness
    ) -> None:
        self._key = key
        self._randomness = randomness
        self.reconfigure(name, registration, limits)

    def reconfigure(self, name: str, registration: Registration, limits: Limits) -> None:
        """Apply new settings: the welcome tells clients of them."""
        self._name = name
        self._registration = registration
        self._limits = limits

    def hello(self, connection: Connection, hello: Hello) -> None:
        """Answer a hello with a new challenge; a client that speaks no version of ours is sent away."""
        if VERSION not in hello.versions:
            sentence = f"This relay speaks version {VERSION} of the protocol."
            connection.close(Error(ErrorCode.UNSUPPORTED.value, sentence, hello.request, None))
            return
        limits = self._limits
        welcome = encode(
            Welcome(
                hello.request,
                VERSION,
                self._name,
                limits.frame_bytes,
                limits.submissions,
                limits.submissions_per_second,
                self._randomness.token(_CHALLENGE_BYTES),
                self._registration.value,
                limits.ping_ms,
                limits.silence_ms,
                self._key.public,
                self._key.signature_of(connection.pending_peer.certificate),
                limits.file_bytes,
                limits.files_kept_ms,
            )
        )
        connection.greet(Greeting(connection.body, welcome))
        connection.send_octets(frame(welcome))

    def transcript(self, connection: Connection, body: bytes) -> bytes:
        """Return what signatures over ``body`` cover, and use the challenge up.

        Raises:
            ProtocolError: ``not_allowed`` without a hello since the last signature.
        """
        greeting, connection.greeting = connection.greeting, None
        if greeting is None:
            raise ProtocolError(ErrorCode.NOT_ALLOWED, "Say hello first: each signature needs a new challenge.")
        return login_transcript(greeting.hello, greeting.welcome, connection.pending_peer.certificate, body)


def check_signature(public: bytes, signer: Signer, transcript: bytes, signature: bytes) -> None:
    """Check one of an account's signatures.

    Raises:
        AccountError: ``wrong_credentials``.
    """
    if not is_signed(public, signer, transcript, signature):
        raise AccountError(ErrorCode.WRONG_CREDENTIALS, "Name or password is wrong.")


def is_signed(public: bytes, signer: Signer, transcript: bytes, signature: bytes) -> bool:
    """Tell whether a signature holds; takes as long either way."""
    try:
        verify_login(public, signer, transcript, signature)
    except CryptoError:
        return False
    return True


def check_login_key(public: bytes) -> None:
    """Refuse a login key under which anything would count as signed.

    Raises:
        CryptoError: ``bad_key``.
    """
    check_ed25519_public(public)
