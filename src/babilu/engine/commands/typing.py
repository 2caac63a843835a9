"""Typing: told to whom is reachable now and forgotten, never written, queued or repeated.

It is said and believed only between people who have accepted each other, whose identity is not in question, and where
its user has not switched it off.
"""

import asyncio
import logging
import threading
from typing import Final

from babilu.api import events
from babilu.api.views import PresenceState
from babilu.engine.commands.effect_runner import EffectRunner
from babilu.engine.conversation.encryption import devices_in_force, relay_account
from babilu.engine.conversation.switches import switches_with
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.runtime.threads import Worker
from babilu.engine.runtime.typing_states import Heard, TypingPerson, TypingStates
from babilu.identity.codec import decode_shape
from babilu.identity.device_list import find_device
from babilu.identity.shapes import DeviceListBody
from babilu.kernel.bounded import BoundedDict
from babilu.kernel.errors import CryptoError, ProtocolError
from babilu.kernel.ids import ConversationId, DeviceId, conversation_id
from babilu.session.envelope import EnvelopeEnd
from babilu.session.transient import (
    NO_HEADS,
    OpenedTransient,
    TransientBody,
    check_transient,
    open_transient,
    seal_transient,
)
from babilu.store.records import ContactRecord

log = logging.getLogger(__name__)

SAID_EACH_MS: Final = 3_000
"""Time after which it is said again that one is typing."""

DEVICES_AT_MOST: Final = 8
"""Devices of a conversation, the own ones included, beyond which nobody is told that one is typing."""

JUDGED_AT_ONCE: Final = 64
"""Transients that wait to be opened; what comes beyond is dropped."""

SAID_KEPT: Final = 1_000
"""Conversations of which it is known when one said last that one is typing."""


