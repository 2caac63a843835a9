"""Starting a group, and adding people to one: a title, and contacts found by a few letters of their names."""

from collections.abc import Callable, Mapping

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.group_views import GroupView
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.models.group_words import say
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, row
from babilu.desktop.widgets.forms import FormField
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.desktop.widgets.people_picker import PeoplePicker
from babilu.kernel.errors import BabiluError
from babilu.kernel.limits import GROUP_MEMBERS, TITLE_CHARACTERS, TOPIC_CHARACTERS
from babilu.presentation.group_model import is_group_label
from babilu.presentation.newcomer_history import newcomers_text

Done = Callable[[str], None]


def contacts_of(client_model: DesktopModel) -> dict[str, str]:
    """Give the contacts that can be added somewhere, with what they are called."""
    views = client_model.conversations
    return {
        name: called
        for name, called in client_model.shown_labels().items()
        if not is_group_label(name) and (contact := views[name].contact) is not None and not contact.blocked
    }


class PeopleSheet(ModalSheet):
    """Chooses people for a group.

    Args:
        theme: Fonts and colours.
        client_model: What is asked.
        names: Whom one can choose.
        room: How many more a group can have.
        done: Told of the label of the group.
    """

    def __init__(
        self, theme: Theme, client_model: DesktopModel, names: Mapping[str, str], room: int, done: Done
    ) -> None:
        super().__init__(theme)
        self.client_model = client_model
        self._done = done
        self._room = room
        self.picker = PeoplePicker(theme, names, room, typed=True)
        self.hint = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.error = PlainLabel(theme, lambda t: t.fonts.small, "danger", wraps=True)
        self.error.hide()
        self.button = Button("primary")
        self.picker.changed.connect(self.say)
        self.picker.finished.connect(self.submit)
        self.picker.field.textChanged.connect(lambda _: self.error.hide())
        self.button.clicked.connect(self.submit)

    def build(self, *above: QWidget) -> None:
        """Put the parts of the sheet one under the other."""
        for widget in (*above, self.picker, self.error):
            self.body.addWidget(widget)
        buttons = row()
        buttons.addWidget(self.hint, 1)
        buttons.addWidget(self.button)
        self.body.addLayout(buttons)

    @override
    def first_focus(self) -> QWidget:
        return self.picker

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.picker.retranslate()
        self.say()

    def say(self) -> None:
        """Say who is chosen, or that nobody more can be."""
        full = translate("GroupPeople", "A group has at most %n members.", None, GROUP_MEMBERS)
        self.hint.setText(full if self.picker.is_full else self.picker.chosen_names())

    def submit(self) -> None:
        """Do what the sheet is about: the subclass says what."""
        raise NotImplementedError

    def carry_out(self, command: c.Command[GroupView]) -> None:
        """Ask the client once, and show why it refuses."""
        if not self.button.is_held:
            self.button.hold(on=True)
            self.client_model.ask(command, self._carried_out, self._refused)

    def _carried_out(self, group: GroupView) -> None:
        self.close_sheet()
        self._done(group.conversation)

    def _refused(self, error: BabiluError) -> None:
        self.button.hold(on=False)
        self.error.setText(sentence_for(error))
        self.error.show()


class NewGroupSheet(PeopleSheet):
    """Starts a group."""

    def __init__(self, theme: Theme, client_model: DesktopModel, done: Done) -> None:
        self.name = FormField(theme)
        self.topic = FormField(theme)
        super().__init__(theme, client_model, contacts_of(client_model), GROUP_MEMBERS - 1, done)
        self.name.edit.setMaxLength(TITLE_CHARACTERS)
        self.topic.edit.setMaxLength(TOPIC_CHARACTERS)
        self.people = PlainLabel(theme, lambda t: t.fonts.small, "muted")
        self.people.setBuddy(self.picker.field)
        self.name.submitted.connect(self.topic.setFocus)
        self.topic.submitted.connect(self.picker.setFocus)
        self.build(self.name, self.topic, self.people)

    @override
    def first_focus(self) -> QWidget:
        return self.name

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("GroupPeople", "New group"))
        self.name.call_it(translate("GroupPeople", "Title"), translate("GroupPeople", "What everybody in it sees"))
        self.topic.call_it(translate("GroupPeople", "Topic (may stay empty)"))
        self.people.setText(translate("GroupPeople", "People (others can be added later)"))

    @override
    def say(self) -> None:
        super().say()
        count = len(self.picker.chosen)
        alone = translate("GroupPeople", "Start the group")
        self.button.setText(translate("GroupPeople", "Start with %n", None, count) if count else alone)

    @override
    def submit(self) -> None:
        title = self.name.text
        if not title:
            self.name.refuse(translate("GroupPeople", "What is the group called?"))
            return
        self.carry_out(c.StartGroup(title, tuple(self.picker.chosen), self.topic.text))


class AddPeopleSheet(PeopleSheet):
    """Adds people to a group; they decide whether they agree."""

    def __init__(self, theme: Theme, client_model: DesktopModel, group: GroupView, done: Done) -> None:
        present = {member.name for member in group.members}
        others = {name: called for name, called in contacts_of(client_model).items() if name not in present}
        super().__init__(theme, client_model, others, GROUP_MEMBERS - len(group.members), done)
        self._group = group
        self.text = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.build(self.text)

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("GroupPeople", "Add people"))
        given = newcomers_text(self._group.history, self._group.history_days, say())
        decide = translate("GroupPeople", "They see who adds them, and decide. You give them: {0}.")
        self.text.setText(decide.format(given))

    @override
    def say(self) -> None:
        super().say()
        count = len(self.picker.chosen)
        self.button.setEnabled(count > 0)
        self.button.setText(
            translate("GroupPeople", "Add %n", None, count) if count else translate("GroupPeople", "Add")
        )

    @override
    def submit(self) -> None:
        if self.picker.chosen:
            self.carry_out(c.AddToGroup(self._group.conversation, tuple(self.picker.chosen)))
