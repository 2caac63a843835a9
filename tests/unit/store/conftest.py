import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.store.database import Database
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import database_in, paths_in, reopened


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a database without rows; to be copied: making one takes longer than most tests."""
    folder = tmp_path_factory.mktemp("empty")
    with database_in(folder):
        pass
    return paths_in(folder).database


@pytest.fixture
def database(empty_database: Path, tmp_path: Path) -> Iterator[Database]:
    shutil.copy(empty_database, tmp_path)
    with reopened(tmp_path) as opened:
        yield opened


@pytest.fixture
def unit(database: Database) -> Iterator[UnitOfWork]:
    """One write transaction, open during the whole test."""
    with database.write() as opened:
        yield opened
