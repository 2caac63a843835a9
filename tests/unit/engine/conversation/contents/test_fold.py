"""What actions make of messages is the same in every order, and what the reference makes of them."""

import random
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count, permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from babilu.engine.conversation.contents.fold import OWN, Action, Erased, Fold, Reworded
from babilu.engine.conversation.contents.taking import message_came, take_action
from babilu.kernel.ids import DeviceId, MessageId, message_id
from babilu.kernel.limits import INTEGER_MAX
from babilu.store.contact_records import ContactRecord, ConversationRecord
from babilu.store.edits import WORDINGS_KEPT
from babilu.store.register_writes import WRITES_KEPT
from babilu.store.unit_of_work import UnitOfWork
from babilu.store.waiting_actions import WAITING_IN_ALL, WAITING_OF_ONE
from babilu.wire.codec import encode
from babilu.wire.message_parts import Delete, Edit, Mention, Pin, React, Text, Timer
from babilu.wire.part_base import ChainedPart
from tests.unit.engine.conversation.contents.reference_actions import DAY_MS, ReferenceDevice, Saying
from tests.unit.engine.homes import Home, Writer, a_home, know
from tests.unit.store.builders import NOW, an_incoming

_names = count(1)
_salts = count(1)

SIGNS = ("👍", "👎", "😀", "🎉")
HOSTILE = (0, 1, 2**62, INTEGER_MAX, INTEGER_MAX - 1)
SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


class Talk:
    """A conversation in a database, and the sayings of both people made for it."""

    def __init__(self, home: Home, unit: UnitOfWork) -> None:
        self.unit = unit
        self.alice = Writer(f"alice{next(_names)}")
        self.contact: ContactRecord = know(home, unit, self.alice)
        self.conversation: ConversationRecord = unit.conversations.of_contact(self.contact.contact)
        self.identities = {OWN: home.base.own.identity_key, self.contact.contact: self.alice.own.identity_key}
        self.parts: dict[bytes, bytes] = {}
        self.folds: list[Fold] = []

    @property
    def number(self) -> int:
        return self.conversation.conversation

    def saying(
        self,
        author: int,
        said_at: int,
        kind: str,
        target: bytes = b"",
        value: Hashable = None,
        replaces: bytes | None = None,
    ) -> Saying:
        """Make something that somebody says, with the id that it has here."""
        part = encode(made(kind, target, value, replaces))
        said = message_id(self.conversation.id, self.identities[author], said_at, part)
        self.parts[said] = part
        return Saying(said, author, said_at, kind, target, value, replaces)

    def receives(self, saying: Saying, now: int = NOW) -> Fold:
        """Have it come here."""
        part, message = self.parts[saying.id], MessageId(saying.id)
        fold = Fold(self.unit, self.conversation, self.identities, now)
        self.folds.append(fold)
        if saying.kind != "text":
            take_action(fold, Action(message, saying.author, DeviceId(bytes(16)), saying.said_at, part))
        elif not self.unit.messages.is_known(message, self.number):
            if saying.author == OWN:
                self.unit.new_messages.add_outgoing(message, self.number, str(saying.value), saying.said_at, part)
            else:
                text = an_incoming(self.number, str(saying.value), message=message, device=DeviceId(bytes(16)))
                said = replace(text, author=saying.author, sent_at=saying.said_at, said_at=saying.said_at, part=part)
                self.unit.new_messages.add_incoming(said, NOW)
            message_came(fold, message)
        return fold

    def would_show(self, said: Sequence[Saying]) -> dict[bytes, Hashable]:
        """Give what would be shown if all this came in this order, and undo it."""
        self.unit.statements.run("SAVEPOINT order_of_arrival")
        for saying in said:
            self.receives(saying)
        shown = self.picture(texts_of(said))
        self.unit.statements.run("ROLLBACK TO order_of_arrival")
        self.unit.statements.run("RELEASE order_of_arrival")
        return shown

    def picture(self, messages: Iterable[bytes]) -> dict[bytes, Hashable]:
        """Give what is shown, as the reference does."""
        present = self.unit.conversations.by_number(self.number)
        shown: dict[bytes, Hashable] = {b"timer": None if present is None else present.timer}
        for each in messages:
            message = MessageId(each)
            record = self.unit.messages.by_id(message, self.number)
            if record is None:
                continue
            if record.deleted:
                assert (record.text, self.unit.messages.part_of(record.position)) == ("", b"")
                assert self.unit.edits.of(self.number, message) == []
                shown[each] = "deleted"
                continue
            edits = tuple((wording.said_at, bytes(wording.id)) for wording in self.unit.edits.of(self.number, message))
            shown[each] = (record.text, edits, record.reactions, record.pinned)
        return shown


