"""Files of the open conversation: how they are moved is applied as it is told, and the client is asked to move them."""

from collections.abc import Callable

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import FileView, InspectedFileView, MessageInfoView, MessageView, SavedFileView
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import ConversationId, MessageId
from babilu.kernel.states import FileDirection, FileState, TransferState
from babilu.presentation.client_bridge import ClientBridge, Failed
from babilu.presentation.files import Pace, TransferPaces, freed_places, with_freed, with_transfer
from babilu.presentation.message_window import Window

SAVED_KEPT = 1_000
"""Places of saved files that are remembered while the program runs; the oldest is forgotten."""

FilePlace = tuple[ConversationId, MessageId, int]
"""Which file: of a message of a conversation, by its index."""


class FileModel:
    """Follows and moves files.

    Args:
        bridge: The way to the client.
        room: The window on the conversation that is open.
        changed: Called when a file that is shown has changed.
        monotonic_ms: Tells the time, to measure how fast files are moved.

    Attributes:
        sealing: By conversation: how far the files of a message are sealed that does not exist yet.
    """

    def __init__(
        self, bridge: ClientBridge, room: Window, changed: Callable[[], None], monotonic_ms: Callable[[], int]
    ) -> None:
        self._bridge = bridge
        self._room = room
        self._changed = changed
        self._monotonic_ms = monotonic_ms
        self._paces = TransferPaces()
        self._saved: dict[FilePlace, str] = {}
        self.sealing: dict[ConversationId, e.FileTransfer] = {}

    def pace(self, message: MessageView, index: int) -> Pace | None:
        """Tell how fast a file is moved, where that is known."""
        return self._paces.pace(message.id, index)

    def saved_at(self, message: MessageView, index: int) -> str | None:
        """Tell where a file was saved since the program runs."""
        return self._saved.get((message.conversation_id, message.id, index))

    def take(self, event: e.FileTransfer | e.FileSaved | e.FilesFreed) -> None:
        """Apply what an event says of a file, or of several."""
        if isinstance(event, e.FilesFreed):
            self._free(event)
            return
        if isinstance(event, e.FileSaved):
            self._keep(event.file)
            return
        self._paces.take(event, self._monotonic_ms())
        if event.message is None:
            self.sealing[event.conversation_id] = event
        else:
            self._show(event.conversation_id, event.message, lambda view: with_transfer(view, event))
        self._changed()

    def _free(self, event: e.FilesFreed) -> None:
        for message, places in freed_places(event.files).items():
            self._show(event.conversation_id, message, lambda view, places=places: with_freed(view, places))  # type: ignore[misc]  # bound now
        self._changed()

    def sealed(self, conversation: ConversationId) -> None:
        """Hear that the message whose files were sealed exists, or that there will be none."""
        if self.sealing.pop(conversation, None) is not None:
            self._changed()

    def not_sealed(self, to: str) -> None:
        """Hear that there will be no message to somebody, whom a command has called by a label or an id."""
        for conversation, told in tuple(self.sealing.items()):
            if to in {told.conversation, conversation.hex()}:
                self.sealed(conversation)

    def inspect(self, path: str, done: Callable[[InspectedFileView], None]) -> None:
        """Look into a file that was chosen to be sent; one that cannot be read any more is said to be so when it is."""
        self._bridge.request(c.InspectFiles((path,)), lambda found: done(found[0]), lambda _: None)

    def fetch(
        self,
        message: MessageView,
        index: int,
        into: str | None,
        failed: Failed,
        done: Callable[[SavedFileView], None] | None = None,
    ) -> None:
        """Fetch a file, and save it into a folder where one is given."""
        command = c.FetchFile(message.id, index, into, message.conversation_id.hex())

        def came(file: SavedFileView | None) -> None:
            if file is not None:
                self._keep(file)
                if done is not None:
                    done(file)

        self._ask(command, message, came, failed)
        if not message.outgoing:
            self._expect(message, index, TransferState.RUNNING)

    def pause(self, message: MessageView, index: int, failed: Failed) -> None:
        """Hold the transfer of a file."""
        self._ask(c.PauseFile(message.id, index, message.conversation_id.hex()), message, None, failed)

    def resume(self, message: MessageView, index: int, failed: Failed) -> None:
        """Let the transfer of a file go on, also one that has failed."""
        self._ask(c.ResumeFile(message.id, index, message.conversation_id.hex()), message, None, failed)
        self._expect(message, index, TransferState.RUNNING)

    def cancel(self, message: MessageView, index: int, failed: Failed) -> None:
        """End the transfer of a file."""
        self._ask(c.CancelFile(message.id, index, message.conversation_id.hex()), message, None, failed)

    def forget(self) -> None:
        """Forget all of a client that was left."""
        self._paces.forget()
        self._saved.clear()
        self.sealing.clear()

    def _ask(
        self,
        command: c.FetchFile | c.PauseFile | c.ResumeFile | c.CancelFile,
        message: MessageView,
        done: Callable[[SavedFileView | None], None] | None,
        failed: Failed,
    ) -> None:
        def refused(error: BabiluError) -> None:
            # What was expected may not have begun: the client knows how the file stands.
            self._bridge.request(c.MessageInfo(message.id, message.conversation_id.hex()), self._learn, lambda _: None)
            failed(error)

        self._bridge.request(command, done, refused)

    def _learn(self, info: MessageInfoView) -> None:
        self._show(info.message.conversation_id, info.message.id, lambda _: info.message)
        self._changed()

    def _expect(self, message: MessageView, index: int, state: TransferState) -> None:
        """Show at once what a command begins: the client tells of a transfer when its first bytes have moved."""
        direction = FileDirection.OUT if message.outgoing else FileDirection.IN

        def begun(view: MessageView) -> MessageView:
            file = next((each for each in view.files if each.index == index), None)
            if file is None or not _may_begin(file):
                return view
            told = e.FileTransfer(
                view.id, view.conversation, view.conversation_id, index, direction, file.done, file.size, state
            )
            return with_transfer(view, told)

        self._show(message.conversation_id, message.id, begun)
        self._changed()

    def _show(
        self, conversation: ConversationId, message: MessageId, change: Callable[[MessageView], MessageView]
    ) -> None:
        row = self._room.row_of(message)
        if conversation == self._room.conversation_id and row is not None:
            self._room.change(change(self._room.messages[row]))

    def _keep(self, file: SavedFileView) -> None:
        if file.path is not None:
            self._saved[file.conversation_id, file.message, file.index] = file.path
            while len(self._saved) > SAVED_KEPT:
                del self._saved[next(iter(self._saved))]
            # What is shown of the file says where it is.
            self._room.touch(file.message)
        self._changed()


def _may_begin(file: FileView) -> bool:
    return file.state in {FileState.OFFERED, FileState.PAUSED, FileState.FAILED, FileState.FREED}
