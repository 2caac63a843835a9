"""The events of the JSON contract that answer an order."""

from typing import Any

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


def describe_answer(order: OrderedCommand, answer: object) -> Members:  # noqa: C901 -- a line for each answer
    """Describe what came of an order."""
    match answer:
        case MessageView() if isinstance(order.action, c.EditMessage):
            return describe_edit(answer)
        case MessageView() if isinstance(order.action, c.SetReactions):
            return describe_reactions(answer)
        case MessageView():
            return describe_sent(answer)
        case SavedFileView():
            return describe_saved(answer)
        case RecordingView():
            return {"event": "recording", **describe_recording(answer)}
        case PinView():
            return describe_pin(answer)
        case TimerView():
            return describe_timer(answer)
        case ReceiptsView():
            return describe_receipts(answer)
        case ScheduledView():
            return describe_scheduled(answer)
        case HistoryPage(messages=messages):
            place, more = picked(answer, "conversation conversation_id"), picked(answer, "more_before more_after")
            return {"event": "history", **place, "messages": [describe_message(each) for each in messages], **more}
        case MediaPage(messages=messages):
            place = picked(answer, "conversation conversation_id kind")
            return {"event": "media", **place, "messages": list(map(describe_message, messages)), "more": answer.more}
        case SpaceView() | FreeingPlanView() | FreedSpaceView():
            return describe_room(answer)
        case ArchiveStatusView():
            return describe_archive_status(answer)
        case ExportReport():
            return exported_members(answer)
        case MessageInfoView():
            return describe_message_info(answer)
        case SafetyNumberView():
            return describe_safety_number(answer)
        case ContactView():
            return {"event": "contact", "contact": describe_contact(answer)}
        case StatusView():
            return {"event": "status", **describe_status(answer)}
        case GroupView():
            return describe_group(answer)
        case GroupLinkView():
            return {"event": "group_link", **describe_link(answer)}
        case GroupAdders():
            return {"event": "who_may_add", "who": answer.value}
        case Address():
            return {"event": "listening", "address": str(answer)}
        case ContactLinkView():
            return {"event": "contact_link", **picked(answer, "text name identity")}
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
            return {"event": "wordings", "id": message.hex(), "wordings": [picked(each, "text at") for each in answer]}
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
