"""Commands speak English and write for eighty columns, whatever locale and terminal the tests run in."""

import pytest


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    for name in ("COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
