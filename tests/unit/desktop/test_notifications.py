"""Notifications over a real bus: shown, replaced, pressed and taken back, and never read as markup."""

from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from babilu.api import commands as c
from babilu.bot.fake_client import FakeClient
from babilu.desktop.notifications import Notifier
from babilu.desktop.preferences import Shows
from tests.desktop_shell import Shell, has_bus, private_bus
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

pytestmark = pytest.mark.skipif(not has_bus(), reason="dbus-daemon is not installed")
Opened = Callable[..., DesktopUnderTest]
HOSTILE = '<img src="file:///etc/passwd"> <b>a & b</b>'


@pytest.fixture(scope="module")
def bus() -> Iterator[str]:
    with private_bus() as address:
        yield address


@pytest.fixture
def shell(bus: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus)
    with Shell(bus) as made:
        yield made


@pytest.fixture
def notifier(shell: Shell) -> Iterator[Notifier]:
    assert shell.shown == {}
    made = Notifier()
    assert made.connect_bus()
    yield made
    made.close()


@pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
def test_a_message_of_another_conversation_is_shown_and_opened_by_pressing_it(
    opened: Opened, client: FakeClient, shell: Shell
) -> None:
    desktop = opened()
    client.receive("carol", "hello")
    desktop.settle()
    shell.wait(lambda s: len(s.told) == 1)
    (note,) = shell.told
    assert (note.title, note.body) == ("carol", "hello")
    assert note.hints == {"category": "im.received", "desktop-entry": "org.babilu.Babilu"}
    desktop.qtbot.waitUntil(lambda: bool(desktop.app.notifier._ids))
    shell.press(note)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.window.conversation == "carol")


def test_a_later_message_takes_the_place_of_the_former_and_both_go_when_it_is_read(
    opened: Opened, client: FakeClient, shell: Shell
) -> None:
    desktop = opened()
    client.receive("carol", "one")
    desktop.qtbot.waitUntil(lambda: bool(desktop.app.notifier._ids))
    client.receive("carol", "two")
    desktop.settle()
    shell.wait(lambda s: [note.body for note in s.shown.values()] == ["two"])
    desktop.open("carol")
    shell.wait(lambda s: s.shown == {})


