"""Choosing for a message: a reaction, those to whom it is forwarded, which part of it is copied."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from babilu.api.views import ConversationView, MessageView
from babilu.presentation.emoji import find_emoji, name_of, shown_reaction
from babilu.terminal.app.cells import label
from babilu.terminal.app.chooser import Chooser, ChooserItem, ManyChooser
from babilu.terminal.app.conversation_names import shown_conversation
from babilu.terminal.app.dialogs.dialogs import Dialogs
from babilu.terminal.app.message_renderer import NAME_CELLS
from babilu.terminal.app.sheets import titled
from babilu.terminal.app.spans import Line, Span
from babilu.terminal.app.themes import Ink

MOST_FORWARDED: Final = 20
"""To so many a message is forwarded at once; see `babilu.api.commands.Forward`."""

CODE_CELLS: Final = 60
EMOJI_CELLS: Final = 8


class MessagePickers(Dialogs):
    """Choosers about messages."""

    def react(self, message: MessageView) -> None:
        """Let the person react to a message, or take a reaction back."""
        own = self._client_model.own_reactions(message)
        language = self._say.language

        def item(emoji: str, name: str) -> ChooserItem:
            mark = (Span(f"{self._around.symbols.verified} ", Ink.GOOD),) if emoji in own else ()
            sign = Span(f"{label(shown_reaction(emoji), EMOJI_CELLS)}  ", Ink.STRONG)
            return ChooserItem((sign, Span(label(name, NAME_CELLS * 2))), mark, lambda: self._react(message, emoji))

        def find(query: str) -> list[ChooserItem]:
            first = () if query.strip() else dict.fromkeys((*own, *self._client_model.recent_emoji))
            offered = [(each, name_of(each, language)) for each in first]
            offered += [(each.text, each.name) for each in find_emoji(query, language) if each.text not in first]
            return [item(emoji, name) for emoji, name in offered]

        self._host.put(Chooser(titled(self._say("app.key.react")), find, self._say("app.nothing_found")))

    def forward(self, message: MessageView) -> None:
        """Let the person forward a message to several."""

        def find(query: str) -> Sequence[tuple[str, Line]]:
            views = [self._client_model.conversations[name] for name in self._client_model.found(query)]
            # Where one may not write, nothing can be forwarded to.
            return [(view.id.hex(), self._named(view)) for view in views if view.may_post]

        def hint(count: int) -> str:
            return self._say("app.forward_hint", count=count) if count else self._say("app.forward_hint_none")

        def take(names: tuple[str, ...]) -> None:
            def done(ids: tuple[object, ...]) -> None:
                self._host.say_so(self._say("app.forwarded", count=len(ids)))

            self._client_model.forward(message, names, done)

        title = titled(self._say("app.key.forward"))
        self._host.put(ManyChooser(title, find, self._say("app.nobody"), hint, take, MOST_FORWARDED))

    def copy(self, message: MessageView, codes: Sequence[str]) -> None:
        """Let the person copy a whole text or one of its codes."""
        copied = [(self._say("app.copy_whole"), message.text)]
        copied += [(f"{self._say('app.copy_code')} {label(code, CODE_CELLS)}", code) for code in codes]
        offers = [(name, partial(self._host.copy, text)) for name, text in copied]
        self._choose(titled(self._say("app.key.copy")), offers)

    def _named(self, view: ConversationView) -> Line:
        return self._around.symbols.conversation(view), Span(f" {shown_conversation(self._say, view)}")

    def _react(self, message: MessageView, emoji: str) -> None:
        self._client_model.react(message, emoji)
