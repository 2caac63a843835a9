"""How people become contacts: by a name that the relay knows, or by a stranger's request that the user accepts.

What is asked of one new name waits in order behind the relay's answer; other names do not wait for it.
"""

import asyncio
import logging
import re
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from babilu.api import commands as ask_for
from babilu.api import events, views
from babilu.api.views import LABEL_MARK, NOTES_LABEL
from babilu.engine.commands.effect_runner import EffectRunner
from babilu.engine.conversation.effects import AcceptCall, Tell
from babilu.engine.conversation.turn import ConversationTurn
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.runtime.places import Place, check_writable, place_of, place_of_contact, read_only
from babilu.engine.runtime.threads import Worker, busy, closed, defect
from babilu.identity.device_list import check_account, decode_device_list, encode_device_list, verify_device_list
from babilu.identity.names import normalise_name
from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.errors import (
    AccountError,
    BabiluError,
    DeliveryError,
    ErrorCode,
    LinkError,
    TrustError,
    UsageError,
)
from babilu.kernel.ids import ConversationId, IdentityKey, MessageId, conversation_id
from babilu.kernel.states import ConversationKind
from babilu.store.contact_records import ContactRecord, ConversationRecord, RequestRecord
from babilu.store.message_records import MessageRecord
from babilu.store.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

R = TypeVar("R")
T = TypeVar("T", bound=ConversationTurn)

Then = Callable[[ContactRecord], None]


_ID = re.compile(r"[0-9a-fA-F]{64}")


def conversation_of_id(unit: UnitOfWork, named: str) -> ConversationRecord | None:
    """Return the conversation that is named by its id; None for what is no id but a label.

    Raises:
        DeliveryError: ``not_found``.
    """
    if _ID.fullmatch(named) is None:
        return None
    conversation = unit.conversations.by_id(ConversationId(bytes.fromhex(named)))
    if conversation is None:
        raise DeliveryError(ErrorCode.NOT_FOUND, "There is no conversation of that id.")
    return conversation


def called(unit: UnitOfWork, named: str) -> ContactRecord | None:
    """Return whom a user means by a name, or by the id of the conversation with them.

    Raises:
        DeliveryError: ``not_found``: there is no conversation of that id.
        UsageError: It is the conversation with oneself, a group, or imported.
    """
    conversation = _conversation_named(unit, named)
    if conversation is None:
        return unit.contacts.called(named)
    if conversation.kind is ConversationKind.GROUP:
        raise UsageError("That is a group: this concerns one person.")
    if conversation.kind is ConversationKind.IMPORTED:
        raise read_only()
    if conversation.contact is None:
        raise UsageError("Notes are with yourself: there is nobody whom this could concern.")
    return unit.contacts.by_contact(conversation.contact)


def _conversation_named(unit: UnitOfWork, named: str) -> ConversationRecord | None:
    """Return the conversation that is named by its id or label; None for what may be somebody's name.

    Raises:
        DeliveryError: ``not_found``.
    """
    if not named.startswith(LABEL_MARK):
        return conversation_of_id(unit, named)
    wanted = named.casefold()
    found = unit.conversations.notes() if wanted == NOTES_LABEL else unit.conversations.by_label(wanted)
    if found is None:
        raise DeliveryError(ErrorCode.NOT_FOUND, f"There is no group {named} here.")
    return found


def find_conversation(unit: UnitOfWork, named: str) -> Place:
    """Return the conversation that a label or an id means, and whom it is with.

    Raises:
        DeliveryError: ``not_found``.
    """
    conversation = _conversation_named(unit, named)
    if conversation is not None:
        return place_of(unit, conversation.conversation)
    return place_of_contact(unit, find_contact(unit, named))


def find_contact(unit: UnitOfWork, name: str) -> ContactRecord:
    """Return the contact of a name, or of the id of the conversation with them.

    Raises:
        DeliveryError: ``not_found``.
    """
    contact = called(unit, name)
    if contact is None:
        raise DeliveryError(ErrorCode.NOT_FOUND, "There is no contact of that name.")
    return contact


def find_message(
    unit: UnitOfWork, message: MessageId, conversation: str | None, *, own_first: bool
) -> tuple[MessageRecord, Place]:
    """Return the message that is meant by an id, and where it stands.

    Args:
        unit: A transaction.
        message: The id, which its sender has chosen.
        conversation: Its label or id, or None where it was not said.
        own_first: Whether an own message is meant, where several have this id and no conversation was named.

    Raises:
        DeliveryError: ``not_found``, or ``conflict``: it is not said which of several is meant.
    """
    named = None if conversation is None else find_conversation(unit, conversation).conversation.conversation
    record = unit.messages.by_id(message, named)
    if record is None:
        raise DeliveryError(ErrorCode.NOT_FOUND, "There is no such message.")
    if named is None and unit.messages.bearers(message) > 1 and not (own_first and record.outgoing):
        raise DeliveryError(
            ErrorCode.CONFLICT, "Several conversations have a message of this id: say which one is meant."
        )
    return record, place_of(unit, record.conversation)


