"""Opens the sheets about groups, and does with members what they offer."""

from collections.abc import Callable
from typing import Protocol, assert_never

from PySide6.QtCore import QObject, Signal

from babilu.api import commands as c
from babilu.api.group_views import GroupMemberView, GroupView
from babilu.desktop.language import translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.models.group_words import leaving_words, stepping_down_words
from babilu.desktop.models.labels import label_text
from babilu.desktop.plain_text import person
from babilu.desktop.sheets.group import GroupActs, GroupSheet
from babilu.desktop.sheets.group_edit import GroupEditSheet
from babilu.desktop.sheets.group_links import GroupLinksSheet, JoinGroupSheet
from babilu.desktop.sheets.group_log import GroupLogSheet
from babilu.desktop.sheets.group_members import MemberSheet, MembersSheet
from babilu.desktop.sheets.group_people import AddPeopleSheet, NewGroupSheet
from babilu.desktop.sheets.newcomers import NewcomersSheet
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.kernel.states import GroupRole
from babilu.presentation.group_rights import MemberAct

Said = Callable[[], str]


class OtherSheets(Protocol):
    """Opens what is about no group."""

    def put(self, sheet: ModalSheet) -> None:
        """Show a sheet above all others."""

    def ask(self, title: Said, text: Said, answer: Said, act: Callable[[], object], *, dangerous: bool = False) -> None:
        """Ask before something is done."""

    def timer(self, name: str) -> None:
        """Let the user choose after how long messages of a conversation disappear."""

    def verify(self, name: str) -> None:
        """Let the user compare safety numbers."""

    def write_to(self, name: str, account: str = "") -> None:
        """Open the conversation with somebody, or let the user begin it."""


class GroupNavigator(QObject):
    """Opens sheets about groups.

    Args:
        navigator: Opens all other sheets.
        client_model: The client.
        theme: Fonts and colours.
        started: Told of the label of a group that was started.
    """

    asked_to_join = Signal()
    """A group was asked whether one may join."""

    def __init__(
        self, navigator: OtherSheets, client_model: DesktopModel, theme: Theme, started: Callable[[str], None]
    ) -> None:
        super().__init__()
        self._navigator = navigator
        self._client_model = client_model
        self._theme = theme
        self._started = started

    def begin(self) -> None:
        """Let the user start a group."""
        self._navigator.put(NewGroupSheet(self._theme, self._client_model, self._started))

    def join(self, link: str = "") -> None:
        """Let the user join a group by a link."""
        self._navigator.put(JoinGroupSheet(self._theme, self._client_model, self.asked_to_join.emit, link))

    def details(self, label: str) -> None:
        """Show a group."""
        acts = GroupActs(
            self.members,
            self.add,
            self.links,
            self.newcomers,
            self.edit,
            self._navigator.timer,
            self.log,
            self.leave,
        )
        self._about(label, lambda _: self._navigator.put(GroupSheet(self._theme, self._client_model, label, acts)))

    def members(self, label: str) -> None:
        """List who is in a group."""

        def show(_: GroupView) -> None:
            choose = lambda member: self.member(label, member.name)  # noqa: E731
            add = lambda: self.add(label)  # noqa: E731
            self._navigator.put(MembersSheet(self._theme, self._client_model, label, choose, add))

        self._about(label, show)

    def member(self, label: str, name: str) -> None:
        """Show somebody who is in a group, or was."""

        def act(member: GroupMemberView, act: MemberAct) -> None:
            self.do(label, member, act)

        self._about(
            label, lambda _: self._navigator.put(MemberSheet(self._theme, self._client_model, label, name, act))
        )

    def add(self, label: str) -> None:
        """Let the user add people to a group."""
        nothing: Callable[[str], None] = lambda _: None  # noqa: E731
        self._about(
            label, lambda group: self._navigator.put(AddPeopleSheet(self._theme, self._client_model, group, nothing))
        )

    def links(self, label: str) -> None:
        """Show the links by which people join a group."""
        self._navigator.put(GroupLinksSheet(self._theme, self._client_model, label))

    def newcomers(self, label: str) -> None:
        """Let the user say what newcomers are given of what was written before."""
        self._about(label, lambda group: self._navigator.put(NewcomersSheet(self._theme, self._client_model, group)))

    def edit(self, label: str) -> None:
        """Let the user give a group another title, topic or picture."""
        self._about(label, lambda group: self._navigator.put(GroupEditSheet(self._theme, self._client_model, group)))

    def log(self, label: str) -> None:
        """List what was said about a group."""
        self._navigator.put(GroupLogSheet(self._theme, self._client_model, label))

    def leave(self, label: str) -> None:
        """Ask whether to leave a group, and say who goes on as owner."""

        def ask(group: GroupView) -> None:
            self._navigator.ask(
                lambda: translate("Navigator", "Leave {0}?").format(label_text(label, group.title)),
                lambda: leaving_words(group),
                lambda: translate("Navigator", "Leave"),
                lambda: self._client_model.ask(c.QuitGroup(label)),
                dangerous=True,
            )

        self._about(label, ask)

    def do(self, label: str, member: GroupMemberView, act: MemberAct) -> None:
        """Do something with a member."""
        name = member.name
        match act:
            case MemberAct.WRITE:
                self._navigator.write_to(name, member.account)
            case MemberAct.VERIFY:
                self._navigator.verify(name)
            case MemberAct.APPOINT:
                self._client_model.ask(c.SetRole(label, name, GroupRole.ADMIN))
            case MemberAct.DEMOTE:
                self._client_model.ask(c.SetRole(label, name, GroupRole.MEMBER))
            case MemberAct.STEP_DOWN:
                self._step_down(label, name)
            case MemberAct.REMOVE:
                self._remove(label, name)
            case MemberAct.LEAVE:
                self.leave(label)
            case _:
                assert_never(act)

    def _step_down(self, label: str, name: str) -> None:
        def ask(group: GroupView) -> None:
            self._navigator.ask(
                lambda: translate("Navigator", "Step down in {0}?").format(label_text(label, group.title)),
                lambda: stepping_down_words(group),
                lambda: translate("Navigator", "Step down"),
                lambda: self._client_model.ask(c.SetRole(label, name, GroupRole.MEMBER)),
                dangerous=True,
            )

        self._about(label, ask)

    def _remove(self, label: str, name: str) -> None:
        def ask(group: GroupView) -> None:
            title = label_text(label, group.title)
            self._navigator.ask(
                lambda: translate("Navigator", "Remove {0} from {1}?").format(person(name), title),
                lambda: translate(
                    "Navigator",
                    "Nothing that is written from now on reaches them. They keep what they have, and everybody sees "
                    "that you removed them.",
                ),
                lambda: translate("Navigator", "Remove"),
                lambda: self._client_model.ask(c.RemoveFromGroup(label, (name,))),
                dangerous=True,
            )

        self._about(label, ask)

    def _about(self, label: str, then: Callable[[GroupView], object]) -> None:
        """Do something with a group as it is now; it is asked for where it is not known."""
        known = self._client_model.groups.of(label)
        if known is None:
            self._client_model.groups.read(label, then)
        else:
            then(known)
