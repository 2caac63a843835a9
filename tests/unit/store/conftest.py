from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.crypto import password
from babilu.store.database import Database
from babilu.store.unit import Unit
from tests.unit.store.builders import database_in


@pytest.fixture(scope="module")
def cheap_passwords() -> Iterator[None]:
    """Allow costs of passwords that nobody should use: what is tested here is not Argon2id."""
    with pytest.MonkeyPatch.context() as allowed:
        allowed.setattr(password, "MEMORY_KIB_MIN", 8)
        allowed.setattr(password, "PASSES_MIN", 1)
        yield


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with database_in(tmp_path) as made:
        yield made


@pytest.fixture
def unit(database: Database) -> Iterator[Unit]:
    """One write transaction, open during the whole test."""
    with database.write() as opened:
        yield opened
