import json

import pytest

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.api.views import Address, PrivacySwitch
from babilu.kernel.ids import MessageId
from babilu.presentation.strings import MisuseError
from babilu.terminal.arguments import check_number
from babilu.terminal.command_forms import FORMS
from babilu.terminal.command_line import find_tag, parse_json, parse_line
from babilu.terminal.local_time import clock_of, day_of
from babilu.terminal.message_numbers import NamedMessage
from babilu.terminal.ordered_command import AskPasswords, Choose, Quit, ShowHelp

ID = "00112233445566778899aabbccddeeff"
MESSAGE = MessageId(bytes.fromhex(ID))
NOW = 1_795_337_792_000


@pytest.mark.parametrize(
    ("line", "action"),
    [
        ("@bob hello", c.Send("bob", "hello")),
        ("@bob  two  blanks ", c.Send("bob", " two  blanks ")),
        ("@bob /history is no command here", c.Send("bob", "/history is no command here")),
        ("@bob @carol said so", c.Send("bob", "@carol said so")),
        ("@bob and you, @bob?", c.Send("bob", "and you, @bob?", mentions=("bob",))),
        ("@bob not @bobby, nor a@bob", c.Send("bob", "not @bobby, nor a@bob")),
        ("and you, @dora?", c.Send("dora", "and you, @dora?", mentions=("dora",))),
        ("@bob~2 hi", c.Send("bob~2", "hi")),
        ("@bob\thi", c.Send("bob", "hi")),
        ("just text", c.Send("dora", "just text")),
        (" indented", c.Send("dora", " indented")),
        ("//etc/hosts", c.Send("dora", "/etc/hosts")),
        ("@@home", c.Send("dora", "@home")),
        ('{"do":"quit"}', c.Send("dora", '{"do":"quit"}')),
        ("/to bob", Choose("bob")),
        ("/to @bob", Choose("bob")),
        ("/TO bob", Choose("bob")),
        ("/contacts", c.Contacts()),
        ("/conversations", c.Conversations()),
        ("/history", c.History("dora", 20)),
        ("/history 5", c.History("dora", 5)),
        ("/history bob", c.History("bob", 20)),
        ("/history bob 7", c.History("bob", 7)),
        ("/search two words", c.Search("two words")),
        ("/read", c.MarkRead("dora")),
        ("/read bob", c.MarkRead("bob")),
        (f"/state {ID}", c.MessageInfo(MESSAGE)),
        (f"/retry {ID.upper()}", c.Retry(MESSAGE)),
        (f"/delete {ID}", c.DeleteMessage(MESSAGE)),
        (f"/delete {ID} all", c.DeleteMessage(MESSAGE, for_all=True)),
        (f"/delete {ID} me", c.DeleteMessage(MESSAGE)),
        (f"/reply {ID} Yes! ", c.Send("dora", "Yes!", reply_to=MESSAGE)),
        (f"/edit {ID}  two  blanks", c.EditMessage(MESSAGE, " two  blanks")),
        (f"/react {ID} 👍 ❤️", c.SetReactions(MESSAGE, ("👍", "❤️"))),
        (f"/react {ID}", c.SetReactions(MESSAGE, ())),
        (f"/pin {ID}", c.PinMessage(MESSAGE)),
        (f"/pin {ID} off", c.PinMessage(MESSAGE, on=False)),
        (f"/unpin {ID}", c.PinMessage(MESSAGE, on=False)),
        ("/pins", c.Pins("dora")),
        ("/pins bob", c.Pins("bob")),
        (f"/forward {ID} bob @carol", c.Forward(MESSAGE, ("bob", "carol"))),
        (f"/forward_as_file {ID} bob @carol", c.Forward(MESSAGE, ("bob", "carol"), as_files=True)),
        (f"/wordings {ID}", c.Wordings(MESSAGE)),
        ("/timer 1h", c.SetTimer("dora", 3_600)),
        ("/timer off", c.SetTimer("dora", None)),
        ("/timer bob 30s", c.SetTimer("bob", 30)),
        ("/timer bob off", c.SetTimer("bob", None)),
        ("/scheduled", c.Scheduled()),
        ("/scheduled bob", c.Scheduled("bob")),
        ("/unschedule 3", c.Unschedule(3)),
        ("/send_now 3", c.SendNow(3)),
        ("/send-now 3", c.SendNow(3)),
        ("/draft not yet", c.SetDraft("dora", "not yet")),
        ("/draft @bob not yet", c.SetDraft("bob", "not yet")),
        ("/draft @@home", c.SetDraft("dora", "@home")),
        ("/draft", c.SetDraft("dora", "")),
        ("/unread", c.MarkUnread("dora")),
        ("/unread off", c.MarkUnread("dora", unread=False)),
        ("/unread bob off", c.MarkUnread("bob", unread=False)),
        ("/archive", c.SetArchived("dora", archived=True)),
        ("/archive bob off", c.SetArchived("bob", archived=False)),
        ("/keep bob", c.SetPinned("bob", pinned=True)),
        ("/keep off", c.SetPinned("dora", pinned=False)),
        ("/mute", c.SetMuted("dora", muted=True)),
        ("/mute 8h", c.SetMuted("dora", muted=True, until=NOW + 8 * 3_600_000)),
        ("/mute bob 1w", c.SetMuted("bob", muted=True, until=NOW + 7 * 86_400_000)),
        ("/mute off", c.SetMuted("dora", muted=False)),
        ("/mute bob off", c.SetMuted("bob", muted=False)),
        ("/clear bob", c.ClearConversation("bob")),
        ("/rename bob robert", c.Rename("bob", "robert")),
        ("/receipts", c.ReceiptSettings()),
        ("/receipts bob", c.ReceiptSettings("bob")),
        ("/receipts read:off", c.SetReceipts(read=False)),
        ("/receipts bob typing:on presence:off", c.SetReceipts("bob", typing=True, presence=False)),
        ("/receipts bob read:default", c.SetReceipts("bob", inherit=(PrivacySwitch.READ,))),
        (
            "/receipts bob presence:Default read:off",
            c.SetReceipts("bob", read=False, inherit=(PrivacySwitch.PRESENCE,)),
        ),
        ("/receipts read:default", c.ReceiptSettings()),
        ("/receipts read:default typing:off", c.SetReceipts(typing=False)),
        ("/history since:1d", c.History("dora", 20, since=NOW - 86_400_000)),
        ("/history bob 5 since:1d", c.History("bob", 5, since=NOW - 86_400_000)),
        (
            "/search from:bob in:carol since:1w until:1d two  words",
            c.Search("two  words", "carol", sender="bob", since=NOW - 7 * 86_400_000, until=NOW - 86_400_000),
        ),
        ("/search http://bob", c.Search("http://bob")),
        ("/search words from:bob", c.Search("words from:bob")),
        ("/own_link", c.OwnLink()),
        ("/add babilu://127.0.0.1:5050/@bob#kiCr", c.AddByLink("babilu://127.0.0.1:5050/@bob#kiCr")),
        ("/verify bob", c.Verify("bob")),
        ("/verified bob", c.MarkVerified("bob")),
        ("/verified bob off", c.MarkVerified("bob", verified=False)),
        ("/trust bob", c.TrustIdentity("bob")),
        ("/requests", c.Requests()),
        ("/accept dave", c.Accept("dave")),
        ("/decline dave", c.Decline("dave")),
        ("/block bob", c.Block("bob")),
        ("/unblock bob", c.Unblock("bob")),
        ("/call 127.0.0.1 5051", c.Call(Address("127.0.0.1", 5051))),
        ("/call 127.0.0.1 5051 bob", c.Call(Address("127.0.0.1", 5051), "bob")),
        ("/call 127.0.0.1:5051 bob", c.Call(Address("127.0.0.1", 5051), "bob")),
        ("/call ::1 5051", c.Call(Address("::1", 5051))),
        ("/call [::1] 5051", c.Call(Address("::1", 5051))),
        ("/call [::1]:5051", c.Call(Address("::1", 5051))),
        ("/call localhost 5051", c.Call(Address("localhost", 5051))),
        ("/hangup bob", c.HangUp("bob")),
        ("/hangup 127.0.0.1:5051", c.HangUp("127.0.0.1:5051")),
        ("/listen 0.0.0.0 0", c.Listen(Address("0.0.0.0", 0))),
        ("/listen off", c.StopListening()),
        ("/try_now", c.TryNow()),
        ("/invite", c.Administer('{"do":"invite","uses":1}')),
        ("/invite 5", c.Administer('{"do":"invite","uses":5}')),
        ("/try-now", c.TryNow()),
        (f"/certificate {'AB:' * 31}AB", c.TrustCertificate(b"\xab" * 32)),
        (f"/certificate {' '.join(['abab'] * 16)}", c.TrustCertificate(b"\xab" * 32)),
        ("/direct bob on", c.AllowDirect("bob", allowed=True)),
        ("/direct bob off", c.AllowDirect("bob", allowed=False)),
        ("/status", c.Status()),
        ("/threads", c.Threads()),
        ("/password", AskPasswords()),
        ("/help", ShowHelp()),
        ("/quit", Quit()),
    ],
)
def test_a_line_is_one_order(line: str, action: object) -> None:
    assert parse_line(line, "dora", now=NOW).action == action


