"""One reads and writes: what is sent, what arrives, what is kept, and what the keys do."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from textual import events

from babilu.api import commands as c
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import START_MS, conversation_of
from babilu.kernel.errors import DeliveryError, ErrorCode, LinkError
from babilu.kernel.states import MessageState, Route
from babilu.presentation.strings import Strings
from babilu.terminal.app.keys import KEYS
from babilu.terminal.app.message_renderer import LINES
from babilu.terminal.local_time import clock_of
from tests.unit.terminal.app.stage import NARROW, WIDE, Stage, on_stage


@pytest.mark.parametrize("language", ["en", "es"])
async def test_how_to_begin_is_said_whole_on_a_common_terminal(tmp_path: Path, language: str) -> None:
    async with on_stage(FakeClient(), tmp_path, size=(80, 24), language=language) as stage:
        beside = " ".join(line[32:].strip() for line in stage.text().splitlines())
        assert Strings(language)("app.first_steps") in " ".join(beside.split())


async def test_a_text_is_sent_and_shows_how_far_it_has_come(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.press("ctrl+k", *"bo", "enter")
        await stage.press(*"one", "ctrl+j", *"two", "enter")
        assert client.messages("bob")[-1].text == "one\ntwo"
        assert [row.endswith("✓") for row in stage.rows() if "one" in row[33:]] == [True]
        client.advance(client.messages("bob")[-1].id, MessageState.READ)
        await stage.settle()
        assert [row.endswith("✓✓") for row in stage.rows() if "one" in row[33:]] == [True]
        assert stage.main.composer.text == ""


async def test_what_is_written_means_what_it_means_in_the_line_mode(tmp_path: Path) -> None:
    client = FakeClient(accounts=["zoe"])
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.write("@zoe hello")
        assert client.messages("zoe")[-1].text == "hello"
        assert stage.app.client_model.current == "zoe"
        await stage.write("//path")
        assert client.messages("zoe")[-1].text == "/path"
        await stage.write("/to BOB")
        assert stage.app.client_model.current == "bob"
        await stage.write("/listen 127.0.0.1 5051")
        assert stage.shows("listening at 127.0.0.1:5051")
        await stage.write("/verfy")
        assert stage.shows("Did you mean /verify?")
        assert stage.main.composer.text == "/verfy"
        stage.main.composer.fill("/verified bo")
        await stage.press("tab")
        assert stage.main.composer.text == "/verified bob "


async def test_a_text_goes_to_whom_it_was_written_while_another_conversation_opens(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    client.add_contact("carol")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press(*"for bob")
        client.hold(c.History)
        await stage.open("carol")
        assert stage.main.composer.text == ""
        await stage.press(*"for carol", "enter")
        client.release(c.History)
        await stage.settle()
        assert [message.text for message in client.messages("carol")] == ["for carol"]
        assert client.messages("bob") == ()
        await stage.open("bob")
        assert stage.main.composer.text == "for bob"


async def test_an_answer_that_comes_late_opens_nothing_that_was_left(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    client.add_contact("carol")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        client.hold(c.Send)
        await stage.press(*"hello", "enter")
        await stage.open("carol")
        await stage.press(*"half")
        client.release(c.Send)
        await stage.settle()
        assert stage.app.client_model.current == "carol"
        assert stage.main.composer.text == "half"


async def test_what_cannot_be_sent_comes_back_into_the_field(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    client.fail_next(c.Send, LinkError(ErrorCode.UNAVAILABLE, "It cannot be reached now."))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.write("precious")
        assert stage.main.composer.text == "precious"
        assert stage.shows("It cannot be reached now.")
        stage.main.composer.fill("")
        await stage.write("x" * 60_001)
        assert stage.shows("a message holds 60000 bytes")
        assert client.messages("bob") == ()
        stage.main.composer.fill("")
        client.add_contact("carol")
        client.hold(c.Send)
        client.fail_next(c.Send, LinkError(ErrorCode.UNAVAILABLE, "It cannot be reached now."))
        await stage.write("for bob alone")
        await stage.open("carol")
        client.release(c.Send)
        await stage.settle()
        assert stage.main.composer.text == ""
        await stage.open("bob")
        assert stage.main.composer.text == "for bob alone"


async def test_keys_that_follow_each_other_at_once_lose_nothing(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press(*"one", "enter", *"two", "enter", *"three")
        assert [message.text for message in client.messages("bob")] == ["one", "two"]
        assert stage.main.composer.text == "three"


async def test_a_failed_message_says_why_and_is_tried_again_by_a_key(tmp_path: Path) -> None:
    client = FakeClient(sent_state=MessageState.QUEUED)
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.write("late")
        message = client.messages("bob")[-1]
        client.advance(message.id, MessageState.FAILED, ErrorCode.EXPIRED)
        await stage.settle()
        assert stage.shows("Not sent: The message was not delivered in time.")
        await stage.press("escape", "enter", "right", "right", "enter")
        assert client.messages("bob")[-1].state is MessageState.QUEUED
        assert not stage.shows("Not sent")


async def test_arrivals_are_marked_as_read_only_where_they_are_seen(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    client.fill_history("bob", 60)
    client.add_contact("carol")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        client.receive("bob", "seen")
        client.receive("carol", "elsewhere")
        await stage.settle()
        assert client.messages("bob")[-1].unread is False
        assert client.messages("carol")[-1].unread is True
        assert any(re.match(r" +carol +1\b", row) for row in stage.rows())
        await stage.press("pageup", "pageup")
        client.receive("bob", "further down")
        await stage.settle()
        assert stage.shows("↓ 1 new")
        assert client.messages("bob")[-1].unread is True
        await stage.press("ctrl+n")
        assert stage.app.client_model.current == "carol"
        await stage.press("alt+up")
        assert client.messages("bob")[-1].unread is False


async def test_what_came_while_the_terminal_was_elsewhere_is_read_when_one_comes_back(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        stage.app.post_message(events.AppBlur())
        await stage.settle()
        client.receive("bob", "while you were away")
        await stage.settle()
        assert client.messages("bob")[-1].unread is True
        stage.app.post_message(events.AppFocus())
        await stage.settle()
        assert client.messages("bob")[-1].unread is False


async def test_times_are_written_anew_where_the_machine_is_in_another_zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = FakeClient()
    client.add_contact("bob")
    client.receive("bob", "hello", at=START_MS)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        there = clock_of(START_MS)
        assert stage.shows(f"bob  {there}")
        monkeypatch.setenv("TZ", "JST-9")
        stage.main.look_at_the_clock()
        await stage.settle()
        assert clock_of(START_MS) != there
        assert stage.shows(f"bob  {clock_of(START_MS)}")
        assert not stage.shows(f"bob  {there}")


async def test_drafts_are_kept_for_each_conversation(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    client.add_contact("carol")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press(*"half")
        await stage.open("carol")
        assert stage.main.composer.text == ""
        assert stage.shows("Draft: half")
        await stage.open("bob")
        assert stage.main.composer.text == "half"
        await stage.press("ctrl+q")
    assert c.SetDraft(conversation_of("bob").hex(), "half") in client.commands


async def test_a_draft_is_kept_soon_although_nobody_leaves_the_conversation(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press(*"half")
        assert c.SetDraft(conversation_of("bob").hex(), "half") in client.commands


async def test_a_draft_that_was_sent_is_forgotten_whatever_the_list_said_meanwhile(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press(*"sent")
        known = stage.app.client_model.conversations["bob"]
        stage.app.client_model.conversations["bob"] = replace(known, draft="")
        await stage.press("enter")
        drafts = [command.text for command in client.commands if isinstance(command, c.SetDraft)]
    assert drafts[-1] == ""


async def test_a_long_past_is_paged_through_and_keeps_its_place(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    client.fill_history("bob", 50_000, "number {}".format)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        assert stage.shows("number 49999")
        for _ in range(12):
            await stage.press("pageup")
        top = next(row for row in stage.rows() if "number" in row[33:])
        assert len(stage.app.client_model.room.messages) <= 360
        asked = [command for command in client.commands if isinstance(command, c.History)]
        assert max(command.limit for command in asked) <= 120
        client.receive("bob", "while reading")
        await stage.settle()
        assert next(row for row in stage.rows() if "number" in row[33:]) == top
        await stage.press("up", "end")
        assert stage.shows("while reading")


async def test_messages_are_selected_copied_deleted_and_looked_into(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    client.receive("bob", "first")
    client.receive("bob", "last", route=Route.DIRECT)
    long = "\n".join(f"line {number}" for number in range(LINES + 20))
    client.receive("bob", long)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("escape", "enter", "right", "right", "enter")
        assert stage.shows("line 10")
        # All of it can be read, to its last line.
        assert not stage.shows(f"line {LINES + 19}")
        await stage.press("end")
        assert stage.shows(f"line {LINES + 19}")
        await stage.press("escape", "up", "ctrl+c")
        assert stage.app.clipboard == "last"
        await stage.press("enter")
        assert stage.shows("directly")
        await stage.press("escape", "up", "delete")
        assert stage.shows("Delete this message for you?")
        await stage.press("right", "enter")
        assert [message.text for message in client.messages("bob")] == ["last", long]
        await stage.press("escape", *"typing")
        assert stage.main.composer.text == "typing"


async def test_a_message_tells_when_it_was_delivered_and_read_and_on_which_device(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.write("mine")
        message = client.messages("bob")[-1]
        client.advance(message.id, MessageState.READ)
        await stage.settle()
        await stage.write("/state")
        rows = [" ".join(row.strip(" │").split()) for row in stage.rows()]
        delivered, read = clock_of(message.at + 60_000), clock_of(message.at + 120_000)
        assert any(f"delivered Today, {delivered}" in row for row in rows)
        assert any(f"read Today, {read}" in row for row in rows)
        assert any(f"device 0000000… read, today, {read}" in row for row in rows)


async def test_commands_about_a_message_need_no_number_on_the_screen(tmp_path: Path) -> None:
    client = FakeClient(sent_state=MessageState.QUEUED)
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.write("/state")
        assert stage.shows("Choose a message first")
        stage.main.composer.fill("")
        await stage.write("mine")
        message = client.messages("bob")[-1]
        client.advance(message.id, MessageState.FAILED, ErrorCode.EXPIRED)
        await stage.settle()
        await stage.write("/state")
        assert stage.shows(message.id.hex())
        await stage.press("escape")
        await stage.write("/retry")
        assert client.messages("bob")[-1].state is MessageState.QUEUED
        await stage.write("/delete")
        await stage.press("right", "enter")
        assert client.messages("bob") == ()


async def test_the_line_of_hints_shows_whole_ones_and_help_always(tmp_path: Path) -> None:
    async with on_stage(FakeClient(), tmp_path, size=NARROW, language="es") as stage:
        assert "…" not in stage.rows()[-1]
        assert "F1 ayuda" in stage.rows()[-1]


async def test_the_line_of_hints_offers_what_makes_sense_with_the_selected_message(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "theirs")
    async with on_stage(client, tmp_path, size=WIDE) as stage:
        await stage.open("bob")
        await stage.write("mine")
        await stage.press("escape")
        assert {"r reply", "e edit", "d delete", "Esc back"} <= hints(stage)
        await stage.press("up")
        assert "r reply" in hints(stage)
        assert "e edit" not in hints(stage)
        client.delete_for_all("bob", client.messages("bob")[0].id)
        await stage.settle()
        assert {"d delete", "i info", "Esc back"} <= hints(stage)
        assert not {"r reply", "e edit", "+ react", "p pin"} & hints(stage)


async def test_without_a_message_no_key_for_one_is_hinted(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path, size=WIDE) as stage:
        await stage.open("bob")
        assert "Esc messages" in hints(stage)
        await stage.press("escape")
        assert "Esc back" in hints(stage)
        assert not {"r reply", "e edit", "+ react", "d delete"} & hints(stage)


async def test_the_hint_of_escape_is_left_to_the_line_that_says_what_it_leaves(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "theirs")
    async with on_stage(client, tmp_path, size=WIDE) as stage:
        await stage.open("bob")
        await stage.press("escape", "r")
        assert stage.shows("Esc leaves")
        assert "Esc messages" not in hints(stage)
        await stage.press("escape")
        assert "Esc messages" in hints(stage)


def hints(stage: Stage) -> set[str]:
    """Give what the line of hints says."""
    return {each.strip() for each in stage.rows()[-1].split("   ")}


def selected(stage: Stage) -> str | None:
    """Give the text of the message that is selected."""
    message = stage.main.history.selected
    return None if message is None else message.text


async def test_nothing_stays_selected_once_one_has_written(tmp_path: Path) -> None:
    client = FakeClient()
    for text in ("one", "two", "three"):
        client.receive("bob", text)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("escape", "up", "up", *"nine", "enter")
        assert selected(stage) is None
        await stage.press("escape")
        assert selected(stage) == "nine"


async def test_going_to_the_messages_again_keeps_the_one_that_is_selected(tmp_path: Path) -> None:
    client = FakeClient()
    for text in ("one", "two", "three"):
        client.receive("bob", text)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("escape", "up", "k", "escape")
        assert selected(stage) == "two"


async def test_the_same_sentence_in_passing_stands_once(tmp_path: Path) -> None:
    async with on_stage(FakeClient(), tmp_path) as stage:
        for _ in range(3):
            stage.app.action_help_quit()
        await stage.settle()
        assert stage.text().count("Ctrl+Q leaves.") == 1


async def test_what_is_being_written_hides_no_last_message_of_the_open_conversation(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    client.receive("bob", "the last word")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press(*"half")
        assert not stage.shows("Draft:")
        assert any("the last word" in row[:32] for row in stage.rows())


async def test_a_call_that_ends_is_told_in_one_sentence(tmp_path: Path) -> None:
    client = FakeClient()
    client.connect_peer("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.write("/hangup bob")
        assert stage.shows("has ended")
        assert not stage.shows("is closed")


async def test_a_late_message_says_so_and_leads_to_its_place(tmp_path: Path) -> None:
    client = FakeClient()
    later = client.receive("bob", "Yes, of course!")
    client.receive("bob", "May I?", belongs_before=later.id)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        assert stage.shows("came late, belongs further up")
        await stage.press("escape", "enter")
        assert stage.shows("Go to its place")
        await stage.press("right", "right", "enter")
        assert stage.main.history.selected is not None
        assert stage.main.history.selected.text == "Yes, of course!"


async def test_what_only_a_newer_version_understands_says_so(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "stands for it", needs_newer=True)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        assert stage.shows("stands for it")
        assert stage.shows("only a newer version of Babilu shows this")


async def test_a_search_jumps_to_what_it_found(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    client.fill_history("bob", 600, lambda number: "needle" if number == 20 else f"hay {number}")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("ctrl+f", *"need")
        assert stage.shows("needle")
        await stage.press("enter")
        assert stage.main.history.selected is not None
        assert stage.main.history.selected.text == "needle"
        assert stage.shows("hay 21")
        await stage.press("escape", "ctrl+r", *"hay 599", "enter")
        assert stage.main.history.selected is not None
        assert stage.main.history.selected.text == "hay 599"


async def test_a_narrow_screen_shows_one_pane_at_a_time(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    client.receive("bob", "hello there")
    client.add_contact("carol")
    async with on_stage(client, tmp_path, size=NARROW) as stage:
        assert stage.shows("carol")
        await stage.press("enter")
        assert stage.shows("hello there")
        assert not stage.shows("carol")
        await stage.press("escape", "escape")
        assert stage.shows("carol")
        await stage.open("bob")
        await stage.pilot.resize_terminal(100, 30)
        await stage.settle()
        assert stage.shows("carol")
        assert stage.shows("hello there")


async def test_a_new_conversation_begins_with_a_name_or_an_address(tmp_path: Path) -> None:
    client = FakeClient(accounts=["zoe"])
    async with on_stage(client, tmp_path) as stage:
        await stage.press("ctrl+t", *"nobody", "enter")
        assert stage.shows("The relay knows no account of that name.")
        await stage.press("escape", "ctrl+t", *"zoe", "enter")
        await stage.press(*"hi", "enter")
        assert client.messages("zoe")[-1].text == "hi"
        await stage.press("ctrl+t", *"192.0.2.7:5051", "enter")
        assert stage.shows("calling 192.0.2.7:5051")
        await stage.press("f3")
        assert stage.shows("Somebody listens at 192.0.2.7:5051")


async def test_events_that_find_no_room_are_made_up_for(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path, events_kept=3) as stage:
        await stage.open("bob")
        for number in range(40):
            client.receive("bob", f"burst {number}")
        await stage.settle()
        assert stage.shows("burst 39")
        assert len(stage.app.client_model.room.messages) == 40


async def test_a_request_that_fails_is_told_in_passing(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    client.fail_next(c.SetPinned, DeliveryError(ErrorCode.BUSY, "Not now."))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        stage.main.list.focus()
        await stage.press("alt+p")
        assert stage.shows("Not now.")


async def test_every_key_that_is_shown_is_bound_and_the_editor_gets_the_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        monkeypatch.setattr(stage.app, "edit", str.upper)
        await stage.press(*"text", "ctrl+o")
        assert stage.main.composer.text == "TEXT"
        widgets = (stage.app, stage.main, stage.main.history, stage.main.list)
        bound = {name for widget in widgets for name in widget._bindings.key_to_bindings}
    assert {name for key in KEYS for name in key.keys.split(",") if name} <= bound


async def test_a_message_that_is_read_at_once_costs_the_one_request_that_says_so(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    client.fill_history("bob", 3)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        client.commands.clear()

        client.receive("bob", "hello")
        await stage.settle()

        assert [type(command).__name__ for command in client.commands] == ["MarkRead"]
        assert stage.shows("hello")
