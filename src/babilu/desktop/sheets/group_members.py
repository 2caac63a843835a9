"""Members of a group with their roles, found by a few letters of a name; and what can be done with one of them."""

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api.group_views import GroupMemberView, GroupView
from babilu.desktop.language import translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.models.group_words import say
from babilu.desktop.models.portraits import OWN
from babilu.desktop.plain_text import person
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.avatar import Avatar
from babilu.desktop.widgets.basics import Button, PlainLabel, line
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.desktop.widgets.people_rows import PeopleSearch, ShownPerson
from babilu.desktop.widgets.search_sheet import FittingModel, ListIndex
from babilu.kernel.states import Trust
from babilu.presentation.group_rights import GroupAct, MemberAct, found_members, group_acts, is_admin, member_acts
from babilu.presentation.group_words import act_name, member_count, role_text

ACT_ICONS: Final = {
    MemberAct.WRITE: "reply",
    MemberAct.VERIFY: "shield",
    MemberAct.APPOINT: "up",
    MemberAct.DEMOTE: "down",
    MemberAct.STEP_DOWN: "down",
    MemberAct.REMOVE: "block",
    MemberAct.LEAVE: "open",
}
ENDING: Final = frozenset({MemberAct.REMOVE, MemberAct.LEAVE})
"""What ends that somebody is in."""

Acting = Callable[[GroupMemberView, MemberAct], None]


def member_name(member: GroupMemberView) -> str:
    """Give what a member is called; oneself is marked."""
    name = person(member.name)
    return translate("Members", "{0} (you)").format(name) if member.own else name


def spoken_member(member: GroupMemberView) -> str:
    """Say a member for a screen reader."""
    return f"{member_name(member)}, {role_text(member.role, say())}"


def shown_member(member: GroupMemberView) -> ShownPerson:
    """Give what a row shows of a member: of most there is nothing to say but the name."""
    role = role_text(member.role, say()) if is_admin(member.role) else ""
    return ShownPerson(member.name, member_name(member), portrait=OWN if member.own else None, role=role)


class MembersModel(FittingModel[GroupMemberView]):
    """Members that fit what was typed."""

    def __init__(self, find: Callable[[str], Sequence[GroupMemberView]]) -> None:
        super().__init__(find)

    @override
    def data(self, index: ListIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role not in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole} or not index.isValid():
            return None
        return spoken_member(self.found(index.row()))


class MembersSheet(PeopleSearch):
    """Lists who is in a group.

    Args:
        theme: Fonts and colours.
        client_model: What knows the group.
        label: Of which group.
        choose: What is done with a member.
        add: Lets the user add people.
    """

    def __init__(
        self,
        theme: Theme,
        client_model: DesktopModel,
        label: str,
        choose: Callable[[GroupMemberView], None],
        add: Callable[[], None],
    ) -> None:
        self._client_model = client_model
        self._label = label
        model = MembersModel(self._find)
        super().__init__(theme, model, lambda number: shown_member(model.found(number)))
        self._members = model
        self._chosen = choose
        self.add_button = Button("row")
        self.build(self.add_button)
        self.add_button.clicked.connect(self.close_sheet)
        self.add_button.clicked.connect(add)
        client_model.contact_changed.connect(self._changed)
        theme.portraits_changed.connect(self.list.viewport().update)
        self._offer()

    @override
    def retranslate(self) -> None:
        super().retranslate()
        group = self._client_model.groups.of(self._label)
        self.title.setText(member_count(0 if group is None else len(group.members), say()))
        self.add_button.setText(translate("Members", "Add people…"))
        self.add_button.show_icon(self.theme, "plus")
        self.call_it(
            translate("Members", "A few letters of a name"),
            translate("Members", "Members"),
            translate("Members", "Nobody of that name is in this group."),
        )

    @override
    def choose(self, number: int) -> None:
        self._chosen(self._members.found(number))

    def _find(self, query: str) -> Sequence[GroupMemberView]:
        group = self._client_model.groups.of(self._label)
        return () if group is None else found_members(group, query)

    def _changed(self, label: str) -> None:
        if label == self._client_model.address(self._label):
            self._narrow(self.field.text())
            self._offer()
            self.retranslate()

    def _offer(self) -> None:
        group = self._client_model.groups.of(self._label)
        self.add_button.setVisible(group is not None and GroupAct.ADD in group_acts(group))


