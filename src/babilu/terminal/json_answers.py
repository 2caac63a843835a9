"""The events of the JSON contract that answer an order."""

from collections.abc import Callable
from typing import Any, Final

from babilu.api import commands as c
from babilu.api.group_views import GroupLinkView, GroupView
from babilu.api.views import (
    Address,
    ArchiveStatusView,
    ContactLinkView,
    ContactView,
    FreedSpaceView,
    FreeingPlanView,
    HistoryPage,
    MediaPage,
    MessageInfoView,
    MessageView,
    PinView,
    ReceiptsView,
    RecordingView,
    SafetyNumberView,
    SavedFileView,
    ScheduledView,
    SpaceView,
    StatusView,
    TimerView,
)
from babilu.export.model import ExportReport, exported_members
from babilu.kernel.states import GroupAdders
from babilu.presentation.invitations import MadeInvitation
from babilu.presentation.json_members import (
    Members,
    describe_archive_status,
    describe_audience,
    describe_contact,
    describe_conversation,
    describe_device,
    describe_edit,
    describe_inspected,
    describe_message,
    describe_pin,
    describe_reactions,
    describe_receipts,
    describe_recording,
    describe_request,
    describe_room,
    describe_safety_number,
    describe_saved,
    describe_scheduled,
    describe_sent,
    describe_status,
    describe_timer,
    picked,
    scheduled_members,
)
from babilu.terminal.command_forms import FORMS
from babilu.terminal.command_spec import CommandSpec
from babilu.terminal.json_groups import (
    describe_entry,
    describe_group,
    describe_invitation,
    describe_join_request,
    describe_link,
    describe_receipt,
)
from babilu.terminal.ordered_command import Choose, OrderedCommand, ShowHelp


def _describe_page(page: HistoryPage) -> Members:
    place, more = picked(page, "conversation conversation_id"), picked(page, "more_before more_after")
    return {"event": "history", **place, "messages": [describe_message(each) for each in page.messages], **more}


def _describe_media(page: MediaPage) -> Members:
    place = picked(page, "conversation conversation_id kind")
    return {
        "event": "media",
        **place,
        "messages": [describe_message(each) for each in page.messages],
        "more": page.more,
    }


def _describe_invitation(made: MadeInvitation) -> Members:
    return {"event": "invitation", "invitation": made.number, **picked(made, "text expires_at uses")}


def describe_message_info(info: MessageInfoView) -> Members:
    """Describe how far a message has come, for each device of its recipient."""
    known = picked(info.message, "id state conversation conversation_id route held_until")
    devices = [
        {
            **picked(device, "device state route held_until delivered_at read_at"),
            **({} if device.deleted is None else picked(device, "deleted")),
            **({} if device.error is None else {"code": device.error}),
        }
        for device in info.devices
    ]
    told = {"event": "state", **known, "code": info.message.error, "devices": devices}
    if info.message.audience is None:
        return told
    return {
        **told,
        **describe_audience(info.message.audience),
        "people": [describe_receipt(each) for each in info.people],
    }


_DESCRIBERS: Final[dict[type, Callable[[Any], Members]]] = {
    SavedFileView: describe_saved,
    RecordingView: lambda recording: {"event": "recording", **describe_recording(recording)},
    PinView: describe_pin,
    TimerView: describe_timer,
    ReceiptsView: describe_receipts,
    ScheduledView: describe_scheduled,
    HistoryPage: _describe_page,
    MediaPage: _describe_media,
    SpaceView: describe_room,
    FreeingPlanView: describe_room,
    FreedSpaceView: describe_room,
    ArchiveStatusView: describe_archive_status,
    ExportReport: exported_members,
    MessageInfoView: describe_message_info,
    SafetyNumberView: describe_safety_number,
    ContactView: lambda contact: {"event": "contact", "contact": describe_contact(contact)},
    StatusView: lambda status: {"event": "status", **describe_status(status)},
    GroupView: describe_group,
    GroupLinkView: lambda link: {"event": "group_link", **describe_link(link)},
    GroupAdders: lambda who: {"event": "who_may_add", "who": who.value},
    Address: lambda address: {"event": "listening", "address": str(address)},
    ContactLinkView: lambda link: {"event": "contact_link", **picked(link, "text name identity")},
    MadeInvitation: _describe_invitation,
}
"""Answers that say by their type alone what they are."""


def describe_answer(order: OrderedCommand, answer: object) -> Members:
    """Describe what came of an order."""
    describer = _DESCRIBERS.get(type(answer))
    if describer is not None:
        return describer(answer)
    match answer:
        case MessageView() if isinstance(order.action, c.EditMessage):
            return describe_edit(answer)
        case MessageView() if isinstance(order.action, c.SetReactions):
            return describe_reactions(answer)
        case MessageView():
            return describe_sent(answer)
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
            return {"event": "wordings", "id": message.hex(), "wordings": [picked(each, "text at") for each in answer]}
        case c.AskHistory():
            return {"event": "history_asked", "devices": [describe_device(each) for each in answer]}
        case c.Devices():
            return {"event": "devices", "devices": [describe_device(each) for each in answer]}
        case c.InspectFiles():
            return {"event": "inspected", "files": [describe_inspected(each) for each in answer]}
        case c.Scheduled():
            return {"event": "scheduled_texts", "texts": [scheduled_members(each) for each in answer]}
        case _:
            return describe_list_of_groups(action, answer)


def describe_list_of_groups(action: object, answer: tuple[Any, ...]) -> Members:
    """Describe a list of what groups have, or of who asks about them."""
    match action:
        case c.GroupInvitations():
            return {"event": "group_invitations", "invitations": [describe_invitation(each) for each in answer]}
        case c.JoinRequests():
            return {"event": "join_requests", "requests": [describe_join_request(each) for each in answer]}
        case c.GroupLinks(conversation):
            links = [describe_link(each) for each in answer]
            return {"event": "group_links", "conversation": conversation, "links": links}
        case c.GroupLogOf(conversation):
            entries = [describe_entry(each) for each in answer]
            return {"event": "group_log", "conversation": conversation, "entries": entries}
        case _:
            raise TypeError(type(action).__name__)


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
