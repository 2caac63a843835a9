"""A client's daemon: in the background with its own log, attached to and ended by other processes."""

import json
import os
import sys
from contextlib import suppress
from pathlib import Path

from babilu.api.client import DirectProfile
from babilu.cli.daemon_launcher import DaemonBackground
from babilu.crypto.secret import Passphrase
from babilu.host.opening import HostingFactory
from babilu.rpc.client import AttachedClient
from babilu.system import SystemClock, SystemRandomness
from tests.e2e.daemons import Daemons
from tests.e2e.processes import DEADLINE_S, ROOT, Processes

SIGKILL = 9


def test_a_daemon_keeps_a_profile_until_it_is_stopped(tmp_path: Path) -> None:
    password = {"BABILU_PASSWORD": "the password of dora"}
    with Processes(tmp_path) as processes:
        processes.peer("dora").stop()
    commands = Daemons(tmp_path)
    commands.home = tmp_path / "dora"
    arguments = ["--home", str(commands.home), "--json"]
    profile = DirectProfile("dora", Passphrase("the password of dora"))
    DaemonBackground((sys.executable, str(ROOT / "main.py")), commands.home).keep(profile)
    factory = HostingFactory(commands.home, SystemClock(), SystemRandomness())
    client = factory.attach(profile).result(DEADLINE_S)
    assert isinstance(client, AttachedClient)
    pid = client.attachment.process
    client.close()
    try:
        assert (commands.home / "dora@direct.log").is_file()
        taken = commands.run("daemon", *arguments, environment=password)
        assert (taken.returncode, "profile_in_use" in taken.stdout) == (4, True)
        stopped = commands.run("stop", "--profile", "dora", *arguments, environment=password)
        assert json.loads(stopped.stdout)["pid"] == pid
        assert not (commands.home / "dora@direct.db.run").exists()
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, SIGKILL)
