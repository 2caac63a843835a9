"""Writers of one conversation each: pages, JSON or text, message by message, so that none is ever whole in memory."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol, TextIO

from babilu.api.views import ConversationView
from babilu.export.html_pages import MESSAGES_ON_PAGE, HtmlPages
from babilu.export.model import Exported, ExportFormat
from babilu.export.target import new_file
from babilu.export.times import clock_text, day_text
from babilu.export.words import ExportWords, is_line
from babilu.presentation.json_line import json_line
from babilu.presentation.json_members import describe_conversation, describe_message
from babilu.presentation.plain_text import lines, one_line

ENDINGS = {ExportFormat.HTML: ".html", ExportFormat.JSON: ".json", ExportFormat.TEXT: ".txt"}
"""How the names of files end."""

JSON_VERSION = 1


class ConversationWriter(Protocol):
    """Writes one conversation."""

    def add(self, exported: Exported) -> None:
        """Write the next message."""

    def end(self) -> None:
        """Write what is left, and close the files."""

    def give_up(self) -> None:
        """Close the files, however far it is."""


class _OneFile:
    """Base of what writes into one file."""

    def __init__(self, path: Path) -> None:
        self._open = ExitStack()
        self._file: TextIO = self._open.enter_context(new_file(path))

    def give_up(self) -> None:
        self._file.close()


class JsonWriter(_OneFile):
    """Writes a document of one object: what the conversation is, and its messages, one a line.

    Args:
        path: The file.
        conversation: The conversation.
        now: Unix milliseconds.
    """

    def __init__(self, path: Path, conversation: ConversationView, now: int) -> None:
        super().__init__(path)
        described = describe_conversation(conversation)
        for name in ("last", "draft", "draft_reply", "recording"):
            described.pop(name, None)
        head = json_line({"babilu_export": JSON_VERSION, "exported_at": now, "conversation": described})
        self._file.write(f'{head[:-1]},"messages":[')
        self._count = 0

    def add(self, exported: Exported) -> None:
        members = describe_message(exported.message)
        for described, file in zip(members.get("files", ()), exported.files, strict=False):
            described["path"] = file.place
        self._file.write(f"{',' if self._count else ''}\n{json_line(members)}")
        self._count += 1

    def end(self) -> None:
        self._file.write("\n]}\n")
        self._open.close()


class TextWriter(_OneFile):
    """Writes lines for people: a day, then time, name and words; what goes on stands below and further in.

    Args:
        path: The file.
        title: What people call the conversation.
        words: The person's language.
    """

    def __init__(self, path: Path, title: str, words: ExportWords) -> None:
        super().__init__(path)
        self._words = words
        self._day = ""
        self._file.write(f"{one_line(title)}\n")

    def add(self, exported: Exported) -> None:
        message, words = exported.message, self._words
        day = day_text(message.at)
        if day != self._day:
            self._day = day
            self._file.write(f"\n{day}\n\n")
        clock = clock_text(message.at)
        if is_line(message):
            self._file.write(f"{clock} * {words.line(message)}\n")
            return
        marks = words.marks(message)
        after = f" [{'; '.join(marks)}]" if marks else ""
        first, *rest = [words.gone(message)] if message.deleted else lines(message.text)
        self._file.write(f"{clock} {one_line(message.sender)}: {first}{after}\n")
        self._below(rest)
        if message.deleted:
            return
        quoted = words.quoted(message)
        if quoted is not None:
            sender, text = quoted
            self._below([f"> {one_line(sender)}: {one_line(text)}" if sender else f"> {one_line(text)}"])
        self._below(
            f"[{words.file(file.view)} - {words.say('export.not_here') if file.place is None else file.place}]"
            for file in exported.files
        )
        self._below(f"{one_line(each.emoji)} {one_line(', '.join(each.people))}" for each in message.reactions)

    def _below(self, rows: Iterable[str]) -> None:
        for row in rows:
            self._file.write(f"      {row}\n")

    def end(self) -> None:
        self._open.close()


class HtmlWriter:
    """Writes pages of a conversation, each with links to those beside it.

    Args:
        place_of: Gives the path of a page by its number, from 1.
        title: What people call the conversation.
        words: The person's language.
    """

    def __init__(self, place_of: Callable[[int], Path], title: str, words: ExportWords) -> None:
        self._place_of = place_of
        self._title = title
        self._pages = HtmlPages(words)
        self._open = ExitStack()
        self._file: TextIO | None = None
        self._number = 0
        self._day = ""
        self._on_page: set[str] = set()
        self._begin()

    def add(self, exported: Exported) -> None:
        if len(self._on_page) >= MESSAGES_ON_PAGE:
            self._finish(self._place_of(self._number + 1).name)
            self._begin()
        assert self._file is not None  # noqa: S101
        message = exported.message
        day = day_text(message.at)
        if day != self._day:
            self._file.write(self._pages.day(message.at, first=not self._day))
            self._day = day
        self._file.write(self._pages.message(exported, self._on_page))
        self._on_page.add(message.id.hex())

    def end(self) -> None:
        self._finish(None)

    def give_up(self) -> None:
        if self._file is not None:
            self._file.close()

    def _begin(self) -> None:
        self._number += 1
        self._file = self._open.enter_context(new_file(self._place_of(self._number)))
        self._file.write(self._pages.head(self._title, self._number, self._others(None)))
        self._day = ""
        self._on_page = set()

    def _finish(self, after: str | None) -> None:
        assert self._file is not None  # noqa: S101
        if not self._day:
            self._file.write("<ol>\n")
        self._file.write(self._pages.foot(self._others(after)))
        self._open.close()
        self._open = ExitStack()

    def _others(self, after: str | None) -> str:
        before = self._place_of(self._number - 1).name if self._number > 1 else None
        return self._pages.others(before, after)
