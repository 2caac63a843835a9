import time
from collections.abc import Iterator

import pytest

from babilu.terminal.app import drafts, main_screen, note_bar


@pytest.fixture(autouse=True)
def at_greenwich_and_at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setattr(main_screen, "GATHER_S", 0.001)
    monkeypatch.setattr(drafts, "DRAFT_S", 0.001)
    for name in ("NOTE_S", "GRAVE_NOTE_S"):
        monkeypatch.setattr(note_bar, name, 1_000.0)
    yield
    monkeypatch.undo()
    time.tzset()
