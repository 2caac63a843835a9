"""People: who they are, whether it is really them, and what they may do."""

from collections.abc import Callable
from typing import Any, Final, assert_never

from babilu.api import commands as c
from babilu.api.views import ContactView, PendingNumberView, RequestView, SafetyNumberView
from babilu.kernel.states import Trust
from babilu.presentation.banners import Step
from babilu.presentation.connections import connection_mark
from babilu.terminal.app.app_services import AppServices
from babilu.terminal.app.cells import label
from babilu.terminal.app.client_model import TerminalModel
from babilu.terminal.app.dialogs.dialogs import Dialogs
from babilu.terminal.app.message_renderer import NAME_CELLS
from babilu.terminal.app.pages import Act, abreast
from babilu.terminal.app.parts import NONE, digit_lines, paragraph, question, table
from babilu.terminal.app.qr import qr_lines
from babilu.terminal.app.sheets import Sheet
from babilu.terminal.app.spans import Line, width_of
from babilu.terminal.app.themes import Ink
from babilu.terminal.app.ui_context import UiContext

GAP: Final = 3
BESIDE: Final = 26
"""Cells that words need beside a code."""


class ContactDialogs(Dialogs):
    """Sheets about people.

    Args:
        host: Shows them.
        client_model: What they show and change.
        ui_context: What they are shown with.
        call: Lets the person call a contact.
    """

    def __init__(
        self, host: AppServices, client_model: TerminalModel, ui_context: UiContext, call: Callable[[str], None]
    ) -> None:
        super().__init__(host, client_model, ui_context)
        self._call = call

    def details(self, name: str) -> None:
        """Show a contact and what can be done about it."""
        known = self._client_model.view(name)
        contact = None if known is None else known.contact
        if known is None or contact is None:
            return
        name, place = contact.name, known.id.hex()
        shown = label(name, NAME_CELLS)
        acts = [
            Act(self._say("app.do.verify"), lambda: self.verify(name)),
            Act(self._say("app.do.hang_up"), lambda: self._client_model.ask(c.HangUp(place)))
            if contact.connected
            else Act(self._say("app.do.call"), lambda: self._call(name)),
            Act(
                self._say("app.do.direct_off" if contact.direct_allowed else "app.do.direct_on"),
                lambda: self._change(c.AllowDirect(name, not contact.direct_allowed, contact.identity)),
            ),
            Act(
                self._say("app.do.unmute" if known.muted else "app.do.mute"),
                lambda: self._client_model.ask(c.SetMuted(place, not known.muted)),
            ),
            Act(
                self._say("app.do.unpin" if known.pinned else "app.do.pin"),
                lambda: self._client_model.ask(c.SetPinned(place, not known.pinned)),
            ),
            Act(self._say("app.do.unblock"), lambda: self._change(c.Unblock(name, contact.identity)))
            if contact.blocked
            else Act(self._say("app.do.block"), lambda: self.block(name), grave=True),
        ]
        if not contact.accepted:
            acts.insert(0, Act(self._say("app.do.accept"), lambda: self._change(c.Accept(name, contact.identity))))
        sheet = Sheet(shown, lambda width: self._facts(contact, width), acts)
        self._put_with_portrait(sheet, name, contact.picture)

    def verify(self, name: str) -> None:
        """Show the safety number to compare."""
        self._client_model.ask(c.Verify(name), self.compare)

    def compare(self, view: SafetyNumberView) -> None:
        """Show a safety number, as digits and as a code; beside it that of a key which is claimed to be theirs."""
        self._client_model.shown.answer(view)
        if view.pending is not None:
            self._compare_both(view, view.pending)
            return
        change = c.MarkVerified(view.name, view.trust is not Trust.VERIFIED, view.identity, view.digits)
        text = "app.do.equal" if change.verified else "app.do.unverify"
        act = Act(self._say(text), lambda: self._change(change))
        close = Act(self._say("app.do.close"), bool)

        def lines(width: int) -> list[Line]:
            code = qr_lines(view.qr, width)
            beside = width - width_of(code[0]) - GAP if code else 0
            column = beside if beside >= BESIDE else width
            name = label(view.name, NAME_CELLS)
            said = paragraph(self._say(f"safety_number.{view.trust.value}", name=name), column)
            note = paragraph(self._say("app.compare_note", name=name), column, Ink.FAINT)
            words = [*said, (), *digit_lines(view.digits, column), (), *note]
            return abreast(words, code, column + GAP) if column == beside else [*words, (), *code]

        self._host.put(Sheet(self._say("app.safety_number"), lines, (close, act)))

    def _compare_both(self, view: SafetyNumberView, pending: PendingNumberView) -> None:
        name = label(view.name, NAME_CELLS)

        def lines(width: int) -> list[Line]:
            known = paragraph(self._say("safety_number.changed", name=name), width)
            claimed = paragraph(self._say("safety_number_pending", name=name), width, Ink.BAD)
            note = paragraph(self._say("app.compare_both_note", name=name), width, Ink.FAINT)
            numbers = (digit_lines(view.digits, width), digit_lines(pending.digits, width))
            return [*known, (), *numbers[0], (), *claimed, (), *numbers[1], (), *note]

        reject, trust = (
            c.RejectIdentity(view.name, pending.identity),
            c.TrustIdentity(view.name, pending.identity, pending.digits),
        )
        acts = (
            Act(self._say("app.do.close"), bool),
            Act(self._say("app.do.reject"), lambda: self._change(reject)),
            Act(self._say("app.do.trust"), lambda: self._change(trust), grave=True),
        )
        self._host.put(Sheet(self._say("app.safety_number"), lines, acts))

    def request(self, request: RequestView) -> None:
        """Let the person decide on a stranger's request."""
        name = label(request.name, NAME_CELLS)

        def accepted(contact: ContactView) -> None:
            self._host.open_conversation(contact.name)

        def lines(width: int) -> list[Line]:
            said = paragraph(self._say("request", name=name, address=str(request.address)), width)
            note = paragraph(self._say("app.request_note"), width, Ink.FAINT)
            return [*said, (), *digit_lines(request.safety_number, width), (), *note]

        acts = (
            Act(self._say("app.do.later"), bool),
            Act(
                self._say("app.do.accept"),
                lambda: self._client_model.ask(c.Accept(request.id, request.identity), accepted),
            ),
            Act(
                self._say("app.do.decline"),
                lambda: self._client_model.ask(c.Decline(request.id, request.identity)),
                grave=True,
            ),
        )
        self._host.put(Sheet(self._say("app.request"), lines, acts))

    def block(self, name: str) -> None:
        """Ask whether to block a contact."""
        shown = label(name, NAME_CELLS)
        block = self._client_model.shown.meant(c.Block(name))
        act = Act(self._say("app.do.block"), lambda: self._change(block), grave=True)
        title = self._say("app.block_question", name=shown)
        self._host.put(question(self._say, title, self._say("app.block_note"), act))

    def trust(self, name: str) -> None:
        """Ask whether to approve the claimed identity: the one whose number was compared, where one was."""
        known = self._client_model.view(name)
        verified = known is not None and known.contact is not None and known.contact.was_verified
        note = self._say("app.trust_note_verified" if verified else "app.trust_note")
        trust = self._client_model.shown.meant(c.TrustIdentity(name))
        act = Act(self._say("app.do.trust"), lambda: self._change(trust), grave=True)
        title = self._say("app.trust_question", name=label(name, NAME_CELLS))
        self._host.put(question(self._say, title, note, act))

    def deal(self, step: Step, contact: ContactView) -> None:
        """Do what a banner offers about the contact whom it shows."""
        name = contact.name
        match step:
            case Step.COMPARE:
                self.verify(name)
            case Step.TRUST:
                self.trust(name)
            case Step.REJECT:
                self._change(c.RejectIdentity(name, contact.pending))
            case Step.UNBLOCK:
                self._change(c.Unblock(name, contact.identity))
            case Step.ACCEPT:
                self._change(c.Accept(name, contact.identity))
            case Step.BLOCK:
                self.block(name)
            case _:
                assert_never(step)

    def _change(self, command: c.Command[Any]) -> None:
        """Ask for a change of a contact, and say that it is done."""

        def done(contact: ContactView) -> None:
            name = label(contact.name, NAME_CELLS)
            match command:
                case c.MarkVerified():
                    key = "did.verified" if contact.trust is Trust.VERIFIED else "did.verified.off"
                case c.AllowDirect():
                    key = "did.direct" if contact.direct_allowed else "did.direct.off"
                case c.TrustIdentity():
                    key = "did.trust"
                case c.RejectIdentity():
                    key = "did.reject"
                case c.Accept():
                    key = "did.accept"
                case c.Block():
                    key = "did.block"
                case _:
                    key = "did.unblock"
            self._host.say_so(self._say(key, name=name))

        self._client_model.ask(command, done)

    def _facts(self, contact: ContactView, width: int) -> list[Line]:
        rows = [
            (self._say("app.info.trust"), self._say(f"app.trust.{contact.trust.value}")),
            (self._say("app.info.account"), label(contact.account, NAME_CELLS) or NONE),
            (self._say("app.info.presence"), self._presence(contact)),
            (self._say("app.info.address"), str(contact.address) if contact.address else NONE),
            (
                self._say("app.info.direct"),
                self._say("app.allowed" if contact.direct_allowed else "app.not_allowed"),
            ),
        ]
        if contact.blocked:
            rows.append((self._say("app.info.block"), self._say("mark.blocked")))
        return table(rows, width)

    def _presence(self, contact: ContactView) -> str:
        if contact.connected:
            return connection_mark(self._say, contact)
        return self._say(f"mark.{contact.presence.value}") if contact.presence is not None else NONE
