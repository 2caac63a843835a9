"""What is typed goes where whoever types it means it to go, however fast it comes and wherever the focus is."""

from pathlib import Path

import pytest
from textual import events

from babilu.api import commands as c
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import conversation_of
from babilu.terminal.app.client_model import LAST_OPENED
from tests.unit.terminal.app.stage import NARROW, Stage, on_stage


def town() -> FakeClient:
    client = FakeClient(accounts=["zoe"])
    for name in ("bob", "dave", "carol"):
        client.add_contact(name)
        client.fill_history(name, 1, lambda _: "hello")
    return client


async def come_at_once(stage: Stage, *keys: str) -> None:
    """Let keys come in one read, as of a slow line, a paste or a macro."""
    for key in keys:
        stage.app.post_message(events.Key(key, key if len(key) == 1 else None))
    await stage.settle()


@pytest.mark.parametrize("before", [(), ("ctrl+k",)], ids=["in one read with its letters", "before its letters"])
async def test_ctrl_k_opens_whom_was_typed(tmp_path: Path, before: tuple[str, ...]) -> None:
    async with on_stage(town(), tmp_path) as stage:
        await stage.open("carol")
        await stage.press(*before)
        await come_at_once(stage, *([] if before else ["ctrl+k"]), *"bob", "enter", *"for bob", "enter")
        assert [message.text for message in stage.client.messages("bob")][1:] == ["for bob"]
        assert len(stage.client.messages("carol")) == 1


async def test_a_cursor_key_behind_letters_moves_among_what_fits_to_them(tmp_path: Path) -> None:
    client = town()
    client.add_contact("bobby")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("carol")
        await come_at_once(stage, "ctrl+k", *"bob", "down", "enter")
        assert stage.app.client_model.current == "bobby"


async def test_ctrl_p_does_what_was_typed(tmp_path: Path) -> None:
    async with on_stage(town(), tmp_path) as stage:
        await come_at_once(stage, "ctrl+p", *"password", "enter")
        assert stage.shows("Present password")


async def test_enter_waits_for_what_is_looked_for(tmp_path: Path) -> None:
    client = town()
    client.fill_history("bob", 3, "needle {}".format)
    async with on_stage(client, tmp_path) as stage:
        client.hold(c.Search)
        await come_at_once(stage, "ctrl+r", *"needle 1", "enter")
        client.release(c.Search)
        await stage.settle()
        assert stage.main.history.selected is not None
        assert stage.main.history.selected.text == "needle 1"


async def test_letters_before_a_key_that_changes_the_conversation_stay_where_they_were_typed(tmp_path: Path) -> None:
    async with on_stage(town(), tmp_path) as stage:
        await stage.open("bob")
        await come_at_once(stage, *"for bob", "alt+down", *"for another", "enter")
        other = stage.app.client_model.current
        assert other != "bob"
        assert stage.client.messages(other)[-1].text == "for another"
        await stage.open("bob")
        assert stage.main.composer.text == "for bob"


async def test_a_row_that_enter_opens_gets_the_letters_behind_it(tmp_path: Path) -> None:
    async with on_stage(town(), tmp_path) as stage:
        await stage.open("bob")
        stage.main.list.focus()
        await stage.press("up", "up", "up", "up")
        name = stage.main.list.row.contact.name  # type: ignore[union-attr]  # there are no requests
        await come_at_once(stage, "enter", *"for you", "enter")
        assert stage.client.messages(name)[-1].text == "for you"


async def test_a_key_that_changes_the_text_is_not_overtaken_by_the_letters_behind_it(tmp_path: Path) -> None:
    async with on_stage(town(), tmp_path) as stage:
        await stage.open("bob")
        await come_at_once(stage, "a", "b", "backspace", "c", "left", "d")
        assert stage.main.composer.text == "adc"
        await stage.press("ctrl+t")
        await come_at_once(stage, *"nobody", "ctrl+u", *"carol", "home", "backspace", "enter")
        assert stage.app.client_model.current == "carol"


@pytest.mark.parametrize("text", ["/verify bob", "a draft not sent, n?", "q p m d"])
@pytest.mark.parametrize("place", ["messages", "list", "after a sheet"])
async def test_letters_that_are_typed_anywhere_go_into_the_field(tmp_path: Path, text: str, place: str) -> None:
    async with on_stage(town(), tmp_path) as stage:
        await stage.open("bob")
        match place:
            case "messages":
                await stage.press("escape")
            case "list":
                stage.main.list.focus()
            case _:
                await stage.press("escape", "enter", "escape")
        await come_at_once(stage, *text)
        assert stage.main.composer.text == text
        assert stage.main.focused is stage.main.composer
        assert stage.app.client_model.current == "bob"


async def test_what_was_written_before_anybody_was_chosen_comes_along(tmp_path: Path) -> None:
    async with on_stage(town(), tmp_path) as stage:
        await stage.press(*"Yes!", "enter")
        assert stage.shows("Choose a conversation first")
        assert stage.main.composer.text == "Yes!"
        await stage.press("ctrl+k", *"bob", "enter")
        assert stage.main.composer.text == "Yes!"
        assert not stage.shows("Choose a conversation first")
        await stage.press("enter")
        assert stage.client.messages("bob")[-1].text == "Yes!"
        await stage.open("carol")
        assert stage.main.composer.text == ""


