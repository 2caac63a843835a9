"""A third language is a catalogue and a line: commands and line mode speak one that does not exist, and it alone."""

import re
from pathlib import Path

import pytest

from babilu.api import events as e
from babilu.api.views import LinkState, PresenceState
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import conversation_of
from babilu.cli import main
from babilu.cli.app import build
from babilu.cli.exit_codes import ExitCode
from babilu.cli.help import CLONE, walk
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import MessageId
from babilu.kernel.states import MessageState
from babilu.presentation.strings import Strings
from babilu.terminal.command_forms import FORMS
from tests.pseudo import LANGUAGE, speak, untranslated
from tests.unit.terminal.session import Session

PEOPLE = ("alice", "bob", "carol", "dave", "mallory")
IDENTIFIER = re.compile(r"[0-9a-f]{8,}|conversation-\w+")


@pytest.fixture(autouse=True)
def _speak(monkeypatch: pytest.MonkeyPatch) -> None:
    speak(monkeypatch)


def test_the_language_is_spoken_with_its_forms_and_blanks() -> None:
    say = Strings(LANGUAGE)
    assert say.language == LANGUAGE
    assert say("gap", count=1, name="bob").startswith("1 ḿéššáǵé óƒ bob íš")
    assert say("gap", count=2, name="bob").startswith("2 ḿéššáǵéš óƒ bob áŕé")


def test_help_has_no_sentence_that_is_in_no_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    say = Strings(LANGUAGE)
    for page in walk(build(say)):
        assert main([*page.words[1:], "--help"], folder=Path("/clone")) == ExitCode.DONE
        shown = capsys.readouterr().out
        left = [name for name, _ in (*page.arguments, *page.options, *page.children)]
        values = re.findall(r"\[đéƒáúłţ: (\S+)", shown)
        assert untranslated(shown, [*page.words, *left, *values, *CLONE, "main.py --help --version"]) == set()


@pytest.mark.parametrize(
    "words",
    [
        "dance",
        "start --foo",
        "start --name",
        "start --open=1",
        "start ::1 70000",
        "start --log-level 1",
        "start --config /",
        "start 1 2 3 4",
        "start --open --invite-only",
        "history",
        "admin --as 1",
        "admin users quota 1 --size 1x",
        "config check /0/0",
        "contacts",
        "status",
        "admin statistics",
        "restart",
    ],
)
def test_a_refusal_has_no_word_that_is_in_no_catalogue(
    words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    home = [] if words == "dance" or "--" in words or "check" in words else ["--home", str(tmp_path)]
    assert main([*words.split(), *home]) != ExitCode.DONE
    shown = capsys.readouterr()
    known = ["babilu", words, str(tmp_path), "NAME PORT debug info warning error json text x"]
    assert untranslated(shown.err + shown.out, known) == set()


def test_the_line_mode_says_nothing_that_is_in_no_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What is exported lies where the command was given.
    monkeypatch.chdir(tmp_path)
    client = FakeClient("alice", accounts=["carol"])
    client.add_contact("bob")
    session = Session(client, json_output=False, language=LANGUAGE)

    def last(state: MessageState, error: ErrorCode | None = None) -> None:
        client.advance(client.messages("bob")[-1].id, state, error)

    try:
        session.run(
            "@bob 1",
            lambda: client.receive("bob", "2\n" * 300),
            lambda: client.receive("mallory", "3"),
            session.reads("mallory: 3"),
            lambda: client.ask_for_conversation("dave"),
            lambda: client.connect_peer("carol"),
            lambda: client.set_presence("bob", PresenceState.ONLINE),
            lambda: client.change_identity("bob"),
            lambda: client.tell(e.NoticeArrived("4")),
            lambda: client.tell(e.GapNoticed("bob", 1, 1, conversation_of("bob"))),
            "@bob 5",
            "@carol 6",
            lambda: last(MessageState.DELIVERED),
            lambda: last(MessageState.FAILED, ErrorCode.QUOTA),
            *(
                f"/{form.do} bob"
                for form in FORMS
                if form.on_line and form.do not in {"quit", "send", "password", "add", "clear"}
            ),
            "/contacts",
            "/conversations",
            "/requests",
            "/history bob 2",
            "/status",
            "/help",
            "/verify carol",
            "/foo",
            "/listen 1",
            "/read 9",
            lambda: client.receive("bob", "7"),
            session.reads("bob: 7"),
            lambda: client.edit("bob", client.messages("bob")[-1].id, "8"),
            lambda: client.react("bob", client.messages("bob")[-1].id, "👍"),
            lambda: client.react("bob", client.messages("bob")[-1].id),
            lambda: client.pin("bob", client.messages("bob")[-1].id),
            lambda: client.pin("bob", client.messages("bob")[-1].id, on=False),
            lambda: client.set_timer("bob", 60),
            lambda: client.set_timer("bob", None),
            lambda: client.receive("bob", "@alice", reply_to=client.messages("bob")[-1].id, mentions=("alice",)),
            lambda: client.receive("bob", "9", reply_to=MessageId(bytes(16))),
            lambda: client.shape(client.messages("bob")[-1].id, forwarded=True, pinned=True, timer=60, edited_at=0),
            "/history bob 3",
            lambda: client.delete_for_all("bob", client.messages("bob")[-1].id),
            lambda: client.expire(client.messages("bob")[-1].id),
            "/to bob",
            *(f"/{do}{off}" for do in ("timer", "unread", "archive", "keep", "mute") for off in (" 1h", "", " off")),
            *("/draft 1", "/draft", "/schedule 1h 1", "/scheduled", "/unschedule 1", "/receipts", "/receipts bob"),
            *(
                "/receipts read:off",
                "/schedule noon 1",
                "/timer soon",
                "/pins",
                "/own_link",
                "/typing bob",
                "/clear bob",
            ),
            "{",
            client.go_offline,
            client.go_online,
            "/status",
            lambda: client.tell(e.LinkChanged(LinkState.OFFLINE, ErrorCode.UNAVAILABLE.value, "", None)),
        )
    finally:
        client.close()
    # Members of the JSON contract and blanks to be filled bear the same names in every language.
    usages = [usage for form in FORMS for usage in (form.usage(), form.usage().lower())]
    usages += [f"'{field.name}'" for form in FORMS for field in form.fields]
    # So do units of sizes.
    usages += ["MB", "what was written before", "babilu://127.0.0.1:5050/@alice#kiCr", str(tmp_path)]
    lines = [IDENTIFIER.sub("", line) for line in (*session.heard.lines, *session.complaints.lines)]
    assert len(lines) > 60
    assert {line: words for line in lines if (words := untranslated(line, [*PEOPLE, *usages, "text"]))} == {}
