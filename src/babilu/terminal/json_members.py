"""The objects of the JSON contract: members and events are added, never renamed or removed.

`docs/json-contract.md` is the reference.
"""

from collections.abc import Callable
from typing import Any, TypeVar, assert_never

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import (
    Address,
    ContactView,
    ConversationView,
    HistoryPage,
    LinkState,
    MessageInfoView,
    MessageView,
    RequestView,
    SafetyNumberView,
    StatusView,
)
from babilu.kernel.errors import BabiluError, Reason
from babilu.kernel.states import MessageKind
from babilu.presentation.alarms import alarm_text
from babilu.presentation.invitations import MadeInvitation
from babilu.presentation.strings import Strings
from babilu.terminal.command_line import FORMS, Choose, CommandSpec, OrderedCommand, ShowHelp

Members = dict[str, Any]
"""A JSON object in the making."""

T = TypeVar("T")


def describe_error(error: BabiluError) -> Members:
    """Describe what went wrong."""
    members: Members = {"event": "error", "code": error.code.value, "text": error.text}
    if error.retry_after_ms is not None:
        members["retry_after_ms"] = error.retry_after_ms
    return {**members, **_reason("reason", error.reason)}


def describe_arrival(message: MessageView) -> Members:
    """Describe a message of somebody else's that is shown for the first time."""
    members: Members = {
        "id": message.id.hex(),
        "conversation": message.conversation,
        "from": message.sender,
        "text": message.text,
        "at": message.at,
        "route": _optional(message.route, str),
        "identity": _optional(message.identity, bytes.hex),
    }
    if message.first:
        members["first"] = True
    if message.late:
        members["late"] = True
        members["belongs_before"] = None if message.belongs_before is None else message.belongs_before.hex()
    if message.departed:
        members["departed"] = True
    return members


def describe_message(message: MessageView) -> Members:
    """Describe a message within a history."""
    return {
        **describe_arrival(message),
        "arrived_at": message.arrived_at,
        "position": message.position,
        "outgoing": message.outgoing,
        "state": _optional(message.state, str),
        "held_until": message.held_until,
        "error": message.error,
        "unread": message.unread,
        **({} if message.kind is MessageKind.TEXT else {"kind": message.kind.value}),
    }


def describe_contact(contact: ContactView) -> Members:
    """Describe a contact."""
    return {
        "name": contact.name,
        "account": contact.account,
        "identity": contact.identity.hex(),
        "trust": contact.trust.value,
        "verified": contact.trust.value == "verified",
        "was_verified": contact.was_verified,
        "pending": _optional(contact.pending, bytes.hex),
        "blocked": contact.blocked,
        "accepted": contact.accepted,
        "direct_allowed": contact.direct_allowed,
        "connected": contact.connected,
        "address": _optional(contact.address, str),
        "presence": _optional(contact.presence, str),
    }


def describe_conversation(conversation: ConversationView) -> Members:
    """Describe a row of the list of conversations."""
    return {
        "contact": describe_contact(conversation.contact),
        "last": _optional(conversation.last, describe_message),
        "unread": conversation.unread,
        "draft": conversation.draft,
        "pinned": conversation.pinned,
        "muted": conversation.muted,
    }


def describe_request(request: RequestView) -> Members:
    """Describe a conversation request."""
    return {
        "id": request.id,
        "name": request.name,
        "identity": request.identity.hex(),
        "safety_number": request.safety_number,
        "address": str(request.address),
        "at": request.at,
    }


def describe_status(status: StatusView) -> Members:
    """Describe where the client stands."""
    members: Members = {
        "name": status.name,
        "relay": _optional(status.relay, str),
        "link": status.link.value,
        "retry_in_ms": status.retry_in_ms,
        "queued": status.queued,
        "unsettled": status.unsettled,
        "listening": _optional(status.listening, str),
        "safety_key": status.safety_key,
        "own_digits": status.own_digits,
        "behind": status.behind,
    }
    if status.link_code is not None:
        members.update(link_code=status.link_code, link_text=status.link_text, link_refused=status.link_refused)
        members.update(_reason("link_reason", status.link_reason))
    return members


