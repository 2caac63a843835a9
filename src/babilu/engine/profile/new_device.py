"""A new device's end of linking: a client that shows a code first, and is the open profile once it is let in.

A user begins each try, and no program does. What would have to be known after a kill is committed before the user's yes
leaves: from then on the profile waits for its grant, also in later runs. Before that, nothing of it is kept.
"""

import logging
import queue
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import msgspec

from babilu.api import commands as ask_for
from babilu.api import events, views
from babilu.api.client import ChatClient, LinkWish, Listener, Subscription
from babilu.api.commands import Command
from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.engine.profile.link_grant import LinkingParts, become_device, first_bundle
from babilu.engine.profile.pending_link import PendingLink, keep_pending, read_pending
from babilu.engine.runtime.threads import closed
from babilu.engine.transport.backoff import Backoff
from babilu.engine.transport.link_channels import LinkChannel
from babilu.identity.codec import decode_shape, encode_shape
from babilu.identity.link_codes import LINE_SECRET_BYTES
from babilu.identity.link_messages import (
    LinkAgain,
    LinkEnd,
    LinkGrant,
    LinkOffer,
    LinkTaken,
    OldDeviceBody,
    decode_link_message,
)
from babilu.identity.linking import NewDeviceLinking, new_device_body
from babilu.identity.shapes import DeviceKind
from babilu.kernel.errors import (
    BabiluError,
    DeliveryError,
    ErrorCode,
    LinkError,
    ProtocolError,
    UsageError,
)

R = TypeVar("R")

log = logging.getLogger(__name__)

ANSWER_S: Final = 60.0
"""How long a device of the account may take to answer a try."""

TRY_S: Final = 10 * 60.0
"""How long a try may take, and how long a run waits for a grant."""

AGAIN_S: Final = 30.0
"""Pause after which a grant is asked for once more."""

RETURN_S: Final = 1.0
"""Pause after which that is done over a new connection, where one was lost; it doubles."""

JOIN_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class _HeardFrom:
    device: bytes | None
    message: bytes


@dataclass(frozen=True, slots=True)
class _Said:
    yes: bool
    answer: "Future[None]"


@dataclass(frozen=True, slots=True)
class _Ended:
    error: BabiluError


@dataclass(frozen=True, slots=True)
class _Close:
    pass


_Item = _HeardFrom | _Said | _Ended | _Close


