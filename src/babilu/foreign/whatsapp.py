"""WhatsApp's exported chats: `_chat.txt` or `WhatsApp Chat with NAME.txt`, alone or in a ZIP archive with its files.

The format has no specification; it depends on the phone and its language. Each message begins with date and time, in
brackets on iPhones and before a dash on Android; all lines that follow without one belong to it. What is said here of
languages rests on signs wherever there is one: an iPhone puts U+200E before what is WhatsApp's own and no person's.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from babilu.foreign.container import FILE_BYTES, Container, Stopped, lines_of, open_container
from babilu.foreign.dates import DateEvidence, Numbers, day_of, local_ms, stamp_of
from babilu.foreign.model import (
    NAME_CHARACTERS,
    PEOPLE_AT_MOST,
    ForeignChat,
    ForeignFile,
    ForeignMessage,
    Survey,
    check_many,
    not_an_export,
    split_text,
    take_survey,
    too_large,
)
from babilu.kernel.plain_text import cleaned
from babilu.kernel.states import DateOrder, ImportLoss

LINE_BYTES: Final = 1024 * 1024
"""Longest line of a chat: WhatsApp takes 65,536 characters."""

MESSAGE_CHARACTERS: Final = 4 * 1024 * 1024
"""Longest message of a chat, all its lines together."""

HEAD_LINES: Final = 100
"""Lines in which the first message begins at the latest; else it is no chat."""

_MARK: Final = "\u200e"
_DATE: Final = r"(\d{1,4})(\. |[./-])(\d{1,2})\2(\d{1,4})\.?"
_HALF_BEFORE: Final = r"(?:(上午|下午|午前|午後|오전|오후)\s?)?"
_HALF_AFTER: Final = r"(?:\s?([AaPp]\.?\s?[Mm]\.?|[πμ]\.?μ\.?|[صم])(?=[\s\]]))?"
_TIME: Final = _HALF_BEFORE + r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?" + _HALF_AFTER
_BETWEEN: Final = r"[,،]?\s+(?:(?:klo|kl\.|um|à|at|às)\s)?"
_BRACKETS: Final = re.compile(rf"[\u200e\u200f\s]*\[{_DATE}{_BETWEEN}{_TIME}\]\s(.*)", re.DOTALL)
_DASH: Final = re.compile(rf"[\u200e\u200f]*{_DATE}{_BETWEEN}{_TIME}\s[-\u2013]\s(.*)", re.DOTALL)
_AFTERNOON: Final = frozenset({"下午", "午後", "오후"})
_NOON: Final = 12

_NAME_ENDS: Final = re.compile(r":(?:\s|$)")
_ATTACHED: Final = re.compile(r"\u200e?<[^<>:]{1,40}:\s?([^<>/\\]{1,255})>\s*$")
_FILE_LINE: Final = re.compile(r"\u200e?(\S[^/\\\n]{0,250}\.\w{1,8}) \([^()\n]{1,60}\)$")
_EDITED: Final = re.compile(r"\s?(?:\u200e<[^<>:]{1,60}>|<(?:This message was edited|Se editó este mensaje\.?)>)\s*$")
_OMITTED: Final = re.compile(
    r"\u200e?(?:<(?:Media omitted|Multimedia omitido|Archivo omitido|Médias omis|Medien ausgeschlossen|Mídia oculta"
    r"|Media omessi|Weggelaten media)>|\u200e[^\n]{0,40}(?:omitted|omitid[oa]|omis[e]?|weggelassen|omess[oa]"
    r"|weggelaten|ocultad[oa]))\s*$"
)
_QUOTES: Final = ('"', "“", "”", "«", "»", "„")
_TITLE: Final = re.compile(
    r"(?:WhatsApp Chat (?:with|-)|Chat de WhatsApp (?:con|-)|Discussion WhatsApp avec|WhatsApp Chat mit|Conversa do"
    r" WhatsApp com|Chat WhatsApp con)\s+(.+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A message as it stands: date and time in numbers, who wrote it (None for nobody), and all its lines."""

    numbers: Numbers
    seconds: int
    author: str | None
    text: str


