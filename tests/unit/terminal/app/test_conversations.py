"""What one does with a whole conversation: pins, timer, silence, archive, names, days, receipts and its end here."""

from pathlib import Path

import pytest

from babilu.api import commands as c
from babilu.api.views import NOTES_LABEL, ConversationView, PrivacySwitch
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import START_MS, conversation_of
from tests.unit.terminal.app.stage import WIDE, Stage, on_stage

DAY_MS = 86_400_000


def town() -> FakeClient:
    client = FakeClient()
    client.add_contact("bob")
    client.add_contact("carol")
    return client


def listed(stage: Stage) -> list[str]:
    """Name the conversations of the list."""
    rows = stage.main.list._rows
    return [row.label for row in rows if isinstance(row, ConversationView)]


def inner(row: str) -> str:
    """Give what a sheet's frame holds of a row."""
    return row.strip().strip("│┃█▌▐ ")


async def choose(stage: Stage, words: str, *more: str) -> None:
    """Find something in the palette and do it."""
    await stage.press("ctrl+p", *words, "enter", *more)


async def test_what_is_pinned_is_listed_and_one_goes_there(tmp_path: Path) -> None:
    client = town()
    client.fill_history("bob", 300, "number {}".format)
    pinned = client.messages("bob")[4]
    client.pin("bob", pinned.id)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await choose(stage, "pinned messages")
        assert stage.shows("number 4")
        await stage.press("enter")
        assert stage.main.history.selected is not None
        assert stage.main.history.selected.id == pinned.id


async def test_a_timer_is_chosen_for_all_and_stands_at_the_field(tmp_path: Path) -> None:
    client = town()
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await choose(stage, "have new messages", *"8 hours", "enter")
        assert c.SetTimer(conversation_of("bob").hex(), 28_800) in client.commands
        assert stage.shows("disappears after 8 hours")
        client.set_timer("bob", None)
        await stage.settle()
        assert not stage.shows("disappears after")


async def test_typing_is_shown_in_the_list_and_above_the_conversation(tmp_path: Path) -> None:
    client = town()
    client.receive("bob", "hello")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        client.type("bob")
        await stage.settle()
        assert stage.text().count("typing…") == 2
        client.type("bob", active=False)
        await stage.settle()
        assert not stage.shows("typing…")


async def test_a_conversation_is_marked_unread_until_it_is_opened_again(tmp_path: Path) -> None:
    client = town()
    client.receive("bob", "later")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await choose(stage, "mark as unread")
        assert c.MarkUnread(conversation_of("bob").hex()) in client.commands
        assert any("bob" in row[:32] and row[:32].rstrip().endswith("•") for row in stage.rows())
        await stage.open("carol")
        await stage.press("ctrl+n")
        assert stage.app.client_model.current == "bob"
        assert c.MarkUnread(conversation_of("bob").hex(), unread=False) in client.commands


async def test_an_archived_conversation_leaves_the_list_and_is_found_again(tmp_path: Path) -> None:
    client = town()
    async with on_stage(client, tmp_path) as stage:
        await stage.open("carol")
        await choose(stage, "archive this")
        await stage.open("bob")
        assert listed(stage) == ["bob"]
        await stage.press("ctrl+k", *"car")
        assert stage.shows("archived")
        await stage.press("escape")
        await choose(stage, "archived conv", "enter")
        assert stage.app.client_model.current == "carol"
        await choose(stage, "bring this conversation back")
        await stage.open("bob")
        assert "carol" in listed(stage)


async def test_a_conversation_is_silent_for_a_time(tmp_path: Path) -> None:
    client = town()
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await choose(stage, "mute for a time", *"8 hours", "enter")
        assert c.SetMuted(conversation_of("bob").hex(), muted=True, until=START_MS + 9 * 3_600_000) in client.commands
        await choose(stage, "unmute")
        assert c.SetMuted(conversation_of("bob").hex(), muted=False) in client.commands


async def test_a_mention_rings_also_in_a_silent_conversation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = town()
    client.request(c.SetMuted("bob", muted=True)).result()
    async with on_stage(client, tmp_path) as stage:
        await stage.open("carol")
        rung: list[None] = []
        monkeypatch.setattr(stage.app, "bell", lambda: rung.append(None))
        client.receive("bob", "just talking")
        await stage.settle()
        assert rung == []
        client.receive("bob", "what says @alice?", mentions=("alice",))
        await stage.settle()
        assert rung == [None]


