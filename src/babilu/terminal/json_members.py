"""The objects of the JSON contract: members and events are added, never renamed or removed.

`docs/json-contract.md` is the reference.
"""

from enum import StrEnum
from typing import Any, assert_never

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import (
    Address,
    ContactLinkView,
    ContactView,
    ConversationView,
    HistoryPage,
    LinkState,
    MessageInfoView,
    MessageView,
    PinView,
    ReceiptsView,
    RequestView,
    SafetyNumberView,
    ScheduledView,
    StatusView,
    TimerView,
)
from babilu.kernel.errors import BabiluError, Reason
from babilu.kernel.states import MessageKind, MessageState, Trust
from babilu.presentation.alarms import alarm_text
from babilu.presentation.invitations import MadeInvitation
from babilu.presentation.strings import Strings
from babilu.terminal.command_line import FORMS, Choose, CommandSpec, OrderedCommand, ShowHelp

Members = dict[str, Any]
"""A JSON object in the making."""


def describe_error(error: BabiluError) -> Members:
    """Describe what went wrong."""
    members: Members = {"event": "error", "code": error.code.value, "text": error.text}
    if error.retry_after_ms is not None:
        members["retry_after_ms"] = error.retry_after_ms
    return {**members, **_reason("reason", error.reason)}


def describe_arrival(message: MessageView) -> Members:
    """Describe a message of somebody else's that is shown for the first time."""
    members = {
        **_picked(message, "id conversation conversation_id"),
        "from": message.sender,
        **_picked(message, "text at route identity"),
    }
    if message.first:
        members["first"] = True
    if message.late:
        members.update(late=True, **_picked(message, "belongs_before"))
    if message.departed:
        members["departed"] = True
    if message.needs_newer:
        members["needs_newer"] = True
    return {**members, **_contents(message)}


def _contents(message: MessageView) -> Members:
    """Describe what a message has beside its text, as far as it has it."""
    members: Members = {}
    if message.reply_to is not None:
        quote = message.reply_to
        members["reply_to"] = {**_picked(quote, "id"), "from": quote.sender, **_picked(quote, "text known")}
    if message.mentions:
        members["mentions"] = [_picked(each, "name start length identity") for each in message.mentions]
    for name in ("timer", "expires_at", "edited_at"):
        if getattr(message, name) is not None:
            members[name] = getattr(message, name)
    for name in ("mentioned", "deleted", "pinned", "forwarded"):
        if getattr(message, name):
            members[name] = True
    if message.reactions:
        members["reactions"] = _reactions(message)
    return members


def describe_message(message: MessageView) -> Members:
    """Describe a message within a history."""
    more = _picked(message, "arrived_at position outgoing state held_until error unread")
    return {
        **describe_arrival(message),
        **more,
        **({} if message.kind is MessageKind.TEXT else _picked(message, "kind")),
        **({} if message.missing is None else _picked(message, "missing")),
    }


def describe_contact(contact: ContactView) -> Members:
    """Describe a contact."""
    return {
        **_picked(contact, "name account identity trust"),
        "verified": contact.trust is Trust.VERIFIED,
        **_picked(contact, "was_verified pending blocked accepted direct_allowed connected address presence"),
    }


def describe_conversation(conversation: ConversationView) -> Members:
    """Describe a row of the list of conversations."""
    last = None if conversation.last is None else describe_message(conversation.last)
    contact = None if conversation.contact is None else describe_contact(conversation.contact)
    place = {"conversation": conversation.label, "conversation_id": conversation.id.hex()}
    more = _picked(
        conversation, "unread mentions draft pinned muted muted_until archived marked_unread timer draft_reply"
    )
    return {**place, **_picked(conversation, "kind"), "contact": contact, "last": last, **more}


def describe_request(request: RequestView) -> Members:
    """Describe a conversation request."""
    return _picked(request, "id name identity safety_number address at")


def describe_status(status: StatusView) -> Members:
    """Describe where the client stands."""
    members = _picked(status, "name relay link retry_in_ms queued unsettled listening safety_key own_digits behind")
    if status.link_code is not None:
        members.update(
            _picked(status, "link_code link_text link_refused"), **_reason("link_reason", status.link_reason)
        )
    return members


