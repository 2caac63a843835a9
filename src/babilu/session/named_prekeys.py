"""Own prekeys that a handshake names: found by their ids; one-time ones are deleted once its message authenticates."""

from dataclasses import dataclass

from babilu.crypto.keys import AgreementKey, KemKey
from babilu.crypto.secret import Secret
from babilu.kernel.errors import CryptoError, ErrorCode
from babilu.session import pqxdh
from babilu.session.ports import PrekeyKind, PrivatePrekey, SessionRows


@dataclass(frozen=True, slots=True)
class NamedPrekeys:
    """Own prekeys that a handshake names.

    Attributes:
        signed: The signed prekey.
        kem: The KEM prekey, one-time or last-resort.
        one_time: The one-time prekey, if there is one.
        one_time_kem: The KEM prekey, if it is a one-time one.
    """

    signed: AgreementKey
    kem: PrivatePrekey
    one_time: PrivatePrekey | None
    one_time_kem: PrivatePrekey | None

    def keys(self, own: AgreementKey) -> pqxdh.ResponderKeys:
        """Return the keys of the responder, whose agreement key is ``own``."""
        one_time = None if self.one_time is None else _agreement_key(self.one_time)
        return pqxdh.ResponderKeys(own, self.signed, KemKey.from_bytes(Secret(self.kem.private)), one_time)

    def spend(self, rows: SessionRows) -> None:
        """Delete the prekeys that are good for one handshake."""
        if self.one_time is not None:
            rows.delete_prekey(PrekeyKind.ONE_TIME_EC, self.one_time.id)
        if self.one_time_kem is not None:
            rows.delete_prekey(PrekeyKind.ONE_TIME_KEM, self.one_time_kem.id)


def find_named_prekeys(rows: SessionRows, header: pqxdh.HandshakeHeader) -> NamedPrekeys:
    """Find the own prekeys that a handshake names.

    Raises:
        CryptoError: ``decryption_failed``: one is not here.
    """
    signed = _need(rows.prekey(PrekeyKind.SIGNED, header.signed_prekey))
    one_time_kem = rows.prekey(PrekeyKind.ONE_TIME_KEM, header.kem_prekey)
    kem = _need(one_time_kem or rows.prekey(PrekeyKind.LAST_RESORT, header.kem_prekey))
    one_time = None
    if header.one_time_prekey is not None:
        one_time = _need(rows.prekey(PrekeyKind.ONE_TIME_EC, header.one_time_prekey))
    return NamedPrekeys(_agreement_key(signed), kem, one_time, one_time_kem)


def _need(prekey: PrivatePrekey | None) -> PrivatePrekey:
    if prekey is None:
        raise CryptoError(ErrorCode.DECRYPTION_FAILED, "A message uses a prekey that is no longer kept.")
    return prekey


def _agreement_key(prekey: PrivatePrekey) -> AgreementKey:
    return AgreementKey.from_bytes(Secret(prekey.private))
