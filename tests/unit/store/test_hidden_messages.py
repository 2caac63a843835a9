from dataclasses import replace
from pathlib import Path

import pytest

from babilu.store import hidden_messages
from tests.unit.store.builders import a_device, a_message_id, add_contact, database_in, hold_back


def test_so_many_are_kept_of_a_contact_and_the_ids_of_all_stay_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hidden_messages, "HIDDEN_KEPT", 3)
    with database_in(tmp_path) as database, database.write() as unit:
        bob, carol = add_contact(unit).contact, add_contact(unit, "carol").contact
        made = []
        for counter in range(1, 6):
            for contact in (bob, carol):
                held = hold_back(unit, contact, a_device(), counter)
                record = replace(held, id=a_message_id(), text=None, not_understood=1)
                unit.hidden.add(record)
                made.append(record)
        for contact in (bob, carol):
            ids = [record.id for record in made if record.conversation == contact]
            assert [record.id for record in unit.hidden.older_than(2, contact, 9)] == ids[2:]
            assert all(unit.hidden.has(each, contact) or unit.messages.is_known(each, contact) for each in ids)
