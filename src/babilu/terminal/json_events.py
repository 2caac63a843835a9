"""The events of the JSON contract that say what the client told."""

from typing import assert_never

from babilu.api import events as e
from babilu.api.views import LinkState
from babilu.presentation.alarms import alarm_text
from babilu.presentation.strings import Strings
from babilu.terminal.json_members import (
    Members,
    describe_contact,
    describe_edit,
    describe_message,
    describe_pin,
    describe_reactions,
    describe_receipts,
    describe_request,
    describe_scheduled,
    describe_sent,
    describe_timer,
    picked,
    plain,
    reason_of,
)


def describe_event(event: e.Event) -> Members | None:  # noqa: C901 -- a line for each event
    """Describe what the client told; None for what JSON says otherwise."""
    match event:
        case e.Ready(name, relay):
            return {"event": "ready", "name": name, "relay": plain(relay)}
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
            place = picked(event, "conversation conversation_id")
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
            place = picked(event, "conversation conversation_id")
            return {"event": "expiring", "id": event.message.hex(), **place, "expires_at": event.expires_at}
        case e.MessageExpired(message_id, conversation, conversation_id):
            place = {"conversation": conversation, "conversation_id": conversation_id.hex()}
            return {"event": "expired", "id": message_id.hex(), **place}
        case e.TypingChanged():
            place = picked(event, "conversation conversation_id")
            return {"event": "typing", **place, "from": event.sender, "active": event.active}
        case e.ReceiptsChanged(receipts):
            return describe_receipts(receipts)
        case e.ScheduledChanged(scheduled, gone):
            return {**describe_scheduled(scheduled), **({"gone": True} if gone else {})}
        case e.ContactRenamed(before, conversation_id, contact):
            place = {"conversation": contact.name, "conversation_id": conversation_id.hex()}
            return {"event": "renamed", "name": before, "to": contact.name, **place, "identity": contact.identity.hex()}
        case e.ConversationCleared():
            return {"event": "cleared", **picked(event, "conversation conversation_id")}
        case e.GapNoticed():
            return {"event": "gap", **picked(event, "conversation conversation_id missing in_all")}
        case e.RequestArrived(request):
            return {"event": "request", **describe_request(request)}
        case e.RequestClosed(request_id):
            return {"event": "request_closed", "id": request_id}
        case e.CallPending():
            return {"event": "pending", **picked(event, "address own_digits")}
        case e.CallFailed(address, code, text, retry_in_ms, reason):
            failed = {"event": "error", "code": code, "text": text, "do": "call", "address": str(address)}
            return {**failed, "retry_in_ms": retry_in_ms, **reason_of("reason", reason)}
        case e.PeerChanged():
            return describe_peer(event)
        case e.ListeningChanged(listening):
            return {"event": "listening", "address": plain(listening)}
        case e.IdentityChanged():
            return {"event": "identity_changed", **picked(event, "name was_verified")}
        case e.PresenceChanged(name, presence):
            return {"event": "presence", "name": name, "state": presence.value}
        case e.ContactChanged(contact):
            return {"event": "contact_changed", "contact": describe_contact(contact)}
        case e.ConversationChanged():
            return None
        case e.NoticeArrived(text):
            return {"event": "notice", "text": text}
        case e.Progress():
            return {"event": "progress", **picked(event, "task done total")}
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
        members.update(reason_of("reason", event.reason))
        if event.refused:
            members["refused"] = True
    return members


def describe_deletion(event: e.MessageDeleted) -> Members:
    """Describe that a message was deleted, by whom and for whom."""
    place = {"id": event.message.hex(), **picked(event, "conversation conversation_id")}
    return {"event": "deleted", **place, "from": event.sender, "for": "all" if event.for_all else "me"}


def describe_progress(event: e.MessageStateChanged) -> Members:
    """Describe how far an own message has come."""
    members: Members = {
        "event": "state",
        "id": event.message.hex(),
        **picked(event, "state conversation conversation_id"),
    }
    if event.held_until is not None:
        members["held_until"] = event.held_until
    if event.error is not None:
        members["code"] = event.error
    return members


def describe_peer(event: e.PeerChanged) -> Members:
    """Describe a direct connection that stands or ended."""
    members = picked(event, "name state route address safety_number incoming")
    return {"event": "peer", **members, "safety_number": event.safety_number or None}
