"""Trust: requests are decided on, safety numbers compared, a changed identity stops sending until it is approved."""

from collections.abc import Callable
from pathlib import Path

import pytest
import segno
from PySide6.QtGui import QClipboard

from babilu.api import commands as c
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_people import PENDING_NUMBER, SAFETY_NUMBER
from babilu.bot.fake_profile import claimed_identity_of, conversation_of, identity_of
from babilu.desktop.codes import CodeOutcome, can_read_pictures, is_picture, read_code
from babilu.desktop.sheets.contact import ContactSheet
from babilu.desktop.sheets.question import QuestionSheet
from babilu.desktop.sheets.safety import ComparisonResult, SafetySheet, compare_code, compare_digits
from babilu.kernel.states import MessageKind, Trust
from babilu.presentation.banners import Step
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

Opened = Callable[..., DesktopUnderTest]
OWN = b"BABILU\x01" + bytes(range(32)) + bytes(range(100, 132))
THEIRS = b"BABILU\x01" + bytes(range(100, 132)) + bytes(range(32))


def test_a_request_shows_name_address_and_safety_number(desktop: DesktopUnderTest, client: FakeClient) -> None:
    desktop.enter()
    request = client.ask_for_conversation("mallory")
    desktop.qtbot.waitUntil(lambda: len(desktop.client_model.requests.values()) == 1)
    desktop.chat.show_request(request)
    page = desktop.chat.request
    assert "mallory" in page.title.text()
    assert str(request.address) in page.place.text()
    assert "".join(page.digits.text().split()) == SAFETY_NUMBER


def test_an_accepted_request_opens_its_conversation(desktop: DesktopUnderTest, client: FakeClient) -> None:
    desktop.enter()
    request = client.ask_for_conversation("mallory")
    desktop.qtbot.waitUntil(lambda: len(desktop.client_model.requests.values()) == 1)
    desktop.chat.show_request(request)
    desktop.chat.request.accept_button.click()
    assert desktop.wait_for(c.Accept) == c.Accept(request.id, request.identity)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.window.conversation == "mallory")
    assert desktop.chat.right.currentWidget() is desktop.page


def test_a_declined_request_is_gone(desktop: DesktopUnderTest, client: FakeClient) -> None:
    desktop.enter()
    request = client.ask_for_conversation("mallory")
    desktop.qtbot.waitUntil(lambda: len(desktop.client_model.requests.values()) == 1)
    desktop.chat.show_request(request)
    desktop.chat.request.decline_button.click()
    assert desktop.wait_for(c.Decline) == c.Decline(request.id, request.identity)
    desktop.qtbot.waitUntil(lambda: desktop.chat.right.currentWidget() is desktop.chat.placeholder)


def test_a_changed_identity_stops_sending_until_it_is_approved(opened: Opened, client: FakeClient) -> None:
    desktop = opened(2)
    client.request(c.MarkVerified("bob")).result()
    client.change_identity("bob")
    banner = desktop.page.banner
    desktop.qtbot.waitUntil(banner.isVisible)
    assert "whom you have verified" in banner.text.text()
    assert desktop.composer.stopped
    banner.buttons[Step.TRUST].click()
    desktop.sheet(QuestionSheet).yes.click()
    assert desktop.wait_for(c.TrustIdentity) == c.TrustIdentity("bob", claimed_identity_of("bob"))
    desktop.qtbot.waitUntil(lambda: not banner.isVisible())
    assert not desktop.composer.stopped


def test_a_claimed_identity_is_rejected_in_the_banner(opened: Opened, client: FakeClient) -> None:
    desktop = opened(2)
    client.change_identity("bob")
    banner = desktop.page.banner
    desktop.qtbot.waitUntil(banner.isVisible)
    banner.buttons[Step.REJECT].click()
    assert desktop.wait_for(c.RejectIdentity) == c.RejectIdentity(
        conversation_of("bob").hex(), claimed_identity_of("bob")
    )
    desktop.qtbot.waitUntil(lambda: not banner.isVisible())
    assert client.contact("bob").identity == identity_of("bob")


