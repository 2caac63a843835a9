"""A client's daemon: in the background with its own log, attached to and ended by other processes."""

import os
from contextlib import suppress
from pathlib import Path

from tests.e2e.daemons import Daemons
from tests.e2e.processes import Processes

SIGKILL = 9


def test_a_daemon_keeps_a_profile_until_it_is_stopped(tmp_path: Path) -> None:
    password = {"BABILU_PASSWORD": "the password of dora"}
    with Processes(tmp_path) as processes:
        processes.peer("dora").stop()
    commands = Daemons(tmp_path)
    commands.home = tmp_path / "dora"
    arguments = ["--home", str(commands.home), "--json"]
    ready = commands.run("daemon", "--background", *arguments, environment=password)
    assert ready.returncode == 0, ready.stderr
    pid = int(ready.stdout.rpartition('"pid": ')[2].rstrip("}\n"))
    try:
        assert (commands.home / "dora@direct.log").is_file()
        taken = commands.run("daemon", *arguments, environment=password)
        assert (taken.returncode, "profile_in_use" in taken.stdout) == (4, True)
        stopped = commands.run("stop", "--profile", "dora", *arguments, environment=password)
        assert f'"pid": {pid}' in stopped.stdout
        assert not (commands.home / "dora@direct.db.run").exists()
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, SIGKILL)
