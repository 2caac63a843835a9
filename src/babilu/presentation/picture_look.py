"""Looking at one picture: its pixels are asked for as they are needed, its file is followed, its neighbours found."""

from collections.abc import Callable
from typing import Any, Protocol

from babilu.api import commands as c
from babilu.api.views import FileView, MessageView, PictureView
from babilu.kernel.errors import BabiluError, ErrorCode, ProtocolError
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import SHOWN_SIDE
from babilu.presentation.history_pages import Pages
from babilu.presentation.message_window import Window
from babilu.presentation.pictures import is_on_disk, is_whole, neighbour, pictures_of


class Asking(Protocol):
    """Asks the client; see `ClientBridge.request`."""

    def __call__(
        self,
        command: c.Command[Any],
        done: Callable[[Any], None] | None = None,
        failed: Callable[[BabiluError], None] | None = None,
    ) -> None: ...


class PictureLook:
    """One picture that is looked at, and then another one.

    Args:
        request: Asks the client.
        room: The messages that are loaded.
        pages: Loads more of them.
        message: The message of the picture.
        index: Which of its files.

    Attributes:
        message: The message of the picture.
        file: The picture, or None where it is gone.
        picture: Its pixels, or None where they are not here.
        side: With how long a side they were asked for.
        error: Why it cannot be shown, or None.
        changed: Called when anything of it has changed; with True where it is another picture.
    """

    def __init__(self, request: Asking, room: Window, pages: Pages, message: MessageView, index: int) -> None:
        self._request = request
        self._room = room
        self._pages = pages
        self.message = message
        self.file = _file_of(message, index)
        self.picture: PictureView | None = None
        self.side = 0
        self.error: BabiluError | None = None
        self.changed: Callable[[bool], None] = lambda _: None
        self._asked_side = 0
        self._asked = 0
        self._seeking = 0

    @property
    def is_here(self) -> bool:
        """Whether its bytes are on this device."""
        return self.file is not None and is_on_disk(self.message, self.file)

    @property
    def is_broken(self) -> bool:
        """Whether it is no picture that can be shown."""
        return self.error is not None and self.error.code is ErrorCode.CANNOT_SHOW

    @property
    def number(self) -> tuple[int, int]:
        """Which picture of its message it is, from 1, and how many those are."""
        album = [file.index for file in pictures_of(self.message)]
        return (album.index(self.file.index) + 1 if self.file is not None else 0), len(album)

    def has_neighbour(self, steps: int) -> bool:
        """Tell whether there may be another picture before this one (-1) or after it (1)."""
        more = self._room.more_before if steps < 0 else self._room.more_after
        return more or neighbour(self._room.messages, self.message, self._index, steps) is not None

    def need(self, side: int) -> None:
        """Ask for pixels with so long a side, unless that many are here or under way."""
        file, side = self.file, max(1, min(SHOWN_SIDE, side))
        if file is None or self.error is not None or not self.is_here or side <= self._asked_side:
            return
        self._asked_side = side
        self._asked += 1
        asked = self._asked

        def came(picture: PictureView) -> None:
            if not is_whole(picture):
                failed(ProtocolError(ErrorCode.CANNOT_SHOW, "The client gave too few pixels."))
            elif asked == self._asked:
                self.picture, self.side = picture, side
                self.changed(False)

        def failed(error: BabiluError) -> None:
            if asked == self._asked:
                self.error, self._asked_side = error, 0
                self.changed(False)

        command = c.GetPicture(self.message.id, file.index, side, self.message.conversation_id.hex())
        self._request(command, came, failed)

    def again(self) -> None:
        """Try once more what was refused."""
        self.error = None
        self.changed(False)

    def step(self, steps: int) -> bool:
        """Go to the picture before this one (-1) or after it (1), of this message or of another of the conversation.

        Where more messages are to be loaded, it goes on when they come. Tells whether there is any other picture.
        """
        found = neighbour(self._room.messages, self.message, self._index, steps)
        self._seeking = 0
        if found is not None:
            self.message = found[0]
            self._turn_to(found[1])
        elif self._room.more_before if steps < 0 else self._room.more_after:
            self._seeking = steps
            (self._pages.older if steps < 0 else self._pages.newer)()
        else:
            return False
        return True

    def follow(self) -> None:
        """Take over what has become of the picture, and go on looking for another one where messages have come."""
        row = self._room.row_of(self.message.id)
        if row is not None and self.file is not None and self._room.messages[row] != self.message:
            self.message = self._room.messages[row]
            file = _file_of(self.message, self._index)
            if file is None:
                self._turn_to(None)
            else:
                self.file = file
                self.changed(False)
        if self._seeking:
            self.step(self._seeking)

    def erased(self, message: MessageId) -> None:
        """Hear that a message is gone."""
        if message == self.message.id and self.file is not None:
            self._turn_to(None)

    def leave(self) -> None:
        """Look no more: what still comes is dropped."""
        self._asked += 1
        self._seeking = 0
        self.picture = None
        self.changed = lambda _: None

    @property
    def _index(self) -> int:
        return -1 if self.file is None else self.file.index

    def _turn_to(self, file: FileView | None) -> None:
        self.file = file
        self.picture, self.side, self.error, self._asked_side = None, 0, None, 0
        self._asked += 1
        self.changed(True)


def _file_of(message: MessageView, index: int) -> FileView | None:
    return next((file for file in pictures_of(message) if file.index == index), None)