async def test_a_mention_that_an_edit_adds_rings_once_where_nobody_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = town()
    client.request(c.SetMuted("bob", muted=True)).result()
    message = client.receive("bob", "what says she?")
    async with on_stage(client, tmp_path) as stage:
        rung: list[None] = []
        monkeypatch.setattr(stage.app, "bell", lambda: rung.append(None))
        await stage.open("bob")
        client.edit("bob", message.id, "what says @alice?", ("alice",))
        await stage.settle()
        assert rung == []
        await stage.open("carol")
        other = client.receive("bob", "another")
        for text in ("@alice?", "@alice!"):
            client.edit("bob", other.id, text, ("alice",))
            await stage.settle()
        assert rung == [None]


@pytest.mark.parametrize(("turns", "hide"), [(1, False), (2, True)])
async def test_everything_said_is_deleted_here_after_a_question(tmp_path: Path, turns: int, hide: bool) -> None:
    client = town()
    client.receive("bob", "old news")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await choose(stage, "delete everything said", *["right"] * turns, "enter")
        assert c.ClearConversation(conversation_of("bob").hex(), hide) in client.commands
        assert not stage.shows("old news")
        assert stage.shows("1 message deleted.")


async def test_somebody_gets_another_name(tmp_path: Path) -> None:
    client = town()
    client.receive("bob", "it is me")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await choose(stage, "give another name")
        await stage.press(*["backspace"] * 3, *"robert", "enter")
        assert any("robert" in row[:32] for row in stage.rows())
        await choose(stage, "give another name")
        await stage.press(*["backspace"] * 6, *"carol", "enter")
        assert stage.shows("Somebody else has that name.")


async def test_a_silent_and_an_archived_conversation_are_told_by_their_marks(tmp_path: Path) -> None:
    client = town()
    client.receive("bob", "hello")
    async with on_stage(client, tmp_path, size=WIDE) as stage:
        await stage.open("bob")
        assert not any("∅" in row[:32] for row in stage.rows())
        client.request(c.SetMuted("bob", muted=True))
        client.request(c.SetArchived("bob", archived=True))
        await stage.settle()
        assert any("bob" in row[:32] and "∅" in row[:32] for row in stage.rows())
        assert all(mark in stage.rows()[0][32:] for mark in ("muted", "archived"))


async def test_nobody_is_told_that_one_types_while_one_edits(tmp_path: Path) -> None:
    client = town()
    client.request(c.Send("bob", "hello"))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("up", *" you", "enter")
        assert client.messages("bob")[-1].text == "hello you"
        assert not [command for command in client.commands if isinstance(command, c.Typing)]


async def test_an_empty_archive_says_so(tmp_path: Path) -> None:
    async with on_stage(town(), tmp_path) as stage:
        await choose(stage, "archived conversations")
        assert stage.shows("No conversation is archived.")


async def test_notes_are_a_conversation_with_oneself(tmp_path: Path) -> None:
    client = town()
    async with on_stage(client, tmp_path) as stage:
        await choose(stage, "notes only for you", *"buy milk", "enter")
        assert client.messages(NOTES_LABEL)[-1].text == "buy milk"
        assert any("Notes" in row[:32] for row in stage.rows())
        assert stage.shows("Notes  ·  only for you")
        assert not stage.shows(NOTES_LABEL)


async def test_of_an_empty_profile_the_first_page_stands_alone_although_it_has_notes(tmp_path: Path) -> None:
    client = FakeClient()
    client.begin_notes()
    async with on_stage(client, tmp_path) as stage:
        assert stage.main.has_class("blank")
        await choose(stage, "notes only for you", *"buy milk", "enter")
        assert not stage.main.has_class("blank")
        assert stage.shows("✎ Notes")


async def test_nobody_is_told_that_one_types_to_oneself(tmp_path: Path) -> None:
    client = town()
    async with on_stage(client, tmp_path) as stage:
        await choose(stage, "notes only for you", *"buy milk", "enter", *"and")
        assert not [command for command in client.commands if isinstance(command, c.Typing)]


