"""One answers, edits, reacts, forwards and deletes by keys on the message that is selected."""

from pathlib import Path

import pytest

from babilu.api import commands as c
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import START_MS, conversation_of
from babilu.kernel.errors import DeliveryError, ErrorCode
from babilu.kernel.states import MessageState
from tests.unit.terminal.app.stage import NARROW, on_stage

HOUR_MS = 3_600_000


async def test_r_replies_and_esc_leaves_the_reply_and_keeps_the_text(tmp_path: Path) -> None:
    client = FakeClient()
    question = client.receive("bob", "when *then*?")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("escape", "r")
        assert stage.shows("↩ Reply to bob: when then?")
        await stage.press(*"seven", "escape")
        assert not stage.shows("Reply to bob")
        assert stage.main.composer.text == "seven"
        await stage.press("escape", "r", "enter")
        sent = client.messages("bob")[-1]
        assert sent.reply_to is not None
        assert (sent.text, sent.reply_to.id) == ("seven", question.id)
        assert not stage.shows("Reply to bob")
        await stage.press(*"and more", "enter")
        assert client.messages("bob")[-1].reply_to is None


async def test_a_reply_to_files_alone_names_them(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "", files=(("plan.pdf", 9),))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("escape", "r")
        assert stage.shows("↩ Reply to bob: plan.pdf")


async def test_a_draft_keeps_its_reply_while_one_is_elsewhere(tmp_path: Path) -> None:
    client = FakeClient()
    question = client.receive("bob", "when?")
    client.add_contact("carol")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("escape", "r", *"seven")
        await stage.open("carol")
        assert not stage.shows("Reply to")
        await stage.press(*"hello", "enter")
        assert client.messages("carol")[-1].reply_to is None
        await stage.open("bob")
        assert stage.shows("Reply to bob: when?")
        assert stage.main.composer.text == "seven"
        assert c.SetDraft(conversation_of("bob").hex(), "seven", question.id) in client.commands


async def test_what_a_draft_replies_to_is_known_again_at_the_next_start(tmp_path: Path) -> None:
    client = FakeClient()
    question = client.receive("bob", "when?")
    client.request(c.SetDraft("bob", "seven", question.id)).result()
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        assert stage.main.composer.text == "seven"
        assert stage.shows("Reply to bob: when?")
        await stage.press("enter")
        sent = client.messages("bob")[-1]
        assert sent.reply_to is not None
        assert sent.reply_to.id == question.id


async def test_nothing_more_is_shown_above_the_field_of_a_message_that_was_deleted_for_all(tmp_path: Path) -> None:
    client = FakeClient()
    question = client.receive("bob", "the secret?")
    gone = client.receive("bob", "it disappears")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("escape", "r")
        assert stage.shows("Reply to bob: it disappears")
        client.expire(gone.id)
        await stage.settle()
        assert not stage.shows("it disappears")
        await stage.press("escape", "escape", "r", *"no")
        client.add_contact("carol")
        await stage.open("carol")
        client.delete_for_all("bob", question.id)
        await stage.settle()
        await stage.open("bob")
        assert not stage.shows("the secret")
        assert stage.main.composer.text == "no"


async def test_a_reply_that_could_not_be_sent_comes_back_as_one(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "when?")
    client.fail_next(c.Send, DeliveryError(ErrorCode.BLOCKED, "This contact is blocked."))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("escape", "r", *"seven", "enter")
        assert stage.main.composer.text == "seven"
        assert stage.shows("Reply to bob: when?")
        assert stage.shows("This contact is blocked.")