def check_believed(believed: IdentityKey | None, present: IdentityKey) -> None:
    """Check that a command meets the person whom its user had in mind; None asks for no check.

    Raises:
        TrustError: ``mismatch``.
    """
    if believed is not None and believed != present:
        raise TrustError(ErrorCode.MISMATCH, "That name means somebody else now than you were shown: look again.")


def believed(identity: IdentityKey | None, act: Callable[[T], R]) -> Callable[[T], R]:
    """Do something in a turn only where the conversation is with the person whom the user had in mind.

    It is checked in the turn's own transaction: nothing comes in between.
    """
    if identity is None:
        return act

    def checked(turn: T) -> R:
        check_believed(identity, turn.identity)
        return act(turn)

    return checked


class ContactResolver:
    """Makes contacts.

    Args:
        base: The profile and the ports.
        effect_runner: The rest of the client.
        loop: Where the relay is asked.
        work: The thread of commands, in which all methods run.
    """

    def __init__(self, base: ClientContext, effect_runner: EffectRunner, loop: LoopThread, work: Worker) -> None:
        self._base = base
        self._effect_runner = effect_runner
        self._loop = loop
        self._work = work
        self._waiting: dict[str, list[tuple[Future[Any], Then]]] = {}

    def known(self, name: str) -> ContactRecord:
        """Return a contact by name.

        Raises:
            DeliveryError: ``not_found``.
        """
        with self._base.database.read() as unit:
            return find_contact(unit, name)

    def with_place(self, name: str, future: "Future[Any]", then: Callable[[Place], None]) -> None:
        """Go on with the conversation that ``name`` means; one with somebody new is made as by `with_contact`."""
        with self._base.database.read() as unit:
            conversation = _conversation_named(unit, name)
            contact = unit.contacts.called(name) if conversation is None else None
            place = None if conversation is None else place_of(unit, conversation.conversation)
            if contact is not None:
                place = place_of_contact(unit, contact)
        if place is not None:
            check_writable(place)
            then(place)
        else:
            self._look_up(name, future, lambda found: then(self._place_of(found)))

    def _place_of(self, contact: ContactRecord) -> Place:
        with self._base.database.read() as unit:
            return place_of_contact(unit, contact)

    def with_contact(self, name: str, future: "Future[Any]", then: Then) -> None:
        """Go on with the contact of ``name``, made from what the relay says where the name is new.

        Args:
            name: As the user gave it.
            future: Ends with the error where there is no such contact.
            then: What to do with the contact, in this thread.

        Raises:
            BabiluError: There is none, or nobody to ask.
        """
        with self._base.database.read() as unit:
            contact = called(unit, name)
        if contact is not None:
            then(contact)
        else:
            self._look_up(name, future, then)

    def _look_up(self, name: str, future: "Future[Any]", then: Then) -> None:
        account = self._account_of(name.removesuffix("@"))
        waiting = self._waiting.get(account)
        if waiting is not None:
            waiting.append((future, then))
            return
        self._waiting[account] = [(future, then)]
        self._loop.call(lambda: self._loop.spawn(self._ask(account)))

    def _account_of(self, name: str) -> str:
        if self._effect_runner.targets.relay is None:
            raise DeliveryError(
                ErrorCode.NOT_FOUND, "There is no contact of that name: without a relay, call their address first."
            )
        try:
            account = normalise_name(name)
        except AccountError as error:
            raise DeliveryError(ErrorCode.NOT_FOUND, f"There is no such name. {error.text}") from error
        if account == self._base.own.account:
            raise UsageError("That is your own name.")
        return account

    async def _ask(self, account: str) -> None:
        try:
            await self._fetch(account)
        except asyncio.CancelledError:
            self._fail(account, closed())
            raise

    async def _fetch(self, account: str) -> None:
        relay = self._effect_runner.targets.relay
        device_list: SignedDeviceList | None = None
        refusal: BabiluError = LinkError(
            ErrorCode.UNAVAILABLE, "That name is new here, and the relay cannot be asked about it at present."
        )
        if relay is not None and await relay.settled():
            try:
                device_list = (await relay.fetch_device_list(account)).device_list
            except BabiluError as error:
                refusal = error
        if not self._work.post(lambda: self._answered(account, device_list, refusal)):
            log.warning("there was no room for an answer of the relay")
            self._fail(account, busy())

    def _answered(self, account: str, device_list: SignedDeviceList | None, refusal: BabiluError) -> None:
        if device_list is None:
            self._fail(account, refusal)
            return
        try:
            contact = self._make(account, device_list)
        except BabiluError as error:
            self._fail(account, error)
            return
        except Exception:
            self._fail(account, defect())
            raise
        for future, then in self._waiting.pop(account, []):
            try:
                then(contact)
            except BabiluError as error:
                if not future.done():
                    future.set_exception(error)
            except Exception:
                log.exception("a command failed by a defect")
                if not future.done():
                    future.set_exception(defect())

    def _fail(self, account: str, error: BabiluError) -> None:
        for future, _ in self._waiting.pop(account, []):
            if not future.done():
                future.set_exception(error)

    def _make(self, account: str, device_list: SignedDeviceList) -> ContactRecord:
        body = verify_device_list(device_list)
        identity = IdentityKey(body.identity_key)
        if identity == self._base.own.identity_key:
            raise UsageError("That is your own name.")
        check_account(body, self._base.own.relay, account)
        with self._base.database.write() as unit:
            contact = unit.contacts.by_account(account) or unit.contacts.by_identity(identity)
            if contact is not None and contact.account not in {"", account}:
                raise TrustError(ErrorCode.ACCOUNT_MISMATCH, "The relay shows a contact of yours under another name.")
            if contact is None:
                contact = unit.contacts.add(
                    identity,
                    account,
                    account,
                    conversation_id(self._base.own.identity_key, identity),
                    encode_device_list(device_list),
                    body.devices,
                    self._base.clock.now_ms(),
                    accepted=False,
                )
            elif not contact.account:
                unit.contacts.set_account(contact.contact, account)
                contact = unit.contacts.by_contact(contact.contact) or contact
        self._effect_runner.run([Tell(events.ContactChanged(self._base.show.contact(contact)))])
        return contact

    def accept_request(self, command: ask_for.Accept) -> views.ContactView | None:
        """Make a contact of a stranger who asked for a conversation, and let the call that waits be answered.

        Returns:
            The contact, or None where no such request waits.

        Raises:
            TrustError: ``mismatch``: another stranger goes by that name or id.
            UsageError: A contact goes by that name, too.
        """
        with self._base.database.write() as unit:
            found = _request_of(unit, command.request, command.identity)
            if found is None:
                return None
            check_believed(command.identity, found.identity_key)
            contact = self._contact_of(unit, found)
            unit.requests.delete(found.id)
        view = self._base.show.contact(contact)
        cause = command.request_id
        closed_and_known = Tell(events.RequestClosed(found.id, request_id=cause)), Tell(events.ContactChanged(view))
        self._effect_runner.run([*closed_and_known, AcceptCall(found.identity_key, cause)])
        return view

    def _contact_of(self, unit: UnitOfWork, request: RequestRecord) -> ContactRecord:
        known = unit.contacts.by_identity(request.identity_key)
        if known is None:
            body = verify_device_list(decode_device_list(request.device_list))
            known = unit.contacts.add(
                request.identity_key,
                request.name,
                "",
                conversation_id(self._base.own.identity_key, request.identity_key),
                request.device_list,
                body.devices,
                self._base.clock.now_ms(),
                accepted=True,
            )
        unit.contacts.accept(known.contact)
        unit.contacts.set_direct_allowed(known.contact, True)
        return unit.contacts.by_contact(known.contact) or known

    def decline(self, command: ask_for.Decline) -> None:
        """Decline a stranger's request; the stranger is told nothing.

        Raises:
            DeliveryError: ``not_found``.
            TrustError: ``mismatch``: another stranger goes by that name or id.
        """
        with self._base.database.write() as unit:
            found = unit.requests.find(command.request)
            if found is None:
                raise DeliveryError(ErrorCode.NOT_FOUND, "There is no such conversation request.")
            check_believed(command.identity, found.identity_key)
            unit.requests.decline(found.identity_key, self._base.clock.now_ms())
            unit.requests.delete(found.id)
        self._effect_runner.run([Tell(events.RequestClosed(found.id, request_id=command.request_id))])


def _request_of(unit: UnitOfWork, id_or_name: str, believed: IdentityKey | None) -> RequestRecord | None:
    """Return the request that is meant; None where it is a contact, or nobody.

    Raises:
        UsageError: A contact bears the request's name by now, and nothing says which of the two is meant.
    """
    found = unit.requests.find(id_or_name)
    if found is None or found.id == id_or_name or found.identity_key == believed:
        return found
    namesake = unit.contacts.called(id_or_name)
    if namesake is None or namesake.identity_key == found.identity_key:
        return found
    if namesake.identity_key == believed:
        return None
    raise UsageError("A request and a contact bear this name: take the request's id instead.")
