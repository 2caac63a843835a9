"""What a `FakeClient` does with files: they have names and sizes and no bytes; used in one thread at a time."""

import mimetypes
from dataclasses import replace
from pathlib import Path
from typing import Any

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import FileView, InspectedFileView, MessageView, PictureView, PreviewView, SavedFileView
from babilu.bot.fake_profile import FakeProfile
from babilu.kernel.errors import DeliveryError, ErrorCode, ProfileError, ProtocolError, UsageError
from babilu.kernel.file_names import safe_file_name
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import FILES_OF_MESSAGE, SHOWN_SIDE
from babilu.kernel.states import FileDirection, FileState, MediaKind, TransferState

OfferedFile = tuple[str, int] | FileView
"""A file of somebody else's message: name and size, or all that a client knows of it, for a picture or a recording."""

UNDER_WAY = frozenset({FileState.SENDING, FileState.FETCHING})


class FakeFiles:
    """Files of messages.

    Args:
        profile: What the client has.

    Attributes:
        pictures: What files that are sent are found to be, by their names; others are no pictures.
    """

    def __init__(self, profile: FakeProfile) -> None:
        self._profile = profile
        self.pictures: dict[str, InspectedFileView] = {}

    def chosen(self, paths: tuple[str, ...], *, as_files: bool = False) -> tuple[FileView, ...]:
        """Give the files of a new own message."""
        seen = self._inspect(paths)
        if not as_files and any(each.error is not None for each in seen):
            raise UsageError("A picture cannot be made anew: send it as a file.", ErrorCode.CANNOT_CLEAN)
        return tuple(
            FileView(
                index,
                safe_file_name(Path(each.path).name),
                each.size,
                "",
                FileState.SENDING,
                0,
                width=each.width,
                height=each.height,
                preview=each.preview,
                kind=_kind(each.path),
            )
            for index, each in enumerate(seen)
        )

    def _inspect(self, paths: tuple[str, ...]) -> tuple[InspectedFileView, ...]:
        if len(paths) > FILES_OF_MESSAGE:
            raise UsageError(f"A message brings at most {FILES_OF_MESSAGE} files.")
        missing = next((path for path in paths if not Path(path).is_file()), None)
        if missing is not None:
            raise UsageError(f"{missing} cannot be read.")
        usual = InspectedFileView("", 0)
        return tuple(
            replace(self.pictures.get(Path(path).name, usual), path=path, size=Path(path).stat().st_size)
            for path in paths
        )

    def offered(self, files: tuple[OfferedFile, ...]) -> tuple[FileView, ...]:
        """Give the files of somebody else's message, each by name and size, or by all that is said of it."""
        return tuple(
            replace(file, index=index, kind=_kind_said(file))
            if isinstance(file, FileView)
            else _view(index, *file, FileState.OFFERED)
            for index, file in enumerate(files)
        )

    def answer(self, command: c.Command[Any]) -> object:
        """Answer a command about a file."""
        match command:
            case c.InspectFiles(files):
                return self._inspect(files)
            case c.GetPicture(message, index, side):
                return self._picture(message, index, side)
            case c.FetchFile(message, index, into):
                return self._fetch(message, index, into)
            case c.PauseFile(message, index):
                view, file = self._look(message, index)
                if file.state in UNDER_WAY:
                    self.move(message, index, file.done, TransferState.PAUSED, out=view.outgoing)
            case c.ResumeFile(message, index):
                view, file = self._look(message, index)
                if file.state in {FileState.PAUSED, FileState.FAILED}:
                    state = FileState.SENDING if view.outgoing else FileState.FETCHING
                    self._put(view, replace(file, state=state, error=None))
            case c.CancelFile(message, index):
                view, file = self._look(message, index)
                error = ErrorCode.CLOSED
                self.move(message, index, file.done, TransferState.FAILED, error, out=view.outgoing)
            case _:
                raise TypeError(type(command).__name__)
        return None

    def _fetch(self, message: MessageId, index: int, into: str | None) -> SavedFileView:
        view, file = self._look(message, index)
        if not view.outgoing and file.state is not FileState.HERE:
            self.move(message, index, file.size, TransferState.DONE, out=False)
        path = None if into is None else str(Path(into) / file.name)
        return SavedFileView(message, view.conversation, view.conversation_id, index, path)

    def _picture(self, message: MessageId, index: int, side: int) -> PictureView:
        """Draw a picture by its preview: each pixel of it becomes a rectangle."""
        view, file = self._look(message, index)
        if not 1 <= side <= SHOWN_SIDE:
            raise UsageError(f"A picture is shown with 1 to {SHOWN_SIDE} pixels a side.")
        if not view.outgoing and file.state is not FileState.HERE:
            raise ProfileError(ErrorCode.NOT_FOUND, "This file is not here.")
        if file.preview is None or file.width is None or file.height is None:
            raise ProtocolError(ErrorCode.CANNOT_SHOW, "This picture cannot be shown.")
        longest = max(file.width, file.height)
        scale = min(side, longest)
        width, height = max(1, file.width * scale // longest), max(1, file.height * scale // longest)
        return PictureView(message, index, width, height, _enlarged(file.preview, width, height))

    def move(
        self,
        message: MessageId,
        index: int,
        done: int,
        state: TransferState,
        error: ErrorCode | None = None,
        *,
        out: bool,
    ) -> None:
        """Let a file come as far as ``done``, and tell it."""
        view, file = self._look(message, index)
        direction = FileDirection.OUT if out else FileDirection.IN
        code = None if error is None else error.value
        moved = replace(file, state=_state(state, error, out=out), done=done, error=code)
        if moved.state is FileState.OFFERED:
            moved = replace(moved, done=0, error=None)
        self._put(view, moved)
        self._profile.tell(
            e.FileTransfer(
                message, view.conversation, view.conversation_id, index, direction, done, file.size, state, code
            )
        )

    def _put(self, view: MessageView, file: FileView) -> None:
        files = tuple(file if each.index == file.index else each for each in view.files)
        self._profile.put(replace(view, files=files))

    def _look(self, message: MessageId, index: int) -> tuple[MessageView, FileView]:
        _, view = self._profile.look(message)
        found = next((file for file in view.files if file.index == index), None)
        if found is None:
            raise DeliveryError(ErrorCode.NOT_FOUND, "The message has no such file.")
        return view, found


def _enlarged(preview: PreviewView, width: int, height: int) -> bytes:
    columns = [column * preview.width // width for column in range(width)]
    rows = []
    for row in range(preview.height):
        start = 3 * row * preview.width
        colours = [
            preview.pixels[start + 3 * place : start + 3 * place + 3] + b"\xff" for place in range(preview.width)
        ]
        rows.append(b"".join(colours[column] for column in columns))
    return b"".join(rows[row * preview.height // height] for row in range(height))


def _view(index: int, name: str, size: int, state: FileState) -> FileView:
    """Show a new file; its name says what it is."""
    return FileView(index, safe_file_name(name), size, "", state, 0, kind=_kind(name))


def _kind_said(file: FileView) -> MediaKind:
    """Give the kind that an engine would find by what is said of a file."""
    if file.duration is not None and file.peaks is not None:
        return MediaKind.VOICE
    return MediaKind.PICTURE if file.width is not None or file.kind is MediaKind.PICTURE else _kind(file.name)


def _kind(name: str) -> MediaKind:
    guessed, _ = mimetypes.guess_type(name)
    return MediaKind.PICTURE if (guessed or "").startswith("image/") else MediaKind.FILE


def _state(state: TransferState, error: ErrorCode | None, *, out: bool) -> FileState:
    match state:
        case TransferState.RUNNING:
            return FileState.SENDING if out else FileState.FETCHING
        case TransferState.PAUSED:
            return FileState.PAUSED
        case TransferState.DONE:
            return FileState.SENT if out else FileState.HERE
        case TransferState.FAILED:
            return FileState.OFFERED if error is ErrorCode.CLOSED and not out else FileState.FAILED
