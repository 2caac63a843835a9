"""What one says about messages, as people read and write it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import FileView, InspectedFileView, QuoteView, ReactionView
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_voice import voice_note
from babilu.kernel.errors import ErrorCode, LinkError
from babilu.kernel.ids import MessageId
from babilu.kernel.states import FileState, MessageState, PictureDetail, TextState, TransferState
from babilu.presentation.strings import Strings
from babilu.terminal.content_renderer import QUOTED_LETTERS, REACTIONS_SHOWN
from babilu.terminal.list_renderer import ListRenderer
from babilu.terminal.local_time import clock_of, day_of
from babilu.terminal.message_numbers import MessageNumbers
from babilu.terminal.style import Style
from babilu.terminal.tags import Tagged
from babilu.terminal.text_renderer import TextRenderer
from tests.unit.terminal.session import DEADLINE_S, Heard, Session, Step

HOSTILE = "\x1b[2J\u202e\x9b2J\n\x07\u2028"


@pytest.fixture
def client() -> Iterator[FakeClient]:
    made = FakeClient(accounts=["robert"])
    made.add_contact("bob")
    made.add_contact("carol")
    yield made
    made.close()


@pytest.fixture
def session(client: FakeClient) -> Session:
    return Session(client, json_output=False)


def count(session: Session, text: str) -> int:
    return sum(text in line for line in session.heard.lines)


def test_messages_are_named_by_the_numbers_they_were_shown_with(client: FakeClient, session: Session) -> None:
    session.run(
        lambda: client.receive("bob", "tea?"),
        session.reads("bob: tea?  #1"),
        "@carol hi",
        session.reads("→ carol: hi  #2 ·"),
        "/reply 1 yes!",
        session.reads("→ bob: yes!  #3"),
        "/react #1 👍 🎉",
        "/edit #3 yes,  please",
        "/pin #1",
        "/unpin #1",
        "/forward #1 carol",
        session.reads("→ carol: tea?"),
        "/delete #3 all",
        session.reads("You deleted #3 for all"),
    )
    tea, yes = (message.id for message in client.messages("bob"))
    orders = [command for command in client.commands if not isinstance(command, c.MarkRead | c.Contacts)]
    sent = [each for each in orders if isinstance(each, c.Send)]
    assert [(each.to, each.text, each.reply_to) for each in sent] == [("carol", "hi", None), ("bob", "yes!", tea)]
    for order in (
        c.SetReactions(tea, ("👍", "🎉"), "bob"),
        c.EditMessage(yes, "yes,  please", (), "bob"),
        c.PinMessage(tea, on=True, conversation="bob"),
        c.PinMessage(tea, on=False, conversation="bob"),
        c.Forward(tea, ("carol",), "bob"),
        c.DeleteMessage(yes, "bob", for_all=True),
    ):
        assert order in orders
    for said in (
        "In reply to bob: tea?",
        "Reactions to #1: 👍 alice  🎉 alice",
        "You edited #3: yes,  please",
        "You pinned #1.",
        "You unpinned #1.",
        "You deleted #3 for all; somebody may have seen or kept it.",
    ):
        assert count(session, said) == 1, said
    assert session.complaints.lines == []


def test_what_others_do_to_messages_is_said_in_a_sentence_each(client: FakeClient, session: Session) -> None:
    client.fill_history("bob", 2)
    theirs, own = (message.id for message in client.messages("bob"))
    session.run(
        "/history bob",
        session.reads("message 1"),
        lambda: client.edit("bob", theirs, "one\ntwo"),
        lambda: client.react("bob", own, "👍"),
        lambda: client.react("bob", own),
        lambda: client.pin("bob", own),
        lambda: client.pin("bob", own, on=False),
        lambda: client.set_timer("bob", 7_200),
        lambda: client.set_timer("bob", None),
        lambda: client.type("bob"),
        lambda: client.delete_for_all("bob", theirs),
        lambda: client.expire(own),
        session.reads("Disappeared: #2 · bob"),
    )
    edited = next(place for place, line in enumerate(session.heard.lines) if "bob edited #1: one" in line)
    assert session.heard.lines[edited + 1] == "      two"
    for said in (
        "bob pinned #2.",
        "bob unpinned #2.",
        "bob has new messages disappear after 2 hours.",
        "bob lets new messages stay.",
        "bob deleted #1 for all.",
    ):
        assert count(session, said) == 1, said
    assert count(session, "typ") == 0


def test_of_several_reactions_in_a_row_the_last_is_said_in_one_line(client: FakeClient) -> None:
    client.fill_history("bob", 1)
    message = client.messages("bob")[0].id

    strings, numbers, heard = Strings(), MessageNumbers(), Heard()
    style = Style(colour=False, encoding="utf-8")
    renderer = TextRenderer(heard, heard, strings, style, numbers)
    for emoji in ("👍", "🎉", "😢"):
        renderer.event(Tagged(e.ReactionsChanged(client.react("bob", message, emoji))))
    renderer.flush()
    assert heard.lines == ["· Reactions to #1: 😢 bob"]


def test_of_many_reactions_the_first_are_shown(client: FakeClient, session: Session) -> None:
    client.fill_history("bob", 1)
    message = client.messages("bob")[0].id
    many = tuple(ReactionView(chr(0x1F600 + n), ("bob",)) for n in range(REACTIONS_SHOWN + 5))
    client.shape(message, reactions=many)
    session.run("/history bob", session.reads(f"{many[0].emoji} bob"))
    (line,) = [line for line in session.heard.lines if many[0].emoji in line]
    assert many[REACTIONS_SHOWN - 1].emoji in line
    assert many[REACTIONS_SHOWN].emoji not in line


def test_a_history_shows_what_has_become_of_messages(client: FakeClient, session: Session) -> None:
    client.fill_history("bob", 4)
    one, two, three, four = client.messages("bob")
    client.edit("bob", one.id, "better")
    client.react("bob", two.id, "👍")
    client.pin("bob", two.id)
    client.delete_for_all("bob", three.id)
    client.shape(four.id, forwarded=True, timer=30)
    session.run(
        "/history bob", session.reads("message 3"), "/wordings #1", "/pins bob", session.reads("message 0"), "/help"
    )
    lines = session.heard.lines
    edited = next(line for line in lines if "bob: better  #1" in line)
    assert "(edited " in edited
    assert any(line.endswith("(pinned)") for line in lines)
    assert "      👍 bob" in lines
    assert any(line.endswith("bob: (deleted)  #3") for line in lines)
    assert any(line.endswith("(forwarded, disappears after 30 seconds)") for line in lines)
    wordings = [line for line in lines if line.startswith(f"  {day_of(one.at)} ")]
    assert [line.split("  ")[-1] for line in wordings] == ["message 0", "better"]


def test_a_reply_says_whose_words_it_quotes(client: FakeClient, session: Session) -> None:
    client.fill_history("bob", 2)
    theirs, own = (message.id for message in client.messages("bob"))
    client.shape(theirs, text="a long story\n" + "x" * 400)
    far = MessageId(bytes([255] * 16))
    gone = QuoteView(far, "", "", known=True)
    session.run(
        lambda: client.receive("bob", "to you", reply_to=own),
        lambda: client.receive("bob", "to myself", reply_to=theirs),
        lambda: client.receive("bob", "to what?", reply_to=far),
        lambda: client.receive("bob", "@alice!", mentions=("alice",)),
        session.reads("@alice!"),
        lambda: client.shape(client.messages("bob")[-1].id, reply_to=gone),
        "/history bob 1",
        session.reads("a message that is not here"),
    )
    lines = session.heard.lines
    for reply, quote in (
        ("to you", "· In reply to you: message 1"),
        ("to myself", "· In reply to bob: a long story "),
        ("to what?", "· In reply, as quoted by bob: what was written before"),
    ):
        place = next(place for place, line in enumerate(lines) if f"bob: {reply}" in line)
        assert lines[place - 1].startswith(quote)
        assert len(lines[place - 1]) < QUOTED_LETTERS + 40
    assert any(line.endswith("@alice!  #4  (mentions you)") for line in lines)


def test_a_reply_to_files_alone_names_them_and_the_status_says_which_the_relay_takes(
    client: FakeClient, session: Session
) -> None:
    one, two = (client.receive("bob", "", files=files) for files in ((("plan.pdf", 9),), (("a", 1), ("b", 2))))
    session.run(
        lambda: client.receive("bob", "the first", reply_to=one.id),
        lambda: client.receive("bob", "the others", reply_to=two.id),
        session.reads("the others"),
        "/status",
        session.reads("Files: up to"),
    )
    lines = session.heard.lines
    before = {
        reply: lines[place - 1] for place, line in enumerate(lines) for reply in ("first", "others") if reply in line
    }
    assert before["first"].endswith("In reply to bob: ↳ plan.pdf")
    assert before["others"].endswith("In reply to bob: ↳ 2 files")
    assert "  Files: up to 105 MB, 30 days on the relay." in lines


def test_a_transfer_says_which_of_several_files_has_ended(client: FakeClient, session: Session) -> None:
    one, two = (client.receive("bob", "", files=files) for files in ((("plan.pdf", 9),), (("a", 1), ("b", 2))))
    session.run(
        session.reads("b, 2 B"),
        lambda: client.move_file(one.id, 0, 9, TransferState.DONE),
        lambda: client.move_file(two.id, 1, 2, TransferState.DONE),
        session.reads("(file:1) is here"),
    )
    assert "· The file of #1 is here." in session.heard.lines
    assert "· The file of #2 (file:1) is here." in session.heard.lines


def test_a_picture_is_named_with_its_kind_and_its_sides(client: FakeClient, session: Session) -> None:
    photo = FileView(0, "walk.jpg", 1_500_000, "", FileState.OFFERED, 0, width=1600, height=1200)
    session.run(
        lambda: client.receive("bob", "", files=(photo, replace(photo, name="walk.jpg.exe"))),
        session.reads("walk.jpg.exe"),
    )
    times = "\N{MULTIPLICATION SIGN}"
    assert any(f"walk.jpg, 1.5 MB, JPG 1600{times}1200 (file:0)" in line for line in session.heard.lines)
    assert any("walk.jpg.exe, 1.5 MB (file:1)" in line for line in session.heard.lines)


def test_the_state_of_files_says_until_when_the_relay_has_them_and_who_cannot_fetch_them(
    client: FakeClient, session: Session
) -> None:
    client.fill_history("bob", 2)
    own = client.messages("bob")[1].id
    until = 1_900_000_000_000
    client.shape(own, files=(FileView(0, "plan.pdf", 9, "", FileState.SENT, 9, kept_until=until),))
    session.run("/history bob", session.reads("#2"), "/state #2", session.reads("plan.pdf: with"))
    told = f"  plan.pdf: with the relay until {day_of(until)} {clock_of(until)}"
    assert any(line.endswith(told) for line in session.heard.lines)


def test_how_long_a_message_stays_is_said_with_its_day_where_that_is_another(
    client: FakeClient, session: Session
) -> None:
    client.fill_history("bob", 1)
    far = 1_900_000_000_000
    client.shape(client.messages("bob")[0].id, timer=60, expires_at=far)
    session.run("/history bob", session.reads("message 0"))
    (line,) = (line for line in session.heard.lines if "message 0" in line)
    assert line.endswith(f"(here until {day_of(far)} {clock_of(far)})")


def test_nothing_that_others_say_about_messages_steers_the_terminal(client: FakeClient, session: Session) -> None:
    client.fill_history("bob", 2)
    theirs, own = (message.id for message in client.messages("bob"))
    claimed = QuoteView(own, f"eve{HOSTILE}", f"words{HOSTILE}", known=False)
    session.run(
        "/history bob",
        lambda: client.edit("bob", theirs, f"edited{HOSTILE}"),
        lambda: client.shape(theirs, reply_to=claimed, reactions=(ReactionView(f"👍{HOSTILE}", (HOSTILE,)),)),
        "/history bob",
        "/wordings #1",
        f"/schedule @bob 1d later{HOSTILE}",
        "/scheduled",
        f"/rename bob r{HOSTILE.replace(chr(10), '')}",
        "/pins bob",
        session.reads("later"),
    )
    everything = "".join([*session.heard.lines, *session.complaints.lines])
    assert "words" in everything
    assert not set(everything) & {chr(code) for code in [*range(0x20), *range(0x7F, 0xA0), 0x202E, 0x2028]}


def test_a_poor_encoding_gets_no_sign_of_ours_that_it_lacks(client: FakeClient) -> None:
    client.fill_history("bob", 2)
    message, reply = (each.id for each in client.messages("bob"))
    client.shape(reply, reply_to=QuoteView(message, "bob", "x" * 100, known=True))
    session = Session(client, json_output=False, style=Style(colour=False, encoding="ascii"))
    session.run("/history bob", session.reads("#2"), "/timer bob 1h", "/pin 1", "/unpin 1", session.reads("unpinned"))
    assert [line for line in session.heard.lines if not line.isascii()] == []


def test_every_command_about_messages_and_conversations_says_something(client: FakeClient, session: Session) -> None:
    client.fill_history("bob", 3)
    steps: list[Step] = []
    for line, said in [
        ("/to bob", "now goes to bob"),
        ("/timer 1d", "New messages with bob disappear after 1 day."),
        ("/timer off", "New messages with bob stay."),
        ("/receipts", "You tell, and are shown: reading on, typing on, presence on."),
        (
            "/receipts bob typing:off read:on",
            "With bob you tell, and are shown: reading on, typing off, presence on (as everywhere).",
        ),
        ("/receipts bob typing:default", "reading on, typing on (as everywhere), presence on (as everywhere)."),
        ("/unread", "The conversation with bob is marked as unread."),
        ("/unread off", "is no longer marked as unread."),
        ("/archive", "The conversation with bob is archived."),
        ("/archive off", "is no longer archived."),
        ("/keep", "stays at the top of the list."),
        ("/keep off", "no longer stays at the top."),
        ("/mute 8h", "bob is muted."),
        ("/mute off", "bob is no longer muted."),
        ("/draft not yet", "The draft to bob is kept."),
        ("/draft", "There is no draft to bob any more."),
        ("/schedule 1h see you", "Text 1 goes to bob on "),
        ("/scheduled", "      see you"),
        ("/unschedule 1", "The text is given up, and not sent."),
        ("/schedule 1h once more", "Text 1 goes to bob on "),
        ("/send_now 1", "→ bob: once more"),
        ("/pins", "Nothing to show."),
        ("/rename bob robert", "Here they are called robert from now on."),
        ("/clear robert", "All messages with robert are deleted here."),
    ]:
        steps += [line, session.reads(said)]
    session.run(*steps)
    assert session.complaints.lines == []


def test_a_person_who_is_called_otherwise_now_is_answered_by_the_numbers_of_before(
    client: FakeClient, session: Session
) -> None:
    session.run(
        lambda: client.receive("bob", "tea?"),
        session.reads("tea?  #1"),
        "/rename bob robert",
        session.reads("called robert"),
        "/reply 1 yes",
        session.reads("→ robert: yes"),
    )
    assert session.complaints.lines == []


def test_the_sentences_come_in_the_chosen_language(client: FakeClient) -> None:
    client.fill_history("bob", 1)
    session = Session(client, json_output=False, language="es")
    message = client.messages("bob")[0].id
    session.run(
        "/history bob",
        session.reads("message 0  #1"),
        lambda: client.react("bob", message, "👍"),
        session.reads("Reacciones a #1: 👍 bob"),
        lambda: client.set_timer("bob", 60),
        session.reads(Strings("es")("timer_set", name="bob", duration="1 minuto")),
    )
    assert not [line for line in session.heard.lines if "Reactions" in line or "New messages" in line]
    assert session.complaints.lines == []


def test_a_clock_that_is_none_says_how_times_are_written(session: Session) -> None:
    session.run(
        "/schedule @bob noon eat",
        "/timer bob soon",
        lambda: session.complaints.until(lambda: len(session.complaints.lines) == 2),
    )
    assert "18:30" in session.complaints.lines[0]
    assert "30s, 8h, 1w" in session.complaints.lines[1]


@pytest.mark.parametrize("colour", [False, True])
def test_ones_own_link_stands_alone_in_its_line_and_is_a_code_where_colours_make_it_dark_on_light(
    client: FakeClient, *, colour: bool
) -> None:
    session = Session(client, json_output=False, style=Style(colour=colour, encoding="utf-8"))
    link = "babilu://127.0.0.1:5050/@alice#kiCr"
    session.run("/own_link", session.reads(link), "/add babilu://127.0.0.1:5050/@robert#kiCr", session.reads("robert"))
    assert link in session.heard.lines
    assert count(session, "robert is a contact now.") == 1
    code = [line for line in session.heard.lines if "\x1b[97;40m" in line]
    assert (len(code) > 10) is colour
    assert len({len(line) for line in code}) <= 1


def test_a_history_since_a_day_says_that_there_are_newer_ones(client: FakeClient, session: Session) -> None:
    client.fill_history("bob", 5)
    day = day_of(client.messages("bob")[0].at)
    session.run(f"/history bob 2 since:{day}", session.reads("the first 2 messages with bob since then"))
    assert [line for line in session.heard.lines if "message " in line][-1].split("  ")[0].endswith("message 1")
    assert count(session, "The last") == 0


def test_a_deleted_message_is_the_last_of_its_conversation(client: FakeClient, session: Session) -> None:
    client.fill_history("bob", 1)
    client.delete_for_all("bob", client.messages("bob")[0].id)
    session.run("/conversations", session.reads("  bob: (deleted)"))


def test_the_list_of_conversations_shows_what_was_done_with_each(client: FakeClient, session: Session) -> None:
    client.fill_history("bob", 1)
    orders = ("/keep bob", "/mute bob", "/archive bob", "/unread bob")
    session.run(*orders, "/conversations", "/draft @bob not\x1byet", "/conversations", session.reads("draft"))
    marks = "  bob · at the top · marked as unread · muted · archived"
    assert f"{marks}: message 0" in session.heard.lines
    assert f"{marks}: draft: not\\x1byet" in session.heard.lines


def test_the_list_of_conversations_counts_mentions_and_tells_of_the_timer(client: FakeClient) -> None:
    client.receive("carol", "@alice?", mentions=("alice",))
    heard = Heard()
    lists = ListRenderer(heard, Strings(), Style(colour=False, encoding="utf-8"))
    carol = next(row for row in client.request(c.Conversations()).result(DEADLINE_S) if row.label == "carol")
    lists.show(c.Conversations(), (replace(carol, mentions=1, timer=3_600),), print)
    assert heard.lines == ["  carol (1, @1) · 1 hour: @alice?"]


def test_notes_are_written_under_their_label_and_mention_nobody(client: FakeClient, session: Session) -> None:
    session.run(
        "@#notes buy @#notes bread",
        session.reads("→ #notes: buy @#notes bread  #1"),
        "/to #notes",
        "and milk",
        session.reads("→ #notes: and milk  #2"),
    )
    sent = [command for command in client.commands if isinstance(command, c.Send)]
    assert [(command.to, command.mentions) for command in sent] == [("#notes", ()), ("#notes", ())]


def test_media_are_listed_by_kind_with_the_newest_first(client: FakeClient, session: Session) -> None:
    client.receive("bob", "", files=(("a.png", 9),))
    client.receive("bob", "", files=(("b.png", 9),))
    client.receive("bob", "see https://a.example")
    session.run(
        "/to bob",
        "/media",
        session.reads("b.png"),
        "/media links",
        session.reads("see https"),
        "/media bob pictures 1",
        session.reads("This is the newest one"),
        "/media voice",
        session.reads("No voice notes with bob yet."),
    )
    lines = session.heard.lines
    named = [line.split()[1] for line in lines if ".png" in line]
    assert named[-3:] == ["b.png,", "a.png,", "b.png,"]


def test_a_voice_note_is_recorded_played_and_sent_by_lines(client: FakeClient, session: Session) -> None:
    client.add_contact("bob")
    session.run(
        "/to bob",
        "/record",
        session.reads("Recording a voice note for bob"),
        lambda: client.record("bob", 12_000, 96),
        "/stop_recording",
        session.reads("A voice note of 0:12 for bob waits"),
        "/play_recording speed:200",
        session.reads("Playing the voice note for bob"),
        lambda: client.play_on(2_000),
        "/stop_playing",
        session.reads("The voice note for bob was stopped."),
        "/send_recording",
        session.reads("voice note 0:12"),
        lambda: client.keep_recording("bob", 3_000),
        "/conversations",
        session.reads("voice note 0:03"),
        "/discard_recording",
        session.reads("thrown away"),
        client.lose_sound,
        "/record",
    )
    lines = session.heard.lines
    assert sum("Playing the voice note" in line for line in lines) == 1
    assert sum("Recording a voice note" in line for line in lines) == 1
    assert any("install PipeWire's or PulseAudio's tools" in line for line in session.complaints.lines)


def test_a_voice_note_is_drawn_and_says_that_nobody_has_heard_it(client: FakeClient, session: Session) -> None:
    voice = client.receive("bob", "", files=(voice_note(65_000),))
    session.run(
        session.reads("not heard yet"),
        "/play #1",
        session.reads("Playing the voice note of #1"),
        lambda: client.end_playing(ErrorCode.CANNOT_PLAY),
        session.reads("could not be played"),
        lambda: client.keep_recording("bob", 2_000, ErrorCode.NO_SOUND),
        session.reads("has ended by itself after 0:02"),
    )
    (line,) = (each for each in session.heard.lines if "not heard yet" in each)
    assert "↳ voice note 1:05 ▁" in line
    assert voice.files[0].name not in line


def test_what_only_says_that_it_is_a_voice_note_stands_with_its_name(client: FakeClient, session: Session) -> None:
    client.receive("bob", "", files=(replace(voice_note(65_000), name="voice.exe"),))
    session.run(session.reads("voice.exe"))
    assert not any("voice note 1:05" in line for line in session.heard.lines)


def test_room_is_shown_and_made_with_the_code_of_the_plan(client: FakeClient, session: Session) -> None:
    message = client.receive("bob", "", files=(("a.png", 3_000), ("b.pdf", 2_000)))
    for index in (0, 1):
        client.move_file(message.id, index, 9, TransferState.DONE)
    own, _ = (client.request(c.Send("bob", "", files=(__file__,))).result() for _ in range(2))
    client.move_file(own.id, 0, 9, TransferState.DONE)
    client.shape(own.id, state=MessageState.DELIVERED)
    late = client.messages("bob")[-1].arrived_at + 2 * 86_400_000
    day = day_of(late)
    approval = client.request(c.PlanFreeing(late, "bob")).result().approval
    session.run(
        "/space",
        session.reads("bob:"),
        f"/free {day} bob",
        session.reads(f"approval:{approval}"),
        f"/free {day} bob approval:{approval}",
        session.reads("3 files were deleted here"),
    )
    assert any(line.startswith("  bob: 3 kB of pictures, ") for line in session.heard.lines)
    assert count(session, "3 files would be deleted here, which frees ") == 1
    assert count(session, "You sent 1 of them: once the relay stores it no longer, only who") == 1
    assert count(session, "1 file stays: it is on its way, or exists here alone.") == 1
    assert client.messages("bob")[0].files[0].state is FileState.FREED


def test_what_pictures_contain_is_said_before_they_are_sent_and_they_go_as_files(
    client: FakeClient, session: Session, tmp_path: Path
) -> None:
    details = (PictureDetail.PLACE, PictureDetail.PERSON)
    client.know_picture("a.jpg", InspectedFileView("", 0, picture=True, details=details))
    client.know_picture("b.tif", InspectedFileView("", 0, picture=True, error=ErrorCode.CANNOT_CLEAN.value))
    paths = [tmp_path / name for name in ("a.jpg", "b.tif", "c.pdf")]
    for path in paths:
        path.write_bytes(b"12345")
    session.run(
        f"/inspect {paths[0]} {paths[1]} {paths[2]}",
        session.reads("c.pdf is no picture"),
        f"/send @bob {paths[1]}",
        session.reads("You can send it as a file"),
        f"/send-as-file @bob {paths[1]} look",
        session.reads("look"),
        f"/send-as-file @bob {paths[0]} {paths[1]} see",
        session.reads("see"),
        lambda: client.fail_next(c.InspectFiles, LinkError(ErrorCode.BUSY, "Too much to do.")),
        f"/send-as-file @bob {paths[0]} unsaid",
        lambda: session.complaints.until(lambda: any("Too much to do" in line for line in session.complaints.lines)),
        f"/send-as-file @bob {tmp_path}/nowhere.jpg",
        lambda: session.complaints.until(lambda: any("nowhere.jpg" in line for line in session.complaints.lines)),
    )
    lines = session.heard.lines
    contains = "  a.jpg contains: the place where it was taken, somebody's name."
    # Asked for, and once more before it goes; the others contain nothing that would be said.
    first, again = (place for place, line in enumerate(lines) if line == contains)
    assert first < again < next(place for place, line in enumerate(lines) if " → bob: see" in line)
    assert sum("b.tif contains nothing" in line for line in lines) == 1
    assert any(line.startswith("  b.tif contains nothing besides what it shows. This picture cannot") for line in lines)
    sent = [each for each in client.commands if isinstance(each, c.Send)]
    assert [(each.files, each.as_files) for each in sent] == [
        ((str(paths[1]),), False),
        ((str(paths[1]),), True),
        ((str(paths[0]), str(paths[1])), True),
    ]


def test_a_picture_of_oneself_is_set_by_its_path_and_taken_away(
    client: FakeClient, session: Session, tmp_path: Path
) -> None:
    path = tmp_path / "my face.png"
    path.write_bytes(b"pixels")
    session.run(
        f'/picture "{path}"', session.reads("see this picture"), "/picture off", session.reads("no picture of you")
    )
    assert [each.path for each in client.commands if isinstance(each, c.SetProfilePicture)] == [str(path), None]


def test_a_long_text_shows_once_it_is_whole_or_says_that_it_is_not(client: FakeClient, session: Session) -> None:
    first = client.receive("bob", "one")
    coming = replace(first, id=MessageId(bytes(16)), text="It begins", text_state=TextState.COMING)
    failed = replace(coming, text_state=TextState.FAILED)
    session.run(
        session.reads("bob: one"),
        lambda: client.tell(e.LineAdded(coming)),
        lambda: client.tell(e.TextStateChanged(failed, TextState.LATE)),
        lambda: client.tell(e.TextStateChanged(replace(coming, text="All of it", text_state=None), TextState.FAILED)),
        session.reads("All of it"),
    )
    assert count(session, "It begins") == 0
    assert count(session, "Message #2: the rest could not be fetched") == 1
    assert count(session, "The rest of bob's message is here #2: All of it") == 1
