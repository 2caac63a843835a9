"""Login: proves a key to one relay on one connection; the signature covers the greeting, the certificate and the body.

What is signed is tag ‖ SHA-256(hello) ‖ SHA-256(welcome) ‖ SHA-256(certificate) ‖ SHA-256(body). The welcome carries a
challenge that is good once; the tag says which of an account's keys signs; the body begins with the name of its action.
"""

import hashlib
from enum import StrEnum, unique
from typing import Annotated

import msgspec

from babilu.crypto.keys import SigningKey, verify
from babilu.crypto.password import SALT_BYTES, SALT_BYTES_MIN, LoginCost
from babilu.identity.shapes import Id16, Key32, PrekeySet, Shape, SignedDeviceList
from babilu.kernel.ids import domain
from babilu.kernel.limits import DEVICES, NAME_CHARACTERS

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS)]
Salt = Annotated[bytes, msgspec.Meta(min_length=SALT_BYTES_MIN, max_length=SALT_BYTES)]
Token = Annotated[bytes, msgspec.Meta(min_length=16, max_length=64)]


class RegisterBody(Shape, frozen=True, tag="register"):
    """Make an account; signed by login key and first device.

    Attributes:
        name: Normalised name.
        salt: Random bytes that the login key is derived with.
        cost: Cost that it is derived with.
        login_key: Ed25519 public key.
        device_list: Names the device that signs.
        prekeys: Of that device, its signed and last-resort ones among them.
        invitation: Token of an invitation, or None.
    """

    name: Name
    salt: Salt
    cost: LoginCost
    login_key: Key32
    device_list: SignedDeviceList
    prekeys: PrekeySet
    invitation: Token | None


class LoginBody(Shape, frozen=True, tag="login"):
    """Log in with the password; signed by the login key."""

    name: Name


class LoginDeviceBody(Shape, frozen=True, tag="login_device"):
    """Log in as a listed device; signed by that device."""

    name: Name
    device: Id16


class FetchOwnListBody(Shape, frozen=True, tag="fetch_own_list"):
    """Ask for the own list, as a device that is let in no longer; signed by that device, which the list shown names."""

    name: Name
    device: Id16
    device_list: SignedDeviceList


class ResetIdentityBody(Shape, frozen=True, tag="reset_identity"):
    """Start over under the same name with a new identity; signed by login key and new device."""

    name: Name
    device_list: SignedDeviceList
    prekeys: PrekeySet


class Heir(Shape, frozen=True):
    """A device that takes the place of another one, and gets what waits in its mailbox."""

    former: Id16
    heir: Id16


class PublishDeviceListBody(Shape, frozen=True, tag="publish_device_list"):
    """Replace the device list by the next one; signed by the login key.

    Attributes:
        name: The account.
        device_list: Follows the present one.
        heirs: Which new devices get the mail of which former ones; the other mail of former devices is deleted.
    """

    name: Name
    device_list: SignedDeviceList
    heirs: Annotated[tuple[Heir, ...], msgspec.Meta(max_length=DEVICES)] = ()


class ChangePasswordBody(Shape, frozen=True, tag="change_password"):
    """Replace the login key; signed by the old login key and by the new one."""

    name: Name
    salt: Salt
    cost: LoginCost
    login_key: Key32


class DeleteAccountBody(Shape, frozen=True, tag="delete_account"):
    """Delete the account; signed by the login key."""

    name: Name


@unique
class Signer(StrEnum):
    """Which key signs a login: a signature of one kind is never good as one of another."""

    LOGIN_KEY = "login-key"
    NEW_LOGIN_KEY = "login-new-key"
    DEVICE = "login-device"


def login_transcript(hello: bytes, welcome: bytes, certificate: bytes, body: bytes) -> bytes:
    """Return what a login signature covers after its tag.

    Args:
        hello: The client's hello frame as sent, without its length.
        welcome: The relay's welcome frame as received, without its length.
        certificate: The relay's certificate of this TLS connection, DER.
        body: The request's body as sent, which holds no signatures.

    Returns:
        128 bytes: the SHA-256 of each.
    """
    return b"".join(hashlib.sha256(part).digest() for part in (hello, welcome, certificate, body))


def sign_login(key: SigningKey, signer: Signer, transcript: bytes) -> bytes:
    """Sign a `login_transcript` with one of an account's keys."""
    return key.sign(domain(signer.value), transcript)


def verify_login(public: bytes, signer: Signer, transcript: bytes, signature: bytes) -> None:
    """Check a login signature.

    Raises:
        CryptoError: ``bad_key`` or ``bad_signature``.
    """
    verify(public, domain(signer.value), transcript, signature)
