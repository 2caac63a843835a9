"""Text of others opens no file and makes no connection: the system calls of a window full of it say so."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.desktop_shell import Shell, has_bus, private_bus

ROOT = Path(__file__).resolve().parents[3]
NETWORK = re.compile(r"sa_family=AF_INET6?,")
SAID = re.compile(r" (execve|sendto)\(")
"""Calls that hold the text without opening what it names: the command line, and what is said on the message bus."""


@pytest.mark.skipif(shutil.which("strace") is None or not has_bus(), reason="strace or dbus-daemon is not installed")
@pytest.mark.timeout(300)
def test_hostile_text_opens_no_file_and_makes_no_connection(tmp_path: Path) -> None:
    bait = tmp_path / "bait.png"
    bait.write_bytes(b"\x89PNG\r\n\x1a\n")
    trace = tmp_path / "trace"
    calls = "trace=open,openat,openat2,stat,lstat,newfstatat,statx,access,readlink,connect,sendto,execve"
    tracer = ["strace", "-f", "-qq", "-s", "4096", "-e", calls, "-o", str(trace)]
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
    }
    command = [*tracer, sys.executable, "-m", "tests.e2e.desktop.hostile_window", str(bait)]
    with private_bus() as address, Shell(address) as shell:
        environment["DBUS_SESSION_BUS_ADDRESS"] = address
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
        )
        assert (done.returncode, done.stdout) == (0, "shown\n"), done.stderr
        shell.wait(lambda s: any("&lt;img src=" in note.body for note in s.told))
    lines = trace.read_text(errors="replace").splitlines()
    assert any("openat" in line for line in lines)
    assert [line for line in lines if "bait.png" in line and not SAID.search(line)] == []
    assert [line for line in lines if NETWORK.search(line)] == []