def made(kind: str, target: bytes, value: Hashable, replaces: bytes | None) -> ChainedPart:
    """Make the part that says something."""
    salt = next(_salts).to_bytes(16, "big")
    match kind:
        case "text":
            return Text(salt, None, str(value))
        case "edit":
            return Edit(salt, None, target, str(value))
        case "delete":
            return Delete(salt, None, target)
        case "react":
            assert isinstance(value, tuple)
            return React(salt, None, target, value)
        case "pin":
            return Pin(salt, None, target, bool(value), replaces)
        case _:
            assert value is None or isinstance(value, int)
            return Timer(salt, None, value, replaces)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with a_home(Path(tmp_path_factory.mktemp("fold"))) as made_home:
        yield made_home


@pytest.fixture
def unit(home: Home) -> Iterator[UnitOfWork]:
    with home.base.database.write() as opened:
        yield opened


@pytest.fixture
def talk(home: Home, unit: UnitOfWork) -> Talk:
    return Talk(home, unit)


def story(talk: Talk, seed: int) -> list[Saying]:
    """Have four devices of two people say what they like, at skewed clocks, knowing what has reached them by then.

    One of the other person's two devices is hostile: it names any time and any write.
    """
    chance = random.Random(seed)
    other = talk.contact.contact
    devices = {name: ReferenceDevice() for name in ("own", "own too", "hers", "hostile")}
    skews = {name: chance.choice([0, 0, -400 * DAY_MS, 400 * DAY_MS, -5_000, 90_000]) for name in devices}
    said: list[Saying] = []
    now = NOW
    for number in range(chance.randint(3, 25)):
        now += chance.choice([1, 1_000, DAY_MS // 3])
        name = chance.choice(list(devices))
        device, author, hostile = devices[name], OWN if name.startswith("own") else other, name == "hostile"
        at = chance.choice(HOSTILE) if hostile and chance.random() < 0.6 else max(now + skews[name], 0)
        texts = [each for each in said if each.kind == "text"]
        kind = chance.choice(["text", "edit", "edit", "delete", "react", "react", "pin", "timer"])
        if kind == "text" or not texts:
            saying = talk.saying(author, at, "text", value=f"text {number}")
        elif kind == "timer":
            replaces = device.newest_write("timer", b"")
            timer = chance.choice([None, 1_000, 60_000])
            saying = talk.saying(author, at, "timer", value=timer, replaces=lied(chance, said, replaces, hostile))
        elif kind == "pin":
            target = chance.choice(texts)
            replaces = device.newest_write("pin", target.id)
            pinned = chance.random() < 0.5
            saying = talk.saying(author, at, "pin", target.id, pinned, lied(chance, said, replaces, hostile))
        else:
            target = chance.choice(texts)
            at = at if hostile else min(max(at, target.said_at + 1), INTEGER_MAX)
            value = tuple(chance.sample(SIGNS, chance.randint(0, 3))) if kind == "react" else f"{kind} {number}"
            saying = talk.saying(author, at, kind, target.id, value)
        said.append(saying)
        device.receive(saying)
        for each in devices.values():
            if chance.random() < 0.5:
                each.receive(chance.choice(said))
    return said


def lied(chance: random.Random, said: Sequence[Saying], replaces: bytes | None, hostile: bool) -> bytes | None:
    return chance.choice([None, bytes(16), chance.choice(said).id]) if hostile and chance.random() < 0.5 else replaces


def texts_of(said: Iterable[Saying]) -> list[bytes]:
    return [each.id for each in said if each.kind == "text"]


@SETTINGS
@given(seed=st.integers(0, 2**32))
def test_in_any_order_and_with_doubles_it_is_what_the_reference_makes_of_it(home: Home, seed: int) -> None:
    with home.base.database.write() as unit:
        talk = Talk(home, unit)
        said = story(talk, seed)
        chance = random.Random(seed + 1)
        reference = ReferenceDevice()
        for saying in chance.sample(said, len(said)):
            reference.receive(saying)
        for saying in chance.sample(said * 2, len(said) * 2):
            talk.receives(saying)
        assert talk.picture(texts_of(said)) == reference.picture()


@SETTINGS
@given(seed=st.integers(0, 2**32))
def test_who_knows_everything_has_the_last_word_whatever_times_others_named(home: Home, seed: int) -> None:
    with home.base.database.write() as unit:
        talk = Talk(home, unit)
        said = story(talk, seed)
        for saying in said:
            talk.receives(saying)
        fold = Fold(unit, talk.conversation, talk.identities, 5)
        newest = unit.registers.in_force(talk.number, b"")
        timer = talk.saying(OWN, 5, "timer", value=7_000, replaces=None if newest is None else newest.id)
        talk.receives(timer)
        assert talk.picture([])[b"timer"] == 7_000
        for message in texts_of(said):
            target = fold.target(MessageId(message))
            if target is None or not target.outgoing or fold.time_for(target) > target.said_at + DAY_MS:
                continue
            talk.receives(talk.saying(OWN, fold.time_for(target), "edit", message, "the last"))
            shown = talk.picture([message])[message]
            assert isinstance(shown, tuple)
            assert shown[0] == "the last"


@pytest.mark.parametrize("deleted", [True, False])
def test_every_order_of_three_edits_by_two_devices_a_deletion_and_reactions_gives_one_picture(
    home: Home, deleted: bool
) -> None:
    with home.base.database.write() as unit:
        talk = Talk(home, unit)
        text = talk.saying(OWN, NOW, "text", value="text")
        rest = [talk.saying(OWN, NOW + at, "edit", text.id, f"edit {place}") for place, at in enumerate((5, 9, 9))]
        her = talk.contact.contact
        rest.append(talk.saying(her, NOW + 1, "react", text.id, ("👍",)))
        last = ("delete", None) if deleted else ("react", ("😀", "👎"))
        rest.append(talk.saying(OWN if deleted else her, NOW + 2, last[0], text.id, last[1]))
        reference = ReferenceDevice()
        for saying in [text, *rest]:
            reference.receive(saying)
        expected = reference.picture()
        for order in permutations([text, *rest]):
            assert talk.would_show(order) == expected


def test_nobody_else_edits_or_deletes_a_message(talk: Talk) -> None:
    her = talk.contact.contact
    text = talk.saying(OWN, NOW, "text", value="mine")
    talk.receives(text)
    talk.receives(talk.saying(her, NOW + 1, "edit", text.id, "hers"))
    talk.receives(talk.saying(her, NOW + 2, "delete", text.id))
    assert talk.picture([text.id])[text.id] == ("mine", (), (), False)


@pytest.mark.parametrize(("after", "counts"), [(-1, False), (0, False), (1, True), (DAY_MS, True), (DAY_MS + 1, False)])
def test_an_edit_counts_within_a_day_of_its_message_by_the_times_that_were_said(
    talk: Talk, after: int, counts: bool
) -> None:
    her = talk.contact.contact
    text = talk.saying(her, NOW - 90 * DAY_MS, "text", value="first")
    talk.receives(text)
    edit = talk.saying(her, text.said_at + after, "edit", text.id, "second")
    fold = talk.receives(edit)
    edited = ("second", ((edit.said_at, edit.id),), (), False)
    assert talk.picture([text.id])[text.id] == (edited if counts else ("first", (), (), False))
    assert bool(fold.changes) is counts


def test_the_first_wording_that_names_oneself_is_told_once(talk: Talk) -> None:
    her = talk.contact.contact
    text = talk.saying(her, NOW, "text", value="hi")
    talk.receives(text)
    told = []
    for at, mentions in ((1, False), (2, True), (3, False), (4, True)):
        named = (Mention(0, 4, talk.identities[OWN]),) if mentions else ()
        part = encode(Edit(bytes([at]) * 16, None, text.id, "@bob hi", named))
        action = message_id(talk.conversation.id, talk.identities[her], NOW + at, part)
        fold = Fold(talk.unit, talk.conversation, talk.identities, NOW)
        take_action(fold, Action(action, her, DeviceId(bytes(16)), NOW + at, part))
        told += fold.changes
    message = MessageId(text.id)
    assert told == [Reworded(message, mentions=mentions) for mentions in (False, True, False, False)]


def test_so_many_wordings_are_kept_and_the_highest_is_shown(talk: Talk) -> None:
    her = talk.contact.contact
    text = talk.saying(her, NOW, "text", value="first")
    talk.receives(text)
    for at in range(WORDINGS_KEPT + 20, 0, -1):
        talk.receives(talk.saying(her, NOW + at, "edit", text.id, f"edit {at}"))
    kept = talk.unit.edits.of(talk.number, MessageId(text.id))
    assert [wording.said_at - NOW for wording in kept] == list(range(21, WORDINGS_KEPT + 21))
    record = talk.unit.messages.by_id(MessageId(text.id))
    assert record is not None
    assert record.text == f"edit {WORDINGS_KEPT + 20}"


def test_so_many_writes_of_a_person_are_kept_and_the_deepest_counts(talk: Talk) -> None:
    her, replaces = talk.contact.contact, None
    for number in range(WRITES_KEPT + 20):
        write = talk.saying(her, NOW, "timer", value=1_000 * (number + 1), replaces=replaces)
        talk.receives(write)
        replaces = write.id
    kept = talk.unit.statements.number("SELECT count(*) FROM register_write WHERE conversation = ?", talk.number)
    assert kept == WRITES_KEPT
    assert talk.picture([])[b"timer"] == 1_000 * (WRITES_KEPT + 20)


def test_what_names_an_unknown_message_gives_no_receipt_until_that_comes(talk: Talk) -> None:
    her = talk.contact.contact
    text = talk.saying(her, NOW, "text", value="first")
    edit = talk.saying(her, NOW + 1, "edit", text.id, "second")
    assert talk.receives(edit).owed == []
    assert talk.unit.waiting_actions.waits(talk.number, MessageId(edit.id))
    assert [owed[0] for owed in talk.receives(text).owed] == [edit.id]
    assert not talk.unit.waiting_actions.waits(talk.number, MessageId(edit.id))


def test_what_names_a_message_that_was_deleted_is_receipted(talk: Talk) -> None:
    her = talk.contact.contact
    text = talk.saying(her, NOW, "text", value="first")
    talk.receives(text)
    assert talk.receives(talk.saying(her, NOW + 1, "delete", text.id)).changes == [Erased(MessageId(text.id), her)]
    for kind, value in (("edit", "second"), ("react", ("👍",)), ("delete", None), ("pin", True)):
        saying = talk.saying(her, NOW + 2, kind, text.id, value)
        fold = talk.receives(saying)
        assert ([owed[0] for owed in fold.owed], fold.changes) == ([saying.id], [])
    here = talk.saying(her, NOW, "text", value="gone here")
    talk.receives(here)
    talk.unit.messages.delete(MessageId(here.id), talk.number)
    saying = talk.saying(her, NOW + 2, "edit", here.id, "second")
    assert [owed[0] for owed in talk.receives(saying).owed] == [saying.id]


def test_a_flood_of_what_waits_pushes_out_only_its_own_and_deletions_last(talk: Talk) -> None:
    her = talk.contact.contact
    text = talk.saying(OWN, NOW, "text", value="words")
    talk.receives(talk.saying(OWN, NOW + 1, "delete", text.id))
    given_up = []
    for number in range(WAITING_OF_ONE * 3):
        kind = ("edit", "delete")[number % 2]
        fold = talk.receives(talk.saying(her, number, kind, number.to_bytes(16, "big"), "x"))
        given_up += [owed[0] for owed in fold.owed]
    waiting = talk.unit.statements.all(
        "SELECT author, lasting, said_at FROM waiting_action WHERE conversation = ?", talk.number
    )
    assert len(waiting) == WAITING_OF_ONE + 1
    assert {(author, lasting) for author, lasting, _ in waiting} == {(OWN, 1), (her, 1)}
    assert min(said_at for author, _, said_at in waiting if author == her) == WAITING_OF_ONE + 1
    assert len(given_up) == WAITING_OF_ONE * 2
    talk.receives(text)
    assert talk.picture([text.id])[text.id] == "deleted"


def test_a_crowd_that_waits_makes_room_in_its_own_ranks(talk: Talk) -> None:
    fold = Fold(talk.unit, talk.conversation, talk.identities, NOW)
    part = encode(made("edit", bytes(16), "x", None))
    for author in range(1_000, 1_011):
        for number in range(WAITING_OF_ONE - 2):
            action = MessageId((author * 1_000 + number).to_bytes(16, "big"))
            take_action(fold, Action(action, author, DeviceId(bytes(16)), number, part))
    held: dict[int, int] = dict(
        talk.unit.statements.all(
            "SELECT author, count(*) FROM waiting_action WHERE conversation = ? GROUP BY author", talk.number
        )
    )
    assert sum(held.values()) == WAITING_IN_ALL
    assert max(held.values()) - min(held.values()) <= WAITING_OF_ONE - 2 - WAITING_IN_ALL // 11
