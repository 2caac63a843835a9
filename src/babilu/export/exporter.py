"""Export of conversations through the client's protocol, page by page: memory does not grow with what is exported."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

from babilu.api import commands as c
from babilu.api.client import ChatClient
from babilu.api.commands import Command
from babilu.api.views import ConversationView, FileView, MessageView
from babilu.export.html_pages import HtmlPages
from babilu.export.model import Exported, ExportFormat, ExportReport, ExportRequest, SavedFile, WrittenConversation
from babilu.export.target import FILE_MODE, ExportTarget, make_folder, new_file
from babilu.export.words import ExportWords
from babilu.export.writers import ENDINGS, ConversationWriter, HtmlWriter, JsonWriter, TextWriter
from babilu.kernel.errors import DeliveryError, ErrorCode, LinkError
from babilu.kernel.file_names import safe_file_name
from babilu.kernel.ports import Clock
from babilu.kernel.states import FileState
from babilu.presentation.strings import Strings

R = TypeVar("R")

PAGE: Final = 200
"""Messages that are asked for at once."""

ANSWER_S: Final = 120.0
"""Longest wait for an answer of the client."""

TOLD_EVERY_MS: Final = 250

_HERE: Final = frozenset({FileState.HERE, FileState.SENT, FileState.SENDING, FileState.WAITING})
_NAME_CHARACTERS: Final = 60
_LIKE_A_PAGE: Final = re.compile(r" - \d+$")

Tell = Callable[[ExportReport], None]


class Exporter:
    """One export.

    Args:
        client: The client.
        say: The person's language.
        request: What is to be exported.
        clock: The time.
        tell: Is told now and then how far it is.
        stopped: Tells whether it is to end before its end.
    """

    def __init__(
        self,
        client: ChatClient,
        say: Strings,
        request: ExportRequest,
        clock: Clock,
        tell: Tell = lambda _: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._client = client
        self._say = say
        self._request = request
        self._tell = tell
        self._stopped = stopped
        self._report = ExportReport(request.target, request.format)
        self._clock = clock
        self._told_at: int | None = None
        self._names: set[str] = set()

    def run(self) -> ExportReport:
        """Write the export.

        Raises:
            BabiluError: ``exists``, ``not_found``, ``disk_full`` and the like; ``closed`` where it was ended.
                Nothing is left then.
        """
        status = self._ask(c.Status())
        words = ExportWords(self._say, status.name)
        conversations = self._conversations()
        target = ExportTarget(self._request.target)
        try:
            if self._is_one_file:
                place = self._one_file(target, conversations[0], words)
            else:
                place = self._folder(target, conversations, words, status.name)
        except BaseException:
            target.discard()
            raise
        self._report.path = place
        return self._report

    @property
    def _is_one_file(self) -> bool:
        request = self._request
        return (
            request.conversation is not None
            and request.format is not ExportFormat.HTML
            and request.target.suffix.lower() == ENDINGS[request.format]
        )

    def _conversations(self) -> list[ConversationView]:
        every = list(self._ask(c.Conversations()))
        named = self._request.conversation
        if named is None:
            return every
        page = self._ask(c.History(named, 1))
        found = [each for each in every if each.id == page.conversation_id]
        if not found:
            raise DeliveryError(ErrorCode.NOT_FOUND, "There is no conversation of that name.")
        return found

    def _one_file(self, target: ExportTarget, conversation: ConversationView, words: ExportWords) -> Path:
        written = target.folder / self._request.target.name
        files = target.folder / "files"
        writer = self._writer(conversation, words, lambda _: written)
        # Beside the file lies a folder of its name, which a line of the file names.
        self._write(conversation, writer, files, f"{self._request.target.name}.files")
        return target.keep_file(written, files)

    def _folder(
        self, target: ExportTarget, conversations: list[ConversationView], words: ExportWords, own: str
    ) -> Path:
        folder = target.folder / "conversations"
        make_folder(folder)
        ending = ENDINGS[self._request.format]
        written: list[WrittenConversation] = []
        for each in conversations:
            stem = self._stem(words.name_of(each))
            writer = self._writer(each, words, partial(_page_of, folder, stem, ending))
            count = self._write(each, writer, target.folder / "files" / stem, f"../files/{stem}")
            written.append(WrittenConversation(each, f"conversations/{quote(stem)}{ending}", count))
        if self._request.format is ExportFormat.HTML:
            with new_file(target.folder / "index.html") as file:
                file.writelines(HtmlPages(words).index(written, own, self._clock.now_ms()))
        return target.keep_folder()

    def _stem(self, name: str) -> str:
        """Give a conversation a file name of its own, also on a disk that knows no case."""
        wanted = safe_file_name(name)[:_NAME_CHARACTERS].rstrip(". ") or "conversation"
        # Further pages of another conversation end like that.
        wanted += "_" if _LIKE_A_PAGE.search(wanted) else ""
        stem, number = wanted, 1
        while stem.casefold() in self._names:
            number += 1
            stem = f"{wanted} ({number})"
        self._names.add(stem.casefold())
        return stem

    def _writer(
        self, conversation: ConversationView, words: ExportWords, place_of: Callable[[int], Path]
    ) -> ConversationWriter:
        title = words.name_of(conversation)
        match self._request.format:
            case ExportFormat.HTML:
                return HtmlWriter(place_of, title, words)
            case ExportFormat.JSON:
                return JsonWriter(place_of(1), conversation, self._clock.now_ms())
            case ExportFormat.TEXT:
                return TextWriter(place_of(1), title, words)

    def _write(self, conversation: ConversationView, writer: ConversationWriter, files: Path, beside: str) -> int:
        """Write the messages of a conversation, and its files into a folder; returns how many messages."""
        count = 0
        try:
            for message in self._messages(conversation):
                writer.add(Exported(message, self._files(message, files, beside)))
                count += 1
                self._report.messages += 1
                self._say_how_far()
            writer.end()
        except BaseException:
            writer.give_up()
            raise
        self._report.conversations += 1
        return count

    def _messages(self, conversation: ConversationView) -> Iterator[MessageView]:
        """Read a conversation from its beginning to what is its end now."""
        named = conversation.id.hex()
        newest = self._ask(c.History(named, 1)).messages
        after, last = 0, newest[-1].position if newest else 0
        left_out = False
        while after < last:
            page = self._ask(c.History(named, PAGE, after=after))
            for message in page.messages:
                after = message.position
                if message.timer is not None and not self._is_wanted(message):
                    left_out = True
                    self._report.left_out += 1
                elif after <= last:
                    yield self._without_quote(message, named) if left_out else message
            if not page.more_after:
                return

    def _is_wanted(self, message: MessageView) -> bool:
        """Tell whether a message that disappears is written: only while its time runs, and only where that is asked."""
        ends_at = message.expires_at
        return self._request.disappearing and ends_at is not None and ends_at > self._clock.now_ms()

    def _without_quote(self, message: MessageView, conversation: str) -> MessageView:
        """Leave out of an answer the words of a message that is left out itself."""
        asked = message.reply_to
        if asked is None or not (asked.text or asked.files):
            return message
        try:
            found = self._ask(c.MessageInfo(asked.id, conversation)).message
        except DeliveryError:
            return message
        if found.timer is None or self._is_wanted(found):
            return message
        return replace(message, reply_to=asked.without_words())

    def _files(self, message: MessageView, folder: Path, beside: str) -> tuple[SavedFile, ...]:
        if message.deleted:
            return ()
        return tuple(SavedFile(file, self._file(message, file, folder, beside)) for file in message.files)

    def _file(self, message: MessageView, file: FileView, folder: Path, beside: str) -> str | None:
        """Save a file that is here; nothing is fetched."""
        if file.state not in _HERE:
            self._report.missing += 1
            return None
        make_folder(folder)
        try:
            saved = self._ask(c.FetchFile(message.id, file.index, str(folder), message.conversation_id.hex()))
        except (DeliveryError, LinkError):
            self._report.missing += 1
            return None
        if saved.path is None:
            return None
        path = Path(saved.path)
        path.chmod(FILE_MODE)
        self._report.files += 1
        return f"{beside}/{path.name}"

    def _say_how_far(self) -> None:
        if self._stopped():
            raise LinkError(ErrorCode.CLOSED, "The export was ended.")
        now = self._clock.monotonic_ms()
        if self._told_at is None or now - self._told_at >= TOLD_EVERY_MS:
            self._told_at = now
            self._tell(self._report)

    def _ask(self, command: Command[R]) -> R:
        answer: Future[Any] = self._client.request(command)
        try:
            result: R = answer.result(ANSWER_S)
        except TimeoutError as error:
            raise LinkError(ErrorCode.UNAVAILABLE, "The client does not answer.") from error
        return result


def _page_of(folder: Path, stem: str, ending: str, number: int) -> Path:
    """Give the path of a page of a conversation; no stem ends like the second one's number."""
    return folder / (f"{stem}{ending}" if number == 1 else f"{stem} - {number}{ending}")
