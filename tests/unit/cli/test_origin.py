from pathlib import Path

import platformdirs
import pytest

from babilu.cli.origin import Origin


def test_a_program_started_from_a_clone_keeps_its_files_there(tmp_path: Path) -> None:
    assert Origin(tmp_path).home(None) == tmp_path


def test_the_folder_that_the_user_chose_wins(tmp_path: Path) -> None:
    assert Origin(tmp_path).home(tmp_path / "other") == tmp_path / "other"


def test_the_installed_program_keeps_its_files_in_the_users_data_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/home/user/data")

    assert Origin(None).home(None) == platformdirs.user_data_path("babilu", appauthor=False)
