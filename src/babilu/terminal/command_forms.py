"""The only list of commands: lines, JSON, completion, help and the reference in the documentation follow it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.api.views import Address, PrivacySwitch
from babilu.export.model import ExportFormat, ExportRequest
from babilu.kernel.ids import IdentityKey, MessageId
from babilu.kernel.states import MediaKind
from babilu.presentation.invitations import invite
from babilu.presentation.receipts import receipts_command
from babilu.presentation.strings import MisuseError
from babilu.terminal.arguments import ArgumentKind, Choice, is_conversation
from babilu.terminal.command_spec import ArgumentSpec, CommandSpec
from babilu.terminal.device_forms import DEVICE_FORMS
from babilu.terminal.group_forms import ADD, GROUP_FORMS
from babilu.terminal.ordered_command import Action, AskPasswords, Choose, Quit, ShowHelp, WriteExport

HISTORY_USUAL = 20


_NAME = ArgumentSpec("name", ArgumentKind.NAME, also=("to", "conversation", "conversation_id"))
_ID = ArgumentSpec("id", ArgumentKind.MESSAGE, also=("message",))
_IN = ArgumentSpec("name", ArgumentKind.NAME, needed=False, also=("conversation", "conversation_id"), on_line=False)
_REQUEST = ArgumentSpec("name", ArgumentKind.NAME, also=("id", "request"))
_ADDRESS = ArgumentSpec("address", ArgumentKind.ADDRESS)
_IDENTITY = ArgumentSpec("identity", ArgumentKind.KEY, needed=False, on_line=False)
_DIGITS = ArgumentSpec("digits", ArgumentKind.TEXT, needed=False, also=("safety_number",), on_line=False)
_PLACE = ArgumentSpec("conversation", ArgumentKind.NAME, also=("name", "to", "conversation_id"))
_UNPLACED = replace(_PLACE, on_line=False)
_ANYWHERE = replace(_PLACE, needed=False)
_TEXT = ArgumentSpec("text", ArgumentKind.TEXT)
_FILE = ArgumentSpec("index", ArgumentKind.POSITION, needed=False, key="file")
_AT = ArgumentSpec("at", ArgumentKind.POSITION, needed=False, key="at")
_SPEED = ArgumentSpec("speed", ArgumentKind.POSITION, needed=False, key="speed")
_REPLY_TO = ArgumentSpec("reply_to", ArgumentKind.MESSAGE, needed=False, on_line=False)
_MENTIONS = ArgumentSpec("mentions", ArgumentKind.NAMES, needed=False, on_line=False)
_AS_FILES = ArgumentSpec("as_files", ArgumentKind.SWITCH, needed=False, on_line=False, otherwise=False)
_ON = ArgumentSpec("on", ArgumentKind.SWITCH, needed=False, otherwise=True)
_NUMBER = ArgumentSpec("number", ArgumentKind.NUMBER, also=("n",))
_SINCE = ArgumentSpec("since", ArgumentKind.TIME, needed=False, key="since", past=True)


def _password(old: str | None, new: str | None) -> Action:
    if old is None and new is None:
        return AskPasswords()
    if old is None or new is None:
        raise MisuseError("both_passwords")
    return c.ChangePassword(Passphrase(old), Passphrase(new))


def _call(address: Address, name: str | None, identity: IdentityKey | None) -> Action:
    if address.port == 0:
        raise MisuseError("call_needs_port")
    return c.Call(address, name, identity)


def _listen(address: Address | None, state: bool) -> Action:
    if address is not None:
        return c.Listen(address)
    if state:
        raise MisuseError("listen_where")
    return c.StopListening()


def _history(name: str, count: int | None, before: int | None, after: int | None, since: int | None) -> Action:
    if sum(each is not None for each in (before, after, since)) > 1:
        raise MisuseError("before_or_after")
    return c.History(name, count or HISTORY_USUAL, before, after, since)


def _export(path: str, conversation: str | None, how: str | None, disappearing: bool) -> Action:
    if how is not None and how not in set(ExportFormat):
        raise MisuseError("export_format", given=how)
    return WriteExport(ExportRequest(Path(path), ExportFormat(how or ExportFormat.HTML), conversation, disappearing))


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


def _fetch(message: MessageId, into: str | None, index: int | None, name: str | None) -> Action:
    return c.FetchFile(message, index or 0, into, name)


def _play(message: MessageId, index: int | None, at: int | None, speed: int | None, name: str | None) -> Action:
    return c.PlayVoice(message, index or 0, at or 0, speed or 100, name)


def _play_recording(conversation: str, at: int | None, speed: int | None) -> Action:
    return c.PlayRecording(conversation, at or 0, speed or 100)


def _send_recording(
    conversation: str, identity: IdentityKey | None, reply_to: MessageId | None, timer: int | None
) -> Action:
    return c.SendRecording(conversation, identity, reply_to, timer)


def _about_file(
    command: type[c.PauseFile | c.ResumeFile | c.CancelFile],
) -> Callable[[MessageId, int | None, str | None], Action]:
    return lambda message, index, name: command(message, index or 0, name)


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


def _media(conversation: str, kind: MediaKind | None, count: int | None, before: int | None) -> Action:
    return c.Media(conversation, kind or MediaKind.PICTURE, count or HISTORY_USUAL, before)


def _free(before: int, name: str | None, kinds: tuple[MediaKind, ...] | None, approval: str | None) -> Action:
    if approval is None:
        return c.PlanFreeing(before, name, kinds or ())
    return c.FreeSpace(before, approval, name, kinds or ())


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
            replace(_TEXT, needed=False),
            _IDENTITY,
            _REPLY_TO,
            _MENTIONS,
            ArgumentSpec("timer", ArgumentKind.SECONDS, needed=False, on_line=False),
            ArgumentSpec("send_at", ArgumentKind.TIME, needed=False, key="at"),
            ArgumentSpec("mention_all", ArgumentKind.TEXT, needed=False, on_line=False),
            _AS_FILES,
        ),
        _send,
        defaults_to_current=True,
        written="[@NAME] [at:18:30] PATH ... [TEXT]",
    ),
    CommandSpec(
        "send_as_file",
        (
            ArgumentSpec("files", ArgumentKind.PATHS),
            replace(_TEXT, needed=False),
            ArgumentSpec("to", ArgumentKind.NAME, on_line=False),
        ),
        _send_as_file,
        defaults_to_current=True,
        in_json=False,
        written="[@NAME] PATH ... [TEXT]",
    ),
    CommandSpec("inspect", (ArgumentSpec("files", ArgumentKind.PATHS),), c.InspectFiles, written="PATH ..."),
    CommandSpec(
        "fetch",
        (_ID, ArgumentSpec("into", ArgumentKind.FOLDER, needed=False), _FILE, _IN),
        _fetch,
        written="ID [FOLDER] [file:N]",
    ),
    CommandSpec("pause", (_ID, _FILE, _IN), _about_file(c.PauseFile), written="ID [file:N]"),
    CommandSpec("resume", (_ID, _FILE, _IN), _about_file(c.ResumeFile), written="ID [file:N]"),
    CommandSpec("cancel", (_ID, _FILE, _IN), _about_file(c.CancelFile), written="ID [file:N]"),
    CommandSpec("record", (_PLACE,), c.StartRecording, defaults_to_current=True),
    CommandSpec("stop_recording", (_PLACE,), c.StopRecording, defaults_to_current=True),
    CommandSpec(
        "play_recording", (_PLACE, _AT, _SPEED), _play_recording, defaults_to_current=True, written="[NAME] [speed:150]"
    ),
    CommandSpec("discard_recording", (_PLACE,), c.DiscardRecording, defaults_to_current=True),
    CommandSpec(
        "send_recording",
        (
            _PLACE,
            _IDENTITY,
            _REPLY_TO,
            ArgumentSpec("timer", ArgumentKind.SECONDS, needed=False, on_line=False),
        ),
        _send_recording,
        defaults_to_current=True,
    ),
    CommandSpec("play", (_ID, _FILE, _AT, _SPEED, _IN), _play, written="ID [speed:150]"),
    CommandSpec("stop_playing", (), c.StopPlaying),
    CommandSpec("reply", (_ID, _TEXT, _UNPLACED), _reply, in_json=False),
    CommandSpec("edit", (_ID, _TEXT, _MENTIONS, _IN), _edit),
    CommandSpec(
        "delete",
        (_ID, ArgumentSpec("for", ArgumentKind.AUDIENCE, needed=False, otherwise=False), _IN),
        _delete,
        written="ID [all]",
    ),
    CommandSpec(
        "react", (_ID, ArgumentSpec("emoji", ArgumentKind.EMOJI), _IN), c.SetReactions, written="ID [EMOJI ...]"
    ),
    CommandSpec("pin", (_ID, _ON, _IN), _pin, written="ID"),
    CommandSpec("unpin", (_ID, _IN), _unpin, in_json=False),
    CommandSpec("pins", (_PLACE,), c.Pins, defaults_to_current=True),
    CommandSpec(
        "media",
        (
            _PLACE,
            ArgumentSpec("kind", ArgumentKind.MEDIA, needed=False),
            ArgumentSpec("n", ArgumentKind.COUNT, needed=False, also=("limit", "count")),
            ArgumentSpec("before", ArgumentKind.POSITION, needed=False, on_line=False),
        ),
        _media,
        defaults_to_current=True,
        written="[NAME] [pictures|files|links|voice] [N]",
    ),
    CommandSpec(
        "picture", (ArgumentSpec("path", ArgumentKind.PATH, nullable=True),), c.SetProfilePicture, written="PATH|off"
    ),
    CommandSpec("space", (), c.SpaceUse),
    CommandSpec("backup", (), c.ArchiveStatus),
    CommandSpec(
        "export",
        (
            ArgumentSpec("path", ArgumentKind.NEW_PATH),
            replace(_ANYWHERE, also=("name", "conversation_id")),
            ArgumentSpec("format", ArgumentKind.TEXT, needed=False, key="format"),
            ArgumentSpec("disappearing", ArgumentKind.SWITCH, needed=False, key="disappearing", otherwise=False),
        ),
        _export,
        written="PATH [NAME] [format:html|json|text]",
    ),
    CommandSpec(
        "free",
        (
            ArgumentSpec("before", ArgumentKind.TIME, past=True),
            replace(_ANYWHERE, also=("name", "conversation_id")),
            ArgumentSpec("kinds", ArgumentKind.FILE_KINDS, needed=False, key="kind"),
            ArgumentSpec("approval", ArgumentKind.TEXT, needed=False, key="approval"),
        ),
        _free,
        written="30d|DAY [NAME] [kind:pictures|files|voice]",
    ),
    CommandSpec(
        "forward", (_ID, ArgumentSpec("to", ArgumentKind.NAMES), _IN, _AS_FILES), _forward, written="ID NAME ..."
    ),
    CommandSpec(
        "forward_as_file",
        (_ID, ArgumentSpec("to", ArgumentKind.NAMES)),
        lambda message, to: _forward(message, to, None, as_files=True),
        in_json=False,
        written="ID NAME ...",
    ),
    CommandSpec("wordings", (_ID, _IN), c.Wordings),
    CommandSpec(
        "timer",
        (_PLACE, ArgumentSpec("seconds", ArgumentKind.SECONDS, nullable=True)),
        c.SetTimer,
        defaults_to_current=True,
        written="[NAME] 1h|off",
    ),
    CommandSpec(
        "schedule",
        (ArgumentSpec("at", ArgumentKind.TIME), _TEXT, _UNPLACED),
        _schedule,
        defaults_to_current=True,
        in_json=False,
        written="[@NAME] 18:30 TEXT",
    ),
    CommandSpec(
        "scheduled",
        (_ANYWHERE,),
        c.Scheduled,
        written="[NAME]",
    ),
    CommandSpec("unschedule", (_NUMBER,), c.Unschedule),
    CommandSpec("send_now", (_NUMBER,), c.SendNow),
    CommandSpec("typing", (_PLACE,), c.Typing, on_line=False),
    CommandSpec(
        "draft",
        (_UNPLACED, ArgumentSpec("text", ArgumentKind.TEXT, needed=False), _REPLY_TO),
        _draft,
        defaults_to_current=True,
        written="[@NAME] [TEXT]",
    ),
    CommandSpec("unread", (_PLACE, _ON), c.MarkUnread, defaults_to_current=True, written="[NAME] [off]"),
    CommandSpec("archive", (_PLACE, _ON), c.SetArchived, defaults_to_current=True, written="[NAME] [off]"),
    CommandSpec("keep", (_PLACE, _ON), c.SetPinned, defaults_to_current=True, written="[NAME] [off]"),
    CommandSpec(
        "mute",
        (
            _PLACE,
            ArgumentSpec("until", ArgumentKind.TIME, needed=False, nullable=True),
            ArgumentSpec("on", ArgumentKind.SWITCH, needed=False, on_line=False, otherwise=True),
        ),
        _mute,
        defaults_to_current=True,
        written="[NAME] [8h|off]",
    ),
    CommandSpec(
        "clear",
        (_PLACE, ArgumentSpec("hide", ArgumentKind.SWITCH, needed=False, on_line=False, otherwise=False)),
        c.ClearConversation,
        written="NAME",
    ),
    CommandSpec(
        "rename",
        (
            ArgumentSpec("name", ArgumentKind.NAME, also=("conversation",)),
            ArgumentSpec("to", ArgumentKind.NAME),
            _IDENTITY,
        ),
        c.Rename,
        written="NAME NEW_NAME",
    ),
    CommandSpec(
        "receipts",
        (
            _ANYWHERE,
            *(
                ArgumentSpec(each.value, ArgumentKind.CHOICE, needed=False, key=each.value, nullable=True)
                for each in PrivacySwitch
            ),
        ),
        _receipts,
        written="[NAME] [read:on|off|default] ...",
    ),
    CommandSpec("to", (_NAME,), Choose),
    CommandSpec("contacts", (), c.Contacts),
    CommandSpec("conversations", (), c.Conversations),
    CommandSpec(
        "history",
        (
            _NAME,
            ArgumentSpec("n", ArgumentKind.COUNT, needed=False, also=("limit", "count")),
            ArgumentSpec("before", ArgumentKind.POSITION, needed=False, on_line=False),
            ArgumentSpec("after", ArgumentKind.POSITION, needed=False, on_line=False),
            _SINCE,
        ),
        _history,
        defaults_to_current=True,
        written="[NAME] [N] [since:DAY]",
    ),
    CommandSpec(
        "search",
        (
            ArgumentSpec("text", ArgumentKind.TEXT, also=("query", "words")),
            replace(_IN, on_line=True, key="in"),
            ArgumentSpec("from", ArgumentKind.NAME, needed=False, key="from"),
            _SINCE,
            ArgumentSpec("until", ArgumentKind.TIME, needed=False, key="until", past=True),
        ),
        _search,
        written="[from:NAME] [since:DAY] [until:DAY] TEXT",
    ),
    CommandSpec("read", (_NAME,), c.MarkRead, defaults_to_current=True),
    CommandSpec("state", (_ID, _IN), c.MessageInfo),
    CommandSpec("retry", (_ID, _IN), c.Retry),
    CommandSpec("own_link", (), c.OwnLink),
    ADD,
    *GROUP_FORMS,
    CommandSpec("verify", (_NAME,), c.Verify, defaults_to_current=True),
    CommandSpec(
        "verified",
        (
            _NAME,
            ArgumentSpec("verified", ArgumentKind.SWITCH, needed=False, also=("state",), otherwise=True),
            _IDENTITY,
            _DIGITS,
        ),
        c.MarkVerified,
    ),
    CommandSpec(
        "trust",
        (_NAME, _IDENTITY, _DIGITS),
        c.TrustIdentity,
    ),
    CommandSpec("reject", (_NAME, _IDENTITY), c.RejectIdentity),
    CommandSpec("requests", (), c.Requests),
    CommandSpec("accept", (_REQUEST, _IDENTITY), c.Accept),
    CommandSpec("decline", (_REQUEST, _IDENTITY), c.Decline),
    CommandSpec("block", (_NAME, _IDENTITY), c.Block),
    CommandSpec("unblock", (_NAME, _IDENTITY), c.Unblock),
    CommandSpec("call", (_ADDRESS, ArgumentSpec("name", ArgumentKind.NAME, needed=False), _IDENTITY), _call),
    CommandSpec("hangup", (ArgumentSpec("name", ArgumentKind.NAME, also=("to", "address")),), c.HangUp),
    CommandSpec(
        "listen",
        (
            ArgumentSpec("address", ArgumentKind.ADDRESS, needed=False),
            ArgumentSpec("state", ArgumentKind.SWITCH, needed=False, on_line=False, otherwise=True),
        ),
        _listen,
    ),
    CommandSpec(
        "direct",
        (_NAME, ArgumentSpec("allowed", ArgumentKind.SWITCH, also=("state",)), _IDENTITY),
        c.AllowDirect,
    ),
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