async def test_one_goes_to_a_day_and_is_told_where_nothing_was_said_since(tmp_path: Path) -> None:
    client = town()
    client.fill_history("bob", 300, "number {}".format)
    late = client.receive("bob", "the next day")
    client.shape(late.id, arrived_at=START_MS + DAY_MS, at=START_MS + DAY_MS)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await choose(stage, "go to a day", *"2026-11-22", "enter")
        assert stage.main.history.selected is not None
        assert stage.main.history.selected.text == "number 0"
        await choose(stage, "go to a day", *"2030-01-01", "enter")
        assert stage.shows("Nothing was said since then.")
        await choose(stage, "go to a day", *"someday", "enter")
        assert stage.shows("A time is 18:30")


async def test_messages_are_found_by_person_and_day(tmp_path: Path) -> None:
    client = town()
    client.receive("bob", "needle of bob")
    client.receive("carol", "needle of carol")
    async with on_stage(client, tmp_path) as stage:
        await choose(stage, "search by person", *"needle", "enter", *"bob", "enter", *"2026-11-22", "enter", "enter")
        searches = [each for each in client.commands if isinstance(each, c.Search)]
        assert (searches[-1].query, searches[-1].sender, searches[-1].until) == ("needle", "bob", None)
        assert stage.shows("needle of bob")
        assert not any("needle of carol" in row[32:] for row in stage.rows())
        await stage.press("enter")
        assert stage.app.client_model.current == "bob"


async def test_what_is_told_is_switched_everywhere_or_in_one_conversation(tmp_path: Path) -> None:
    client = town()
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await choose(stage, "receipts typing presence here", "right", "right", "enter")
        assert stage.shows("Who is typing: bob")
        await stage.press(*"off", "enter")
        assert c.SetReceipts(conversation_of("bob").hex(), typing=False) in client.commands
        assert stage.shows("on, as everywhere")
        assert any(row.split() == ["who", "is", "typing", "off"] for row in map(inner, stage.rows()))
        await stage.press("right", "right", "enter", *"everywhere", "enter")
        assert c.SetReceipts(conversation_of("bob").hex(), inherit=(PrivacySwitch.TYPING,)) in client.commands
        assert not any(row.split() == ["who", "is", "typing", "off"] for row in map(inner, stage.rows()))
        await stage.press("escape")
        await choose(stage, "receipts typing presence everywhere", "right", "enter")
        assert c.SetReceipts(None, read=False) in client.commands


async def test_a_text_is_sent_later_and_can_be_sent_now_or_given_up(tmp_path: Path) -> None:
    client = town()
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press(*"good morning", "alt+s", *"8h", "enter")
        assert stage.main.composer.text == ""
        assert stage.shows("1 later")
        assert client.messages("bob") == ()
        await stage.press(*"second", "alt+s", *"nonsense", "enter")
        assert stage.shows("A time is 18:30")
        await stage.press("escape")
        assert stage.main.composer.text == "second"
        await choose(stage, "texts that are sent later", "enter", "right", "enter")
        assert client.messages("bob")[-1].text == "good morning"
        assert not stage.shows("1 later")
        await stage.press("alt+s", *"9h", "enter")
        await choose(stage, "texts that are sent later", "enter", "right", "right", "enter")
        assert not stage.shows("1 later")
        assert [message.text for message in client.messages("bob")] == ["good morning"]


async def test_a_text_that_is_long_overdue_is_asked_about_at_the_start(tmp_path: Path) -> None:
    client = town()
    view = client.request(c.Schedule("bob", "yesterday's news", START_MS + 1)).result()
    client.miss(view.number)
    async with on_stage(client, tmp_path) as stage:
        assert stage.shows("more than a day ago")
        assert stage.shows("yesterday's news")
        await stage.press("escape")
        client.miss(view.number)
        await stage.settle()
        assert not stage.shows("more than a day ago")


async def test_commands_of_the_line_mode_mean_the_same_here(tmp_path: Path) -> None:
    client = town()
    client.receive("bob", "hello")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.write("/timer 1h")
        assert c.SetTimer(conversation_of("bob").hex(), 3_600) in client.commands
        await stage.write("/schedule 8h later then")
        assert stage.shows("1 later")
        await stage.write("/pins")
        assert stage.shows("Nothing is pinned.")
        await stage.press("escape")
        await stage.write("/rename carol caroline")
        assert any("caroline" in row[:32] for row in stage.rows())
        await stage.press("escape")
        stage.main.history.select(client.messages("bob")[0].id)
        stage.main.composer.focus()
        await stage.write("/reply")
        assert stage.shows("Reply to bob: hello")