def describe_event(event: e.Event) -> Members | None:  # noqa: C901 -- a line for each event
    """Describe what the client told; None for what JSON says otherwise."""
    match event:
        case e.Ready(name, relay):
            return {"event": "ready", "name": name, "relay": _plain(relay)}
        case e.Registered(name):
            return {"event": "registered", "name": name}
        case e.LinkChanged():
            return describe_link(event)
        case e.MessageQueued(message):
            return describe_sent(message)
        case e.MessageStateChanged():
            return describe_progress(event)
        case e.MessageArrived():
            return None
        case e.LineAdded(message):
            return {"event": "line", **describe_message(message)}
        case e.LineChanged(message):
            return {"event": "line_changed", **describe_message(message)}
        case e.LineRemoved(message_id):
            place = _picked(event, "conversation conversation_id")
            return {"event": "line_removed", "id": message_id.hex(), **place}
        case e.MessageDeleted():
            return describe_deletion(event)
        case e.MessageEdited(message, mentions):
            return {**describe_edit(message), **({"mentioned": True} if mentions else {})}
        case e.ReactionsChanged(message):
            return describe_reactions(message)
        case e.MessagePinned(pin):
            return describe_pin(pin)
        case e.TimerChanged(timer):
            return describe_timer(timer)
        case e.ClockStarted():
            place = _picked(event, "conversation conversation_id")
            return {"event": "expiring", "id": event.message.hex(), **place, "expires_at": event.expires_at}
        case e.MessageExpired(message_id, conversation, conversation_id):
            place = {"conversation": conversation, "conversation_id": conversation_id.hex()}
            return {"event": "expired", "id": message_id.hex(), **place}
        case e.TypingChanged():
            place = _picked(event, "conversation conversation_id")
            return {"event": "typing", **place, "from": event.sender, "active": event.active}
        case e.ReceiptsChanged(receipts):
            return describe_receipts(receipts)
        case e.ScheduledChanged(scheduled, gone):
            return {**describe_scheduled(scheduled), **({"gone": True} if gone else {})}
        case e.ContactRenamed(before, conversation_id, contact):
            place = {"conversation": contact.name, "conversation_id": conversation_id.hex()}
            return {"event": "renamed", "name": before, "to": contact.name, **place, "identity": contact.identity.hex()}
        case e.ConversationCleared():
            return {"event": "cleared", **_picked(event, "conversation conversation_id")}
        case e.GapNoticed():
            return {"event": "gap", **_picked(event, "conversation conversation_id missing in_all")}
        case e.RequestArrived(request):
            return {"event": "request", **describe_request(request)}
        case e.RequestClosed(request_id):
            return {"event": "request_closed", "id": request_id}
        case e.CallPending():
            return {"event": "pending", **_picked(event, "address own_digits")}
        case e.CallFailed(address, code, text, retry_in_ms, reason):
            failed = {"event": "error", "code": code, "text": text, "do": "call", "address": str(address)}
            return {**failed, "retry_in_ms": retry_in_ms, **_reason("reason", reason)}
        case e.PeerChanged():
            return describe_peer(event)
        case e.ListeningChanged(listening):
            return {"event": "listening", "address": _plain(listening)}
        case e.IdentityChanged():
            return {"event": "identity_changed", **_picked(event, "name was_verified")}
        case e.PresenceChanged(name, presence):
            return {"event": "presence", "name": name, "state": presence.value}
        case e.ContactChanged(contact):
            return {"event": "contact_changed", "contact": describe_contact(contact)}
        case e.ConversationChanged():
            return None
        case e.NoticeArrived(text):
            return {"event": "notice", "text": text}
        case e.Progress():
            return {"event": "progress", **_picked(event, "task done total")}
        case e.Warned(code, text, fatal):
            return {"event": "error", "code": code, "text": text, **({"fatal": True} if fatal else {})}
        case e.AlarmRaised(alarm, name):
            text = str(alarm_text(event, Strings(), name or ""))
            return {"event": "alarm", "alarm": alarm.value, "name": name, "text": text}
        case e.Closed():
            return {"event": "closed"}
        case _:
            assert_never(event)


def describe_former_alarm(event: e.AlarmRaised) -> Members:
    """Describe an alarm once more as it was before it had an event of its own; until version 0.1."""
    text = alarm_text(event, Strings(), event.name or "").sentence
    return {"event": "error", "code": event.code, "text": text}


