from pathlib import Path
from types import SimpleNamespace
from typing import cast

from babilu.engine import repair
from babilu.engine.repair import ATTEMPTS, ATTEMPTS_WITHIN_MS, SESSION_PAUSE_MS
from babilu.engine.turn import Turn
from babilu.kernel.ids import DeviceId
from tests.unit.store.builders import NOW, database_in

DEVICE = DeviceId(bytes(16))


def test_a_device_is_asked_to_repeat_itself_with_pauses_and_so_often_and_no_more(tmp_path: Path) -> None:
    with database_in(tmp_path) as database, database.write() as unit:
        turn = SimpleNamespace(unit=unit, now=NOW, memory=SimpleNamespace(repair_at={}))
        asked = cast("Turn", turn)
        for _ in range(ATTEMPTS):
            assert repair._wait(asked, DEVICE) == 0
            repair._count(asked, DEVICE)
            turn.now += SESSION_PAUSE_MS // 2
            assert repair._wait(asked, DEVICE) in {SESSION_PAUSE_MS // 2, None}
            turn.now += SESSION_PAUSE_MS // 2
        assert repair._wait(asked, DEVICE) is None
        turn.now = NOW + ATTEMPTS_WITHIN_MS
        assert repair._wait(asked, DEVICE) == 0
