"""The window over the real client: it is linked to a device of its person, removed again, and wiped."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from babilu.api import commands, events
from babilu.desktop.app import DesktopApp, DesktopOptions, make_application
from babilu.desktop.sheets.link_here import LinkHereSheet, LinkingStep
from babilu.desktop.sheets.question import QuestionSheet
from babilu.host.opening import HostingFactory
from babilu.system import SystemClock, SystemRandomness
from tests.integration.engine.party import Party, relayed
from tests.integration.engine.relays import running_relay

WAIT_MS = 30_000


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    # There is one in a process, whichever tests it runs.
    made = QApplication.instance()
    return made if isinstance(made, QApplication) else make_application(["babilu-tests"])


def test_a_device_is_linked_removed_and_wiped_in_the_window(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    home = tmp_path / "laptop"
    home.mkdir()
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice", "bob") as (phone, bob),
    ):
        bob.send("alice", "before")
        phone.until_arrived("bob", ["before"])
        factory = HostingFactory(home, SystemClock(), SystemRandomness())
        app = DesktopApp(qapp, factory, DesktopOptions(home, language="en"), SystemClock(), SystemRandomness())
        try:
            app.start()
            link(qtbot, app, phone)
            qtbot.waitUntil(lambda: app.window.pages.currentWidget() is app.window.chat, timeout=WAIT_MS)
            qtbot.waitUntil(lambda: "bob" in app.client_model.conversations, timeout=WAIT_MS)
            qtbot.waitUntil(lambda: app.client_model.conversations["bob"].last is not None, timeout=WAIT_MS)
            assert len(factory.profiles()) == 1
            remove(qtbot, app, phone)
            assert not factory.profiles()
        finally:
            app.stop()
            app.window.deleteLater()
            QApplication.processEvents()


def link(qtbot: QtBot, app: DesktopApp, phone: Party) -> None:
    """Link the window's device, with a yes on both."""
    app.window.first.link.click()
    sheet = app.window.sheets.top
    assert isinstance(sheet, LinkHereSheet)
    relay = phone.ask(commands.Status()).relay
    sheet.fill("alice", relay)
    sheet.device.edit.setText("Laptop")
    sheet.password.edit.setText("password of alice")
    sheet.yes_button.click()
    qtbot.waitUntil(lambda: sheet.phase is LinkingStep.CODE, timeout=WAIT_MS)
    asked = phone.hear(events.LinkAsked)
    assert sheet.digits.text().replace(" ", "") == asked.digits
    sheet.yes_button.click()
    qtbot.waitUntil(lambda: sheet.phase is LinkingStep.AGREED, timeout=WAIT_MS)
    phone.ask(commands.LinkApprove(phone.profile.passphrase))


def remove(qtbot: QtBot, app: DesktopApp, phone: Party) -> None:
    """Remove the window's device on the other one, and delete everything in the window."""
    page = app.window.removed_page
    phone.ask(commands.RemoveDevice("Laptop", phone.profile.passphrase))
    qtbot.waitUntil(lambda: app.window.pages.currentWidget() is page, timeout=WAIT_MS)
    page.field.edit.setText("password of alice")
    page.wipe_button.click()
    question = app.window.sheets.top
    assert isinstance(question, QuestionSheet)
    question.yes.click()
    qtbot.waitUntil(lambda: app.window.pages.currentWidget() is app.window.first, timeout=WAIT_MS)
