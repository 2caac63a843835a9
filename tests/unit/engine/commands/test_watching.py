from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from babilu.engine.commands import relay_callbacks
from babilu.engine.commands.relay_callbacks import RelayCallbacks
from babilu.kernel.ids import ConversationId
from babilu.kernel.states import GroupRole
from babilu.store.groups import OWN
from tests.unit.engine.homes import Home, Writer, a_home, know
from tests.unit.store.builders import NOW


def live_among(home: Home) -> None:
    """Have a contact, a fellow member of a group who comes before them, and a stranger."""
    with home.base.database.write() as unit:
        fellow = know(home, unit, Writer("ada"), accepted=False)
        know(home, unit, Writer("stranger"), accepted=False)
        know(home, unit, Writer("zoe"))
        made = unit.conversations.add_group(ConversationId(bytes(32)), "Picnic", "#picnic", NOW)
        group = unit.groups.add(ConversationId(bytes(32)), made.conversation, NOW, accepted=True, added_by=None)
        unit.groups.set_state(
            replace(group, own_role=GroupRole.OWNER), [(OWN, GroupRole.OWNER), (fellow.contact, GroupRole.MEMBER)]
        )


def test_the_relay_is_told_contacts_and_fellow_members_whose_presence_is_not_wanted(tmp_path: Path) -> None:
    with a_home(tmp_path) as home:
        live_among(home)
        watched = RelayCallbacks(home.base, *cast("Any", (None,) * 6))._watched()
    assert [(each.name, each.shown) for each in watched[1:]] == [("zoe", True), ("ada", False)]


def test_where_there_is_no_room_for_all_contacts_go_before_fellow_members(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_callbacks, "NAMES_WATCHED", 2)
    with a_home(tmp_path) as home:
        live_among(home)
        watched = RelayCallbacks(home.base, *cast("Any", (None,) * 6))._watched()
    assert [each.name for each in watched] == ["bob", "zoe"]
