"""What a `FakeClient` does with files: they have names and sizes and no bytes; used in one thread at a time."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import FileView, MessageView, SavedFileView
from babilu.bot.fake_profile import FakeProfile
from babilu.kernel.errors import DeliveryError, ErrorCode, UsageError
from babilu.kernel.file_names import safe_file_name
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import FILES_OF_MESSAGE
from babilu.kernel.states import FileDirection, FileState, TransferState

OfferedFile = tuple[str, int] | FileView
"""A file of somebody else's message: name and size, or all that a client knows of it, for a picture or a recording."""

UNDER_WAY = frozenset({FileState.SENDING, FileState.FETCHING})


class FakeFiles:
    """Files of messages.

    Args:
        profile: What the client has.
    """

    def __init__(self, profile: FakeProfile) -> None:
        self._profile = profile

    def chosen(self, paths: tuple[str, ...]) -> tuple[FileView, ...]:
        """Give the files of a new own message."""
        if len(paths) > FILES_OF_MESSAGE:
            raise UsageError(f"A message brings at most {FILES_OF_MESSAGE} files.")
        missing = next((path for path in paths if not Path(path).is_file()), None)
        if missing is not None:
            raise UsageError(f"{missing} cannot be read.")
        return tuple(
            FileView(index, safe_file_name(Path(path).name), Path(path).stat().st_size, "", FileState.SENDING, 0)
            for index, path in enumerate(paths)
        )

    def offered(self, files: tuple[OfferedFile, ...]) -> tuple[FileView, ...]:
        """Give the files of somebody else's message, each by name and size, or by all that is said of it."""
        return tuple(
            replace(file, index=index)
            if isinstance(file, FileView)
            else FileView(index, safe_file_name(file[0]), file[1], "", FileState.OFFERED, 0)
            for index, file in enumerate(files)
        )

    def answer(self, command: c.Command[Any]) -> object:
        """Answer a command about a file."""
        match command:
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
