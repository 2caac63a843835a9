"""The objects of the JSON contract: members and events are added, never renamed or removed.

`docs/json-contract.md` is the reference.
"""

from enum import StrEnum
from typing import Any

from babilu.api.events import FilesFreed
from babilu.api.group_views import AudienceView, GroupChangeView
from babilu.api.views import (
    Address,
    ArchiveStatusView,
    ContactView,
    ConversationView,
    FileView,
    FreedSpaceView,
    FreeingPlanView,
    InspectedFileView,
    MessageView,
    OwnDeviceView,
    PinView,
    ReceiptsView,
    RecordingView,
    RequestView,
    SafetyNumberView,
    SavedFileView,
    ScheduledView,
    SpaceView,
    StatusView,
    TimerView,
)
from babilu.kernel.errors import BabiluError, Reason
from babilu.kernel.states import ConversationKind, MediaKind, MessageKind, MessageState, Trust

Members = dict[str, Any]
"""A JSON object in the making."""


def describe_error(error: BabiluError) -> Members:
    """Describe what went wrong."""
    members: Members = {"event": "error", "code": error.code.value, "text": error.text}
    if error.retry_after_ms is not None:
        members["retry_after_ms"] = error.retry_after_ms
    if error.details:
        members["details"] = dict(error.details)
    return {**members, **reason_of("reason", error.reason)}


def describe_arrival(message: MessageView) -> Members:
    """Describe a message of somebody else's that is shown for the first time."""
    members = {
        **picked(message, "id conversation conversation_id"),
        "from": message.sender,
        **picked(message, "text at route identity"),
    }
    if message.first:
        members["first"] = True
    if message.late:
        members.update(late=True, **picked(message, "belongs_before"))
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
        reply_to = {**picked(quote, "id"), "from": quote.sender, **picked(quote, "text known")}
        if quote.files:
            reply_to["files"] = [picked(file, "name kind") for file in quote.files]
        members["reply_to"] = reply_to
    if message.mentions:
        members["mentions"] = [picked(each, "name start length identity") for each in message.mentions]
    for name in ("timer", "expires_at", "edited_at", "shared_by", "imported", "device", "text_state"):
        if getattr(message, name) is not None:
            members[name] = plain(getattr(message, name))
    for name in ("mentioned", "deleted", "pinned", "forwarded"):
        if getattr(message, name):
            members[name] = True
    if message.reactions:
        members["reactions"] = reactions_members(message)
    if message.files:
        members["files"] = [describe_file(file) for file in message.files]
    return members


def describe_file(file: FileView) -> Members:
    """Describe a file of a message."""
    members = picked(file, "index name size type kind state done")
    for name in ("width", "height", "duration"):
        if getattr(file, name) is not None:
            members[name] = getattr(file, name)
    if file.kind is MediaKind.VOICE:
        members["peaks"] = plain(file.peaks)
    if file.unheard:
        members["unheard"] = True
    return members if file.error is None else {**members, "code": file.error}


def describe_room(answer: SpaceView | FreeingPlanView | FreedSpaceView) -> Members:
    """Describe how much room is taken, would be freed, or was."""
    match answer:
        case SpaceView(database, files, conversations):
            described = [
                picked(each, "conversation conversation_id pictures voice files messages") for each in conversations
            ]
            return {"event": "space", "database": database, "files": files, "conversations": described}
        case FreeingPlanView(files, octets, kept, approval, own):
            plan = {"files": files, "bytes": octets, "kept": kept, "own": own, "approval": approval}
            return {"event": "free_plan", **plan}
        case FreedSpaceView(files, octets):
            return {"event": "freed_space", "files": files, "bytes": octets}


def describe_archive_status(answer: ArchiveStatusView) -> Members:
    """Describe how old the last good backup is, and whether one is made every day."""
    last = answer.last
    counts = None if last is None else picked(last.counts, "people conversations messages entries files")
    described = (
        None if last is None else {**picked(last, "path size sha256 made_at took_ms rehearsed_ms"), "counts": counts}
    )
    return {"event": "archive_status", **picked(answer, "folder kept error failed_at since"), "last": described}


def describe_freed(event: FilesFreed) -> Members:
    """Describe that the bytes of files were deleted to make room."""
    files = [{"id": file.message.hex(), "index": file.index} for file in event.files]
    return {"event": "freed", **picked(event, "conversation conversation_id"), "files": files}


def describe_inspected(file: InspectedFileView) -> Members:
    """Describe what a file is that somebody means to send."""
    members = picked(file, "path size picture")
    if file.width is not None:
        members.update(picked(file, "width height"))
    if file.picture:
        members["contains"] = [detail.value for detail in file.details]
    return members if file.error is None else {**members, "code": file.error}


def describe_saved(file: SavedFileView) -> Members:
    """Describe a file that is here, and where it was saved."""
    place = {"id": file.message.hex(), **picked(file, "conversation conversation_id")}
    return {"event": "saved", **place, **picked(file, "index path")}


def describe_message(message: MessageView) -> Members:
    """Describe a message within a history."""
    more = picked(message, "arrived_at position outgoing state held_until error unread")
    return {
        **describe_arrival(message),
        **more,
        **({} if message.kind is MessageKind.TEXT else picked(message, "kind")),
        **({} if message.missing is None else picked(message, "missing")),
        **({"devices": [picked(each, "device name added") for each in message.devices]} if message.devices else {}),
        **about_group(message),
    }


