"""Texts that are sent later: when, which, and what becomes of one whose time passed while nobody was there."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from babilu.api import commands as c
from babilu.api.views import ScheduledView
from babilu.kernel.ids import MessageId
from babilu.presentation.files import files_line
from babilu.presentation.fuzzy import score
from babilu.presentation.strings import MisuseError
from babilu.terminal.app.cells import label
from babilu.terminal.app.chooser import Chooser, ChooserItem
from babilu.terminal.app.dialogs.dialogs import Dialogs
from babilu.terminal.app.file_words import several
from babilu.terminal.app.pages import Act
from babilu.terminal.app.parts import paragraph
from babilu.terminal.app.sheets import Blank, FormSheet, Sheet, titled
from babilu.terminal.app.spans import Line, Span
from babilu.terminal.app.text_lines import TextLook, text_lines
from babilu.terminal.app.themes import Ink
from babilu.terminal.local_time import moment_of

EXCERPT_CELLS: Final = 200
READ_LINES: Final = 5_000


class ScheduledDialogs(Dialogs):
    """Sheets about texts that are sent later."""

    def ask(self, to: str, text: str, reply_to: MessageId | None, done: Callable[[], None]) -> None:
        """Ask when a text is to be sent, and keep it until then."""

        def submit(form: FormSheet, values: list[str]) -> None:
            at = moment_of(values[0].strip(), self._around.clock.now_ms())
            if at is None:
                raise MisuseError("not_a_time")

            def kept() -> None:
                form.done()
                done()
                self._host.say_so(self._say("app.did.scheduled", when=self._around.time_format.within(at)))

            self._client_model.schedule(to, text, at, form.fail, kept, reply_to)

        blank = Blank(self._say("app.when_blank"))
        title = self._say("app.schedule_title", name=self._called(to))
        self._host.put(FormSheet(title, self._say("app.schedule_note"), (blank,), submit, self._say))

    def show(self, name: str | None) -> None:
        """Show what is sent later, the next one first: in one conversation, or in all."""
        only = None if name is None else self._client_model.view(name)

        def is_meant(view: ScheduledView) -> bool:
            return name is None or (only is not None and view.conversation_id == only.id)

        def find(query: str) -> Sequence[ChooserItem]:
            views = sorted(self._client_model.scheduled.values(), key=lambda each: (each.at, each.number))
            return [
                self._item(view, named=name is None)
                for view in views
                if (name is None or (only is not None and view.conversation_id == only.id))
                and score(query, self._words(view)) is not None
            ]

        self._host.put(Chooser(titled(self._say("app.do.scheduled")), find, self._say("app.nothing_scheduled")))

    def decide(self, view: ScheduledView) -> None:
        """Let the person send a text now or give it up; of one that is overdue it is said why that is asked."""
        name = self._called(view.conversation)
        when = self._around.time_format.whole(view.at)
        key = "app.scheduled_overdue" if view.overdue else "app.scheduled_due"

        def lines(width: int) -> list[Line]:
            look = TextLook(self._around.symbols, revealed=True)
            words = text_lines(view.text, width, READ_LINES, look, len(view.text))[0] if view.text else []
            names = (Span(label(f"{self._around.symbols.file} {name}", width), Ink.FAINT) for name in view.files)
            files = [(each,) for each in names]
            return [*paragraph(self._say(key, name=name, when=when), width, Ink.FAINT), (), *words, *files]

        def order(command: c.Command[Any]) -> Callable[[], None]:
            return lambda: self._client_model.ask(command)

        acts = (
            Act(self._say("app.do.later"), bool),
            Act(self._say("app.do.send_now"), order(c.SendNow(view.number))),
            Act(self._say("app.do.unschedule"), order(c.Unschedule(view.number)), grave=True),
        )
        self._host.put(Sheet(titled(self._say("app.do.scheduled")), lines, acts))

    def _item(self, view: ScheduledView, *, named: bool) -> ChooserItem:
        who = (Span(f"{self._called(view.conversation)}: ", Ink.OTHER),) if named else ()
        left = (*who, Span(label(self._words(view), EXCERPT_CELLS)))
        ink = Ink.WARNING if view.overdue else Ink.FAINT
        right = (Span(f"  {self._around.time_format.whole(view.at)}", ink),)
        return ChooserItem(left, right, lambda: self.decide(view))

    def _words(self, view: ScheduledView) -> str:
        """Give what stands for a text in one line: its words, or its files where it has none."""
        return view.text or files_line(view.files, lambda count: several(self._say, count))
