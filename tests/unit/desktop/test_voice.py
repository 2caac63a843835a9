"""Voice notes in the window: recorded, listened to and sent by mouse and by keys, and drawn before they are fetched."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from babilu.api import commands as c
from babilu.api.views import MessageView
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import conversation_of
from babilu.bot.fake_voice import voice_note
from babilu.desktop.models.conversations import has_draft, preview
from babilu.desktop.widgets.bubble import Bubble
from babilu.desktop.widgets.composer import Composer
from babilu.desktop.widgets.voice_row import VoiceHit, VoiceRow
from babilu.kernel.errors import ErrorCode
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

Opened = Callable[..., DesktopUnderTest]


def composer_of(desktop: DesktopUnderTest) -> Composer:
    return desktop.window.chat.conversation.composer


def bubble_of(desktop: DesktopUnderTest, row: int = 0) -> Bubble:
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.rowCount() > row)
    return desktop.view.delegate.bubble(row)


def row_of(desktop: DesktopUnderTest, row: int = 0) -> VoiceRow:
    voice = bubble_of(desktop, row).voice
    assert voice is not None
    return voice


def press(desktop: DesktopUnderTest, at: QPointF, row: int = 0) -> None:
    top = desktop.view.visualRect(desktop.client_model.messages.index(row)).topLeft()
    QTest.mouseClick(desktop.view.viewport(), Qt.MouseButton.LeftButton, pos=top + QPoint(round(at.x()), round(at.y())))
    desktop.settle()


def came(client: FakeClient, duration: int = 12_000) -> MessageView:
    return client.receive("bob", "", files=(voice_note(duration),))


def played(desktop: DesktopUnderTest) -> list[tuple[int, int]]:
    return [(each.at, each.speed) for each in desktop.asked(c.PlayVoice) if isinstance(each, c.PlayVoice)]


def record(desktop: DesktopUnderTest) -> None:
    QTest.keyClick(
        desktop.window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    desktop.settle()


def test_a_voice_note_is_recorded_and_sent_without_the_mouse(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    composer = composer_of(desktop)
    assert composer.record_button.isVisible()
    record(desktop)
    client.record("bob", 3_000, 120)
    desktop.settle()
    bar = composer.recording
    assert (bar.isVisible(), bar.is_recording, bar.time.text()) == (True, True, "0:03")
    assert desktop.window.focusWidget() is bar.send_button
    assert not composer.record_button.isVisible()
    QTest.keyClick(bar.send_button, Qt.Key.Key_Return)
    desktop.settle()
    assert len(desktop.asked(c.SendRecording)) == 1
    assert not bar.isVisible()
    assert desktop.window.focusWidget() is composer.editor
    assert row_of(desktop).file.duration == 3_000


def test_escape_ends_a_recording_and_then_throws_it_away(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    composer = composer_of(desktop)
    record(desktop)
    client.record("bob", 3_000, 120)
    desktop.settle()
    QTest.keyClick(composer.recording.send_button, Qt.Key.Key_Escape)
    desktop.settle()
    assert (composer.recording.isVisible(), composer.recording.is_recording) == (True, False)
    assert len(desktop.asked(c.StopRecording)) == 1
    QTest.keyClick(composer.editor, Qt.Key.Key_Escape)
    desktop.settle()
    assert not composer.recording.isVisible()
    assert len(desktop.asked(c.DiscardRecording)) == 1


def test_what_waits_is_offered_after_a_start_listened_to_and_sent_by_return(opened: Opened, client: FakeClient) -> None:
    client.add_contact("bob")
    client.keep_recording("bob", 65_000)
    desktop = opened()
    composer = composer_of(desktop)
    bar = composer.recording
    desktop.qtbot.waitUntil(bar.isVisible)
    assert bar.time.text() == "1:05"
    known = desktop.client_model.conversations["bob"]
    assert (has_draft(known), preview(known)) == (True, "Voice note, 1:05")
    bar.stop_button.click()
    desktop.settle()
    client.play_on(5_000)
    desktop.settle()
    assert bar.time.text() == "0:05 / 1:05"
    assert bar.stop_button.accessibleName() == "Stop playing"
    bar.stop_button.click()
    desktop.settle()
    assert bar.stop_button.accessibleName() == "Listen to it"
    QTest.mouseClick(bar.wave, Qt.MouseButton.LeftButton)
    desktop.settle()
    sought = desktop.asked(c.PlayRecording)[-1]
    assert isinstance(sought, c.PlayRecording)
    assert abs(sought.at - 32_500) < 1_000
    composer.editor.setFocus()
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    desktop.settle()
    assert len(desktop.asked(c.SendRecording)) == 1


def test_a_text_is_sent_beside_a_recording_that_waits(opened: Opened, client: FakeClient) -> None:
    client.add_contact("bob")
    client.keep_recording("bob", 3_000)
    desktop = opened()
    composer = composer_of(desktop)
    desktop.qtbot.waitUntil(composer.recording.isVisible)
    QTest.keyClicks(composer.editor, "hello")
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    desktop.settle()
    assert [each.text for each in desktop.asked(c.Send) if isinstance(each, c.Send)] == ["hello"]
    assert desktop.asked(c.SendRecording) == []
    assert composer.recording.isVisible()


def test_the_microphone_is_offered_where_nothing_is_written(opened: Opened) -> None:
    desktop = opened()
    composer = composer_of(desktop)
    QTest.keyClicks(composer.editor, "x")
    assert (composer.record_button.isVisible(), composer.later_button.isVisible()) == (False, True)
    record(desktop)
    assert desktop.asked(c.StartRecording) == []
    composer.editor.clear()
    assert (composer.record_button.isVisible(), composer.later_button.isVisible()) == (True, False)
    composer.record_button.click()
    desktop.settle()
    assert len(desktop.asked(c.StartRecording)) == 1


def test_where_there_is_no_sound_the_window_says_so(opened: Opened, client: FakeClient) -> None:
    client.lose_sound()
    came(client)
    desktop = opened()
    composer = composer_of(desktop)
    record(desktop)
    assert composer.error.isVisible()
    assert composer.error.text().startswith("There is no sound here.")
    assert not composer.recording.isVisible()
    composer.error.hide()
    press(desktop, row_of(desktop).disc.center())
    assert composer.error.isVisible()


def test_a_recording_that_was_cut_off_says_why_once(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    composer = composer_of(desktop)
    client.keep_recording("bob", 3_000, ErrorCode.NO_SOUND)
    desktop.settle()
    assert composer.error.isVisible()
    composer.error.hide()
    composer.recording.stop_button.click()
    desktop.settle()
    assert not composer.error.isVisible()


@pytest.mark.parametrize("leave", ["conversation", "lock"])
def test_no_microphone_is_left_on_that_nobody_sees(opened: Opened, client: FakeClient, leave: str) -> None:
    client.add_contact("carol")
    desktop = opened()
    record(desktop)
    if leave == "lock":
        desktop.window.lock()
    else:
        desktop.window.chat.open("carol")
    desktop.settle()
    assert desktop.asked(c.StopRecording) == [c.StopRecording(conversation_of("bob").hex())]


def test_a_voice_note_is_drawn_before_it_is_fetched(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    came(client)
    bubble = bubble_of(desktop)
    row = row_of(desktop)
    assert bubble.files == ()
    for part in (row.box, row.disc, row.wave, row.speed):
        assert bubble.box.contains(part)
    assert not row.disc.intersects(row.wave)
    assert not row.wave.intersects(row.speed)
    assert row.box.bottom() <= bubble.text_at.y() + 1
    assert bubble.hit(row.disc.center()) == VoiceHit()
    assert bubble.hit(row.speed.center()) == VoiceHit(speed=True)
    middle = bubble.hit(row.wave.center())
    assert isinstance(middle, VoiceHit)
    assert middle.part == pytest.approx(0.5)


def test_a_voice_note_is_played_stopped_and_sought_by_the_mouse(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    came(client)
    row = row_of(desktop)
    press(desktop, row.disc.center())
    client.play_on(4_000)
    desktop.settle()
    assert not row_of(desktop).file.unheard
    press(desktop, row.disc.center())
    assert len(desktop.asked(c.StopPlaying)) == 1
    press(desktop, row.disc.center())
    press(desktop, row.wave.center())
    press(desktop, row.speed.center())
    assert played(desktop) == [(0, 100), (4_000, 100), (6_000, 100), (6_000, 150)]


def test_a_voice_note_is_played_by_keys(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    came(client)
    bubble_of(desktop)
    desktop.view.setCurrentIndex(desktop.client_model.messages.index(0))
    for key, shift in ((Qt.Key.Key_Space, False), (Qt.Key.Key_Right, False), (Qt.Key.Key_Left, False)):
        modifier = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
        QTest.keyClick(desktop.view, key, modifier)
        desktop.settle()
    QTest.keyClick(desktop.view, Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    desktop.settle()
    assert played(desktop) == [(0, 100), (5_000, 100), (0, 100), (0, 150)]
    QTest.keyClick(desktop.view, Qt.Key.Key_Space)
    desktop.settle()
    assert len(desktop.asked(c.StopPlaying)) == 1
    assert composer_of(desktop).editor.toPlainText() == ""


def test_a_voice_note_is_said_in_the_list_and_to_screen_readers(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    came(client)
    bubble_of(desktop)
    model = desktop.client_model.messages
    said = str(model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole))
    assert said.startswith("bob: Voice note, 0:12, not heard yet, ")
    press(desktop, row_of(desktop).disc.center())
    client.play_on(5_000)
    desktop.settle()
    playing = str(model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole))
    assert playing.startswith("bob: Voice note, 0:12, ")
    assert playing.endswith(", playing")
    press(desktop, row_of(desktop).disc.center())
    assert str(model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole)).endswith(", stopped at 0:05")


def test_a_file_of_another_name_is_no_voice_note(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.receive("bob", "", files=(replace(voice_note(3_000), name="invoice.exe"),))
    bubble = bubble_of(desktop)
    assert bubble.voice is None
    assert [row.name for row in bubble.files] == ["invoice.exe"]


def test_the_menu_plays_and_saves(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    came(client)
    bubble_of(desktop)
    message = desktop.client_model.messages.message(0)
    actions = desktop.window.message_actions.make_menu(message).actions()
    assert [action.text() for action in actions[:2]] == ["Play it, or stop it", "Save as…"]
    actions[0].trigger()
    desktop.settle()
    assert played(desktop) == [(0, 100)]


def test_a_quote_of_a_voice_note_says_what_it_is(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    voice = came(client)
    client.receive("bob", "as I said", reply_to=voice.id)
    quote = bubble_of(desktop, 1).quote
    assert quote is not None
    assert quote.line.endswith(" Voice note")