async def test_what_was_written_to_nobody_comes_behind_a_draft(tmp_path: Path) -> None:
    client = town()
    client.request(c.SetDraft("bob", "kept")).result()
    async with on_stage(client, tmp_path) as stage:
        await stage.press(*"Yes!")
        await stage.open("bob")
        assert stage.main.composer.text == "kept\nYes!"


async def test_the_conversation_that_was_open_last_is_open_again(tmp_path: Path) -> None:
    client = town()
    client.request(c.StoreValue(LAST_OPENED, conversation_of("dave").hex())).result()
    client.hold(c.ReadValue)
    async with on_stage(client, tmp_path) as stage:
        assert stage.app.client_model.current == ""
        await stage.press(*"typed while it opened")
        client.release(c.ReadValue)
        await stage.settle()
        assert stage.app.client_model.current == "dave"
        assert stage.main.composer.text == "typed while it opened"
        await stage.open("bob")
    assert c.StoreValue(LAST_OPENED, conversation_of("bob").hex()) in client.commands


async def test_the_only_conversation_is_open_from_the_beginning_and_no_other(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "hello")
    async with on_stage(client, tmp_path) as stage:
        assert stage.app.client_model.current == "bob"
    async with on_stage(town(), tmp_path) as stage:
        assert stage.app.client_model.current == ""


async def test_what_is_opened_by_hand_is_not_left_for_the_one_that_was_open_last(tmp_path: Path) -> None:
    client = town()
    client.request(c.StoreValue(LAST_OPENED, conversation_of("dave").hex())).result()
    client.hold(c.ReadValue)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        client.release(c.ReadValue)
        await stage.settle()
        assert stage.app.client_model.current == "bob"


async def test_a_paste_goes_into_the_field_from_anywhere(tmp_path: Path) -> None:
    async with on_stage(town(), tmp_path) as stage:
        await stage.open("bob")
        await stage.press("escape")
        stage.app.post_message(events.Paste("two\r\nlines\x1b[2J"))
        await stage.settle()
        assert stage.main.composer.text == "two\nlines[2J"


async def test_letters_on_the_list_of_a_narrow_screen_go_into_the_field_that_is_behind_it(tmp_path: Path) -> None:
    async with on_stage(town(), tmp_path, size=NARROW) as stage:
        await stage.open("bob")
        await stage.press("escape", "escape")
        assert stage.main.focused is stage.main.list
        await come_at_once(stage, *"hello")
        assert stage.main.composer.text == "hello"
        assert stage.shows("hello")


async def test_commands_are_listed_while_their_first_letters_are_typed(tmp_path: Path) -> None:
    async with on_stage(town(), tmp_path) as stage:
        await stage.open("carol")
        await stage.press("/")
        assert stage.shows("/accept")
        assert stage.shows("more")
        await stage.press(*"hang")
        assert stage.shows("/hangup")
        assert not stage.shows("/accept")
        await stage.press(*"up carol")
        assert stage.shows("/hangup")
        await stage.press("enter")
        assert not stage.shows("/hangup")


async def test_a_command_is_listed_by_its_name_also_where_what_it_does_does_not_fit(tmp_path: Path) -> None:
    async with on_stage(town(), tmp_path, size=(60, 20)) as stage:
        await stage.open("carol")
        await stage.press(*"/certificate")
        assert stage.shows("/certificate FINGERPRINT   know the relay")


async def test_a_text_lists_no_commands(tmp_path: Path) -> None:
    async with on_stage(town(), tmp_path) as stage:
        await stage.open("carol")
        for text in ("//accept", "either/or"):
            stage.app.main.composer.fill(text)
            await stage.settle()
            assert not stage.app.main.writing.hints.display


async def test_an_invitation_is_shown_until_it_is_closed_and_can_be_copied(tmp_path: Path) -> None:
    async with on_stage(town(), tmp_path) as stage:
        await come_at_once(stage, *"/invite", "enter")
        assert stage.shows("babilu://127.0.0.1:5050/#")
        assert stage.shows("Copy")


async def test_letters_behind_an_enter_go_into_the_next_field_of_a_form(tmp_path: Path) -> None:
    client = town()
    client.groups.begin("Picnic", "bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("#picnic")
        await stage.press("ctrl+p", *"links to", "enter", "enter")
        await come_at_once(stage, "5", "enter", "backspace", "2", "enter")
        assert c.MakeGroupLink("#picnic", 5, approval=False, hours=48) in client.commands


async def test_a_group_is_started_with_title_and_people_that_come_at_once(tmp_path: Path) -> None:
    client = town()
    async with on_stage(client, tmp_path) as stage:
        await come_at_once(stage, "ctrl+g", *"Picnic", "enter", *"car", "enter", *"bob", "enter", "enter")
        assert c.StartGroup("Picnic", ("carol", "bob")) in client.commands


async def test_keys_behind_the_one_that_shows_a_group_are_for_what_it_shows(tmp_path: Path) -> None:
    client = town()
    client.groups.begin("Picnic", "bob", "carol")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("#picnic")
        await come_at_once(stage, "f2", "enter", *"car", "enter")
        assert stage.shows("not compared yet")
        assert stage.main.composer.text == ""
