"""What waits in a profile comes back with it: nothing is sent by itself, and nothing of it is there twice."""

from pathlib import Path

import pytest

from babilu.archive.groups import ArchiveGroup, GroupKind, records_of
from babilu.archive.importing import Importer
from babilu.archive.reader import ArchiveFile, ArchiveReader
from babilu.archive.scope import ArchiveScope
from babilu.archive.waiting_records import ArchivedHeld, ArchivedTraces
from babilu.crypto.keys import SigningKey
from babilu.kernel.ids import BlobId
from babilu.store.contact_records import ContactRecord
from babilu.store.database import Database
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.archive.builders import (
    OPENER,
    Dice,
    Life,
    a_file,
    a_held_message,
    a_profile,
    a_text_for_later,
    a_waiting_action,
    dump,
    live,
    profile_in,
    restore,
    write,
)
from tests.unit.store.builders import NOW


@pytest.fixture
def own() -> SigningKey:
    """Whose profile it is."""
    return SigningKey.generate(Dice(99))


def pair_of(unit: UnitOfWork, name: str = "bob") -> tuple[int, ContactRecord]:
    (contact,) = [each for each in unit.contacts.all() if each.name == name]
    return unit.conversations.of_contact(contact.contact).conversation, contact


def archived(folder: Path, own: SigningKey) -> Path:
    """Make an archive of a profile in which something of everything waits."""
    dice = Dice()
    with profile_in(folder / "one", a_profile(dice, own)) as database:
        with database.write() as unit:
            live(unit, dice)
        write(database, folder / "archive")
    return folder / "archive"


def held_in(database: Database, scope: ArchiveScope | None = None) -> list[ArchivedHeld]:
    """Give the held-back messages of an archive of a profile."""
    return [held for traces in traces_in(dump(database, scope)) for held in traces.held]


def traces_in(groups: list[ArchiveGroup]) -> list[ArchivedTraces]:
    return [each for group in groups if group.kind is GroupKind.TRACES for each in records_of(group, ArchivedTraces)]


def test_a_text_for_later_waits_for_its_user_and_has_its_files(tmp_path: Path, own: SigningKey) -> None:
    with profile_in(tmp_path / "two", a_profile(Dice(), own)) as database:
        restore(archived(tmp_path, own), database)
        with database.read() as unit:
            texts = unit.scheduled.all()
            assert [(each.text, each.overdue, each.mentions) for each in texts] == [
                ("later", True, ("bob",)),
                ("later, with a picture", True, ("bob",)),
            ]
            assert unit.scheduled.next_due() is None
            (entry,) = texts[1].files
            assert unit.attachments.entry_of(BlobId(entry.blob)) == entry


def test_a_voice_note_comes_back_whole_and_is_not_mixed_with_another(tmp_path: Path, own: SigningKey) -> None:
    path, dice = archived(tmp_path, own), Dice()
    with profile_in(tmp_path / "two", a_profile(dice, own)) as database:
        restore(path, database)
        with database.read() as unit:
            (recording,) = unit.recordings.all()
            sound = unit.recordings.sound(recording.conversation)
        assert (len(sound), len(recording.levels)) == (3 * 700, 3 * 50)
        with database.write() as unit:
            unit.recordings.delete(recording.conversation)
            unit.recordings.begin(recording.conversation, NOW + 1)
            unit.recordings.append(recording.conversation, b"another", b"1")
        restore(path, database)
        with database.read() as unit:
            assert unit.recordings.sound(recording.conversation) == b"another"


