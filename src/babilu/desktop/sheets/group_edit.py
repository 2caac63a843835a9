"""Gives a group another title or topic."""

from typing_extensions import override

from babilu.api import commands as c
from babilu.api.group_views import GroupView
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.sheets.asking import AskingSheet
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.forms import FormField
from babilu.kernel.errors import BabiluError
from babilu.kernel.limits import TITLE_CHARACTERS, TOPIC_CHARACTERS


class GroupEditSheet(AskingSheet):
    """Asks for title and topic.

    Args:
        theme: Fonts and colours.
        client_model: What is asked.
        group: The group as it is now.
    """

    def __init__(self, theme: Theme, client_model: DesktopModel, group: GroupView) -> None:
        self.name = FormField(theme)
        self.topic = FormField(theme)
        super().__init__(theme, (self.name, self.topic))
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
        self.title.setText(translate("GroupEdit", "Title and topic"))
        self.text.setText(translate("GroupEdit", "Everybody in the group sees them, and that you changed them."))
        self.name.call_it(translate("GroupEdit", "Title"))
        self.topic.call_it(translate("GroupEdit", "Topic"))
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
        )
        if order.title is None and order.topic is None:
            self.close_sheet()
            return
        self.yes.hold(on=True)
        self._client_model.ask(order, lambda _: self.close_sheet(), self._refused)

    def _refused(self, error: BabiluError) -> None:
        self.yes.hold(on=False)
        self.name.refuse(sentence_for(error))
