"""What takes how much room on this device, and the way to delete older files of messages here."""

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api.views import ConversationSpaceView, FreeingPlanView, SpaceView
from babilu.desktop.bridge import while_alive
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import countable, size_words, translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.models.timer_words import timer_name
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, ElidedLabel, PlainLabel, column, empty, line, row
from babilu.desktop.widgets.controls import ChoiceBox
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.presentation.space_model import AGES, SHOWN, SpaceModel

DAY_S: Final = 86_400

Confirm = Callable[[FreeingPlanView, Callable[[], None]], None]
"""Asks whether to delete what a plan has shown, and does it then."""


class StorageSheet(ModalSheet):
    """Shows what takes room, and makes some.

    Args:
        theme: Fonts and colours.
        client_model: What is asked.
        confirm: Asks before anything is deleted.
    """

    def __init__(self, theme: Theme, client_model: DesktopModel, confirm: Confirm) -> None:
        super().__init__(theme, m.SHEET_WIDE)
        self._confirm = confirm
        self._called = client_model.label
        self._places: tuple[str | None, ...] = (None,)
        self.spoken: list[str] = []
        self.total = PlainLabel(theme, lambda t: t.fonts.strong, wraps=True)
        self.words = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.rows = column(spacing=m.SMALL)
        self.heading = PlainLabel(theme, lambda t: t.fonts.strong, "accent")
        self.age_box = ChoiceBox(theme)
        self.place_box = ChoiceBox(theme)
        self.plan = PlainLabel(theme, lambda t: t.fonts.body, wraps=True)
        self.note = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.trouble = PlainLabel(theme, lambda t: t.fonts.small, "danger", wraps=True)
        self.delete_button = Button("danger")
        choices = row(spacing=m.SMALL)
        choices.addWidget(self.age_box)
        choices.addWidget(self.place_box)
        choices.addStretch(1)
        last = row()
        last.addStretch(1)
        last.addWidget(self.delete_button)
        self.body.addWidget(self.total)
        self.body.addWidget(self.words)
        self.body.addLayout(self.rows)
        self.body.addWidget(line())
        self.body.addWidget(self.heading)
        self.body.addLayout(choices)
        for widget in (self.plan, self.note, self.trouble):
            self.body.addWidget(widget)
        self.body.addLayout(last)
        follow = while_alive(self._follow)
        self.model = SpaceModel(client_model.bridge.client, client_model.clock, lambda: follow and follow(None))
        self.closed.connect(self.model.stop)
        self.age_box.activated.connect(lambda _: self._choose())
        self.place_box.activated.connect(lambda _: self._choose())
        self.delete_button.clicked.connect(self._ask)
        self.age_box.say(age_names(), 1)
        self.model.read()
        self._choose()

    @override
    def first_focus(self) -> QWidget:
        return self.age_box

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("Storage", "Storage on this device"))
        self.heading.setText(translate("Storage", "Delete older files here"))
        self.age_box.say(age_names())
        self.age_box.setAccessibleName(translate("Storage", "Age of the messages"))
        self.place_box.setAccessibleName(translate("Storage", "Conversation"))
        self.note.setText(
            translate(
                "Storage",
                "Messages stay. What you want again comes from the relay, as long as it stores it, or from its sender.",
            )
        )
        self._show_use()
        self._show_plan()

    def _choose(self) -> None:
        place = self._places[max(0, self.place_box.currentIndex())]
        self.model.choose(AGES[max(0, self.age_box.currentIndex())], place)

    def _ask(self) -> None:
        if self.model.plan is not None and not self.model.is_busy:
            self._confirm(self.model.plan, self.model.free)

    def _follow(self, _: object) -> None:
        self._show_use()
        self._show_plan()

    def _show_use(self) -> None:
        use = self.model.use
        self.total.setText("" if use is None else total_words(use))
        self.words.setText(translate("Storage", "Looking…") if use is None else "")
        self.words.setVisible(use is None)
        empty(self.rows)
        taking = () if use is None else tuple(each for each in use.conversations if each.octets)[:SHOWN]
        self.spoken = [
            f"{self._called(each.conversation)}: {size_words(each.octets)}, {room_words(each)}" for each in taking
        ]
        for each, spoken in zip(taking, self.spoken, strict=True):
            self.rows.addWidget(self._row(each, spoken))
        chosen = self._places[max(0, self.place_box.currentIndex())]
        self._places = (None, *(each.conversation_id.hex() for each in taking))
        names = (translate("Storage", "in all conversations"), *(self._called(each.conversation) for each in taking))
        self.place_box.say(names, self._places.index(chosen) if chosen in self._places else 0)

    def _row(self, room: ConversationSpaceView, spoken: str) -> QWidget:
        made = QWidget()
        made.setAccessibleName(spoken)
        across = row(made, m.MEDIUM)
        name = ElidedLabel(self.theme, lambda t: t.fonts.body)
        name.say(self._called(room.conversation))
        across.addWidget(name, 1)
        parts = PlainLabel(self.theme, lambda t: t.fonts.small, "muted", text=room_words(room))
        across.addWidget(parts)
        across.addWidget(PlainLabel(self.theme, lambda t: t.fonts.strong, text=size_words(room.octets)))
        return made

    def _show_plan(self) -> None:
        model = self.model
        plan, freed = model.plan, model.freed
        self.trouble.setText("" if model.error is None else sentence_for(model.error))
        self.trouble.setVisible(model.error is not None)
        self.delete_button.hold(on=model.is_busy)
        can_go = plan is not None and plan.files > 0
        self.delete_button.setEnabled(can_go)
        self.delete_button.setVisible(can_go)
        self.delete_button.setText(translate("Storage", "Delete…"))
        if freed is not None:
            said = translate("Storage", "%n file(s) deleted, {0} freed.", None, countable(freed.files))
            self.plan.setText(said.format(size_words(freed.octets)))
        else:
            self.plan.setText(translate("Storage", "Looking…") if plan is None else plan_words(plan))


def total_words(use: SpaceView) -> str:
    """Say what takes how much in all."""
    files, database = size_words(use.files), size_words(use.database)
    return translate("Storage", "Files: {0} · Messages and keys: {1}").format(files, database)


def room_words(room: ConversationSpaceView) -> str:
    """Say what of a conversation takes how much."""
    parts = []
    if room.pictures:
        parts.append(translate("Storage", "pictures {0}").format(size_words(room.pictures)))
    if room.voice:
        parts.append(translate("Storage", "voice {0}").format(size_words(room.voice)))
    if room.files:
        parts.append(translate("Storage", "files {0}").format(size_words(room.files)))
    return " · ".join(parts)


def plan_words(plan: FreeingPlanView) -> str:
    """Say what would be deleted, and what stays."""
    if plan.files:
        said = translate("Storage", "%n file(s) can be deleted, which frees {0}.", None, countable(plan.files))
        parts = [said.format(size_words(plan.octets))]
    else:
        parts = [translate("Storage", "No file of that age can be deleted.")]
    if plan.own:
        own = translate(
            "Storage",
            "You sent %n of them: once the relay stores it no longer, only who has fetched it has it.",
            None,
            countable(plan.own),
        )
        parts.append(own)
    if plan.kept:
        kept = translate("Storage", "%n more stay(s): on the way, or here alone.", None, countable(plan.kept))
        parts.append(kept)
    return " ".join(parts)


def age_names() -> tuple[str, ...]:
    """Name the ages, in the order of `AGES`."""
    return tuple(
        translate("Storage", "older than {0}").format(timer_name(days * DAY_S)) if days else translate("Storage", "all")
        for days in AGES
    )
