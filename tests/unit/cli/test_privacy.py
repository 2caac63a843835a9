import pytest

from babilu.api.views import HeldTableView
from babilu.cli.privacy import MEANT, show_held
from babilu.presentation.strings import LANGUAGES, Strings
from babilu.relay.storage.sqlite.holdings import SOURCES


def test_every_table_that_a_relay_tells_of_is_explained() -> None:
    assert {source.name for source in SOURCES} == MEANT
    assert all(Strings(language)(f"privacy.table.{name}") for name in MEANT for language in LANGUAGES)


def test_one_row_is_shown_column_by_column_and_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    show_held(HeldTableView("account", ("name", "salt", "mailbox_bytes"), (("ann", "a1" * 32, None),)), Strings())

    told = capsys.readouterr().out
    assert told.startswith("account (1 row)\nYour account: ")
    assert "a1" * 32 in told
    assert "mailbox_bytes  -" in told


def test_many_rows_are_lines_with_times_to_read_and_long_values_cut(capsys: pytest.CaptureFixture[str]) -> None:
    rows = (("1", "1795337792000", "b2" * 40), ("2", "1795337792000", "c3"))
    show_held(HeldTableView("stored", ("seq", "stored_at", "envelope"), rows), Strings())

    head, first, second = capsys.readouterr().out.splitlines()[-3:]
    assert head.split() == ["seq", "stored_at", "envelope"]
    assert "2026-11-22" in first
    assert first.endswith("b2b…")
    assert second.endswith("c3")


def test_what_a_relay_invents_reaches_no_terminal_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    show_held(HeldTableView("mail\x1b[2J", ("a\x1b[2J", "b"), (("\x1b]0;x\x07", "1"), ("2", "3"))), Strings())

    assert "\x1b" not in capsys.readouterr().out


def test_a_summary_counts_many_rows_and_shows_few_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    def table(count: int) -> HeldTableView:
        return HeldTableView("stored", ("seq", "envelope"), tuple((str(number), "c3") for number in range(count)))

    show_held(table(5), Strings(), rows=False)
    assert len(capsys.readouterr().out.splitlines()) > 5
    show_held(table(2_000), Strings(), rows=False)
    told = capsys.readouterr().out
    assert told.startswith("stored (2000 rows)\n")
    assert len(told.splitlines()) < 5
    show_held(table(2_000), Strings(), rows=True)
    assert len(capsys.readouterr().out.splitlines()) > 2_000
