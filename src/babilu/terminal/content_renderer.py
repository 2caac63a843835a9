"""What one says about messages, in sentences for people: replies, edits, reactions, pins, timers, texts for later."""

from typing import Final

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import (
    FileView,
    MessageView,
    PinView,
    PrivacySwitch,
    ReceiptsView,
    RecordingView,
    SavedFileView,
    ScheduledView,
    TimerView,
    WordingView,
)
from babilu.kernel.ids import MessageId
from babilu.kernel.states import PlayingState, RecordingState, TextState, TransferState
from babilu.presentation.durations import duration
from babilu.presentation.files import files_line, quoted_line, waits_for
from babilu.presentation.line_keys import text_state_key
from babilu.presentation.pictures import picture_words
from babilu.presentation.plain_text import LINES_SHOWN, lines, one_line
from babilu.presentation.sizes import size_text
from babilu.presentation.strings import Strings
from babilu.presentation.voice_notes import blocks, clock_of_ms, is_voice
from babilu.terminal.local_time import clock_of, day_of
from babilu.terminal.message_numbers import MessageNumbers
from babilu.terminal.output import Output
from babilu.terminal.sentence_writer import SentenceWriter
from babilu.terminal.style import Style

QUOTED_LETTERS: Final = 60
"""Letters of a quoted message that are shown above the reply."""

REACTIONS_SHOWN: Final = 20
"""Different reactions to one message that are shown."""

VOICE_CELLS: Final = 24
"""Characters in which a voice note is drawn."""

INDENT: Final = " " * 6


