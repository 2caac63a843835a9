"""The events of the JSON contract that say what the client told."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from babilu.api import events as e
from babilu.api.views import LinkState
from babilu.presentation.alarms import alarm_text
from babilu.presentation.json_members import (
    Members,
    describe_audience,
    describe_contact,
    describe_device,
    describe_edit,
    describe_freed,
    describe_message,
    describe_pin,
    describe_reactions,
    describe_receipts,
    describe_recording,
    describe_request,
    describe_saved,
    describe_scheduled,
    describe_sent,
    describe_timer,
    picked,
    plain,
    reason_of,
)
from babilu.presentation.strings import Strings
from babilu.terminal.json_groups import describe_group, describe_invitation, describe_join_request

Describe = Callable[[Any], Members | None]
"""Makes the object of an event of one kind."""


def describe_event(event: e.Event) -> Members | None:
    """Describe what the client told; None for what JSON says otherwise."""
    return DESCRIPTIONS[type(event)](event)


def describe_former_alarm(event: e.AlarmRaised) -> Members:
    """Describe an alarm once more as it was before it had an event of its own; until version 0.1."""
    text = alarm_text(event, Strings(), event.name or "").sentence
    return {"event": "error", "code": event.code, "text": text}


def describe_link(event: e.LinkChanged) -> Members | None:
    """Describe the link to the relay; attempts and profiles without a relay are not worth a line."""
    if event.state in {LinkState.NONE, LinkState.CONNECTING}:
        return None
    members: Members = {"event": "link", "state": event.state.value}
    if event.address is not None:
        members["address"] = str(event.address)
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
    if event.audience is not None:
        members.update(describe_audience(event.audience))
    return members


def describe_transfer(event: e.FileTransfer) -> Members:
    """Describe how a file is moved; before its message exists there is no id."""
    members = {"event": "transfer", "id": plain(event.message), **picked(event, "conversation conversation_id")}
    members.update(picked(event, "index direction done total state"))
    return members if event.error is None else {**members, "code": event.error}


def describe_playing(event: e.PlayingChanged) -> Members:
    """Describe how the playing of a voice note goes; a recording that was not sent yet has no id."""
    members = {"event": "playing", "id": plain(event.message), **picked(event, "conversation conversation_id index")}
    members.update(picked(event, "state position speed"))
    return members if event.error is None else {**members, "code": event.error}


def describe_peer(event: e.PeerChanged) -> Members:
    """Describe a direct connection that stands or ended."""
    members = picked(event, "name state route address safety_number incoming")
    return {"event": "peer", **members, "safety_number": event.safety_number or None}


def describe_rename(event: e.ContactRenamed) -> Members:
    """Describe that a person is called otherwise here, and their conversation with them."""
    place = {"conversation": event.contact.name, "conversation_id": event.conversation_id.hex()}
    identity = {"identity": event.contact.identity.hex()}
    return {"event": "renamed", "name": event.before, "to": event.contact.name, **place, **identity}


def describe_failed_call(event: e.CallFailed) -> Members:
    """Describe why nobody is connected to an address, and when it is called again."""
    failed = {"event": "error", **picked(event, "code text"), "do": "call", "address": str(event.address)}
    return {**failed, "retry_in_ms": event.retry_in_ms, **reason_of("reason", event.reason)}


def describe_warning(event: e.Warned) -> Members:
    """Describe what went wrong in the background."""
    return {"event": "error", **picked(event, "code text"), **({"fatal": True} if event.fatal else {})}


def describe_link_code(event: e.LinkCodeShown) -> Members:
    """Describe the code that two devices show which are being linked; only the new one has a line."""
    members = {"event": "link_code", **picked(event, "digits words")}
    return members if event.line is None else {**members, "line": event.line}


def describe_alarm(event: e.AlarmRaised) -> Members:
    """Describe what may be an attack."""
    text = str(alarm_text(event, Strings(), event.name or ""))
    return {"event": "alarm", "alarm": event.alarm.value, "name": event.name, "text": text}


def of_message(name: str, more: str = "") -> Describe:
    """Describe what happened to a message that an event names by its id."""
    return lambda event: {
        "event": name,
        "id": event.message.hex(),
        **picked(event, f"conversation conversation_id {more}"),
    }


def plainly(name: str, members: str = "") -> Describe:
    """Describe an event by these members of its own, as they are named there and in this order."""
    return lambda event: {"event": name, **picked(event, members)}


def says_nothing(_event: e.Event) -> None:
    """Leave out what JSON says otherwise."""


DESCRIPTIONS: Final[Mapping[type, Describe]] = {
    e.Ready: plainly("ready", "name relay"),
    e.Registered: plainly("registered", "name"),
    e.LinkChanged: describe_link,
    e.MessageQueued: lambda event: describe_sent(event.message),
    e.FileTransfer: describe_transfer,
    e.RecordingChanged: lambda event: {"event": "recording", **describe_recording(event.recording)},
    e.PlayingChanged: describe_playing,
    e.FilesFreed: describe_freed,
    e.OwnPictureChanged: lambda event: {"event": "own_picture", **picked(event, "picture")},
    e.ImportProgress: plainly("importing", "path done total"),
    e.FileSaved: lambda event: describe_saved(event.file),
    e.MessageStateChanged: describe_progress,
    e.MessageArrived: says_nothing,
    e.TextStateChanged: lambda event: {
        "event": "text_state",
        **describe_message(event.message),
        "text_state": plain(event.message.text_state),
        **picked(event, "before"),
    },
    e.LineAdded: lambda event: {"event": "line", **describe_message(event.message)},
    e.LineChanged: lambda event: {"event": "line_changed", **describe_message(event.message)},
    e.LineRemoved: of_message("line_removed"),
    e.MessageDeleted: describe_deletion,
    e.MessageEdited: lambda event: {
        **describe_edit(event.message),
        **({"mentioned": True} if event.mentions else {}),
    },
    e.ReactionsChanged: lambda event: describe_reactions(event.message),
    e.MessagePinned: lambda event: describe_pin(event.pin),
    e.TimerChanged: lambda event: describe_timer(event.timer),
    e.ClockStarted: of_message("expiring", "expires_at"),
    e.MessageExpired: of_message("expired"),
    e.TypingChanged: lambda event: {
        "event": "typing",
        **picked(event, "conversation conversation_id"),
        "from": event.sender,
        "active": event.active,
    },
    e.ReceiptsChanged: lambda event: describe_receipts(event.receipts),
    e.ScheduledChanged: lambda event: {
        **describe_scheduled(event.scheduled),
        **({"gone": True} if event.gone else {}),
    },
    e.ContactRenamed: describe_rename,
    e.ConversationCleared: plainly("cleared", "conversation conversation_id"),
    e.GapNoticed: plainly("gap", "conversation conversation_id missing in_all"),
    e.RequestArrived: lambda event: {"event": "request", **describe_request(event.request)},
    e.RequestClosed: lambda event: {"event": "request_closed", "id": event.request},
    e.CallPending: plainly("pending", "address own_digits"),
    e.CallFailed: describe_failed_call,
    e.PeerChanged: describe_peer,
    e.ListeningChanged: lambda event: {"event": "listening", "address": plain(event.address)},
    e.IdentityChanged: plainly("identity_changed", "name was_verified"),
    e.PresenceChanged: plainly("presence", "name state"),
    e.ContactChanged: lambda event: {"event": "contact_changed", "contact": describe_contact(event.contact)},
    e.ConversationChanged: says_nothing,
    e.GroupChanged: lambda event: describe_group(event.group),
    e.GroupInvited: lambda event: {"event": "group_invitation", **describe_invitation(event.invitation)},
    e.GroupInvitationClosed: plainly("group_invitation_closed", "conversation conversation_id"),
    e.OutsiderWrote: plainly("outsider_wrote", "conversation conversation_id name"),
    e.HistoryShared: plainly("history_shared", "conversation conversation_id by count"),
    e.GroupSplit: plainly("group_split", "conversation conversation_id title names"),
    e.JoinRequested: lambda event: {"event": "join_request", **describe_join_request(event.request)},
    e.JoinRequestClosed: plainly("join_request_closed", "id"),
    e.LinkCodeShown: describe_link_code,
    e.LinkAsked: lambda event: {"event": "link_asked", **picked(event, "device name digits words full failed")},
    e.LinkEnded: plainly("link_ended", "code text failed"),
    e.DeviceLinked: lambda event: {"event": "device_linked", "device": describe_device(event.device)},
    e.OwnHistoryCame: plainly("own_history", "messages"),
    e.DeviceRemoved: lambda event: {"event": "device_removed", "device": describe_device(event.device)},
    e.NoticeArrived: plainly("notice", "text"),
    e.Progress: plainly("progress", "task done total"),
    e.Warned: describe_warning,
    e.AlarmRaised: describe_alarm,
    e.Closed: plainly("closed"),
}
"""How each kind of event is described; a test holds that none is missing."""