class MemberSheet(ModalSheet):
    """Shows a member of a group, and what can be done with them.

    Args:
        theme: Fonts and colours.
        client_model: What knows the group.
        label: Of which group.
        name: Whom.
        act: Does something with them.
    """

    def __init__(self, theme: Theme, client_model: DesktopModel, label: str, name: str, act: Acting) -> None:
        super().__init__(theme)
        self._client_model = client_model
        self._label = label
        self._name = name
        self._act = act
        self.avatar = Avatar(theme, m.AVATAR_LARGE)
        self.name = PlainLabel(theme, lambda t: t.fonts.title, wraps=True, text=person(name))
        self.role = PlainLabel(theme, lambda t: t.fonts.small, "accent", wraps=True)
        self.state = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.buttons: dict[MemberAct, Button] = {}
        centre = Qt.AlignmentFlag.AlignHCenter
        self.body.addWidget(self.avatar, 0, centre)
        for label_widget in (self.name, self.role, self.state):
            label_widget.setAlignment(centre)
            self.body.addWidget(label_widget)
        self.body.addWidget(line())
        for each in MemberAct:
            button = self.buttons[each] = Button("quietdanger" if each in ENDING else "row")
            button.clicked.connect(lambda _checked=False, each=each: self._do(each))
            self.body.addWidget(button)
        self.body.setSpacing(m.SMALL)
        client_model.contact_changed.connect(self._changed)

    @property
    def group(self) -> GroupView | None:
        """The group as it is now."""
        return self._client_model.groups.of(self._label)

    @property
    def member(self) -> GroupMemberView | None:
        """The member as they are now; None for who is out."""
        return None if self.group is None else self.group.member(self._name)

    @override
    def first_focus(self) -> QWidget:
        shown = (button for button in self.buttons.values() if not button.isHidden())
        return next(shown, self.close_button)

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("Members", "Member"))
        for each, button in self.buttons.items():
            button.setText(act_name(each, say()))
            colour = (lambda t: t.colours.danger) if each in ENDING else (lambda t: t.colours.muted)
            button.show_icon(self.theme, ACT_ICONS[each], colour)
        self._show()

    def _changed(self, label: str) -> None:
        if label in map(self._client_model.address, (self._label, self._name)):
            self._show()

    def _show(self) -> None:
        group, member = self.group, self.member
        offered = () if group is None or member is None else member_acts(group, member)
        for each, button in self.buttons.items():
            button.setVisible(each in offered)
        self.avatar.show_name(self._name, OWN if member is not None and member.own else None)
        if member is None:
            self.role.setText("")
            self.state.setText(translate("Members", "No longer in this group"))
            return
        self.role.setText(role_text(member.role, say()))
        self.state.setText(self._standing(member))
        self.state.setVisible(bool(self.state.text()))

    def _standing(self, member: GroupMemberView) -> str:
        """Say how well one knows somebody."""
        if member.own:
            return translate("Members", "This is you")
        known = self._client_model.conversations.get(member.name)
        contact = None if known is None else known.contact
        if contact is None or not member.contact:
            return translate("Members", "Not among your contacts")
        if contact.trust is Trust.VERIFIED:
            return translate("Members", "Verified")
        if contact.trust is Trust.CHANGED:
            return translate("Members", "The identity has changed")
        return translate("Members", "Not verified: known since the first contact")

    def _do(self, act: MemberAct) -> None:
        member = self.member
        if member is not None:
            if act in ENDING or act is MemberAct.WRITE:
                self.close_sheet()
            self._act(member, act)