def describe_link(event: e.LinkChanged) -> Members | None:
    """Describe the link to the relay; attempts and profiles without a relay are not worth a line."""
    if event.state in {LinkState.NONE, LinkState.CONNECTING}:
        return None
    members: Members = {"event": "link", "state": event.state.value}
    if event.state is LinkState.OFFLINE:
        members.update(code=event.code, text=event.text, retry_in_ms=event.retry_in_ms)
        members.update(_reason("reason", event.reason))
        if event.refused:
            members["refused"] = True
    return members


def describe_sent(message: MessageView) -> Members:
    """Describe an own message that was committed."""
    members: Members = {
        "event": "sent",
        "id": message.id.hex(),
        "to": message.conversation,
        "conversation_id": message.conversation_id.hex(),
        "state": MessageState.QUEUED if message.state is None else message.state,
        "at": message.at,
    }
    if message.replaces is not None:
        members["replaces"] = message.replaces.hex()
    return members


def describe_edit(message: MessageView) -> Members:
    """Describe a message that has another wording."""
    place = _picked(message, "id conversation conversation_id")
    return {"event": "edited", **place, "from": message.sender, "text": message.text, "at": message.edited_at}


def describe_reactions(message: MessageView) -> Members:
    """Describe all reactions to a message."""
    place = _picked(message, "id conversation conversation_id")
    return {"event": "reactions", **place, "reactions": _reactions(message)}


def _reactions(message: MessageView) -> list[Members]:
    return [{"emoji": each.emoji, "from": list(each.people)} for each in message.reactions]


def describe_deletion(event: e.MessageDeleted) -> Members:
    """Describe that a message was deleted, by whom and for whom."""
    place = {"id": event.message.hex(), **_picked(event, "conversation conversation_id")}
    return {"event": "deleted", **place, "from": event.sender, "for": "all" if event.for_all else "me"}


def describe_pin(pin: PinView) -> Members:
    """Describe that a message was pinned or unpinned."""
    place = _picked(pin, "conversation conversation_id")
    return {"event": "pinned", "id": pin.message.hex(), **place, "from": pin.sender, "on": pin.on}


def describe_timer(timer: TimerView) -> Members:
    """Describe after how long messages of a conversation disappear."""
    place = _picked(timer, "conversation conversation_id")
    return {"event": "timer", **place, "from": timer.sender, "seconds": timer.seconds}


def describe_receipts(receipts: ReceiptsView) -> Members:
    """Describe what is told and shown."""
    members = {"event": "receipts", **_picked(receipts, "conversation read typing presence")}
    return members if receipts.conversation is None else {**members, **_picked(receipts, "inherited")}


def describe_scheduled(scheduled: ScheduledView) -> Members:
    """Describe a text that is sent later."""
    return {"event": "scheduled", **_scheduled(scheduled)}


def _scheduled(scheduled: ScheduledView) -> Members:
    return _picked(scheduled, "conversation conversation_id number text at overdue")


def describe_progress(event: e.MessageStateChanged) -> Members:
    """Describe how far an own message has come."""
    members: Members = {
        "event": "state",
        "id": event.message.hex(),
        **_picked(event, "state conversation conversation_id"),
    }
    if event.held_until is not None:
        members["held_until"] = event.held_until
    if event.error is not None:
        members["code"] = event.error
    return members


def describe_peer(event: e.PeerChanged) -> Members:
    """Describe a direct connection that stands or ended."""
    members = _picked(event, "name state route address safety_number incoming")
    return {"event": "peer", **members, "safety_number": event.safety_number or None}


def describe_safety_number(number: SafetyNumberView) -> Members:
    """Describe what two people compare, and beside it the number of an identity that is claimed to be the contact's."""
    pending = None if number.pending is None else _picked(number.pending, "identity digits")
    return {"event": "safety_number", **_picked(number, "name identity digits trust"), "pending": pending}


