"""A full device's end of linking: one try at a time, five in an hour, ten minutes each; a user and a password decide.

It answers by itself up to the code. Nothing of the own device list is changed before both users have said yes: the one
of the new device by a signature, the one here by the password.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import msgspec

from babilu.api import events
from babilu.api.device_commands import LinkApprove
from babilu.crypto.keys import SigningKey
from babilu.crypto.password import WrapPurpose, stretch
from babilu.crypto.secret import Secret
from babilu.engine.commands.history_giving import first_moment
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.history_given import begin_giving, end_giving
from babilu.engine.runtime.kept_grants import GRANTS_KEPT, KeptGrant, forget_grant, keep_grant, kept_grant
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.runtime.own_devices import device_names, device_view, name_device, own_list
from babilu.engine.runtime.threads import Worker, follow_up
from babilu.engine.transport.own_list_changes import OwnListChanger
from babilu.identity.codec import encode_shape
from babilu.identity.device_list import find_device, with_device
from babilu.identity.link_codes import DeviceLine, LinkPlace
from babilu.identity.link_messages import (
    GrantedBody,
    LinkAgain,
    LinkAsk,
    LinkEnd,
    LinkMessage,
    LinkReveal,
    LinkTaken,
    LinkYes,
    OldDeviceBody,
    decode_link_message,
)
from babilu.identity.linking import LINK_VERSION, NONCE_BYTES, OldDeviceLinking
from babilu.identity.shapes import DeviceEntry, DeviceKind, SignedDeviceList
from babilu.kernel.bounded import BoundedDict
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, LinkError, TrustError
from babilu.kernel.ids import DeviceId, device_id
from babilu.kernel.limits import DEVICES
from babilu.session.sessions import PeerDevice, encrypt, start_session
from babilu.store.profile_store import ProfileStore
from babilu.store.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

TRY_MS: Final = 10 * 60 * 1000
"""How long a try may take."""

TRIES_AN_HOUR: Final = 5
HOUR_MS: Final = 60 * 60 * 1000

LISTED_WITHIN_MS: Final = 20_000
"""How long the relay may take to show a list that names a device whose grant is kept; then it has none."""

_TRIES = "link.tries"

Reply = Callable[[bytes], None]
"""Hands a message to the new device; may be called from any thread."""


class _TryRecord(msgspec.Struct, frozen=True, array_like=True):
    """A try that was answered: when, and whether it came to nothing."""

    at: int
    failed: bool = False


_tries = msgspec.msgpack.Decoder(list[_TryRecord])


@dataclass(slots=True)
class _Try:
    """The try under way.

    Attributes:
        channel: What carries it.
        machine: What both ends have said.
        reply: Reaches the new device.
        until: When it is over (milliseconds of the monotonic clock).
        approved: What the user here has said yes to, with the password; None before.
    """

    channel: bytes
    machine: OldDeviceLinking
    reply: Reply
    until: int
    approved: LinkApprove | None = None

    @property
    def device(self) -> str:
        """Id of the new device, once it has shown itself; empty before."""
        revealed = self.machine.revealed
        return "" if revealed is None else device_id(revealed.signing_key, revealed.agreement_key).hex()


class DeviceLinking:
    """Lets new devices ask, and makes them own ones; what waits is called in the account's thread.

    Args:
        base: The profile and the ports.
        profile: The files of the profile.
        lists: Changes the own device list.
        work: The account's thread.
        loop: For the end of a try.
        linked: Is told which device was linked, and how much history it is to have.
    """

    def __init__(
        self,
        base: ClientContext,
        profile: ProfileStore,
        lists: OwnListChanger,
        work: Worker,
        loop: LoopThread,
        linked: Callable[[DeviceId, LinkApprove], None],
    ) -> None:
        self._base = base
        self._profile = profile
        self._lists = lists
        self._work = work
        self._loop = loop
        self._linked = linked
        self._try: _Try | None = None
        # Since when devices ask whose grants are kept, and which no list names.
        self._doubted: BoundedDict[bytes, int] = BoundedDict(GRANTS_KEPT)

    def heard(self, channel: bytes, place: LinkPlace, message: bytes, reply: Reply) -> None:
        """Take a message of a new device; may be called from any thread.

        Args:
            channel: What carries it: messages of one try come by one.
            place: Where, as this end sees it.
            message: What it says.
            reply: Reaches the new device.
        """
        self._work.post(partial(self._take, channel, place, message, reply))

    def _take(self, channel: bytes, place: LinkPlace, encoded: bytes, reply: Reply) -> None:
        if not self._profile.has_identity:
            # A companion lets nobody in, and another device of the account may.
            return
        message = decode_link_message(encoded)
        present = self._present()
        if isinstance(message, LinkAgain):
            self._asked_again(message.transcript, reply)
        elif isinstance(message, LinkTaken):
            self._forget(message.transcript)
        elif isinstance(message, LinkAsk) and (present is None or present.channel != channel):
            self._begin(present, channel, place, message, reply)
        elif present is not None and present.channel == channel:
            try:
                self._go_on(present, message)
            except BabiluError as error:
                self._fail(error)

    def _present(self) -> _Try | None:
        """Return the try under way, if its time is not over."""
        present = self._try
        if present is not None and self._base.clock.monotonic_ms() >= present.until:
            self._fail(LinkError(ErrorCode.EXPIRED, "A new device was not linked within ten minutes."))
            present = None
        return present

    def _begin(self, present: _Try | None, channel: bytes, place: LinkPlace, ask: LinkAsk, reply: Reply) -> None:
        """Answer a new device that asks, where none does already and not too many have."""
        if present is not None and present.machine.revealed is not None:
            # The one whose code people compare is not disturbed.
            reply(encode_shape(LinkEnd()))
            return
        base, own = self._base, self._base.own
        now = base.clock.now_ms()
        with base.database.write() as unit:
            recent = self._recent(unit, now)
            answers = len(recent) < TRIES_AN_HOUR
            if answers:
                unit.settings.set(_TRIES, msgspec.msgpack.encode([*recent, _TryRecord(now)]))
        if not answers:
            reply(encode_shape(LinkEnd()))
            return
        nonce = base.randomness.token(NONCE_BYTES)
        shown = OldDeviceBody(LINK_VERSION, own.identity_key, own.device_list, own.device, DeviceKind.FULL, nonce)
        machine = OldDeviceLinking(shown, place)
        self._try = _Try(channel, machine, reply, base.clock.monotonic_ms() + TRY_MS)
        offer = machine.ask_came(ask)
        follow_up(lambda: self._loop.call(self._look_later), lambda: reply(offer))

    def _look_later(self) -> None:
        self._loop.loop.call_later(TRY_MS / 1000 + 1, self._work.post, self._look)

    def _look(self) -> None:
        self._present()

    def _go_on(self, present: _Try, message: LinkMessage) -> None:
        match message:
            case LinkReveal():
                code = present.machine.reveal_came(message)
                revealed = present.machine.revealed
                if revealed is None:
                    raise LookupError("a reveal that holds reveals something")
                with self._base.database.read() as unit:
                    failed = sum(each.failed for each in self._recent(unit, self._base.clock.now_ms()))
                full = revealed.kind is DeviceKind.FULL
                self._base.bus.tell(
                    events.LinkCodeShown(code.digits, code.words),
                    events.LinkAsked(present.device, revealed.name, code.digits, code.words, full, failed),
                )
            case LinkYes():
                present.machine.yes_came(message)
                try:
                    self._grant_if_agreed(present)
                except BabiluError as error:
                    if present.machine.is_over:
                        raise
                    # The relay may have taken the list: the new device is not told of an end. The user may try again.
                    present.approved = None
                    self._base.bus.tell_warning(error, fatal=False)
            case LinkEnd():
                raise LinkError(ErrorCode.DECLINED, "The new device has ended the try.")
            case _:
                raise LinkError(ErrorCode.NOT_ALLOWED, "The new device said something out of place.")

    # What the user says.

    def approve(self, command: LinkApprove) -> None:
        """Take the user's yes; see `babilu.api.device_commands.LinkApprove`."""
        present = self._asking()
        if command.device is not None and command.device != present.device:
            # The try whose code was compared has ended meanwhile, and somebody else has begun one.
            text = "Another device asks by now: compare its code before you let it in."
            raise TrustError(ErrorCode.MISMATCH, text)
        # A wrong password is told at once, and the try goes on.
        self._profile.identity(command.password)
        if len(own_list(self._base.own).devices) >= DEVICES:
            raise DeliveryError(ErrorCode.TOO_MANY, f"A person has at most {DEVICES} devices: remove one first.")
        try:
            if command.line is not None:
                present.machine.read_line(DeviceLine.decode(command.line))
            present.approved = command
            self._grant_if_agreed(present)
        except BabiluError as error:
            # What failed on the way to the relay may be tried again, by the password again.
            present.approved = None
            if present.machine.is_over:
                self._fail(error, command.request_id)
            raise

    def refuse(self, request_id: str | None) -> None:
        """Take the user's no."""
        self._asking()
        self._fail(LinkError(ErrorCode.DECLINED, "The new device was refused."), request_id)

    def _asking(self) -> _Try:
        present = self._present()
        if present is None or present.machine.revealed is None:
            raise DeliveryError(ErrorCode.NOT_FOUND, "No device asks to be linked.")
        return present

    # What follows once both have said yes.

    def _grant_if_agreed(self, present: _Try) -> None:
        command = present.approved
        if command is None or not present.machine.may_grant:
            return
        seed = self._profile.identity(command.password)
        identity = SigningKey.from_bytes(seed)
        entry = present.machine.entry(identity, _kind_for(command, present))
        grants: list[bytes] = []

        def prepare(signed: SignedDeviceList) -> None:
            grants[:] = [self._keep_grant(present, entry, signed, command, seed)]

        self._lists.change(identity, command.password, lambda before: with_device(before, entry), prepare)
        self._try = None
        self._tell_linked(entry, command.request_id)
        present.reply(grants[0])
        self._linked(DeviceId(entry.device), command)

    def _keep_grant(
        self, present: _Try, entry: DeviceEntry, signed: SignedDeviceList, command: LinkApprove, seed: Secret
    ) -> bytes:
        """Seal what makes the device an own one, and keep it until the device has it; committed before it is sent."""
        base, machine = self._base, present.machine
        revealed = machine.revealed
        if revealed is None:
            raise LookupError("nothing is granted to a device that has shown nothing")
        wrapped = None
        if entry.certificate.kind is DeviceKind.FULL:
            wrapped = stretch(command.password, base.randomness).wrap(seed, WrapPurpose.IDENTITY)
        peer = PeerDevice(base.own.identity_key, entry)
        now = base.clock.now_ms()
        with base.database.write() as unit:
            name_device(unit, entry.device, revealed.name)
            content = encode_shape(GrantedBody(signed, wrapped, device_names(unit, base.own, signed)))
            start_session(unit.sessions, base.own, peer, revealed.bundle, now, base.randomness, machine.transcript)
            envelope = encrypt(unit.sessions, base.own, peer, content, now, base.randomness)
            message = machine.grant(envelope)
            keep_grant(unit, machine.transcript, KeptGrant(entry.device, message, now))
            # What the user has promised is kept with it: this run may end before the relay has answered.
            device = DeviceId(entry.device)
            end_giving(unit, device)
            begin_giving(unit, device, first_moment(command.history_days, now))
        return message

    def _asked_again(self, transcript: bytes, reply: Reply) -> None:
        """Give a device its grant once more; one that waits for what cannot come any more is told so.

        Only the device that a grant is for can open it.
        """
        present = self._present()
        is_present = present is not None and present.machine.transcript == transcript
        with self._base.database.read() as unit:
            kept = kept_grant(unit, transcript)
        entry = None if kept is None else find_device(own_list(self._base.own), kept.device)
        if kept is not None and entry is not None:
            if is_present:
                # The relay had taken the list, and only its answer was lost.
                self._try = None
                self._tell_linked(entry, None)
            reply(kept.message)
        elif present is not None and is_present:
            self._speaks_anew(present, reply)
        elif kept is None or self._is_unlisted(transcript):
            # An earlier run ended before its user had said yes, or before the relay had taken the list.
            self._forget(transcript)
            reply(encode_shape(LinkEnd()))

    def _tell_linked(self, entry: DeviceEntry, request_id: str | None) -> None:
        with self._base.database.read() as unit:
            view = device_view(unit, self._base.own, entry)
        self._base.bus.tell(events.DeviceLinked(view, request_id=request_id))

    def _speaks_anew(self, present: _Try, reply: Reply) -> None:
        """Go on with a new device that had lost its connection, where its user's yes has come before that."""
        if present.machine.may_grant:
            present.reply = reply
            return
        reply(encode_shape(LinkEnd()))
        self._fail(LinkError(ErrorCode.UNAVAILABLE, "The new device lost its connection: begin again on it."))

    def _is_unlisted(self, transcript: bytes) -> bool:
        """Tell whether no list names a device whose grant is kept, since the relay has had time to show one."""
        now = self._base.clock.monotonic_ms()
        return now - self._doubted.setdefault(transcript, now) >= LISTED_WITHIN_MS

    def _forget(self, transcript: bytes) -> None:
        self._doubted.pop(transcript, None)
        with self._base.database.write() as unit:
            forget_grant(unit, transcript)

    # Tries.

    def _recent(self, unit: UnitOfWork, now: int) -> list[_TryRecord]:
        """Return the tries of the last hour, also those of an earlier run; a clock that went back forgets none."""
        kept = unit.settings.get(_TRIES)
        return [] if kept is None else [each for each in _tries.decode(kept) if now - each.at < HOUR_MS]

    def _fail(self, error: BabiluError, request_id: str | None = None) -> None:
        """End the try under way, tell both ends, and count it."""
        present, self._try = self._try, None
        if present is None:
            return
        present.machine.end()
        with self._base.database.write() as unit:
            recent = self._recent(unit, self._base.clock.now_ms())
            if recent:
                recent[-1] = _TryRecord(recent[-1].at, failed=True)
                unit.settings.set(_TRIES, msgspec.msgpack.encode(recent))
        log.warning("a new device was not linked: %s", error.code.value)
        ended = events.LinkEnded(
            error.code.value, error.text, sum(each.failed for each in recent), request_id=request_id
        )
        if present.machine.revealed is not None:
            follow_up(lambda: self._base.bus.tell(ended))
        follow_up(lambda: present.reply(encode_shape(LinkEnd())))


def _kind_for(command: LinkApprove, present: _Try) -> DeviceKind:
    """Return what the new device becomes: what the user says, else what it asked for."""
    revealed = present.machine.revealed
    if command.full is None and revealed is not None:
        return revealed.kind
    return DeviceKind.FULL if command.full else DeviceKind.COMPANION
