"""Mistakes that a delivery protocol must not make, each put into the running product from outside.

Nothing of this is in the product: a mutant replaces one step of it while a test runs, and the model must notice.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, cast
from unittest import mock

from babilu.engine.conversation import chain_places, encryption, ordering, received_contents, receiving, runner
from babilu.engine.conversation.contents.fold import Action, Fold
from babilu.engine.conversation.effects import Acknowledge
from babilu.engine.conversation.encryption import ContentEncryption, devices_in_force
from babilu.engine.conversation.handing_over import hand_over
from babilu.engine.conversation.inbound_router import InboundRouter
from babilu.engine.conversation.person import PersonTurn
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.conversation.wakeups import Wake
from babilu.kernel.ids import DeviceId, EnvelopeId
from babilu.relay.base.flow_control import FlowControl
from babilu.relay.services.delivery import DeliveryService
from babilu.relay.storage.records import MailPage, Outcome, Quota, Repeated, Submission
from babilu.relay.storage.sqlite.mail import MailTable
from babilu.relay.transport.connection import Connection
from babilu.session.sessions import can_encrypt, decrypt, encrypt_all
from babilu.store.delivery_records import IncomingEnvelope
from babilu.store.inbox import Inbox
from babilu.store.message_records import BufferedMessage
from babilu.store.sessions import Sessions
from babilu.store.unit_of_work import UnitOfWork
from tests.faults.model.relay_under_test import Commits
from tests.unit.store.builders import unsettled

ANSWER_TURNS = 6
"""Turns of the loop in which an answer leaves while the commit that it speaks of is still to come."""


def client_acknowledges_before_its_commit() -> ExitStack:
    """What has arrived is acknowledged, and committed a moment later."""

    def arrived(self: InboundRouter, arrivals: list[IncomingEnvelope]) -> "Future[list[EnvelopeId]]":
        last = arrivals[-1].seq
        if last is not None:
            self._run([Acknowledge(last)])
        future: Future[list[EnvelopeId]] = Future()
        _after_turns(ANSWER_TURNS, lambda: future.set_result(self._take_in(arrivals)))
        return future

    return _mutant(mock.patch.object(InboundRouter, "arrived", arrived))


def actions_are_receipted_and_passed_over() -> ExitStack:
    """What is said about messages is receipted, and changes nothing."""

    def pass_over(fold: Fold, action: Action) -> None:
        fold.owe(action)

    return _mutant(mock.patch.object(received_contents, "take_action", pass_over))


def relay_accepts_before_its_commit() -> ExitStack:
    """A submission is answered, and a moment later the process ends without its commit."""
    commit = Commits.commit

    def accept_first(self: Commits) -> None:
        if not self.crash_before or self.is_gone:
            commit(self)
            return
        calls, self._calls = self._calls, []
        self._connection.execute("BEGIN")
        results = [work(self.tables) for work, _ in calls]
        self._connection.execute("ROLLBACK")
        self.tables.forget()
        self.answer([future for _, future in calls], results)
        _after_turns(ANSWER_TURNS, self._on_crash)

    return _mutant(mock.patch.object(Commits, "commit", accept_first))


def ratchet_is_saved_before_the_message() -> ExitStack:
    """Receiving is two transactions: the ratchet's, and that of what was said."""

    def decrypt_and_commit(rows: Sessions, *arguments: Any) -> bytes:
        content = decrypt(rows, *arguments)
        _commit_so_far(rows)
        return content

    return _mutant(
        mock.patch.object(receiving, "decrypt", decrypt_and_commit),
        mock.patch.object(UnitOfWork, "savepoint", _no_savepoint),
    )


def ratchet_is_saved_before_the_envelope() -> ExitStack:
    """Sending is two transactions: chain and ratchet, and then the outbox."""

    def encrypt_and_commit(rows: Sessions, *arguments: Any) -> list[bytes]:
        envelopes = encrypt_all(rows, *arguments)
        _commit_so_far(rows)
        return envelopes

    return _mutant(
        mock.patch.object(encryption, "encrypt_all", encrypt_and_commit),
        mock.patch.object(UnitOfWork, "savepoint", _no_savepoint),
    )


