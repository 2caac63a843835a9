"""Certificates of a relay of several nodes: the storage has them sealed, and each node's folder follows it.

A step is taken in the storage first, in one transaction with its row in the log of changes; every node, this one among
them, then makes its folder what the storage says. So all nodes show one certificate, and announce one.
"""

import hashlib
import ssl

from babilu.kernel.errors import ErrorCode, UsageError
from babilu.kernel.ports import Clock, Randomness
from babilu.relay.base.admin_requests import (
    CertificateStep,
    PrepareCertificate,
    RenewCertificate,
    WithdrawCertificate,
)
from babilu.relay.base.certificate import make_certificate
from babilu.relay.base.state_dir import StateDir
from babilu.relay.services.certificate_rotation import CertificateRotation
from babilu.relay.storage.nodes import CertificateStore, StoredCertificate


class SharedCertificates:
    """The relay's own certificates, which all nodes show.

    Args:
        home: The folder of this node.
        store: Where they are.
        clock: The time.
        randomness: For sealing them.
    """

    def __init__(self, home: StateDir, store: CertificateStore, clock: Clock, randomness: Randomness) -> None:
        self._home = home
        self._store = store
        self._clock = clock
        self._randomness = randomness

    async def begin(self) -> None:
        """Use the certificate that the storage has; a first node's own becomes that.

        Raises:
            UsageError: The folder cannot be written.
            ProfileError: ``profile_damaged``.
            LinkError: ``unavailable``.
        """
        await self._store.begin(self._sealed(self._home.certificate.path.read_bytes(), None))
        await self._pull()
        self._home.certificate = self._home.renewed_certificate(None)

    async def follow(self, rotation: CertificateRotation) -> None:
        """Show and announce what the storage says.

        Raises:
            UsageError: The folder cannot be written.
            ProfileError: ``profile_damaged``.
            LinkError: ``unavailable``.
        """
        await self._pull()
        rotation.follow()

    async def take(self, step: CertificateStep, rotation: CertificateRotation) -> None:
        """Take an operator's step at all nodes.

        Raises:
            UsageError: As `CertificateRotation`'s steps; ``conflict``: another node has taken one meanwhile.
            LinkError: ``unavailable``.
        """
        rotation.refuse_foreign()
        await self.follow(rotation)
        match step:
            case PrepareCertificate():
                await self._store.prepare(self._sealed(make_certificate(), self._clock.now_ms()))
            case WithdrawCertificate():
                await self._store.withdraw()
            case RenewCertificate(early):
                if not await self._store.renew(rotation.check_renewal(early=early)):
                    raise UsageError("The next certificate was withdrawn meanwhile.", ErrorCode.CONFLICT)
        await self.follow(rotation)

    def _sealed(self, pem: bytes, announced_at: int | None) -> StoredCertificate:
        pin = _pin_of(pem)
        return StoredCertificate(pin, self._home.key.seal_certificate(pem, pin, self._randomness), announced_at)

    async def _pull(self) -> None:
        """Make the folder what the storage says."""
        following: tuple[bytes, int] | None = None
        for stored in await self._store.read():
            pem = self._home.key.open_certificate(stored.sealed, stored.pin)
            if stored.announced_at is None:
                self._home.take_certificate(pem)
            else:
                following = pem, stored.announced_at
        self._home.take_next(following)


def _pin_of(pem: bytes) -> bytes:
    text = pem.decode("ascii")
    start = text.index("-----BEGIN CERTIFICATE-----")
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(text[start:].strip())).digest()