def test_a_message_that_is_held_back_here_is_not_stored_beside_that(tmp_path: Path, own: SigningKey) -> None:
    dice = Dice()
    with profile_in(tmp_path / "one", a_profile(dice, own)) as database:
        with database.write() as unit:
            bob, _ = Life(unit, dice).meet("bob")
        write(database, tmp_path / "before")
        with database.write() as unit:
            number, _ = pair_of(unit)
            life = Life(unit, Dice(4))
            message = a_held_message(life, number, bob)
        write(database, tmp_path / "held")
        with database.write() as unit:
            (held,) = unit.held_back.of(number)
            unit.held_back.remove(held)
            unit.new_messages.add_incoming(held, NOW)
        write(database, tmp_path / "shown")
    with profile_in(tmp_path / "two", a_profile(dice, own)) as database:
        restore(tmp_path / "held", database)
        assert restore(tmp_path / "shown", database).imported.messages == 0
        with database.read() as unit:
            number, _ = pair_of(unit)
            assert [each.id for each in unit.held_back.of(number)] == [message]
    with profile_in(tmp_path / "three", a_profile(dice, own)) as database:
        restore(tmp_path / "shown", database)
        restore(tmp_path / "held", database)
        with database.read() as unit:
            number, _ = pair_of(unit)
            assert not unit.held_back.of(number)
            assert unit.messages.by_id(message, number) is not None


def test_a_held_message_waits_for_nothing_any_more(tmp_path: Path, own: SigningKey) -> None:
    with profile_in(tmp_path / "two", a_profile(Dice(), own)) as database:
        restore(archived(tmp_path, own), database)
        with database.read() as unit:
            number, bob = pair_of(unit)
            (held,) = unit.held_back.of(number)
            assert (held.text, held.missing_from, held.release_at) == ("after a hole", 0, 0)
            assert bob.contact in unit.held_back.authors()


def test_what_waits_and_disappears_is_kept_only_where_that_is_asked_for(tmp_path: Path, own: SigningKey) -> None:
    dice = Dice()
    with profile_in(tmp_path / "one", a_profile(dice, own)) as database:
        with database.write() as unit:
            life = Life(unit, dice)
            bob, _ = life.meet("bob")
            a_held_message(life, pair_of(unit)[0], bob, "gone soon", timer=60_000)
        assert held_in(database) == []
        assert [each.text for each in held_in(database, ArchiveScope(NOW, disappearing=True))] == ["gone soon"]


def test_an_action_waits_on_for_a_message_that_is_not_here(tmp_path: Path, own: SigningKey) -> None:
    dice = Dice()
    with profile_in(tmp_path / "one", a_profile(dice, own)) as database:
        with database.write() as unit:
            life = Life(unit, dice)
            bob, _ = life.meet("bob")
            number, _ = pair_of(unit)
            message = life.hear(number, bob, "known to the other device")
        write(database, tmp_path / "known")
        with database.write() as unit:
            waits_for = a_waiting_action(Life(unit, Dice(8)), number, bob)
            a_waiting_action(Life(unit, Dice(9)), number, bob, target=message)
        write(database, tmp_path / "archive")
    with profile_in(tmp_path / "two", a_profile(dice, own)) as database:
        restore(tmp_path / "archive", database)
        with database.write() as unit:
            number, _ = pair_of(unit)
            assert unit.waiting_actions.release(number, message) == []
            # The receipt of a text that waits, too, is of the device that has it.
            (action,) = unit.waiting_actions.release(number, waits_for)
            assert action.part


def test_an_action_whose_time_is_over_does_not_come_back(tmp_path: Path, own: SigningKey) -> None:
    with profile_in(tmp_path / "two", a_profile(Dice(), own)) as database:
        restore(archived(tmp_path, own), database, NOW + 200_000)
        with database.read() as unit:
            assert unit.statements.number("SELECT count(*) FROM waiting_action") == 0


def test_whoever_asks_waits_on(tmp_path: Path, own: SigningKey) -> None:
    path = archived(tmp_path, own)
    with profile_in(tmp_path / "two", a_profile(Dice(), own)) as database:
        restore(path, database)
        with database.read() as unit:
            picnic, choir = sorted(unit.groups.all(), key=lambda each: not each.accepted)
            assert (choir.accepted, choir.added_by) == (False, pair_of(unit)[1].contact)
            (link,) = unit.group_links.of_log(picnic.log, NOW)
            assert (link.link, link.used, link.approval) == ("babilu-group:own", 1, True)
            (request,) = unit.group_links.requests_to(picnic.log)
            assert request.contact == pair_of(unit, "erin")[1].contact
            assert unit.group_links.came_by_link(picnic.log, pair_of(unit, "dave")[1].contact)
            assert unit.statements.number("SELECT count(*) FROM group_asked") == 1
            assert [each.name for each in unit.requests.all()] == ["frank"]


