import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FULL = Path("/dev/full")

CHILD = """
import os, sys
from babilu.cli.standard_streams import fill_standard_streams
fill_standard_streams()
first = os.open(os.devnull, os.O_RDONLY)
print("to nowhere or to the test", flush=True)
sys.stderr.flush()
sys.stdin.read()
from babilu.engine.runtime.loop_thread import new_event_loop
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


GONE = {
    "help of one command": (["start", "--help"], 1, ""),
    "version": (["--version"], 1, ""),
    "completion": (["completion", "bash"], 1, ""),
    "error in JSON": (["dance", "--json"], 1, ""),
    "error": (["dance"], 2, "There is no command 'dance'. Try: babilu --help\n"),
}


@pytest.mark.parametrize(("words", "code", "told"), GONE.values(), ids=GONE)
def test_a_reader_that_has_gone_ends_a_command_by_its_own_code_and_without_a_complaint(
    words: list[str], code: int, told: str
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = run_program(words, writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (code, told)


@pytest.mark.skipif(not FULL.exists(), reason="this system has no full device")
@pytest.mark.parametrize("words", [["--version"], ["start", "--help"], ["completion", "bash"]])
def test_output_that_finds_no_room_is_told_in_one_line(words: list[str]) -> None:
    with FULL.open("wb") as full:
        done = run_program(words, full.fileno())
    assert done.stderr == "Not everything could be written to standard output: No space left on device\n"
    assert done.returncode == 1


def run_program(words: list[str], output: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "babilu", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "LC_ALL": "C.UTF-8"}
    return subprocess.run(command, env=environment, stdout=output, stderr=subprocess.PIPE, text=True, check=False)
