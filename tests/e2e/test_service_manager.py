"""The relay under a service manager that is a socket of the test's: what systemd would hear."""

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.daemons import Daemons
from tests.e2e.processes import DEADLINE_S, ROOT, JsonProcess, RelayProcess

UNITS = ROOT / "share" / "systemd"
WATCHDOG_USEC = 200_000


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(str(tmp_path / "notify"))
        bound.settimeout(DEADLINE_S)
        yield bound


@pytest.fixture
def kept(manager: socket.socket, tmp_path: Path) -> Iterator[JsonProcess]:
    environment = {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": str(WATCHDOG_USEC)}
    arguments = ["start", "127.0.0.1", "0", "5", "--json", "--home", str(tmp_path / "relay")]
    # Like a service it has no terminal.
    process = RelayProcess(arguments, dict(environment), prefix=["setsid", "--wait"])
    with Daemons(tmp_path):
        yield process
    process.dispose()


def hear(manager: socket.socket, wanted: Callable[[list[str]], bool]) -> list[str]:
    """Wait for a message that is wanted."""
    while True:
        said = manager.recv(4096).decode().split("\n")
        if wanted(said):
            return said


@pytest.mark.skipif(shutil.which("setsid") is None, reason="setsid is missing")
def test_a_service_manager_hears_of_readiness_life_reloads_and_the_end(
    manager: socket.socket, kept: JsonProcess, tmp_path: Path
) -> None:
    hear(manager, lambda said: said == ["READY=1"])
    kept.take("ready")
    for _ in range(3):
        hear(manager, lambda said: said == ["WATCHDOG=1"])
    pid = int((tmp_path / "relay" / "relay.pid").read_text().split("\n")[0])
    os.kill(pid, signal.SIGHUP)
    reloading = hear(manager, lambda said: "RELOADING=1" in said)
    assert reloading[1].startswith("MONOTONIC_USEC=")
    hear(manager, lambda said: said == ["READY=1"])
    os.kill(pid, signal.SIGTERM)
    hear(manager, lambda said: said == ["STOPPING=1"])
    assert kept.wait() == 0


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is missing")
@pytest.mark.parametrize(("unit", "place"), [("babilu-relay.service", 0), ("babilu@.service", 1)])
def test_the_units_exposure_is_no_more_than_the_documentation_says(unit: str, place: int) -> None:
    # Each version of systemd counts a little differently: the page names a bound.
    page = (ROOT / "docs" / "how-to" / "systemd.md").read_text()
    most = re.findall(r"at\s+most\s+\*\*(\d\.\d)\*\*", page)[place]
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNITS / unit)]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    level = said.rpartition(".service: ")[2].split()[0]

    assert float(level) <= float(most)
