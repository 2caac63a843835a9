import json

import pytest

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.api.views import Address
from babilu.kernel.ids import MessageId
from babilu.presentation.strings import MisuseError
from babilu.terminal.arguments import check_number
from babilu.terminal.command_line import FORMS, AskPasswords, Choose, Quit, ShowHelp, find_tag, parse_json, parse_line

ID = "00112233445566778899aabbccddeeff"
MESSAGE = MessageId(bytes.fromhex(ID))


@pytest.mark.parametrize(
    ("line", "action"),
    [
        ("@bob hello", c.Send("bob", "hello")),
        ("@bob  two  blanks ", c.Send("bob", " two  blanks ")),
        ("@bob /history is no command here", c.Send("bob", "/history is no command here")),
        ("@bob @carol said so", c.Send("bob", "@carol said so")),
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
    assert parse_line(line, "dora").action == action


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
    assert parse_line("/state #3", "", {"#3": ID}.__getitem__).action == c.MessageInfo(MESSAGE)


@pytest.mark.parametrize(
    ("given", "action"),
    [
        ({"do": "send", "to": "bob", "text": "a\nb"}, c.Send("bob", "a\nb")),
        ({"do": "send", "name": "bob", "text": ""}, c.Send("bob", "")),
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
    assert usages["history"] == "/history [NAME] [N]"
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
