"""A device that was removed shows nothing without the password, and deletes what it has once that is asked for."""

from collections.abc import Callable

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.api.views import ProfileView
from babilu.bot.fake_client import FakeClient
from babilu.desktop.sheets.link_here import LinkHereSheet, LinkingStep
from babilu.desktop.sheets.question import QuestionSheet
from babilu.desktop.widgets.removed_page import RemovedPage
from babilu.kernel.errors import AccountError, ErrorCode, LinkError
from tests.unit.desktop.desktop_under_test import PASSWORD, DesktopUnderTest

Opened = Callable[..., DesktopUnderTest]


def covered(desktop: DesktopUnderTest) -> RemovedPage:
    page = desktop.window.removed_page
    desktop.settle()
    assert desktop.window.pages.currentWidget() is page
    return page


def confirm(desktop: DesktopUnderTest) -> None:
    desktop.sheet(QuestionSheet).yes.click()


def test_it_is_covered_at_once_and_tells_of_no_message(opened: Opened, client: FakeClient) -> None:
    desktop = opened(messages=2)
    client.remove_this_device()
    page = covered(desktop)
    assert "removed" in page.title.text()
    assert desktop.window.is_locked
    assert not desktop.window.toast.isVisible()
    assert "bob" not in desktop.window.windowTitle()


def test_also_a_window_that_is_locked_says_so(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    desktop.window.lock()
    client.remove_this_device()
    covered(desktop)


def test_a_profile_whose_device_was_removed_before_opens_covered(desktop: DesktopUnderTest) -> None:
    desktop.factory.when_opened = lambda: desktop.client.remove_this_device(fatal=False)
    desktop.start()
    desktop.first.ways.choose(2)
    for field, text in (
        (desktop.first.name, "alice"),
        (desktop.first.password, PASSWORD),
        (desktop.first.again, PASSWORD),
    ):
        field.edit.setText(text)
    desktop.first.submit()
    desktop.qtbot.waitUntil(lambda: desktop.app.bridge.is_open)
    covered(desktop)


def test_a_command_that_is_refused_for_it_covers_the_window_too(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.fail_next(c.SetPinned, AccountError(ErrorCode.DEVICE_REMOVED, "removed"))
    desktop.client_model.ask(c.SetPinned("bob", True))
    covered(desktop)


def test_what_is_here_is_read_by_the_password_and_covered_again_by_the_lock(opened: Opened, client: FakeClient) -> None:
    desktop = opened(messages=2)
    client.remove_this_device()
    page = covered(desktop)
    page.read_button.click()
    assert page.field.error.isVisible()
    page.field.edit.setText("another one")
    page.read_button.click()
    desktop.settle()
    assert desktop.window.pages.currentWidget() is page
    assert "not the password" in page.field.error.text()
    page.field.edit.setText(PASSWORD)
    desktop.press("Return", page.field.edit)
    desktop.qtbot.waitUntil(lambda: desktop.window.pages.currentWidget() is desktop.chat)
    assert desktop.asked(c.WipeProfile) == []
    desktop.window.lock()
    assert covered(desktop).field.text == ""


def test_everything_is_deleted_after_the_password_and_a_question(opened: Opened, client: FakeClient) -> None:
    desktop = opened(messages=2)
    client.remove_this_device()
    page = covered(desktop)
    page.wipe_button.click()
    assert desktop.window.sheets.top is None
    page.field.edit.setText(PASSWORD)
    page.wipe_button.click()
    question = desktop.sheet(QuestionSheet)
    assert question.focusWidget() is question.no
    question.no.click()
    assert desktop.asked(c.WipeProfile) == []
    page.wipe_button.click()
    confirm(desktop)
    wiped = desktop.wait_for(c.WipeProfile)
    assert isinstance(wiped, c.WipeProfile)
    assert wiped.password == Passphrase(PASSWORD)
    desktop.qtbot.waitUntil(lambda: desktop.window.pages.currentWidget() is desktop.first)
    desktop.qtbot.waitUntil(client.closed.is_set)
    assert not desktop.first.error.isVisible()
    assert desktop.window.sheets.top is None


def test_a_wrong_password_deletes_nothing_and_may_be_typed_again(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.remove_this_device()
    page = covered(desktop)
    page.field.edit.setText("another one")
    page.wipe_button.click()
    confirm(desktop)
    desktop.qtbot.waitUntil(lambda: "not the password" in page.field.error.text())
    client.fail_next(c.WipeProfile, LinkError(ErrorCode.BUSY, "busy"))
    page.field.edit.setText(PASSWORD)
    page.wipe_button.click()
    confirm(desktop)
    desktop.qtbot.waitUntil(page.error.isVisible)
    assert not page.wipe_button.is_held
    assert not client.closed.is_set()


def test_it_is_linked_anew_after_everything_was_deleted(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.remove_this_device()
    page = covered(desktop)
    page.field.edit.setText(PASSWORD)
    page.relink_button.click()
    confirm(desktop)
    sheet = desktop.sheet(LinkHereSheet)
    assert (sheet.name.text, sheet.host.text, sheet.port.text) == ("alice", "127.0.0.1", "5050")
    desktop.factory.next_client = another = FakeClient("alice")
    sheet.password.edit.setText(PASSWORD)
    sheet.yes_button.click()
    desktop.qtbot.waitUntil(lambda: sheet.phase is LinkingStep.ASKED)
    another.close()


def test_another_profile_is_not_covered(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.remove_this_device()
    covered(desktop)
    desktop.window.leave_wanted.emit()
    desktop.qtbot.waitUntil(lambda: desktop.window.pages.currentWidget() is desktop.first)
    desktop.factory.next_client = another = FakeClient("carol")
    desktop.first.offer((ProfileView("/tmp/c", "carol", None, in_use=False),))
    desktop.first.password.edit.setText(PASSWORD)
    desktop.first.submit()
    desktop.qtbot.waitUntil(lambda: desktop.window.pages.currentWidget() is desktop.chat)
    another.close()


def test_it_is_said_in_the_other_language(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.remove_this_device()
    page = covered(desktop)
    desktop.app.language.choose("es")
    desktop.settle()
    assert page.title.text() == "Este dispositivo se ha quitado de tus dispositivos"
    assert page.field.edit.accessibleName() == "Contraseña"
