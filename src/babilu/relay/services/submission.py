"""Submission: an envelope is answered, and handed on, only after its transaction is on disk.

What one turn of the loop brings in goes to the storage as one batch.
"""

import asyncio
from functools import lru_cache, partial
from typing import Final

from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, LinkError, ProtocolError
from babilu.kernel.ids import DeviceId, envelope_id
from babilu.kernel.limits import Limits
from babilu.kernel.ports import Clock
from babilu.relay.base.keys import RelayKey
from babilu.relay.base.states import Live, live
from babilu.relay.base.throttle import Throttle
from babilu.relay.services.delivery import DeliveryService, as_refusal
from babilu.relay.storage.port import MailStore
from babilu.relay.storage.records import Outcome, Quota, Refused, Repeated, StaleDeviceList, Stored, Submission
from babilu.relay.transport.connection import Connection
from babilu.relay.transport.driver import Hold
from babilu.wire.client_frames import Submit
from babilu.wire.relay_frames import Accepted, StaleDevices

PENDING_BYTES: Final = 1024 * 1024
"""Envelopes of one connection on their way to the disk at which it is not read."""

SHARES_KEPT: Final = 10_000
"""Pairs of recipient and sender for which the share's key is remembered."""

_FULL_MAILBOX_RETRY_MS: Final = 60_000

Asker = tuple[Connection, int]
"""Who submitted, and the number of the request."""


class SubmissionService:
    """Takes envelopes in.

    Args:
        store: The mailboxes.
        delivery: Brings what was stored to its device.
        key: For senders' shares.
        limits: Quotas and rates.
        clock: The time.
    """

    def __init__(
        self, store: MailStore, delivery: DeliveryService, key: RelayKey, limits: Limits, clock: Clock
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._store = store
        self._delivery = delivery
        # OpenSSL takes longer to set an HMAC up than all the rest of a submission takes here.
        self._share = lru_cache(SHARES_KEPT)(key.share)
        self._clock = clock
        self._pace: Throttle[DeviceId] = Throttle(limits.submissions, _interval_ms(limits), clock)
        self._batch: list[Submission] = []
        self._askers: list[Asker] = []
        self._under_way: set[asyncio.Future[list[Outcome]]] = set()
        self.reconfigure(limits)

    def reconfigure(self, limits: Limits) -> None:
        """Apply new limits."""
        self._limits = limits
        self._quota = Quota(
            limits.mailbox_messages,
            limits.mailbox_bytes,
            limits.sender_messages,
            limits.sender_bytes,
            limits.sender_ms,
        )
        self._pace.reconfigure(limits.submissions, _interval_ms(limits))

    def submit(self, connection: Connection, submit: Submit) -> None:
        """Take an envelope into the batch of this turn."""
        state = live(connection.state)
        if len(submit.envelope) < self._limits.envelope_bytes:
            raise ProtocolError(ErrorCode.MALFORMED, "The envelope is too small.")
        recipient = DeviceId(submit.device)
        if state.submission_order.overtakes(recipient, submit.number, self._clock.monotonic_ms()):
            raise LinkError(ErrorCode.BUSY, "A message to the same recipient was refused before it.")
        wait = self._pace.take(state.device)
        if wait:
            state.submission_order.refuse(recipient, submit.number, self._clock.monotonic_ms())
            raise LinkError(ErrorCode.RATE_LIMITED, "Too many messages at once.", wait)
        if not self._batch:
            self._loop.call_soon(self._post)
        self._batch.append(
            Submission(
                state.device,
                submit.number,
                self._share(recipient, state.name),
                submit.name,
                submit.list_version,
                recipient,
                envelope_id(submit.envelope),
                submit.envelope,
                submit.name == state.name,
            )
        )
        self._askers.append((connection, submit.request))
        connection.pending_bytes += len(submit.envelope)
        if connection.pending_bytes >= PENDING_BYTES:
            connection.hold(Hold.SUBMISSIONS)

    def _post(self) -> None:
        batch, self._batch = self._batch, []
        askers, self._askers = self._askers, []
        future = self._store.submit(batch, self._clock.now_ms(), self._quota)
        self._under_way.add(future)
        future.add_done_callback(partial(self._settle, batch, askers))

    def _settle(self, batch: list[Submission], askers: list[Asker], future: "asyncio.Future[list[Outcome]]") -> None:
        self._under_way.discard(future)
        error = future.exception()
        if error is None:
            for submission, (connection, request), outcome in zip(batch, askers, future.result(), strict=True):
                self._answer(submission, connection, request, outcome)
                if type(outcome) is Stored:
                    self._delivery.deliver(submission, outcome)
                elif type(outcome) is Repeated:
                    # The first time may have been one whose answer was lost.
                    self._delivery.look(submission.device)
        else:
            for submission, (connection, request) in zip(batch, askers, strict=True):
                self._refuse(submission, connection, request, as_refusal(error))
            for device in {submission.device for submission in batch}:
                self._delivery.look(device)
        for submission, (connection, _) in zip(batch, askers, strict=True):
            connection.pending_bytes -= len(submission.envelope)
            if connection.pending_bytes < PENDING_BYTES:
                connection.release(Hold.SUBMISSIONS)

    def _answer(self, submission: Submission, connection: Connection, request: int, outcome: Outcome) -> None:
        match outcome:
            case Stored(stored_at=stored_at) | Repeated(stored_at=stored_at):
                held_until = stored_at + self._limits.mail_kept_ms
                connection.send(Accepted(request, submission.envelope_id, held_until))
            case StaleDeviceList(name, device_list):
                connection.send(StaleDevices(request, name, device_list))
            case Refused(ErrorCode.QUOTA):
                sentence = "The recipient's mailbox is full."
                refusal = DeliveryError(ErrorCode.QUOTA, sentence, _FULL_MAILBOX_RETRY_MS)
                self._refuse(submission, connection, request, refusal)
            case Refused(code):
                connection.refuse(request, DeliveryError(code, "The recipient is not known here."))

    def _refuse(self, submission: Submission, connection: Connection, request: int, error: BabiluError) -> None:
        """Refuse for the moment, and with it what its sender has on the way behind it."""
        state = connection.state
        if isinstance(state, Live):
            state.submission_order.refuse(submission.device, submission.number, self._clock.monotonic_ms())
        connection.refuse(request, error)

    async def finish(self) -> None:
        """Wait until everything that came in is answered."""
        if self._batch:
            self._post()
        while self._under_way:
            await asyncio.wait(self._under_way)
            # The answers are written by callbacks of the same futures.
            await asyncio.sleep(0)


def _interval_ms(limits: Limits) -> float:
    return 1000 / max(limits.submissions_per_second, 1)