def test_both_numbers_are_compared_and_what_was_compared_is_approved_or_rejected(
    opened: Opened, client: FakeClient
) -> None:
    desktop = opened()
    client.change_identity("bob")
    desktop.window.navigator.verify("bob")
    sheet = desktop.sheet(SafetySheet)
    desktop.qtbot.waitUntil(sheet.claimed_digits.isVisible)
    assert "".join(sheet.digits.text().split()) == SAFETY_NUMBER
    assert "".join(sheet.claimed_digits.text().split()) == PENDING_NUMBER
    assert not sheet.verified_button.isVisible()
    sheet.field.setText(SAFETY_NUMBER)
    assert "somebody else's" in sheet.outcome.text()
    assert not sheet.trust_button.isEnabled()
    sheet.field.setText(PENDING_NUMBER)
    assert "it is theirs" in sheet.outcome.text()
    client.change_identity("bob", b"a third one")
    sheet.trust_button.click()
    wanted = c.TrustIdentity("bob", claimed_identity_of("bob"), PENDING_NUMBER)
    assert desktop.wait_for(c.TrustIdentity) == wanted
    desktop.qtbot.waitUntil(lambda: not sheet.field.text())
    assert "Look again." in sheet.outcome.text()
    assert client.contact("bob").identity == identity_of("bob")
    sheet.reject_button.click()
    desktop.qtbot.waitUntil(lambda: client.contact("bob").trust is Trust.FIRST_USE)
    assert client.contact("bob").identity == identity_of("bob")


def test_a_changed_key_stands_as_a_line_among_the_messages(opened: Opened, client: FakeClient) -> None:
    desktop = opened(2)
    client.change_identity("bob")
    client.request(c.TrustIdentity("bob")).result()
    window = desktop.client_model.messages.window
    desktop.qtbot.waitUntil(lambda: window.messages[-1].kind is MessageKind.KEY_CHANGED)
    bubble = desktop.page.messages.delegate.bubble(len(window.messages) - 1)
    assert bubble.is_line
    assert bubble.text.text().startswith("The key of bob changed on")


def test_a_blocked_contact_cannot_be_written_to_until_unblocked(opened: Opened, client: FakeClient) -> None:
    desktop = opened(2)
    desktop.window.navigator.block("bob")
    desktop.sheet(QuestionSheet).yes.click()
    desktop.qtbot.waitUntil(desktop.page.banner.isVisible)
    assert client.contact("bob").blocked
    assert desktop.composer.stopped
    desktop.page.banner.buttons[Step.UNBLOCK].click()
    desktop.qtbot.waitUntil(lambda: not desktop.composer.stopped)


def test_a_first_message_can_be_accepted_or_its_sender_blocked(desktop: DesktopUnderTest, client: FakeClient) -> None:
    client.receive("carol", "hello, you do not know me")
    desktop.enter()
    desktop.open("carol")
    desktop.qtbot.waitUntil(desktop.page.banner.isVisible)
    desktop.page.banner.buttons[Step.ACCEPT].click()
    desktop.qtbot.waitUntil(lambda: not desktop.page.banner.isVisible())
    assert client.contact("carol").accepted


def test_the_badge_comes_from_the_engine_alone(opened: Opened, client: FakeClient) -> None:
    desktop = opened(1)
    header = desktop.page.header
    assert not header.badge.isVisible()
    client.request(c.MarkVerified("bob")).result()
    desktop.qtbot.waitUntil(header.badge.isVisible)
    assert header.badge.accessibleName() == "Verified"
    client.change_identity("bob")
    desktop.qtbot.waitUntil(lambda: header.badge.accessibleName() == "Identity changed")


