"""The only list of commands: lines, JSON, completion, help and the reference in the documentation follow it."""

from dataclasses import replace
from typing import Any

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.api.views import PrivacySwitch
from babilu.kernel.ids import MessageId
from babilu.presentation.invitations import invite
from babilu.presentation.receipts import receipts_command
from babilu.presentation.strings import MisuseError
from babilu.terminal.arguments import ArgumentKind, Choice, is_conversation
from babilu.terminal.command_spec import ArgumentSpec, CommandSpec
from babilu.terminal.device_forms import DEVICE_FORMS
from babilu.terminal.file_forms import STORAGE_FORMS, TRANSFER_FORMS
from babilu.terminal.group_forms import ADD, GROUP_FORMS
from babilu.terminal.ordered_command import Action, AskPasswords, Choose, Quit, ShowHelp
from babilu.terminal.people_forms import PEOPLE_FORMS
from babilu.terminal.usual_arguments import (
    ANYWHERE,
    AS_FILES,
    HISTORY_USUAL,
    IDENTITY,
    IN_CONVERSATION,
    MENTIONS,
    MESSAGE_ID,
    NAME,
    NUMBER,
    ON,
    PLACE,
    REPLY_TO,
    SINCE,
    TEXT,
    UNPLACED,
)


def _password(old: str | None, new: str | None) -> Action:
    if old is None and new is None:
        return AskPasswords()
    if old is None or new is None:
        raise MisuseError("both_passwords")
    return c.ChangePassword(Passphrase(old), Passphrase(new))


def _history(name: str, count: int | None, before: int | None, after: int | None, since: int | None) -> Action:
    if sum(each is not None for each in (before, after, since)) > 1:
        raise MisuseError("before_or_after")
    return c.History(name, count or HISTORY_USUAL, before, after, since)


def _search(text: str, name: str | None, sender: str | None, since: int | None, until: int | None) -> Action:
    return c.Search(text, name, sender=sender, since=since, until=until)


def _send(to: str, files: tuple[str, ...] | None, text: str | None, *more: Any) -> Action:  # noqa: ANN401 -- as checked
    identity, reply_to, mentions, timer, send_at, mention_all, as_files = more
    if mention_all is not None:
        mentions = (*(mentions or ()), _role_mentioned(mention_all, to))
    if text is None and not files:
        raise MisuseError("nothing_to_send")
    text = text or ""
    if send_at is None:
        return c.Send(to, text, identity, reply_to, mentions or (), timer, files or (), as_files=as_files)
    more = (identity, reply_to, mentions or (), timer, files or ())
    return c.Schedule(to, text, send_at, *more, as_files=as_files)


def _role_mentioned(word: str, to: str) -> str:
    if word not in c.MENTIONED_ROLES or not is_conversation(to):
        raise MisuseError("mention_all")
    return word


def _send_as_file(files: tuple[str, ...], text: str | None, to: str) -> Action:
    return c.Send(to, text or "", files=files, as_files=True)


def _reply(message: MessageId, text: str, to: str) -> Action:
    return c.Send(to, text, reply_to=message)


def _schedule(at: int, text: str, to: str) -> Action:
    return c.Schedule(to, text, at)


def _edit(message: MessageId, text: str, mentions: tuple[str, ...] | None, name: str | None) -> Action:
    return c.EditMessage(message, text, mentions or (), name)


def _delete(message: MessageId, for_all: bool, name: str | None) -> Action:
    return c.DeleteMessage(message, name, for_all)


def _forward(message: MessageId, to: tuple[str, ...], name: str | None, as_files: bool) -> Action:
    if not to:
        raise MisuseError("forward_to_nobody")
    return c.Forward(message, to, name, as_files)


def _unpin(message: MessageId, name: str | None) -> Action:
    return c.PinMessage(message, on=False, conversation=name)


def _pin(message: MessageId, on: bool, name: str | None) -> Action:
    return c.PinMessage(message, on, name)


def _mute(name: str, until: int | None, on: bool) -> Action:
    return c.SetMuted(name, on, until if on else None)


def _draft(name: str, text: str | None, reply_to: MessageId | None) -> Action:
    return c.SetDraft(name, text or "", reply_to)


