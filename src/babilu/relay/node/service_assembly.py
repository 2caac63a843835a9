"""The services of a relay, put together on what they share."""

import asyncio
from dataclasses import dataclass

from babilu.kernel.limits import Limits
from babilu.kernel.ports import Clock, Randomness
from babilu.relay.base.keys import RelayKey
from babilu.relay.base.settings import Registration, RelaySettings
from babilu.relay.bus.port import Bus
from babilu.relay.services.accounts import Accounts, Entrance
from babilu.relay.services.blobs import BlobService
from babilu.relay.services.certificate_rotation import CertificateRotation
from babilu.relay.services.challenge import LoginChallenge
from babilu.relay.services.data_export import DataExport
from babilu.relay.services.delivery import DeliveryService
from babilu.relay.services.device_list_service import DeviceListService
from babilu.relay.services.directory import Directory
from babilu.relay.services.dispatch import Services
from babilu.relay.services.invitations import Invitations
from babilu.relay.services.linking import LinkingService
from babilu.relay.services.presence import PresenceService
from babilu.relay.services.remote_admin import Answering, RemoteAdmin
from babilu.relay.services.sessions import SessionRegistry
from babilu.relay.services.shared_throttle import SharedThrottle
from babilu.relay.services.submission import SubmissionService
from babilu.relay.services.transients import TransientService
from babilu.relay.storage.blobs.port import BlobFiles
from babilu.relay.storage.port import Storage


@dataclass(frozen=True, slots=True)
class RelayContext:
    """What the services of a relay share.

    Attributes:
        settings: What its operator decided.
        key: Its secret.
        storage: What it keeps.
        files: The bytes of sealed files.
        bus: Carries hints between connections, and between nodes.
        sessions: Who is connected here.
        invitations: Judges who may make an account.
        rotation: The certificate and the one after it.
        requests: What is under way for connections; it is waited for before they end.
        clock: The time.
        randomness: For challenges and keys.
    """

    settings: RelaySettings
    key: RelayKey
    storage: Storage
    files: BlobFiles
    bus: Bus
    sessions: SessionRegistry
    invitations: Invitations
    rotation: CertificateRotation
    requests: set[asyncio.Task[None]]
    clock: Clock
    randomness: Randomness

    @property
    def limits(self) -> Limits:
        """How much and how often."""
        return self.settings.limits


def make_services(context: RelayContext, registration: Registration, admin_service: Answering) -> Services:
    """Put the services together.

    Args:
        context: What they share.
        registration: Who may make an account.
        admin_service: Carries out what owner and moderators order.
    """
    storage, bus, sessions, key = context.storage, context.bus, context.sessions, context.key
    limits, clock = context.limits, context.clock
    challenge = LoginChallenge(context.settings.name, key, registration, limits, context.randomness)
    entrance = Entrance(
        storage,
        bus,
        sessions,
        challenge,
        context.invitations,
        key,
        limits,
        context.rotation.after,
        clock,
        context.randomness,
    )
    accounts = Accounts(entrance)
    accounts.tell_addresses(context.settings.also)
    presence = PresenceService(storage.directory, storage.mail, key, bus, context.requests, limits, clock)
    delivery = DeliveryService(storage.mail, bus, limits)
    at_all_nodes = SharedThrottle(key, None if storage.nodes is None else storage.nodes.throttles)
    return Services(
        challenge,
        accounts,
        DeviceListService(entrance, accounts),
        Directory(storage.directory, sessions, bus, at_all_nodes, limits, clock),
        delivery,
        SubmissionService(storage.mail, delivery, key, limits, clock),
        presence,
        TransientService(sessions, presence, bus, limits, clock),
        LinkingService(sessions, bus, limits, clock),
        sessions,
        BlobService(storage.blobs, context.files, limits, clock),
        DataExport(storage.accounts, limits, clock),
        RemoteAdmin(storage.administration, admin_service, limits, clock),
    )
