import re
import time
from collections.abc import Iterator
from functools import partial

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import Address, LinkState, PresenceState
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_people import FakePeople
from babilu.bot.fake_profile import claimed_identity_of, conversation_of, identity_of
from babilu.bot.fake_world import INVITATION
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.errors import DeliveryError, ErrorCode, Reason
from babilu.kernel.states import MessageState, Route
from babilu.presentation.strings import Strings
from babilu.terminal.line_session import SessionEnd
from babilu.terminal.local_time import clock_of, day_of
from babilu.terminal.style import Style, wants_colour
from tests.unit.terminal.session import Session, Step

CLOCK = re.compile(r"^(\d\d|--):(\d\d|--) ")


@pytest.fixture
def client() -> Iterator[FakeClient]:
    made = FakeClient(accounts=["carol"])
    made.add_contact("bob")
    yield made
    made.close()


@pytest.fixture
def session(client: FakeClient) -> Session:
    return Session(client, json_output=False)


def test_what_arrives_is_shown_with_local_time_and_sender_and_counts_as_read(
    client: FakeClient, session: Session
) -> None:
    arrived = []
    session.run(lambda: arrived.append(client.receive("bob", "hello")), session.reads("bob: hello"))
    assert f"{clock_of(arrived[0].at)} bob: hello  #1" in session.heard.lines
    assert c.MarkRead(conversation_of("bob").hex()) in client.commands


def test_an_own_message_shows_its_number_and_how_far_it_has_come(client: FakeClient, session: Session) -> None:
    def come_further(state: MessageState) -> None:
        client.advance(client.messages("bob")[-1].id, state)

    session.run(
        "@bob hello",
        session.reads("✓ held"),
        lambda: come_further(MessageState.DELIVERED),
        session.reads("✓✓ delivered · bob #1"),
        lambda: come_further(MessageState.READ),
        session.reads("read · bob #1"),
        "/state #1",
    )
    own = next(line for line in session.heard.lines if "→ bob: hello" in line)
    assert CLOCK.match(own)
    assert own.endswith("#1 ·")
    assert any(client.messages("bob")[0].id.hex() in line for line in session.heard.lines)


def test_states_of_many_messages_are_said_in_few_lines(client: FakeClient, session: Session) -> None:
    client.go_offline()
    session.run(*[f"@bob {n}" for n in range(10)], session.reads("→ bob: 9"), client.go_online, session.reads("✓ held"))
    held = [line for line in session.heard.lines if "held · bob" in line]
    assert len(held) < 10
    assert "#1" in held[0]


def test_a_failed_message_says_why_and_can_be_tried_again_by_its_number(client: FakeClient, session: Session) -> None:
    session.run(
        "@bob hello",
        session.reads("held"),
        lambda: client.advance(client.messages("bob")[-1].id, MessageState.FAILED, ErrorCode.QUOTA),
        session.reads("✗ failed"),
        "/retry #1",
        session.reads("queued · bob #1"),
    )
    assert c.Retry(client.messages("bob")[-1].id, "bob") in client.commands


def test_several_lines_of_a_message_stand_below_each_other(client: FakeClient, session: Session) -> None:
    session.run(lambda: client.receive("bob", "one\ntwo\n\x1b[2Jthree"), session.reads("three"))
    index = next(i for i, line in enumerate(session.heard.lines) if line.endswith("bob: one"))
    assert session.heard.lines[index + 1 : index + 3] == ["           two", "           \\x1b[2Jthree  #1"]


def test_a_flood_of_lines_is_cut_and_says_so(client: FakeClient, session: Session) -> None:
    session.run(lambda: client.receive("bob", "\n" * 30_000), session.reads("more lines"))
    assert len(session.heard.lines) < 300


def test_nothing_from_others_steers_the_terminal(client: FakeClient, session: Session) -> None:
    hostile = "\x1b]0;owned\x07\u202e\x9b2J"
    session.run(
        lambda: client.receive(f"m{hostile}", hostile),
        lambda: client.ask_for_conversation(f"d{hostile}"),
        lambda: client.tell(e.NoticeArrived(hostile)),
        lambda: client.tell(e.Warned("x", hostile, fatal=False)),
        lambda: client.connect_peer(f"p{hostile}"),
        lambda: client.change_identity(f"p{hostile}"),
        "/contacts",
        "/conversations",
        "/requests",
        "/threads",
        session.reads("conversation-"),
    )
    everything = "".join([*session.heard.lines, *session.complaints.lines])
    assert not set(everything) & {chr(code) for code in [*range(0x20), *range(0x7F, 0xA0), 0x202E]}


