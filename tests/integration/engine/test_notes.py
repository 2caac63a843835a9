"""Notes to oneself: a conversation like others for whoever writes it, of which nothing goes to anybody."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import babilu
from babilu.api import commands as c
from babilu.api import events, views
from babilu.api.client import DirectProfile
from babilu.crypto.secret import Passphrase
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, TrustError, UsageError
from babilu.kernel.ids import IdentityKey, MessageId, notes_id
from babilu.kernel.states import ConversationKind, MessageState
from tests.integration.engine.party import Party, WrongClock

NOTES = views.NOTES_LABEL
HOUR = 3_600_000


def open_alice(home: Path, clock: WrongClock | None = None) -> Party:
    return Party(home, DirectProfile("alice", Passphrase("passphrase of alice"), None), clock=clock)


@pytest.fixture
def alice(tmp_path: Path) -> Iterator[Party]:
    party = open_alice(tmp_path)
    yield party
    party.close()


def row(party: Party) -> views.ConversationView:
    (found,) = (each for each in party.ask(c.Conversations()) if each.kind is ConversationKind.NOTES)
    return found


def the(party: Party, message: MessageId) -> views.MessageView:
    return party.ask(c.MessageInfo(message)).message


def refusal(party: Party, command: c.Command[object]) -> BabiluError:
    with pytest.raises(BabiluError) as refused:
        party.ask(command)
    return refused.value


def rows_for_others(party: Party) -> int:
    """Count what is to be sent to anybody, or waits to be encrypted."""
    with party.engine._base.database.read() as unit:
        return sum(
            unit.statements.number(f"SELECT count(*) FROM {table}") for table in ("outbox", "own_action", "delivery")
        )


def test_a_new_profile_has_notes_under_the_id_of_its_identity(alice: Party) -> None:
    notes = row(alice)
    assert (notes.label, notes.contact, notes.last, notes.unread) == (NOTES, None, None, 0)
    own = IdentityKey(bytes.fromhex(alice.ask(c.Status()).safety_key))
    assert notes.id == notes_id(own)


def test_a_note_is_delivered_with_its_commit_under_its_label_and_its_id(alice: Party) -> None:
    first = alice.send(NOTES, "buy bread")
    second = alice.send("#Notes", "and milk")
    third = alice.send(row(alice).id.hex(), "and salt")
    for note in (first, second, third):
        assert (note.state, note.conversation, note.conversation_id) == (MessageState.DELIVERED, NOTES, row(alice).id)
        assert (note.sender, note.outgoing, note.unread) == ("alice", True, False)
        alice.until_state(note.id, MessageState.DELIVERED)
    assert alice.texts(NOTES) == ["buy bread", "and milk", "and salt"]
    assert row(alice).last == third
    assert rows_for_others(alice) == 0
    assert alice.ask(c.MessageInfo(first.id)).devices == ()
    assert alice.ask(c.Status()).queued == 0


def test_what_one_does_to_a_note_shows_and_goes_to_nobody(alice: Party) -> None:
    first = alice.send(NOTES, "buy bread")
    answer = alice.ask(c.Send(NOTES, "two of it, @alice", reply_to=first.id, mentions=("alice",)))
    assert answer.reply_to == views.QuoteView(first.id, "alice", "buy bread", known=True)
    assert [each.name for each in answer.mentions] == ["alice"]
    assert not answer.mentioned

    assert alice.ask(c.EditMessage(first.id, "buy rye bread")).text == "buy rye bread"
    assert [each.text for each in alice.ask(c.Wordings(first.id))] == ["buy bread", "buy rye bread"]
    assert alice.ask(c.SetReactions(first.id, ("👍",))).reactions == (views.ReactionView("👍", ("alice",)),)
    assert alice.ask(c.PinMessage(first.id)) == views.PinView(first.id, NOTES, row(alice).id, "alice", on=True)
    assert [each.id for each in alice.ask(c.Pins(NOTES))] == [first.id]
    assert alice.ask(c.SetTimer(NOTES, 86_400)) == views.TimerView(NOTES, row(alice).id, "alice", 86_400)
    assert alice.send(NOTES, "gone soon").timer == row(alice).timer == 86_400

    assert alice.hear(events.MessageEdited).message.text == "buy rye bread"
    assert alice.hear(events.TimerChanged).timer.seconds == 86_400
    assert rows_for_others(alice) == 0
    assert refusal(alice, c.Send(NOTES, "@bob", mentions=("bob",))).code is ErrorCode.USAGE


@pytest.mark.parametrize("for_all", [False, True])
def test_a_deleted_note_is_gone_for_all_as_for_oneself(alice: Party, *, for_all: bool) -> None:
    note = alice.send(NOTES, "buy bread")
    answer = alice.ask(c.Send(NOTES, "two", reply_to=note.id))
    alice.ask(c.DeleteMessage(note.id, for_all=for_all))
    assert alice.texts(NOTES) == ["two"]
    assert the(alice, answer.id).reply_to == views.QuoteView(note.id, "", "", known=True)
    told = alice.hear(events.MessageDeleted)
    assert (told.message, told.conversation, told.sender, told.for_all) == (note.id, NOTES, "alice", False)
    assert alice.ask(c.Search("bread")) == ()
    assert rows_for_others(alice) == 0


def test_a_note_is_forwarded_to_notes(alice: Party) -> None:
    note = alice.send(NOTES, "buy bread")
    (copied,) = alice.ask(c.Forward(note.id, (NOTES,)))
    assert (the(alice, copied).text, the(alice, copied).forwarded) == ("buy bread", True)
    assert the(alice, copied).state is MessageState.DELIVERED


def test_what_is_set_for_notes_stays_with_them(alice: Party) -> None:
    note = alice.send(NOTES, "buy bread")
    alice.ask(c.SetDraft(NOTES, "and", note.id))
    alice.ask(c.SetPinned(NOTES, pinned=True))
    alice.ask(c.SetMuted(NOTES, muted=True))
    alice.ask(c.MarkUnread(NOTES))
    now = row(alice)
    assert (now.draft, now.draft_reply, now.pinned, now.muted, now.marked_unread) == ("and", note.id, True, True, True)
    assert alice.ask(c.MarkRead(NOTES)) == 0
    assert not row(alice).marked_unread
    alice.ask(c.SetMuted(NOTES, muted=False))
    alice.ask(c.SetArchived(NOTES, archived=True))
    assert row(alice).archived
    alice.send(NOTES, "and milk")
    assert not row(alice).archived
    assert [each.text for each in alice.ask(c.Search("bread", NOTES))] == ["buy bread"]
    assert alice.ask(c.ClearConversation(NOTES)) == 2
    assert alice.texts(NOTES) == []


def test_a_note_with_a_timer_is_gone_in_time(alice: Party) -> None:
    alice.ask(c.SetTimer(NOTES, 1))
    note = alice.send(NOTES, "soon over")
    assert note.expires_at == note.at + 1_000
    assert alice.hear(events.ClockStarted).message == note.id
    assert alice.hear(events.MessageExpired).conversation == NOTES
    assert alice.texts(NOTES) == []


def test_a_note_is_written_later(tmp_path: Path) -> None:
    alice = open_alice(tmp_path)
    now = alice.engine._base.clock.now_ms()
    kept = alice.ask(c.Schedule(NOTES, "tomorrow", now + 2 * HOUR))
    alice.ask(c.Schedule(NOTES, "at once", now + 3 * HOUR))
    assert (kept.conversation, kept.conversation_id) == (NOTES, row(alice).id)
    alice.ask(c.SendNow(kept.number + 1))
    alice.close()
    again = open_alice(tmp_path, WrongClock(2 * HOUR))
    again.until(lambda: again.texts(NOTES) == ["at once", "tomorrow"], "the note")
    assert again.ask(c.Scheduled()) == ()
    again.close()


ABOUT_PEOPLE: tuple[c.Command[object], ...] = (
    c.Verify(NOTES),
    c.MarkVerified(NOTES),
    c.TrustIdentity(NOTES),
    c.RejectIdentity(NOTES),
    c.Block(NOTES),
    c.Unblock(NOTES),
    c.AllowDirect(NOTES, allowed=True),
    c.Rename(NOTES, "carla"),
    c.Accept(NOTES),
    c.HangUp(NOTES),
    c.Typing(NOTES),
    c.SetReceipts(NOTES, read=False),
    c.ReceiptSettings(NOTES),
)


@pytest.mark.parametrize("command", ABOUT_PEOPLE, ids=lambda command: type(command).__name__)
def test_what_concerns_a_person_is_refused_with_notes(alice: Party, command: c.Command[object]) -> None:
    refused = refusal(alice, command)
    assert (type(refused), refused.code) == (UsageError, ErrorCode.USAGE)
    assert "Notes are with yourself" in refused.text


def test_a_note_is_not_sent_again_and_is_for_oneself_alone(alice: Party) -> None:
    note = alice.send(NOTES, "buy bread")
    assert refusal(alice, c.Retry(note.id)).code is ErrorCode.USAGE
    wrong = refusal(alice, c.Send(NOTES, "hello", identity=IdentityKey(bytes(32))))
    assert (type(wrong), wrong.code) == (TrustError, ErrorCode.MISMATCH)
    assert refusal(alice, c.Send(NOTES, "hm", reply_to=MessageId(bytes(16)))).code is ErrorCode.NOT_FOUND
    assert refusal(alice, c.EditMessage(MessageId(bytes(16)), "hm")).code is ErrorCode.NOT_FOUND
    assert alice.texts(NOTES) == ["buy bread"]


def test_notes_go_on_after_a_profile_was_set_back(tmp_path: Path) -> None:
    alice = open_alice(tmp_path / "alice")
    note, place, device = alice.send(NOTES, "buy bread"), row(alice), alice.engine._base.own.device
    alice.close()
    shutil.copytree(tmp_path / "alice", tmp_path / "copy")
    open_alice(tmp_path / "alice").close()
    (kept,) = (tmp_path / "copy").glob("*.db")
    shutil.copy(kept, tmp_path / "alice" / kept.name)
    again = open_alice(tmp_path / "alice")
    assert again.engine._base.own.device != device
    assert (row(again).id, again.texts(NOTES)) == (place.id, ["buy bread"])
    assert the(again, note.id).state is MessageState.DELIVERED
    assert again.ask(c.EditMessage(note.id, "buy rye bread")).text == "buy rye bread"
    again.close()


WRITER = """
import os, sys
from pathlib import Path
from babilu.api.commands import Send
from babilu.api.client import DirectProfile
from babilu.crypto.secret import Passphrase
from babilu.engine.profile.factory import EngineFactory
from babilu.system import SystemClock, SystemRandomness

factory = EngineFactory(Path(sys.argv[1]), SystemClock(), SystemRandomness())
profile = DirectProfile("alice", Passphrase("passphrase of alice"))
client = factory.open(profile, lambda cursor, event: None).result(30)
print(client.request(Send("#notes", "buy bread")).result(30).id.hex(), flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.mark.usefixtures("profile_of_another_process")
def test_a_note_survives_a_kill_right_after_its_answer(tmp_path: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", WRITER, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(Path(babilu.__file__).parent.parent)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    alice = open_alice(tmp_path)
    (note,) = alice.ask(c.History(NOTES)).messages
    assert (note.id.hex(), note.text, note.state) == (killed.stdout.strip(), "buy bread", MessageState.DELIVERED)
    alice.close()


def test_a_profile_without_notes_gets_them_when_it_is_opened(tmp_path: Path) -> None:
    alice = open_alice(tmp_path)
    with alice.engine._base.database.write() as unit:
        unit.statements.run("DELETE FROM conversation WHERE kind = 'notes'")
    with pytest.raises(DeliveryError):
        alice.send(NOTES, "buy bread")
    alice.close()
    again = open_alice(tmp_path)
    assert again.send(NOTES, "buy bread").state is MessageState.DELIVERED
    again.close()