class WhatsAppExport:
    """One exported chat.

    Args:
        path: The file.
        title: What the conversation is called; None for what the name of the file says.
        order: In which order its dates stand; None where the dates are to tell.
        stopped: Tells whether nobody waits for it any more.

    Raises:
        UsageError: ``not_found``, ``not_an_export``, ``export_too_large``.
    """

    def __init__(
        self,
        path: Path,
        title: str | None = None,
        order: DateOrder | None = None,
        stopped: Stopped = lambda: False,
    ) -> None:
        self._stopped = stopped
        self._container: Container = open_container(path)
        try:
            self._text = _chat_of(self._container, path.stem)
        except BaseException:
            self._container.close()
            raise
        self._order = order
        self._titled = cleaned(title or _title_of(path, self._text), NAME_CHARACTERS)
        self._own_name: str | None = None

    def close(self) -> None:
        self._container.close()

    def size(self, file: ForeignFile) -> int:
        return self._container.size(file.member) or 0

    def open(self, file: ForeignFile) -> BinaryIO:
        return self._container.open(file.member)

    def survey(self) -> Survey:
        found, self._own_name = self._look()
        order = self._order or found.order()
        lost: Counter[ImportLoss] = Counter()
        chat = ForeignChat(self._titled, self._titled)
        survey = take_survey({chat.key: chat}, self._messages(order, lost), lost)
        # The lines of one chat are in order already; a clock that was set back does not shuffle them.
        survey.order = list(range(survey.messages))
        self._order = order
        return survey

    def messages(self) -> Iterator[ForeignMessage]:
        assert self._order is not None  # noqa: S101
        return self._messages(self._order, Counter())

    def _look(self) -> tuple[DateEvidence, str | None]:
        """Look for what the dates tell of their order, and under which name an iPhone has WhatsApp's own lines.

        That is the name of a group, which never says anything else.
        """
        evidence: DateEvidence | None = None
        marked: set[str] = set()
        others: set[str] = set()
        for sign, entry in self._entries():
            evidence = evidence or DateEvidence(sign)
            evidence.see(entry.numbers)
            if entry.author is not None:
                (marked if _is_marked(entry.text) else others).add(entry.author)
                check_many(len(marked) + len(others), 2 * PEOPLE_AT_MOST, "people")
        if evidence is None:
            raise not_an_export("The file is no chat that WhatsApp has exported.")
        own = marked - others
        return evidence, next(iter(own)) if len(own) == 1 and len(others) > 1 else None

    def _messages(self, order: DateOrder, lost: Counter[ImportLoss]) -> Iterator[ForeignMessage]:
        for number, (_, entry) in enumerate(self._entries()):
            if entry.author is None or entry.author == self._own_name or (number == 0 and _is_marked(entry.text)):
                lost[ImportLoss.SYSTEM] += 1
                continue
            day = day_of(entry.numbers, order)
            if day is None:
                raise not_an_export("The dates of the chat do not fit together: its lines are of several phones.")
            yield from self._said(entry, entry.author, stamp_of(day, entry.seconds), lost)

    def _said(self, entry: _Entry, author: str, stamp: int, lost: Counter[ImportLoss]) -> Iterator[ForeignMessage]:
        """Give a message; one that is longer than ours can be is several."""
        text, edited = entry.text, None
        at = local_ms(stamp)
        if _EDITED.search(text) and not _OMITTED.fullmatch(text):
            text, edited = _EDITED.sub("", text), at
        text, files = self._files(text, lost)
        if _OMITTED.fullmatch(text):
            lost[ImportLoss.OMITTED] += 1
        text = text.replace(_MARK, "").strip("\n")
        for number, piece in enumerate(split_text(text)):
            brought = files if number == 0 else ()
            yield ForeignMessage(self._titled, author, at, stamp, piece, edited_at=edited, files=brought)

    def _files(self, text: str, lost: Counter[ImportLoss]) -> tuple[str, tuple[ForeignFile, ...]]:
        """Find the file that a message names; where it is not there, its name stays in the text."""
        found = _ATTACHED.search(text)
        rest = text[: found.start()] if found else ""
        if found is None:
            first, _, rest = text.partition("\n")
            found = _FILE_LINE.fullmatch(first)
        if found is None:
            return text, ()
        name = found[1].strip()
        member = str(PurePosixPath(self._text).parent / name)
        size = self._container.size(member)
        if size is None:
            lost[ImportLoss.MISSING] += 1
        elif size > FILE_BYTES:
            lost[ImportLoss.TOO_LARGE] += 1
        else:
            return rest.strip(), (ForeignFile(name, member),)
        return text, ()

    def _entries(self) -> Iterator[tuple[str, _Entry]]:
        """Read the messages as they stand, each with the sign between the numbers of its date."""
        header: re.Pattern[str] | None = None
        sign = ""
        begun: re.Match[str] | None = None
        lines: list[str] = []
        size = 0
        for number, line in enumerate(lines_of(self._container.open_text(self._text), LINE_BYTES, self._stopped)):
            plain = line.removeprefix("\ufeff") if number == 0 else line
            found = header.fullmatch(plain) if header else _BRACKETS.fullmatch(plain) or _DASH.fullmatch(plain)
            if found is not None and header is None:
                header, sign = found.re, found[2]
            if found is not None and found[2] == sign:
                if begun is not None:
                    yield sign, _entry(begun, lines)
                begun, lines, size = found, [], 0
            elif begun is not None:
                lines.append(plain)
                size += len(plain)
                if size > MESSAGE_CHARACTERS:
                    raise too_large("A message of the export is longer than this reads.")
            elif number >= HEAD_LINES:
                break
        if begun is None:
            raise not_an_export("The file is no chat that WhatsApp has exported.")
        yield sign, _entry(begun, lines)


