"""Invitations: known by their hash, good until used or expired; the owner's is good until there is an owner."""

import hmac

from babilu.kernel.limits import INTEGER_MAX, Limits
from babilu.kernel.ports import Clock, Randomness
from babilu.relay.base.keys import RelayKey, token_hash
from babilu.relay.base.settings import Registration
from babilu.relay.storage.port import AccountStore
from babilu.relay.storage.records import Admission, OpenInvitation

_TOKEN_BYTES = 32


class Invitations:
    """Makes, lists, revokes and judges invitations.

    Args:
        store: Where they are kept.
        key: Gives the owner's token.
        registration: Who may make an account.
        limits: How long they are good.
        clock: The time.
        randomness: For tokens.
    """

    def __init__(
        self,
        store: AccountStore,
        key: RelayKey,
        registration: Registration,
        limits: Limits,
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        self._store = store
        self._key = key
        self._clock = clock
        self._randomness = randomness
        self._owner_token: bytes | None = None
        self.reconfigure(registration, limits)

    def reconfigure(self, registration: Registration, limits: Limits) -> None:
        """Apply new settings."""
        self._registration = registration
        self._limits = limits

    @property
    def owner_token(self) -> bytes | None:
        """The token that makes an account the owner's, until there is one."""
        return self._owner_token

    async def refresh_owner(self) -> None:
        """Find out whether there is an owner."""
        generation = await self._store.owner_generation()
        self._owner_token = None if generation is None else self._key.owner_token(generation)

    def admission(self, token: bytes | None) -> Admission:
        """Judge what a registration brought along; the storage has the last word."""
        expected = self._owner_token
        is_owner = token is not None and expected is not None and hmac.compare_digest(token, expected)
        return Admission(
            open=self._registration is Registration.OPEN,
            token_hash=None if token is None else token_hash(token),
            owner=is_owner,
            accounts=self._limits.accounts,
        )

    async def create(self, lifetime_ms: int | None = None, uses: int = 1) -> tuple[OpenInvitation, bytes]:
        """Make an invitation.

        Args:
            lifetime_ms: How long it is good; None for the relay's usual time.
            uses: How many accounts it is good for.

        Returns:
            What is kept of it, and the token, which nobody can be told again.
        """
        token, expires_at = self.token(lifetime_ms)
        return await self._store.invite(token_hash(token), self._clock.now_ms(), expires_at, uses), token

    def token(self, lifetime_ms: int | None) -> tuple[bytes, int]:
        """Make a token, and tell until when it is good: for ``lifetime_ms``, or for the relay's usual time."""
        lifetime = self._limits.invitation_ms if lifetime_ms is None else lifetime_ms
        return self._randomness.token(_TOKEN_BYTES), min(self._clock.now_ms() + lifetime, INTEGER_MAX)

    async def waiting(self) -> tuple[OpenInvitation, ...]:
        """Return the invitations that can still be used."""
        return await self._store.invitations(self._clock.now_ms())

    async def revoke(self, invitation: int) -> bool:
        """Make an invitation unusable; tell whether there was one of this number."""
        return await self._store.revoke(invitation)
