"""A conversation has an id, which its events carry and every command takes in the place of the label."""

from pathlib import Path

import pytest

from babilu.api import commands, events
from babilu.engine.commands.queries import MESSAGES_AT_ONCE
from babilu.kernel.errors import DeliveryError, ErrorCode, UsageError
from babilu.kernel.ids import MessageId, conversation_id
from tests.integration.engine.party import befriend, direct


def test_commands_take_the_id_of_a_conversation_which_is_the_same_at_both_ends(tmp_path: Path) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        befriend(bob, alice)
        own, bobs = alice.ask(commands.Status()), alice.contact("bob").identity
        with_bob = conversation_id(bytes.fromhex(own.safety_key), bobs)  # type: ignore[arg-type]  # as the api tells it
        named = with_bob.hex()
        said = alice.ask(commands.Send(named, "hi bob", bobs))
        assert (said.conversation, said.conversation_id) == ("bob", with_bob)
        bob.until_arrived("alice", ["hi bob"])
        (arrived,) = (each.message for each in bob.of(events.MessageArrived))
        assert (arrived.id, arrived.conversation, arrived.conversation_id) == (said.id, "alice", with_bob)
        for command in (
            commands.SetDraft(named, "almost"),
            commands.SetPinned(named, True),
            commands.SetMuted(named.upper(), True),
            commands.MarkRead(named),
            commands.Verify(named),
            commands.AllowDirect(named, True, bobs),
        ):
            alice.ask(command)
        (row,) = (each for each in alice.ask(commands.Conversations()) if each.id == with_bob)
        assert (row.label, row.draft, row.pinned, row.muted) == ("bob", "almost", True, True)
        page = alice.ask(commands.History(named))
        assert (page.conversation, page.conversation_id) == ("bob", with_bob)
        assert [each.text for each in alice.ask(commands.Search("hi bob", named))] == ["hi bob"]
        assert alice.ask(commands.MessageInfo(said.id, named)).message.conversation_id == with_bob
        alice.ask(commands.DeleteMessage(said.id, named))
        assert alice.hear(events.MessageDeleted).conversation_id == with_bob


def test_an_id_that_no_conversation_has_is_not_found_and_asked_of_nobody(tmp_path: Path) -> None:
    with direct(tmp_path, "alice") as (alice,):
        for command in (
            commands.Send("ab" * 32, "hi"),
            commands.History("ab" * 32),
            commands.Verify("ab" * 32),
            commands.Block("ab" * 32),
        ):
            with pytest.raises(DeliveryError) as refused:
                alice.ask(command)
            assert refused.value.code is ErrorCode.NOT_FOUND
            assert "of that id" in refused.value.text


def test_one_command_is_about_so_many_messages_and_no_more(tmp_path: Path) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        befriend(bob, alice)
        bob.ask(commands.Send("alice", "hi alice"))
        alice.until_arrived("bob", ["hi alice"])
        ids = [MessageId(number.to_bytes(16)) for number in range(MESSAGES_AT_ONCE + 1)]
        for command in (
            commands.History("bob", limit=MESSAGES_AT_ONCE + 1),
            commands.Search("hi", limit=MESSAGES_AT_ONCE + 1),
            commands.Search("hi", limit=0),
            commands.TakeUnshown(MESSAGES_AT_ONCE + 1),
            commands.TakeUnshown(0),
            commands.PutBack(tuple(ids)),
        ):
            with pytest.raises(UsageError):
                alice.ask(command)
        assert alice.ask(commands.Search("hi", limit=MESSAGES_AT_ONCE))
        assert "hi alice" in [each.text for each in alice.ask(commands.TakeUnshown(MESSAGES_AT_ONCE))]
        alice.ask(commands.PutBack(tuple(ids[1:])))