class TypingNotices:
    """Says that one is typing, and hears it of others.

    Args:
        base: The profile and the ports.
        effect_runner: The rest of the client.
        loop: Where connections and the timer are.
        door: Thread in which what is heard is opened: a crowd keeps no command of the user's waiting.
    """

    def __init__(self, base: ClientContext, effect_runner: EffectRunner, loop: LoopThread, door: Worker) -> None:
        self._base = base
        self._effect_runner = effect_runner
        self._loop = loop
        self._door = door
        # What changes who is typing tells so before anything else does: else the last that is told may be out of date.
        self._telling = threading.Lock()
        self._states = TypingStates()
        self._said: BoundedDict[int, int] = BoundedDict(SAID_KEPT)
        self._waiting = 0
        self._timer: asyncio.TimerHandle | None = None

    # What one says oneself, in the thread of commands.

    def say(self, contact: ContactRecord) -> None:
        """Tell a contact that one is typing, if they may know it, are reachable and were not told just now."""
        base, devices = self._base, devices_in_force(contact).devices
        now = base.clock.monotonic_ms()
        said = self._said.get(contact.contact)
        if not _is_trusted(contact) or not self._is_reachable(contact):
            return
        if said is not None and now - said < SAID_EACH_MS:
            return
        if len(devices) + self._own_devices() > DEVICES_AT_MOST or not self._may_know(contact):
            return
        self._said[contact.contact] = now
        body = TransientBody(base.own.device, self._conversation_with(contact), NO_HEADS, base.clock.now_ms())
        sealed = [
            (DeviceId(entry.device), seal_transient(base.own.agreement, _end(entry.device, entry.agreement_key), body))
            for entry in devices
        ]
        self._loop.call(self._hand_over, contact, sealed)

    def _conversation_with(self, contact: ContactRecord) -> ConversationId:
        return conversation_id(self._base.own.identity_key, contact.identity_key)

    def _may_know(self, contact: ContactRecord) -> bool:
        with self._base.database.read() as unit:
            return switches_with(unit, contact).typing is True

    def _own_devices(self) -> int:
        return len(decode_shape(self._base.own.device_list.body, DeviceListBody).devices)

    def _is_reachable(self, contact: ContactRecord) -> bool:
        presences = self._base.presences
        return presences.connected(contact.contact) or self._is_online(contact)

    def _is_online(self, contact: ContactRecord) -> bool:
        account = relay_account(contact)
        return bool(account) and self._base.presences.presence(account) is PresenceState.ONLINE

    def _hand_over(self, contact: ContactRecord, transients: list[tuple[DeviceId, bytes]]) -> None:
        targets = self._effect_runner.targets
        for device, sealed in transients:
            if targets.calls.pass_on(contact.contact, device, sealed):
                continue
            if targets.relay is not None and self._is_online(contact):
                targets.relay.pass_on(relay_account(contact), device, sealed)

    # What one hears.

    def heard(self, sealed: bytes, contact: int | None = None, device: DeviceId | None = None) -> None:
        """Take a transient, in the loop's thread; over a direct connection it is of that contact and device alone."""
        if self._waiting >= JUDGED_AT_ONCE:
            return
        if self._door.post(lambda: self._judge_one(sealed, contact, device)):
            self._waiting += 1

    def _judge_one(self, sealed: bytes, contact: int | None, device: DeviceId | None) -> None:
        try:
            self._judge(sealed, contact, device)
        except (CryptoError, ProtocolError) as error:
            log.info("a transient was dropped: %s", error.code.value)
        finally:
            self._loop.call(self._judged)

    def _judged(self) -> None:
        self._waiting -= 1

    def _judge(self, sealed: bytes, contact: int | None, device: DeviceId | None) -> None:
        base = self._base
        opened = open_transient(base.own.agreement, base.own.device, sealed)
        sender = self._sender_of(opened)
        if sender is None or (contact is not None and (sender.contact, opened.sender) != (contact, device)):
            return
        person = TypingPerson(sender.name, sender.name, opened.conversation)
        clock_ms, now = base.clock.now_ms(), base.clock.monotonic_ms()
        with self._telling:
            if self._states.heard(opened.sender, person, opened.sent_at, clock_ms, now) is Heard.BEGINNING:
                self._tell(person, active=True)
        self._loop.call(self._set_timer)

    def _sender_of(self, opened: OpenedTransient) -> ContactRecord | None:
        """Find whose device has sent a transient, where it may say so.

        Raises:
            CryptoError: It comes from another device than the one it names.
        """
        with self._base.database.read() as unit:
            found = unit.contacts.by_device(opened.sender)
            if found is not None and not switches_with(unit, found[0]).typing:
                return None
        if found is None or not _is_trusted(found[0]) or opened.conversation != self._conversation_with(found[0]):
            return None
        entry = find_device(devices_in_force(found[0]), opened.sender)
        if entry is None:
            return None
        own = self._base.own
        check_transient(own.agreement, own.device, _end(opened.sender, entry.agreement_key), opened)
        return found[0]

    def message_came(self, contact: ContactRecord, device: DeviceId, sent_at: int) -> None:
        """Take note of a message: whoever has sent it is typing no longer."""
        with self._telling:
            ended = self._states.message_came(device, self._conversation_with(contact), sent_at)
            if ended is not None:
                self._tell(ended, active=False)

    def _set_timer(self) -> None:
        with self._telling:
            end = self._states.next_end()
        if self._timer is None and end is not None:
            seconds = max(end - self._base.clock.monotonic_ms(), 0) / 1000
            self._timer = self._loop.loop.call_later(seconds, self._expire)

    def _expire(self) -> None:
        self._timer = None
        with self._telling:
            for person in self._states.expired(self._base.clock.monotonic_ms()):
                self._tell(person, active=False)
        self._set_timer()

    def _tell(self, person: TypingPerson, *, active: bool) -> None:
        told = events.TypingChanged(person.conversation, person.conversation_id, person.name, active)
        self._base.bus.tell(told)


def _is_trusted(contact: ContactRecord) -> bool:
    return contact.accepted and not contact.blocked and contact.pending is None


def _end(device: bytes, agreement_key: bytes) -> EnvelopeEnd:
    return EnvelopeEnd(DeviceId(device), agreement_key)
