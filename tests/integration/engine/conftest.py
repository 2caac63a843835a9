from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.integration.engine.party import Party, parties_at
from tests.integration.engine.relays import House, running_relay


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A relay that is up; a module whose relay is another one has its own."""
    with running_relay(tmp_path / "relay") as house:
        yield house


@pytest.fixture
def opened(tmp_path: Path, house: House) -> Iterator[Callable[..., Party]]:
    """Open a person's client at the relay."""
    with parties_at(house.address, tmp_path) as opened:
        yield opened


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """What is entered here is left in reverse after the test."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def into(tmp_path: Path) -> Path:
    """An empty folder that files are saved into."""
    folder = tmp_path / "into"
    folder.mkdir()
    return folder
