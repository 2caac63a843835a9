"""What stands out in the text of a message: mentions, and what is searched for."""

from collections.abc import Iterator

from PySide6.QtGui import QColor, QFont, QTextCharFormat

from babilu.api.views import MessageView
from babilu.desktop.widgets.bubble_parts import BubbleContext
from babilu.desktop.widgets.bubble_text import Emphasis
from babilu.presentation.fuzzy import folded


def emphases(text: str, message: MessageView, context: BubbleContext) -> Iterator[Emphasis]:
    colours = context.theme.colours
    colour = QColor(colours.link_out if message.outgoing else colours.link)
    for mention in message.mentions:
        end = mention.start + mention.length
        # Where something was made harmless before it, places are others; then it is a text like any.
        if text[:end] != message.text[:end]:
            continue
        style = QTextCharFormat()
        style.setFontWeight(QFont.Weight.Bold)
        if message.mentioned and mention.name == context.own:
            style.setBackground(QColor(colours.highlight))
        else:
            style.setForeground(colour)
        yield Emphasis(mention.start, mention.length, style)
    if context.query:
        style = QTextCharFormat()
        style.setBackground(QColor(colours.highlight))
        for start, length in occurrences(context.query, text):
            yield Emphasis(start, length, style)


def occurrences(query: str, text: str) -> list[tuple[int, int]]:
    """Find where a query occurs in a text, whatever its case and accents; texts that change length are left alone."""
    wanted, simple = folded(query), folded(text)
    if not wanted or len(simple) != len(text):
        wanted, simple = query.lower(), text.lower()
    if not wanted or len(simple) != len(text):
        return []
    found: list[tuple[int, int]] = []
    at = simple.find(wanted)
    while at >= 0 and len(found) < 200:
        found.append((at, len(wanted)))
        at = simple.find(wanted, at + len(wanted))
    return found
