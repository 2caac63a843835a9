"""Texts that are sent later: kept until they are due, then sent as if they were written at that moment.

What was due while no client ran is sent at its next start, where it is at most `LATE_MS` late; what is later, or cannot
be sent, waits for its user to decide. So does what was written for another identity of the contact: it goes to nobody
else by itself. The text leaves its list in the transaction that makes a message of it: it is sent once, also over a
crash.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Final

from babilu.api import commands as ask_for
from babilu.api import events, views
from babilu.engine.commands.contacts import check_believed, find_conversation
from babilu.engine.commands.effect_runner import EffectRunner
from babilu.engine.conversation.contents.text import check_words, timer_ms
from babilu.engine.conversation.effects import EraseTraces, Tell
from babilu.engine.conversation.jobs import Ask
from babilu.engine.conversation.turn import ConversationTurn, is_fault_of_disk
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.runtime.places import Place, check_writable, place_of
from babilu.engine.runtime.threads import Job, Worker
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, LinkError, UsageError
from babilu.kernel.ids import IdentityKey
from babilu.store.message_records import ScheduledRecord
from babilu.store.scheduled import SCHEDULED_AT_MOST
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.file_entry import FileEntry

log = logging.getLogger(__name__)

LATE_MS: Final = 24 * 60 * 60 * 1000
AHEAD_MS: Final = 366 * LATE_MS

LOOK_SECONDS: Final = 30.0
"""Longest time between two looks at the clock: somebody may set it, and a machine may sleep."""

SENDING_SECONDS: Final = 1.0
"""Time to another look while a text that is due is being sent."""

RETRY_SECONDS: Final = 30.0
"""Time after which a text is tried again that could not be sent for a reason that passes."""

SendAct = Callable[[ConversationTurn], views.MessageView]
"""Makes a message in a turn of its conversation."""


class ScheduledSender:
    """Keeps texts that are sent later, and sends them.

    Args:
        base: The profile and the ports.
        effect_runner: The rest of the client.
        loop: Where the timer lives.
        work: The thread of commands, in which all methods run but `start`.
        act_of: Makes of a command and its sealed files what is to be done in the conversation's turn.
    """

    def __init__(
        self,
        base: ClientContext,
        effect_runner: EffectRunner,
        loop: LoopThread,
        work: Worker,
        act_of: Callable[[ask_for.Send, tuple[FileEntry, ...]], SendAct],
    ) -> None:
        self._base = base
        self._effect_runner = effect_runner
        self._loop = loop
        self._work = work
        self._act_of = act_of
        self._timer: asyncio.TimerHandle | None = None
        self._sending: set[int] = set()

    def start(self) -> None:
        """Send what was due meanwhile, and everything else when it is due."""
        self._work.post(self._begin)

    def check(self, command: ask_for.Schedule) -> None:
        """Refuse what can never be sent while its writer is there, and before its files are sealed.

        Raises:
            UsageError: It is due in the past or in more than a year, or as `timer_ms`.
            ProtocolError: As `check_words`.
        """
        now = self._base.clock.now_ms()
        if not now < command.at <= now + AHEAD_MS:
            raise UsageError("A text is sent later at a time that is to come, within a year.")
        if not command.text.strip() and not command.files:
            raise UsageError("An empty message cannot be sent.")
        check_words(command.text, may_be_empty=bool(command.files))
        timer_ms(command.timer)

    def keep(self, command: ask_for.Schedule, files: tuple[FileEntry, ...] = ()) -> views.ScheduledView:
        """Keep a text until it is due, with files that are sealed already.

        Raises:
            UsageError: Too many wait, or as `check`.
            ProtocolError: As `check`.
            DeliveryError: ``not_found``.
        """
        self.check(command)
        with self._base.database.write() as unit:
            place = find_conversation(unit, command.to)
            check_writable(place)
            there = place.identity(self._base.own.identity_key)
            check_believed(command.identity, there)
            if unit.scheduled.is_full():
                raise UsageError(f"At most {SCHEDULED_AT_MOST} texts wait to be sent later.")
            written = ScheduledRecord(
                number=0,
                conversation=place.conversation.conversation,
                identity_key=there,
                text=command.text,
                due_at=command.at,
                reply_to=command.reply_to,
                mentions=command.mentions,
                timer=command.timer,
                overdue=False,
                request_id=command.request_id,
                files=files,
            )
            changed = self._changed(unit, unit.scheduled.add(written))
        self._tell(changed)
        self._arrange()
        return changed.scheduled

    def all(self, conversation: str | None) -> tuple[views.ScheduledView, ...]:
        """List the texts that wait."""
        with self._base.database.read() as unit:
            only = None if conversation is None else find_conversation(unit, conversation).conversation.conversation
            return tuple(self._view(unit, record) for record in unit.scheduled.all(only))

    def give_up(self, number: int) -> None:
        """Forget a text.

        Raises:
            DeliveryError: ``not_found``.
        """
        with self._base.database.write() as unit:
            changed = self._changed(unit, _found(unit, number), gone=True)
            unit.scheduled.delete(number)
        self._tell(changed)
        self._effect_runner.run([EraseTraces()])
        self._arrange()

    def send_now(self, command: ask_for.SendNow, future: "Future[views.MessageView]") -> None:
        """Send a text at once; one that cannot be sent stays where it is.

        Raises:
            DeliveryError: ``not_found``.
        """
        with self._base.database.read() as unit:
            record = _found(unit, command.number)
            place = place_of(unit, record.conversation)
        # Of an overdue one its user decides, also that it goes to an identity which they have approved since.
        believed = None if record.overdue else record.identity_key
        self._post(record, place, believed, future, command.request_id)

    def _post(
        self,
        record: ScheduledRecord,
        place: Place,
        believed: IdentityKey | None,
        future: "Future[views.MessageView]",
        request_id: str | None = None,
    ) -> None:
        command = ask_for.Send(place.label, record.text, believed, record.reply_to, record.mentions, record.timer)
        act = self._act_of(command, record.files)

        def send(transaction: ConversationTurn) -> views.MessageView:
            changed = self._changed(transaction.unit, _found(transaction.unit, record.number), gone=True)
            transaction.unit.scheduled.delete(record.number)
            message = act(transaction)
            transaction.tell(changed)
            return message

        self._effect_runner.targets.conversations.ask(place, Ask(send, future, request_id))

    def _begin(self) -> None:
        try:
            self._set_late_aside()
        except BabiluError as error:
            log.warning("texts that are due for long could not be set aside: %s", error.code.value)
            self._give_later(RETRY_SECONDS, self._begin)
        else:
            self._look()

    def _set_late_aside(self) -> None:
        now = self._base.clock.now_ms()
        with self._base.database.write() as unit:
            late = [record for record in unit.scheduled.due(now) if record.due_at < now - LATE_MS]
            for record in late:
                unit.scheduled.set_overdue(record.number)
            changed = [self._changed(unit, _found(unit, record.number)) for record in late]
        self._tell(*changed)

    def _look(self) -> None:
        """Send what is due, and look again in time."""
        try:
            self._send_due()
        except BabiluError as error:
            log.warning("no text that is due could be sent: %s", error.code.value)
            self._loop.call(self._set_timer, RETRY_SECONDS)
        else:
            self._arrange()

    def _send_due(self) -> None:
        with self._base.database.read() as unit:
            due = unit.scheduled.due(self._base.clock.now_ms())
            places = {record.number: place_of(unit, record.conversation) for record in due}
        for record in due:
            if record.number in self._sending:
                continue
            self._sending.add(record.number)
            future: Future[views.MessageView] = Future()
            future.add_done_callback(partial(self._sent, record.number))
            self._post(record, places[record.number], record.identity_key, future)

    def _sent(self, number: int, future: "Future[views.MessageView]") -> None:
        """Hear in some thread what came of a text."""
        error = future.exception()
        if error is not None and passes(error):
            # It counts as under way until it is tried again.
            self._give_later(RETRY_SECONDS, lambda: self._try_again(number))
        else:
            self._loop.call(self._give, lambda: self._settle(number, failed=error is not None))

    def _try_again(self, number: int) -> None:
        self._sending.discard(number)
        self._look()

    def _settle(self, number: int, *, failed: bool) -> None:
        """Let a text that could not be sent wait for a decision."""
        self._sending.discard(number)
        if not failed:
            return
        with self._base.database.write() as unit:
            record = unit.scheduled.find(number)
            if record is None:
                return
            unit.scheduled.set_overdue(number)
            changed = self._changed(unit, _found(unit, number))
        self._tell(changed)

    def _arrange(self) -> None:
        """Look again when the next text is due, and now and then before; it undoes nothing that was committed."""
        try:
            with self._base.database.read() as unit:
                due_at = unit.scheduled.next_due()
        except BabiluError as error:
            log.warning("it could not be read when a text is due: %s", error.code.value)
            self._loop.call(self._set_timer, RETRY_SECONDS)
            return
        if due_at is None:
            return
        seconds = (due_at - self._base.clock.now_ms()) / 1000
        # What is due already is on its way.
        self._loop.call(self._set_timer, min(seconds, LOOK_SECONDS) if seconds > 0 else SENDING_SECONDS)

    def _set_timer(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.loop.call_later(seconds, self._give, self._look)

    def _give_later(self, seconds: float, job: Job) -> None:
        """Have something done in the thread of commands after a while; may be called from any thread."""
        self._loop.call(lambda: self._loop.loop.call_later(seconds, self._give, job))

    def _give(self, job: Job) -> None:
        """Give a job to the thread of commands; where it has no room, it is given later."""
        if not self._work.post(job):
            self._loop.loop.call_later(SENDING_SECONDS, self._give, job)

    def _view(self, unit: UnitOfWork, record: ScheduledRecord) -> views.ScheduledView:
        return self._base.show.scheduled(record, place_of(unit, record.conversation))

    def _changed(self, unit: UnitOfWork, record: ScheduledRecord, *, gone: bool = False) -> events.ScheduledChanged:
        return events.ScheduledChanged(self._view(unit, record), gone, request_id=record.request_id)

    def _tell(self, *changed: events.ScheduledChanged) -> None:
        self._effect_runner.run(map(Tell, changed))


def passes(error: BaseException) -> bool:
    """Tell whether a text could not be sent for a reason that passes: no room, the end of the client, or the disk."""
    return isinstance(error, LinkError) or (isinstance(error, Exception) and is_fault_of_disk(error))


def _found(unit: UnitOfWork, number: int) -> ScheduledRecord:
    record = unit.scheduled.find(number)
    if record is None:
        raise DeliveryError(ErrorCode.NOT_FOUND, "No text of that number waits to be sent later.")
    return record
