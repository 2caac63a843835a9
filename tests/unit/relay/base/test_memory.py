import sys
from pathlib import Path

import pytest

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