@pytest.mark.parametrize("alarm", AlarmKind)
def test_an_alarm_says_what_happened_to_whom_and_what_to_do(
    client: FakeClient, session: Session, alarm: AlarmKind
) -> None:
    say = Strings()
    session.run(
        lambda: client.tell(e.AlarmRaised(alarm, "bob", "conflict")),
        session.reads(say(f"alarm.{alarm}", name="bob") + " " + say(f"alarm.{alarm}.advice", name="bob")),
    )
    assert not any("there already" in line for line in session.heard.lines)


def test_a_line_means_whom_the_session_has_shown_and_approves_what_it_has_compared(
    client: FakeClient, session: Session
) -> None:
    def refused_again(times: int) -> None:
        wanted = "means somebody else"
        session.complaints.until(lambda: sum(wanted in line for line in session.complaints.lines) == times)

    session.run(
        "@bob hello",
        session.reads("held · bob"),
        lambda: client.change_identity("bob"),
        "/verify bob",
        session.reads("The known one: /reject bob"),
        lambda: client.change_identity("bob", b"a third one"),
        "/trust bob",
        lambda: refused_again(1),
        "/reject bob",
        lambda: refused_again(2),
        "/verify bob",
        "/trust bob",
        session.reads("The new key of bob is trusted."),
        session.reads("bob's key changed on"),
    )
    sent = [command for command in client.commands if isinstance(command, c.Send)]
    assert sent == [c.Send("bob", "hello", identity_of("bob"))]
    assert client.contact("bob").identity == claimed_identity_of("bob", b"a third one")


def test_a_message_that_came_late_says_so(client: FakeClient, session: Session) -> None:
    later = client.receive("bob", "Yes, of course!")
    session.run(lambda: client.receive("bob", "May I?", belongs_before=later.id), session.reads("May I?"))
    said = {line.split("bob: ")[1] for line in session.heard.lines if "bob: " in line}
    assert "Yes, of course!  #1" in said
    assert any(line.startswith("May I?") and line.endswith("came late: it belongs further up") for line in said)


def test_what_only_a_newer_version_understands_says_so(client: FakeClient, session: Session) -> None:
    session.run(lambda: client.receive("bob", "stands for it", needs_newer=True), session.reads("stands for it"))
    assert any(
        line.endswith("stands for it  #1  (only a newer version of Babilu shows this)") for line in session.heard.lines
    )


def test_a_first_message_of_somebody_offers_what_to_do(client: FakeClient, session: Session) -> None:
    session.run(lambda: client.receive("mallory", "hi"), session.reads("/block mallory"))
    assert any("mallory writes to you for the first time" in line for line in session.heard.lines)


def test_a_request_shows_name_address_and_safety_number_in_groups(client: FakeClient, session: Session) -> None:
    session.run(lambda: client.ask_for_conversation("dave"), session.reads("/accept dave or /decline dave"))
    groups = "      " + " ".join(["12345"] * 6)
    assert session.heard.lines.count(groups) == 2
    assert any("dave at 127.0.0.1:40112" in line for line in session.heard.lines)


def test_a_relay_that_is_reached_by_another_address_is_said_to_be_there(client: FakeClient, session: Session) -> None:
    def online_at(address: Address) -> e.LinkChanged:
        return e.LinkChanged(LinkState.ONLINE, None, "", None, address=address)

    session.run(
        lambda: client.tell(e.Ready("alice", Address("chat.example.org", 5050))),
        client.go_offline,
        lambda: client.tell(online_at(Address("chat2.example.org", 443))),
        session.reads("Connected to the relay at chat2.example.org:443."),
        client.go_offline,
        lambda: client.tell(online_at(Address("chat.example.org", 5050))),
        lambda: session.heard.until(lambda: session.heard.lines.count("· Connected to the relay.") == 2),
    )


