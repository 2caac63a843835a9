"""The own devices: the list of them, linking one more, removing one; what signs asks for the password."""

from collections.abc import Callable
from functools import partial
from typing import Any

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.credentials import Passphrase
from babilu.api.views import OwnDeviceView
from babilu.presentation.plain_text import one_line
from babilu.presentation.strings import MisuseError
from babilu.terminal.app.cells import label
from babilu.terminal.app.dialogs.dialogs import Dialogs
from babilu.terminal.app.message_renderer import NAME_CELLS
from babilu.terminal.app.pages import Act, Lines
from babilu.terminal.app.parts import paragraph, paragraphs, table
from babilu.terminal.app.sheets import Blank, FormSheet, Sheet, titled
from babilu.terminal.app.spans import Line, Span
from babilu.terminal.app.themes import Ink


class OwnDeviceDialogs(Dialogs):
    """Sheets about the own devices."""

    def with_password(
        self, make: Callable[[Passphrase], c.Command[Any]], done: Callable[[Any], object], note: str = ""
    ) -> None:
        """Ask for the password, and do what is made with it; a wrong one is said where it was typed."""

        def submit(form: FormSheet, values: list[str]) -> None:
            if not values[0]:
                raise MisuseError("nothing_given")

            def finished(answer: object) -> None:
                form.done()
                done(answer)

            self._client_model.ask(make(Passphrase(values[0])), finished, form.fail)

        blanks = [Blank(self._say("ask.password"), secret=True)]
        self._host.put(FormSheet(titled(self._say("ask.password")), note, blanks, submit, self._say))

    def show(self) -> None:
        """Show the own devices."""
        self._client_model.ask(c.Devices(), self._list)

    def _list(self, devices: tuple[OwnDeviceView, ...]) -> None:
        def lines(width: int) -> list[Line]:
            rows = [(self._name_of(each), self._about(each)) for each in devices]
            return [*table(rows, width), (), *paragraph(self._say("app.devices.note"), width, Ink.FAINT)]

        acts = [Act(self._say("app.do.close"), bool)]
        others = [each for each in devices if not each.own]
        if others:
            acts.append(Act(self._say("app.do.ask_history"), self._choose_history))
        if others and devices[0].full:
            acts.append(Act(self._say("app.do.remove_device"), lambda: self._choose_one(others)))
        self._host.put(Sheet(titled(self._say("app.devices")), lines, tuple(acts)))

    def _name_of(self, device: OwnDeviceView) -> str:
        return label(device.name, NAME_CELLS) if device.name.strip() else self._say("device.unnamed")

    def _about(self, device: OwnDeviceView) -> str:
        words = [self._say("device.full" if device.full else "device.companion")]
        if device.own:
            words.append(self._say("device.own"))
        elif device.last_seen is not None:
            words.append(self._say("device.seen", at=self._around.time_format.whole(device.last_seen)))
        return ", ".join(words)

    def _choose_one(self, devices: list[OwnDeviceView]) -> None:
        offers = [(f"{self._name_of(each)} ({self._about(each)})", partial(self._remove, each)) for each in devices]
        self._choose(self._say("app.do.remove_device"), offers)

    def _choose_history(self) -> None:
        days = [("app.history.all", None), ("app.history.year", 365), ("app.history.month", 30)]
        offers = [(self._say(key), partial(self._ask_history, back)) for key, back in days]
        self._choose(self._say("app.do.ask_history"), offers)

    def _ask_history(self, days: int | None) -> None:
        self._client_model.ask(c.AskHistory(days), lambda _: self._host.say_so(self._say("did.ask_history")))

    def _remove(self, device: OwnDeviceView) -> None:
        note = self._say("app.devices.remove_note", name=self._name_of(device))
        self.with_password(lambda password: c.RemoveDevice(device.device, password), bool, note)

    def show_code(self, shown: e.LinkCodeShown) -> None:
        """Show the code of this device, which is being linked, and let the person say whether the other shows it."""
        said = self._say("link_code", words=" ".join(shown.words))
        below = [] if shown.line is None else [self._say("link_code.line", line=shown.line)]

        def confirm() -> None:
            self._client_model.ask(c.LinkConfirm(), lambda _: self._host.say_so(self._say("did.link_confirm")))

        acts = (
            Act(self._say("app.do.link_refuse"), lambda: self._client_model.ask(c.LinkRefuse())),
            Act(self._say("app.do.link_same"), confirm),
        )
        self._host.put(Sheet(titled(self._say("app.devices")), _with_code(said, shown.digits, below), acts))

    def asked(self, asked: e.LinkAsked) -> None:
        """Show the code of a new device, and let the person say whether it shows the same."""
        name, words = one_line(asked.name), " ".join(asked.words)
        said = self._say("link_asked", name=name, words=words)
        below = [self._say("link_asked.full" if asked.full else "link_asked.companion")]
        if asked.failed:
            below.append(self._say("link_asked.failed", count=asked.failed))
        acts = (
            Act(self._say("app.do.link_refuse"), lambda: self._client_model.ask(c.LinkRefuse())),
            Act(self._say("app.do.link_all"), lambda: self._approve(asked, None)),
            Act(self._say("app.do.link_month"), lambda: self._approve(asked, 30)),
            Act(self._say("app.do.link_none"), lambda: self._approve(asked, 0)),
        )
        self._host.put(Sheet(titled(self._say("app.devices")), _with_code(said, asked.digits, below), acts))

    def _approve(self, asked: e.LinkAsked, days: int | None) -> None:
        def done(_: object) -> None:
            self._host.say_so(self._say("did.link_approve"))

        self.with_password(lambda password: c.LinkApprove(password, days, asked.full, device=asked.device), done)


def _with_code(said: str, digits: str, below: list[str]) -> Lines:
    """Put the digits that people compare between two paragraphs, in a line of their own that stands out."""

    def lines(width: int) -> list[Line]:
        code: Line = (Span(f"  {digits[:3]} {digits[3:]}", Ink.STRONG),)
        return [*paragraph(said, width), (), code, (), *paragraphs(*below)(width)]

    return lines
