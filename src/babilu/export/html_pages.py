"""Exported pages: an index, and a page for each conversation, or several where it is long."""

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import quote

from babilu.api.views import MessageView
from babilu.export.html_text import formatted, name, plain
from babilu.export.model import Exported, SavedFile, WrittenConversation
from babilu.export.style import POLICY, STYLE
from babilu.export.times import clock_text, day_text, moment_text, weekday_of
from babilu.export.words import ExportWords, is_line
from babilu.kernel.states import MediaKind

MESSAGES_ON_PAGE: Final = 2_000
"""Messages of one page: a browser opens it at once, and finds in it."""

_PICTURES: Final = (".jpg", ".jpeg", ".png", ".gif", ".webp")
_SOUNDS: Final = (".ogg", ".oga", ".opus", ".mp3", ".m4a", ".wav")
_DOCUMENTS_THAT_RUN: Final = (
    ".htm", ".html", ".xhtml", ".xht", ".xhtm", ".shtml", ".shtm", ".mht", ".mhtml", ".svg", ".svgz", ".xml", ".xsl",
    ".xslt", ".rdf", ".rss", ".atom", ".mathml", ".mml", ".xul", ".xbl",
)  # fmt: skip
"""Endings of files that a browser would run scripts of: they are named, and no link opens them."""


class HtmlPages:
    """Writes pages.

    Args:
        words: What they say in the person's language.
    """

    def __init__(self, words: ExportWords) -> None:
        self._words = words
        self._say = words.say

    def index(self, written: Sequence[WrittenConversation], own: str, now: int) -> Iterable[str]:
        """Write the page that leads to all others."""
        say = self._say
        title = say("export.title", name=own)
        yield self._head(title, say("export.written", when=f"{day_text(now)} {clock_text(now)}"))
        yield f'<main id="main"><ul class="list" aria-label="{plain(say("export.conversations"))}">\n'
        for each in written:
            count = plain(say("export.messages", count=each.messages))
            shown = name(self._words.name_of(each.view))
            yield f'<li><a href="{plain(each.place)}"><b>{shown}</b> <span class="about">{count}</span></a></li>\n'
        yield "</ul></main>\n"
        yield self._foot()

    def head(self, title: str, number: int, others: str) -> str:
        """Begin a page of a conversation."""
        about = self._say("export.page", number=number) if number > 1 else ""
        return self._head(title, about) + others + '<main id="main">\n'

    def foot(self, others: str) -> str:
        """End a page of a conversation."""
        return f"</ol></main>\n{others}{self._foot()}"

    def others(self, before: str | None, after: str | None) -> str:
        """Write the links to the index and to the pages beside one."""
        say = self._say
        found = [f'<a href="../index.html">{plain(say("export.all"))}</a>']
        if before is not None:
            found.append(f'<a rel="prev" href="{plain(quote(before))}">{plain(say("export.before"))}</a>')
        if after is not None:
            found.append(f'<a rel="next" href="{plain(quote(after))}">{plain(say("export.after"))}</a>')
        return f'<header class="top"><nav class="pages">{" ".join(found)}</nav></header>\n'

    def day(self, at: int, *, first: bool) -> str:
        """Write the head of a day, behind the messages of the one before."""
        weekday = self._say("app.weekdays").split()[weekday_of(at)]
        end = "" if first else "</ol>\n"
        day = day_text(at)
        return f'{end}<h2><time datetime="{day}">{plain(weekday)}, {day}</time></h2>\n<ol>\n'

    def message(self, exported: Exported, on_page: Iterable[str]) -> str:
        """Write a message, or a line about its conversation.

        Args:
            exported: The message.
            on_page: Ids of the messages on the same page, to which an answer leads.
        """
        message = exported.message
        clock = f'<time datetime="{moment_text(message.at)}">{clock_text(message.at)}</time>'
        anchor = f"m{message.id.hex()}"
        if is_line(message):
            return f'<li class="line" id="{anchor}">{plain(self._words.line(message))} {clock}</li>\n'
        side = " own" if message.outgoing else ""
        marks = self._words.marks(message)
        marked = f' <span class="marks">{plain(" · ".join(marks))}</span>' if marks else ""
        if message.deleted:
            body = f'<p class="gone">{plain(self._words.gone(message))}</p>'
        else:
            body = self._body(exported, on_page)
        head = f'<p><span class="who">{name(message.sender)}</span> {clock}{marked}</p>'
        return f'<li><article class="message{side}" id="{anchor}">{head}{body}</article></li>\n'

    def _body(self, exported: Exported, on_page: Iterable[str]) -> str:
        message = exported.message
        parts = [self._quote(message, on_page)]
        if message.text:
            parts.append(formatted(message.text))
        parts += map(self._file, exported.files)
        if message.reactions:
            given = "".join(
                f'<li><span aria-hidden="true">{plain(each.emoji)}</span> {name(", ".join(each.people))}</li>'
                for each in message.reactions
            )
            parts.append(f'<ul class="reactions" aria-label="{plain(self._say("export.reactions"))}">{given}</ul>')
        return "".join(parts)

    def _quote(self, message: MessageView, on_page: Iterable[str]) -> str:
        quoted = self._words.quoted(message)
        if quoted is None or message.reply_to is None:
            return ""
        sender, text = quoted
        who = f"<b>{name(sender)}</b> " if sender else ""
        asked = message.reply_to.id.hex()
        inside = f"{who}{plain(' '.join(text.split()))}"
        if asked in on_page:
            inside = f'<a href="#m{asked}">{inside}</a>'
        return f'<blockquote dir="auto">{inside}</blockquote>'

    def _file(self, file: SavedFile) -> str:
        about = plain(self._words.file(file.view))
        if file.place is None:
            return f"<figure><figcaption>{about} - {plain(self._say('export.not_here'))}</figcaption></figure>"
        place, ending = plain(quote(file.place)), file.place.lower()
        if ending.endswith(_DOCUMENTS_THAT_RUN):
            return f"<figure><figcaption>{about}: {plain(file.place)}</figcaption></figure>"
        caption = f'<figcaption><a href="{place}">{about}</a></figcaption>'
        if ending.endswith(_PICTURES):
            sides = ""
            if file.view.width and file.view.height:
                sides = f' width="{file.view.width}" height="{file.view.height}"'
            shown = f'<a href="{place}"><img src="{place}" alt="{plain(file.view.name)}" loading="lazy"{sides}></a>'
            return f"<figure>{shown}{caption}</figure>"
        if file.view.kind is MediaKind.VOICE or ending.endswith(_SOUNDS):
            sound = f'<audio controls preload="none" src="{place}" aria-label="{plain(file.view.name)}"></audio>'
            return f"<figure>{sound}{caption}</figure>"
        return f"<figure>{caption}</figure>"

    def _head(self, title: str, about: str) -> str:
        say = self._say
        return (
            f'<!DOCTYPE html>\n<html lang="{say.language}">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="referrer" content="no-referrer">\n'
            f"<title>{plain(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
            f'<a class="skip" href="#main">{plain(say("export.skip"))}</a>\n'
            f'<header class="top"><h1>{name(title)}</h1><p class="about">{plain(about)}</p></header>\n'
        )

    def _foot(self) -> str:
        return f"<footer><p>{plain(self._say('export.foot'))}</p></footer>\n</body>\n</html>\n"