def test_offline_is_said_once_with_its_reason_and_online_again(client: FakeClient, session: Session) -> None:
    session.run(
        session.reads("Connected to the relay"),
        client.go_offline,
        client.go_offline,
        lambda: client.tell(e.LinkChanged(LinkState.CONNECTING, None, "", None)),
        client.go_offline,
        client.go_online,
        lambda: session.heard.until(lambda: sum("Connected" in line for line in session.heard.lines) == 2),
    )
    assert sum("Offline: The relay is gone." in line for line in session.heard.lines) == 1


OFFLINE = {
    None: "Sin conexión: Allí no responde nadie ahora.",
    Reason.NAME_UNKNOWN: "Sin conexión: No se encuentra este nombre.",
    Reason.REFUSED: "Sin conexión: Nadie escucha en esa dirección y ese puerto.",
    Reason.SILENT: "Sin conexión: Allí nadie respondió a tiempo.",
    Reason.NO_WAY: "Sin conexión: Este equipo no tiene camino hasta allí.",
    Reason.FOREIGN: "Sin conexión: Lo que responde allí no es Babilu.",
    Reason.ENDED: "Sin conexión: El otro lado cerró la conexión.",
}


def test_each_reason_of_being_offline_is_said_once_in_the_language_of_the_person(client: FakeClient) -> None:
    session = Session(client, json_output=False, language="es")
    goings = [partial(client.go_offline, reason=reason) for reason in OFFLINE for _ in range(2)]
    session.run(session.reads("Conectado"), *goings, session.reads("cerró"))
    said = [line for line in session.heard.lines if "Sin conexión" in line]
    assert len(said) == len(OFFLINE)
    for line, expected in zip(said, OFFLINE.values(), strict=True):
        assert expected in line


@pytest.mark.parametrize(("reason", "expected"), OFFLINE.items())
def test_a_call_that_failed_says_why(client: FakeClient, reason: Reason | None, expected: str) -> None:
    session = Session(client, json_output=False, language="es")
    failed = e.CallFailed(Address("127.0.0.1", 5051), ErrorCode.UNAVAILABLE.value, "No.", None, reason)
    why = expected.removeprefix("Sin conexión: ")
    session.run(lambda: client.tell(failed), session.reads(why))
    assert any("127.0.0.1:5051" in line and why in line for line in session.heard.lines)


@pytest.mark.parametrize(("reason", "expected"), OFFLINE.items())
def test_the_status_says_why_one_is_offline(client: FakeClient, reason: Reason | None, expected: str) -> None:
    client.go_offline(reason=reason)
    session = Session(client, json_output=False, language="es")
    why = expected.removeprefix("Sin conexión: ")
    session.run("/status", session.reads(Strings("es")("status.why", reason=why)))


def test_being_offline_from_the_start_is_said(client: FakeClient) -> None:
    client.go_offline()
    session = Session(client, json_output=False)
    session.run(session.reads("Offline:"))


def test_errors_go_where_errors_are_read(client: FakeClient, session: Session) -> None:
    client.fail_next(c.Send, DeliveryError(ErrorCode.BLOCKED, "This contact is blocked."))
    session.run("@bob x", "/nonsense", lambda: session.complaints.until(lambda: len(session.complaints.lines) == 2))
    assert session.complaints.lines == [
        "✗ bob: This contact is blocked.",
        "✗ There is no such command; /help lists them.",
    ]


def test_every_command_says_something(client: FakeClient, session: Session) -> None:
    client.fill_history("bob", 50)
    client.add_contact("dora", accepted=False)
    steps: list[Step] = []
    for line, said in [
        ("/to bob", "What you write now goes to bob."),
        ("/contacts", "dora · new"),
        ("/conversations", "bob: message 49"),
        ("/history", "The last 20 messages with bob"),
        ("/history dora", "No messages with dora."),
        ("/search message 4", "bob: message 4"),
        ("/read bob", "messages of bob marked as read"),
        ("/verify bob", "Does bob see the same?"),
        ("/verified bob", "bob is verified."),
        ("/verify bob", "Safety number with bob, verified:"),
        ("/verified bob off", "bob is no longer verified."),
        ("/trust bob", "The new key of bob is trusted."),
        ("/block bob", "bob is blocked"),
        ("/unblock bob", "bob is no longer blocked."),
        ("/direct bob on", "Direct connections with bob are allowed"),
        ("/direct bob off", "Direct connections with bob are not allowed"),
        ("/call 127.0.0.1 5051", "Somebody listens at 127.0.0.1:5051"),
        ("/listen 127.0.0.1 0", "Listening for conversation requests at 127.0.0.1:40000"),
        ("/listen off", "Not listening for conversation requests."),
        ("/requests", "Nothing to show."),
        ("/threads", "Nothing to show."),
        ("/status", "relay: 127.0.0.1:5050 (online)"),
        ("/delete #1", "Message #1 was deleted here."),
        ("/help", "start a direct conversation"),
    ]:
        steps += [line, session.reads(said)]
    assert session.run(*steps) is SessionEnd.DONE
    assert session.complaints.lines == []


