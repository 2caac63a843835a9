import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

CHILD = """
import os, sys
from babilu.cli.standard_streams import fill_standard_streams
fill_standard_streams()
first = os.open(os.devnull, os.O_RDONLY)
print("to nowhere or to the test", flush=True)
sys.stderr.flush()
sys.stdin.read()
from babilu.engine.loop import new_event_loop
loop = new_event_loop()
loop.run_until_complete(loop.getaddrinfo("127.0.0.1", 1))
loop.close()
os._exit(42 if first > 2 else 1)
"""


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"])
def test_a_closed_standard_stream_gives_its_number_to_nothing_else(closed: str) -> None:
    command = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-c", CHILD]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert done.returncode == 42, done.stderr
