from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from babilu.engine.conversation import opened_envelopes
from babilu.engine.conversation.opened_envelopes import OPENED_KEPT, OpenedEnvelopes
from babilu.kernel.errors import CryptoError
from babilu.kernel.ids import envelope_id
from babilu.kernel.states import Route
from babilu.session.envelope import UnsealedEnvelope
from babilu.session.sessions import open_envelope
from babilu.store.delivery_records import InboxRecord, InboxState
from tests.unit.engine.homes import Home, Writer, a_home
from tests.unit.store.builders import NOW


def arrived(home: Home) -> InboxRecord:
    sealed = Writer("alice").writes_first(home).envelope_bytes
    return InboxRecord(1, Route.RELAY, 1, NOW, envelope_id(sealed), sealed, None, None, InboxState.WAITING, "")


def test_what_the_router_has_opened_its_conversation_does_not_open_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 0

    def counting(*arguments: Any) -> UnsealedEnvelope:
        nonlocal count
        count += 1
        return open_envelope(*arguments)

    monkeypatch.setattr(opened_envelopes, "open_envelope", counting)
    with a_home(tmp_path) as home:
        opened, row = OpenedEnvelopes(home.base.own), arrived(home)
        first = opened.look(row)
        assert opened.look(row) is opened.take(row) is first
        assert count == 1
        assert opened.take(row) == first
        assert count == 2


def test_what_cannot_be_opened_is_not_kept_and_there_are_only_so_many(tmp_path: Path) -> None:
    with a_home(tmp_path) as home:
        opened, row = OpenedEnvelopes(home.base.own), arrived(home)
        for number in range(OPENED_KEPT + 1):
            opened.look(replace(row, envelope=envelope_id(bytes([number]))))
        spoilt = row.envelope_bytes[:-1] + bytes([row.envelope_bytes[-1] ^ 1])
        with pytest.raises(CryptoError):
            opened.look(replace(row, envelope=envelope_id(spoilt), envelope_bytes=spoilt))
        assert len(opened._opened) == OPENED_KEPT