def about_group(message: MessageView) -> Members:
    """Describe what only a message of a group, or a line about one, has."""
    members: Members = {}
    if message.change is not None:
        members["change"] = describe_change(message.change)
    if message.hidden_by is not None:
        members["hidden_by"] = message.hidden_by
    if message.audience is not None:
        members.update(describe_audience(message.audience))
    return members


def describe_change(change: GroupChangeView) -> Members:
    """Describe what changed in a group, or was meant to."""
    said = {name: value for name, value in picked(change, "who value").items() if value is not None}
    members: Members = {**picked(change, "kind by"), **said}
    return members if change.counts else {**members, "counts": False, **picked(change, "why_not")}


def describe_audience(audience: AudienceView) -> Members:
    """Describe how far a message of a group has come, counted in people."""
    return picked(audience, "recipients delivered read failed")


def describe_device(device: OwnDeviceView) -> Members:
    """Describe one of the own devices."""
    return picked(device, "device name own full last_seen")


def describe_contact(contact: ContactView) -> Members:
    """Describe a contact."""
    return {
        **picked(contact, "name account identity trust"),
        "verified": contact.trust is Trust.VERIFIED,
        **picked(contact, "was_verified pending blocked accepted direct_allowed connected address presence picture"),
    }


def describe_conversation(conversation: ConversationView) -> Members:
    """Describe a row of the list of conversations."""
    last = None if conversation.last is None else describe_message(conversation.last)
    contact = None if conversation.contact is None else describe_contact(conversation.contact)
    place = {"conversation": conversation.label, "conversation_id": conversation.id.hex()}
    more = picked(
        conversation, "unread mentions draft pinned muted muted_until archived marked_unread timer draft_reply"
    )
    recording = None if conversation.recording is None else describe_recording(conversation.recording)
    more["recording"] = recording
    if conversation.kind is ConversationKind.GROUP:
        more.update(picked(conversation, "title members role accepted added_by may_post"))
    elif conversation.kind is ConversationKind.IMPORTED:
        more.update(picked(conversation, "title may_post imported"))
    return {**place, **picked(conversation, "kind"), "contact": contact, "last": last, **more}


def describe_recording(recording: RecordingView) -> Members:
    """Describe a voice note that was not sent yet."""
    members = picked(recording, "conversation conversation_id state duration peaks level")
    return members if recording.error is None else {**members, "code": recording.error}


def describe_request(request: RequestView) -> Members:
    """Describe a conversation request."""
    return picked(request, "id name identity safety_number address at")


def describe_status(status: StatusView) -> Members:
    """Describe where the client stands."""
    members = picked(
        status,
        "name relay reached_at link retry_in_ms queued unsettled listening safety_key own_digits behind file_bytes"
        " files_kept_ms picture",
    )
    if status.link_code is not None:
        members.update(
            picked(status, "link_code link_text link_refused"), **reason_of("link_reason", status.link_reason)
        )
    return members


def describe_sent(message: MessageView) -> Members:
    """Describe an own message that was committed; what another own device has sent is told with its words."""
    members: Members = {
        "event": "sent",
        **({} if message.device is None else describe_arrival(message)),
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
    place = picked(message, "id conversation conversation_id")
    return {"event": "edited", **place, "from": message.sender, "text": message.text, "at": message.edited_at}


def describe_reactions(message: MessageView) -> Members:
    """Describe all reactions to a message."""
    place = picked(message, "id conversation conversation_id")
    return {"event": "reactions", **place, "reactions": reactions_members(message)}


def reactions_members(message: MessageView) -> list[Members]:
    return [{"emoji": each.emoji, "from": list(each.people)} for each in message.reactions]


def describe_pin(pin: PinView) -> Members:
    """Describe that a message was pinned or unpinned."""
    place = picked(pin, "conversation conversation_id")
    return {"event": "pinned", "id": pin.message.hex(), **place, "from": pin.sender, "on": pin.on}


def describe_timer(timer: TimerView) -> Members:
    """Describe after how long messages of a conversation disappear."""
    place = picked(timer, "conversation conversation_id")
    return {"event": "timer", **place, "from": timer.sender, "seconds": timer.seconds}


def describe_receipts(receipts: ReceiptsView) -> Members:
    """Describe what is told and shown."""
    members = {"event": "receipts", **picked(receipts, "conversation read typing presence")}
    return members if receipts.conversation is None else {**members, **picked(receipts, "inherited")}


def describe_scheduled(scheduled: ScheduledView) -> Members:
    """Describe a text that is sent later."""
    return {"event": "scheduled", **scheduled_members(scheduled)}


def scheduled_members(scheduled: ScheduledView) -> Members:
    members = picked(scheduled, "conversation conversation_id number text at overdue")
    return {**members, "files": list(scheduled.files)} if scheduled.files else members


def describe_safety_number(number: SafetyNumberView) -> Members:
    """Describe what two people compare, and beside it the number of an identity that is claimed to be the contact's."""
    pending = None if number.pending is None else picked(number.pending, "identity digits")
    return {"event": "safety_number", **picked(number, "name identity digits trust"), "pending": pending}


def reason_of(member: str, reason: Reason | None) -> Members:
    """Say what a code leaves open, as far as it is known."""
    return {} if reason is None else {member: reason.value}


def picked(view: object, names: str) -> Members:
    """Give these members of a view or an event, as they are named there and in this order."""
    return {name: plain(getattr(view, name)) for name in names.split()}


def plain(value: Any) -> Any:  # noqa: ANN401 -- whatever JSON can hold
    match value:
        case bytes():
            return value.hex()
        case StrEnum():
            return value.value
        case Address():
            return str(value)
        case tuple():
            return [plain(each) for each in value]
        case _:
            return value
