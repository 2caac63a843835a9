"""Commands about files and voice notes: how they are moved and played, and what is listed, kept and given up."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from babilu.api import commands as c
from babilu.export.model import ExportFormat, ExportRequest
from babilu.kernel.ids import IdentityKey, MessageId
from babilu.kernel.states import MediaKind
from babilu.presentation.strings import MisuseError
from babilu.terminal.arguments import ArgumentKind
from babilu.terminal.command_spec import ArgumentSpec, CommandSpec
from babilu.terminal.ordered_command import Action, WriteExport
from babilu.terminal.usual_arguments import (
    ANYWHERE,
    AT_POSITION,
    FILE,
    HISTORY_USUAL,
    IDENTITY,
    IN_CONVERSATION,
    MESSAGE_ID,
    PLACE,
    REPLY_TO,
    SPEED,
)


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


def _media(conversation: str, kind: MediaKind | None, count: int | None, before: int | None) -> Action:
    return c.Media(conversation, kind or MediaKind.PICTURE, count or HISTORY_USUAL, before)


def _free(before: int, name: str | None, kinds: tuple[MediaKind, ...] | None, approval: str | None) -> Action:
    if approval is None:
        return c.PlanFreeing(before, name, kinds or ())
    return c.FreeSpace(before, approval, name, kinds or ())


def _export(path: str, conversation: str | None, how: str | None, disappearing: bool) -> Action:
    if how is not None and how not in set(ExportFormat):
        raise MisuseError("export_format", given=how)
    return WriteExport(ExportRequest(Path(path), ExportFormat(how or ExportFormat.HTML), conversation, disappearing))


TRANSFER_FORMS: tuple[CommandSpec, ...] = (
    CommandSpec("inspect", (ArgumentSpec("files", ArgumentKind.PATHS),), c.InspectFiles, written="PATH ..."),
    CommandSpec(
        "fetch",
        (MESSAGE_ID, ArgumentSpec("into", ArgumentKind.FOLDER, needed=False), FILE, IN_CONVERSATION),
        _fetch,
        written="ID [FOLDER] [file:N]",
    ),
    CommandSpec("pause", (MESSAGE_ID, FILE, IN_CONVERSATION), _about_file(c.PauseFile), written="ID [file:N]"),
    CommandSpec("resume", (MESSAGE_ID, FILE, IN_CONVERSATION), _about_file(c.ResumeFile), written="ID [file:N]"),
    CommandSpec("cancel", (MESSAGE_ID, FILE, IN_CONVERSATION), _about_file(c.CancelFile), written="ID [file:N]"),
    CommandSpec("record", (PLACE,), c.StartRecording, defaults_to_current=True),
    CommandSpec("stop_recording", (PLACE,), c.StopRecording, defaults_to_current=True),
    CommandSpec(
        "play_recording",
        (PLACE, AT_POSITION, SPEED),
        _play_recording,
        defaults_to_current=True,
        written="[NAME] [speed:150]",
    ),
    CommandSpec("discard_recording", (PLACE,), c.DiscardRecording, defaults_to_current=True),
    CommandSpec(
        "send_recording",
        (
            PLACE,
            IDENTITY,
            REPLY_TO,
            ArgumentSpec("timer", ArgumentKind.SECONDS, needed=False, on_line=False),
        ),
        _send_recording,
        defaults_to_current=True,
    ),
    CommandSpec("play", (MESSAGE_ID, FILE, AT_POSITION, SPEED, IN_CONVERSATION), _play, written="ID [speed:150]"),
    CommandSpec("stop_playing", (), c.StopPlaying),
)

STORAGE_FORMS: tuple[CommandSpec, ...] = (
    CommandSpec(
        "media",
        (
            PLACE,
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
            replace(ANYWHERE, also=("name", "conversation_id")),
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
            replace(ANYWHERE, also=("name", "conversation_id")),
            ArgumentSpec("kinds", ArgumentKind.FILE_KINDS, needed=False, key="kind"),
            ArgumentSpec("approval", ArgumentKind.TEXT, needed=False, key="approval"),
        ),
        _free,
        written="30d|DAY [NAME] [kind:pictures|files|voice]",
    ),
)