def _receipts(name: str | None, *choices: Choice | None) -> Action:
    # Nothing is above everywhere: there null says no more than what is left out.
    says_nothing = {None} if name is not None else {None, Choice.INHERITED}
    given = {
        each: choice.value
        for each, choice in zip(PrivacySwitch, choices, strict=True)
        if choice is not None and choice not in says_nothing
    }
    return receipts_command(name, given) if given else c.ReceiptSettings(name)


FORMS: tuple[CommandSpec, ...] = (
    CommandSpec(
        "send",
        (
            ArgumentSpec("to", ArgumentKind.NAME, also=("name", "conversation", "conversation_id"), on_line=False),
            ArgumentSpec("files", ArgumentKind.PATHS, needed=False),
            replace(TEXT, needed=False),
            IDENTITY,
            REPLY_TO,
            MENTIONS,
            ArgumentSpec("timer", ArgumentKind.SECONDS, needed=False, on_line=False),
            ArgumentSpec("send_at", ArgumentKind.TIME, needed=False, key="at"),
            ArgumentSpec("mention_all", ArgumentKind.TEXT, needed=False, on_line=False),
            AS_FILES,
        ),
        _send,
        defaults_to_current=True,
        written="[@NAME] [at:18:30] PATH ... [TEXT]",
    ),
    CommandSpec(
        "send_as_file",
        (
            ArgumentSpec("files", ArgumentKind.PATHS),
            replace(TEXT, needed=False),
            ArgumentSpec("to", ArgumentKind.NAME, on_line=False),
        ),
        _send_as_file,
        defaults_to_current=True,
        in_json=False,
        written="[@NAME] PATH ... [TEXT]",
    ),
    *TRANSFER_FORMS,
    CommandSpec("reply", (MESSAGE_ID, TEXT, UNPLACED), _reply, in_json=False),
    CommandSpec("edit", (MESSAGE_ID, TEXT, MENTIONS, IN_CONVERSATION), _edit),
    CommandSpec(
        "delete",
        (MESSAGE_ID, ArgumentSpec("for", ArgumentKind.AUDIENCE, needed=False, otherwise=False), IN_CONVERSATION),
        _delete,
        written="ID [all]",
    ),
    CommandSpec(
        "react",
        (MESSAGE_ID, ArgumentSpec("emoji", ArgumentKind.EMOJI), IN_CONVERSATION),
        c.SetReactions,
        written="ID [EMOJI ...]",
    ),
    CommandSpec("pin", (MESSAGE_ID, ON, IN_CONVERSATION), _pin, written="ID"),
    CommandSpec("unpin", (MESSAGE_ID, IN_CONVERSATION), _unpin, in_json=False),
    CommandSpec("pins", (PLACE,), c.Pins, defaults_to_current=True),
    *STORAGE_FORMS,
    CommandSpec(
        "forward",
        (MESSAGE_ID, ArgumentSpec("to", ArgumentKind.NAMES), IN_CONVERSATION, AS_FILES),
        _forward,
        written="ID NAME ...",
    ),
    CommandSpec(
        "forward_as_file",
        (MESSAGE_ID, ArgumentSpec("to", ArgumentKind.NAMES)),
        lambda message, to: _forward(message, to, None, as_files=True),
        in_json=False,
        written="ID NAME ...",
    ),
    CommandSpec("wordings", (MESSAGE_ID, IN_CONVERSATION), c.Wordings),
    CommandSpec(
        "timer",
        (PLACE, ArgumentSpec("seconds", ArgumentKind.SECONDS, nullable=True)),
        c.SetTimer,
        defaults_to_current=True,
        written="[NAME] 1h|off",
    ),
    CommandSpec(
        "schedule",
        (ArgumentSpec("at", ArgumentKind.TIME), TEXT, UNPLACED),
        _schedule,
        defaults_to_current=True,
        in_json=False,
        written="[@NAME] 18:30 TEXT",
    ),
    CommandSpec(
        "scheduled",
        (ANYWHERE,),
        c.Scheduled,
        written="[NAME]",
    ),
    CommandSpec("unschedule", (NUMBER,), c.Unschedule),
    CommandSpec("send_now", (NUMBER,), c.SendNow),
    CommandSpec("typing", (PLACE,), c.Typing, on_line=False),
    CommandSpec(
        "draft",
        (UNPLACED, ArgumentSpec("text", ArgumentKind.TEXT, needed=False), REPLY_TO),
        _draft,
        defaults_to_current=True,
        written="[@NAME] [TEXT]",
    ),
    CommandSpec("unread", (PLACE, ON), c.MarkUnread, defaults_to_current=True, written="[NAME] [off]"),
    CommandSpec("archive", (PLACE, ON), c.SetArchived, defaults_to_current=True, written="[NAME] [off]"),
    CommandSpec("keep", (PLACE, ON), c.SetPinned, defaults_to_current=True, written="[NAME] [off]"),
    CommandSpec(
        "mute",
        (
            PLACE,
            ArgumentSpec("until", ArgumentKind.TIME, needed=False, nullable=True),
            ArgumentSpec("on", ArgumentKind.SWITCH, needed=False, on_line=False, otherwise=True),
        ),
        _mute,
        defaults_to_current=True,
        written="[NAME] [8h|off]",
    ),
    CommandSpec(
        "clear",
        (PLACE, ArgumentSpec("hide", ArgumentKind.SWITCH, needed=False, on_line=False, otherwise=False)),
        c.ClearConversation,
        written="NAME",
    ),
    CommandSpec(
        "rename",
        (
            ArgumentSpec("name", ArgumentKind.NAME, also=("conversation",)),
            ArgumentSpec("to", ArgumentKind.NAME),
            IDENTITY,
        ),
        c.Rename,
        written="NAME NEW_NAME",
    ),
    CommandSpec(
        "receipts",
        (
            ANYWHERE,
            *(
                ArgumentSpec(each.value, ArgumentKind.CHOICE, needed=False, key=each.value, nullable=True)
                for each in PrivacySwitch
            ),
        ),
        _receipts,
        written="[NAME] [read:on|off|default] ...",
    ),
    CommandSpec("to", (NAME,), Choose),
    CommandSpec("contacts", (), c.Contacts),
    CommandSpec("conversations", (), c.Conversations),
    CommandSpec(
        "history",
        (
            NAME,
            ArgumentSpec("n", ArgumentKind.COUNT, needed=False, also=("limit", "count")),
            ArgumentSpec("before", ArgumentKind.POSITION, needed=False, on_line=False),
            ArgumentSpec("after", ArgumentKind.POSITION, needed=False, on_line=False),
            SINCE,
        ),
        _history,
        defaults_to_current=True,
        written="[NAME] [N] [since:DAY]",
    ),
    CommandSpec(
        "search",
        (
            ArgumentSpec("text", ArgumentKind.TEXT, also=("query", "words")),
            replace(IN_CONVERSATION, on_line=True, key="in"),
            ArgumentSpec("from", ArgumentKind.NAME, needed=False, key="from"),
            SINCE,
            ArgumentSpec("until", ArgumentKind.TIME, needed=False, key="until", past=True),
        ),
        _search,
        written="[from:NAME] [since:DAY] [until:DAY] TEXT",
    ),
    CommandSpec("read", (NAME,), c.MarkRead, defaults_to_current=True),
    CommandSpec("state", (MESSAGE_ID, IN_CONVERSATION), c.MessageInfo),
    CommandSpec("retry", (MESSAGE_ID, IN_CONVERSATION), c.Retry),
    CommandSpec("own_link", (), c.OwnLink),
    ADD,
    *GROUP_FORMS,
    *PEOPLE_FORMS,
    CommandSpec("status", (), c.Status),
    CommandSpec("try_now", (), c.TryNow),
    CommandSpec(
        "certificate",
        (ArgumentSpec("fingerprint", ArgumentKind.FINGERPRINT, also=("certificate",)),),
        c.TrustCertificate,
    ),
    CommandSpec("invite", (ArgumentSpec("uses", ArgumentKind.COUNT, needed=False),), invite),
    CommandSpec("threads", (), c.Threads),
    CommandSpec(
        "password",
        (
            ArgumentSpec("old", ArgumentKind.TEXT, needed=False, on_line=False),
            ArgumentSpec("new", ArgumentKind.TEXT, needed=False, on_line=False),
        ),
        _password,
    ),
    *DEVICE_FORMS,
    CommandSpec("help", (), ShowHelp),
    CommandSpec("quit", (), Quit),
)
