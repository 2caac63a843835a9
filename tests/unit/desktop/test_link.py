"""Every *offline* says why, and what does not mend itself stands above everything with its way out."""

from collections.abc import Callable
from functools import partial

import pytest
from PySide6.QtWidgets import QWidget

from babilu.api import commands as c
from babilu.api.client import RelayProfile
from babilu.api.credentials import Passphrase
from babilu.api.events import CallFailed, LinkChanged
from babilu.api.views import Address, LinkState
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import conversation_of
from babilu.desktop.models.connection_status import call_text
from babilu.desktop.sheets.connection import ConnectionSheet
from babilu.desktop.sheets.question import QuestionSheet
from babilu.desktop.sheets.start_over import StartOverSheet
from babilu.kernel.errors import ErrorCode, Reason, UsageError
from babilu.presentation.link_troubles import WAYS_OUT, WayOut
from babilu.presentation.strings import Strings
from tests.unit.desktop.desktop_under_test import PASSWORD, DesktopUnderTest

Opened = Callable[..., DesktopUnderTest]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (ErrorCode.UNAVAILABLE, "no answer"),
        (ErrorCode.SERVER_FULL, "the relay is full"),
        (ErrorCode.CERTIFICATE_CHANGED, "another certificate"),
        (ErrorCode.DEVICE_UNKNOWN, "this device is unknown"),
        (ErrorCode.REPLACED, "opened elsewhere"),
    ],
)
def test_the_status_line_says_why_one_is_offline(
    opened: Opened, client: FakeClient, code: ErrorCode, reason: str
) -> None:
    desktop = opened()
    client.go_offline(code, retry_in_ms=12_500)
    line = desktop.chat.sidebar.status
    desktop.qtbot.waitUntil(lambda: line.label.text().startswith(f"Offline: {reason} · next try in"))
    assert line.accessibleName() == line.label.text()
    assert line.toolTip() == desktop.client_model.overview.reason


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.PROFILE])
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_status_line_and_a_call_say_each_reason_in_the_language_of_the_person(
    opened: Opened, client: FakeClient, reason: Reason, language: str
) -> None:
    desktop = opened()
    desktop.app.language.choose(language)
    say, code = Strings(language), ErrorCode.UNAVAILABLE
    overview = desktop.client_model.overview
    client.go_offline(retry_in_ms=12_500, reason=reason)
    desktop.qtbot.waitUntil(lambda: say.briefly(code.value, reason) in overview.line())
    assert overview.reason == say.problem(code.value, "", reason)
    there = Address("127.0.0.1", 5051)

    def told(given_up: bool) -> bool:
        call = overview.calls.get(str(there))
        return call is not None and call.given_up is given_up and overview.reason in call_text(call)

    for retry_in_ms in (None, 1_000):
        client.tell(CallFailed(there, code.value, "No.", retry_in_ms, reason))
        desktop.qtbot.waitUntil(partial(told, retry_in_ms is None))


@pytest.mark.parametrize("code", WAYS_OUT)
def test_what_does_not_mend_itself_stands_above_everything_until_the_link_is_up(
    opened: Opened, client: FakeClient, code: str
) -> None:
    desktop = opened()
    banner = desktop.chat.link_banner
    client.go_offline(ErrorCode(code), refused=True)
    desktop.qtbot.waitUntil(banner.isVisible)
    assert banner.text.text()
    assert banner.accessibleName() == banner.text.text()
    assert banner.try_button.isVisible() is (WAYS_OUT[code] is not WayOut.REOPEN)
    client.go_online()
    desktop.qtbot.waitUntil(lambda: not banner.isVisible())


