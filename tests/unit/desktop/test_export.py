"""Conversations are written into plain files from their menu and from the settings; what was imported is only read."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QAction

from babilu.api import commands as c
from babilu.api.views import ConversationView
from babilu.bot.fake_client import FakeClient
from babilu.desktop.models.conversations import ConversationRow, spoken
from babilu.desktop.models.group_words import stop_words_of
from babilu.desktop.models.message_words import origin_of
from babilu.desktop.sheets.export import FORMATS, ExportSheet
from babilu.desktop.sheets.settings import SettingsSheet
from babilu.desktop.widgets.menus import conversation_menu
from babilu.desktop.widgets.message_acts import MessageAct, acts_for
from babilu.export.model import ExportFormat
from babilu.kernel.errors import DeliveryError, ErrorCode
from babilu.kernel.states import ConversationKind, ImportSource
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

Opened = Callable[..., DesktopUnderTest]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "place"
    folder.mkdir()
    return folder


def written(desktop: DesktopUnderTest, sheet: ExportSheet, folder: Path) -> str:
    sheet.write_into(str(folder))
    desktop.qtbot.waitUntil(lambda: sheet.open_button.isVisible() or sheet.trouble.isVisible())
    return sheet.said.text()


def test_a_conversation_is_written_from_its_menu(opened: Opened, client: FakeClient, place: Path) -> None:
    client.receive("bob", "<b>hello</b>")
    client.receive("carol", "not this")
    desktop = opened()
    view = desktop.client_model.conversations["bob"]
    navigator = desktop.window.navigator
    menu = conversation_menu(
        desktop.window, navigator._theme, view, desktop.client_model, navigator.conversation_acts()
    )
    (action,) = (each for each in menu.findChildren(QAction) if each.text() == "Export this conversation…")
    action.trigger()
    desktop.settle()
    sheet = desktop.sheet(ExportSheet)
    assert sheet.title.text() == "Export bob"
    assert "not encrypted" in sheet.note.text()
    sheet.format_box.setCurrentIndex(FORMATS.index(ExportFormat.TEXT))
    said = written(desktop, sheet, place)
    (file,) = place.iterdir()
    assert said == f"1 message written. {file}"
    assert file.name.startswith("bob ")
    assert file.suffix == ".txt"
    assert "bob: <b>hello</b>" in file.read_text(encoding="utf-8")


def test_all_of_them_are_written_from_the_settings_beside_what_is_there(
    opened: Opened, client: FakeClient, place: Path
) -> None:
    client.receive("bob", "hello")
    client.receive("carol", "", files=(("far.png", 10),))
    desktop = opened()
    desktop.window.navigator.settings()
    desktop.settle()
    desktop.sheet(SettingsSheet).export_button.click()
    desktop.settle()
    sheet = desktop.sheet(ExportSheet)
    assert sheet.title.text() == "Export all conversations"
    assert "1 file is not here, and was left out." in written(desktop, sheet, place)
    written(desktop, sheet, place)
    first, second = sorted(place.iterdir(), key=lambda each: len(each.name))
    assert second.name == f"{first.name} (2)"
    assert {each.name for each in first.iterdir()} == {"index.html", "conversations"}


def test_a_failure_is_said_and_leaves_nothing(opened: Opened, client: FakeClient, place: Path) -> None:
    client.receive("bob", "hello")
    desktop = opened()
    desktop.window.navigator.export("bob")
    desktop.settle()
    sheet = desktop.sheet(ExportSheet)
    client.fail_next(c.History, DeliveryError(ErrorCode.NOT_FOUND, "gone"))
    written(desktop, sheet, place)
    assert sheet.trouble.isVisible()
    assert not sheet.open_button.isVisible()
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("outgoing", [True, False])
def test_what_was_imported_says_so_and_offers_nothing_that_others_would_learn_of(
    opened: Opened, client: FakeClient, *, outgoing: bool
) -> None:
    made = client.receive("bob", "from elsewhere")
    client.shape(made.id, imported=ImportSource.WHATSAPP, outgoing=outgoing, state=None)
    desktop = opened()
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.rowCount() == 1)
    message = desktop.client_model.messages.message(0)
    assert origin_of(message) == "Imported from WhatsApp"
    assert "imported from whatsapp" in desktop.client_model.messages.index(0).data(0x0B).casefold()
    acts = set(acts_for(message, 0))
    told = {MessageAct.REPLY, MessageAct.REACT, MessageAct.EDIT, MessageAct.PIN, MessageAct.DELETE_FOR_ALL}
    assert acts.isdisjoint(told)
    assert {MessageAct.COPY, MessageAct.FORWARD, MessageAct.DELETE} <= acts


def imported_view(desktop: DesktopUnderTest) -> ConversationView:
    """Give bob's conversation as it would stand there if another program had exported it."""
    view = desktop.client_model.conversations["bob"]
    members = {"kind": ConversationKind.IMPORTED, "imported": ImportSource.MATTERMOST, "contact": None}
    return replace(view, label="#town", title="Town Square", may_post=False, **members)  # type: ignore[arg-type]


def test_an_imported_conversation_says_what_it_is_in_head_list_and_field(opened: Opened, client: FakeClient) -> None:
    client.receive("bob", "hello")
    desktop = opened()
    view = imported_view(desktop)
    header = desktop.page.header
    header.show_conversation(view, typing="", topic="")
    assert header.name.whole == "Town Square"
    assert header.way.whole == "Imported from Mattermost"
    assert not header.timer_button.isVisible()
    assert not header.details_button.isVisible()
    assert stop_words_of(view) == "Imported: nobody writes here"
    assert "Imported: nobody writes here" in spoken(ConversationRow(view, ""), "alice")
