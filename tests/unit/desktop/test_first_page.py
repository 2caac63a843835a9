"""The first page: three ways in, errors beside their field, and profiles to choose from."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from babilu.api.client import DirectProfile, RelayProfile
from babilu.api.credentials import Invitation, JoinLink, Passphrase
from babilu.api.events import ConversationChanged, Progress
from babilu.api.views import Address, ProfileView
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import conversation_of
from babilu.desktop.launch_options import LaunchOptions
from babilu.desktop.widgets.first_run_fields import DIRECT, INVITED, RELAY
from babilu.desktop.widgets.forms import parse_address
from babilu.kernel.errors import (
    AccountError,
    BabiluError,
    ErrorCode,
    LinkError,
    ProfileError,
    TrustError,
    UsageError,
)
from babilu.kernel.ids import ConversationId
from tests.fakes.client_factory import FakeClientFactory
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

PROFILES = (
    ProfileView("a.db", "alice", Address("relay.example", 5050), in_use=False),
    ProfileView("b.db", "ally", None, in_use=True),
)

LINK = JoinLink(
    host="relay.example",
    port=5050,
    relay_key=bytes(32),
    pin=bytes(32),
    next_pin=None,
    group=ConversationId(bytes(32)),
    token=bytes(16),
    admins=("bob",),
    expires_at=2_000_000_000_000,
)


@pytest.fixture
def returning(qapp: QApplication, qtbot: QtBot, client: FakeClient, tmp_path: Path) -> Iterator[DesktopUnderTest]:
    made = DesktopUnderTest(qapp, qtbot, client, tmp_path, FakeClientFactory(client, PROFILES))
    yield made
    made.stop()


@pytest.mark.parametrize(("name", "known"), [("alice", True), ("mallory", False)])
def test_an_account_that_the_command_line_names_is_opened_where_it_has_a_profile_and_registered_elsewhere(
    qapp: QApplication, qtbot: QtBot, client: FakeClient, tmp_path: Path, name: str, known: bool
) -> None:
    beginning = LaunchOptions("relay.example", 5050, name)
    desktop = DesktopUnderTest(qapp, qtbot, client, tmp_path, FakeClientFactory(client, PROFILES), beginning=beginning)
    try:
        desktop.start()
        qtbot.waitUntil(desktop.first.other.isVisible)
        assert desktop.first.fields.makes_new is not known
        assert desktop.first.again.isVisible() is not known
        desktop.first.password.edit.setText("correct horse")
        desktop.first.again.edit.setText("correct horse")
        desktop.first.submit()
        assert opened(desktop) == RelayProfile(Address("relay.example", 5050), name, Passphrase("correct horse"))
    finally:
        desktop.stop()


def choose(desktop: DesktopUnderTest, way: int, name: str = "alice", password: str = "correct horse") -> None:
    desktop.start()
    desktop.first.ways.choose(way - 1)
    desktop.first.name.edit.setText(name)
    desktop.first.password.edit.setText(password)
    desktop.first.again.edit.setText(password)


def opened(desktop: DesktopUnderTest) -> RelayProfile | DirectProfile:
    desktop.qtbot.waitUntil(lambda: bool(desktop.factory.opened))
    desktop.qtbot.waitUntil(lambda: desktop.window.can_lock)
    return desktop.factory.opened[-1]


def test_an_invitation_is_pasted_and_names_the_relay(desktop: DesktopUnderTest) -> None:
    invitation = Invitation("relay.example", 5050, bytes(32), bytes(16))
    choose(desktop, INVITED)
    desktop.first.invitation.edit.setText(f"  {invitation.encode()} ")
    desktop.first.submit()
    profile = opened(desktop)
    assert profile == RelayProfile(Address("relay.example", 5050), "alice", Passphrase("correct horse"), invitation)


def test_a_link_into_a_group_is_pasted_where_an_invitation_goes(desktop: DesktopUnderTest) -> None:
    choose(desktop, INVITED)
    desktop.first.invitation.edit.setText(f" {LINK.encode()} ")
    desktop.first.submit()
    assert opened(desktop) == RelayProfile(Address("relay.example", 5050), "alice", Passphrase("correct horse"), LINK)


@pytest.mark.parametrize(
    ("invitation", "sentence"),
    [
        (None, "This relay takes new people by invitation, and the link brings none. Ask for one that does."),
        (bytes(16), "This invitation was used or has expired. Ask for another one."),
    ],
)
def test_a_link_that_is_no_invitation_to_its_relay_says_so(
    desktop: DesktopUnderTest, invitation: bytes | None, sentence: str
) -> None:
    choose(desktop, INVITED)
    first = desktop.first
    first.invitation.edit.setText(replace(LINK, invitation=invitation).encode())
    desktop.factory.refuse(AccountError(ErrorCode.INVITATION_NEEDED, "No."))
    first.submit()
    desktop.qtbot.waitUntil(first.invitation.error.isVisible)
    assert first.invitation.error.text() == sentence


def test_a_relay_is_known_by_the_fingerprint_that_its_operator_told(desktop: DesktopUnderTest) -> None:
    choose(desktop, RELAY)
    desktop.first.host.edit.setText("relay.example")
    desktop.first.certificate.edit.setText(bytes(range(32)).hex(":").upper())
    desktop.first.submit()
    address, passphrase = Address("relay.example", 5050), Passphrase("correct horse")
    assert opened(desktop) == RelayProfile(address, "alice", passphrase, certificate=bytes(range(32)))


def test_another_certificate_than_the_one_that_was_told_is_said_beside_it(desktop: DesktopUnderTest) -> None:
    desktop.factory.refuse(TrustError(ErrorCode.CERTIFICATE_CHANGED, "No."))
    choose(desktop, RELAY)
    desktop.first.host.edit.setText("relay.example")
    desktop.first.certificate.edit.setText("ab" * 32)
    desktop.first.submit()
    desktop.qtbot.waitUntil(desktop.first.certificate.error.isVisible)


def test_no_relay_makes_a_direct_profile_that_listens(desktop: DesktopUnderTest) -> None:
    choose(desktop, DIRECT)
    desktop.first.listen.edit.setText("127.0.0.1:6000")
    desktop.first.submit()
    assert opened(desktop) == DirectProfile("alice", Passphrase("correct horse"), Address("127.0.0.1", 6000))


def test_an_empty_listening_address_means_not_to_listen(desktop: DesktopUnderTest) -> None:
    choose(desktop, DIRECT)
    desktop.first.listen.edit.setText("")
    desktop.first.submit()
    assert opened(desktop) == DirectProfile("alice", Passphrase("correct horse"))


@pytest.mark.parametrize(
    ("way", "field", "text"),
    [
        (INVITED, "invitation", "babilu://nonsense"),
        (RELAY, "host", "not a host"),
        (RELAY, "port", "99999"),
        (RELAY, "certificate", "12:34"),
        (RELAY, "name", ""),
        (RELAY, "password", ""),
        (DIRECT, "listen", "a b:c"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(desktop: DesktopUnderTest, way: int, field: str, text: str) -> None:
    choose(desktop, way)
    desktop.first.host.edit.setText("127.0.0.1")
    wrong = getattr(desktop.first, field)
    wrong.edit.setText(text)
    desktop.first.submit()
    assert wrong.error.isVisible()
    assert wrong.edit.accessibleDescription() == wrong.error.text()
    assert desktop.factory.opened == []
    wrong.edit.setText("x")
    assert not wrong.error.isVisible()


@pytest.mark.parametrize(
    ("error", "field"),
    [
        (AccountError(ErrorCode.WRONG_CREDENTIALS, "No."), "name"),
        (AccountError(ErrorCode.NAME_REFUSED, "No."), "name"),
        (AccountError(ErrorCode.INVITATION_NEEDED, "No."), "host"),
        (LinkError(ErrorCode.UNAVAILABLE, "No."), "host"),
    ],
)
def test_what_the_relay_refuses_is_said_beside_its_field(
    desktop: DesktopUnderTest, error: BabiluError, field: str
) -> None:
    desktop.factory.refuse(error)
    choose(desktop, RELAY)
    desktop.first.host.edit.setText("127.0.0.1")
    desktop.first.submit()
    desktop.qtbot.waitUntil(getattr(desktop.first, field).error.isVisible)
    assert not desktop.first.button.is_held


def test_a_new_password_is_typed_twice_and_can_be_looked_at(desktop: DesktopUnderTest) -> None:
    choose(desktop, RELAY)
    first = desktop.first
    first.host.edit.setText("127.0.0.1")
    first.again.edit.setText("correct hirse")
    first.submit()
    assert first.again.error.text() == "The two are not the same."
    assert desktop.factory.opened == []
    eye = first.password.eye
    assert eye is not None
    desktop.press("Return", eye)
    assert first.password.edit.echoMode() is QLineEdit.EchoMode.Normal
    assert eye.accessibleName() == "Hide what is typed"
    first.again.edit.setText("correct horse")
    first.submit()
    opened(desktop)
    assert first.password.edit.echoMode() is QLineEdit.EchoMode.Password
    assert first.password.edit.text() == first.again.edit.text() == ""


@pytest.mark.parametrize("way", [INVITED, RELAY, DIRECT])
def test_a_new_password_that_is_guessed_in_moments_is_not_taken(desktop: DesktopUnderTest, way: int) -> None:
    choose(desktop, way, password="pw1")
    first = desktop.first
    first.host.edit.setText("127.0.0.1")
    first.invitation.edit.setText(Invitation("relay.example", 5050, bytes(32), bytes(16)).encode())
    assert first.repetition.strength.text() == "Weak: guessed in moments"
    first.submit()
    assert first.password.error.text().startswith("This is guessed in moments.")
    assert desktop.factory.opened == []


def test_a_name_that_will_be_registered_is_said_to_be_new_before_it_is(desktop: DesktopUnderTest) -> None:
    choose(desktop, RELAY, name="alcie")
    first = desktop.first
    assert first.new.text() == "alcie will be registered as a new name, if nobody has it."
    assert first.new.isVisible()
    assert first.button.text() == "Register and start chatting"
    first.has_account.click()
    assert not first.new.isVisible()
    assert not first.again.isVisible()
    assert first.button.text() == "Start chatting"


def test_who_has_an_account_there_registers_nothing_and_is_not_judged(desktop: DesktopUnderTest) -> None:
    choose(desktop, RELAY, password="pw1")
    first = desktop.first
    first.host.edit.setText("127.0.0.1")
    first.has_account.click()
    first.submit()
    address, passphrase = Address("127.0.0.1", 5050), Passphrase("pw1")
    assert opened(desktop) == RelayProfile(address, "alice", passphrase, register=False)


def test_a_wrong_password_a_taken_name_and_a_used_invitation_are_told_apart(desktop: DesktopUnderTest) -> None:
    choose(desktop, RELAY)
    first = desktop.first
    first.host.edit.setText("127.0.0.1")
    wrong = AccountError(ErrorCode.WRONG_CREDENTIALS, "No.")
    desktop.factory.refuse(wrong)
    first.submit()
    desktop.qtbot.waitUntil(first.name.error.isVisible)
    assert first.name.error.text() == "This name is taken. Choose another one; if it is yours, say so below."
    first.has_account.click()
    desktop.factory.refuse(wrong)
    first.submit()
    desktop.qtbot.waitUntil(first.password.error.isVisible)
    assert first.password.error.text() == "Name or password is wrong."
    first.has_account.click()
    first.ways.choose(INVITED - 1)
    first.invitation.edit.setText(Invitation("relay.example", 5050, bytes(32), bytes(16)).encode())
    desktop.factory.refuse(AccountError(ErrorCode.INVITATION_NEEDED, "No."))
    first.submit()
    desktop.qtbot.waitUntil(first.invitation.error.isVisible)
    assert first.invitation.error.text() == "This invitation was used or has expired. Ask for another one."


def test_an_unknown_device_is_offered_to_start_over(desktop: DesktopUnderTest) -> None:
    desktop.factory.refuse(AccountError(ErrorCode.DEVICE_UNKNOWN, "No."))
    choose(desktop, RELAY)
    desktop.first.host.edit.setText("127.0.0.1")
    desktop.first.submit()
    desktop.qtbot.waitUntil(desktop.first.start_over.isVisible)
    desktop.first.start_over.setChecked(True)
    desktop.first.submit()
    profile = opened(desktop)
    assert isinstance(profile, RelayProfile)
    assert profile.start_over


def test_an_error_without_a_field_is_said_all_the_same(desktop: DesktopUnderTest) -> None:
    desktop.factory.refuse(UsageError("Something is odd."))
    choose(desktop, RELAY)
    desktop.first.host.edit.setText("127.0.0.1")
    desktop.first.submit()
    desktop.qtbot.waitUntil(desktop.first.error.isVisible)
    assert desktop.first.error.text() == "Something does not fit: check what you filled in."


def test_the_first_contact_explains_the_pin_in_a_sentence(desktop: DesktopUnderTest) -> None:
    choose(desktop, RELAY)
    assert "certificate is remembered" in desktop.first.hint.text()


def test_profiles_are_offered_and_opened_by_their_password(returning: DesktopUnderTest) -> None:
    returning.start()
    returning.qtbot.waitUntil(returning.first.other.isVisible)
    returning.write("correct horse", returning.first.password.edit)
    returning.press("Return", returning.first.password.edit)
    assert opened(returning) == RelayProfile(Address("relay.example", 5050), "alice", Passphrase("correct horse"))


def test_the_password_of_the_only_profile_is_what_one_types_first(returning: DesktopUnderTest) -> None:
    returning.start()
    returning.qtbot.waitUntil(returning.first.other.isVisible)
    assert returning.first.first_focus() is returning.first.password
    assert returning.window.focusWidget() is returning.first.password.edit


def test_what_is_being_typed_when_the_profiles_come_keeps_the_focus(returning: DesktopUnderTest) -> None:
    first = returning.first
    first.ways.choose(RELAY - 1)
    returning.window.show()
    first.name.edit.setFocus()
    returning.write("al", first.name.edit)
    returning.app._offer(PROFILES)
    assert returning.window.focusWidget() is first.name.edit
    assert first.name.isVisible()


def test_what_a_former_try_has_said_goes_with_the_next_one(desktop: DesktopUnderTest) -> None:
    desktop.factory.refuse(AccountError(ErrorCode.INVITATION_NEEDED, "No."))
    choose(desktop, RELAY)
    first = desktop.first
    first.host.edit.setText("127.0.0.1")
    first.submit()
    desktop.qtbot.waitUntil(first.host.error.isVisible)
    desktop.factory.refuse(AccountError(ErrorCode.NAME_REFUSED, "No."))
    first.submit()
    desktop.qtbot.waitUntil(first.name.error.isVisible)
    assert not first.host.error.isVisible()


@pytest.mark.parametrize(("way", "field"), [(INVITED, "invitation"), (RELAY, "host"), (DIRECT, "name")])
def test_an_empty_form_names_its_first_field_first(desktop: DesktopUnderTest, way: int, field: str) -> None:
    choose(desktop, way, name="", password="")
    desktop.first.submit()
    wrong = [name for name in ("invitation", "host", "name", "password") if getattr(desktop.first, name).error.text()]
    assert wrong == [field]


def test_another_profile_can_be_made_beside_those_there_are(returning: DesktopUnderTest) -> None:
    returning.start()
    returning.qtbot.waitUntil(returning.first.other.isVisible)
    returning.first.other.click()
    assert returning.first.ways.isVisible()
    returning.first.other.click()
    assert not returning.first.ways.isVisible()


def test_opening_shows_progress_and_leaves_the_window_alive(desktop: DesktopUnderTest, client: FakeClient) -> None:
    desktop.factory.hold()
    choose(desktop, RELAY)
    desktop.first.host.edit.setText("127.0.0.1")
    desktop.first.submit()
    assert desktop.first.progress.isVisible()
    assert desktop.first.work.text() == "Deriving keys from your password…"
    assert desktop.first.button.is_held
    desktop.factory.release()
    desktop.qtbot.waitUntil(lambda: desktop.window.can_lock)
    client.tell(Progress("sync", 3, 10))
    desktop.qtbot.waitUntil(desktop.chat.sidebar.progress.isVisible)
    assert desktop.chat.sidebar.work.whole == "Fetching messages…"
    client.tell(Progress("sync", 10, 10))
    desktop.qtbot.waitUntil(lambda: not desktop.chat.sidebar.progress.isVisible())


def test_what_is_told_while_a_profile_is_opened_asks_nobody(desktop: DesktopUnderTest, client: FakeClient) -> None:
    desktop.start()
    desktop.app.bridge.told.emit((ConversationChanged("bob", conversation_of("bob")),))
    desktop.qtbot.waitUntil(lambda: not desktop.client_model.gathering.isActive())
    desktop.settle()
    assert not desktop.window.toast.isVisible()
    assert client.commands == []


def test_addresses_are_read_as_people_write_them() -> None:
    assert parse_address("host.example:5") == Address("host.example", 5)
    assert parse_address("[::1]:7") == Address("::1", 7)
    assert parse_address("::1", 9) == Address("::1", 9)
    assert parse_address("host", 9) == Address("host", 9)
    for nonsense in ("", "host", "host:70000", "[::1", "[::1]x", "a b:1", ":5"):
        assert parse_address(nonsense) is None


def test_why_nothing_was_opened_is_in_sight_at_twice_the_text_size(desktop: DesktopUnderTest) -> None:
    desktop.app.preferences.change(text_percent=200)
    desktop.window.resize(700, 500)
    desktop.start()
    desktop.first.ways.choose(1)
    desktop.first.refused(ProfileError(ErrorCode.PROFILE_TOO_OLD, "Old."))
    assert desktop.first.error.visibleRegion().boundingRect() == desktop.first.error.rect()
