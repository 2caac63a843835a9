import pytest

from tests.e2e.processes import surroundings


def test_what_a_user_has_decided_for_babilu_or_the_terminal_does_not_decide_for_tests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("BABILU_RELAY_PORT", "BABILU_CONFIG", "COLUMNS", "LINES", "GONE"):
        monkeypatch.setenv(name, "7")
    monkeypatch.setenv("LC_ALL", "es_ES.UTF-8")
    monkeypatch.setenv("KEPT", "as it is")
    given = surroundings({"COLUMNS": "80", "GONE": None})
    assert (given["LC_ALL"], given["COLUMNS"], given["KEPT"]) == ("C.UTF-8", "80", "as it is")
    assert not {"BABILU_RELAY_PORT", "BABILU_CONFIG", "LINES", "GONE"} & given.keys()