def describe_event(event: e.Event) -> Members | None:  # noqa: C901 -- a line for each event
    """Describe what the client told; None for what JSON says otherwise."""
    match event:
        case e.Ready(name, relay):
            return {"event": "ready", "name": name, "relay": _optional(relay, str)}
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
        case e.MessageDeleted(message_id, conversation):
            return {"event": "deleted", "id": message_id.hex(), "conversation": conversation}
        case e.GapNoticed(conversation, missing, in_all):
            return {"event": "gap", "conversation": conversation, "missing": missing, "in_all": in_all}
        case e.RequestArrived(request):
            return {"event": "request", **describe_request(request)}
        case e.RequestClosed(request_id):
            return {"event": "request_closed", "id": request_id}
        case e.CallPending(address, own_digits):
            return {"event": "pending", "address": str(address), "own_digits": own_digits}
        case e.CallFailed(address, code, text, retry_in_ms, reason):
            failed = {"event": "error", "code": code, "text": text, "do": "call", "address": str(address)}
            return {**failed, "retry_in_ms": retry_in_ms, **_reason("reason", reason)}
        case e.PeerChanged():
            return describe_peer(event)
        case e.ListeningChanged(listening):
            return {"event": "listening", "address": _optional(listening, str)}
        case e.IdentityChanged(name, was_verified):
            return {"event": "identity_changed", "name": name, "was_verified": was_verified}
        case e.PresenceChanged(name, presence):
            return {"event": "presence", "name": name, "state": presence.value}
        case e.ContactChanged(contact):
            return {"event": "contact_changed", "contact": describe_contact(contact)}
        case e.ConversationChanged():
            return None
        case e.NoticeArrived(text):
            return {"event": "notice", "text": text}
        case e.Progress(task, done, total):
            return {"event": "progress", "task": task, "done": done, "total": total}
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
    return {"event": "sent", "id": message.id.hex(), "to": message.conversation, "state": "queued", "at": message.at}


def describe_progress(event: e.MessageStateChanged) -> Members:
    """Describe how far an own message has come."""
    members: Members = {
        "event": "state",
        "id": event.message.hex(),
        "state": event.state.value,
        "conversation": event.conversation,
    }
    if event.held_until is not None:
        members["held_until"] = event.held_until
    if event.error is not None:
        members["code"] = event.error
    return members


def describe_peer(event: e.PeerChanged) -> Members:
    """Describe a direct connection that stands or ended."""
    return {
        "event": "peer",
        "name": event.name,
        "state": event.state.value,
        "route": event.route.value,
        "address": str(event.address),
        "safety_number": event.safety_number or None,
        "incoming": event.incoming,
    }


def describe_safety_number(number: SafetyNumberView) -> Members:
    """Describe what two people compare, and beside it the number of an identity that is claimed to be the contact's."""
    members = {
        "event": "safety_number",
        "name": number.name,
        "identity": number.identity.hex(),
        "digits": number.digits,
        "trust": number.trust.value,
    }
    if number.pending is None:
        return {**members, "pending": None}
    return {**members, "pending": {"identity": number.pending.identity.hex(), "digits": number.pending.digits}}


def describe_answer(order: OrderedCommand, answer: object) -> Members:
    """Describe what came of an order."""
    match answer:
        case MessageView():
            return describe_sent(answer)
        case HistoryPage(conversation, messages, more_before, more_after):
            described = [describe_message(message) for message in messages]
            more = {"more_before": more_before, "more_after": more_after}
            return {"event": "history", "conversation": conversation, "messages": described, **more}
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
        case MadeInvitation(number, text, expires_at, uses):
            return {"event": "invitation", "invitation": number, "text": text, "expires_at": expires_at, "uses": uses}
        case int():
            return {"event": "read", "name": order.about, "count": answer}
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
        case _:
            raise TypeError(type(action).__name__)


def describe_message_info(info: MessageInfoView) -> Members:
    """Describe how far a message has come, for each device of its recipient."""
    message = info.message
    devices = [
        {
            "device": device.device,
            "state": device.state.value,
            "route": _optional(device.route, str),
            "held_until": device.held_until,
            "delivered_at": device.delivered_at,
            "read_at": device.read_at,
        }
        for device in info.devices
    ]
    return {
        "event": "state",
        "id": message.id.hex(),
        "state": _optional(message.state, str),
        "conversation": message.conversation,
        "route": _optional(message.route, str),
        "held_until": message.held_until,
        "code": message.error,
        "devices": devices,
    }


def describe_done(order: OrderedCommand) -> Members:
    """Describe that something was done which has no answer of its own."""
    match order.action:
        case ShowHelp():
            return {"event": "help", "commands": [describe_form(form) for form in FORMS]}
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


def _optional(value: T | None, describe: Callable[[T], Any]) -> Any:  # noqa: ANN401 -- whatever JSON can hold
    return None if value is None else describe(value)
