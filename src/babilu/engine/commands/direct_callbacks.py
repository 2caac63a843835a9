"""What direct conversations need done: deciding about callers, keeping contacts, committing what arrives."""

import ipaddress
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from babilu.api import events, views
from babilu.engine.commands.effect_runner import EffectRunner
from babilu.engine.conversation.effects import GiveHint, MergeOwnLists, Tell
from babilu.engine.conversation.own_addresses import OWN_PORTS, note_address
from babilu.engine.conversation.person import may_ring
from babilu.engine.conversation.wakeups import BundleCame, ListCame, Wake
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.device_lock import removed_error, removes
from babilu.engine.runtime.own_devices import own_list
from babilu.engine.runtime.prekey_supply import PrekeySupply
from babilu.engine.runtime.threads import Worker, follow_up
from babilu.engine.runtime.unmerged_lists import note_unmerged
from babilu.engine.transport.direct_connection import DirectConnection
from babilu.engine.transport.direct_parts import PartAnswer
from babilu.engine.transport.direct_ports import KnownPeer, RemovedPeer, UnknownPeer, UnwantedPeer, Verdict
from babilu.identity.device_list import check_successor, encode_device_list, find_device
from babilu.identity.direct import DirectPeer
from babilu.identity.link_codes import LinkPlace
from babilu.identity.list_merging import claims_of
from babilu.identity.safety_number import own_half, safety_number
from babilu.identity.shapes import Bundle
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, ProtocolError
from babilu.kernel.ids import DeviceId, EnvelopeId, IdentityKey, conversation_id, envelope_id
from babilu.kernel.states import Route
from babilu.store.contact_records import ContactRecord, RequestRecord
from babilu.store.conversations import ONESELF
from babilu.store.delivery_records import IncomingEnvelope
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.direct_frames import BlobGet, BlobKept, BlobWaits

REQUEST_ID_BYTES = 8

_UNWANTED = "direct.unwanted"

UNWANTED_BYTES = 500
"""About as much as a request: it is written anew for each caller who gets none."""


def may_be_called_back(host: str, port: int) -> bool:
    """Tell whether somebody who called from ``host`` is believed that they listen at ``port`` there.

    Behind a proxy everybody comes from this machine: whoever names a port would choose which of its own services the
    client connects to.
    """
    return port >= OWN_PORTS and not is_loopback(host)


