"""What a conversation has besides words: pictures, files, links and voice notes, each with the way to its message."""

from typing import Final

from babilu.kernel.states import MediaKind
from babilu.presentation.files import MOVING
from babilu.presentation.media_list import ORDER, MediaItem
from babilu.presentation.sizes import size_text
from babilu.terminal.app.cells import label
from babilu.terminal.app.chooser import ChooserItem
from babilu.terminal.app.dialogs.dialogs import Dialogs
from babilu.terminal.app.file_words import shown_file_name, state_text, words_of
from babilu.terminal.app.media_chooser import MediaChooser
from babilu.terminal.app.message_renderer import NAME_CELLS
from babilu.terminal.app.spans import Span
from babilu.terminal.app.themes import Ink

EXCERPT: Final = 200
NAMED_CELLS: Final = 40


class MediaDialogs(Dialogs):
    """Lists of what was shared."""

    def show(self, name: str, kind: MediaKind = ORDER[0]) -> None:
        """Show what a conversation has of a kind; Tab shows the other kinds."""
        view = self._client_model.view(name)
        if view is None:
            return
        chooser = MediaChooser(self._say("app.media.title", name=self._called(name)), self._say, self._row)
        self._host.put(chooser)
        chooser.begin(self._client_model.list_media(view.id, chooser.follow), kind)

    def _row(self, item: MediaItem) -> tuple[str, ChooserItem]:
        message, file = item.message, item.file
        sender = self._say("app.you") if message.outgoing else label(message.sender, NAME_CELLS)
        who = Span(f"  {sender} {self._around.time_format.brief(message.at)}", Ink.FAINT)
        go = lambda: self._client_model.around(message)  # noqa: E731
        if file is None:
            words = label(item.address or words_of(self._say, message, EXCERPT), EXCERPT)
            return item.address or message.text, ChooserItem((Span(words),), (who,), go)
        state = "" if file.state in MOVING else state_text(self._say, file, None)
        about = Span(f"  {size_text(file.size, self._say.point)}  {label(state, NAMED_CELLS)}", Ink.FAINT)
        return file.name, ChooserItem((Span(shown_file_name(file.name, NAMED_CELLS)), about), (who,), go)
