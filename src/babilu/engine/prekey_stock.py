"""The own device's prekeys: made and committed here before anybody sees their public halves."""

from babilu.engine.foundation import Foundation
from babilu.identity.shapes import Bundle, PrekeySet
from babilu.kernel.errors import CryptoError, ErrorCode
from babilu.kernel.limits import PREKEYS_IN_FRAME, PREKEYS_KEPT
from babilu.session.ports import PrekeyKind, PrivatePrekey
from babilu.session.prekeys import PrekeyMaker, direct_bundle, prekey_set, prekeys_due
from babilu.store.unit import Unit


class PrekeyStock:
    """Makes prekeys for publication and for direct hellos.

    Args:
        base: The profile and the ports.
    """

    def __init__(self, base: Foundation) -> None:
        self._database = base.database
        self._own = base.own
        self._clock = base.clock
        self._randomness = base.randomness

    def refill(self, ec_left: int, kem_left: int) -> list[PrekeySet]:
        """Make what a relay should have more of.

        Args:
            ec_left: One-time X25519 prekeys that the relay has.
            kem_left: One-time KEM prekeys that the relay has.

        Returns:
            Sets to publish in order, each one small enough for a frame; none where nothing is missing.
        """
        sets: list[PrekeySet] = []
        with self._database.write() as unit:
            now = self._clock.now_ms()
            due = prekeys_due(unit.sessions.newest_prekey(PrekeyKind.SIGNED), now)
            ec = max(PREKEYS_KEPT - ec_left, 0)
            kem = max(PREKEYS_KEPT - kem_left, 0)
            while ec or kem or due:
                part = self._make(unit, min(ec, PREKEYS_IN_FRAME), min(kem, PREKEYS_IN_FRAME), now, renew=due)
                sets.append(prekey_set(part))
                ec -= min(ec, PREKEYS_IN_FRAME)
                kem -= min(kem, PREKEYS_IN_FRAME)
                due = False
            unit.sessions.delete_expired(now)
        return sets

    def first_set(self, unit: Unit, count: int) -> PrekeySet:
        """Make the first prekeys of a new device, inside the transaction that makes the device."""
        return prekey_set(self._make(unit, count, count, self._clock.now_ms(), renew=True))

    def bundle(self) -> Bundle:
        """Make a bundle for a direct hello, with one-time prekeys of its own."""
        with self._database.write() as unit:
            now = self._clock.now_ms()
            if prekeys_due(unit.sessions.newest_prekey(PrekeyKind.SIGNED), now):
                self._make(unit, 0, 0, now, renew=True)
            one_time = {prekey.kind: prekey for prekey in self._make(unit, 1, 1, now, renew=False)}
            signed = unit.sessions.newest_prekey(PrekeyKind.SIGNED)
        if signed is None:
            raise CryptoError(ErrorCode.BAD_KEY, "This profile has no signed prekey.")
        return direct_bundle(
            self._own.device, signed, one_time[PrekeyKind.ONE_TIME_KEM], one_time[PrekeyKind.ONE_TIME_EC]
        )

    def _make(self, unit: Unit, ec: int, kem: int, now: int, *, renew: bool) -> list[PrivatePrekey]:
        first = unit.profile.next_prekey_ids(PrekeyKind.ONE_TIME_EC, ec + kem + 2)
        maker = PrekeyMaker(self._own.device, self._own.signing, first, now, self._randomness)
        made = [*(maker.renewed() if renew else []), *maker.one_time(ec, kem)]
        unit.sessions.add_prekeys(made)
        return made
