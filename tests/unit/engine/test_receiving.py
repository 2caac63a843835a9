import pytest

from babilu.engine.receiving import OLDEST_MS, _believable
from tests.unit.store.builders import NOW

HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    ("sent_at", "stored_at", "believed"),
    [
        (NOW - HOUR_MS, NOW - HOUR_MS // 2, NOW - HOUR_MS),
        (NOW - 10 * 365 * 24 * HOUR_MS, NOW - HOUR_MS, NOW - HOUR_MS),
        (NOW + HOUR_MS, NOW - HOUR_MS, NOW - HOUR_MS),
        (NOW - HOUR_MS, NOW + HOUR_MS, NOW - HOUR_MS),
        (0, 0, NOW),
        (NOW, NOW - 2 * OLDEST_MS, NOW),
    ],
)
def test_a_sending_time_is_believed_within_what_the_clocks_of_the_way_allow(
    sent_at: int, stored_at: int, believed: int
) -> None:
    assert _believable(sent_at, stored_at, NOW) == believed