def test_more_events_are_said_in_sentences(client: FakeClient, session: Session) -> None:
    session.run(
        lambda: client.tell(e.Registered("alice")),
        lambda: client.tell(e.GapNoticed("bob", 1, 2, conversation_of("bob"))),
        lambda: client.set_presence("bob", PresenceState.ONLINE),
        lambda: client.set_presence("bob", PresenceState.OFFLINE),
        lambda: client.tell(e.Progress("migration", 1, 2)),
        lambda: client.tell(e.CallFailed(Address("::1", 5051), "unavailable", "Nobody listens there.", 1_500)),
        lambda: client.tell(e.CallFailed(Address("::1", 5051), "declined", "No.", None)),
        lambda: client.tell(e.ListeningChanged(None)),
        lambda: client.receive("bob", "direct", route=Route.DIRECT),
        session.reads("bob: direct"),
    )
    for text in [
        "The name alice was free and is yours now.",
        "2 messages of bob are missing for the time being.",
        "bob is online.",
        "bob is offline.",
        "Working: 50 %",
        "Could not connect to [::1]:5051: Nobody listens there. Next try in 2 s.",
        "Could not connect to [::1]:5051: No.",
        "Not listening for conversation requests.",
    ]:
        assert any(text in line for line in session.heard.lines), text


def test_an_offline_says_why_and_what_can_be_done(client: FakeClient, session: Session) -> None:
    session.run(
        lambda: client.go_offline(ErrorCode.UNAVAILABLE, "No relay answers."),
        session.reads("Offline: No relay answers."),
        # The same once more is worth no line, another reason is.
        lambda: client.go_offline(ErrorCode.UNAVAILABLE, "No relay answers."),
        lambda: client.go_offline(ErrorCode.CERTIFICATE_CHANGED, "Another certificate.", 15_000, refused=True),
        session.reads("Offline: Another certificate."),
        session.reads("/certificate FINGERPRINT"),
        "/status",
        session.reads("reason: Another certificate."),
        session.reads("next try in 15 s"),
        lambda: client.go_offline(ErrorCode.REPLACED, "Used elsewhere.", None, refused=True),
        session.reads("To use the account here again: /try_now"),
        lambda: client.go_offline(ErrorCode.ROLLED_BACK, "An older copy.", None, refused=True),
        session.reads("Leave with /quit and connect again."),
        "/status",
        session.reads("not tried again by itself"),
        "/try_now",
        session.reads("Trying to reach the relay."),
        f"/certificate {'ab' * 32}",
        session.reads("known by this certificate"),
        "/certificate abc",
    )
    assert sum("No relay answers." in line for line in session.heard.lines) == 1
    assert c.TryNow() in client.commands
    assert c.TrustCertificate(b"\xab" * 32) in client.commands
    assert any("64 digits" in line for line in session.complaints.lines)


def test_a_verified_contact_with_another_key_is_warned_of_louder(client: FakeClient, session: Session) -> None:
    session.run(
        "/verified bob", session.reads("is verified"), lambda: client.change_identity("bob"), session.reads("VERIFIED")
    )


def test_a_message_from_another_day_stands_under_its_date(client: FakeClient, session: Session) -> None:
    session.run(lambda: client.receive("bob", "old", at=86_400_000), session.reads("bob: old"))
    index = next(i for i, line in enumerate(session.heard.lines) if line.endswith("bob: old  #1"))
    assert session.heard.lines[index - 1] == f"— {day_of(86_400_000)} —"


