"""Tests that an archive brings back what a person had, twice is once, and nothing of a device comes back."""

from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from babilu.archive.collecting import Collector
from babilu.archive.groups import ArchiveGroup, GroupKind, records_of, said_by
from babilu.archive.importing import Importer
from babilu.archive.records import ArchivedMessage
from babilu.archive.scope import ArchiveScope
from babilu.crypto.keys import SigningKey
from babilu.crypto.secret import Secret
from babilu.kernel.errors import ArchiveError, ErrorCode
from babilu.kernel.ids import MessageId
from babilu.kernel.states import ArchiveVerdict, MessageKind, MessageState
from babilu.store.contact_records import ContactRecord
from babilu.store.conversations import ONESELF
from babilu.store.message_records import RegisterRecord, SearchFilter, TextFields
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.archive.builders import (
    Dice,
    Life,
    a_chat,
    a_file,
    a_group,
    a_held_message,
    a_profile,
    a_text_for_later,
    a_waiting_action,
    dump,
    examine,
    live,
    own_identity,
    profile_in,
    restore,
    write,
)
from tests.unit.store.builders import NOW


def contents(groups: list[ArchiveGroup]) -> list[bytes]:
    return [said_by(group) for group in groups if group.kind is not GroupKind.SUMMARY]


@pytest.fixture
def own() -> SigningKey:
    """Whose profile it is."""
    return SigningKey.generate(Dice(99))


def test_what_is_restored_is_archived_again_byte_for_byte(tmp_path: Path, own: SigningKey) -> None:
    dice = Dice()
    with profile_in(tmp_path / "one", a_profile(dice, own)) as database:
        with database.write() as unit:
            live(unit, dice)
        digest = write(database, tmp_path / "archive")
        before = contents(dump(database))
    with profile_in(tmp_path / "two", a_profile(dice, own)) as database:
        restore(tmp_path / "archive", database)
        assert contents(dump(database)) == before
        assert write(database, tmp_path / "again", Dice(8)) == digest
        assert database.is_whole()


def test_a_whole_archive_is_good_and_says_what_is_in_it(tmp_path: Path, own: SigningKey) -> None:
    dice = Dice()
    with profile_in(tmp_path / "one", a_profile(dice, own)) as database:
        with database.write() as unit:
            live(unit, dice)
        digest = write(database, tmp_path / "archive")
    found = examine(tmp_path / "archive")
    assert found.verdict is ArchiveVerdict.GOOD
    assert found.damaged_at is None
    assert found.sha256 == digest
    assert found.counts is not None
    assert found.readable == found.counts.messages > 50
    assert found.summary is not None
    assert (found.summary.name, found.summary.list_version) == ("alice", 1)


def test_another_code_is_told_from_damage(tmp_path: Path, own: SigningKey) -> None:
    dice = Dice()
    with profile_in(tmp_path / "one", a_profile(dice, own)) as database:
        write(database, tmp_path / "archive")
    with pytest.raises(ArchiveError) as refused:
        examine(tmp_path / "archive", Secret(bytes(32)))
    assert refused.value.code is ErrorCode.WRONG_CODE


def test_restoring_twice_adds_nothing(tmp_path: Path, own: SigningKey) -> None:
    dice = Dice()
    with profile_in(tmp_path / "one", a_profile(dice, own)) as database:
        with database.write() as unit:
            live(unit, dice)
        write(database, tmp_path / "archive")
    with profile_in(tmp_path / "two", a_profile(dice, own)) as database:
        first = restore(tmp_path / "archive", database).imported
        before = contents(dump(database))
        assert first.messages > 50
        assert restore(tmp_path / "archive", database).imported.messages == 0
        assert contents(dump(database)) == before


def test_restoring_into_the_profile_that_was_archived_changes_nothing(tmp_path: Path, own: SigningKey) -> None:
    dice = Dice()
    with profile_in(tmp_path / "one", a_profile(dice, own)) as database:
        with database.write() as unit:
            live(unit, dice)
        write(database, tmp_path / "archive")
        before = contents(dump(database))
        assert restore(tmp_path / "archive", database).imported.messages == 0
        assert contents(dump(database)) == before


def test_what_was_deleted_since_does_not_come_back(tmp_path: Path, own: SigningKey) -> None:
    dice = Dice()
    with profile_in(tmp_path / "one", a_profile(dice, own)) as database:
        with database.write() as unit:
            life = live(unit, dice)
            notes = unit.conversations.notes()
            assert notes is not None
            message = life.say(notes.conversation, "better forgotten")
        write(database, tmp_path / "archive")
        with database.write() as unit:
            unit.messages.delete(message)
        restore(tmp_path / "archive", database)
        with database.read() as unit:
            assert unit.messages.by_id(message) is None


def test_messages_that_disappear_are_kept_only_if_asked_for_and_while_they_run(tmp_path: Path, own: SigningKey) -> None:
    dice = Dice()

    def running(now: int, *, disappearing: bool) -> bool:
        scope = ArchiveScope(now, disappearing=disappearing)
        return any(b"gone soon" in said_by(group) for group in dump(database, scope))

    with profile_in(tmp_path / "one", a_profile(dice, own)) as database:
        with database.write() as unit:
            live(unit, dice)
        assert not running(NOW + 1000, disappearing=False)
        assert running(NOW + 1000, disappearing=True)
        assert not running(NOW + 61 * 24 * 60 * 60 * 1000, disappearing=True)


