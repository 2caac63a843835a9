"""Messages: how far they have come, all that they say, and the end of them here."""

from collections.abc import Callable, Iterator
from typing import Final

from babilu.api import commands as c
from babilu.api.views import DeviceStateView, MessageInfoView, MessageView, WordingView
from babilu.kernel.states import MessageKind, MessageState, TextState
from babilu.presentation.deletions import deletion_key
from babilu.presentation.emoji import shown_reaction
from babilu.presentation.files import without_message
from babilu.presentation.group_rights import GroupAct, group_acts
from babilu.presentation.group_words import audience_line, lacking, lacking_reason
from babilu.terminal.app.cells import label
from babilu.terminal.app.dialogs.dialogs import Dialogs
from babilu.terminal.app.file_words import shown_file_name, state_text
from babilu.terminal.app.message_renderer import LINES, NAME_CELLS
from babilu.terminal.app.pages import Act
from babilu.terminal.app.parts import paragraphs, question, table
from babilu.terminal.app.sheets import Sheet, titled
from babilu.terminal.app.spans import Line, Span
from babilu.terminal.app.text_lines import TextLook, text_lines
from babilu.terminal.app.themes import Ink

READ_LINES: Final = 5_000

LONG: Final = LINES
"""Characters from which on all of a message may need more lines than are shown of it: each may begin a new one."""


