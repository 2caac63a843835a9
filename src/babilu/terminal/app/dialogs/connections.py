"""Ways to others: how one is reached, whom one calls, where one listens."""

from typing import Final

from babilu.api import commands as c
from babilu.api.views import Address, LinkState
from babilu.presentation.link_troubles import LinkTrouble, WayOut
from babilu.presentation.strings import MisuseError
from babilu.terminal.app.cells import label
from babilu.terminal.app.dialogs.dialogs import Dialogs
from babilu.terminal.app.message_renderer import NAME_CELLS
from babilu.terminal.app.pages import Act
from babilu.terminal.app.parts import NONE, paragraph, table
from babilu.terminal.app.sheets import Blank, FormSheet, Sheet, titled
from babilu.terminal.app.spans import Line
from babilu.terminal.app.themes import Ink
from babilu.terminal.arguments import check_fingerprint, is_address, make_address, parse_address

CALL_PORT: Final = "5051"
LISTEN_AT: Final = "0.0.0.0:5051"


class ConnectionDialogs(Dialogs):
    """Sheets about connections."""

    def connection(self) -> None:
        """Show how one is reached."""
        connection_status = self._client_model.status
        open_door = Act(self._say("app.do.listen"), self.listen)
        close_door = Act(self._say("app.do.stop_listening"), lambda: self._client_model.ask(c.StopListening()))
        calls = [
            Act(
                self._say("app.do.stop_calling", address=str(call.address)),
                lambda call=call: self._stop_calling(call.address),  # type: ignore[misc]  # bound now
            )
            for call in connection_status.calls.values()
        ]
        trouble = connection_status.trouble
        retry = (
            [] if connection_status.link is not LinkState.OFFLINE else [Act(self._say("app.do.try_now"), self.try_now)]
        )
        if trouble is not None and trouble.way_out is WayOut.FINGERPRINT:
            retry.append(Act(self._say("app.do.fingerprint"), lambda: self.deal(trouble)))
        acts = (
            Act(self._say("app.do.close"), bool),
            *retry,
            Act(self._say("app.do.call_address"), lambda: self.call("")),
            close_door if connection_status.listening else open_door,
            *calls,
        )
        self._host.put(Sheet(titled(self._say("app.key.connection")), self._standing_lines, acts))

    def call(self, name: str) -> None:
        """Let the person call a contact or an address."""
        known, name = self._client_model.view(name), self._client_model.name_of(name)
        address = known.contact.address if known is not None and known.contact is not None else None

        def submit(form: FormSheet, values: list[str]) -> None:
            target = values[0].strip()
            where = parse_address(target) if is_address(target) else make_address(target, CALL_PORT)
            self.begin_call(form, where, name or None)

        blank = Blank(self._say("app.address"), "" if address is None else str(address))
        shown = label(name, NAME_CELLS)
        title = self._say("app.call_to", name=shown) if name else self._say("app.do.call_address")
        self._host.put(FormSheet(title, self._say("app.call_note"), (blank,), submit, self._say))

    def listen(self) -> None:
        """Let the person open the server socket."""

        def submit(form: FormSheet, values: list[str]) -> None:
            address = parse_address(values[0])
            self._client_model.ask(c.Listen(address), lambda _: form.done(), form.fail)

        blank = Blank(self._say("app.address"), LISTEN_AT)
        self._host.put(FormSheet(self._say("app.do.listen"), self._say("app.listen_note"), (blank,), submit, self._say))

    def try_now(self) -> None:
        """Try to reach the relay now."""
        self._client_model.ask(c.TryNow(), lambda _: self._host.say_so(self._say("did.try_now")))

    def deal(self, trouble: LinkTrouble) -> None:
        """Do what helps against a refusal."""
        if trouble.way_out is WayOut.FINGERPRINT:
            self._ask_fingerprint()
        else:
            self.try_now()

    def _ask_fingerprint(self) -> None:
        """Let the person name the relay's new certificate."""

        def submit(form: FormSheet, values: list[str]) -> None:
            def known(_: object) -> None:
                form.done()
                self._host.say_so(self._say("did.certificate"))

            self._client_model.ask(c.TrustCertificate(check_fingerprint(values[0])), known, form.fail)

        blank = Blank(self._say("app.fingerprint"))
        title, note = self._say("app.certificate"), self._say("app.certificate_note")
        self._host.put(FormSheet(title, note, (blank,), submit, self._say))

    def begin_call(self, form: FormSheet, address: Address, name: str | None) -> None:
        """Call an address that a form has asked for."""
        if address.port == 0:
            raise MisuseError("call_needs_port")
        form.done()
        self._client_model.call(address, name, self._host.fail)

    def _stop_calling(self, address: Address) -> None:
        self._client_model.end_call(address)
        self._client_model.ask(c.HangUp(str(address)), None, lambda _: None)

    def _detour_row(self) -> list[tuple[str, str]]:
        detour = self._client_model.status.detour
        return [] if detour is None else [(self._say("app.info.reached_at"), str(detour))]

    def _standing_lines(self, width: int) -> list[Line]:
        connection_status = self._client_model.status
        rows = [
            (self._say("app.info.name"), label(connection_status.name, NAME_CELLS)),
            (self._say("app.info.relay"), str(connection_status.relay) if connection_status.relay else NONE),
            (self._say("app.info.link"), self._say(f"link.{connection_status.link.value}")),
            *self._detour_row(),
            (self._say("app.info.waiting"), str(connection_status.queued)),
            (
                self._say("app.info.listening"),
                str(connection_status.listening) if connection_status.listening else NONE,
            ),
            (
                self._say("app.info.direct_now"),
                ", ".join(label(n, NAME_CELLS) for n in connection_status.connected) or NONE,
            ),
        ]
        lines = table(rows, width)
        if connection_status.reason:
            lines.extend(paragraph(connection_status.reason, width, Ink.BAD))
        for call in connection_status.calls.values():
            lines.extend(paragraph(connection_status.call_text(call), width, Ink.WARNING))
        return lines