def test_another_time_zone_is_followed(
    client: FakeClient, session: Session, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(time.tzset)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    session.run(
        lambda: client.receive("bob", "at Greenwich", at=43_200_000),
        session.reads("12:00 bob: at Greenwich"),
        lambda: monkeypatch.setenv("TZ", "JST-9"),
        lambda: client.receive("bob", "at Tokyo", at=43_200_000),
        session.reads("21:00 bob: at Tokyo"),
    )
    monkeypatch.undo()


def test_a_time_beyond_all_calendars_does_no_harm(client: FakeClient, session: Session) -> None:
    session.run(lambda: client.receive("bob", "far", at=2**62), session.reads("--:-- bob: far"))


def test_sentences_come_in_the_chosen_language(client: FakeClient) -> None:
    session = Session(client, json_output=False, language="es")
    session.run(
        "@nobody x",
        lambda: session.complaints.until(lambda: len(session.complaints.lines) == 1),
        "/nonsense",
        session.reads("Conectado al servidor."),
    )
    assert session.complaints.lines == [
        "✗ nobody: No hay nada con ese nombre.",
        "✗ No existe esa orden; /help las muestra.",
    ]


def test_the_password_is_asked_for_and_changed(session: Session) -> None:
    assert session.run("/password", secrets=["correct horse", "new one", "new one"]) is SessionEnd.DONE
    assert any("The password is changed." in line for line in session.heard.lines)


def test_two_different_new_passwords_change_nothing(client: FakeClient, session: Session) -> None:
    session.run("/password", secrets=["correct horse", "new one", "new two"])
    assert session.complaints.lines == ["✗ The two new passwords are not the same."]
    assert not [command for command in client.commands if isinstance(command, c.ChangePassword)]


def test_colours_are_for_terminals_without_no_color() -> None:
    assert wants_colour({"TERM": "xterm"}, terminal=True)
    assert not wants_colour({"TERM": "xterm"}, terminal=False)
    assert not wants_colour({"TERM": "xterm", "NO_COLOR": "1"}, terminal=True)
    assert wants_colour({"TERM": "xterm", "NO_COLOR": ""}, terminal=True)
    assert not wants_colour({"TERM": "dumb"}, terminal=True)
    assert not wants_colour({}, terminal=True)


def test_without_colours_no_escape_leaves_and_poor_encodings_get_poor_signs() -> None:
    plain = Style(colour=False, encoding="ascii")
    shown = [plain.alarm("a"), plain.own("a"), plain.note, plain.warning, *map(plain.symbol, MessageState)]
    assert all("\x1b" not in text and text.isascii() for text in shown)
    assert Style(colour=True, encoding="utf-8").alarm("a") == "\x1b[1;31ma\x1b[0m"
    assert Style(colour=False, encoding="no-such").note == "-"


def test_a_poor_encoding_gets_no_sign_that_it_lacks(client: FakeClient) -> None:
    session = Session(client, json_output=False, style=Style(colour=False, encoding="ascii"))
    session.run(
        "@bob hi",
        lambda: client.receive("bob", "there", at=86_400_000),
        lambda: client.ask_for_conversation("dave"),
        "/contacts",
        "/requests",
        "/help",
        session.reads("/accept dave"),
    )
    assert [line for line in session.heard.lines if not line.isascii()] == []


@pytest.mark.parametrize("told_later", [False, True])
def test_that_one_has_hung_up_is_said_once(
    client: FakeClient, session: Session, monkeypatch: pytest.MonkeyPatch, *, told_later: bool
) -> None:
    client.connect_peer("bob")
    if told_later:
        monkeypatch.setattr(FakePeople, "disconnect", lambda _people, _name: None)

    def ends() -> None:
        monkeypatch.undo()
        client.disconnect_peer("bob")

    later: list[Step] = [session.reads("closed"), ends] if told_later else []
    session.run("/hangup bob", *later, "/status", session.reads("name: alice"))
    said = [line for line in session.heard.lines if "bob" in line]
    assert len([line for line in said if "closed" in line or "ended" in line]) == 1, said


def test_an_invitation_stands_alone_in_its_line(session: Session) -> None:
    session.run("/invite 5", session.reads(INVITATION))
    assert INVITATION in session.heard.lines
    assert any("5 accounts" in line for line in session.heard.lines)
