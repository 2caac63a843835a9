"""Members of a group: found by typing, each with a role, a safety number, and what one may do with them."""

from collections.abc import Callable
from typing import Any, Final, assert_never

from babilu.api import commands as c
from babilu.api.group_views import GroupMemberView, GroupView
from babilu.api.views import SafetyNumberView
from babilu.kernel.errors import BabiluError
from babilu.kernel.states import GroupRole, Trust
from babilu.presentation.group_rights import MemberAct, found_members, is_admin, member_acts
from babilu.presentation.group_words import act_name, member_count, role_text, stepping_down_sentence
from babilu.terminal.app.app_services import AppServices
from babilu.terminal.app.cells import label
from babilu.terminal.app.chooser import Chooser, ChooserItem
from babilu.terminal.app.client_model import TerminalModel
from babilu.terminal.app.conversation_names import TITLE_CELLS
from babilu.terminal.app.dialogs.contacts import ContactDialogs
from babilu.terminal.app.dialogs.dialogs import Dialogs
from babilu.terminal.app.message_renderer import NAME_CELLS
from babilu.terminal.app.pages import Act
from babilu.terminal.app.parts import NONE, digit_lines, paragraph, question, table
from babilu.terminal.app.sheets import Sheet
from babilu.terminal.app.spans import Line, Span
from babilu.terminal.app.themes import Ink, ink_of
from babilu.terminal.app.ui_context import UiContext

QUESTIONS: Final = {
    MemberAct.APPOINT: ("app.member.appoint_question", "app.member.appoint_note"),
    MemberAct.DEMOTE: ("app.member.demote_question", "app.member.demote_note"),
    MemberAct.REMOVE: ("app.member.remove_question", "app.member.remove_note"),
    MemberAct.STEP_DOWN: ("app.member.step_down_question", ""),
}
"""What is asked before a member gets another place, and what is said about it; empty where the group decides that."""

GRAVE: Final = frozenset({MemberAct.REMOVE, MemberAct.LEAVE, MemberAct.STEP_DOWN})


class MemberDialogs(Dialogs):
    """Sheets about members of groups.

    Args:
        host: Shows them.
        client_model: What they show and change.
        ui_context: What they are shown with.
        people: Compares safety numbers.
        leave: Asks whether to leave a group.
    """

    def __init__(
        self,
        host: AppServices,
        client_model: TerminalModel,
        ui_context: UiContext,
        people: ContactDialogs,
        leave: Callable[[GroupView], None],
    ) -> None:
        super().__init__(host, client_model, ui_context)
        self._people = people
        self._leave = leave
        self._shown: tuple[str, Chooser] | None = None

    def show(self, group: GroupView) -> None:
        """Show who is in a group, found by a few letters of a name."""

        def find(query: str) -> list[ChooserItem]:
            now = self._client_model.groups.of(group.conversation) or group
            return [self._item(now, member) for member in found_members(now, query)]

        chooser = Chooser(self._title(group), find, self._say("app.group.no_such_member"))
        self._shown = group.conversation, chooser
        self._host.put(chooser)

    def follow(self) -> None:
        """Show in the list of members who is in by now."""
        if self._shown is not None:
            name, chooser = self._shown
            group = self._client_model.groups.of(name)
            if group is not None:
                chooser.renew(self._title(group))

    def _title(self, group: GroupView) -> str:
        return f"{member_count(len(group.members), self._say)}  {label(group.title, NAME_CELLS)}"

    def _item(self, group: GroupView, member: GroupMemberView) -> ChooserItem:
        name = Span(label(member.name, NAME_CELLS), ink_of(member.name))
        known = self._client_model.conversations.get(member.name)
        mark = Span(" ") if known is None or member.own else self._around.symbols.contact(known.contact)
        you = (Span(f"  {self._say('app.you')}", Ink.FAINT),) if member.own else ()
        return ChooserItem((mark, Span(" "), name, *you), self._role(member), lambda: self.details(group, member))

    def _role(self, member: GroupMemberView) -> Line:
        ink = Ink.STRONG if is_admin(member.role) else Ink.FAINT
        return () if member.role is GroupRole.MEMBER else (Span(role_text(member.role, self._say), ink),)

    def details(self, group: GroupView, member: GroupMemberView) -> None:
        """Show a member, with the safety number where there is one, and what one may do."""
        if member.own:
            self._show_details(group, member, None)
            return

        def without(_: BabiluError) -> None:
            self._show_details(group, member, None)

        command = c.Verify(member.name)
        self._client_model.request(command, lambda view: self._show_details(group, member, view), without)

    def _show_details(self, group: GroupView, member: GroupMemberView, number: SafetyNumberView | None) -> None:
        if number is not None:
            self._client_model.shown.answer(number)
        rows = [(self._say("app.info.role"), role_text(member.role, self._say))]
        if not member.own:
            contact = self._say("app.group.is_contact" if member.contact else "app.group.is_no_contact")
            rows.append((self._say("app.info.contact"), contact))
            rows.append((self._say("app.info.account"), label(member.account, NAME_CELLS) or NONE))
        if number is not None:
            rows.append((self._say("app.info.trust"), self._say(f"app.trust.{number.trust.value}")))

        def lines(width: int) -> list[Line]:
            made = table(rows, width)
            if number is not None:
                made += [(), *digit_lines(number.digits, width)]
                if number.trust is not Trust.VERIFIED:
                    note = self._say("app.compare_note", name=label(member.name, NAME_CELLS))
                    made += [(), *paragraph(note, width, Ink.FAINT)]
            return made

        acts = [
            Act(act_name(act, self._say), self._do(act, group, member), grave=act in GRAVE)
            for act in member_acts(group, member)
        ]
        title = self._say("app.you") if member.own else label(member.name, NAME_CELLS)
        self._host.put(Sheet(title, lines, (*acts, Act(self._say("app.do.close"), bool))))

    def _do(self, act: MemberAct, group: GroupView, member: GroupMemberView) -> Callable[[], None]:
        match act:
            case MemberAct.WRITE:
                return lambda: self._host.open_conversation(member.name)
            case MemberAct.VERIFY:
                return lambda: self._people.verify(member.name)
            case MemberAct.APPOINT:
                return self._asked(act, c.SetRole(group.conversation, member.name, GroupRole.ADMIN), group, member)
            case MemberAct.DEMOTE | MemberAct.STEP_DOWN:
                return self._asked(act, c.SetRole(group.conversation, member.name, GroupRole.MEMBER), group, member)
            case MemberAct.REMOVE:
                return self._asked(act, c.RemoveFromGroup(group.conversation, (member.name,)), group, member)
            case MemberAct.LEAVE:
                return lambda: self._leave(group)
            case _:
                assert_never(act)

    def _asked(
        self, act: MemberAct, command: c.Command[Any], group: GroupView, member: GroupMemberView
    ) -> Callable[[], None]:
        """Ask before a member gets another place, and say what that means."""
        name, title = label(member.name, NAME_CELLS), label(group.title, TITLE_CELLS)

        def ask() -> None:
            asked, about = QUESTIONS[act]
            note = stepping_down_sentence(group, self._say, lambda each: label(each, NAME_CELLS))
            if about:
                note = self._say(about, name=name)
            do = Act(
                act_name(act, self._say),
                lambda: self._client_model.ask(command, self._client_model.groups.keep),
                grave=act in GRAVE,
            )
            self._host.put(question(self._say, self._say(asked, name=name, title=title), note, do))

        return ask