def test_a_message_that_disappears_is_not_restored_after_its_time(tmp_path: Path, own: SigningKey) -> None:
    dice = Dice()
    with profile_in(tmp_path / "one", a_profile(dice, own)) as database:
        with database.write() as unit:
            live(unit, dice)
        write(database, tmp_path / "archive", scope=ArchiveScope(NOW, disappearing=True))
    late = NOW + 61 * 24 * 60 * 60 * 1000
    with profile_in(tmp_path / "two", a_profile(dice, own)) as database:
        restore(tmp_path / "archive", database, late)
        with database.read() as unit:
            assert not unit.search.find("gone soon", SearchFilter(), 5)


def test_no_ratchet_prekey_or_device_key_is_in_an_archive(tmp_path: Path, own: SigningKey) -> None:
    dice = Dice()
    with profile_in(tmp_path / "one", a_profile(dice, own)) as database:
        with database.write() as unit:
            live(unit, dice)
            record = unit.profile.load()
        assert record is not None
        said = b"".join(contents(dump(database)))
    assert own.private_bytes().reveal() not in said
    for secret in (record.signing, record.agreement):
        assert secret.reveal() not in said
    assert bytes(record.device) not in said
    assert b"device.retiring" not in said


def test_what_had_not_been_sent_is_failed_and_says_why(tmp_path: Path, own: SigningKey) -> None:
    dice = Dice()
    with profile_in(tmp_path / "one", a_profile(dice, own)) as database:
        with database.write() as unit:
            live(unit, dice)
        write(database, tmp_path / "archive")
    with profile_in(tmp_path / "two", a_profile(dice, own)) as database:
        restore(tmp_path / "archive", database)
        with database.read() as unit:
            assert unit.messages.queued_count() == 0
            failed = unit.statements.number("SELECT count(*) FROM message WHERE error = 'restored'")
            in_group = unit.statements.number("SELECT count(*) FROM delivery WHERE state = 'failed'")
    assert failed >= 10
    assert in_group == 2


def test_restored_messages_are_found_by_their_letters(tmp_path: Path, own: SigningKey) -> None:
    dice = Dice()
    with profile_in(tmp_path / "one", a_profile(dice, own)) as database:
        with database.write() as unit:
            live(unit, dice)
        write(database, tmp_path / "archive")
    with profile_in(tmp_path / "two", a_profile(dice, own)) as database:
        restore(tmp_path / "archive", database)
        with database.read() as unit:
            assert len(unit.search.find("no typo", SearchFilter(), 5)) == 1
            assert not unit.search.find("nonsense", SearchFilter(), 5)
            assert not unit.search.find("regretted", SearchFilter(), 5)


def test_what_is_noted_about_the_own_devices_comes_back(tmp_path: Path, own: SigningKey) -> None:
    dice = Dice()
    with profile_in(tmp_path / "one", a_profile(dice, own)) as database:
        with database.write() as unit:
            keep_oneself(unit)
            notes = unit.conversations.notes()
            assert notes is not None
            line = MessageId(dice.token(16))
            unit.lines.add(line, notes.conversation, ONESELF, MessageKind.DEVICES_CHANGED, NOW, NOW)
        digest = write(database, tmp_path / "archive")
    with profile_in(tmp_path / "two", a_profile(dice, own)) as database:
        with database.write() as unit:
            keep_oneself(unit)
        restore(tmp_path / "archive", database)
        assert write(database, tmp_path / "again", Dice(8)) == digest


def keep_oneself(unit: UnitOfWork) -> None:
    record = unit.profile.load()
    assert record is not None
    unit.contacts.keep_oneself(own_identity(unit), record.name, "", record.device, record.device_list, NOW)


def test_another_person_s_archive_is_refused(tmp_path: Path, own: SigningKey) -> None:
    dice = Dice()
    with profile_in(tmp_path / "one", a_profile(dice, own)) as database:
        write(database, tmp_path / "archive")
    other = SigningKey.generate(dice)
    with profile_in(tmp_path / "two", a_profile(dice, other)) as database, pytest.raises(ArchiveError):
        restore(tmp_path / "archive", database)


def test_history_comes_newest_first_and_takes_its_old_places(tmp_path: Path, own: SigningKey) -> None:
    dice = Dice()
    with profile_in(tmp_path / "one", a_profile(dice, own)) as database:
        with database.write() as unit:
            live(unit, dice)
        before = contents(dump(database))
        with database.read() as unit:
            collector = Collector(unit, ArchiveScope(NOW + 10_000))
            core = list(collector.core())
            runs = list(collector.newest_first(most=10))
            rest = [each for each in collector.groups() if each.kind is not GroupKind.MESSAGES]
    highest = [max(each.position for each in records_of(run, ArchivedMessage)) for run in runs]
    assert len(runs) > 5
    assert highest[0] > highest[-1]
    with profile_in(tmp_path / "two", a_profile(dice, own)) as database:
        importer = Importer(database, lambda: NOW + 20_000)
        for group in [*core, *runs, *runs[:3], *rest]:
            importer.take(group)
        assert contents(dump(database)) == before