@pytest.mark.parametrize("clock", ["18:30", "0:05"])
def test_a_clock_is_the_next_one_for_what_is_to_come_and_the_last_one_for_what_was(clock: str) -> None:
    coming = parse_line(f"/schedule @bob {clock} see  you", "", now=NOW).action
    assert isinstance(coming, c.Schedule)
    assert (coming.to, coming.text) == ("bob", "see  you")
    assert NOW < coming.at <= NOW + 90_000_000
    past = parse_line(f"/history bob since:{clock}", "", now=NOW).action
    assert isinstance(past, c.History)
    assert past.since is not None
    assert NOW - 90_000_000 <= past.since <= NOW
    assert clock_of(coming.at) == clock_of(past.since) == clock.rjust(5, "0")
    for line in (f"/send @bob at:{clock} {__file__} see  you", f"/send at:{clock} @bob {__file__} see  you"):
        files = parse_line(line, "", now=NOW).action
        assert files == c.Schedule("bob", "see  you", coming.at, files=(__file__,))


def test_a_day_is_taken_as_the_calendar_here_has_it() -> None:
    at = parse_line("/schedule 2027-01-02T07:08 hi", "bob", now=NOW).action
    assert isinstance(at, c.Schedule)
    assert (day_of(at.at), clock_of(at.at)) == ("2027-01-02", "07:08")
    since = parse_line("/history bob since:2026-10-11", "", now=NOW).action
    assert isinstance(since, c.History)
    assert since.since is not None
    assert (day_of(since.since), clock_of(since.since)) == ("2026-10-11", "00:00")