class DirectCallbacks:
    """The client's side of `babilu.engine.transport.direct_calls.DirectDuties`.

    Args:
        base: The profile and the ports.
        command_dispatcher: Thread for small work with the database.
        door: Thread in which callers are judged: a crowd of strangers keeps no command of the user's waiting.
        effect_runner: The rest of the client.
        stock: Makes prekeys.
    """

    def __init__(
        self,
        base: ClientContext,
        command_dispatcher: Worker,
        door: Worker,
        effect_runner: EffectRunner,
        stock: PrekeySupply,
    ) -> None:
        self._database = base.database
        self._own = base.own
        self._bus = base.bus
        self._show = base.show
        self._presences = base.presences
        self._limits = base.limits
        self._clock = base.clock
        self._randomness = base.randomness
        self._command_dispatcher = command_dispatcher
        self._door = door
        self._effect_runner = effect_runner
        self._stock = stock

    def judge_caller(self, peer: DirectPeer, address: tuple[str, int]) -> "Future[Verdict]":
        """Decide about somebody who called, whose signature holds."""
        return self._door.ask(lambda: self._judge_caller(peer, address))

    def _judge_caller(self, peer: DirectPeer, address: tuple[str, int]) -> Verdict:
        identity = IdentityKey(peer.devices.identity_key)
        if identity == self._own.identity_key:
            return self._judge_sibling(peer, address)
        with self._database.write() as unit:
            contact = unit.contacts.by_identity(identity)
            known_before = unit.requests.by_identity(identity)
            wanted = contact is None or self._may_talk(unit, contact, peer)
            if wanted and known_before is None and (contact is None or not contact.accepted):
                wanted = self._room_for_request(unit, identity, address[0])
            if not wanted:
                self._write_as_for_a_stranger(unit)
                return UnwantedPeer()
            if contact is not None and contact.accepted:
                self._remember_address(unit, contact, peer, address)
                return KnownPeer(contact.contact)
            others = {request.name for request in unit.requests.all() if request.identity_key != identity}
            request = unit.requests.add_or_refresh(
                RequestRecord(
                    id=self._randomness.token(REQUEST_ID_BYTES).hex(),
                    identity_key=identity,
                    # What is shown is what will be accepted: who looks like somebody known is marked from the start,
                    # and who has a name here asks by that one.
                    name=unit.contacts.free_name(peer.body.name, others) if contact is None else contact.name,
                    device_list=encode_device_list(peer.body.device_list),
                    host=address[0],
                    port=address[1],
                    at=self._clock.now_ms(),
                    device=DeviceId(peer.entry.device),
                )
            )
        if known_before is None:
            arrived = events.RequestArrived(
                self._show.request(request, safety_number(self._own.identity_key, identity))
            )
            follow_up(lambda: self._command_dispatcher.post(lambda: self._tell_request(arrived)))
        return UnknownPeer(request.id)

    def _judge_sibling(self, peer: DirectPeer, address: tuple[str, int]) -> Verdict:
        """Decide about a device that shows the own identity: it is an own one, or was."""
        if not self._is_sibling(peer):
            return RemovedPeer(ONESELF)
        port = peer.body.listening_port
        if port and may_be_called_back(address[0], port):
            with self._database.write() as unit:
                note_address(unit, peer.entry.device, (address[0], port))
        return KnownPeer(ONESELF)

    def _is_sibling(self, peer: DirectPeer) -> bool:
        """Tell whether a device of this identity is an own one: by the own list, or by a newer one that it shows."""
        if not self._own.account:
            known, shown = claims_of(self._own.device_list), claims_of(peer.body.device_list)
            listed = peer.entry.device in known.devices or shown.rank > known.rank
            return listed and peer.entry.device not in known.removed
        if find_device(own_list(self._own), peer.entry.device) is not None:
            return True
        try:
            check_successor(self._own.device_list, peer.body.device_list)
        except BabiluError:
            return False
        return True

    def link_asked(self, channel: bytes, certificate: bytes, message: bytes, reply: Callable[[bytes], None]) -> None:
        """Take a message of a device that wants to be linked."""
        self._effect_runner.targets.linking.heard(channel, LinkPlace("", certificate), message, reply)

    def judge_nobody(self) -> "Future[Verdict]":
        """Decide about a caller whose hello is sealed to another device: it takes as long as the others do."""
        return self._door.ask(self._judge_nobody)

    def _judge_nobody(self) -> Verdict:
        with self._database.write() as unit:
            self._write_as_for_a_stranger(unit)
        return UnwantedPeer()

    def _write_as_for_a_stranger(self, unit: UnitOfWork) -> None:
        # A stranger's request is committed before they hear anything. Whoever measures finds no verdict without one.
        unit.settings.set(_UNWANTED, self._randomness.token(UNWANTED_BYTES))

    def _may_talk(self, unit: UnitOfWork, contact: ContactRecord, peer: DirectPeer) -> bool:
        if contact.blocked:
            return False
        try:
            check_shown_list(unit, contact, peer)
        except BabiluError as error:
            # However often a removed device calls, its user hears of it once a day.
            kind = AlarmKind.LIST_TAKES_DEVICE if error.code is ErrorCode.NOT_ALLOWED else AlarmKind.LIST_ROLLED_BACK
            if may_ring(unit, contact, kind.value, self._clock.now_ms()):
                alarm = events.AlarmRaised(kind, contact.name, error.code.value)
                self._command_dispatcher.post(lambda: self._bus.tell(alarm))
            return False
        return True

    def _tell_request(self, arrived: events.RequestArrived) -> None:
        # Decisions are taken in this thread: one that was faster has told already that the request is closed.
        with self._database.read() as unit:
            waits = unit.requests.find(arrived.request.id) is not None
        if waits:
            self._bus.tell(arrived)

    def _room_for_request(self, unit: UnitOfWork, identity: IdentityKey, host: str) -> bool:
        limits = self._limits
        exempt = is_loopback(host) and not limits.limit_loopback
        return (
            not unit.requests.is_declined(identity)
            and unit.requests.count() < limits.pending_requests
            and (exempt or unit.requests.count_from(host) < limits.pending_requests_per_address)
        )

    def judge_answerer(self, peer: DirectPeer, address: tuple[str, int]) -> "Future[KnownPeer]":
        """Find or make the contact that answered our call."""
        return self._command_dispatcher.ask(lambda: self._judge_answerer(peer, address))

    def _judge_answerer(self, peer: DirectPeer, address: tuple[str, int]) -> KnownPeer:
        identity = IdentityKey(peer.devices.identity_key)
        if identity == self._own.identity_key:
            return self._sibling_answered(peer, address)
        told: list[events.Event] = []
        with self._database.write() as unit:
            contact = unit.contacts.by_identity(identity)
            if contact is not None and contact.blocked:
                raise DeliveryError(ErrorCode.BLOCKED, "Whoever answers there is blocked: unblock them to talk.")
            if contact is not None:
                check_shown_list(unit, contact, peer)
            if contact is None:
                encoded = encode_device_list(peer.body.device_list)
                contact = self.add_contact(unit, identity, peer.body.name, encoded, peer, address)
            else:
                unit.contacts.accept(contact.contact)
                unit.contacts.set_address(contact.contact, address)
            # Who is called is no stranger any more.
            request = unit.requests.by_identity(identity)
            unit.requests.forgive(identity)
            if request is not None:
                unit.requests.delete(request.id)
                told.append(events.RequestClosed(request.id))
            present = unit.contacts.by_contact(contact.contact) or contact
        self._effect_runner.run(map(Tell, [*told, events.ContactChanged(self._show.contact(present))]))
        return KnownPeer(contact.contact)

    def _sibling_answered(self, peer: DirectPeer, address: tuple[str, int]) -> KnownPeer:
        """Keep where an own other device was found.

        Raises:
            AccountError: ``device_removed``: it shows the list by which this device was removed, and this one locks.
            DeliveryError: ``not_allowed``: it is none of the own ones any more, or does not know this one yet.
        """
        if removes(self._own, peer.body.device_list):
            self._effect_runner.targets.lock(peer.body.device_list)
            raise removed_error()
        if not self._is_sibling(peer):
            raise DeliveryError(ErrorCode.NOT_ALLOWED, "What answers there was removed from your devices.")
        is_known_there = self._own.account or find_device(peer.devices, self._own.device) is not None
        with self._database.write() as unit:
            note_address(unit, peer.entry.device, address)
            if not is_known_there:
                note_unmerged(unit, peer.body.device_list)
        if not is_known_there:
            self._effect_runner.run([MergeOwnLists()])
            raise DeliveryError(ErrorCode.NOT_ALLOWED, "What answers there does not know this device yet.")
        return KnownPeer(ONESELF)

    def add_contact(
        self,
        unit: UnitOfWork,
        identity: IdentityKey,
        name: str,
        device_list: bytes,
        peer: DirectPeer,
        address: tuple[str, int],
    ) -> ContactRecord:
        """Make a contact of somebody met without a relay."""
        contact = unit.contacts.add(
            identity,
            name,
            "",
            conversation_id(self._own.identity_key, identity),
            device_list,
            peer.devices.devices,
            self._clock.now_ms(),
            accepted=True,
            address=address,
        )
        unit.contacts.set_direct_allowed(contact.contact, True)
        return contact

    @staticmethod
    def _remember_address(unit: UnitOfWork, contact: ContactRecord, peer: DirectPeer, address: tuple[str, int]) -> None:
        # Without a server socket of theirs the address is only where this call came from.
        port = peer.body.listening_port
        if port and may_be_called_back(address[0], port):
            unit.contacts.set_address(contact.contact, (address[0], port))

    def own_bundle(self, contact: int | None) -> "Future[Bundle]":
        """Make a bundle of the own device for a contact, committed already."""
        return self._command_dispatcher.ask(lambda: self._stock.bundle(contact))

    def link_up(self, link: DirectConnection, *, is_first: bool) -> None:
        """Use a link for the mail of the device at its other end, and let the conversation begin."""
        targets = self._effect_runner.targets
        self._presences.link(link.contact, up=True)
        targets.outbox.set_direct(link.contact, link.device, link)
        # Whoever came may have files that are waited for, or may have fetched some without a word of it having come.
        targets.files.wake_online()
        targets.file_server.ask_about_waiting(link)
        cause = link.request_id
        self._with_contact(link.contact, lambda contact: self._begin(contact, link, cause, is_first=is_first))

    def _begin(self, contact: ContactRecord, link: DirectConnection, cause: str | None, *, is_first: bool) -> None:
        if contact.is_oneself:
            came = ListCame(link.peer.body.device_list, enclosed=True)
            hints = (came, BundleCame(link.device, link.peer.body.prekeys), Wake(link.device, resend=True))
            self._effect_runner.run(GiveHint(contact, hint) for hint in hints)
            return
        digits = safety_number(self._own.identity_key, contact.identity_key)
        connected = events.PeerChanged(
            contact.name,
            views.PeerState.CONNECTED,
            Route.DIRECT,
            views.Address(*link.address),
            digits,
            incoming=not link.outgoing,
            request_id=cause,
        )
        self._effect_runner.run(
            [
                *([Tell(connected)] if is_first else []),
                GiveHint(contact, ListCame(link.peer.body.device_list)),
                GiveHint(contact, BundleCame(link.device, link.peer.body.prekeys)),
                GiveHint(contact, Wake(link.device, resend=True)),
            ]
        )

    def link_down(self, link: DirectConnection, reason: BabiluError, *, is_last: bool) -> None:
        """Let the device's mail wait, or go by relay; the contact is connected while any device is."""
        targets = self._effect_runner.targets
        if is_last:
            self._presences.link(link.contact, up=False)
        targets.outbox.set_direct(link.contact, link.device, None)
        # Whoever hung up is not called at once for what is left over.
        hung_up = reason.code is ErrorCode.CLOSED
        self._with_contact(link.contact, lambda contact: self._end(contact, link, is_last=is_last, hung_up=hung_up))

    def _end(self, contact: ContactRecord, link: DirectConnection, *, is_last: bool, hung_up: bool) -> None:
        if is_last and not contact.is_oneself:
            self._bus.tell(
                events.PeerChanged(
                    contact.name,
                    views.PeerState.DISCONNECTED,
                    Route.DIRECT,
                    views.Address(*link.address),
                    "",
                    incoming=not link.outgoing,
                    request_id=link.request_id,
                )
            )
        if contact.account or not hung_up:
            self._effect_runner.run([GiveHint(contact, Wake(link.device, resend=bool(contact.account)))])

    def _with_contact(self, contact: int, act: Callable[[ContactRecord], None]) -> None:
        def look() -> None:
            with self._database.read() as unit:
                record = unit.contacts.by_contact(contact)
            if record is not None:
                act(record)

        self._command_dispatcher.post(look)

    def arrived_directly(self, link: DirectConnection, envelopes: list[bytes]) -> "Future[list[EnvelopeId]]":
        """Commit envelopes of a link."""
        now = self._clock.now_ms()
        device = link.device
        return self._effect_runner.targets.dispatcher.arrived(
            [
                IncomingEnvelope(Route.DIRECT, None, now, envelope_id(each), each, link.contact, device)
                for each in envelopes
            ]
        )

    def transient_came(self, link: DirectConnection, sealed: bytes) -> None:
        """Take what the device at the other end says that is true now."""
        self._effect_runner.targets.typing.heard(sealed, link.contact, link.device)

    def prekeys_came(self, link: DirectConnection, bundle: Bundle) -> None:
        """Keep a bundle for a later session with the device at the other end."""
        hint = BundleCame(link.device, bundle)
        self._with_contact(link.contact, lambda contact: self._effect_runner.run([GiveHint(contact, hint)]))

    def read_parts(self, link: DirectConnection, gets: Sequence[BlobGet]) -> "Future[list[PartAnswer]]":
        """Read what the other end of a link asks for of files, as far as that contact may have it."""
        return self._effect_runner.targets.file_server.read_parts(link.contact, gets)

    def file_kept(self, link: DirectConnection, kept: BlobKept) -> None:
        """Take note that the device at the other end has a file whole."""
        self._effect_runner.targets.file_server.file_kept(link.contact, kept)

    def file_waits(self, link: DirectConnection, waiting: BlobWaits) -> None:
        """Tell the other end of a link whether a file of theirs is here."""
        self._effect_runner.targets.file_server.file_waits(link, waiting)

    def call_pending(self, address: tuple[str, int], request_id: str | None) -> None:
        """Tell that the called side has not decided yet."""
        half = own_half(self._own.identity_key)
        self._bus.tell(events.CallPending(views.Address(*address), half, request_id=request_id))

    def call_failed(
        self, address: tuple[str, int], error: BabiluError, retry_seconds: float | None, request_id: str | None
    ) -> None:
        """Tell that a call came to nothing, and when it is tried again."""
        retry_in_ms = None if retry_seconds is None else int(retry_seconds * 1000)
        called = views.Address(*address)
        code = error.code.value
        self._bus.tell(events.CallFailed(called, code, error.text, retry_in_ms, error.reason, request_id=request_id))


def check_shown_list(unit: UnitOfWork, contact: ContactRecord, peer: DirectPeer) -> None:
    """Check that the list by which a contact's device proves itself may take the place of the one that is known.

    Raises:
        CryptoError: ``rolled_back``: an older list, by which a removed device would come in again, or a second one of
            the same version.
        ProtocolError: ``not_allowed``: the list names a device of another contact.
    """
    check_successor(contact.signed_list, peer.body.device_list)
    for entry in peer.devices.devices:
        found = unit.contacts.by_device(DeviceId(entry.device))
        if found is not None and found[0].contact != contact.contact:
            raise ProtocolError(ErrorCode.NOT_ALLOWED, "A device list names a device of somebody else.")


def is_loopback(host: str) -> bool:
    """Tell whether an address is this machine itself, to which limits by address do not apply."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
