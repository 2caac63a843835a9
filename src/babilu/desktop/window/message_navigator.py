"""Opens sheets about messages, and asks before one is deleted or a link in it is opened."""

from urllib.parse import urlsplit

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from babilu.api import commands as c
from babilu.api.views import MessageView
from babilu.desktop.language import translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.plain_text import one_line, person
from babilu.desktop.sheets.message_info import MessageInfoSheet
from babilu.desktop.sheets.question import ReadingSheet
from babilu.desktop.sheets.wordings import WordingsSheet
from babilu.desktop.theme.theme import Theme
from babilu.desktop.window.group_navigator import OtherSheets
from babilu.kernel.links import encoded

READ_CHARACTERS = 60_000


class MessageNavigator(QObject):
    """Opens sheets about messages.

    Args:
        navigator: Opens all other sheets.
        client_model: The client.
        theme: Fonts and colours.
    """

    def __init__(self, navigator: OtherSheets, client_model: DesktopModel, theme: Theme) -> None:
        super().__init__()
        self._navigator = navigator
        self._client_model = client_model
        self._theme = theme

    def link(self, address: str) -> None:
        """Ask whether to open a link, and show its true host."""
        url = QUrl(encoded(address), QUrl.ParsingMode.StrictMode)
        host = bytes(QUrl.toAce(url.host()).data()).decode("ascii") or urlsplit(address).hostname or ""
        self._navigator.ask(
            lambda: translate("Navigator", "Open a link?"),
            lambda: f"{translate('Navigator', 'It leads to this host:')}\n\n{host}\n\n{one_line(address, 300)}",
            lambda: translate("Navigator", "Open in the browser"),
            lambda: QDesktopServices.openUrl(url),
        )

    def read(self, message: MessageView) -> None:
        """Show all of a message to read and to select from."""
        self._navigator.put(ReadingSheet(self._theme, message.text[:READ_CHARACTERS]))

    def wordings(self, message: MessageView) -> None:
        """Show the wordings of an edited message."""
        self._navigator.put(WordingsSheet(self._theme, self._client_model.bridge, message))

    def info(self, message: MessageView) -> None:
        """Show a message's journey."""
        self._navigator.put(MessageInfoSheet(self._theme, self._client_model.bridge, message))

    def delete(self, message: MessageView) -> None:
        """Ask whether to delete a message."""
        self._navigator.ask(
            lambda: translate("Navigator", "Delete this message for you?"),
            lambda: translate("Navigator", "It stays with everybody else who has it."),
            lambda: translate("Navigator", "Delete"),
            lambda: self._client_model.ask(c.DeleteMessage(message.id, message.conversation_id.hex())),
            dangerous=True,
        )

    def delete_for_all(self, message: MessageView) -> None:
        """Ask whether to delete an own message for all, and say what that cannot do."""
        self._navigator.ask(
            lambda: translate("Navigator", "Delete this message for all?"),
            lambda: translate(
                "Navigator",
                "Everybody's Babilu is asked to delete it, and a line stays in its place. Somebody may have seen, "
                "copied or kept it already, and a device that is offline deletes it when it is back.",
            ),
            lambda: translate("Navigator", "Delete for all"),
            lambda: self._client_model.ask(c.DeleteMessage(message.id, message.conversation_id.hex(), for_all=True)),
            dangerous=True,
        )

    def hide(self, message: MessageView) -> None:
        """Ask whether to remove somebody else's message for all, and say what that cannot do."""
        self._navigator.ask(
            lambda: translate("Navigator", "Remove this message of {0} for all?").format(person(message.sender)),
            lambda: translate(
                "Navigator",
                "Nobody in the group is shown it any more, and a line in its place says that you removed it. Somebody "
                "may have seen, copied or kept it already.",
            ),
            lambda: translate("Navigator", "Remove for all"),
            lambda: self._client_model.ask(c.DeleteMessage(message.id, message.conversation_id.hex(), for_all=True)),
            dangerous=True,
        )
