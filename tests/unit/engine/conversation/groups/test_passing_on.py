"""Entries reach whoever is let in beside them: their author knew nothing of the newcomer."""

from pathlib import Path

from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.engine.conversation.conversation_cache import ConversationCache
from babilu.engine.conversation.encryption import ContentEncryption
from babilu.engine.conversation.groups import acts
from babilu.engine.conversation.groups.entries import take
from babilu.engine.conversation.groups.fellow import FellowTransaction
from babilu.engine.conversation.groups.group_turn import GroupTurn
from babilu.engine.runtime.group_logs import GroupLogs
from babilu.group.changes import JoinHeads, PolicyField, SetPolicy, SetTitle
from babilu.group.entries import EntryAuthor, EntryPlace, sign_entry
from babilu.identity.device_list import certify
from babilu.identity.shapes import DeviceKind
from babilu.kernel.ids import DeviceId
from babilu.store.group_records import GroupRecord
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.engine.homes import RANDOMNESS, Home, Writer, a_home, a_turn, know
from tests.unit.engine.rooms import Room
from tests.unit.store.builders import NOW


def a_group_turn(home: Home, unit: UnitOfWork, group: GroupRecord, logs: GroupLogs) -> GroupTurn:
    base, present = home.base, unit.groups.by_log(group.log)
    assert present is not None
    encryption = ContentEncryption(base.own, base.randomness)
    return GroupTurn(
        unit, present, logs, lambda _: ConversationCache(), encryption, base.show, base.randomness, home.clock
    )


def test_whom_one_lets_in_is_sent_what_others_wrote_beside_that(tmp_path: Path) -> None:
    with a_home(tmp_path) as home, home.base.database.write() as unit:
        alice, dave, logs = Writer("alice"), Writer("dave"), GroupLogs()
        room = Room(home, alice)
        contact, newcomer = know(home, unit, alice), know(home, unit, dave)
        group = room.enters(unit, contact, logs)
        open_to_all = room.write(alice, SetPolicy(PolicyField.ADDS, everybody=True))

        def comes(entry: object) -> None:
            present = unit.groups.by_log(group.log)
            assert present is not None
            turn = FellowTransaction(a_turn(home, unit, contact), present, logs)
            take(turn, alice.own.device, [entry], {}, NOW)  # type: ignore[list-item]

        def owed() -> int:
            return unit.statements.number("SELECT count(*) FROM delivery WHERE contact = ?", newcomer.contact)

        comes(open_to_all)
        acts.add_people(a_group_turn(home, unit, group, logs), [newcomer])
        before = owed()
        assert before > 0
        # Alice has not heard of Dave yet.
        comes(room.write(alice, SetTitle("Another")))
        assert owed() == before + 1


def test_whom_one_lets_in_is_sent_what_another_own_device_wrote_beside_that(tmp_path: Path) -> None:
    with a_home(tmp_path) as home, home.base.database.write() as unit:
        alice, dave, logs = Writer("alice"), Writer("dave"), GroupLogs()
        room = Room(home, alice)
        contact, newcomer = know(home, unit, alice), know(home, unit, dave)
        group = room.enters(unit, contact, logs)
        take(
            FellowTransaction(a_turn(home, unit, contact), group, logs),
            alice.own.device,
            [room.write(alice, SetPolicy(PolicyField.ADDS, everybody=True))],
            {},
            NOW,
        )
        signing, agreement = SigningKey.generate(RANDOMNESS), AgreementKey.generate(RANDOMNESS)
        other = certify(home.identity, signing.public, agreement.public, DeviceKind.FULL)
        own = room.log.state.member(home.base.own.identity_key)
        assert own is not None
        place = EntryPlace(room.log.group, room.log.heads, own.grants[0])
        beside = sign_entry(EntryAuthor(home.base.own.identity_key, other, signing), place, NOW, JoinHeads())
        acts.add_people(a_group_turn(home, unit, group, logs), [newcomer])
        before = unit.statements.number("SELECT count(*) FROM delivery WHERE contact = ?", newcomer.contact)

        # The other device has not heard of Dave yet.
        take(a_group_turn(home, unit, group, logs), DeviceId(other.device), [beside], {}, NOW)
        assert unit.statements.number("SELECT count(*) FROM delivery WHERE contact = ?", newcomer.contact) == before + 1
