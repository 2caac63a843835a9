import os
import subprocess
import sys
from pathlib import Path

import pytest

import babilu
from babilu.relay.base.memory import give_back

BLOCKS = 20_000
BLOCK_BYTES = 4_000


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
def test_what_was_freed_between_things_that_stay_is_given_back() -> None:
    blocks = [bytearray(BLOCK_BYTES) for _ in range(BLOCKS)]
    # The last one stays at the end of the heap, where the C library would give back by itself.
    last = blocks[-1]
    held = resident_bytes()
    del blocks
    kept = resident_bytes()
    if not give_back() and kept < held - BLOCKS * BLOCK_BYTES // 2:
        pytest.skip("this C library gives back by itself")
    assert resident_bytes() < held - BLOCKS * BLOCK_BYTES // 2
    assert len(last) == BLOCK_BYTES


COUNTED = """
import resource, sys
from babilu.relay.base.memory import keep_large_blocks
if sys.argv[1] == "kept":
    keep_large_blocks()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(200):
    # Two together, of different sizes, as an answer and its ciphertext are.
    one, other = b"a" * 600_000, b"b" * 700_000
    del one, other
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
def test_large_blocks_are_taken_from_what_was_freed_and_not_from_the_system() -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(babilu.__file__).parents[1])}
    faults = {
        how: int(subprocess.check_output([sys.executable, "-c", COUNTED, how], env=environment))
        for how in ("kept", "given back")
    }
    # A large block touches more pages than this each time that it is new.
    assert faults["kept"] < 2_000
    if faults["given back"] < 2_000:
        pytest.skip("this C library keeps them by itself")
