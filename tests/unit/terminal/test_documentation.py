import inspect
import re
from pathlib import Path
from typing import get_args

from babilu.api import events as e
from babilu.kernel.errors import ErrorCode
from babilu.presentation import json_members
from babilu.terminal import json_answers, json_events
from babilu.terminal.app.keys import KEYS
from babilu.terminal.command_forms import FORMS
from babilu.terminal.event_renderer import SENTENCES, UNSAID
from babilu.terminal.text_renderer import ABOUT_MESSAGES

DOCS = Path(__file__).resolve().parents[3] / "docs"
CONTRACT = (DOCS / "json-contract.md").read_text(encoding="utf-8")
TERMINAL = (DOCS / "terminal.md").read_text(encoding="utf-8")
LINE_MODE = (DOCS / "line-mode.md").read_text(encoding="utf-8")


def test_whatever_a_client_tells_has_its_object() -> None:
    assert set(json_events.DESCRIPTIONS) == set(get_args(e.Event))


def test_whatever_a_client_tells_is_said_to_people_or_left_out_on_purpose() -> None:
    said = {*SENTENCES, *ABOUT_MESSAGES, e.MessageQueued, e.LineAdded, e.MessageStateChanged}
    assert said | UNSAID == set(get_args(e.Event))
    assert not said & UNSAID


def test_every_event_is_in_the_contract() -> None:
    sources = "".join(map(inspect.getsource, (json_answers, json_events, json_members)))
    events = set(re.findall(r'(?:"event": |plainly\(|of_message\()"([a-z_]+)"', sources))
    assert len(events) > 40
    missing = {event for event in events if f'"event":"{event}"' not in CONTRACT}
    assert missing == set()


def test_every_command_and_every_argument_is_in_the_contract() -> None:
    commands = CONTRACT[CONTRACT.index("### Commands") : CONTRACT.index("## Events of `connect`")]
    for form in (form for form in FORMS if form.in_json):
        row = next(line for line in commands.splitlines() if f"`{form.do}`" in line[1 : line.find("|", 1)])
        assert all(f"`{field.name}`" in row or f'"{field.name}"' in row for field in form.fields), row


def test_every_error_code_is_in_the_contract() -> None:
    assert {
        code.value for code in ErrorCode if f"| `{code.value}`" not in CONTRACT and f", `{code.value}`" not in CONTRACT
    } == set()


def test_every_command_of_a_line_is_described() -> None:
    assert {form.do for form in FORMS if form.on_line and f"`/{form.do}" not in LINE_MODE} == set()


def test_every_key_is_described() -> None:
    written = {name for key in KEYS for name in key.written.split(", ")}
    assert {name for name in written if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", TERMINAL)} == set()
