"""A sender's tag says who made what a seal hides: HMAC-SHA-256 under what two agreement keys have in common.

HPKE hides and authenticates nobody. What may not be taken for another kind of thing has a label of its own.
"""

from typing import Final

from babilu.crypto.kdf import hkdf_sha256, hmac_sha256
from babilu.crypto.keys import AgreementKey
from babilu.crypto.secret import Secret

TAG_BYTES: Final = 16


def sender_tag_key(label: bytes, own: AgreementKey, other: bytes, sender: bytes, recipient: bytes) -> Secret:
    """Derive the key of the tags from one device to another; both ends derive the same.

    Args:
        label: What is tagged, a domain.
        own: The own agreement key.
        other: The other end's public agreement key (32 bytes).
        sender: Id of the sending device.
        recipient: Id of the receiving device.

    Raises:
        CryptoError: ``bad_key``.
    """
    return hkdf_sha256(own.standing_secret(other), salt=b"", info=label + sender + recipient, size=32)


def sender_tag(key: Secret, body: bytes) -> bytes:
    """Make the tag over ``body`` (`TAG_BYTES`)."""
    return hmac_sha256(key, body)[:TAG_BYTES]