class LinkingClient:
    """The binding of `babilu.api.client.ChatClient` for a profile that is being linked.

    It takes `LinkConfirm` and `LinkRefuse`; once linked, everything. It has no contacts and no messages before.

    Args:
        parts: What it is made of.
    """

    def __init__(self, parts: LinkingParts) -> None:
        self._parts = parts
        self._items: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._inner: ChatClient | None = None
        self._over = False
        self._has_person = False
        self._channel: LinkChannel | None = None
        self._partner: bytes | None = None
        self._pending: PendingLink | None = None
        self._thread = threading.Thread(target=self._run, name="babilu-linking")

    def start(self) -> None:
        """Connect, and begin in a thread of its own.

        Raises:
            BabiluError: The relay, or the other device, cannot be reached, or refuses the password.
        """
        with self._parts.profile.database.read() as unit:
            self._pending = read_pending(unit)
        if self._pending is None:
            self._channel = self._connect()
        self._thread.start()

    # What user interfaces see.

    def request(self, command: Command[R]) -> "Future[R]":
        """Ask for something; see `babilu.api.client.ChatClient`."""
        future: Future[Any] = Future()
        with self._lock:
            inner = self._inner
            decides = inner is None and not self._over and isinstance(command, ask_for.LinkConfirm | ask_for.LinkRefuse)
            if decides:
                self._items.put(_Said(isinstance(command, ask_for.LinkConfirm), future))
        if inner is not None:
            return inner.request(command)
        if decides:
            return future
        match command:
            case ask_for.Contacts() | ask_for.Conversations() | ask_for.TakeUnshown() | ask_for.Requests():
                future.set_result(())
            case ask_for.Status():
                future.set_result(views.StatusView(self._parts.name, None, views.LinkState.NONE, None, 0, 0, None, ""))
            case _:
                text = "This device is being linked: compare the codes, and say yes on both devices."
                future.set_exception(LinkError(ErrorCode.BUSY, text))
        return future

    def subscribe(self, listener: Listener, since: int | None = None) -> Subscription:
        """Be told of events; see `babilu.api.client.ChatClient`."""
        return self._parts.bus.subscribe(listener, since)

    def close(self, timeout_ms: int = 10_000) -> None:
        """End; see `babilu.api.client.ChatClient`."""
        self._items.put(_Close())
        if self._thread is not threading.current_thread():
            self._thread.join(JOIN_S)
        with self._lock:
            inner, self._over = self._inner, True
        if inner is not None:
            inner.close(timeout_ms)

    # The thread.

    def _run(self) -> None:
        try:
            self._link()
            self._hang_up()
            self._parts.profile.close()
            self._parts.open_linked(self._hand_over)
        except BabiluError as error:
            self._give_up(error)
        except Exception:
            log.exception("a device could not be linked, by a defect")
            self._give_up(BabiluError(ErrorCode.INTERNAL, "Something went wrong inside; the log says what."))

    def _hand_over(self, inner: ChatClient) -> None:
        """Give what is asked from now on to the client of the linked profile."""
        with self._lock:
            self._inner = inner

    def _give_up(self, error: BabiluError) -> None:
        """End without a person: a profile whose user has not said yes leaves nothing behind."""
        with self._lock:
            self._over = True
        self._hang_up()
        if not self._has_person and (self._pending is None or not self._pending.transcript):
            self._parts.profile.discard()
        else:
            self._parts.profile.close()
        self._parts.release()
        if error.code is not ErrorCode.CLOSED:
            self._parts.bus.tell_warning(error, fatal=True)
        while True:
            try:
                item = self._items.get_nowait()
            except queue.Empty:
                break
            if isinstance(item, _Said):
                item.answer.set_exception(error)
        self._parts.bus.tell(events.Closed())

    def _hang_up(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            try:
                channel.close()
            except BabiluError as error:
                log.info("a connection was not closed in order: %s", error.code.value)

    def _connect(self) -> LinkChannel:
        return self._parts.connect(
            lambda device, message: self._items.put(_HeardFrom(device, message)),
            lambda error: self._items.put(_Ended(error)),
        )

    def _link(self) -> None:
        if self._pending is None:
            self._try()
        else:
            self._wait_for_grant(self._pending)

    # A try, up to the user's yes.

    def _try(self) -> None:
        wish, channel = self._parts.wish, self._channel
        if wish is None or channel is None:
            raise UsageError("This profile waits for nothing.")
        machine, kept = self._begin(wish, channel)
        channel.send(machine.ask(), None)
        until = time.monotonic() + ANSWER_S
        while True:
            item = self._next(until)
            match item:
                case None:
                    text = "None of your full devices has answered: open Babilu on one that is online, and try again."
                    raise LinkError(ErrorCode.UNAVAILABLE, text)
                case _Ended(error):
                    raise error
                case _Close():
                    raise closed()
                case _Said(yes, answer):
                    if self._decide(machine, kept, answer, yes=yes):
                        return
                case _HeardFrom(device, encoded) if self._partner in {None, device}:
                    grant = self._heard(machine, device, encoded)
                    if machine.offered is not None and self._partner == device:
                        until = max(until, time.monotonic()) if grant else time.monotonic() + TRY_S
                    if grant is not None:
                        # The line was read from this device: nobody has to compare.
                        self._take(kept, machine.transcript, machine.offered, grant)
                        return
                case _HeardFrom():
                    pass

    def _begin(self, wish: LinkWish, channel: LinkChannel) -> tuple[NewDeviceLinking, PendingLink]:
        """Make the device's keys, and keep them with their prekeys before anybody hears of them."""
        parts = self._parts
        signing, agreement = SigningKey.generate(parts.randomness), AgreementKey.generate(parts.randomness)
        kept = PendingLink(signing.private_bytes().reveal(), agreement.private_bytes().reveal(), wish.device_name)
        with parts.profile.database.write() as unit:
            bundle = first_bundle(unit, signing, agreement, parts.clock.now_ms(), parts.randomness)
            keep_pending(unit, kept)
        kind = DeviceKind.FULL if wish.full else DeviceKind.COMPANION
        shown = new_device_body(signing, agreement.public, bundle, wish.device_name, kind, parts.randomness)
        secret = parts.randomness.token(LINE_SECRET_BYTES)
        return NewDeviceLinking(signing, shown, channel.place, secret), kept

    def _heard(self, machine: NewDeviceLinking, device: bytes | None, encoded: bytes) -> LinkGrant | None:
        """Take what the other device says; returns the grant, where it may be taken without the user's yes."""
        message = decode_link_message(encoded)
        match message:
            case LinkOffer():
                reveal, code = machine.offer_came(message)
                self._partner = device
                self._say(reveal)
                line = machine.line
                shown = None if line is None else line.encode()
                self._parts.bus.tell(events.LinkCodeShown(code.digits, code.words, shown))
                return None
            case LinkGrant() if machine.is_proved(message):
                return message
            case LinkEnd():
                raise LinkError(ErrorCode.DECLINED, "The other device has ended the try.")
            case _:
                machine.end()
                raise ProtocolError(ErrorCode.NOT_ALLOWED, "The other device said something out of place.")

    def _decide(self, machine: NewDeviceLinking, kept: PendingLink, answer: "Future[None]", *, yes: bool) -> bool:
        """Do what the user says; tells whether the device is linked by it."""
        if machine.offered is None and yes:
            answer.set_exception(DeliveryError(ErrorCode.NOT_FOUND, "No code is shown yet."))
            return False
        if not yes:
            machine.end()
            answer.set_result(None)
            self._say(encode_shape(LinkEnd()))
            raise LinkError(ErrorCode.DECLINED, "The linking was ended here.")
        said = machine.yes()
        offered = b"" if machine.offered is None else encode_shape(machine.offered)
        pending = msgspec.structs.replace(kept, transcript=machine.transcript, offered=offered)
        with self._parts.profile.database.write() as unit:
            keep_pending(unit, pending)
        self._pending = pending
        answer.set_result(None)
        self._say(said)
        self._wait_for_grant(pending)
        return True

    def _say(self, message: bytes) -> None:
        if self._channel is not None:
            self._channel.send(message, self._partner)

    # After the user's yes.

    def _wait_for_grant(self, pending: PendingLink) -> None:
        """Wait for what both users have agreed to, over any connection, and ask for it now and then."""
        until, asks_at = time.monotonic() + TRY_S, time.monotonic() + (AGAIN_S if self._channel else 0.0)
        pauses = Backoff(RETURN_S, AGAIN_S, self._parts.randomness)
        while True:
            now = time.monotonic()
            if now >= until:
                text = "The other device has not let this one in yet. Open Babilu on both to go on."
                raise LinkError(ErrorCode.UNAVAILABLE, text)
            if now >= asks_at:
                self._ask_again(pending)
                asks_at = time.monotonic() + (AGAIN_S if self._channel else pauses.take())
            match self._next(min(until, asks_at)):
                case _Close():
                    raise closed()
                case _Ended():
                    self._hang_up()
                    asks_at = min(asks_at, time.monotonic() + pauses.take())
                case _Said(yes=True, answer=answer):
                    answer.set_exception(DeliveryError(ErrorCode.NOT_FOUND, "You have said yes already."))
                case _Said(yes=False, answer=answer):
                    self._take_back(pending)
                    answer.set_result(None)
                    raise LinkError(ErrorCode.DECLINED, "The linking was ended here.")
                case _HeardFrom(device, encoded):
                    if self._partner in {None, device} and self._is_granted(pending, encoded):
                        return
                case None:
                    pass

    def _is_granted(self, pending: PendingLink, encoded: bytes) -> bool:
        message = decode_link_message(encoded)
        if isinstance(message, LinkEnd):
            # It is over for the other device, too: nothing will come.
            self._forget(pending)
            raise LinkError(ErrorCode.DECLINED, "The other device has ended the try.")
        if not isinstance(message, LinkGrant):
            return False
        self._take(pending, pending.transcript, decode_shape(pending.offered, OldDeviceBody), message)
        return True

    def _take_back(self, pending: PendingLink) -> None:
        """End what the user has said yes to; the other device hears of it where it can be reached."""
        self._forget(pending)
        try:
            self._say(encode_shape(LinkEnd()))
        except BabiluError as error:
            log.info("the other device was not told of the end: %s", error.code.value)

    def _forget(self, pending: PendingLink) -> None:
        """Wait for no grant any more: what ends now leaves nothing behind."""
        self._pending = msgspec.structs.replace(pending, transcript=b"")

    def _ask_again(self, pending: PendingLink) -> None:
        try:
            if self._channel is None:
                # Others of the person know nothing of the try. A direct connection names nobody.
                offered = decode_shape(pending.offered, OldDeviceBody)
                self._partner = offered.device if self._parts.account else None
                self._channel = self._connect()
            self._say(encode_shape(LinkAgain(pending.transcript)))
        except BabiluError as error:
            if error.code is ErrorCode.WRONG_CREDENTIALS:
                raise
            log.info("the other device could not be asked: %s", error.code.value)
            self._hang_up()

    def _next(self, until: float) -> _Item | None:
        try:
            return self._items.get(timeout=max(until - time.monotonic(), 0.0))
        except queue.Empty:
            return None

    def _take(self, pending: PendingLink, transcript: bytes, offered: OldDeviceBody | None, grant: LinkGrant) -> None:
        """Become one of the person's devices; committed before the other device hears of it.

        Raises:
            BabiluError: The grant does not hold.
        """
        become_device(self._parts, pending, transcript, offered, grant)
        self._has_person = True
        try:
            self._say(encode_shape(LinkTaken(transcript)))
        except BabiluError as error:
            # The other device keeps the grant for a while: nothing is lost by that.
            log.info("the other device was not told that this one is linked: %s", error.code.value)
