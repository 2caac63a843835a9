"""What takes room is shown, and exactly what a plan has shown is deleted, once the user has said so."""

from collections.abc import Callable

import pytest

from babilu.api import commands as c
from babilu.api.views import FreeingPlanView
from babilu.bot.fake_client import FakeClient
from babilu.desktop.sheets.question import QuestionSheet
from babilu.desktop.sheets.settings import SettingsSheet
from babilu.desktop.sheets.storage import StorageSheet, plan_words
from babilu.kernel.errors import ErrorCode, LinkError
from babilu.kernel.states import FileState, TransferState
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

Opened = Callable[..., DesktopUnderTest]
ALL = 4
"""Place of the choice that means files of any age."""


@pytest.fixture
def stored(client: FakeClient) -> FakeClient:
    for name, size in (("bob", 3_000_000), ("carol", 2_000_000)):
        message = client.receive(name, "", files=(("a.png", size), ("b.pdf", 1_000)))
        for index in (0, 1):
            client.move_file(message.id, index, size, TransferState.DONE)
    return client


def storage(desktop: DesktopUnderTest) -> StorageSheet:
    desktop.window.navigator.storage()
    desktop.settle()
    return desktop.sheet(StorageSheet)


def choose(desktop: DesktopUnderTest, sheet: StorageSheet, place: int = 0) -> None:
    sheet.age_box.setCurrentIndex(ALL)
    sheet.place_box.setCurrentIndex(place)
    sheet.place_box.activated.emit(place)
    desktop.settle()


def test_it_says_what_takes_how_much_and_nothing_goes_before_a_question(opened: Opened, stored: FakeClient) -> None:
    desktop = opened()
    sheet = storage(desktop)
    assert sheet.total.text() == "Files: 5 MB · Messages and keys: 4.2 MB"
    assert sheet.spoken == ["bob: 3 MB, pictures 3 MB · files 1 kB", "carol: 2 MB, pictures 2 MB · files 1 kB"]
    choose(desktop, sheet, 1)
    assert sheet.plan.text() == "2 files can be deleted, which frees 3 MB."
    sheet.delete_button.click()
    desktop.settle()
    assert desktop.asked(c.FreeSpace) == []
    question = desktop.sheet(QuestionSheet)
    assert question.title.text() == "Delete 2 files here?"
    question.yes.click()
    desktop.settle()
    assert sheet.plan.text() == "2 files deleted, 3 MB freed."
    states = [[file.state for file in stored.messages(name)[0].files] for name in ("bob", "carol")]
    assert states == [[FileState.FREED] * 2, [FileState.HERE] * 2]
    assert sheet.total.text().startswith("Files: 2 MB")


def test_what_has_changed_meanwhile_is_planned_anew_and_said(opened: Opened, stored: FakeClient) -> None:
    desktop = opened()
    sheet = storage(desktop)
    choose(desktop, sheet)
    sheet.delete_button.click()
    desktop.settle()
    late = stored.receive("bob", "", files=(("c.png", 500_000),))
    stored.move_file(late.id, 0, 500_000, TransferState.DONE)
    desktop.settle()
    desktop.sheet(QuestionSheet).yes.click()
    desktop.settle()
    assert not sheet.trouble.isHidden()
    assert {file.state for file in stored.messages("bob")[0].files} == {FileState.HERE}


def test_what_one_sent_oneself_may_be_with_nobody_later_and_that_is_said_before(opened: Opened) -> None:
    opened()
    said = plan_words(FreeingPlanView(3, 3_000_000, 1, "ab", own=2))
    assert said.startswith(
        "3 files can be deleted, which frees 3 MB. You sent 2 of them: once the relay stores them no"
    )
    assert "You sent 1 of them: once the relay stores it" in plan_words(FreeingPlanView(3, 3_000, 1, "ab", own=1))
    assert "You sent" not in plan_words(FreeingPlanView(3, 3_000, 1, "ab"))


def test_nothing_of_that_age_cannot_be_deleted(opened: Opened, stored: FakeClient) -> None:
    del stored
    desktop = opened()
    sheet = storage(desktop)
    assert sheet.age_box.currentText() == "older than 30 days"
    if not sheet.delete_button.isEnabled():
        assert sheet.plan.text() == "No file of that age can be deleted."
    choose(desktop, sheet)
    assert sheet.delete_button.isEnabled()


def test_a_failure_is_said(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.fail_next(c.SpaceUse, LinkError(ErrorCode.UNAVAILABLE, "not now"))
    sheet = storage(desktop)
    assert not sheet.trouble.isHidden()


def test_the_settings_lead_to_it(opened: Opened) -> None:
    desktop = opened()
    desktop.press("Ctrl+,")
    desktop.settle()
    settings = desktop.sheet(SettingsSheet)
    settings.field.setText("storage")
    settings.storage_button.click()
    desktop.settle()
    assert isinstance(desktop.window.sheets.top, StorageSheet)
