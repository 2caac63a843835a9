"""All about one group: its title, topic and picture, who may do what, who is in, and the way out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.group_views import GroupView
from babilu.api.views import PrivacySwitch
from babilu.desktop.language import translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.models.group_words import follow_words, say, split_words
from babilu.desktop.models.labels import label_text
from babilu.desktop.models.timer_words import timer_name
from babilu.desktop.plain_text import person, shown
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.avatar import Avatar
from babilu.desktop.widgets.basics import Button, PlainLabel, column, line
from babilu.desktop.widgets.controls import Switch
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.desktop.widgets.receipt_switches import ReceiptChoices
from babilu.presentation.group_rights import GroupAct, GroupStop, group_acts
from babilu.presentation.group_words import member_count, role_text, stop_sentence
from babilu.presentation.newcomer_history import messages_text

TOLD: Final = (PrivacySwitch.READ, PrivacySwitch.TYPING)
"""What one tells a group of oneself: who is online is between two people."""


@dataclass(frozen=True, slots=True)
class GroupActs:
    """What the sheet leaves to others; each takes the label of the group.

    Attributes:
        members: Lists who is in.
        add: Lets the user add people.
        links: Shows the links by which people join.
        newcomers: Asks what newcomers are given of what was written before.
        edit: Asks for another title, topic or picture.
        timer: Asks how long messages stay.
        log: Lists what was said about the group, and what of it counts.
        leave: Asks whether to leave.
    """

    members: Callable[[str], None]
    add: Callable[[str], None]
    links: Callable[[str], None]
    newcomers: Callable[[str], None]
    edit: Callable[[str], None]
    timer: Callable[[str], None]
    log: Callable[[str], None]
    leave: Callable[[str], None]


class GroupSheet(ModalSheet):
    """Shows a group.

    Args:
        theme: Fonts and colours.
        client_model: What knows the group, and what is asked.
        label: Which group.
        acts: What is left to others.
    """

    def __init__(self, theme: Theme, client_model: DesktopModel, label: str, acts: GroupActs) -> None:
        super().__init__(theme)
        self._client_model = client_model
        self._label = label
        self._acts = acts
        self.avatar = Avatar(theme, m.AVATAR_LARGE)
        self.name = PlainLabel(theme, lambda t: t.fonts.title, wraps=True)
        self.state = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.topic = PlainLabel(theme, lambda t: t.fonts.body, wraps=True)
        self.split = PlainLabel(theme, lambda t: t.fonts.body, "danger", wraps=True)
        self.follow_buttons: list[Button] = []
        self._follows = column(spacing=m.SMALL)
        self.members_button = Button("row")
        self.add_button = Button("row")
        self.links_button = Button("row")
        self.newcomers_button = Button("row")
        self.edit_button = Button("row")
        self.timer_button = Button("row")
        self.log_button = Button("row")
        self.adds, self.posts, self.pins = Switch(theme), Switch(theme), Switch(theme)
        self.rights_hint = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.pinned = Switch(theme)
        self.muted = Switch(theme)
        self.receipts = ReceiptChoices(theme, client_model, label, TOLD)
        self.leave_button = Button("quietdanger")
        self._build()
        self._connect()

    def _build(self) -> None:
        centre = Qt.AlignmentFlag.AlignHCenter
        self.body.addWidget(self.avatar, 0, centre)
        for label in (self.name, self.state, self.topic):
            label.setAlignment(centre)
            self.body.addWidget(label)
        self.body.addWidget(self.split)
        self.body.addLayout(self._follows)
        self.body.addWidget(line())
        for button in (
            self.members_button,
            self.add_button,
            self.links_button,
            self.newcomers_button,
            self.edit_button,
            self.timer_button,
            self.log_button,
        ):
            self.body.addWidget(button)
        self.body.addWidget(line())
        for choices in ((self.adds, self.posts, self.pins, self.rights_hint), (self.pinned, self.muted, self.receipts)):
            part = column(spacing=m.SMALL, margins=(m.SMALL, 0, m.SMALL, 0))
            for choice in choices:
                part.addWidget(choice)
            self.body.addLayout(part)
            self.body.addWidget(line())
        self.body.addWidget(self.leave_button)
        self.body.setSpacing(m.SMALL)

    def _connect(self) -> None:
        client_model, label, acts = self._client_model, self._label, self._acts
        change = client_model.ask
        self.adds.toggled.connect(lambda on: change(c.ChangeGroup(label, everybody_adds=on), None, self._refused))
        self.posts.toggled.connect(lambda on: change(c.ChangeGroup(label, everybody_posts=on), None, self._refused))
        self.pins.toggled.connect(lambda on: change(c.ChangeGroup(label, everybody_pins=on), None, self._refused))
        self.pinned.toggled.connect(lambda on: change(c.SetPinned(label, on)))
        self.muted.toggled.connect(lambda on: change(c.SetMuted(label, on)))
        for button, act in (
            (self.members_button, acts.members),
            (self.add_button, acts.add),
            (self.links_button, acts.links),
            (self.newcomers_button, acts.newcomers),
            (self.edit_button, acts.edit),
            (self.timer_button, acts.timer),
            (self.log_button, acts.log),
            (self.leave_button, acts.leave),
        ):
            button.clicked.connect(lambda _checked=False, act=act: act(label))
        client_model.contact_changed.connect(self._changed)

    @override
    def first_focus(self) -> QWidget:
        return self.members_button

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("Group", "Group"))
        self.add_button.setText(translate("Group", "Add people…"))
        self.links_button.setText(translate("Group", "Links to join…"))
        self.edit_button.setText(translate("Group", "Title, topic and picture…"))
        self.log_button.setText(translate("Group", "What counts, and why…"))
        self.adds.setText(translate("Group", "Everybody adds people"))
        self.posts.setText(translate("Group", "Everybody writes"))
        self.pins.setText(translate("Group", "Everybody pins messages"))
        self.pinned.setText(translate("Group", "Keep at the top of the list"))
        self.muted.setText(translate("Group", "No notifications, unless you are mentioned"))
        self.leave_button.setText(translate("Group", "Leave the group…"))
        for button, icon in (
            (self.members_button, "people"),
            (self.add_button, "plus"),
            (self.links_button, "qr"),
            (self.newcomers_button, "clock"),
            (self.edit_button, "new"),
            (self.timer_button, "timer"),
            (self.log_button, "read_text"),
        ):
            button.show_icon(self.theme, icon)
        self.leave_button.show_icon(self.theme, "open", lambda theme: theme.colours.danger)
        self.receipts.retranslate()
        self._show()

    def _changed(self, label: str) -> None:
        if label == self._client_model.address(self._label):
            self._show()

    def _refused(self, error: Exception) -> None:
        self._client_model.failed.emit(error)
        self._show()

    def _show(self) -> None:
        group = self._client_model.groups.of(self._label)
        if group is None:
            return
        self.avatar.show_name(self._label, title=group.title)
        self.name.setText(label_text(self._label, group.title))
        self.state.setText(self._standing(group))
        self.topic.setText(shown(group.topic, lines=4).text)
        self.topic.setVisible(bool(group.topic))
        self._show_split(group)
        self.members_button.setText(member_count(len(group.members), say()))
        self.timer_button.setText(translate("Group", "Messages disappear: {0}").format(timer_name(group.timer)))
        given = messages_text(group.history, say())
        self.newcomers_button.setText(translate("Group", "For newcomers: {0}").format(given))
        offered = group_acts(group)
        self.add_button.setVisible(GroupAct.ADD in offered)
        self.links_button.setVisible(GroupAct.LINK in offered)
        self.newcomers_button.setVisible(GroupAct.HISTORY in offered)
        self.edit_button.setVisible(GroupAct.TITLE in offered)
        self.timer_button.setVisible(GroupAct.TIMER in offered)
        self.leave_button.setVisible(GroupAct.LEAVE in offered)
        may = GroupAct.POLICY in offered
        for switch, on in (
            (self.adds, group.everybody_adds),
            (self.posts, group.everybody_posts),
            (self.pins, group.everybody_pins),
        ):
            with QSignalBlocker(switch):
                switch.setChecked(on)
            switch.setEnabled(may)
        self.rights_hint.setText("" if may else translate("Group", "Only admins change this."))
        self.rights_hint.setVisible(not may)
        self._show_row()

    def _show_split(self, group: GroupView) -> None:
        """Ask whom one follows, where several people go on with the group; the most senior is offered first."""
        self.split.setText(split_words(group.title, group.split) if group.split else "")
        self.split.setVisible(bool(group.split))
        for button in self.follow_buttons:
            self._follows.removeWidget(button)
            button.deleteLater()
        self.follow_buttons = [Button("row") for _ in group.split]
        for button, name in zip(self.follow_buttons, group.split, strict=True):
            button.setText(follow_words(name))
            follow = c.FollowGroup(self._label, name)
            button.clicked.connect(
                lambda _checked=False, follow=follow: self._client_model.ask(follow, None, self._refused)
            )
            self._follows.addWidget(button)

    def _show_row(self) -> None:
        known = self._client_model.conversations.get(self._label)
        if known is not None:
            for switch, on in ((self.pinned, known.pinned), (self.muted, known.muted)):
                with QSignalBlocker(switch):
                    switch.setChecked(on)

    def _standing(self, group: GroupView) -> str:
        """Say what one is in it, who has added one, and by which name commands know it."""
        parts = [person(self._label)]
        if group.role is None:
            parts.append(stop_sentence(GroupStop.NOT_MEMBER, say()))
        else:
            parts.append(translate("Group", "you: {0}").format(role_text(group.role, say())))
        if group.added_by:
            parts.append(translate("Group", "added by {0}").format(person(group.added_by)))
        return " · ".join(parts)
