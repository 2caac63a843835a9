from pathlib import Path

import platformdirs
import pytest

from babilu.cli.config_source import ConfigSource
from babilu.cli.launch import LaunchOrigin
from babilu.kernel.errors import UsageError


def test_a_program_started_from_a_clone_keeps_its_files_there(tmp_path: Path) -> None:
    assert LaunchOrigin(tmp_path).home(None) == tmp_path


def test_the_folder_that_the_user_chose_wins(tmp_path: Path) -> None:
    assert LaunchOrigin(tmp_path).home(tmp_path / "other") == tmp_path / "other"


def test_the_installed_program_keeps_its_files_in_the_users_data_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/home/user/data")

    assert LaunchOrigin(None).home(None) == platformdirs.user_data_path("babilu", appauthor=False)


def test_a_user_without_a_home_directory_is_asked_for_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> Path:
        raise RuntimeError

    monkeypatch.setattr(platformdirs, "user_data_path", nowhere)

    with pytest.raises(UsageError, match="--home"):
        LaunchOrigin(None).home(None)


def test_a_service_whose_user_has_no_home_directory_reads_its_configuration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def nowhere(*_: object, **__: object) -> Path:
        raise RuntimeError

    monkeypatch.setattr(platformdirs, "user_data_path", nowhere)
    file = tmp_path / "babilu.toml"
    file.write_text("[relay]\nport = 5055\n")

    config_source = ConfigSource(LaunchOrigin(None), file, {"relay.home": str(tmp_path)})

    assert config_source.home() == tmp_path
    assert config_source.settings(config_source.read()).port == 5055