@pytest.mark.parametrize(
    "line",
    [
        "@",
        "@ bob",
        "@bob",
        "@bob  ",
        "/",
        "/nonsense",
        "/send bob hi",
        "/to",
        "/to two words",
        "/history bob 0",
        "/history bob 1001",
        "/history bob many",
        "/history bob 1 2",
        "/state",
        "/state 12",
        f"/state {ID}00",
        "/state zz112233445566778899aabbccddeeff",
        "/call",
        "/call 127.0.0.1",
        "/call 127.0.0.1 0",
        "/call 127.0.0.1 65536",
        "/call 127.0.0.1 port",
        "/call a/b 5051",
        "/call ::1:5051",
        "/listen",
        "/listen on",
        "/direct bob",
        "/direct bob maybe",
        "/contacts all of them",
        "/search",
        "/search since:noon tea",
        "/search from:bob",
        "/history bob since:2026-13-01",
        "/history bob since:25:00",
        f"/reply {ID}",
        "/reply 12 text",
        f"/edit {ID}",
        f"/delete {ID} everybody",
        f"/react {ID} 1 2 3 4 5 6 7 8 9",
        f"/forward {ID}",
        f"/forward {ID} {'bob ' * 21}",
        "/timer",
        "/timer bob",
        "/timer soon",
        "/timer bob 0s",
        "/timer bob 366d",
        "/schedule text",
        "/schedule 18:30",
        "/mute bob maybe",
        "/unschedule 0",
        "/rename bob",
        "/receipts bob carol",
        "/receipts read:maybe",
        "/clear",
        "/typing bob",
        "/quit now",
    ],
)
def test_a_line_that_makes_no_sense_is_refused_with_a_sentence(line: str) -> None:
    with pytest.raises(MisuseError):
        parse_line(line, "dora")