def _entry(begun: re.Match[str], lines: list[str]) -> _Entry:
    first, _, second, third, before, hour, minute, second_, after, rest = begun.groups()
    author, text = _divided("\n".join([rest, *lines]))
    return _Entry(
        (int(first), int(second), int(third)),
        _seconds(int(hour), int(minute), int(second_ or 0), before or after),
        author,
        text,
    )


def _seconds(hour: int, minute: int, second: int, half: str | None) -> int:
    """Count the seconds of a day at a time of twelve hours, or of 24 without a half of the day."""
    if half is not None:
        hour = hour % _NOON + (_NOON if half in _AFTERNOON or half[0].lower() in "pμم" else 0)
    return (hour * 60 + minute) * 60 + second


def _divided(rest: str) -> tuple[str | None, str]:
    """Divide what follows the time into who wrote it and what; a line of WhatsApp's own is nobody's."""
    first = rest.partition("\n")[0]
    found = _NAME_ENDS.search(first)
    name = "" if found is None else first[: found.start()].strip(" \u200e\u200f\u202a\u202c\u00a0\u202f~")
    # A colon within quotation marks is that of a title: somebody has changed it, and that is WhatsApp's line.
    within = any(name.count(quote) % 2 for quote in _QUOTES[:1]) or name.count("“") > name.count("”")
    within = within or name.count("«") > name.count("»")
    if found is None or not name or within:
        return None, rest
    return cleaned(name, NAME_CHARACTERS), rest[found.end() :]


def _is_marked(text: str) -> bool:
    """Tell whether an iPhone has marked a text as WhatsApp's own, and it is no file."""
    return text.startswith(_MARK) and not _ATTACHED.search(text) and not _OMITTED.fullmatch(text)


def _chat_of(container: Container, archive: str) -> str:
    """Find the text: by the name that it has in some language, or else by that of the archive, or as the only one."""
    texts = [name for name in container.texts() if not name.lower().endswith(".jsonl")]
    best = [name for name in texts if PurePosixPath(name).name == "_chat.txt" or _TITLE.match(PurePosixPath(name).stem)]
    found = best or [name for name in texts if PurePosixPath(name).stem == archive] or texts
    if len(found) != 1:
        raise not_an_export("The file is no chat that WhatsApp has exported: it has no text, or several.")
    return found[0]


def _title_of(path: Path, text: str) -> str:
    """Find what a chat is called: by the name of its text, or of the archive, without what every name has."""
    for stem in (PurePosixPath(text).stem, path.stem):
        found = _TITLE.match(stem)
        if found:
            return found[1]
    return path.stem if path.stem != "_chat" else path.absolute().parent.name