def relay_deletes_on_push() -> ExitStack:
    """A letter is deleted when it is sent, whether it arrives or not."""
    offer, push_page = DeliveryService._offer, DeliveryService._push_page

    def delete(self: DeliveryService, device: DeviceId, flow: FlowControl) -> None:
        self._acknowledged[device] = flow.delivered
        self._delete_acknowledged()

    def offer_and_delete(self: DeliveryService, device: DeviceId, seq: int, stored_at: int, envelope: bytes) -> None:
        offer(self, device, seq, stored_at, envelope)
        connection = self._live.get(device)
        if connection is not None:
            delete(self, device, cast("Any", connection.state).flow)

    def push_and_delete(
        self: DeliveryService,
        connection: Connection,
        device: DeviceId,
        flow: FlowControl,
        future: "asyncio.Future[MailPage]",
    ) -> None:
        push_page(self, connection, device, flow, future)
        delete(self, device, flow)

    return _mutant(
        mock.patch.object(DeliveryService, "_offer", offer_and_delete),
        mock.patch.object(DeliveryService, "_push_page", push_and_delete),
    )


def relay_takes_repeats_for_new() -> ExitStack:
    """A submission that was answered already is stored once more."""
    judge = MailTable._judge

    def forgetful(
        self: MailTable, submission: Submission, now: int, quota: Quota, execute: Callable[..., sqlite3.Cursor]
    ) -> Outcome:
        outcome = judge(self, submission, now, quota, execute)
        if isinstance(outcome, Repeated):
            execute("DELETE FROM stored WHERE envelope = ?", (submission.envelope_id,))
            outcome = judge(self, submission, now, quota, execute)
        return outcome

    return _mutant(mock.patch.object(MailTable, "_judge", forgetful))


def client_takes_repeats_for_new() -> ExitStack:
    """An envelope that was finished is judged again when it comes again."""
    return _mutant(mock.patch.object(Inbox, "is_seen", return_value=False))


def resending_encrypts_anew() -> ExitStack:
    """What goes a second time goes in another envelope."""

    def encrypt_anew(turn: PersonTurn, wakes: list[Wake]) -> None:
        if any(wake.resend for wake in wakes):
            for entry in devices_in_force(turn.contact).devices:
                device = DeviceId(entry.device)
                rows = unsettled(turn.unit, device) if can_encrypt(turn.unit.sessions, device) else []
                for row in (row for row in rows if row.chained):
                    ContentEncryption.reseal(turn.encryption, turn.unit, turn.contact, entry, row, turn.now)
        hand_over(turn, wakes)

    return _mutant(mock.patch.object(runner, "hand_over", encrypt_anew))


def gaps_are_accepted_silently() -> ExitStack:
    """A message is shown when it comes, whatever should have come before it."""

    def show_at_once(turn: ConversationTransaction, arrived: BufferedMessage, *, late: bool) -> None:
        del late
        ordering._show(turn, arrived, late=False)

    return _mutant(
        *(mock.patch.object(each, "place_message", show_at_once) for each in (chain_places, received_contents))
    )


def _mutant(*patches: Any) -> ExitStack:
    stack = ExitStack()
    for patch in patches:
        stack.enter_context(patch)
    return stack


def _after_turns(turns: int, act: Callable[[], object]) -> None:
    if turns:
        asyncio.get_running_loop().call_soon(partial(_after_turns, turns - 1, act))
    else:
        act()


def _commit_so_far(rows: Sessions) -> None:
    rows._sql.run("COMMIT")
    rows._sql.run("BEGIN IMMEDIATE")


@contextmanager
def _no_savepoint(_: UnitOfWork) -> Iterator[None]:
    # A commit in its midst ends it.
    yield
