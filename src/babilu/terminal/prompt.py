"""Input on a terminal: editing, history kept in memory only, completion of commands and names."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import DummyHistory, InMemoryHistory
from prompt_toolkit.patch_stdout import patch_stdout
from prompt_toolkit.shortcuts import CompleteStyle

from babilu.presentation.plain_text import one_line
from babilu.presentation.strings import MisuseError
from babilu.terminal.arguments import ArgumentKind
from babilu.terminal.command_forms import FORMS
from babilu.terminal.command_spec import CommandSpec
from babilu.terminal.interruption import Interrupted, Interruption
from babilu.terminal.paths import completed_paths, path_kind, word_at_end


class PromptSource:
    """Asks a person for lines.

    Args:
        names: Gives the names that can be completed.
    """

    def __init__(self, names: Callable[[], Iterable[str]]) -> None:
        self._lines: PromptSession[str] = PromptSession(
            history=InMemoryHistory(),
            completer=OrderCompleter(names),
            complete_while_typing=False,
            complete_style=CompleteStyle.READLINE_LIKE,
            reserve_space_for_menu=0,
            # What was typed is shown again with its state, where it took place.
            erase_when_done=True,
            enable_history_search=True,
        )
        self._secrets: PromptSession[str] = PromptSession(history=DummyHistory(), is_password=True)
        self._asking: Application[str] | None = None
        self._interrupted = False

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Let what other threads print appear above the line that is being typed."""
        with patch_stdout(raw=True):
            yield

    def read(self, current: str, interruption: Interruption) -> str | None:
        """Give the next line; None at Ctrl+C, and at Ctrl+D on an empty line."""
        del interruption  # the prompt's own loop is woken by signals
        try:
            return self._ask(self._lines, f"{one_line(current)}> ")
        except (EOFError, KeyboardInterrupt):
            return None

    def ask_secret(self, question: str) -> str:
        try:
            return self._ask(self._secrets, f"{question}: ")
        except (EOFError, KeyboardInterrupt):
            raise MisuseError("nothing_given") from None

    def interrupt(self) -> None:
        """Make the prompt end by itself: thrown out of its loop, it would not give the terminal back."""
        self._interrupted = True
        asking = self._asking
        loop = asking.loop if asking is not None else None
        if loop is not None:
            with suppress(RuntimeError):  # it has ended in this moment
                loop.call_soon_threadsafe(self._leave)

    def _ask(self, session: "PromptSession[str]", text: str) -> str:
        self._asking = session.app
        try:
            return session.prompt(text, pre_run=self._leave)
        except OSError:
            raise EOFError from None  # a terminal that is gone: nothing comes from there any more
        finally:
            self._asking = None

    def _leave(self) -> None:
        asking = self._asking
        if self._interrupted and asking is not None and asking.future is not None and not asking.future.done():
            asking.exit(exception=Interrupted())


class OrderCompleter(Completer):
    """Completes commands after ``/`` and names after ``@`` and where a command takes one."""

    def __init__(self, names: Callable[[], Iterable[str]]) -> None:
        self._names = names
        self._forms = {f"/{form.do}": form for form in FORMS if form.on_line}

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """Give what the word at the cursor can become."""
        del complete_event
        before = document.text_before_cursor
        words = before.split(" ")
        kind = path_kind(self._forms.get(words[0]), len(words) - 2)
        if kind is not None:
            word = word_at_end(before)
            if not word.startswith("@"):
                for path in completed_paths(word, folders_only=kind is ArgumentKind.FOLDER):
                    yield Completion(path, start_position=-len(word), display=one_line(path))
                return
        if len(words) == 1:
            candidates = [*self._forms, *map(_addressed, self._names())]
        else:
            form = self._forms.get(words[0])
            candidates = list(self._names()) if form is not None and takes_name(form, len(words) - 2) else []
            if form is not None and words[-1].startswith("@"):
                candidates = list(map(_addressed, self._names()))
        for candidate in sorted(candidates):
            if words[-1] and candidate.startswith(words[-1]):
                yield Completion(candidate + " ", start_position=-len(words[-1]), display=one_line(candidate))


def _addressed(name: str) -> str:
    """Write a name as it stands in front of a text; a label is one as it is."""
    return name if name.startswith("#") else f"@{name}"


def takes_name(form: CommandSpec, place: int) -> bool:
    """Tell whether the word at a place after a command is a name; an address and its port are two words."""
    fields = [field for field in form.fields if field.has_place]
    kinds = [field.kind for field in fields for _ in range(2 if field.kind is ArgumentKind.ADDRESS else 1)]
    if place >= len(kinds):
        return ArgumentKind.NAMES in kinds
    return kinds[place] in {ArgumentKind.NAME, ArgumentKind.NAMES}
