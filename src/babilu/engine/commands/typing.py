"""Typing: told to whom is reachable now and forgotten, never written, queued or repeated.

It is said and believed only between people who have accepted each other, whose identity is not in question, and where
its user has not switched it off.
"""

import asyncio
import hashlib
import logging
import threading
from typing import Final

from babilu.api import events
from babilu.api.views import PresenceState
from babilu.engine.commands.effect_runner import EffectRunner
from babilu.engine.conversation.encryption import devices_in_force, relay_account
from babilu.engine.conversation.switches import switches_in, switches_with
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.runtime.places import Place
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
from babilu.store.contact_records import ContactRecord
from babilu.store.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

SAID_EACH_MS: Final = 3_000
"""Time after which it is said again that one is typing."""

DEVICES_AT_MOST: Final = 8
"""Devices of a conversation, the own ones included, beyond which nobody is told that one is typing."""

PEOPLE_AT_MOST: Final = 20
"""People of a group beyond whom nobody is told that one is typing there."""

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

    def say(self, place: Place) -> None:
        """Tell whoever is in a conversation that one is typing, may know it, is reachable and was not told just now."""
        base, number = self._base, place.conversation.conversation
        now, said = base.clock.monotonic_ms(), self._said.get(number)
        if said is not None and now - said < SAID_EACH_MS:
            return
        people, heads = self._whom(place)
        reachable = [each for each in people if _is_trusted(each) and self._is_reachable(each)]
        if not reachable:
            return
        self._said[number] = now
        body = TransientBody(base.own.device, place.conversation.id, heads, base.clock.now_ms())
        for contact in reachable:
            sealed = [
                (DeviceId(each.device), seal_transient(base.own.agreement, _end(each.device, each.agreement_key), body))
                for each in devices_in_force(contact).devices
            ]
            self._loop.call(self._hand_over, contact, sealed)

    def _whom(self, place: Place) -> tuple[list[ContactRecord], bytes]:
        """Return who may know that one is typing, and what stands for the ends of the log; nobody in a large crowd."""
        with self._base.database.read() as unit:
            if switches_in(unit, place.conversation).typing is not True:
                return [], NO_HEADS
            if place.contact is not None:
                devices = len(devices_in_force(place.contact).devices) + self._own_devices()
                return ([place.contact] if devices <= DEVICES_AT_MOST else []), NO_HEADS
            group = unit.groups.of_conversation(place.conversation.conversation)
            if group is None or not group.joins or group.members > PEOPLE_AT_MOST:
                return [], NO_HEADS
            people = [contact for contact, _ in unit.groups.members(place.conversation.conversation)]
            return people, hashlib.sha256(b"".join(group.heads)).digest()

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
            if targets.calls.links.pass_on(contact.contact, device, sealed):
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

    def _judge(self, sealed: bytes, number: int | None, device: DeviceId | None) -> None:
        base = self._base
        opened = open_transient(base.own.agreement, base.own.device, sealed)
        sender = self._sender_of(opened)
        if sender is None or (number is not None and (sender[0].contact, opened.sender) != (number, device)):
            return
        contact, label = sender
        person = TypingPerson(contact.name, label, opened.conversation)
        clock_ms, now = base.clock.now_ms(), base.clock.monotonic_ms()
        with self._telling:
            if self._states.heard(opened.sender, person, opened.sent_at, clock_ms, now) is Heard.BEGINNING:
                self._tell(person, active=True)
        self._loop.call(self._set_timer)

    def _sender_of(self, opened: OpenedTransient) -> tuple[ContactRecord, str] | None:
        """Find whose device has sent a transient, and what its conversation is called, where they may say so.

        Raises:
            CryptoError: It comes from another device than the one it names.
        """
        with self._base.database.read() as unit:
            found = unit.contacts.by_device(opened.sender)
            if found is None or not _is_trusted(found[0]):
                return None
            label = self._where(unit, found[0], opened.conversation)
        if label is None:
            return None
        entry = find_device(devices_in_force(found[0]), opened.sender)
        if entry is None:
            return None
        own = self._base.own
        check_transient(own.agreement, own.device, _end(opened.sender, entry.agreement_key), opened)
        return found[0], label

    def _where(self, unit: UnitOfWork, contact: ContactRecord, conversation: ConversationId) -> str | None:
        """Return what the conversation is called in which somebody is typing; None where they may not say so."""
        if conversation == conversation_id(self._base.own.identity_key, contact.identity_key):
            return contact.name if switches_with(unit, contact).typing else None
        group = unit.groups.by_id(conversation)
        if group is None or not group.joins or not unit.groups.is_member(group.conversation, contact.contact):
            return None
        record = unit.conversations.by_number(group.conversation)
        return record.label if record is not None and switches_in(unit, record).typing else None

    def message_came(self, conversation: ConversationId, device: DeviceId, sent_at: int) -> None:
        """Take note of a message: whoever has sent it is typing no longer."""
        with self._telling:
            ended = self._states.message_came(device, conversation, sent_at)
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
