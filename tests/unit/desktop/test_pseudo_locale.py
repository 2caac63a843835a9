"""Every page and sheet of the desktop speaks a language that does not exist, and fits."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest
from PySide6.QtCore import QObject, Qt, QTranslator
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QTextEdit,
    QWidget,
)
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.events import LinkCodeShown
from babilu.api.group_views import GroupChangeView
from babilu.api.views import Address, MessageView
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import START_MS
from babilu.desktop.models import group_words
from babilu.desktop.models.conversations import DecisionRow
from babilu.desktop.sheets.backup import BackupSheet
from babilu.desktop.sheets.link_here import LinkHereSheet, LinkingStep
from babilu.desktop.widgets.composer import Written
from babilu.desktop.widgets.menus import conversation_menu
from babilu.desktop.widgets.message_acts import MessageAct
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.states import FileState, GroupChangeKind
from babilu.presentation.emoji import QUICK, name_of
from babilu.presentation.sizes import UNITS
from babilu.presentation.strings import ENGLISH, LANGUAGES, Strings
from tests.pseudo import pseudo, untranslated
from tests.unit.desktop.desktop_under_test import PASSWORD, DesktopUnderTest
from tests.unit.desktop.pictures_under_test import picture

LINK = "babilu://127.0.0.1:5050/@alice#kiCr"
KNOWN = [
    "alice bob carol Carol mallory Mallory Babilu babilu babilu:// jpg",
    LINK,
    *LANGUAGES.values(),
    *UNITS,
    *(name_of(each, ENGLISH) for each in QUICK),
]
MONTHS_AND_DAYS = (
    "January February March April May June July August September October November December AM PM Sunday Monday"
)


class PseudoTranslator(QTranslator):
    """Says every sentence of Babilu, and the names of keys that Qt knows, in letters that English does not have."""

    @override
    def isEmpty(self) -> bool:
        return False

    @override
    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str | None:
        del disambiguation
        return pseudo(source).replace("%n", str(n)) if context == "QShortcut" or not context[:2].isupper() else None


class PseudoStrings(Strings):
    """Says every sentence of the catalogues in these letters, too."""

    @override
    def __call__(self, key: str, /, **fields: object) -> str:
        text = self._find(key, fields.get("count"))
        assert text is not None, key
        return pseudo(text).format(**fields)


@pytest.fixture
def pseudo_desktop(
    desktop: DesktopUnderTest, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DesktopUnderTest]:
    translator = PseudoTranslator()
    qapp.installTranslator(translator)
    monkeypatch.setattr(group_words, "Strings", PseudoStrings)
    yield desktop
    qapp.removeTranslator(translator)


def texts(root: QWidget) -> Iterator[tuple[str, str]]:
    """Give what is shown or read aloud of a widget and of those in it, and where it stands."""
    for widget in (root, *root.findChildren(QWidget)):
        where = type(widget).__name__
        yield where, widget.toolTip()
        yield where, widget.accessibleName()
        yield where, widget.accessibleDescription()
        if isinstance(widget, QLabel | QAbstractButton):
            yield where, widget.text()
        if isinstance(widget, QLineEdit | QTextEdit):
            yield where, widget.placeholderText()
        if isinstance(widget, QComboBox):
            yield from ((where, widget.itemText(i)) for i in range(widget.count()))


def left(root: QObject) -> dict[str, set[str]]:
    assert isinstance(root, QWidget)
    found = {f"{where}: {text}": untranslated(text, [*KNOWN, MONTHS_AND_DAYS]) for where, text in texts(root)}
    return {text: words for text, words in found.items() if words}


def contents(desktop: DesktopUnderTest) -> tuple[Callable[[], object], ...]:
    """Give what opens the sheets about contents and conversations."""
    navigator, acts = desktop.window.navigator, desktop.window.message_actions
    message, own = (desktop.client_model.messages.message(row) for row in range(2))
    return (
        navigator.own_link,
        navigator.scheduled,
        lambda: navigator.schedule(Written("1")),
        lambda: navigator.timer("bob"),
        lambda: navigator.rename("bob"),
        lambda: navigator.clear("bob"),
        lambda: navigator.remove("bob"),
        lambda: navigator.messages.wordings(message),
        lambda: navigator.messages.delete_for_all(own),
        lambda: acts.choose_reaction(message),
        lambda: acts.forward(message),
        lambda: acts.do(message, MessageAct.REACTIONS),
    )


def of_group(desktop: DesktopUnderTest, label: str) -> tuple[Callable[[], object], ...]:
    """Give what opens the sheets about a group."""
    groups = desktop.window.navigator.groups
    return (
        groups.begin,
        groups.join,
        lambda: groups.details(label),
        lambda: groups.members(label),
        lambda: groups.member(label, "bob"),
        lambda: groups.member(label, "alice"),
        lambda: groups.add(label),
        lambda: groups.links(label),
        lambda: groups.edit(label),
        lambda: groups.log(label),
        lambda: groups.leave(label),
        lambda: desktop.window.navigator.messages.hide(desktop.client_model.messages.message(0)),
    )


def test_no_screen_about_a_group_has_a_sentence_that_is_not_translated(
    pseudo_desktop: DesktopUnderTest, client: FakeClient
) -> None:
    desktop = pseudo_desktop
    client.add_contact("bob")
    label = client.groups.begin("Carol", "bob", "carol", told=False).conversation
    client.receive(label, "0", sender="bob")
    client.groups.say(label, GroupChangeView(GroupChangeKind.ADDED, "bob", "carol", counts=False, why_not="ended"))
    client.request(c.MakeGroupLink(label, 5, True)).result()
    client.groups.begin("Mallory", by="bob", accepted=False)
    client.groups.ask_to_join(label, "mallory")
    desktop.enter()
    desktop.open(label)
    assert left(desktop.window) == {}
    rows = desktop.client_model.rows
    spoken = [rows.index(number).data(Qt.ItemDataRole.AccessibleTextRole) for number in range(rows.rowCount())]
    assert [text for text in spoken if untranslated(text, KNOWN)] == []
    for open_sheet in of_group(desktop, label):
        open_sheet()
        desktop.settle()
        assert left(desktop.window) == {}
        sheet = desktop.sheet(ModalSheet)
        desktop.window.resize(desktop.window.minimumSize())
        desktop.settle()
        assert sheet.body.totalMinimumSize().width() <= sheet.room_across, sheet.title.text()
        desktop.window.sheets.clear()
        desktop.settle()
    for row in [rows.row(number) for number in range(2)]:
        assert isinstance(row, DecisionRow)
        desktop.chat.show_decision(row.waiting)
        desktop.settle()
        assert left(desktop.window) == {}


def test_linking_this_device_is_translated(pseudo_desktop: DesktopUnderTest) -> None:
    desktop = pseudo_desktop
    desktop.start()
    desktop.first.link.click()
    sheet = desktop.sheet(LinkHereSheet)
    sheet.device.edit.clear()
    for way in sheet.ways.buttons:
        way.click()
        assert left(desktop.window) == {}
    sheet.fill("alice", Address("127.0.0.1", 1))
    sheet.password.edit.setText(PASSWORD)
    sheet.answer()
    desktop.qtbot.waitUntil(lambda: sheet.phase is LinkingStep.ASKED)
    assert left(desktop.window) == {}
    desktop.client.show_link_code(LinkCodeShown("012345", ("1", "2", "3", "4"), 110 * "5"))
    desktop.qtbot.waitUntil(lambda: sheet.phase is LinkingStep.CODE)
    assert left(desktop.window) == {}
    assert sheet.body.totalMinimumSize().width() <= sheet.width()
    sheet.answer()
    desktop.qtbot.waitUntil(lambda: sheet.phase is LinkingStep.AGREED)
    assert left(desktop.window) == {}
    desktop.client.end_linking(BabiluError(ErrorCode.DECLINED, ""))
    desktop.qtbot.waitUntil(sheet.error.isVisible)
    assert left(desktop.window) == {}


def test_menus_are_translated(pseudo_desktop: DesktopUnderTest, client: FakeClient) -> None:
    desktop = pseudo_desktop
    client.fill_history("bob", 2, "{}".format)
    desktop.enter()
    desktop.open("bob")
    navigator = desktop.window.navigator
    of_messages = [
        desktop.window.message_actions.make_menu(each) for each in desktop.client_model.messages.window.messages
    ]
    view = desktop.client_model.conversations["bob"]
    about = conversation_menu(
        desktop.window, desktop.app.theme, view, desktop.client_model, navigator.conversation_acts()
    )
    for menu in (*of_messages, about):
        for each in (menu, *menu.findChildren(QMenu)):
            assert isinstance(each, QMenu)
            texts_of = [action.text().split("\t")[0] for action in each.actions()]
            assert [text for text in texts_of if untranslated(text, KNOWN)] == []


def test_no_page_and_no_sheet_has_a_sentence_that_is_not_translated(
    pseudo_desktop: DesktopUnderTest, client: FakeClient
) -> None:
    desktop = pseudo_desktop
    client.fill_history("bob", 3, "{}".format)
    first = client.messages("bob")[0]
    client.react("carol", first.id, "👍")
    client.edit("bob", first.id, "0")
    client.pin("bob", first.id)
    client.set_timer("bob", 3_600)
    client.request(c.Schedule("bob", "1", START_MS + 3_600_000)).result()
    client.change_identity("carol")
    client.ask_for_conversation("mallory")
    desktop.enter()
    assert left(desktop.window.first) == {}
    desktop.open("bob")
    desktop.press("Ctrl+F")
    assert left(desktop.window) == {}
    desktop.open("carol")
    assert left(desktop.window) == {}
    navigator = desktop.window.navigator
    desktop.open("bob")

    def photographed(state: FileState) -> MessageView:
        error = ErrorCode.CLOSED.value if state is FileState.FAILED else None
        files = (replace(picture("0.jpg", state=state), error=error), replace(picture("1.jpg"), index=1))
        return replace(client.receive("bob", "", files=files), files=files)

    sheets: tuple[Callable[[], object], ...] = (
        navigator.settings,
        navigator.keys,
        navigator.switch,
        navigator.begin_anew,
        navigator.connection,
        navigator.invitations,
        lambda: navigator.revoke(3),
        navigator.details,
        lambda: navigator.verify("bob"),
        lambda: navigator.block("bob"),
        lambda: navigator.trust(client.contact("carol")),
        lambda: navigator.call("bob"),
        lambda: navigator.media("bob"),
        navigator.storage,
        navigator.backup,
        *(partial(desktop.window.file_actions.look_at, photographed(state)) for state in FileState),
        lambda: navigator.messages.read(desktop.client_model.messages.message(0)),
        lambda: navigator.messages.info(desktop.client_model.messages.message(1)),
        *contents(desktop),
    )
    for open_sheet in sheets:
        open_sheet()
        desktop.settle()
        assert left(desktop.window) == {}
        sheet = desktop.sheet(ModalSheet)
        desktop.window.resize(desktop.window.minimumSize())
        desktop.settle()
        assert sheet.body.totalMinimumSize().width() <= sheet.room_across, sheet.title.text()
        desktop.window.sheets.clear()
        desktop.settle()
    navigator.backup()
    backup = desktop.sheet(BackupSheet)
    backup.new_button.click()
    # The words of a code are of no language.
    desktop.settle()
    assert backup.body.totalMinimumSize().width() <= backup.room_across
    desktop.window.sheets.clear()
    desktop.chat.show_request(next(iter(desktop.client_model.requests.values())))
    desktop.settle()
    assert left(desktop.window) == {}
    desktop.window.lock()
    assert left(desktop.window.lock_page) == {}
    client.remove_this_device()
    page = desktop.window.removed_page
    desktop.qtbot.waitUntil(page.isVisible)
    for typed in ("", PASSWORD):
        page.field.edit.setText(typed)
        page.wipe_button.click()
        assert left(desktop.window) == {}
