"""Base of the dialogs: where they are shown, what they change, what they are shown with."""

from babilu.terminal.app.app_services import AppServices
from babilu.terminal.app.client_model import TerminalModel
from babilu.terminal.app.conversation_names import shown_conversation, shown_name
from babilu.terminal.app.ui_context import UiContext


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

    def _called(self, name: str) -> str:
        """Give what a conversation is called: as the list shows it, or by its label where the list has none."""
        view = self._client_model.conversations.get(name)
        return shown_name(self._say, name) if view is None else shown_conversation(self._say, view)