class ContentRenderer:
    """Says it, a line for each thing.

    Args:
        output: Where the conversation goes.
        strings: The language.
        style: Colours and symbols.
        numbers: Short names of messages.
    """

    def __init__(self, output: Output, strings: Strings, style: Style, numbers: MessageNumbers) -> None:
        self._output = output
        self._say = strings
        self._style = style
        self._numbers = numbers
        self._writer = SentenceWriter(output, strings, style)
        self._reactions: dict[MessageId, MessageView] = {}
        self._playing: tuple[str, MessageId | None] | None = None
        self._expired: dict[str, list[MessageId]] = {}
        self.name = ""
        """The own name."""

    def above(self, message: MessageView) -> None:
        """Say what a message replies to."""
        quote = message.reply_to
        if quote is None:
            return
        text = one_line(self._shortened(" ".join(quote.text.split())))
        if not text and quote.files:
            files = quoted_line(quote, lambda count: self._say("app.files", count=count), self._say("voice.note"))
            text = f"{self._style.file} {one_line(files)}"
        if not text:
            self._writer.note("reply_to.gone")
        elif not quote.known:
            self._writer.note("reply_to.claimed", quoter=one_line(message.sender), text=text)
        elif quote.sender == self.name:
            self._writer.note("reply_to.you", text=text)
        else:
            self._writer.note("reply_to", name=one_line(quote.sender), text=text)

    def marks(self, message: MessageView, now: float) -> str:
        """Give what stands behind a message."""
        marks = [self._say(f"shown.{mark}") for mark in ("forwarded", "pinned") if getattr(message, mark)]
        if message.shared_by is not None:
            marks.append(self._say("shown.shared", name=one_line(message.shared_by)))
        if message.imported is not None:
            marks.append(self._say(f"shown.imported.{message.imported}"))
        if message.edited_at is not None and not message.deleted:
            marks.append(self._say("shown.edited", clock=_when(message.edited_at, now)))
        if message.expires_at is not None:
            marks.append(self._say("shown.expires", when=_when(message.expires_at, now)))
        elif message.timer is not None:
            marks.append(self._say("shown.timer", duration=duration(self._say, message.timer)))
        faint = self._style.faint(f"  ({', '.join(marks)})") if marks else ""
        return faint + (self._style.alarm(f"  ({self._say('shown.mentioned')})") if message.mentioned else "")

    def below(self, message: MessageView) -> None:
        """Show the files of a message, and the reactions to one of a history."""
        if len(message.files) > 1:
            self._numbers.bring_several(message.id)
        for file in message.files:
            self._output.line(self._style.faint(INDENT + self._file(file, message)))
        if message.reactions:
            self._output.line(self._style.faint(INDENT + self._reactions_to(message)))

    def tell(self, event: e.Event) -> None:  # noqa: C901 -- a line for each event
        """Say what the client told about messages.

        Reactions and ends of messages are said when the batch is over: of several to one message only the last.
        """
        match event:
            case e.ReactionsChanged(message):
                self._reactions[message.id] = message
            case e.MessageExpired(message_id, conversation):
                if self._numbers.known(message_id):
                    self._expired.setdefault(conversation, []).append(message_id)
            case e.MessageEdited(message):
                self.edited(message)
            case e.TextStateChanged(message, before) if before is not TextState.COMING:
                self.text_state(message)
            case e.MessageDeleted(message_id, conversation, _, sender, for_all):
                number = self._numbers.show(message_id, conversation)
                if for_all:
                    self._writer.note(self._by("deleted_for_all", sender), name=one_line(sender), number=number)
                else:
                    self._writer.note("deleted", number=number)
            case e.MessagePinned(pin):
                self.pinned(pin)
            case e.TimerChanged(timer):
                self.timer(timer)
            case e.ReceiptsChanged(receipts):
                self.receipts(receipts)
            case e.ScheduledChanged(scheduled, gone):
                if not gone:
                    self.scheduled(scheduled)
            case e.FileTransfer(message=message_id) if message_id is not None:
                self.transferred(event, message_id)
            case e.FileSaved(file):
                self.saved(file)
            case e.RecordingChanged(recording):
                self.recorded(recording)
            case e.PlayingChanged():
                self.played(event)
            case e.ConversationCleared(conversation):
                self._writer.note("cleared", name=one_line(conversation))
            case _:
                pass

    def answer(self, action: object, answer: object) -> bool:
        """Say what came of an order about messages; tells whether it was one."""
        match answer:
            case MessageView() if isinstance(action, c.EditMessage):
                self.edited(answer)
            case MessageView() if isinstance(action, c.SetReactions):
                self.reactions(answer)
            case SavedFileView():
                self.saved(answer)
            case RecordingView():
                self.recorded(answer)
            case PinView():
                self.pinned(answer)
            case TimerView():
                self.timer(answer)
            case ReceiptsView():
                self.receipts(answer)
            case ScheduledView():
                self.scheduled(answer)
            case _:
                return False
        return True

    def _file(self, file: FileView, message: MessageView) -> str:
        """Say what a file is, and how it stands."""
        said = self._say.why_file_waits(waits_for(file)) or self._say(f"file.{file.state.value}")
        if is_voice(file):
            drawn = blocks(file.peaks, VOICE_CELLS, self._style.bars)
            unheard = f" {self._style.note} {self._say('voice.unheard')}" if file.unheard else ""
            return f"{self._style.file} {self._say('voice.note')} {clock_of_ms(file.duration or 0)} {drawn}{unheard}"
        mark = f" {self._style.note} {said}" if said else ""
        number = f" (file:{file.index})" if len(message.files) > 1 else ""
        about = ", ".join(
            part for part in (one_line(file.name), size_text(file.size, self._say.point), picture_words(file)) if part
        )
        return f"{self._style.file} {about}{number}{mark}"

    def transferred(self, event: e.FileTransfer, message: MessageId) -> None:
        """Say that the transfer of a file has ended; how far one is, a line each would say too often."""
        number = self._numbers.show_file(message, event.conversation, event.index)
        if event.state is TransferState.FAILED:
            why = self._say.problem(event.error or "", "")
            self._output.line(self._style.alarm(self._say("transfer.failed", number=number, why=why)))
        elif event.error is not None and (waits := self._say.why_file_waits(event.error)):
            self._writer.note("file.waits", number=number, why=waits)
        elif event.state is TransferState.DONE:
            self._writer.note(f"transfer.{event.direction.value}", number=number)

    def saved(self, file: SavedFileView) -> None:
        """Say where a file was saved."""
        number = self._numbers.show_file(file.message, file.conversation, file.index)
        if file.path is None:
            self._writer.note("transfer.in", number=number)
        else:
            self._writer.note("file.saved", path=one_line(file.path))

    def recorded(self, recording: RecordingView) -> None:
        """Say that a voice note is begun, or waits; how loud it is, a line each would say too often."""
        name, length = one_line(recording.conversation), clock_of_ms(recording.duration)
        match recording.state:
            case RecordingState.RECORDING if not recording.duration:
                self._writer.note("voice.recording", name=name)
            case RecordingState.KEPT if recording.error is not None:
                why = self._say.problem(recording.error, "")
                self._output.line(self._style.alarm(self._say("voice.broken_off", name=name, length=length, why=why)))
            case RecordingState.KEPT:
                self._writer.note("voice.kept", name=name, length=length)
            case _:
                pass

    def played(self, event: e.PlayingChanged) -> None:
        """Say that a voice note is played, and that it is so no longer."""
        which = (event.conversation, event.message)
        if event.state is PlayingState.PLAYING and which == self._playing:
            return
        self._playing = which if event.state is PlayingState.PLAYING else None
        number = "" if event.message is None else self._numbers.show(event.message, event.conversation)
        name = one_line(event.conversation)
        if event.state is PlayingState.FAILED:
            why = self._say.problem(event.error or "", "")
            self._output.line(self._style.alarm(self._say("voice.failed", number=number or name, why=why)))
        else:
            key = f"voice.{event.state.value}" + ("" if event.message is not None else ".own")
            self._writer.note(key, number=number, name=name)

    def flush(self) -> None:
        """Say what was kept back."""
        reactions, self._reactions = self._reactions, {}
        for message in reactions.values():
            self.reactions(message)
        expired, self._expired = self._expired, {}
        for conversation, messages in expired.items():
            numbers = self._numbers.show_all(messages, conversation)
            self._writer.note("expired", numbers=numbers, name=one_line(conversation))

    def reactions(self, message: MessageView) -> None:
        """Say all reactions to a message, in one line."""
        number = self._numbers.show(message.id, message.conversation)
        if message.reactions:
            self._writer.note("reactions", number=number, reactions=self._reactions_to(message))
        else:
            self._writer.note("reactions.none", number=number)

    def text_state(self, message: MessageView) -> None:
        """Say that the rest of a long text is here, or that it cannot be had."""
        if message.text_state is None:
            self._worded(message, "text.came")
        else:
            number = self._numbers.show(message.id, message.conversation)
            self._writer.note("text.stands", number=number, state=self._say(text_state_key(message)))

    def edited(self, message: MessageView) -> None:
        """Say the new wording of a message."""
        self._worded(message, self._by("edited", self.name if message.outgoing else ""))

    def _worded(self, message: MessageView, key: str) -> None:
        number = self._numbers.show(message.id, message.conversation)
        first, *rest = lines(message.text)
        self._writer.note(key, name=one_line(message.sender), number=number, text=first)
        for line in rest[:LINES_SHOWN]:
            self._output.line(INDENT + line)
        if len(rest) > LINES_SHOWN:
            self._output.line(INDENT + self._style.faint(self._say("lines_left_out", count=len(rest) - LINES_SHOWN)))

    def pinned(self, pin: PinView) -> None:
        """Say that a message was pinned or unpinned."""
        key = self._by("pinned" if pin.on else "unpinned", pin.sender)
        self._writer.note(key, name=one_line(pin.sender), number=self._numbers.show(pin.message, pin.conversation))

    def timer(self, timer: TimerView) -> None:
        """Say after how long new messages disappear."""
        key = self._by("timer_off" if timer.seconds is None else "timer_set", timer.sender)
        who = timer.conversation if timer.sender == self.name else timer.sender
        self._writer.note(key, name=one_line(who), duration=duration(self._say, timer.seconds or 0))

    def receipts(self, receipts: ReceiptsView) -> None:
        """Say what is told and shown."""
        switches = {each.value: self._switch(receipts, each) for each in PrivacySwitch}
        key = "receipts" if receipts.conversation is None else "receipts_with"
        self._writer.note(key, name=one_line(receipts.conversation or ""), **switches)

    def _switch(self, receipts: ReceiptsView, each: PrivacySwitch) -> str:
        state = self._say("switch.on" if getattr(receipts, each.value) else "switch.off")
        return self._say("switch.inherited", state=state) if each in receipts.inherited else state

    def scheduled(self, scheduled: ScheduledView) -> None:
        """Say that a text is sent later, or that it waits for a decision."""
        key = "scheduled_overdue" if scheduled.overdue else "scheduled"
        self._writer.note(
            key, name=one_line(scheduled.conversation), when=_day_and_clock(scheduled.at), number=scheduled.number
        )

    def scheduled_row(self, scheduled: ScheduledView) -> None:
        """Show one of the texts that are sent later."""
        self.scheduled(scheduled)
        if scheduled.text or not scheduled.files:
            self._output.line(INDENT + one_line(self._shortened(scheduled.text)))
        if scheduled.files:
            files = files_line(scheduled.files, lambda count: self._say("app.files", count=count))
            self._output.line(f"{INDENT}{self._style.file} {one_line(files)}")

    def wording(self, wording: WordingView) -> None:
        """Show one wording of a message."""
        first, *rest = lines(wording.text)
        self._output.line(f"  {self._style.faint(_day_and_clock(wording.at))}  {first}")
        for line in rest[:LINES_SHOWN]:
            self._output.line(" " * len("  2026-11-30 00:00  ") + line)

    def _reactions_to(self, message: MessageView) -> str:
        shown = message.reactions[:REACTIONS_SHOWN]
        return "  ".join(f"{one_line(each.emoji)} {', '.join(map(one_line, each.people))}" for each in shown)

    def _shortened(self, text: str) -> str:
        return text if len(text) <= QUOTED_LETTERS else f"{text[: QUOTED_LETTERS - 1]}{self._style.more}"

    def _by(self, key: str, sender: str) -> str:
        """Choose the sentence about what one did oneself, or somebody else did."""
        return f"{key}.you" if sender == self.name else key


def _day_and_clock(at: float) -> str:
    return f"{day_of(at)} {clock_of(at)}"


def _when(at: float, now: float) -> str:
    """Write a time, with its day where that is not today."""
    return clock_of(at) if day_of(at) == day_of(now) else _day_and_clock(at)
