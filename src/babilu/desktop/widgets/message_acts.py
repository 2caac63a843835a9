"""What can be done with a message, once for the menu, the bar under the pointer and the keys."""

from enum import StrEnum, unique
from typing import Final, assert_never

from babilu.api.group_views import GroupView
from babilu.api.views import MessageView
from babilu.desktop.language import translate
from babilu.kernel.links import links
from babilu.kernel.states import MessageKind, MessageState, TextState
from babilu.presentation.formatting import TextStyle, format_text
from babilu.presentation.group_rights import GroupAct, group_acts
from babilu.presentation.pictures import pictures_of

SEARCHED: Final = 4_000
"""Characters of a message in which links, code and spoilers are looked for."""


@unique
class MessageAct(StrEnum):
    """What one does with a message."""

    RETRY = "retry"
    VIEW = "view"
    SAVE = "save"
    REPLY = "reply"
    REACT = "react"
    REACTIONS = "reactions"
    EDIT = "edit"
    COPY = "copy"
    COPY_CODE = "copy_code"
    SPOILER = "spoiler"
    READ = "read"
    LINK = "link"
    FORWARD = "forward"
    PIN = "pin"
    UNPIN = "unpin"
    WORDINGS = "wordings"
    INFO = "info"
    DELETE = "delete"
    DELETE_FOR_ALL = "delete_for_all"
    HIDE = "hide"
    """Remove what somebody else wrote in a group, for all."""


ICONS: Final = {
    MessageAct.RETRY: "retry",
    MessageAct.VIEW: "show",
    MessageAct.SAVE: "download",
    MessageAct.REPLY: "reply",
    MessageAct.REACT: "smile",
    MessageAct.REACTIONS: "people",
    MessageAct.EDIT: "new",
    MessageAct.COPY: "copy",
    MessageAct.COPY_CODE: "copy",
    MessageAct.SPOILER: "show",
    MessageAct.READ: "read_text",
    MessageAct.LINK: "open",
    MessageAct.FORWARD: "forward",
    MessageAct.PIN: "pin",
    MessageAct.UNPIN: "pin",
    MessageAct.WORDINGS: "clock",
    MessageAct.INFO: "info",
    MessageAct.DELETE: "delete",
    MessageAct.DELETE_FOR_ALL: "delete",
    MessageAct.HIDE: "delete",
}

KEYS: Final = {
    MessageAct.VIEW: "Ctrl+O",
    MessageAct.SAVE: "Ctrl+S",
    MessageAct.REPLY: "Return",
    MessageAct.REACT: "Ctrl+E",
    MessageAct.EDIT: "F2",
    MessageAct.COPY: "Ctrl+C",
    MessageAct.SPOILER: "Ctrl+Space",
    MessageAct.PIN: "Ctrl+P",
    MessageAct.UNPIN: "Ctrl+P",
    MessageAct.DELETE: "Del",
}
"""Keys of acts, where a message is chosen."""

DANGEROUS: Final = frozenset({MessageAct.DELETE, MessageAct.DELETE_FOR_ALL, MessageAct.HIDE})


def acts_for(message: MessageView, now_ms: int, group: GroupView | None = None) -> tuple[MessageAct, ...]:
    """Give what can be done with a message now, in the order of the menu.

    Args:
        message: The message.
        now_ms: Unix milliseconds.
        group: The group that it belongs to, as far as it is known; None elsewhere.
    """
    if message.kind is not MessageKind.TEXT:
        return (MessageAct.DELETE,)
    if message.deleted:
        return MessageAct.INFO, MessageAct.DELETE
    in_group = None if group is None else group_acts(group)
    # What was imported is read: nobody would learn of what is said about it.
    imported = message.imported is not None
    may_pin = not imported and (in_group is None or GroupAct.PIN in in_group)
    beginning = message.text[:SEARCHED]
    blocks = format_text(beginning)
    possible = {
        MessageAct.RETRY: MessageState.FAILED is message.state or TextState.FAILED is message.text_state,
        MessageAct.REPLY: not imported,
        MessageAct.REACT: not imported,
        MessageAct.VIEW: bool(pictures_of(message)),
        MessageAct.SAVE: bool(message.files),
        MessageAct.COPY: bool(message.text),
        MessageAct.READ: bool(message.text),
        MessageAct.REACTIONS: bool(message.reactions),
        MessageAct.EDIT: may_edit(message, now_ms),
        MessageAct.COPY_CODE: any(block.code for block in blocks),
        MessageAct.SPOILER: any(TextStyle.SPOILER in run.style for block in blocks for run in block.runs),
        MessageAct.LINK: bool(links(beginning, whole=len(message.text) <= SEARCHED)),
        MessageAct.PIN: may_pin and not message.pinned,
        MessageAct.UNPIN: may_pin and message.pinned,
        MessageAct.WORDINGS: message.edited_at is not None and not imported,
        MessageAct.INFO: not imported,
        MessageAct.DELETE_FOR_ALL: message.outgoing and not imported,
        MessageAct.HIDE: not message.outgoing and in_group is not None and GroupAct.HIDE in in_group,
    }
    return tuple(act for act in MessageAct if possible.get(act, True))


def may_edit(message: MessageView, now_ms: int) -> bool:
    """Tell whether an own message can get another wording now."""
    until = message.editable_until
    return message.outgoing and not message.deleted and until is not None and until > now_ms


def code_of(message: MessageView) -> str:
    """Give the code in a message, with every byte; several pieces with an empty line between them."""
    return "\n\n".join(block.text for block in format_text(message.text) if block.code)


def act_name(act: MessageAct) -> str:  # noqa: C901 -- a line for each act
    """Name an act."""
    match act:
        case MessageAct.RETRY:
            return translate("Menu", "Try again")
        case MessageAct.VIEW:
            return translate("Menu", "Look at the pictures")
        case MessageAct.SAVE:
            return translate("Menu", "Save files…")
        case MessageAct.REPLY:
            return translate("Menu", "Reply")
        case MessageAct.REACT:
            return translate("Menu", "React…")
        case MessageAct.REACTIONS:
            return translate("Menu", "Who reacted…")
        case MessageAct.EDIT:
            return translate("Menu", "Edit")
        case MessageAct.COPY:
            return translate("Menu", "Copy")
        case MessageAct.COPY_CODE:
            return translate("Menu", "Copy the code")
        case MessageAct.SPOILER:
            return translate("Menu", "Show or hide the spoiler")
        case MessageAct.READ:
            return translate("Menu", "Select text…")
        case MessageAct.LINK:
            return translate("Menu", "Open link…")
        case MessageAct.FORWARD:
            return translate("Menu", "Forward…")
        case MessageAct.PIN:
            return translate("Menu", "Pin for all")
        case MessageAct.UNPIN:
            return translate("Menu", "Unpin for all")
        case MessageAct.WORDINGS:
            return translate("Menu", "Wordings…")
        case MessageAct.INFO:
            return translate("Menu", "About this message")
        case MessageAct.DELETE:
            return translate("Menu", "Delete for me…")
        case MessageAct.DELETE_FOR_ALL:
            return translate("Menu", "Delete for all…")
        case MessageAct.HIDE:
            return translate("Menu", "Remove for all…")
        case _:
            assert_never(act)
