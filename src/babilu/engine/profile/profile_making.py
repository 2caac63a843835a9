"""Making of profiles: their files are opened, or made with new keys, before anybody hears of those."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from babilu.api import events
from babilu.api.client import DirectProfile, RelayProfile
from babilu.crypto.keys import SigningKey
from babilu.crypto.secret import Passphrase
from babilu.engine.profile.own_keys import keep_notes, make_profile_record, own_device
from babilu.engine.profile.pending_link import WaitingToBeLinkedError, read_pending
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.event_bus import EventBus
from babilu.engine.runtime.presence import Presences
from babilu.engine.runtime.rollback_recovery import return_as_new_device
from babilu.engine.runtime.views import ViewMaker
from babilu.identity.shapes import ListedAccount
from babilu.kernel.limits import Limits
from babilu.kernel.ports import Clock, Randomness
from babilu.store.profile_files import ProfilePaths
from babilu.store.profile_records import ProfileRecord
from babilu.store.profile_store import ProfileStore

STEPS = 3


@dataclass(frozen=True, slots=True)
class ProfileMaker:
    """Where profiles are opened and made.

    Attributes:
        home: Folder of the profiles.
        limits: Sizes and deadlines.
        clock: Tells the time.
        randomness: For everything that must not be guessed.
    """

    home: Path
    limits: Limits
    clock: Clock
    randomness: Randomness

    def open_or_make(
        self,
        paths: ProfilePaths,
        wanted: RelayProfile | DirectProfile,
        name: str,
        accounts: Callable[[], Sequence[ListedAccount]] = tuple,
    ) -> tuple[ProfileStore, ProfileRecord]:
        """Open the files of a profile, or make them with new keys.

        Args:
            paths: Where they lie.
            wanted: Which profile.
            name: Its name, normalised.
            accounts: Tells what a new device list is good for.
        """
        identity: SigningKey | None = None
        if ProfileStore.exists(paths):
            profile = ProfileStore.open(paths, wanted.passphrase, self.randomness, self.clock)
        else:
            identity = SigningKey.generate(self.randomness)
            seed = identity.private_bytes()
            profile = ProfileStore.create(paths, wanted.passphrase, self.randomness, self.clock, identity=seed)
        try:
            with profile.database.read() as unit:
                record = unit.profile.load()
                waits = record is None and read_pending(unit) is not None
            if waits:
                raise WaitingToBeLinkedError(profile)
            if record is None:
                # Its making was interrupted before anybody heard of its keys, or is under way.
                identity = identity or self._identity_of(profile, wanted.passphrase)
                record = make_profile_record(name, identity, self.randomness, self.clock.now_ms(), accounts())
                with profile.database.write() as unit:
                    unit.profile.create(record)
            with profile.database.write() as unit:
                keep_notes(unit, record, self.clock.now_ms())
            if profile.is_rolled_back:
                identity = SigningKey.from_bytes(profile.identity(wanted.passphrase))
                record = return_as_new_device(profile, identity, self.clock, self.randomness)
        except WaitingToBeLinkedError:
            raise
        except BaseException:
            profile.close()
            raise
        return profile, record

    def _identity_of(self, profile: ProfileStore, passphrase: Passphrase) -> SigningKey:
        """Open the identity key of a profile that holds no person yet, or make it."""
        if profile.has_identity:
            return SigningKey.from_bytes(profile.identity(passphrase))
        made = SigningKey.generate(self.randomness)
        profile.keep_identity(passphrase, made.private_bytes())
        return made

    def context(self, profile: ProfileStore, record: ProfileRecord, account: str, bus: EventBus) -> ClientContext:
        """Put together what an open client stands on."""
        presences = Presences()
        with profile.database.read() as unit:
            formers = unit.profile.former_devices()
        own = own_device(record, account, formers)
        return ClientContext(
            database=profile.database,
            own=own,
            bus=bus,
            show=ViewMaker(record.name, presences, own.identity_key, account),
            presences=presences,
            limits=self.limits,
            clock=self.clock,
            randomness=self.randomness,
        )


def tell_step(bus: EventBus, step: int) -> None:
    """Tell how far the opening has come."""
    bus.tell(events.Progress("opening", step, STEPS))