def test_a_message_that_is_read_takes_its_notification_back_though_its_conversation_was_open(
    opened: Opened, client: FakeClient, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop = opened(3)
    monkeypatch.setattr(desktop.window, "isActiveWindow", lambda: False)
    client.receive("bob", "are you there?")
    desktop.settle()
    shell.wait(lambda s: [note.body for note in s.shown.values()] == ["are you there?"])
    monkeypatch.setattr(desktop.window, "isActiveWindow", lambda: True)
    desktop.page.read()
    desktop.qtbot.waitUntil(lambda: not desktop.app.notifier._ids)
    shell.wait(lambda s: s.shown == {})


def test_what_another_face_reads_takes_the_notification_back(opened: Opened, client: FakeClient, shell: Shell) -> None:
    desktop = opened()
    client.receive("carol", "hello")
    desktop.qtbot.waitUntil(lambda: bool(desktop.app.notifier._ids))
    client.request(c.MarkRead("carol")).result()
    desktop.qtbot.waitUntil(lambda: not desktop.app.notifier._ids)
    shell.wait(lambda s: s.shown == {})


def test_what_is_read_before_the_shell_has_answered_does_not_stay(
    qtbot: QtBot, notifier: Notifier, shell: Shell
) -> None:
    qtbot.waitUntil(lambda: notifier.knows_capabilities)
    notifier.tell("carol", "carol", "hello")
    notifier.take_back("carol")
    shell.wait(lambda s: len(s.told) == 1)
    qtbot.waitUntil(lambda: not notifier._waiting)
    shell.wait(lambda s: s.shown == {})
    assert notifier._ids == {}


def test_a_request_that_is_decided_on_elsewhere_takes_its_notification_back(
    opened: Opened, client: FakeClient, shell: Shell
) -> None:
    desktop = opened()
    request = client.ask_for_conversation("mallory")
    desktop.qtbot.waitUntil(lambda: bool(desktop.app.notifier._ids))
    client.request(c.Decline(request.id)).result()
    desktop.qtbot.waitUntil(lambda: not desktop.app.notifier._ids)
    shell.wait(lambda s: s.shown == {})


@pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
def test_a_request_is_opened_by_pressing_it(opened: Opened, client: FakeClient, shell: Shell) -> None:
    desktop = opened()
    request = client.ask_for_conversation("mallory")
    desktop.qtbot.waitUntil(lambda: bool(desktop.app.notifier._ids))
    shell.press(shell.told[0])
    desktop.qtbot.waitUntil(lambda: desktop.chat.right.currentWidget() is desktop.chat.request)
    assert desktop.chat.request.request == request


def test_nothing_that_leads_nowhere_stays_when_babilu_ends(opened: Opened, client: FakeClient, shell: Shell) -> None:
    desktop = opened()
    client.receive("carol", "hello")
    desktop.qtbot.waitUntil(lambda: bool(desktop.app.notifier._ids))
    desktop.stop()
    shell.wait(lambda s: s.shown == {})


def test_a_hidden_text_does_not_reach_the_bus(opened: Opened, client: FakeClient, shell: Shell) -> None:
    desktop = opened()
    desktop.app.preferences.change(shows=Shows.NOTHING, language="es")
    client.receive("carol", "secret plan")
    desktop.settle()
    shell.wait(lambda s: len(s.told) == 1)
    assert "secret" not in shell.told[0].body
    assert "carol" not in shell.told[0].title + shell.told[0].body


def test_a_request_is_announced(opened: Opened, client: FakeClient, shell: Shell) -> None:
    desktop = opened()
    client.ask_for_conversation("mallory")
    desktop.settle()
    shell.wait(lambda s: [note.title for note in s.told] == ["mallory"])


def test_text_of_others_is_no_markup_to_a_shell_that_knows_markup(
    qtbot: QtBot, notifier: Notifier, shell: Shell
) -> None:
    qtbot.waitUntil(lambda: notifier.knows_capabilities)
    notifier.tell("carol", "carol", HOSTILE)
    shell.wait(lambda s: len(s.told) == 1)
    assert shell.told[0].body == '&lt;img src="file:///etc/passwd"&gt; &lt;b&gt;a &amp; b&lt;/b&gt;'


def test_a_shell_without_markup_is_given_the_text_as_it_is(
    qtbot: QtBot, bus: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus)
    with Shell(bus, markup=False) as shell:
        notifier = Notifier()
        assert notifier.connect_bus()
        qtbot.waitUntil(lambda: notifier.knows_capabilities)
        notifier.tell("carol", "carol", HOSTILE)
        shell.wait(lambda s: len(s.told) == 1)
        assert shell.told[0].body == HOSTILE
        notifier.close()


def test_a_bus_that_ends_is_no_error(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    notifier = Notifier()
    with private_bus() as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        assert notifier.connect_bus()
    qtbot.waitUntil(lambda: not notifier.is_connected)
    notifier.tell("carol", "carol", "nobody hears this")
    notifier.take_back("carol")


def test_without_a_bus_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    notifier = Notifier()
    assert not notifier.connect_bus()
    notifier.tell("carol", "carol", "hello")


@pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
def test_without_a_bus_the_tray_tells_and_a_press_opens_the_conversation(
    opened: Opened, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    desktop = opened()
    said: list[tuple[str, str]] = []

    def say(title: str, text: str) -> bool:
        said.append((title, text))
        return True

    monkeypatch.setattr(desktop.app.notifier, "_beside", say)
    client.receive("carol", "hello")
    desktop.qtbot.waitUntil(lambda: said == [("carol", "hello")])
    desktop.app.tray.pressed.emit()
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.window.conversation == "carol")