def describe_answer(order: OrderedCommand, answer: object) -> Members:  # noqa: C901 -- a line for each answer
    """Describe what came of an order."""
    match answer:
        case MessageView() if isinstance(order.action, c.EditMessage):
            return describe_edit(answer)
        case MessageView() if isinstance(order.action, c.SetReactions):
            return describe_reactions(answer)
        case MessageView():
            return describe_sent(answer)
        case PinView():
            return describe_pin(answer)
        case TimerView():
            return describe_timer(answer)
        case ReceiptsView():
            return describe_receipts(answer)
        case ScheduledView():
            return describe_scheduled(answer)
        case HistoryPage(messages=messages):
            place, more = _picked(answer, "conversation conversation_id"), _picked(answer, "more_before more_after")
            return {"event": "history", **place, "messages": [describe_message(each) for each in messages], **more}
        case MessageInfoView():
            return describe_message_info(answer)
        case SafetyNumberView():
            return describe_safety_number(answer)
        case ContactView():
            return {"event": "contact", "contact": describe_contact(answer)}
        case StatusView():
            return {"event": "status", **describe_status(answer)}
        case Address():
            return {"event": "listening", "address": str(answer)}
        case ContactLinkView():
            return {"event": "contact_link", **_picked(answer, "text name identity")}
        case MadeInvitation(number, text, expires_at, uses):
            return {"event": "invitation", "invitation": number, "text": text, "expires_at": expires_at, "uses": uses}
        case int() if isinstance(order.action, c.ClearConversation):
            return {**describe_done(order), "count": answer}
        case int():
            return {"event": "read", "name": order.about, "count": answer}
        case tuple() if isinstance(order.action, c.Forward):
            return {**describe_done(order), "ids": [message.hex() for message in answer]}
        case tuple():
            return describe_list(order.action, answer)
        case _:
            return describe_done(order)


def describe_list(action: object, answer: tuple[Any, ...]) -> Members:
    """Describe an answer that is a list."""
    match action:
        case c.Contacts():
            return {"event": "contacts", "contacts": [describe_contact(contact) for contact in answer]}
        case c.Conversations():
            return {"event": "conversations", "conversations": [describe_conversation(each) for each in answer]}
        case c.Requests():
            return {"event": "requests", "requests": [describe_request(request) for request in answer]}
        case c.Search(query):
            return {"event": "search", "text": query, "messages": [describe_message(message) for message in answer]}
        case c.Threads():
            return {"event": "threads", "names": list(answer)}
        case c.Pins(conversation):
            described = [describe_message(message) for message in answer]
            return {"event": "pins", "conversation": conversation, "messages": described}
        case c.Wordings(message):
            return {"event": "wordings", "id": message.hex(), "wordings": [_picked(each, "text at") for each in answer]}
        case c.Scheduled():
            return {"event": "scheduled_texts", "texts": [_scheduled(each) for each in answer]}
        case _:
            raise TypeError(type(action).__name__)


def describe_message_info(info: MessageInfoView) -> Members:
    """Describe how far a message has come, for each device of its recipient."""
    known = _picked(info.message, "id state conversation conversation_id route held_until")
    devices = [
        {
            **_picked(device, "device state route held_until delivered_at read_at"),
            **({} if device.deleted is None else _picked(device, "deleted")),
            **({} if device.error is None else {"code": device.error}),
        }
        for device in info.devices
    ]
    return {"event": "state", **known, "code": info.message.error, "devices": devices}


def describe_done(order: OrderedCommand) -> Members:
    """Describe that something was done which has no answer of its own."""
    match order.action:
        case ShowHelp():
            return {"event": "help", "commands": [describe_form(form) for form in FORMS if form.in_json]}
        case Choose(name):
            return {"event": "current", "name": name}
        case c.StopListening():
            return {"event": "listening", "address": None}
        case _:
            return {"event": "done", "do": order.do, **({"name": order.about} if order.about else {})}


def describe_form(form: CommandSpec) -> Members:
    """Describe a command and its arguments."""
    arguments = [{"name": field.name, "kind": field.kind.value, "needed": field.needed} for field in form.fields]
    return {"do": form.do, "usage": form.usage(), "arguments": arguments}


def _reason(member: str, reason: Reason | None) -> Members:
    """Say what a code leaves open, as far as it is known."""
    return {} if reason is None else {member: reason.value}


def _picked(view: object, names: str) -> Members:
    """Give these members of a view or an event, as they are named there and in this order."""
    return {name: _plain(getattr(view, name)) for name in names.split()}


def _plain(value: Any) -> Any:  # noqa: ANN401 -- whatever JSON can hold
    match value:
        case bytes():
            return value.hex()
        case StrEnum():
            return value.value
        case Address():
            return str(value)
        case tuple():
            return [_plain(each) for each in value]
        case _:
            return value