def test_a_bare_line_needs_a_conversation() -> None:
    with pytest.raises(MisuseError, match="Choose a conversation first"):
        parse_line("hello", "")
    with pytest.raises(MisuseError, match="'name' is missing"):
        parse_line("/history", "")


def test_a_mistyped_command_gets_a_suggestion() -> None:
    with pytest.raises(MisuseError, match="Did you mean /history"):
        parse_line("/hsitory bob", "")
    with pytest.raises(MisuseError, match="Did you mean contacts"):
        parse_json('{"do":"contact"}')


def test_a_message_can_be_named_in_a_shorter_way() -> None:
    find = {"#3": NamedMessage(ID, "carol")}.__getitem__
    assert parse_line("/state #3", "", find).action == c.MessageInfo(MESSAGE, "carol")
    assert parse_line("/reply #3 two  blanks", "dora", find).action == c.Send("carol", "two  blanks", reply_to=MESSAGE)
    edited = parse_line("/edit #3 so, @carol", "dora", find)
    assert edited.action == c.EditMessage(MESSAGE, "so, @carol", ("carol",), "carol")
    assert parse_line("/pin #3", "dora", find).action == c.PinMessage(MESSAGE, conversation="carol")


@pytest.mark.parametrize(
    ("given", "action"),
    [
        ({"do": "send", "to": "bob", "text": "a\nb"}, c.Send("bob", "a\nb")),
        ({"do": "send", "name": "bob", "text": ""}, c.Send("bob", "")),
        (
            {"do": "send", "to": "bob", "text": "only programs say whom @bob"},
            c.Send("bob", "only programs say whom @bob"),
        ),
        ({"do": "to", "name": "bob"}, Choose("bob")),
        ({"do": "to", "to": "bob"}, Choose("bob")),
        ({"do": "history", "name": "bob"}, c.History("bob", 20)),
        ({"do": "history", "conversation": "bob", "n": 5, "before": 17}, c.History("bob", 5, before=17)),
        ({"do": "history", "name": "bob", "limit": "5", "after": 0}, c.History("bob", 5, after=0)),
        ({"do": "history", "name": "bob", "n": None}, c.History("bob", 20)),
        ({"do": "search", "text": "x y", "name": "bob"}, c.Search("x y", "bob")),
        ({"do": "read", "conversation": "bob"}, c.MarkRead("bob")),
        ({"do": "state", "id": ID}, c.MessageInfo(MESSAGE)),
        ({"do": "verified", "name": "bob", "verified": False}, c.MarkVerified("bob", verified=False)),
        ({"do": "accept", "id": "r1"}, c.Accept("r1")),
        ({"do": "decline", "request": "r1"}, c.Decline("r1")),
        ({"do": "call", "ip": "127.0.0.1", "port": 5051}, c.Call(Address("127.0.0.1", 5051))),
        ({"do": "call", "host": "::1", "port": "5051", "name": "b"}, c.Call(Address("::1", 5051), "b")),
        ({"do": "call", "address": "[::1]:5051"}, c.Call(Address("::1", 5051))),
        ({"do": "hangup", "address": "[::1]:5051"}, c.HangUp("[::1]:5051")),
        ({"do": "listen", "ip": "::", "port": 0}, c.Listen(Address("::", 0))),
        ({"do": "listen", "state": "off"}, c.StopListening()),
        ({"do": "try_now"}, c.TryNow()),
        ({"do": "invite", "uses": 2}, c.Administer('{"do":"invite","uses":2}')),
        ({"do": "certificate", "fingerprint": "ab" * 32}, c.TrustCertificate(b"\xab" * 32)),
        ({"do": "direct", "name": "bob", "allowed": True}, c.AllowDirect("bob", allowed=True)),
        ({"do": "password", "old": "a", "new": "b"}, c.ChangePassword(Passphrase("a"), Passphrase("b"))),
        (
            {"do": "send", "to": "bob", "text": "@bob hi", "reply_to": ID, "mentions": ["bob"], "timer": 60},
            c.Send("bob", "@bob hi", reply_to=MESSAGE, mentions=("bob",), timer=60),
        ),
        ({"do": "send", "to": "bob", "text": "x", "timer": None, "reply_to": None}, c.Send("bob", "x")),
        (
            {"do": "send", "to": "bob", "text": "x", "send_at": NOW, "reply_to": ID, "timer": 1},
            c.Schedule("bob", "x", NOW, reply_to=MESSAGE, timer=1),
        ),
        (
            {"do": "send", "to": "bob", "files": ["/tmp/a b"], "send_at": NOW},
            c.Schedule("bob", "", NOW, files=("/tmp/a b",)),
        ),
        (
            {"do": "edit", "id": ID, "text": "y", "mentions": ["bob"], "conversation": "bob"},
            c.EditMessage(MESSAGE, "y", ("bob",), "bob"),
        ),
        ({"do": "delete", "id": ID}, c.DeleteMessage(MESSAGE)),
        ({"do": "delete", "id": ID, "for": "me"}, c.DeleteMessage(MESSAGE)),
        ({"do": "delete", "id": ID, "for": "all", "name": "bob"}, c.DeleteMessage(MESSAGE, "bob", for_all=True)),
        ({"do": "react", "id": ID, "emoji": ["👍"]}, c.SetReactions(MESSAGE, ("👍",))),
        ({"do": "react", "id": ID, "emoji": []}, c.SetReactions(MESSAGE, ())),
        ({"do": "pin", "id": ID}, c.PinMessage(MESSAGE)),
        ({"do": "pin", "id": ID, "on": False, "conversation": "bob"}, c.PinMessage(MESSAGE, False, "bob")),
        ({"do": "pins", "conversation": "bob"}, c.Pins("bob")),
        ({"do": "timer", "conversation": "bob", "seconds": 3600}, c.SetTimer("bob", 3600)),
        ({"do": "timer", "conversation": "bob", "seconds": None}, c.SetTimer("bob", None)),
        ({"do": "typing", "conversation": "bob"}, c.Typing("bob")),
        ({"do": "forward", "id": ID, "to": ["bob", "carol"]}, c.Forward(MESSAGE, ("bob", "carol"))),
        ({"do": "forward", "id": ID, "to": ["bob"], "conversation": "dora"}, c.Forward(MESSAGE, ("bob",), "dora")),
        ({"do": "unread", "conversation": "bob"}, c.MarkUnread("bob")),
        ({"do": "unread", "conversation": "bob", "on": False}, c.MarkUnread("bob", unread=False)),
        ({"do": "archive", "name": "bob"}, c.SetArchived("bob", archived=True)),
        ({"do": "mute", "conversation": "bob", "on": True, "until": NOW}, c.SetMuted("bob", True, NOW)),
        ({"do": "mute", "conversation": "bob", "until": None}, c.SetMuted("bob", muted=True)),
        ({"do": "mute", "conversation": "bob", "on": False}, c.SetMuted("bob", muted=False)),
        ({"do": "keep", "conversation": "bob", "on": True}, c.SetPinned("bob", pinned=True)),
        ({"do": "draft", "conversation": "bob", "text": "a\nb", "reply_to": ID}, c.SetDraft("bob", "a\nb", MESSAGE)),
        ({"do": "draft", "conversation": "bob", "text": ""}, c.SetDraft("bob", "")),
        ({"do": "rename", "name": "bob", "to": "robert"}, c.Rename("bob", "robert")),
        ({"do": "wordings", "id": ID}, c.Wordings(MESSAGE)),
        ({"do": "receipts", "conversation": None, "read": False}, c.SetReceipts(read=False)),
        ({"do": "receipts", "conversation": "bob", "typing": True}, c.SetReceipts("bob", typing=True)),
        (
            {"do": "receipts", "conversation": "bob", "typing": None, "presence": False},
            c.SetReceipts("bob", presence=False, inherit=(PrivacySwitch.TYPING,)),
        ),
        (
            {"do": "receipts", "conversation": "bob", "read": None, "typing": None, "presence": None},
            c.SetReceipts("bob", inherit=tuple(PrivacySwitch)),
        ),
        ({"do": "receipts", "conversation": None, "read": None}, c.ReceiptSettings()),
        ({"do": "receipts"}, c.ReceiptSettings()),
        ({"do": "scheduled"}, c.Scheduled()),
        ({"do": "unschedule", "number": 2}, c.Unschedule(2)),
        ({"do": "send_now", "number": 2}, c.SendNow(2)),
        ({"do": "clear", "conversation": "bob", "hide": True}, c.ClearConversation("bob", hide=True)),
        ({"do": "history", "conversation": "bob", "since": NOW}, c.History("bob", 20, since=NOW)),
        (
            {"do": "search", "text": "x", "conversation": "bob", "from": "alice", "since": 0, "until": NOW},
            c.Search("x", "bob", sender="alice", since=0, until=NOW),
        ),
        ({"do": "own_link"}, c.OwnLink()),
        ({"do": "send", "conversation_id": "ab" * 32, "text": "x"}, c.Send("ab" * 32, "x")),
        ({"do": "pin", "id": ID, "conversation_id": "ab" * 32}, c.PinMessage(MESSAGE, conversation="ab" * 32)),
        ({"do": "draft", "conversation_id": "ab" * 32, "text": "x"}, c.SetDraft("ab" * 32, "x")),
        ({"do": "add", "link": "babilu://x"}, c.AddByLink("babilu://x")),
        ({"do": "QUIT"}, Quit()),
    ],
)
def test_an_object_is_one_order(given: dict[str, object], action: object) -> None:
    assert parse_json(json.dumps(given)).action == action


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "7",
        "{}",
        '{"do":7}',
        '{"do":"nonsense"}',
        '{"do":"send"}',
        '{"do":"send","to":"bob"}',
        '{"do":"send","to":"bob","text":7}',
        '{"do":"send","to":7,"text":"x"}',
        '{"do":"send","to":"two words","text":"x"}',
        '{"do":"send","to":"bob","text":"\\ud800"}',
        '{"do":"send","to":"bob","text":"x","when":"now"}',
        '{"do":"help","tag":[]}',
        '{"do":"help","tag":true}',
        '{"do":"help","tag":"' + "x" * 257 + '"}',
        '{"do":"history","name":"bob","n":0}',
        '{"do":"history","name":"bob","n":1.5}',
        '{"do":"history","name":"bob","n":true}',
        '{"do":"history","name":"bob","before":1,"after":1}',
        '{"do":"history","name":"bob","before":9223372036854775808}',
        '{"do":"state","id":7}',
        '{"do":"call","ip":"127.0.0.1"}',
        '{"do":"call","port":5051}',
        '{"do":"call","address":"::1:5051"}',
        '{"do":"listen"}',
        '{"do":"password","old":"a"}',
        '{"do":"password","old":"","new":""}',
        '{"do":"history","name":"bob","n":' + "9" * 5000 + "}",
        '{"do":"send","to":"bob","text":"x","timer":0}',
        '{"do":"send","to":"bob","text":"x","timer":31536001}',
        '{"do":"send","to":"bob","text":"x","timer":"1h"}',
        '{"do":"send","to":"bob","text":"x","mentions":"bob"}',
        '{"do":"send","to":"bob","text":"x","mentions":[7]}',
        '{"do":"send","to":"bob","text":"x","mention_all":"all"}',
        '{"do":"send","to":"bob","text":"x","send_at":"18:30"}',
        '{"do":"send","to":"bob","text":"x","reply_to":"#1"}',
        '{"do":"edit","id":"' + ID + '"}',
        '{"do":"react","id":"' + ID + '"}',
        '{"do":"react","id":"' + ID + '","emoji":"x"}',
        '{"do":"react","id":"' + ID + '","emoji":[["x"]]}',
        '{"do":"delete","id":"' + ID + '","for":"bob"}',
        '{"do":"delete","id":"' + ID + '","for":true}',
        '{"do":"timer","conversation":"bob"}',
        '{"do":"timer","conversation":"bob","seconds":true}',
        '{"do":"forward","id":"' + ID + '","to":[]}',
        '{"do":"forward","id":"' + ID + '","to":"bob"}',
        '{"do":"reply","id":"' + ID + '","text":"x"}',
        '{"do":"history","name":"bob","before":1,"since":1}',
        "[" * 100_000,
        '{"a":' * 100_000,
    ],
)
def test_an_object_that_makes_no_sense_is_refused_with_a_usage_error(line: str) -> None:
    with pytest.raises(Exception, match=r"\(usage\)"):
        parse_json(line)


