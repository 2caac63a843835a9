"""Certificate rotation: the next certificate takes over only after clients were told of it, and they notice nothing.

A client that was away all the time between announcement and renewal is refused, and asks its user to ask the operator.
"""

import hashlib
import logging
from collections.abc import Callable
from typing import Final

from babilu.kernel.errors import ErrorCode, UsageError
from babilu.kernel.limits import DAY_MS
from babilu.kernel.ports import Clock
from babilu.relay.base.certificate import Certificate
from babilu.relay.base.settings import RelaySettings
from babilu.relay.base.state_dir import StateDir
from babilu.relay.bus.port import Bus, CertificateAnnounced

log = logging.getLogger(__name__)

ANNOUNCED_MS: Final = 30 * DAY_MS
"""How long a certificate is announced before it is used: as long as mail waits for somebody who is away."""


class CertificateRotation:
    """The relay's present certificate and the one after it.

    Args:
        home: Where they lie.
        settings: Which certificates are from elsewhere.
        bus: Tells everybody who is connected.
        clock: The time.
        show: Shows another certificate to whoever connects from then on.

    Raises:
        BabiluError: The next certificate cannot be read.
    """

    def __init__(
        self, home: StateDir, settings: RelaySettings, bus: Bus, clock: Clock, show: Callable[[Certificate], None]
    ) -> None:
        self._home = home
        self._bus = bus
        self._clock = clock
        self._show = show
        self._foreign = _is_foreign(settings)
        self._next = self._unless_present(_pin(home.next_certificate(settings.tls, settings.announced)))

    @property
    def pin(self) -> bytes:
        """SHA-256 of the present certificate."""
        return self._home.certificate.pin

    @property
    def next_pin(self) -> bytes | None:
        """SHA-256 of the next one, or None."""
        return self._next

    def after(self, shown: bytes) -> bytes | None:
        """Tell what comes after a certificate that a connection was shown (DER): for an older one, the present one."""
        return self._next if _pin(shown) == self.pin else self.pin

    @property
    def announced_at(self) -> int | None:
        """Since when the relay's own next certificate is announced, in Unix milliseconds; None where there is none."""
        if self._next is None or self._foreign:
            return None
        return int(self._home.prepared.stat().st_mtime * 1000)

    def reconfigure(self, settings: RelaySettings, following: bytes | None) -> None:
        """Use other certificate files from now on.

        Args:
            settings: As at the beginning.
            following: The next certificate (DER), read already.
        """
        self._foreign = _is_foreign(settings)
        self._announce(_pin(following))

    def prepare(self) -> bytes:
        """Make the relay's own next certificate, and tell everybody; one that is announced already stays.

        Raises:
            UsageError: The certificate is one from elsewhere, or the folder cannot be written.
        """
        self.refuse_foreign()
        if self._next is None:
            self._home.prepare_certificate()
            self._announce(_pin(self._home.next_certificate(None, None)))
        if self._next is None:
            raise UsageError("The next certificate was taken away meanwhile.", ErrorCode.CONFLICT)
        return self._next

    def withdraw(self) -> None:
        """Forget the relay's own next certificate, and tell everybody.

        Raises:
            UsageError: As `prepare`.
        """
        self.refuse_foreign()
        self._home.withdraw_certificate()
        self._announce(None)

    def renew(self, *, early: bool) -> bytes:
        """Use the relay's own next certificate from now on; connections that are open stay.

        Args:
            early: Whether it does not matter how long it was announced.

        Raises:
            UsageError: It was announced too short a time ago, or there is none; or as `prepare`.
        """
        self.refuse_foreign()
        self.check_renewal(early=early)
        self._home.renew_certificate()
        certificate = self._home.renewed_certificate(None)
        self._show(certificate)
        self._home.certificate = certificate
        # Whoever is connected was shown the former one: for them this one is still the next.
        self._next = None
        log.info("the certificate was renewed")
        return certificate.pin

    def check_renewal(self, *, early: bool) -> bytes:
        """Return the SHA-256 of the next certificate, if it may be used.

        Args:
            early: Whether it does not matter how long it was announced.

        Raises:
            UsageError: It was announced too short a time ago, or there is none.
        """
        since, following = self.announced_at, self._next
        if since is None or following is None:
            raise UsageError("No certificate is prepared.", ErrorCode.NOT_FOUND)
        left = since + ANNOUNCED_MS - self._clock.now_ms()
        if left > 0 and not early:
            days = -(-left // DAY_MS)
            text = f"Clients that were away do not know the next certificate: wait {days} more days, or say --now."
            raise UsageError(text, ErrorCode.CONFLICT)
        return following

    def follow(self) -> None:
        """Show and announce what lies in the folder by now.

        Raises:
            UsageError: It cannot be read.
            ProfileError: ``profile_damaged``.
        """
        if self._foreign:
            return
        certificate = self._home.renewed_certificate(None)
        if certificate.pin != self.pin:
            self._show(certificate)
            self._home.certificate = certificate
            log.info("the certificate was renewed")
        self._announce(_pin(self._home.next_certificate(None, None)))

    def _unless_present(self, pin: bytes | None) -> bytes | None:
        """Whoever knows a certificate as the next one notices by itself that it is the present one by now."""
        return None if pin == self.pin else pin

    def _announce(self, pin: bytes | None) -> None:
        before, self._next = self._next, self._unless_present(pin)
        # Where the announced one has become the present one, nothing is withdrawn.
        if before not in (self._next, self.pin):
            self._bus.publish(CertificateAnnounced(self._next))

    def refuse_foreign(self) -> None:
        """Refuse to deal with certificates that are the operator's files.

        Raises:
            UsageError: They are.
        """
        if self._foreign:
            text = "The configuration names certificates from elsewhere: name the next one as tls.next there."
            raise UsageError(text)


def _is_foreign(settings: RelaySettings) -> bool:
    """Tell whether it is the operator's files, and not the relay's own, that decide what comes next."""
    return settings.tls is not None or settings.announced is not None


def _pin(certificate: bytes | None) -> bytes | None:
    return None if certificate is None else hashlib.sha256(certificate).digest()
