"""What was deleted is in no page of the database and of its log, free pages included."""

from dataclasses import replace
from pathlib import Path

import pytest

from babilu.store import database as module
from babilu.store.database import Database
from tests.unit.store.builders import KEY, NOW, a_device, a_message_id, add_contact, an_incoming, paths_in, reopened
from tests.unit.store.pages import pages_in_clear, places_of

SECRET = "the treasure lies under the old oak" * 3


def keep_and_delete(database: Database, text: str = SECRET) -> None:
    """Keep a message, have it indexed, and delete it."""
    message, device = a_message_id(), a_device()
    with database.write() as unit:
        conversation = unit.conversations.of_contact(add_contact(unit).contact)
        assert conversation.contact is not None
        arrived = an_incoming(conversation.conversation, text, message=message, device=device)
        unit.new_messages.add_incoming(replace(arrived, author=conversation.contact, part=text.encode()), NOW)
    with database.write() as unit:
        unit.search.index_waiting()
    with database.write() as unit:
        unit.messages.delete(message)


def secrets(folder: Path) -> int:
    return places_of(SECRET[:30].encode(), paths_in(folder).database, KEY.reveal())


def test_pages_are_read_as_they_were_written(database: Database, tmp_path: Path) -> None:
    keep_and_delete(database)

    assert any(b"CREATE TABLE message" in page for page in pages_in_clear(paths_in(tmp_path).database, KEY.reveal()))
    assert secrets(tmp_path) > 0


def test_deleted_words_are_gone_from_database_and_log(database: Database, tmp_path: Path) -> None:
    keep_and_delete(database)

    assert database.scrub()

    assert secrets(tmp_path) == 0


def test_without_secure_deletion_free_pages_would_keep_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_database: Path
) -> None:
    pragmas = tuple(each for each in module._WRITER_PRAGMAS if "secure_delete" not in each)
    monkeypatch.setattr(module, "_WRITER_PRAGMAS", (*pragmas, "secure_delete = OFF"))
    (tmp_path / paths_in(tmp_path).database.name).write_bytes(empty_database.read_bytes())

    with reopened(tmp_path) as database:
        keep_and_delete(database, SECRET * 300)
        assert database.scrub()
        assert secrets(tmp_path) > 0


def test_whoever_reads_what_the_log_has_is_not_disturbed(database: Database, tmp_path: Path) -> None:
    keep_and_delete(database)

    with database.read() as unit:
        assert unit.messages.queued_count() == 0
        assert not database.scrub()

    assert database.scrub()
    assert secrets(tmp_path) == 0


def test_what_comes_after_a_scrub_is_read_after_a_crash(database: Database, tmp_path: Path) -> None:
    keep_and_delete(database)
    assert database.scrub()
    with database.write() as unit:
        unit.settings.set("after", b"1")

    database.close(keep_log=True)

    with reopened(tmp_path) as again, again.read() as unit:
        assert unit.settings.get("after") == b"1"
