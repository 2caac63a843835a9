"""Texts of others in HTML: escaped, formatted by the closed set of marks alone, each in a direction of its own."""

from html import escape
from typing import Final

from babilu.kernel.links import links
from babilu.kernel.plain_text import harmless
from babilu.presentation.formatting import StyledRun, TextBlock, TextStyle, format_text

_TAGS: Final = (
    (TextStyle.BOLD, "<b>", "</b>"),
    (TextStyle.ITALIC, "<i>", "</i>"),
    (TextStyle.STRIKE, "<s>", "</s>"),
    (TextStyle.CODE, "<code>", "</code>"),
    (TextStyle.SPOILER, '<span class="spoiler" tabindex="0">', "</span>"),
)


def plain(text: str) -> str:
    """Write a text that stays within one line, such as a name, as content or as a value in quotes."""
    return escape(harmless(text), quote=True)


def name(text: str) -> str:
    """Write a name, which turns nothing around it."""
    return f"<bdi>{plain(text)}</bdi>"


def formatted(text: str) -> str:
    """Write the text of a message."""
    return "".join(map(_block, format_text(text.replace("\r\n", "\n"))))


def _block(block: TextBlock) -> str:
    if block.code:
        return f"<pre>{_escaped(block.text)}</pre>"
    inside = "".join(map(_run, block.runs))
    if block.quote:
        return f'<blockquote dir="auto">{inside}</blockquote>'
    return f'<p class="text" dir="auto">{inside}</p>'


def _run(run: StyledRun) -> str:
    inside = _escaped(run.text) if TextStyle.CODE in run.style else _linked(run.text)
    for style, begin, end in _TAGS:
        if style in run.style:
            inside = f"{begin}{inside}{end}"
    return inside


def _linked(text: str) -> str:
    """Write words; an address leads where it says, and tells the site nothing of the page."""
    if "://" not in text:
        return _escaped(text)
    parts, at = [], 0
    for link in links(text):
        shown = text[link.start : link.start + link.length]
        parts.append(_escaped(text[at : link.start]))
        parts.append(f'<a href="{plain(link.address)}" rel="noreferrer noopener nofollow">{_escaped(shown)}</a>')
        at = link.start + link.length
    return "".join([*parts, _escaped(text[at:])])


def _escaped(text: str) -> str:
    return escape(harmless(text, keep="\n\t"), quote=True)