TALK = ("say", "hear", "write", "file", "line", "draft")
BEGIN = ("meet", "group", "import")
WAIT = ("schedule", "record", "hold", "wait")
CHANGES = ("edit", "edit own", "react", "forget", "erase", "pin")
STEPS = st.lists(st.sampled_from(TALK + CHANGES + BEGIN + WAIT), max_size=30)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, seed=st.integers(0, 2**32))
def test_any_history_comes_back_as_it_was(tmp_path: Path, own: SigningKey, steps: list[str], seed: int) -> None:
    dice = Dice(seed)
    folder = tmp_path / str(uuid4())
    folder.mkdir()
    with profile_in(folder / "one", a_profile(dice, own)) as database:
        with database.write() as unit:
            walk(Life(unit, dice), steps)
        write(database, folder / "archive")
        before = contents(dump(database))
    with profile_in(folder / "two", a_profile(dice, own)) as database:
        restore(folder / "archive", database)
        assert contents(dump(database)) == before


@dataclass
class Walk:
    """What was said in two conversations, step by step."""

    life: Life
    people: list[ContactRecord]
    heard: list[tuple[MessageId, int, ContactRecord]] = field(default_factory=list)
    own: list[tuple[MessageId, int]] = field(default_factory=list)

    def talk(self, step: str) -> None:
        life, unit, dice = self.life, self.life.unit, self.life.dice
        contact = dice.made.choice(self.people)
        number = unit.conversations.of_contact(contact.contact).conversation
        text = dice.made.choice(("a", "longer words", "ÄÖ ß 😀", "@bob"))
        match step:
            case "say":
                self.own.append((life.say(number, text), number))
            case "hear":
                self.heard.append((life.hear(number, contact, text), number, contact))
            case "write" if self.own:
                state = dice.made.choice((MessageState.HELD, MessageState.READ))
                unit.messages.advance_state(self.own[-1][0], state)
            case "file":
                life.hear(number, contact, text, TextFields(files=(a_file(dice),), forwarded=True))
            case "line":
                line = MessageId(dice.token(16))
                unit.lines.add(line, number, contact.contact, MessageKind.KEY_CHANGED, life.now, life.now)
            case "draft":
                unit.conversations.set_draft(number, text, self.own[-1][0] if self.own else None)

    def begin(self, step: str) -> None:
        """Begin something new, in whatever order: rows are numbered by it, and nothing else may be."""
        life, dice = self.life, self.life.dice
        match step:
            case "meet":
                self.people.append(life.meet(f"person{len(self.people)}")[0])
            case "group":
                place = a_group(life, dice.made.choice(self.people), "Picnic")
                life.say(place, "who brings bread?")
            case "import":
                a_chat(life, dice.made.choice(self.people), "Picnic")

    def wait(self, step: str) -> None:
        life, unit = self.life, self.life.unit
        contact = life.dice.made.choice(self.people)
        number = unit.conversations.of_contact(contact.contact).conversation
        match step:
            case "schedule":
                a_text_for_later(life, number, contact, f"later {life.now}")
            case "record":
                unit.recordings.begin(number, life.now)
                assert unit.recordings.append(number, life.dice.token(100), life.dice.token(5))
            case "hold":
                a_held_message(life, number, contact)
            case "wait":
                a_waiting_action(life, number, contact)

    def change_own(self, step: str) -> None:
        if not self.own:
            return
        if step == "edit own":
            self.life.edit(self.own[-1][1], self.life.key, self.own[-1][0], "other words")
        else:
            self.life.unit.messages.delete(*self.own.pop())

    def change(self, step: str) -> None:
        if not self.heard:
            return
        life, unit, dice = self.life, self.life.unit, self.life.dice
        message, place, author = self.heard[-1]
        record = unit.messages.by_id(message, place)
        assert record is not None
        action = MessageId(dice.token(16))
        match step:
            case "edit":
                life.edit(place, author.identity_key, message, "better words")
            case "react":
                unit.reactions.put(place, message, dice.made.choice((0, author.contact)), life.now, action, ("👍",))
                unit.contents.set_reacted(record.position)
            case "erase":
                self.heard.pop()
                unit.contents.forget_words(place, message)
                unit.contents.erase(record.position)
            case "pin":
                unit.registers.add(place, message, RegisterRecord(action, author.contact, 0, life.now, 1))


def walk(life: Life, steps: list[str]) -> None:
    """Do something in two conversations, step by step."""
    way = Walk(life, [life.meet(name)[0] for name in ("bob", "carol")])
    for step in steps:
        if step in TALK:
            way.talk(step)
        elif step in BEGIN:
            way.begin(step)
        elif step in WAIT:
            way.wait(step)
        elif step in {"edit own", "forget"}:
            way.change_own(step)
        else:
            way.change(step)
