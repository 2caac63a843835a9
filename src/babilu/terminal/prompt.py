"""Input on a terminal: editing, history kept in memory only, completion of commands and names."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.patch_stdout import patch_stdout
from prompt_toolkit.shortcuts import CompleteStyle

from babilu.terminal.arguments import Kind
from babilu.terminal.orders import FORMS
from babilu.terminal.plain_text import one_line
from babilu.terminal.strings import MisuseError


class PromptSource:
    """Asks a person for lines.

    Args:
        names: Gives the names that can be completed.
    """

    def __init__(self, names: Callable[[], Iterable[str]]) -> None:
        self._session: PromptSession[str] = PromptSession(
            history=InMemoryHistory(),
            completer=OrderCompleter(names),
            complete_while_typing=False,
            complete_style=CompleteStyle.READLINE_LIKE,
            reserve_space_for_menu=0,
            # What was typed is shown again with its state, where it took place.
            erase_when_done=True,
            enable_history_search=True,
        )

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Let what other threads print appear above the line that is being typed."""
        with patch_stdout(raw=True):
            yield

    def read(self, current: str) -> str | None:
        """Give the next line; None at Ctrl+C, and at Ctrl+D on an empty line."""
        try:
            return self._session.prompt(f"{one_line(current)}> ")
        except (EOFError, KeyboardInterrupt):
            return None

    def ask_secret(self, question: str) -> str:
        """Ask for something that is not shown."""
        try:
            return self._session.prompt(f"{question}: ", is_password=True)
        except (EOFError, KeyboardInterrupt):
            raise MisuseError("nothing_given") from None


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
        if len(words) == 1:
            candidates = [*self._forms, *(f"@{name}" for name in self._names())]
        else:
            form = self._forms.get(words[0])
            fields = [field for field in form.fields if field.on_line] if form else []
            takes_name = len(words) - 2 < len(fields) and fields[len(words) - 2].kind is Kind.NAME
            candidates = list(self._names()) if takes_name else []
        for candidate in sorted(candidates):
            if words[-1] and candidate.startswith(words[-1]):
                yield Completion(candidate + " ", start_position=-len(words[-1]), display=one_line(candidate))
