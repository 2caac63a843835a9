"""Base of the dialogs: where they are shown, what they change, what they are shown with."""

from typing import Final

from babilu.api import commands as c
from babilu.api.views import ProfilePictureView
from babilu.presentation.rasters import flattened
from babilu.terminal.app.app_services import AppServices
from babilu.terminal.app.client_model import TerminalModel
from babilu.terminal.app.conversation_names import shown_conversation, shown_name
from babilu.terminal.app.half_blocks import pixel_rows
from babilu.terminal.app.sheets import Sheet
from babilu.terminal.app.spans import pixel_span
from babilu.terminal.app.themes import behind_pictures
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

    def _called(self, name: str) -> str:
        """Give what a conversation is called: as the list shows it, or by its label where the list has none."""
        view = self._client_model.conversations.get(name)
        return shown_name(self._say, name) if view is None else shown_conversation(self._say, view)