def test_safety_numbers_are_compared_by_pasting_and_recorded(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    desktop.window.navigator.verify("bob")
    sheet = desktop.sheet(SafetySheet)
    desktop.qtbot.waitUntil(sheet.code.isVisible)
    sheet.field.setText(" ".join(SAFETY_NUMBER[i : i + 5] for i in range(0, 60, 5)))
    assert sheet.outcome.text().startswith("The same")
    sheet.verified_button.click()
    assert desktop.wait_for(c.MarkVerified) == c.MarkVerified("bob", True, identity_of("bob"), SAFETY_NUMBER)
    desktop.qtbot.waitUntil(lambda: desktop.window.sheets.top is None)
    assert client.contact("bob").trust is Trust.VERIFIED


@pytest.mark.parametrize("digits", ["9" * 60, SAFETY_NUMBER[:-1] + "0", "12345"])
def test_nothing_is_marked_as_verified_while_a_comparison_has_failed(opened: Opened, digits: str) -> None:
    desktop = opened()
    desktop.window.navigator.verify("bob")
    sheet = desktop.sheet(SafetySheet)
    desktop.qtbot.waitUntil(sheet.code.isVisible)
    assert sheet.verified_button.isEnabled()
    sheet.field.setText(digits)
    assert sheet.outcome.text()
    assert not sheet.verified_button.isEnabled()
    desktop.press("Return", sheet.field)
    sheet.verified_button.click()
    assert desktop.asked(c.MarkVerified) == []
    sheet.field.clear()
    assert sheet.verified_button.isEnabled()


def test_ones_own_digits_compare_nothing(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    desktop = opened()
    desktop.window.navigator.verify("bob")
    sheet = desktop.sheet(SafetySheet)
    desktop.qtbot.waitUntil(sheet.code.isVisible)
    # The platform of these tests has no clipboard that others could own.
    monkeypatch.setattr(QClipboard, "ownsClipboard", lambda _: True)
    sheet.copy_button.click()
    sheet.field.paste()
    assert sheet.outcome.text().startswith("These digits were copied from this window")
    assert "bob" in sheet.outcome.text()
    assert not sheet.verified_button.isEnabled()
    monkeypatch.setattr(QClipboard, "ownsClipboard", lambda _: False)
    sheet.field.clear()
    sheet.field.paste()
    assert sheet.outcome.text().startswith("The same")
    assert sheet.verified_button.isEnabled()


def test_digits_that_are_typed_are_compared_whatever_the_clipboard_holds(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop = opened()
    desktop.window.navigator.verify("bob")
    sheet = desktop.sheet(SafetySheet)
    desktop.qtbot.waitUntil(sheet.code.isVisible)
    monkeypatch.setattr(QClipboard, "ownsClipboard", lambda _: True)
    sheet.copy_button.click()
    desktop.write(SAFETY_NUMBER, sheet.field)
    assert sheet.outcome.text().startswith("The same")


def test_digits_are_compared_whatever_stands_between_them() -> None:
    assert compare_digits("12345-" * 12, SAFETY_NUMBER) is ComparisonResult.EQUAL
    assert compare_digits("12345", SAFETY_NUMBER) is ComparisonResult.INCOMPLETE
    assert compare_digits("0" * 60, SAFETY_NUMBER) is ComparisonResult.DIFFERENT


def test_codes_are_equal_when_their_halves_are_the_other_way_round() -> None:
    assert compare_code(THEIRS, OWN) is ComparisonResult.EQUAL
    assert compare_code(OWN, OWN) is ComparisonResult.OWN
    assert compare_code(OWN[:39] + bytes(32), OWN) is ComparisonResult.DIFFERENT
    assert compare_code(b"https://evil.example", OWN) is ComparisonResult.FOREIGN


def test_what_is_no_picture_is_not_decoded(tmp_path: Path) -> None:
    for content in (b"", b"<svg xmlns='x'/>", b"RIFF0000AVI ", b"GIF89a", b"\x00" * 100):
        assert not is_picture(content)
        (tmp_path / "file").write_bytes(content)
        assert read_code(str(tmp_path / "file")) is CodeOutcome.NO_PICTURE
    assert read_code(str(tmp_path / "nowhere")) is CodeOutcome.NO_PICTURE


def test_a_broken_picture_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\xff" * 5_000)
    assert read_code(str(tmp_path / "broken.png")) is CodeOutcome.NO_PICTURE


@pytest.mark.skipif(not can_read_pictures(), reason="zxing-cpp, an optional package, is not installed")
def test_a_picture_of_the_other_code_is_read_and_compared(opened: Opened, tmp_path: Path) -> None:
    picture = tmp_path / "code.png"
    segno.make(THEIRS, mode="byte", error="m", micro=False).save(str(picture), scale=5)
    assert read_code(str(picture)) == THEIRS
    desktop = opened()
    desktop.window.navigator.verify("bob")
    sheet = desktop.sheet(SafetySheet)
    desktop.qtbot.waitUntil(sheet.code.isVisible)
    sheet.compare_picture(str(picture))
    desktop.qtbot.waitUntil(lambda: sheet.outcome.text() == "This code is not a safety number.", timeout=30_000)


def test_direct_connections_are_allowed_for_each_contact(opened: Opened) -> None:
    desktop = opened()
    desktop.window.navigator.details()
    sheet = desktop.sheet(ContactSheet)
    before = sheet.direct.isChecked()
    sheet.direct.click()
    assert desktop.wait_for(c.AllowDirect) == c.AllowDirect(
        conversation_of("bob").hex(), not before, identity_of("bob")
    )
    desktop.qtbot.waitUntil(
        lambda: (contact := desktop.client_model.contact()) is not None and contact.direct_allowed is not before
    )
    assert sheet.direct.isChecked() is not before