def test_a_stranger_who_was_declined_meanwhile_does_not_ask_again(tmp_path: Path, own: SigningKey) -> None:
    path = archived(tmp_path, own)
    with profile_in(tmp_path / "two", a_profile(Dice(), own)) as database:
        restore(path, database)
        with database.write() as unit:
            (frank,) = unit.requests.all()
            unit.requests.decline(frank.identity_key, NOW)
        restore(path, database)
        with database.read() as unit:
            assert not unit.requests.all()


def test_what_was_deleted_in_a_long_life_is_many_small_records(tmp_path: Path, own: SigningKey) -> None:
    dice = Dice()
    with profile_in(tmp_path / "one", a_profile(dice, own)) as database:
        with database.write() as unit:
            notes = unit.conversations.notes()
            assert notes is not None
            unit.statements.run_many(
                "INSERT INTO message_deleted (id, conversation) VALUES (?, ?)",
                [(dice.token(16), notes.conversation) for _ in range(10_000)],
            )
        traces = traces_in(dump(database))
        digest = write(database, tmp_path / "archive")
    assert max(len(each.deleted) for each in traces) < 2_500
    assert sum(len(each.deleted) for each in traces) == 10_000
    with profile_in(tmp_path / "two", a_profile(dice, own)) as database:
        restore(tmp_path / "archive", database)
        assert write(database, tmp_path / "again", Dice(8)) == digest


def test_no_more_texts_come_back_than_may_wait(
    tmp_path: Path, own: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = Dice()
    with profile_in(tmp_path / "one", a_profile(dice, own)) as database:
        with database.write() as unit:
            life = Life(unit, dice)
            bob, _ = life.meet("bob")
            for number in range(4):
                files = (a_file(dice),) if number else ()
                a_text_for_later(life, pair_of(unit)[0], bob, f"text {number}", files)
        write(database, tmp_path / "archive")
    monkeypatch.setattr("babilu.store.archive_waiting.SCHEDULED_AT_MOST", 3)
    with profile_in(tmp_path / "two", a_profile(dice, own)) as database:
        restore(tmp_path / "archive", database)
        with database.read() as unit:
            assert [each.text for each in unit.scheduled.all()] == ["text 0", "text 1", "text 2"]
            assert unit.statements.number("SELECT count(*) FROM scheduled_file") == 2


def test_what_is_set_in_an_empty_conversation_of_a_living_profile_stays(tmp_path: Path, own: SigningKey) -> None:
    dice = Dice()
    with profile_in(tmp_path / "one", a_profile(dice, own)) as database:
        with database.write() as unit:
            life = Life(unit, dice)
            for name in ("bob", "carol"):
                contact, _ = life.meet(name)
                number = unit.conversations.of_contact(contact.contact).conversation
                unit.conversations.set_draft(number, "from the backup", None)
        write(database, tmp_path / "archive")
        with database.write() as unit:
            number, bob = pair_of(unit)
            unit.conversations.set_draft(number, "written since", None)
        importer = Importer(database, lambda: NOW + 20_000, lives=True)
        with ArchiveFile(tmp_path / "archive") as file:
            importer.take(*ArchiveReader(file, OPENER).groups())
        assert importer.imported.conversations == 0
        with database.read() as unit:
            assert unit.conversations.of_contact(bob.contact).draft == "written since"
    # Whoever comes with the backup brings what is set for them.
    with profile_in(tmp_path / "two", a_profile(dice, own)) as database:
        importer = Importer(database, lambda: NOW + 20_000, lives=True)
        with ArchiveFile(tmp_path / "archive") as file:
            importer.take(*ArchiveReader(file, OPENER).groups())
        with database.read() as unit:
            assert unit.conversations.of_contact(pair_of(unit)[1].contact).draft == "from the backup"
