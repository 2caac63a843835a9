"""Choice of an emoji, to react with or to write: what was used last is offered first, wherever it was used."""

from collections.abc import Callable

from babilu.desktop.preferences import PreferenceStore
from babilu.desktop.sheets.emoji_picker import EmojiSheet
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.presentation.emoji import QUICK, with_recent


class EmojiChoice:
    """Lets the user choose an emoji.

    Args:
        theme: Fonts and colours.
        preferences: The emoji used last.
        put: Shows a sheet.
    """

    def __init__(self, theme: Theme, preferences: PreferenceStore, put: Callable[[ModalSheet], None]) -> None:
        self._theme = theme
        self._preferences = preferences
        self._put = put

    @property
    def recent(self) -> tuple[str, ...]:
        """The emoji used last, the last one first, and then the usual ones."""
        used = self._used()
        return (*used, *(each for each in QUICK if each not in used))

    def remember(self, emoji: str) -> None:
        """Offer an emoji first from now on."""
        self._preferences.change(recent_emoji=" ".join(with_recent(emoji, self._used())))

    def ask(self, choose: Callable[[str], None]) -> None:
        """Let the user choose one, remember it, and do something with it."""

        def chosen(emoji: str) -> None:
            self.remember(emoji)
            choose(emoji)

        self._put(EmojiSheet(self._theme, self.recent, chosen))

    def _used(self) -> tuple[str, ...]:
        return tuple(self._preferences.value.recent_emoji.split())
