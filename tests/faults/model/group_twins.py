"""Stories of groups of people with two devices: six people, of whom four have another one, which makes ten devices.

Both devices of a person are on their list from the beginning; each writes, changes and accepts by itself, is killed and
cut off by itself, and has in the end all that the other one has.
"""

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from typing_extensions import override

from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.engine.runtime.prekey_supply import forget_published
from babilu.identity.device_list import (
    decode_device_list,
    encode_device_list,
    make_device_list,
    make_entry,
    verify_device_list,
)
from babilu.identity.shapes import ListedAccount, PrekeySet
from babilu.kernel.ids import ConversationId, device_id
from babilu.session.sessions import OwnDevice
from babilu.store.profile_records import ProfileRecord
from tests.faults.model.group_story import NAMES, GroupStory
from tests.faults.model.group_world import GroupPerson, GroupWorld
from tests.faults.model.relay_under_test import PUBLIC
from tests.faults.model.world import Violation

SECOND = "2"
TWO = ("ada", "bob", "eve", "dan")
DEVICES = (*NAMES, *(name + SECOND for name in TWO))


class TwinPerson(GroupPerson):
    """One of the devices of somebody; the first one is made with the keys of both."""

    _waiting: ClassVar[dict[tuple[Path, str], tuple[SigningKey, ProfileRecord]]] = {}

    @staticmethod
    @override
    def account_of(name: str) -> str:
        return name.removesuffix(SECOND)

    @override
    def _make_record(self) -> ProfileRecord:
        key = self._folder.parent, self.account
        if self.name != self.account:
            self.identity_key, record = self._waiting.pop(key)
            return record
        record = super()._make_record()
        if self.name not in TWO:
            return record
        signing, agreement = SigningKey.generate(self.draws), AgreementKey.generate(self.draws)
        entry = make_entry(self.identity_key, signing, agreement.public)
        first = verify_device_list(decode_device_list(record.device_list))
        both = make_device_list(
            self.identity_key, first.version, [*first.devices, entry], accounts=[ListedAccount(PUBLIC, self.account)]
        )
        encoded = encode_device_list(both)
        other = ProfileRecord(
            name=record.name,
            signing=signing.private_bytes(),
            agreement=agreement.private_bytes(),
            device=device_id(signing.public, agreement.public),
            device_list=encoded,
            created_at=record.created_at,
        )
        self._waiting[key] = self.identity_key, other
        return replace(record, device_list=encoded)

    @override
    def _place_in_relay(self, own: OwnDevice, prekeys: PrekeySet) -> None:
        if self.name == self.account:
            super()._place_in_relay(own, prekeys)
            return
        # The second device gives its prekeys to the relay when it comes, as one that was linked.
        with self.database.write() as unit:
            forget_published(unit)


class TwinGroupWorld(GroupWorld):
    """Groups of people of whom some have two devices."""

    person_type = TwinPerson

    @override
    def _check_arrived(self) -> None:
        super()._check_arrived()
        for name in TWO:
            for group in self.groups:
                self._check_twins(name, name + SECOND, group)

    def _check_twins(self, one: str, other: str, group: ConversationId) -> None:
        """Check that two devices of one person have the same log, and show the same messages."""
        stands = [self.standing(each, group) for each in (one, other)]
        logs = [None if each is None else {entry.hash for entry in each.log.entries} for each in stands]
        if logs[0] != logs[1]:
            raise Violation(f"{one} and {other} have different logs")
        if self.churned[group] & {one} or group in self.closed:
            # What is shown of somebody who came and went depends on when each device heard of it.
            return
        texts = [{text for text, _ in self.shown(each)} | set(self.said(each)) for each in (one, other)]
        mine = [{each for each in found if self.parts(each)[1] == group} for found in texts]
        honest = {each for each in mine[0] ^ mine[1] if self.account(self.parts(each)[0]) not in self.churned[group]}
        if honest:
            raise Violation(f"{one} and {other} show different messages: {sorted(honest)}")


class TwinGroupStory(GroupStory):
    """What happens to groups happens to each of ten devices by itself."""

    names = DEVICES
    world_type = TwinGroupWorld
