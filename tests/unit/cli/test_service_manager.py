import logging
import socket
from pathlib import Path

import pytest

from babilu.cli.service_manager import ServiceManager


def stale(folder: Path) -> str:
    """A socket whose owner has gone."""
    place = str(folder / "stale")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as gone:
        gone.bind(place)
    return place


@pytest.mark.parametrize("kind", ["missing", "stale", "abstract", "too long", "with a zero"])
def test_a_manager_that_is_not_there_is_no_reason_to_end(
    tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    places = {
        "missing": str(tmp_path / "none"),
        "stale": stale(tmp_path),
        "abstract": f"@{tmp_path}",
        "too long": "/" + 200 * "x",
        "with a zero": "a\0b",
    }
    manager = ServiceManager({"NOTIFY_SOCKET": places[kind]})
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            manager.tell("WATCHDOG=1")
    assert len(caplog.records) == 1


def test_a_manager_that_does_not_read_holds_nobody_up(tmp_path: Path) -> None:
    place = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(place)
        teller = ServiceManager({"NOTIFY_SOCKET": place})
        for number in range(10_000):
            teller.tell(f"STATUS={number}")
        assert manager.recv(100) == b"STATUS=0"
