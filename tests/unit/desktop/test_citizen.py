"""A good citizen: quiet when asked, one window a folder, an end on SIGTERM, preferences that apply at once."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.api.events import AlarmRaised, CallFailed, CallPending, NoticeArrived, OutsiderWrote, Registered, Warned
from babilu.api.views import Address, PresenceState
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import conversation_of
from babilu.desktop.lock import LockCheck
from babilu.desktop.models.connection_status import call_text
from babilu.desktop.notifications import words_for_message
from babilu.desktop.preferences import FILE, Preferences, PreferenceStore, Shows, is_quiet
from babilu.desktop.sheets.blocked import BlockedSheet
from babilu.desktop.sheets.connection import ConnectionSheet, reachable
from babilu.desktop.sheets.question import QuestionSheet
from babilu.desktop.sheets.settings import SettingsSheet
from babilu.desktop.signals import ProcessSignals
from babilu.desktop.single import SingleInstance, name_for
from babilu.desktop.theme.palettes import Look
from babilu.desktop.theme.theme import ThemeChoice
from babilu.desktop.tray import counted_icon
from babilu.desktop.widgets.basics import IconButton, SearchField
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.errors import ErrorCode
from babilu.presentation.fuzzy import best
from babilu.presentation.strings import Strings
from babilu.version import __version__
from tests.unit.desktop.desktop_under_test import PASSWORD, DesktopUnderTest, SystemRandom

Opened = Callable[..., DesktopUnderTest]


class Told:
    """Hears what would be told to the desktop."""

    def __init__(self, desktop: DesktopUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
        self.notes: list[tuple[str, str, str]] = []
        monkeypatch.setattr(desktop.app.notifier, "tell", lambda *note: self.notes.append(note))


def test_what_was_told_of_a_message_is_taken_back_when_it_is_deleted(
    opened: Opened, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop = opened()
    told, taken = Told(desktop, monkeypatch), list[str]()
    monkeypatch.setattr(desktop.app.notifier, "take_back", taken.append)
    first = client.receive("carol", "hello")
    newest = client.receive("carol", "regretted")
    desktop.qtbot.waitUntil(lambda: bool(told.notes) and told.notes[-1][2] == "regretted")
    client.delete_for_all("carol", first.id)
    desktop.settle()
    assert taken == []
    client.delete_for_all("carol", newest.id)
    desktop.qtbot.waitUntil(lambda: bool(taken))
    assert taken == [conversation_of("carol").hex()]


def test_messages_of_other_conversations_are_announced(
    opened: Opened, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop = opened()
    told = Told(desktop, monkeypatch)
    client.receive("bob", "seen")
    client.receive("carol", "hello")
    desktop.qtbot.waitUntil(lambda: bool(told.notes))
    assert told.notes == [(conversation_of("carol").hex(), "carol", "hello")]


def test_muted_conversations_and_quiet_hours_are_silent(
    opened: Opened, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop = opened()
    told = Told(desktop, monkeypatch)
    client.add_contact("carol")
    client.request(c.SetMuted("carol", muted=True)).result()
    desktop.qtbot.waitUntil(
        lambda: (view := desktop.client_model.conversations.get("carol")) is not None and view.muted
    )
    client.receive("carol", "hush")
    desktop.app.preferences.change(quiet=True, quiet_from=0, quiet_to=1439)
    client.receive("dave", "hush")
    desktop.app.preferences.change(quiet=False, notify=False)
    client.receive("erin", "hush")
    desktop.settle()
    assert told.notes == []


def test_a_mention_is_heard_in_a_muted_conversation(
    opened: Opened, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop = opened()
    told = Told(desktop, monkeypatch)
    client.add_contact("carol")
    client.request(c.SetMuted("carol", muted=True)).result()
    desktop.qtbot.waitUntil(
        lambda: (view := desktop.client_model.conversations.get("carol")) is not None and view.muted
    )
    client.receive("carol", "@alice, look", mentions=("alice",))
    client.receive("carol", "hush")
    desktop.qtbot.waitUntil(lambda: bool(told.notes))
    desktop.settle()
    assert told.notes == [(conversation_of("carol").hex(), "carol", "@alice, look")]


def test_a_mention_that_an_edit_adds_is_announced_once_and_an_edit_without_one_is_not(
    opened: Opened, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop = opened()
    client.add_contact("carol")
    client.request(c.SetMuted("carol", muted=True)).result()
    desktop.qtbot.waitUntil(
        lambda: (view := desktop.client_model.conversations.get("carol")) is not None and view.muted
    )
    message = client.receive("carol", "look")
    desktop.settle()
    told = Told(desktop, monkeypatch)
    client.edit("carol", message.id, "look here")
    client.edit("carol", message.id, "@alice, look", ("alice",))
    client.edit("carol", message.id, "@alice, look here", ("alice",))
    desktop.qtbot.waitUntil(lambda: bool(told.notes))
    desktop.settle()
    assert told.notes == [(conversation_of("carol").hex(), "carol", "@alice, look")]


def test_notifications_show_no_more_than_is_allowed(client: FakeClient) -> None:
    message = client.receive("carol", "secret plan")
    assert words_for_message(message, Preferences(shows=Shows.TEXT), locked=False) == ("carol", "secret plan")
    assert words_for_message(message, Preferences(shows=Shows.NAME), locked=False) == ("carol", "New message")
    assert words_for_message(message, Preferences(shows=Shows.NOTHING), locked=False) == ("Babilu", "New message")
    assert words_for_message(message, Preferences(shows=Shows.TEXT), locked=True) == ("Babilu", "New message")


def test_quiet_hours_may_reach_over_midnight() -> None:
    night = Preferences(quiet=True, quiet_from=22 * 60, quiet_to=7 * 60)
    assert [is_quiet(night, hour * 60) for hour in (21, 22, 23, 0, 6, 7, 12)] == [
        False,
        True,
        True,
        True,
        True,
        False,
        False,
    ]
    day = Preferences(quiet=True, quiet_from=9 * 60, quiet_to=17 * 60)
    assert [is_quiet(day, hour * 60) for hour in (8, 9, 16, 17)] == [False, True, True, False]
    assert not is_quiet(Preferences(), 0)


def test_preferences_are_kept_and_nonsense_is_the_default(qapp: QApplication, tmp_path: Path) -> None:
    assert qapp is not None
    store = PreferenceStore(tmp_path)
    store.change(theme=ThemeChoice.DARK, text_percent=150, quiet=True, lock_minutes=5)
    again = PreferenceStore(tmp_path).value
    assert (again.theme, again.text_percent, again.quiet, again.lock_minutes) == (ThemeChoice.DARK, 150, True, 5)
    (tmp_path / FILE).write_text("[preferences]\ntheme=pink\ntext_percent=7000\nquiet=maybe\nlock_minutes=-4\n")
    assert PreferenceStore(tmp_path).value == Preferences()


def test_a_second_start_raises_the_first_window(qtbot: QtBot, tmp_path: Path) -> None:
    first = SingleInstance(tmp_path)
    assert first.is_first()
    with qtbot.waitSignal(first.raised):
        assert not SingleInstance(tmp_path).is_first()
    elsewhere = SingleInstance(tmp_path / "other")
    assert elsewhere.is_first()
    elsewhere.close()
    first.close()
    later = SingleInstance(tmp_path)
    assert later.is_first()
    later.close()


@pytest.mark.skipif(sys.platform == "win32", reason="names of pipes belong to whoever is logged in")
def test_nobody_else_can_take_the_name_that_tells_whether_a_window_is_open(tmp_path: Path) -> None:
    found = Path(name_for(tmp_path)).parent.stat()
    assert found.st_uid == os.getuid()
    assert found.st_mode & 0o022 == 0


def test_sigterm_reaches_qt_at_once(qtbot: QtBot) -> None:
    signals = ProcessSignals()
    try:
        with qtbot.waitSignal(signals.ended):
            os.kill(os.getpid(), signal.SIGTERM)
    finally:
        signals.close()


def test_quitting_ends_the_loop_though_the_window_would_stay_in_the_tray(
    desktop: DesktopUnderTest, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop.start()
    monkeypatch.setattr(type(desktop.app.tray), "is_there", property(lambda _: True))
    closed: list[bool] = []
    desktop.window.closing.connect(lambda: closed.append(True))
    for ask in (desktop.app.quit, lambda: QApplication.sendEvent(qapp, QEvent(QEvent.Type.Quit))):
        ended: list[int] = []
        monkeypatch.setattr(desktop.app._application, "exit", lambda *code, ended=ended: ended.append(len(code)))
        ask()
        assert ended == [0]
    assert closed == []
    assert desktop.window.isVisible()


@pytest.mark.qt_log_ignore("No such signal QPlatformNativeInterface", extend=True)
def test_the_first_closing_into_the_tray_says_so_once(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    desktop = opened()
    said: list[str] = []
    monkeypatch.setattr(type(desktop.app.tray), "is_there", property(lambda _: True))
    monkeypatch.setattr(desktop.app.tray, "announce", lambda title, _text: said.append(title))
    for _ in range(2):
        desktop.window.close()
        assert not desktop.window.isVisible()
        desktop.window.show()
    assert said == ["Babilu goes on in the tray"]
    assert PreferenceStore(desktop.home).value.knows_tray


def test_a_lock_check_recognises_its_passphrase_and_prints_nothing() -> None:
    check = LockCheck(Passphrase(PASSWORD), SystemRandom())
    assert check.recognises(Passphrase(PASSWORD))
    assert not check.recognises(Passphrase("other"))
    assert repr(check) == "LockCheck(…)"


def test_settings_apply_at_once_and_are_found_by_searching(opened: Opened) -> None:
    desktop = opened()
    desktop.window.navigator.settings()
    sheet = desktop.sheet(SettingsSheet)
    sheet.theme_box.setCurrentIndex(2)
    sheet.theme_box.activated.emit(2)
    assert desktop.app.theme.look is Look.DARK
    sheet.field.setText("quiet")
    shown = [line.label.text() for part in sheet.parts for line in part.lines if not line.isHidden()]
    assert shown == ["Quiet hours", "Quiet from", "Quiet until"]
    assert sheet.password.isHidden()


def test_everybody_who_is_blocked_is_listed_and_unblocked(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.add_contact("carol")
    for name in ("bob", "carol"):
        client.request(c.Block(name)).result()
    desktop.window.navigator.settings()
    desktop.sheet(SettingsSheet).blocked_button.click()
    sheet = desktop.sheet(BlockedSheet)
    desktop.qtbot.waitUntil(lambda: sorted(sheet.buttons) == ["bob", "carol"])
    sheet.buttons["carol"].click()
    desktop.qtbot.waitUntil(lambda: list(sheet.buttons) == ["bob"])
    assert not client.contact("carol").blocked
    sheet.buttons["bob"].click()
    desktop.qtbot.waitUntil(lambda: sheet.hint.text() == "Nobody is blocked.")


def test_the_settings_tell_the_version_and_lead_out_of_the_profile(opened: Opened) -> None:
    desktop = opened()
    desktop.window.navigator.settings()
    sheet = desktop.sheet(SettingsSheet)
    assert sheet.version.text() == __version__
    sheet.leave_button.click()
    assert desktop.sheet(QuestionSheet).yes.text() == "Leave"


def test_a_password_is_changed_and_unlocks_from_then_on(opened: Opened) -> None:
    desktop = opened()
    desktop.window.navigator.settings()
    part = desktop.sheet(SettingsSheet).password
    part.old.edit.setText("wrong one")
    part.new.edit.setText("new words")
    part.again.edit.setText("other ones")
    part.button.click()
    assert part.again.error.text() == "The two are not the same."
    part.again.edit.setText("new words")
    part.button.click()
    desktop.qtbot.waitUntil(lambda: bool(part.old.error.text()))
    part.old.edit.setText(PASSWORD)
    part.button.click()
    desktop.qtbot.waitUntil(lambda: not part.done.isHidden())
    desktop.qtbot.waitUntil(lambda: desktop.window.can_lock)
    desktop.window.lock()
    lock = desktop.window.lock_page
    desktop.write("new words", lock.field.edit)
    desktop.press("Return", lock.field.edit)
    desktop.qtbot.waitUntil(lambda: not desktop.window.is_locked)


def test_the_status_line_says_what_is_done_about_a_lost_connection(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    line = desktop.chat.sidebar.status.label
    assert line.text() == "Connected to 127.0.0.1:5050"
    client.go_offline(retry_in_ms=12_500)
    desktop.qtbot.waitUntil(lambda: line.text().startswith("Offline"))
    client.request(c.Send("bob", "later")).result()
    desktop.qtbot.waitUntil(lambda: "1 waiting" in line.text())
    assert desktop.window.sheets.top is None
    client.go_online()
    desktop.qtbot.waitUntil(lambda: line.text() == "Connected to 127.0.0.1:5050")


def test_the_status_line_says_by_which_other_address_the_relay_is_connected(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    line = desktop.chat.sidebar.status.label
    client.go_online(Address("chat2.example.org", 443))
    desktop.qtbot.waitUntil(lambda: line.text() == "Connected to 127.0.0.1:5050 at chat2.example.org:443")


def test_the_server_socket_is_switched_and_its_address_shown(opened: Opened) -> None:
    desktop = opened()
    desktop.window.navigator.connection()
    sheet = desktop.sheet(ConnectionSheet)
    sheet.port.edit.setText("127.0.0.1:6001")
    sheet.listen.click()
    assert desktop.wait_for(c.Listen) == c.Listen(Address("127.0.0.1", 6001))
    desktop.qtbot.waitUntil(lambda: desktop.client_model.overview.listening == Address("127.0.0.1", 6001))
    assert sheet.own_label.isVisible()
    sheet.listen.click()
    desktop.wait_for(c.StopListening)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.overview.listening is None)


def test_a_taken_port_is_said_beside_the_field(opened: Opened) -> None:
    desktop = opened()
    desktop.window.navigator.connection()
    sheet = desktop.sheet(ConnectionSheet)
    sheet.port.edit.setText("127.0.0.1:80")
    sheet.listen.click()
    desktop.qtbot.waitUntil(sheet.port.error.isVisible)
    assert not sheet.listen.isChecked()


def test_an_address_is_called_and_the_pending_call_is_shown(opened: Opened) -> None:
    desktop = opened()
    desktop.window.navigator.begin_call(Address("192.0.2.9", 5051))
    top = desktop.window.sheets.top
    assert top is not None
    top.button.click()  # type: ignore[attr-defined]
    assert desktop.wait_for(c.Call) == c.Call(Address("192.0.2.9", 5051), None)
    desktop.qtbot.waitUntil(lambda: "192.0.2.9:5051" in desktop.client_model.overview.calls)
    desktop.qtbot.waitUntil(
        lambda: "has not answered yet" in call_text(desktop.client_model.overview.calls["192.0.2.9:5051"])
    )
    desktop.window.navigator.connection()
    said = " ".join(label.text() for label in desktop.window.findChildren(type(desktop.chat.hint)))
    assert "has not answered yet" in said


def test_a_call_can_be_stopped_and_one_that_is_given_up_says_why(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    first, second = Address("192.0.2.9", 5051), Address("192.0.2.10", 5051)
    client.tell(CallPending(first, "12345" * 6))
    client.tell(CallFailed(second, ErrorCode.BAD_SIGNATURE.value, "Not them.", None))
    desktop.window.navigator.connection()
    sheet = desktop.sheet(ConnectionSheet)
    desktop.qtbot.waitUntil(lambda: len(desktop.client_model.overview.calls) == 2)
    assert "1 call under way" in desktop.client_model.overview.line()
    said = call_text(desktop.client_model.overview.calls[str(second)])
    assert said == "The call to 192.0.2.10:5051 has ended. The other side could not prove who it is."
    desktop.settle()
    stops = [each for each in sheet.findChildren(IconButton) if each.accessibleName() == f"Stop calling {first}"]
    (shown,) = (each for each in stops if each.isVisible())
    shown.click()
    assert desktop.wait_for(c.HangUp) == c.HangUp(str(first))
    assert list(desktop.client_model.overview.calls) == [str(second)]


def test_presence_is_shown_in_the_conversation(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.set_presence("bob", PresenceState.ONLINE)
    desktop.qtbot.waitUntil(lambda: desktop.page.header.way.whole == "online · through the relay")


def test_the_route_is_shown_in_the_conversation(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    way = desktop.page.header.way
    assert way.whole == "through the relay"
    client.connect_peer("bob", Address("192.0.2.4", 5051))
    desktop.qtbot.waitUntil(lambda: way.whole == "direct connection 192.0.2.4:5051")
    client.disconnect_peer("bob")
    desktop.qtbot.waitUntil(lambda: way.whole == "through the relay")


def test_a_socket_for_all_is_reached_at_real_addresses() -> None:
    assert reachable(Address("192.0.2.1", 5)) == (Address("192.0.2.1", 5),)
    assert all(address.host not in {"0.0.0.0", "::"} for address in reachable(Address("0.0.0.0", 5)))


def test_what_the_client_tells_beside_messages_is_shown_for_a_moment(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    toast = desktop.window.toast
    for event, part in (
        (Registered("alice"), "The name alice is yours now."),
        (NoticeArrived("maintenance at <b>ten</b>"), "The relay says: maintenance at <b>ten</b>"),
        (Warned(ErrorCode.DISK_FULL.value, "Full.", fatal=False), "The disk is full."),
        (
            OutsiderWrote("#picnic", conversation_of("#picnic"), "bob"),
            "bob is out of #picnic, or may not write there: a message is not shown.",
        ),
        (
            AlarmRaised(AlarmKind.PREKEYS_UNSIGNED, "bob", "bad_signature"),
            "Keys were offered for bob that bob's device did not sign. "
            + Strings()("alarm.prekeys_unsigned.advice", name="bob"),
        ),
    ):
        client.tell(event)
        desktop.qtbot.waitUntil(lambda part=part: toast.text.text() == part)  # type: ignore[misc]
        assert toast.isVisible()


def test_the_sign_of_the_search_takes_new_colours_and_the_size_of_the_text(opened: Opened) -> None:
    desktop = opened()
    field = desktop.chat.sidebar.field
    seen = [(field.grab().toImage(), field.textMargins().left())]
    for changes in ({"theme": ThemeChoice.DARK}, {"theme": ThemeChoice.CONTRAST_DARK, "text_percent": 200}):
        desktop.app.preferences.change(**changes)
        desktop.settle()
        seen.append((field.grab().toImage(), field.textMargins().left()))
    assert seen[0][0] != seen[1][0]
    assert [margin for _, margin in seen] == [24, 24, 40]
    assert desktop.app.theme.look is Look.CONTRAST_DARK
    assert not desktop.window.toast.isVisible()


def test_a_field_that_is_gone_hears_nothing_of_the_theme(opened: Opened) -> None:
    desktop = opened()
    field = SearchField(desktop.app.theme)
    shiboken6.delete(field)
    desktop.app.preferences.change(theme=ThemeChoice.DARK)
    assert not desktop.window.toast.isVisible()


def test_the_tray_icon_is_drawn_with_its_number(desktop: DesktopUnderTest) -> None:
    plain, counted = counted_icon(desktop.app.theme, 0), counted_icon(desktop.app.theme, 7)
    assert plain.pixmap(22).toImage() != counted.pixmap(22).toImage()


def test_letters_in_order_find_a_name() -> None:
    assert best("mr", ["Tomás Rey", "Marta Ruiz", "Elmar"]) == ["Marta Ruiz", "Tomás Rey", "Elmar"]
    assert best("tomas", ["Tomás Rey"]) == ["Tomás Rey"]
    assert best("xyz", ["Marta"]) == []
