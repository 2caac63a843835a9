"""What an import says: tables for people, one object for programs, in each language."""

import json

import pytest

from babilu.api.views import ImportedChatView, ImportedPersonView, ImportLossView, ImportView
from babilu.cli.import_chats import show_import, show_imported
from babilu.kernel.ids import ConversationId
from babilu.kernel.states import ImportLoss, ImportSource
from babilu.presentation.strings import LANGUAGES, Strings

PEOPLE = (
    ImportedPersonView("Al\x1b[31m", 2, contact="alice"),
    ImportedPersonView("Bob B", 1, own=True),
    ImportedPersonView("Carol", 1),
)
CHAT = ImportedChatView("Tea", ConversationId(bytes(32)), None, 4, 3, 1, 1_528_925_100_000, 1_528_925_160_000, PEOPLE)
VIEW = ImportView(ImportSource.WHATSAPP, True, (CHAT,), (ImportLossView(ImportLoss.SYSTEM, 2),))


def test_people_read_who_is_who_how_much_and_what_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    show_import(VIEW, Strings("en"))
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "Tea - 4 3 1 2018-06-13 21:25 2018-06-13 21:26" in lines
    assert [line for line in lines if line.startswith("Tea ") and line.endswith(("alice", "you", "a name"))] == [
        "Tea Al\\x1b[31m 2 alice",
        "Tea Bob B 1 you",
        "Tea Carol 1 a name",
    ]
    assert "lines of the program itself 2" in lines
    assert lines[-1] == "3 new messages would be taken over. Nothing was changed."


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ImportLoss)
def test_whatever_is_left_out_has_words(capsys: pytest.CaptureFixture[str], language: str, kind: ImportLoss) -> None:
    view = ImportView(ImportSource.MATTERMOST, False, (), (ImportLossView(kind, 7),))
    show_import(view, Strings(language))
    assert "7" in capsys.readouterr().out


def test_programs_read_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    show_imported(VIEW)
    said = json.loads(capsys.readouterr().out)
    assert (said["event"], said["source"], said["dry_run"], said["lost"]) == (
        "imported",
        "whatsapp",
        True,
        {"system": 2},
    )
    (chat,) = said["chats"]
    assert (chat["title"], chat["conversation"], chat["messages"], chat["new"]) == ("Tea", None, 4, 3)
    assert chat["people"][1] == {"name": "Bob B", "messages": 1, "contact": None, "own": True}
