"""Base of the dialogs: where they are shown, what they change, what they are shown with."""

from collections.abc import Callable, Sequence
from typing import Final

from babilu.api import commands as c
from babilu.api.views import ProfilePictureView
from babilu.presentation.fuzzy import score
from babilu.presentation.rasters import flattened
from babilu.terminal.app.app_services import AppServices
from babilu.terminal.app.chooser import Chooser, ChooserItem
from babilu.terminal.app.client_model import TerminalModel
from babilu.terminal.app.conversation_names import shown_conversation, shown_name
from babilu.terminal.app.half_blocks import pixel_rows
from babilu.terminal.app.sheets import Sheet
from babilu.terminal.app.spans import Span, pixel_span
from babilu.terminal.app.themes import Ink, behind_pictures
from babilu.terminal.app.ui_context import UiContext

PORTRAIT_CELLS: Final = 16
PORTRAIT_LINES: Final = 8
"""Room for the picture of somebody or of a group."""


class Dialogs:
    """Sheets about one subject.

    Args:
        host: Shows them.
        client_model: What they show and change.
        ui_context: What they are shown with.
    """

    def __init__(self, host: AppServices, client_model: TerminalModel, ui_context: UiContext) -> None:
        self._host = host
        self._client_model = client_model
        self._around = ui_context
        self._say = ui_context.say

    def _put_with_portrait(self, sheet: Sheet, name: str, picture: bytes | None) -> None:
        """Show a sheet, and beside its words, once it is drawn, the picture that somebody shows or that a group has.

        Args:
            sheet: The sheet.
            name: Label of the contact or of the group.
            picture: What names the picture; None for none.
        """
        # At once: the next key is meant for the sheet.
        self._host.put(sheet)
        if picture is None or not self._around.symbols.half:
            return

        def came(view: ProfilePictureView) -> None:
            raster = flattened(view, behind_pictures(self._host.preferences.look))
            sheet.show_beside([(pixel_span(row),) for row in pixel_rows(raster, PORTRAIT_CELLS, PORTRAIT_LINES)])

        self._client_model.request(c.GetProfilePicture(name, 2 * PORTRAIT_LINES), came, lambda _: None)

    def _choose(
        self,
        title: str,
        offers: Sequence[tuple[str, Callable[[], object]]],
        nothing: str = "app.nothing_found",
        now: str = "",
    ) -> None:
        """Let the person choose one of several things, found by typing.

        Args:
            title: What it is about; safe text.
            offers: What each is called, and how it is done.
            nothing: Id of the sentence that stands where there is none.
            now: The one in force, which is marked; empty for none.
        """

        def item(text: str, do: Callable[[], object]) -> ChooserItem:
            mark = (Span(f"{self._around.symbols.verified} ", Ink.GOOD),) if text == now else ()
            return ChooserItem((Span(text),), mark, do)

        def find(query: str) -> list[ChooserItem]:
            return [item(text, do) for text, do in offers if score(query, text) is not None]

        self._host.put(Chooser(title, find, self._say("app.nothing_found" if offers else nothing)))

    def _called(self, name: str) -> str:
        """Give what a conversation is called: as the list shows it, or by its label where the list has none."""
        view = self._client_model.view(name)
        return shown_name(self._say, name) if view is None else shown_conversation(self._say, view)