def test_a_tag_is_kept_also_where_the_rest_makes_no_sense() -> None:
    assert parse_json('{"do":"help","tag":7}').tag == 7
    assert parse_json('{"do":"help","tag":"t1"}').tag == "t1"
    assert find_tag('{"do":"nonsense","tag":"t1"}') == "t1"
    assert find_tag('{"do":"nonsense","tag":[]}') is None
    assert find_tag("{") is None
    assert find_tag("7") is None


def test_an_order_knows_whom_it_is_about() -> None:
    assert parse_line("@bob hi", "").about == "bob"
    assert parse_line("/call 127.0.0.1 5051 bob", "").about == "bob"
    assert parse_line("/contacts", "").about == ""


def test_usage_shows_what_can_be_left_out() -> None:
    usages = {form.do: form.usage() for form in FORMS}
    assert usages["history"] == "/history [NAME] [N] [since:DAY]"
    assert usages["unread"] == "/unread [NAME] [off]"
    assert usages["call"] == "/call IP PORT [NAME]"
    assert usages["state"] == "/state ID"


def test_a_command_that_is_none_names_the_one_that_lists_them() -> None:
    with pytest.raises(MisuseError, match="/help lists them"):
        parse_line("/zzzzzz", "")
    with pytest.raises(MisuseError, match="; help lists them"):
        parse_json('{"do":"zzzzzz"}')


def test_a_word_that_is_no_number_is_repeated_as_far_as_one_needs_it() -> None:
    with pytest.raises(MisuseError, match="'port' must be a whole number from 0 to 65535, and not 'zed'"):
        check_number("port", "zed", 0, 65_535)
    with pytest.raises(MisuseError, match=r"and not 'a{23}…'"):
        check_number("port", 1_000 * "a", 0, 65_535)
