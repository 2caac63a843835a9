"""What keys do with the message that is selected; what makes no sense with it is said in a sentence."""

from babilu.api import commands as c
from babilu.api.views import MessageView, PinView
from babilu.kernel.errors import ErrorCode
from babilu.kernel.states import MessageKind
from babilu.presentation.group_rights import GroupAct, GroupStop, group_acts, group_stop
from babilu.presentation.group_words import pinned_message, stop_sentence
from babilu.presentation.pictures import pictures_of
from babilu.terminal.app.app_services import AppServices
from babilu.terminal.app.client_model import TerminalModel
from babilu.terminal.app.dialogs.dialog_set import DialogSet
from babilu.terminal.app.drafts import Drafts
from babilu.terminal.app.history_view import OF_CONVERSATION, OF_FILES, OF_VOICE, HistoryView, Want
from babilu.terminal.app.text_lines import code_blocks, is_code_alone
from babilu.terminal.app.ui_context import UiContext
from babilu.terminal.app.voice_actions import VoiceActions

OF_ANYTHING = frozenset({Want.INSPECT, Want.ENTER, Want.DELETE})
"""What can be done with a line that is no message, and with a message that was deleted."""


WRITTEN = frozenset({Want.REPLY, Want.EDIT})
"""What writes something new."""

ACTED = frozenset({Want.REACT, Want.PIN})
"""What everybody is told who is in."""


def is_blank(message: MessageView) -> bool:
    """Tell whether nothing is left of a message, or it was none."""
    return message.deleted or message.kind is not MessageKind.TEXT


class MessageActions:
    """Does what keys say with a message.

    Args:
        host: The screen.
        client_model: What is changed.
        dialogs: Sheets.
        writing: Where replies and edits are written.
        history: Where messages are shown.
        voice: Plays voice notes.
        ui_context: What is shown with.
    """

    def __init__(
        self,
        host: AppServices,
        client_model: TerminalModel,
        dialogs: DialogSet,
        writing: Drafts,
        history: HistoryView,
        voice: VoiceActions,
        ui_context: UiContext,
    ) -> None:
        self._host = host
        self._client_model = client_model
        self._dialogs = dialogs
        self._writing = writing
        self._history = history
        self._voice = voice
        self._around = ui_context
        self._say = ui_context.say

    def makes_sense(self, what: Want, message: MessageView | None) -> bool:
        """Tell whether something can be done with the message that is selected, or with the conversation."""
        if message is None:
            return what in OF_CONVERSATION
        if what in OF_FILES:
            return self._dialogs.files.makes_sense(what, message)
        if what in OF_VOICE:
            return self._voice.makes_sense(message)
        if what is Want.VIEW:
            return bool(pictures_of(message))
        if not is_blank(message) and self._why_not(what, message):
            return False
        if what is Want.EDIT:
            return message.outgoing and not message.deleted and self._is_editable(message)
        return what in OF_CONVERSATION | OF_ANYTHING or not is_blank(message)

    def do(self, what: Want, message: MessageView) -> bool:
        """Do something with a message; tells whether one writes now."""
        if is_blank(message) and what not in OF_ANYTHING:
            self._host.say_so(self._say("app.nothing_left"))
            return False
        reason = self._why_not(what, message)
        if reason:
            self._host.say_so(reason)
            return False
        if what in OF_FILES:
            self._dialogs.files.do(what, message)
            return False
        if what in OF_VOICE:
            self._voice.do(what, message)
            return False
        match what:
            case Want.VIEW:
                self._dialogs.pictures.look_at(message, self._dialogs.files.ask_where, self._history.select)
            case Want.REPLY:
                self._writing.reply(message)
                return True
            case Want.EDIT:
                return self._edit(message)
            case Want.REVEAL:
                self._history.reveal(message.id)
            case Want.COPY:
                self._copy(message)
            case Want.PIN:
                self._pin(message)
            case _:
                self._show(what, message)
        return False

    def _why_not(self, what: Want, message: MessageView) -> str:
        """Say why one may not do something with a message of a group; empty where one may."""
        known = self._client_model.listed.get(message.conversation_id)
        stop = None if known is None else group_stop(known)
        if stop is not None and (what in WRITTEN or (what in ACTED and stop is not GroupStop.ADMINS_ONLY)):
            return stop_sentence(stop, self._say)
        group = self._client_model.groups.of(message.conversation)
        if what is Want.PIN and group is not None and GroupAct.PIN not in group_acts(group):
            return self._say.problem(ErrorCode.ADMINS_ONLY.value, "")
        return ""

    def _show(self, what: Want, message: MessageView) -> None:
        """Show what there is to know or to choose."""
        match what:
            case Want.ENTER if message.reply_to is not None:
                self._client_model.show(message.reply_to.id, message.conversation_id.hex())
            case Want.ENTER if message.change is not None and (pinned := pinned_message(message.change)) is not None:
                self._client_model.show(pinned, message.conversation_id.hex())
            case Want.ENTER if self._dialogs.groups.can_let_back(message):
                self._dialogs.groups.let_back(message)
            case Want.ENTER | Want.INSPECT:
                self._dialogs.letters.inspect(message)
            case Want.DELETE:
                self._dialogs.letters.delete(message)
            case Want.WORDINGS:
                self._dialogs.letters.wordings(message)
            case Want.REACT:
                self._dialogs.message_pickers.react(message)
            case Want.FORWARD:
                self._dialogs.message_pickers.forward(message)
            case _:
                pass

    def edit_last(self) -> bool:
        """Edit one's own newest message, where there is one that can be; tells whether that is so."""
        messages = reversed(self._client_model.room.messages)
        last = next((message for message in messages if message.outgoing and not message.deleted), None)
        if last is None or not self._is_editable(last):
            return False
        self._writing.edit(last)
        return True

    def _edit(self, message: MessageView) -> bool:
        if not message.outgoing:
            self._host.say_so(self._say("app.edit_not_yours"))
        elif not self._is_editable(message):
            self._host.say_so(self._say("app.edit_too_late"))
        else:
            self._writing.edit(message)
            return True
        return False

    def _is_editable(self, message: MessageView) -> bool:
        return message.editable_until is not None and message.editable_until > self._around.clock.now_ms()

    def _copy(self, message: MessageView) -> None:
        """Copy a text as it came; of one that holds code it is asked what, and the code has every byte."""
        codes = code_blocks(message.text)
        if is_code_alone(message.text):
            self._host.copy(codes[0])
        elif codes:
            self._dialogs.message_pickers.copy(message, codes)
        else:
            self._host.copy(message.text)

    def _pin(self, message: MessageView) -> None:
        def done(pin: PinView) -> None:
            self._host.say_so(self._say("app.pinned_for_all" if pin.on else "app.unpinned_for_all"))

        self._client_model.ask(c.PinMessage(message.id, not message.pinned, message.conversation_id.hex()), done)
