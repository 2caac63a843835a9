"""Exports by a line and by an object."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.bot.fake_client import FakeClient
from babilu.kernel.states import ImportSource
from tests.unit.terminal.session import Session


@pytest.fixture
def client() -> Iterator[FakeClient]:
    made = FakeClient()
    made.receive("bob", "hello")
    yield made
    made.close()


def test_an_object_writes_a_conversation_and_says_what_came_of_it(client: FakeClient, tmp_path: Path) -> None:
    target = tmp_path / "bob.json"
    wanted = {"do": "export", "path": str(target), "conversation": "bob", "format": "json", "tag": 7}
    program = Session(client)
    program.run(json.dumps(wanted))
    (exported,) = program.of("exported")
    assert exported == {
        "event": "exported",
        "path": str(target),
        "format": "json",
        "conversations": 1,
        "messages": 1,
        "files": 0,
        "missing": 0,
        "left_out": 0,
        "tag": 7,
    }
    assert json.loads(target.read_text(encoding="utf-8"))["messages"][0]["text"] == "hello"


def test_what_exists_is_an_error_of_its_own(client: FakeClient, tmp_path: Path) -> None:
    program = Session(client)
    program.run(json.dumps({"do": "export", "path": str(tmp_path), "tag": "x"}))
    (error,) = program.of("error")
    assert (error["code"], error["tag"]) == ("exists", "x")


def test_a_format_that_there_is_not_is_refused(client: FakeClient, tmp_path: Path) -> None:
    program = Session(client)
    program.run(json.dumps({"do": "export", "path": str(tmp_path / "x"), "format": "pdf"}))
    (error,) = program.of("error")
    assert error["code"] == "usage"
    assert not (tmp_path / "x").exists()


def test_a_line_writes_them_all_and_says_that_nothing_is_encrypted(client: FakeClient, tmp_path: Path) -> None:
    person = Session(client, json_output=False)
    person.run(f"/export {tmp_path / 'all'} format:text", person.reads("None of it is encrypted"))
    lines = person.heard.lines
    text = "\n".join(lines)
    assert f"1 message written to {tmp_path / 'all'}." in text
    assert "None of it is encrypted" in text
    assert "hello" in (tmp_path / "all" / "conversations" / "bob.txt").read_text(encoding="utf-8")


def test_what_was_imported_is_shown_as_that(client: FakeClient) -> None:
    made = client.receive("bob", "from elsewhere")
    client.shape(made.id, imported=ImportSource.WHATSAPP, outgoing=True, sender="alice", state=None)
    person = Session(client, json_output=False)
    person.run("/history bob", person.reads("from elsewhere"))
    lines = person.heard.lines
    assert any("alice: from elsewhere" in line and "imported from WhatsApp" in line for line in lines)


def test_programs_are_told_what_was_imported(client: FakeClient) -> None:
    made = client.receive("bob", "from elsewhere")
    client.shape(made.id, imported=ImportSource.WHATSAPP)
    program = Session(client)
    program.run(json.dumps({"do": "history", "name": "bob"}), program.hears("history"))
    assert program.of("history")[0]["messages"][-1]["imported"] == "whatsapp"
