"""What two own devices and two of a contact say, in any order, by any clock and over any kills: all end equal."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from babilu.identity.device_list import make_device_list, make_entry
from babilu.identity.shapes import ListedAccount
from babilu.kernel.ids import MessageId
from babilu.kernel.states import MessageKind
from babilu.session.chain import Chain
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.device_parts import Sync
from babilu.wire.message_parts import Delete, Edit, React, Text
from babilu.wire.sync_entries import SyncRead
from tests.unit.engine.correspondent import Correspondent, SaidContent, nothing_encrypted
from tests.unit.engine.homes import RANDOMNESS, Home, Writer, a_home, id_with, know
from tests.unit.engine.siblings import Sibling, with_own_rows
from tests.unit.session.devices import RELAY
from tests.unit.store.builders import NOW

HOUR_MS = 3_600_000
STEPS = 100
"""More than there are in a story."""

SIGNS = ("👍", "🎉")

Step = tuple[int, str, int, int]
"""Who says something, what, about which of the texts before, and how far their clock is ahead."""

State = dict[str, tuple[str, bool, tuple[tuple[int, str], ...], bool]]
"""Of each text by its first words: what it shows, whether it is deleted, the reactions, and whether it is unread."""


class KilledError(Exception):
    """The program ended before it could commit."""


class ContactDevice(Correspondent):
    """One of two devices of a contact.

    Args:
        home: The profile that they write to.
        unit: Its transaction.
        writer: The device, on the list of its person beside the other one.
    """

    def __init__(self, home: Home, unit: UnitOfWork, writer: Writer) -> None:
        self.home, self.unit, self.writer = home, unit, writer
        self.contact = unit.contacts.by_identity(writer.own.identity_key) or know(home, unit, writer)
        self.conversation = unit.conversations.of_contact(self.contact.contact).conversation
        self._chain = Chain()


class Household:
    """One device of a person, which hears two others of theirs and both devices of a contact."""

    def __init__(self, home: Home, unit: UnitOfWork) -> None:
        self.home, self.unit = home, unit
        friends = two_devices_of("alice")
        self.friends = [ContactDevice(home, unit, each) for each in friends]
        self.siblings = [Sibling(home, unit), Sibling(home, unit)]
        self.texts: list[tuple[str, int, int, MessageId]] = []

    def says(self, number: int, step: Step) -> tuple[Callable[[SaidContent], object], SaidContent] | None:
        """Make what a step says; None for what makes no sense."""
        who, what, about, ahead = step
        is_own = who < len(self.siblings)
        at = _moment(NOW + ahead, number)
        if what == "text":
            return self._said(who, Text(RANDOMNESS.token(16), None, f"text {number}"), at, f"text {number}")
        theirs = [text for text in self.texts if what in {"react", "read"} or (text[1] < len(self.siblings)) is is_own]
        if not theirs:
            return None
        _, author, sent_at, target = theirs[about % len(theirs)]
        at = max(at, _moment(sent_at + STEPS, number))
        match what:
            case "edit":
                return self._said(who, Edit(RANDOMNESS.token(16), None, target, f"edit {number}"), at)
            case "delete":
                return self._said(who, Delete(RANDOMNESS.token(16), None, target), at)
            case "react":
                return self._said(who, React(RANDOMNESS.token(16), None, target, (SIGNS[about % 2],)), at)
            case _ if is_own and author >= len(self.siblings):
                where = bytes(id_with(self.home, self.friends[0].contact))
                read = Sync(RANDOMNESS.token(16), None, reads=(SyncRead(where, (target,), at),))
                return self.siblings[who].arrives, self.siblings[who].says(read)
        return None

    def _said(
        self, who: int, part: Text | Edit | Delete | React, at: int, label: str = ""
    ) -> tuple[Callable[[SaidContent], object], SaidContent]:
        if who < len(self.siblings):
            sibling = self.siblings[who]
            said = sibling.says(part, id_with(self.home, self.friends[0].contact), at)
            arrives: Callable[[SaidContent], object] = sibling.arrives
        else:
            friend = self.friends[who - len(self.siblings)]
            said, arrives = friend.says(part, at), friend.arrives
        if label:
            self.texts.append((label, who, at, said.id))
        return arrives, said

    def hears(self, story: list[Step], chance: random.Random) -> None:
        """Hear a story in an order of its own, some of it twice, some of it after a kill, by a clock that jumps."""
        contents = [made for number, step in enumerate(story) if (made := self.says(number, step)) is not None]
        chance.shuffle(contents)
        for arrives, said in (*contents, *contents[: len(contents) // 2]):
            self.home.clock.now = NOW + len(story) + chance.choice((-HOUR_MS, 0, 0, HOUR_MS))
            if chance.random() < 0.3:
                with suppress(KilledError), self.unit.savepoint():
                    self._ends_before_the_commit(arrives, said)
            arrives(said)

    @staticmethod
    def _ends_before_the_commit(arrives: Callable[[SaidContent], object], said: SaidContent) -> None:
        arrives(said)
        raise KilledError

    def state(self) -> State:
        """Give what the device shows."""
        labels = {message: label for label, _, _, message in self.texts}
        page, _, _ = self.unit.history.page(self.friends[0].conversation, 1_000)
        shown: State = {}
        for record in page:
            if record.kind is MessageKind.TEXT:
                rows = self.unit.statements.all(
                    "SELECT author, reactions FROM message_reaction WHERE target = ? ORDER BY author", record.id
                )
                reacted = tuple((int(author != 0), str(signs)) for author, signs in rows)
                shown[labels[record.id]] = record.text, record.deleted, reacted, record.unread
        return shown


def _moment(at: int, number: int) -> int:
    """Give a step a time that no other one has: ids break ties, and each household of a test has ids of its own."""
    return at // STEPS * STEPS + number


def two_devices_of(name: str) -> list[Writer]:
    """Make two devices of one person, both on their list."""
    first, second = Writer(name), Writer(name)
    entries = [make_entry(first.identity, each.own.signing, each.own.agreement.public) for each in (first, second)]
    signed = make_device_list(first.identity, 1, entries, accounts=[ListedAccount(RELAY, name)])
    for each in (first, second):
        each.own = replace(each.own, identity_key=first.own.identity_key, device_list=signed)
    return [first, second]


@contextmanager
def households(folder: Path, count: int) -> Iterator[list[Household]]:
    with ExitStack() as stack:
        stack.enter_context(nothing_encrypted())
        made = []
        for number in range(count):
            place = folder / str(number)
            place.mkdir()
            home = stack.enter_context(a_home(place))
            made.append(Household(home, stack.enter_context(with_own_rows(home))))
        yield made


EVERYTHING: list[Step] = [
    (2, "text", 0, 0),
    (0, "read", 0, 0),
    (3, "text", 0, -HOUR_MS),
    (1, "read", 1, 0),
    (0, "text", 0, HOUR_MS),
    (1, "edit", 0, 0),
    (0, "edit", 0, -1),
    (3, "react", 2, 1),
    (2, "react", 2, 0),
    (1, "text", 0, 0),
    (0, "delete", 1, 0),
]
"""A story with some of everything."""

STORIES = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(["text", "text", "edit", "react", "delete", "read"]),
        st.integers(0, 9),
        st.sampled_from([-HOUR_MS, -1, 0, 0, 1, HOUR_MS]),
    ),
    min_size=2,
    max_size=14,
)


@settings(max_examples=20, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate), database=None)
@given(story=STORIES, seed=st.integers(0, 1_000))
@example(story=EVERYTHING, seed=1)
@example(story=EVERYTHING, seed=2)
def test_devices_that_hear_the_same_show_the_same(
    tmp_path_factory: pytest.TempPathFactory, story: list[Step], seed: int
) -> None:
    chance = random.Random(seed)
    with households(tmp_path_factory.mktemp("households"), 3) as devices:
        for device in devices:
            device.hears(story, chance)
        first, *others = (device.state() for device in devices)
        texts = sum(step[1] == "text" for step in story)
        assert len(first) == texts
        for other in others:
            assert other == first