async def test_up_in_an_empty_field_edits_the_last_own_message_and_says_how_long_one_may(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.write("sevn")
        client.receive("bob", "what?")
        await stage.settle()
        await stage.press("up")
        assert stage.main.composer.text == "sevn"
        assert stage.shows("Another wording; 23 h left")
        await stage.press("backspace", *"en", "enter")
        assert client.messages("bob")[0].text == "seven"
        assert stage.shows("edited")
        assert stage.main.composer.text == ""
        assert not stage.shows("Another wording")
        assert len(client.messages("bob")) == 2


async def test_an_edit_that_is_left_gives_back_what_was_being_written(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.write("one")
        await stage.press(*"a draft", "escape", "e")
        assert stage.main.composer.text == "one"
        await stage.press(*"!!", "escape")
        assert stage.main.composer.text == "a draft"
        assert client.messages("bob")[0].text == "one"
        await stage.press("escape", "e", *"/x", "enter")
        assert client.messages("bob")[0].text == "one/x"
        assert stage.main.composer.text == "a draft"
        drafts = [command.text for command in client.commands if isinstance(command, c.SetDraft)]
        assert "one!!" not in drafts


async def test_what_cannot_be_edited_says_why(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "theirs")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("escape", "e")
        assert stage.shows("Only your own messages can be edited.")
        await stage.press("escape")
        await stage.write("mine")
        client.shape(client.messages("bob")[-1].id, editable_until=START_MS)
        client.advance(client.messages("bob")[-1].id, MessageState.READ)
        stage.app.client_model.newest()
        await stage.settle()
        await stage.press("escape", "e")
        assert stage.shows("This message can no longer be edited.")
        await stage.press("escape", "up")
        assert stage.main.focused is stage.main.history


async def test_a_reaction_is_found_by_its_name_toggled_and_remembered(tmp_path: Path) -> None:
    client = FakeClient()
    message = client.receive("bob", "done")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("escape", "plus")
        assert stage.shows("👍  thumbs up")
        await stage.press(*"party pop", "enter")
        assert stage.shows("🎉 1")
        await stage.press("plus")
        assert stage.shows("✓")
        await stage.press("enter")
        assert client.messages("bob")[0].reactions == ()
        assert c.SetReactions(message.id, ("🎉",), conversation_of("bob").hex()) in client.commands
    async with on_stage(client_again(client), tmp_path) as stage:
        await stage.open("bob")
        await stage.press("escape", "plus", "enter")
        assert stage.shows("🎉 1")


def client_again(client: FakeClient) -> FakeClient:
    """Give the same profile in another run."""
    again = FakeClient()
    again.receive("bob", "done")
    kept = [command for command in client.commands if isinstance(command, c.StoreValue)]
    for command in kept:
        again.request(command).result()
    return again


async def test_who_reacted_is_told_with_the_rest_that_is_known(tmp_path: Path) -> None:
    client = FakeClient()
    message = client.receive("bob", "done")
    client.react("bob", message.id, "👍")
    client.react("alice", message.id, "👍")
    client.edit("bob", message.id, "done, now")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("escape", "i")
        rows = [" ".join(row.strip(" │").split()) for row in stage.rows()]
        assert any("👍 You, bob" in row for row in rows)
        assert any("edited on Today" in row for row in rows)


async def test_y_copies_a_text_as_it_came_and_code_with_every_byte(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "plain *as* it came")
    client.receive("bob", "```\nif  x:\n\tpass\n```")
    client.receive("bob", "see:\n```\ny = 1 \n```")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("escape", "y", "down", "enter")
        assert stage.app.clipboard == "y = 1 "
        await stage.press("y", "enter")
        assert stage.app.clipboard == "see:\n```\ny = 1 \n```"
        await stage.press("up", "y")
        assert stage.app.clipboard == "if  x:\n\tpass"
        await stage.press("up", "y")
        assert stage.app.clipboard == "plain *as* it came"


async def test_p_pins_a_message_for_all_and_takes_that_back(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "the address")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("escape", "p")
        assert client.messages("bob")[0].pinned
        assert stage.shows("Pinned for all; p takes it back.")
        await stage.press("p")
        assert not client.messages("bob")[0].pinned


@pytest.mark.parametrize(("turns", "left"), [(1, []), (2, ["", True])])
async def test_an_own_message_is_deleted_here_or_for_all_and_the_dialog_says_what_that_means(
    tmp_path: Path, turns: int, left: list[object]
) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path, size=NARROW) as stage:
        await stage.open("bob")
        await stage.write("wrong window")
        await stage.press("escape", "d")
        assert stage.shows("Somebody may have seen")
        await stage.press(*["right"] * turns, "enter")
        remaining = [part for message in client.messages("bob") for part in (message.text, message.deleted)]
        assert remaining == left
        assert not stage.shows("wrong window")


async def test_a_message_is_forwarded_to_several(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "the news")
    for name in ("carol", "dave", "erin"):
        client.add_contact(name)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("escape", "f", *"car", "tab", *["backspace"] * 3, *"eri", "tab")
        assert stage.shows("2 marked; Enter forwards")
        await stage.press("enter")
        assert stage.shows("Forwarded 2 times.")
        assert [m.forwarded for m in (*client.messages("carol"), *client.messages("erin"))] == [True, True]
        assert client.messages("dave") == ()
        await stage.press("f", *"dave", "enter")
        assert [message.text for message in client.messages("dave")] == ["the news"]


async def test_every_wording_of_a_message_can_be_looked_at(tmp_path: Path) -> None:
    client = FakeClient()
    message = client.receive("bob", "first words")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("escape", "w")
        assert stage.shows("This message was never edited.")
        client.edit("bob", message.id, "other words")
        await stage.settle()
        await stage.press("w")
        assert stage.shows("first words")
        assert stage.shows("other words")


async def test_of_what_was_deleted_there_is_nothing_to_answer(tmp_path: Path) -> None:
    client = FakeClient()
    message = client.receive("bob", "gone")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        client.delete_for_all("bob", message.id)
        await stage.settle()
        await stage.press("escape", "r")
        assert stage.shows("There is nothing left of this.")
        assert stage.main.focused is stage.main.history


async def test_typing_is_told_once_in_three_seconds_and_never_for_a_draft_or_a_command(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    client.request(c.SetDraft("bob", "kept")).result()
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        assert c.Typing(conversation_of("bob").hex()) not in client.commands
        stage.main.composer.fill("")
        await stage.press(*"/help")
        assert c.Typing(conversation_of("bob").hex()) not in client.commands
        stage.main.composer.fill("")
        await stage.press(*"hello")
        assert client.commands.count(c.Typing(conversation_of("bob").hex())) == 1


async def test_a_mention_is_completed_and_sent_as_one(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press(*"ask @b", "tab", *"about it", "enter")
        sent = client.messages("bob")[-1]
        assert sent.text == "ask @bob about it"
        assert [mention.name for mention in sent.mentions] == ["bob"]
        assert (
            c.Send(conversation_of("bob").hex(), "ask @bob about it", sent.identity, None, ("bob",)) in client.commands
        )


async def test_the_palette_offers_what_can_be_done_with_the_message_that_is_selected(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "hello")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("ctrl+p", *"reply")
        assert not stage.shows("Reply to it")
        await stage.press("escape", "escape", "ctrl+p", *"reply to", "enter")
        assert stage.shows("Reply to bob: hello")
