from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.store.database import Database
from babilu.store.unit import Unit
from tests.unit.store.builders import database_in


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with database_in(tmp_path) as made:
        yield made


@pytest.fixture
def unit(database: Database) -> Iterator[Unit]:
    """One write transaction, open during the whole test."""
    with database.write() as opened:
        yield opened
