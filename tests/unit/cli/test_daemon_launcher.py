import os
import sys
from pathlib import Path

import pytest

from babilu.api.client import DirectProfile, RelayProfile
from babilu.api.views import Address
from babilu.cli.daemon_launcher import DaemonBackground
from babilu.cli.secret_input import VARIABLE
from babilu.crypto.secret import Passphrase
from babilu.kernel.errors import LinkError

PASSPHRASE = Passphrase("correct horse, é")

RECORD = f"""
import os, pathlib, sys
given = [*sys.argv[2:], sys.stdin.buffer.readline().decode().strip(), str({VARIABLE!r} in os.environ)]
pathlib.Path(sys.argv[1]).write_text("\\n".join(given))
"""


def test_a_daemon_is_given_the_password_by_a_pipe_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "of another profile")
    record = tmp_path / "record"
    background = DaemonBackground((sys.executable, "-c", RECORD, str(record)), tmp_path)
    background.keep(RelayProfile(Address("::1", 5050), "Alice", PASSPHRASE, listen=Address("127.0.0.1", 5051)))
    *arguments, password, in_environment = record.read_text().split("\n")
    assert (password, in_environment) == ("correct horse, é", "False")
    assert arguments[:4] == ["daemon", "--background", "--profile", "alice@[::1]:5050"]
    assert "correct" not in " ".join(arguments)
    assert arguments[arguments.index("--listen") + 1] == "127.0.0.1:5051"
    assert Path(arguments[arguments.index("--home") + 1]) == tmp_path


def test_a_daemon_that_cannot_start_says_why(tmp_path: Path) -> None:
    failing = "import sys; print('first line', file=sys.stderr); sys.exit('The reason.')"
    with pytest.raises(LinkError, match="The reason"):
        DaemonBackground((sys.executable, "-c", failing), tmp_path).keep(DirectProfile("dora", PASSPHRASE))
    with pytest.raises(LinkError, match="could not be started"):
        DaemonBackground((os.devnull,), tmp_path).keep(DirectProfile("dora", PASSPHRASE))
