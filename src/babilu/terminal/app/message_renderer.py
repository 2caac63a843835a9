"""A message becomes lines of cells: above it what begins with it, then its text, at its edge how far it has come."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len

from babilu.api.views import FileView, MessageView, QuoteView
from babilu.kernel.states import FileState, MessageKind, PlayingState, Route
from babilu.presentation.durations import duration
from babilu.presentation.emoji import shown_reaction
from babilu.presentation.file_model import FileModel
from babilu.presentation.files import MOVING, quoted_line, waits_for
from babilu.presentation.formatting import without_marks
from babilu.presentation.group_model import is_group_label
from babilu.presentation.group_words import audience_line, change_text, lacking_line, removed_line
from babilu.presentation.line_keys import changed_devices, line_key, text_state_key
from babilu.presentation.message_window import Facts
from babilu.presentation.pictures import picture_words
from babilu.presentation.sizes import size_text
from babilu.presentation.strings import Strings
from babilu.presentation.voice_model import VoiceModel
from babilu.presentation.voice_notes import blocks, clock_of_ms, is_voice, speed_text
from babilu.terminal.app.cells import cut, label, safe, wrap
from babilu.terminal.app.file_words import progress_text, several, shown_file_name, state_text
from babilu.terminal.app.small_pictures import small_pictures
from babilu.terminal.app.spans import Line, Span, width_of
from babilu.terminal.app.symbols import Symbols
from babilu.terminal.app.text_lines import TextLook, filled, text_lines
from babilu.terminal.app.themes import Ink, ink_of
from babilu.terminal.app.time_format import TimeFormat

LINES: Final = 40
"""Lines of one message; a longer one is read as a whole by a key."""

NAME_CELLS: Final = 32
VALUE_CELLS: Final = 200
"""Cells of a title or a topic that a line tells."""
EDGE: Final = 4
"""Cells at the right for route and state, with a blank before them."""

INDENT: Final = 2
LEAST: Final = 8
QUOTED_CHARACTERS: Final = 400
PICTURE_LINES: Final = 9
PICTURE_LINES_LOW: Final = 5
"""Lines of a small picture, and of one in a low view."""

VOICE_CELLS: Final = 32
"""Cells of a voice note, where there is room."""

BAR_CELLS: Final = 20
"""Cells of the bar of a file that moves, where there is room."""


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """A message as it is drawn.

    Attributes:
        message: The message.
        lead: Lines above it that are no part of it: a blank one, a day, the unread divider, who writes and when.
        body: Its lines.
    """

    message: MessageView
    lead: tuple[Line, ...]
    body: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class MessageLook:
    """How a message is shown.

    Attributes:
        revealed: Whether its spoilers are.
        counted: Whether it is said how many people have it.
        picture_lines: Lines of a small picture; 0 where there are no colours for one.
    """

    revealed: bool
    counted: bool
    picture_lines: int


class MessageRenderer:
    """Draws messages.

    Args:
        say: The language.
        symbols: Signs that the terminal has.
        time_format: Times.
        own_name: Tells whose reactions are one's own.
        files: Tells how fast files are moved, and where they were saved.
        voice: Tells how far voice notes were played.
    """

    def __init__(
        self,
        say: Strings,
        symbols: Symbols,
        time_format: TimeFormat,
        own_name: Callable[[], str],
        files: FileModel,
        voice: VoiceModel,
    ) -> None:
        self._say = say
        self._symbols = symbols
        self._time_format = time_format
        self._own_name = own_name
        self._files = files
        self._voice = voice

    def moment(self, message: MessageView) -> str:
        """Say when a message disappears; empty for one that stays."""
        if message.expires_at is not None:
            return self._say("app.mark.left", left=self._time_format.left(message.expires_at))
        if message.timer is not None:
            return self._say("app.mark.timer", span=duration(self._say, message.timer))
        return ""

    def about_files(self, message: MessageView) -> tuple[object, ...]:
        """Give what is shown of a message's files that its view does not say; equal for two that look alike."""
        if not message.files:
            return ()
        playing = self._voice.plays(message.id, message.conversation_id)
        return (
            None if playing is None else (playing, self._voice.speed),
            *(
                (self._files.saved_at(message, file.index), self._files.pace(message, file.index))
                for file in message.files
            ),
        )

    def block(
        self,
        message: MessageView,
        facts: Facts,
        width: int,
        *,
        airy: bool,
        revealed: bool = False,
        counted: bool = False,
    ) -> RenderedMessage:
        """Draw one message.

        Args:
            message: The message.
            facts: What its neighbours make of it.
            width: Cells of a line.
            airy: Whether there is room for blank lines between groups.
            revealed: Whether its spoilers are shown.
            counted: Whether it is said how many people have it.
        """
        if message.kind is not MessageKind.TEXT:
            return RenderedMessage(
                message, self._lead(message, facts, width, airy=False)[:-1], self._line(message, width)
            )
        lines = (PICTURE_LINES if airy else PICTURE_LINES_LOW) if self._symbols.half else 0
        body = self._body(message, width, MessageLook(revealed, counted, lines))
        return RenderedMessage(message, self._lead(message, facts, width, airy=airy), body)

    def rule(self, text: str, width: int, ink: Ink) -> Line:
        """Draw a line across with a text in its middle."""
        room = max(0, width - cell_len(text) - 2)
        left = room // 2
        rule = self._symbols.rule
        return (
            Span(rule * left, Ink.RULE),
            Span(f" {text} ", ink),
            Span(rule * (room - left), Ink.RULE),
        )

    def _line(self, message: MessageView, width: int) -> tuple[Line, ...]:
        """Draw a line about the conversation across, as no message can look."""
        if message.change is not None:
            said = change_text(message.change, self._say, self._own_name(), lambda text: label(text, VALUE_CELLS))
            ink = Ink.FAINT if message.change.counts else Ink.WARNING
            return tuple(self.rule(part, width, ink) for part in wrap(said, max(LEAST, width - INDENT - EDGE)))
        in_group = is_group_label(message.conversation)
        name = label(message.sender if in_group else message.conversation, NAME_CELLS)
        day, count = self._time_format.day(message.at), message.missing or 0
        what = changed_devices(message, self._say, lambda text: label(text, NAME_CELLS))
        text = self._say(line_key(message), name=name, day=day, count=count, what=what)
        if in_group and message.kind is MessageKind.KEY_CHANGED:
            text = f"{text} {self._say('app.group.out_by_key')}"
        return tuple(self.rule(part, width, Ink.WARNING) for part in wrap(text, max(LEAST, width - INDENT - EDGE)))

    def _lead(self, message: MessageView, facts: Facts, width: int, *, airy: bool) -> tuple[Line, ...]:
        lines: list[Line] = []
        if facts.begins and airy:
            lines.append(())
        if facts.new_day:
            lines.append(self.rule(self._time_format.day(message.at), width, Ink.FAINT))
        if facts.unread:
            lines.append(self.rule(self._say("app.new"), width, Ink.UNREAD))
        if facts.begins:
            ink = self._ink(message)
            name = self._say("app.you") if message.outgoing else label(message.sender, NAME_CELLS)
            hour = Span(f"  {self._time_format.hour(message.at)}", Ink.FAINT)
            origin = "" if message.imported is None else self._say(f"shown.imported.{message.imported}")
            mark = (Span(f"  {origin}", Ink.FAINT),) if origin else ()
            lines.append((Span(f"{self._symbols.bar} ", ink), Span(name, ink), hour, *mark))
        return tuple(lines)

    def _body(self, message: MessageView, width: int, look: "MessageLook") -> tuple[Line, ...]:
        room = max(LEAST, width - INDENT - EDGE)
        ink = Ink.MENTIONED if message.mentioned and not message.outgoing else self._ink(message)
        bar = Span(f"{self._symbols.bar} ", ink)
        route = Span(self._symbols.direct if message.route is Route.DIRECT else " ", Ink.FAINT)
        state = self._symbols.state(message.state)
        edge = (Span(" "), route, state, Span(" " * (2 - cell_len(state.text))))
        first, *others = self._inner(message, room, look)
        return ((bar, *filled(first, room), *edge), *((bar, *line) for line in others))

    def _inner(self, message: MessageView, room: int, look: "MessageLook") -> Iterator[Line]:
        """Give the lines of a message between its edges."""
        if message.deleted:
            yield from self._said(self._tombstone(message), room, Ink.FAINT)
            return
        if message.shared_by is not None:
            yield from self._said(self._say("shown.shared", name=label(message.shared_by, NAME_CELLS)), room, Ink.FAINT)
        if message.forwarded:
            yield from self._said(self._say("app.mark.forwarded"), room, Ink.FAINT)
        if message.reply_to is not None:
            yield self._quote(message, message.reply_to, room)
        if message.text or not message.files:
            text_look = TextLook(self._symbols, message.mentions, revealed=look.revealed)
            texts, whole = text_lines(message.text, room, LINES, text_look)
            yield from texts
            if not whole:
                yield (Span(self._say("app.more_text"), Ink.FAINT),)
        yield from small_pictures(message, room, look.picture_lines)
        for file in message.files:
            yield from (self._voice_note if is_voice(file) else self._file)(message, file, room)
        yield from self._warnings(message, room)
        yield from self._reactions(message, room)
        marks = self._marks(message, counted=look.counted)
        if marks:
            yield from self._said(f" {self._symbols.dot} ".join(marks), room, Ink.FAINT)

    def _ink(self, message: MessageView) -> Ink:
        """Choose the colour of who writes: where several people talk, everybody has their own."""
        if message.outgoing:
            return Ink.OWN
        return ink_of(message.sender) if is_group_label(message.conversation) else Ink.OTHER

    def _warnings(self, message: MessageView, room: int) -> Iterator[Line]:
        """Say what is wrong with a message, or with its way."""
        facts = {"app.late": message.late, "departed": message.departed, "needs_newer": message.needs_newer}
        for key, holds in facts.items():
            if holds:
                yield from self._said(self._say(key), room, Ink.WARNING)
        if message.text_state is not None:
            yield from self._said(self._say(text_state_key(message)), room, Ink.WARNING)
        if message.error is not None:
            reason = self._say("app.not_sent", reason=self._say.problem(message.error, ""))
            yield from self._said(safe(reason), room, Ink.BAD)
        if message.audience is not None and message.audience.failed:
            yield from self._said(lacking_line(message.audience, self._say), room, Ink.WARNING)

    def _said(self, text: str, room: int, ink: Ink) -> Iterator[Line]:
        return ((Span(line, ink),) for line in wrap(text, room))

    def _tombstone(self, message: MessageView) -> str:
        if message.hidden_by is not None:
            return removed_line(message, self._say, self._own_name(), lambda name: label(name, NAME_CELLS))
        if message.outgoing:
            return self._say("app.deleted_by_you")
        return self._say("app.deleted", name=label(message.sender, NAME_CELLS))

    def _quote(self, message: MessageView, quote: QuoteView, room: int) -> Line:
        """Draw what a message replies to, in one line: the own copy, or what its sender claims that it was."""
        edge = Span(f"{self._symbols.back} ", Ink.FAINT)
        left = room - cell_len(edge.text)
        text = label(without_marks(quote.text[:QUOTED_CHARACTERS]), left)
        if not text and quote.files:
            files = quoted_line(quote, lambda count: several(self._say, count), self._say("voice.note"))
            text = f"{self._symbols.file} {label(files, left)}"
        if not text:
            return edge, Span(cut(self._say("app.quote.gone"), left), Ink.FAINT)
        if quote.known:
            mine = quote.sender == self._own_name()
            who = f"{self._say('app.you') if mine else label(quote.sender, NAME_CELLS)}: "
        else:
            who = f"{self._say('app.quote.claimed', name=label(message.sender, NAME_CELLS))} "
        named = Span(cut(who, left), Ink.QUOTED if quote.known else Ink.WARNING)
        return edge, named, Span(cut(text, max(0, left - width_of((named,)))), Ink.FAINT)

    def _file(self, message: MessageView, file: FileView, room: int) -> Iterator[Line]:
        """Draw a file: its name and size, and below them how it stands, with a bar while it moves."""
        sign = Span(f"{self._symbols.file} ", Ink.OTHER)
        size = "".join(f"  {part}" for part in (size_text(file.size, self._say.point), picture_words(file)) if part)
        name = shown_file_name(file.name, max(LEAST, room - cell_len(sign.text) - cell_len(size)))
        yield sign, Span(name, Ink.STRONG), Span(size, Ink.FAINT)
        pace = self._files.pace(message, file.index)
        inner = max(LEAST, room - cell_len(sign.text))
        indent = Span(" " * cell_len(sign.text))
        if file.state in MOVING and 0 < file.done < file.size and waits_for(file) is None:
            cells = min(BAR_CELLS, inner // 3)
            full = file.done * cells // file.size
            bar = (Span(self._symbols.full * full, Ink.GOOD), Span(self._symbols.empty * (cells - full), Ink.FAINT))
            said = f" {progress_text(self._say, file, pace)}"
            yield indent, *bar, Span(cut(said, inner - cells), Ink.FAINT)
            return
        ink = Ink.BAD if file.state is FileState.FAILED else Ink.FAINT
        for line in wrap(safe(state_text(self._say, file, self._files.saved_at(message, file.index))), inner):
            yield indent, Span(line, ink)

    def _voice_note(self, message: MessageView, file: FileView, room: int) -> Iterator[Line]:
        """Draw a voice note: how loud its parts are, how long it is, and below what else is to be said of it."""
        playing = self._voice.plays(message.id, message.conversation_id)
        playing = None if playing is None or playing.index != file.index else playing
        sounds = playing is not None and playing.state is PlayingState.PLAYING
        length = file.duration or 1
        time = clock_of_ms(length)
        if playing is not None:
            time = f"{clock_of_ms(playing.position)} / {time}  {speed_text(playing.speed, self._say.point)}"
        sign = f"{self._symbols.pause if sounds else self._symbols.play} "
        cells = max(0, min(VOICE_CELLS, room - cell_len(sign) - cell_len(time) - 3))
        drawn = blocks(file.peaks, cells, self._symbols.bars)
        done = 0 if playing is None else min(playing.position * cells // length, cells)
        dot = Span(f" {self._symbols.link}", Ink.UNREAD) if file.unheard else Span("")
        yield (
            Span(sign, Ink.OTHER),
            Span(drawn[:done], Ink.GOOD),
            Span(drawn[done:]),
            Span(f" {time}", Ink.FAINT),
            dot,
        )
        if file.state in {FileState.FETCHING, FileState.FAILED, FileState.PAUSED}:
            ink = Ink.BAD if file.state is FileState.FAILED else Ink.FAINT
            for line in wrap(safe(state_text(self._say, file, None)), max(LEAST, room - cell_len(sign))):
                yield Span(" " * cell_len(sign)), Span(line, ink)

    def _reactions(self, message: MessageView, room: int) -> Iterator[Line]:
        """Draw reactions with their counts, as many in a line as fit; those in which one joins are marked."""
        line: list[Span] = []
        for reaction in message.reactions:
            mine = reaction.people[:1] == (self._own_name(),)
            text = f" {label(shown_reaction(reaction.emoji), room // 2)} {len(reaction.people)} "
            if width_of(line) + cell_len(text) + 1 > room and line:
                yield tuple(line)
                line = []
            line.extend((Span(text, Ink.CHOSEN_REACTION if mine else Ink.REACTION), Span(" ")))
        if line:
            yield tuple(line)

    def _marks(self, message: MessageView, *, counted: bool) -> list[str]:
        """Name what is to be known about a message besides its words."""
        marks = []
        if counted and message.audience is not None and message.audience.recipients:
            marks.append(lowered(audience_line(message.audience, self._say)))
        if message.pinned:
            marks.append(self._say("app.mark.pinned"))
        if message.edited_at is not None:
            marks.append(self._say("app.mark.edited"))
        moment = self.moment(message)
        if moment:
            marks.append(moment)
        return marks


def lowered(sentence: str) -> str:
    """Begin a sentence with a small letter, where it stands beside others in one line."""
    return sentence[:1].lower() + sentence[1:]