class MessageDialogs(Dialogs):
    """Sheets about messages."""

    def inspect(self, message: MessageView) -> None:
        """Show how far a message has come."""
        self._client_model.ask(c.MessageInfo(message.id, message.conversation_id.hex()), self.show_info)

    def show_info(self, info: MessageInfoView) -> None:
        """Show what is known of a message."""
        message = info.message
        time_format = self._around.time_format

        def lines(width: int) -> list[Line]:
            sender = self._say("app.you") if message.outgoing else label(message.sender, NAME_CELLS)
            rows = [(self._say("app.info.from"), sender), (self._say("app.info.sent"), time_format.whole(message.at))]
            if not message.outgoing:
                rows.append((self._say("app.info.arrived"), time_format.whole(message.arrived_at)))
            if message.route is not None:
                rows.append((self._say("app.info.route"), self._say(f"app.route.{message.route.value}")))
            if message.state is not None:
                rows.append((self._say("app.info.state"), self._state(message)))
            if message.outgoing:
                rows.extend(self._time_format(info))
                rows.extend(self._receipts(info))
                rows.extend(self._about_files(info))
            rows.extend(self._contents(message))
            rows.append((self._say("app.info.id"), message.id.hex()))
            return table(rows, width)

        self._host.put(Sheet(self._say("app.message"), lines, self._acts(message)))

    def _receipts(self, info: MessageInfoView) -> Iterator[tuple[str, str]]:
        """Say how far a message has come for each device, or in a group for each person: who lacks it comes first."""
        if not info.people:
            for device in info.devices:
                yield self._say("app.info.device", device=label(device.device, 8)), self._about_device(device)
            return
        if info.message.audience is not None:
            yield self._say("app.info.people"), audience_line(info.message.audience, self._say)
        without = lacking(info.people)
        for person in without:
            yield label(person.name, NAME_CELLS), lacking_reason(person, self._say)
        for person in info.people:
            if person not in without:
                at = person.read_at or person.delivered_at
                state = self._say(f"app.state.{person.state.value}")
                when = "" if at is None else f", {self._around.time_format.within(at)}"
                yield label(person.name, NAME_CELLS), f"{state}{when}"

    def _about_files(self, info: MessageInfoView) -> list[tuple[str, str]]:
        """Say until when the relay stores own files, and how many devices cannot fetch them yet."""
        rows = []
        for file in info.message.files:
            said = state_text(self._say, file, None)
            if file.kept_until is not None:
                said += f", {self._say('file.until', until=self._around.time_format.within(file.kept_until))}"
            rows.append((shown_file_name(file.name, NAME_CELLS), said))
        lacking = without_message(info.devices)
        if rows and lacking:
            rows.append((self._say("app.info.lacking"), self._say("files.lacking", count=lacking)))
        return rows

    def _contents(self, message: MessageView) -> list[tuple[str, str]]:
        """Say what became of a message, and who reacted to it how."""
        time_format = self._around.time_format
        rows = []
        if message.edited_at is not None:
            rows.append((self._say("app.info.edited"), time_format.whole(message.edited_at)))
        if message.expires_at is not None:
            rows.append((self._say("app.info.expires"), time_format.whole(message.expires_at)))
        own = self._client_model.connection_status.name
        for reaction in message.reactions:
            people = [self._say("app.you") if each == own else label(each, NAME_CELLS) for each in reaction.people]
            rows.append((label(shown_reaction(reaction.emoji), NAME_CELLS), ", ".join(people)))
        return rows

    def _time_format(self, info: MessageInfoView) -> list[tuple[str, str]]:
        """Say when the first device had a message, and when it was read first."""
        time_format = self._around.time_format
        delivered = [device.delivered_at for device in info.devices if device.delivered_at is not None]
        read = [device.read_at for device in info.devices if device.read_at is not None]
        rows = [("app.info.delivered", delivered), ("app.info.read", read)]
        return [(self._say(key), time_format.whole(min(at))) for key, at in rows if at]

    def _about_device(self, device: DeviceStateView) -> str:
        deletion = deletion_key(device)
        if deletion is not None:
            return self._say(deletion)
        at = device.read_at or device.delivered_at
        state = self._say(f"app.state.{device.state.value}")
        return state if at is None else f"{state}, {self._around.time_format.within(at)}"

    def _acts(self, message: MessageView) -> list[Act]:
        """Give what can be done with a message."""
        acts = [
            Act(self._say("app.do.close"), bool),
            Act(self._say("app.do.copy"), lambda: self._host.copy(message.text)),
        ]
        if len(message.text) > LONG:
            acts.append(Act(self._say("app.do.whole"), lambda: self.whole(message)))
        if message.belongs_before is not None:
            place = message.belongs_before
            acts.append(Act(self._say("app.do.place"), lambda: self._client_model.show(place)))
        if MessageState.FAILED is message.state or TextState.FAILED is message.text_state:
            acts.append(Act(self._say("app.do.retry"), lambda: self._client_model.retry(message)))
        acts.append(Act(self._say("app.do.delete"), lambda: self.delete(message), grave=True))
        return acts

    def whole(self, message: MessageView) -> None:
        """Show all of a message."""
        title = self._say("app.you") if message.outgoing else label(message.sender, NAME_CELLS)

        def lines(width: int) -> list[Line]:
            look = TextLook(self._around.symbols, message.mentions, revealed=True)
            return text_lines(message.text, width, READ_LINES, look, len(message.text))[0]

        self._host.put(Sheet(title, lines, (Act(self._say("app.do.close"), bool),)))

    def wordings(self, message: MessageView) -> None:
        """Show every wording that a message had, each with its time."""
        if message.edited_at is None:
            self._host.say_so(self._say("app.never_edited"))
            return

        self._client_model.ask(c.Wordings(message.id, message.conversation_id.hex()), self.show_wordings)

    def show_wordings(self, wordings: tuple[WordingView, ...]) -> None:
        """Show wordings, the first one first."""

        def lines(width: int) -> list[Line]:
            made: list[Line] = []
            for wording in wordings:
                made.append((Span(self._around.time_format.whole(wording.at), Ink.STRONG),))
                look = TextLook(self._around.symbols, revealed=True)
                made.extend(text_lines(wording.text, width, READ_LINES, look, len(wording.text))[0])
                made.append(())
            return made[:-1]

        self._host.put(Sheet(titled(self._say("app.key.wordings")), lines, (Act(self._say("app.do.close"), bool),)))

    def delete(self, message: MessageView) -> None:
        """Ask whether to delete a message, and an own one for whom."""

        def order(*, for_all: bool) -> Callable[[], None]:
            return lambda: self._client_model.ask(c.DeleteMessage(message.id, message.conversation_id.hex(), for_all))

        is_own = message.outgoing and message.imported is None
        if message.deleted or not (is_own or self._may_hide(message)):
            act = Act(self._say("app.do.delete"), order(for_all=False), grave=True)
            self._host.put(question(self._say, self._say("app.delete_question"), self._say("app.delete_note"), act))
            return
        acts = (
            Act(self._say("app.do.cancel"), bool),
            Act(self._say("app.do.delete_for_me"), order(for_all=False), grave=True),
            Act(self._say("app.do.delete_for_all"), order(for_all=True), grave=True),
        )
        if message.outgoing:
            title, note = self._say("app.delete_own_question"), self._say("app.delete_for_all_note")
        else:
            who = label(message.sender, NAME_CELLS)
            title, note = self._say("app.hide_question", who=who), self._say("app.hide_note", who=who)
        self._host.put(Sheet(title, paragraphs(note), acts))

    def _may_hide(self, message: MessageView) -> bool:
        """Tell whether one may remove for all what somebody else has written."""
        group = self._client_model.groups.of(message.conversation)
        return group is not None and message.kind is MessageKind.TEXT and GroupAct.HIDE in group_acts(group)

    def _state(self, message: MessageView) -> str:
        if message.state is None:
            return ""
        text = self._say(f"app.state.{message.state.value}")
        if message.held_until is not None:
            until = self._around.time_format.within(message.held_until)
            return self._say("app.held_until", state=text, until=until)
        return f"{text} ({self._say.problem(message.error, '')})" if message.error else text
