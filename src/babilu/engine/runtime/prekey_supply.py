"""Supply of the own device's prekeys: made and committed here before anybody sees their public halves.

Whoever has them made pays with a budget: a relay that always says that it has none, and a contact who calls and hangs
up, make no more of them than a busy day needs.
"""

import msgspec

from babilu.engine.runtime.context import ClientContext
from babilu.identity.shapes import Bundle, PrekeySet
from babilu.kernel.bounded import BoundedDict
from babilu.kernel.errors import CryptoError, ErrorCode
from babilu.kernel.limits import DAY_MS, PREKEYS_IN_FRAME, PREKEYS_KEPT
from babilu.session.ports import PrekeyKind, PrivatePrekey
from babilu.session.prekeys import PrekeyMaker, direct_bundle, prekey_set, prekeys_due
from babilu.store.unit_of_work import UnitOfWork

SETS_A_DAY = 20
"""Sets of prekeys that a relay can have made in a day; past it, others begin sessions with the last-resort prekey."""

BUNDLES_A_DAY = 50
"""Bundles with one-time prekeys that one contact is given directly in a day; more have the last-resort prekey."""

CONTACTS_COUNTED = 1_000
"""Contacts whose bundles are counted; whoever was given one longest ago is forgotten."""

_SETS = "prekeys.sets"
_PUBLISHED = "prekeys.published"


class _Day(msgspec.Struct, frozen=True, array_like=True):
    """So many were made on a day (counted from 1970)."""

    day: int = 0
    made: int = 0

    def of(self, now: int) -> "_Day":
        today = now // DAY_MS
        return self if self.day == today else _Day(today, 0)

    def more(self, count: int = 1) -> "_Day":
        return _Day(self.day, self.made + count)


_decoder = msgspec.msgpack.Decoder(_Day)


def forget_published(unit: UnitOfWork) -> None:
    """Take note that the relay may have no prekey of the own device: the signed one is published again."""
    unit.settings.delete(_PUBLISHED)


class PrekeySupply:
    """Makes prekeys for publication and for direct hellos.

    Args:
        base: The profile and the ports.
    """

    def __init__(self, base: ClientContext) -> None:
        self._database = base.database
        self._own = base.own
        self._clock = base.clock
        self._randomness = base.randomness
        self._given: BoundedDict[int | None, _Day] = BoundedDict(CONTACTS_COUNTED)

    def refill(self, ec_left: int, kem_left: int) -> list[PrekeySet]:
        """Make what a relay should have more of.

        A new signed prekey begins anew: the relay gives out no one-time prekey that is older, and is given a whole
        stock.

        Args:
            ec_left: One-time X25519 prekeys that the relay has.
            kem_left: One-time KEM prekeys that the relay has.

        Returns:
            Sets to publish in order, each one small enough for a frame; none where nothing is missing, or where the
            day's budget is used up.
        """
        sets: list[PrekeySet] = []
        with self._database.write() as unit:
            now = self._clock.now_ms()
            day = self._sets_of_today(unit, now)
            signed = self._signed_to_publish(unit, now)
            ec, kem = max(PREKEYS_KEPT - ec_left, 0), max(PREKEYS_KEPT - kem_left, 0)
            if signed:
                ec = kem = PREKEYS_KEPT
            while (ec or kem) and (signed or day.made < SETS_A_DAY):
                part = self._make(unit, min(ec, PREKEYS_IN_FRAME), min(kem, PREKEYS_IN_FRAME), now)
                sets.append(prekey_set([*signed, *part]))
                ec -= min(ec, PREKEYS_IN_FRAME)
                kem -= min(kem, PREKEYS_IN_FRAME)
                signed = []
                day = day.more()
            if sets:
                unit.settings.set(_SETS, msgspec.msgpack.encode(day))
            unit.sessions.delete_expired(now)
        return sets

    def published(self, prekeys: PrekeySet) -> None:
        """Take note that the relay has a set: its signed prekey needs no second publication."""
        if prekeys.signed is None:
            return
        with self._database.write() as unit:
            unit.settings.set(_PUBLISHED, msgspec.msgpack.encode(prekeys.signed.id))

    def begin_anew(self, unit: UnitOfWork, now: int) -> None:
        """Renew the signed prekey, inside a transaction: with the next refill the relay drops all others it has.

        A relay that was set back may take for unused what was used.
        """
        self._renew(unit, now)
        forget_published(unit)

    def first_set(self, unit: UnitOfWork, count: int) -> PrekeySet:
        """Make the first prekeys of a new device, inside the transaction that makes the device."""
        now = self._clock.now_ms()
        signed = self._renew(unit, now)
        unit.settings.set(_PUBLISHED, msgspec.msgpack.encode(signed[0].id))
        return prekey_set([*signed, *self._make(unit, count, count, now)])

    def bundle(self, contact: int | None) -> Bundle:
        """Make a bundle for a direct hello.

        Args:
            contact: Whom it is for, or None for somebody who is not known yet.

        Returns:
            One with one-time prekeys of its own, as long as the contact's budget of the day lasts.
        """
        with self._database.write() as unit:
            now = self._clock.now_ms()
            if prekeys_due(unit.sessions.newest_prekey(PrekeyKind.SIGNED), now):
                self._renew(unit, now)
            given = self._given.get(contact, _Day()).of(now)
            one_time: dict[PrekeyKind, PrivatePrekey] = {}
            if given.made < BUNDLES_A_DAY:
                one_time = {prekey.kind: prekey for prekey in self._make(unit, 1, 1, now)}
            signed = unit.sessions.newest_prekey(PrekeyKind.SIGNED)
            kem = one_time.get(PrekeyKind.ONE_TIME_KEM) or unit.sessions.newest_prekey(PrekeyKind.LAST_RESORT)
        if signed is None or kem is None:
            raise CryptoError(ErrorCode.BAD_KEY, "This profile has no signed prekey.")
        self._given[contact] = given.more()
        return direct_bundle(self._own.device, signed, kem, one_time.get(PrekeyKind.ONE_TIME_EC))

    @staticmethod
    def _sets_of_today(unit: UnitOfWork, now: int) -> _Day:
        kept = unit.settings.get(_SETS)
        return (_Day() if kept is None else _decoder.decode(kept)).of(now)

    def _signed_to_publish(self, unit: UnitOfWork, now: int) -> list[PrivatePrekey]:
        """Return a signed and a last-resort prekey that the relay does not have: renewed where it is time to."""
        signed = unit.sessions.newest_prekey(PrekeyKind.SIGNED)
        last_resort = unit.sessions.newest_prekey(PrekeyKind.LAST_RESORT)
        if signed is None or last_resort is None or prekeys_due(signed, now):
            return self._renew(unit, now)
        kept = unit.settings.get(_PUBLISHED)
        is_there = kept is not None and msgspec.msgpack.decode(kept, type=int) == signed.id
        return [] if is_there else [signed, last_resort]

    def _renew(self, unit: UnitOfWork, now: int) -> list[PrivatePrekey]:
        made = self._maker(unit, 2, now).renewed()
        unit.sessions.add_prekeys(made)
        return made

    def _make(self, unit: UnitOfWork, ec: int, kem: int, now: int) -> list[PrivatePrekey]:
        made = self._maker(unit, ec + kem, now).one_time(ec, kem)
        unit.sessions.add_prekeys(made)
        return made

    def _maker(self, unit: UnitOfWork, count: int, now: int) -> PrekeyMaker:
        first = unit.profile.next_prekey_ids(PrekeyKind.ONE_TIME_EC, count)
        return PrekeyMaker(self._own.device, self._own.signing, first, now, self._randomness)