def test_a_line_that_is_merely_down_needs_no_banner(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.go_offline()
    desktop.qtbot.waitUntil(desktop.chat.sidebar.try_button.isVisible)
    assert not desktop.chat.link_banner.isVisible()


def test_another_certificate_is_taken_by_the_fingerprint_that_the_operator_tells(
    opened: Opened, client: FakeClient
) -> None:
    desktop = opened()
    banner = desktop.chat.link_banner
    client.go_offline(ErrorCode.CERTIFICATE_CHANGED, refused=True)
    desktop.qtbot.waitUntil(banner.fingerprint.isVisible)
    desktop.write("12:34", banner.fingerprint.edit)
    banner.trust_button.click()
    assert banner.fingerprint.error.isVisible()
    assert desktop.asked(c.TrustCertificate) == []
    banner.fingerprint.edit.setText(bytes(range(32)).hex(":").upper())
    desktop.press("Return", banner.fingerprint.edit)
    assert desktop.wait_for(c.TrustCertificate) == c.TrustCertificate(bytes(range(32)))


@pytest.mark.parametrize("talking", [True, False])
def test_the_focus_goes_from_a_banner_that_goes_to_where_one_writes_or_chooses(
    desktop: DesktopUnderTest, client: FakeClient, talking: bool
) -> None:
    client.add_contact("bob")
    desktop.enter()
    if talking:
        desktop.open("bob")
    banner = desktop.chat.link_banner
    client.go_offline(ErrorCode.CERTIFICATE_CHANGED, refused=True)
    desktop.qtbot.waitUntil(banner.fingerprint.isVisible)
    banner.fingerprint.edit.setFocus()
    client.go_online()
    desktop.qtbot.waitUntil(lambda: not banner.isVisible())
    place: QWidget = desktop.composer.editor if talking else desktop.chat.sidebar.list
    assert place.hasFocus()


def test_a_fingerprint_that_is_not_taken_says_why_and_leaves_the_focus_where_one_writes(
    opened: Opened, client: FakeClient
) -> None:
    desktop = opened()
    banner = desktop.chat.link_banner
    client.go_offline(ErrorCode.CERTIFICATE_CHANGED, refused=True)
    desktop.qtbot.waitUntil(banner.fingerprint.isVisible)
    client.fail_next(c.TrustCertificate, UsageError("It is known."))
    banner.fingerprint.edit.setText("ab" * 32)
    banner.trust_button.click()
    desktop.composer.editor.setFocus()
    desktop.qtbot.waitUntil(banner.fingerprint.error.isVisible)
    assert desktop.composer.editor.hasFocus()


def test_trying_now_is_a_press_away_from_line_sheet_and_banner(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.go_offline(ErrorCode.REPLACED, retry_in_ms=None, refused=True)
    desktop.qtbot.waitUntil(desktop.chat.link_banner.try_button.isVisible)
    assert desktop.chat.link_banner.try_button.text() == "Use it here"
    desktop.chat.sidebar.try_button.click()
    desktop.wait_for(c.TryNow, 1)
    desktop.chat.link_banner.try_button.click()
    desktop.wait_for(c.TryNow, 2)
    client.go_offline()
    desktop.window.navigator.connection()
    sheet = desktop.sheet(ConnectionSheet)
    sentence = "Nobody answers there now. Check address and port, and the network."
    desktop.qtbot.waitUntil(lambda: sheet.reason.text() == sentence)
    sheet.try_button.click()
    desktop.wait_for(c.TryNow, 3)


def test_an_older_copy_of_a_profile_is_told_to_be_opened_again_and_not_to_try(
    opened: Opened, client: FakeClient
) -> None:
    desktop = opened()
    banner = desktop.chat.link_banner
    client.go_offline(ErrorCode.ROLLED_BACK, retry_in_ms=None, refused=True)
    desktop.qtbot.waitUntil(banner.isVisible)
    assert "open the profile again" in banner.text.text()
    assert not banner.try_button.isVisible()
    client.go_offline(ErrorCode.REPLACED, retry_in_ms=None, refused=True)
    desktop.qtbot.waitUntil(banner.try_button.isVisible)


def test_a_device_that_was_replaced_starts_over_with_the_password(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.go_offline(ErrorCode.DEVICE_UNKNOWN, refused=True)
    button = desktop.chat.link_banner.start_over_button
    desktop.qtbot.waitUntil(button.isVisible)
    button.click()
    sheet = desktop.sheet(StartOverSheet)
    sheet.yes.click()
    assert sheet.password.error.isVisible()
    sheet.password.edit.setText(PASSWORD)
    another = desktop.factory.next_client = FakeClient("alice")
    sheet.yes.click()
    desktop.qtbot.waitUntil(lambda: len(desktop.factory.opened) == 2)
    wanted = RelayProfile(Address("127.0.0.1", 5050), "alice", Passphrase(PASSWORD), start_over=True)
    assert desktop.factory.opened[1] == wanted
    assert client.closed.is_set()
    desktop.qtbot.waitUntil(lambda: desktop.window.can_lock and desktop.chat.isVisible())
    desktop.stop()
    assert another.closed.is_set()


def test_a_profile_is_left_for_another_one_inside_the_window(opened: Opened, client: FakeClient) -> None:
    desktop = opened(2)
    desktop.write("half a thought", desktop.composer.editor)
    desktop.window.navigator.leave()
    desktop.sheet(QuestionSheet).yes.click()
    desktop.qtbot.waitUntil(desktop.first.isVisible)
    assert desktop.wait_for(c.SetDraft) == c.SetDraft(conversation_of("bob").hex(), "half a thought")
    desktop.qtbot.waitUntil(client.closed.is_set)
    assert not desktop.first.error.isVisible()
    assert not desktop.window.can_lock
    assert "alice" not in desktop.window.windowTitle()


def test_a_fingerprint_that_is_not_the_relays_is_said_to_be_wrong(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    banner = desktop.chat.link_banner
    client.go_offline(ErrorCode.CERTIFICATE_CHANGED, refused=True)
    desktop.qtbot.waitUntil(banner.fingerprint.isVisible)
    banner.fingerprint.edit.setText(64 * "0")
    desktop.press("Return", banner.fingerprint.edit)
    desktop.wait_for(c.TrustCertificate)
    client.tell(LinkChanged(LinkState.CONNECTING, ErrorCode.CERTIFICATE_CHANGED.value, "", None))
    client.go_offline(ErrorCode.CERTIFICATE_CHANGED, refused=True)
    desktop.qtbot.waitUntil(banner.fingerprint.error.isVisible)
    assert banner.fingerprint.text == 64 * "0"
    banner.fingerprint.edit.setText(64 * "1")
    client.go_offline(ErrorCode.CERTIFICATE_CHANGED, refused=True)
    desktop.settle()
    assert not banner.fingerprint.error.isVisible()
