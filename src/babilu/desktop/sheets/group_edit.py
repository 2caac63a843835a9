"""Gives a group another title, topic or picture."""

from PySide6.QtWidgets import QFileDialog, QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.group_views import GroupView
from babilu.desktop.language import translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.sheets.asking import AskingSheet
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.avatar import Avatar
from babilu.desktop.widgets.basics import Button, PlainLabel, row
from babilu.desktop.widgets.forms import FormField
from babilu.desktop.widgets.own_picture import ENDINGS
from babilu.kernel.limits import TITLE_CHARACTERS, TOPIC_CHARACTERS


class GroupPicture(QWidget):
    """The picture of a group: chosen from the disk, or taken away; nothing is changed before it is saved.

    Args:
        theme: Fonts and colours.
        group: The group.
    """

    def __init__(self, theme: Theme, group: GroupView) -> None:
        super().__init__()
        self._has_one = group.picture is not None
        self.path: str | None = None
        self.dialog: QFileDialog | None = None
        self.avatar = Avatar(theme, m.AVATAR)
        self.avatar.show_name(group.conversation, title=group.title)
        self.said = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.choose_button = Button()
        self.remove_button = Button()
        across = row(self, m.SMALL)
        across.addWidget(self.avatar)
        across.addWidget(self.said, 1)
        across.addWidget(self.choose_button)
        across.addWidget(self.remove_button)
        self.choose_button.clicked.connect(self.choose)
        self.remove_button.clicked.connect(lambda: self.take(""))

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.choose_button.setText(translate("GroupEdit", "Choose…"))
        self.choose_button.setAccessibleName(translate("GroupEdit", "Choose a picture of the group"))
        self.remove_button.setText(translate("GroupEdit", "Remove"))
        self.remove_button.setAccessibleName(translate("GroupEdit", "Remove the picture of the group"))
        self._say()

    def choose(self) -> None:
        """Let the user choose a picture."""
        dialog = self.dialog = QFileDialog(self.window(), translate("GroupEdit", "Choose a picture of the group"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(f"{translate('GroupEdit', 'Pictures')} ({ENDINGS})")
        dialog.fileSelected.connect(self.take)
        dialog.open()

    def take(self, path: str) -> None:
        """Mean another picture, or none where the path is empty."""
        self.path = path
        self._say()

    def _say(self) -> None:
        new = translate("GroupEdit", "Another picture")
        none = translate("GroupEdit", "No picture")
        present = translate("GroupEdit", "Picture")
        if self.path is None:
            self.said.setText(present if self._has_one else none)
        else:
            self.said.setText(new if self.path else none)
        self.remove_button.setVisible(bool(self.path) or (self.path is None and self._has_one))


class GroupEditSheet(AskingSheet):
    """Asks for title, topic and picture.

    Args:
        theme: Fonts and colours.
        client_model: What is asked.
        group: The group as it is now.
    """

    def __init__(self, theme: Theme, client_model: DesktopModel, group: GroupView) -> None:
        self.name = FormField(theme)
        self.topic = FormField(theme)
        self.picture = GroupPicture(theme, group)
        super().__init__(theme, (self.name, self.topic, self.picture))
        self._client_model = client_model
        self._group = group
        self.name.edit.setMaxLength(TITLE_CHARACTERS)
        self.topic.edit.setMaxLength(TOPIC_CHARACTERS)
        self.name.edit.setText(group.title)
        self.topic.edit.setText(group.topic)
        self.topic.edit.setCursorPosition(0)
        self.name.submitted.connect(self.topic.setFocus)
        self.topic.submitted.connect(self.answer)

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("GroupEdit", "Title, topic and picture"))
        self.text.setText(translate("GroupEdit", "Everybody in the group sees them, and that you changed them."))
        self.name.call_it(translate("GroupEdit", "Title"))
        self.topic.call_it(translate("GroupEdit", "Topic"))
        self.picture.retranslate()
        self.yes.setText(translate("GroupEdit", "Save"))

    @override
    def answer(self) -> None:
        if self.yes.is_held:
            return
        title, topic = self.name.text, self.topic.text
        if not title:
            self.name.refuse(translate("GroupEdit", "A group has a title."))
            return
        order = c.ChangeGroup(
            self._group.conversation,
            None if title == self._group.title else title,
            None if topic == self._group.topic else topic,
            picture=self.picture.path,
        )
        if (order.title, order.topic, order.picture) == (None, None, None):
            self.close_sheet()
            return
        self.yes.hold(on=True)
        self._client_model.ask(order, lambda _: self.close_sheet(), self.refuse)
