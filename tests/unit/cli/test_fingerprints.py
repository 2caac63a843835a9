import pytest

from babilu.cli.fingerprints import fingerprint, grouped
from babilu.kernel.errors import UsageError

PIN = bytes(range(32))


@pytest.mark.parametrize("written", [PIN.hex(), PIN.hex().upper(), grouped(PIN.hex()), PIN.hex(":"), PIN.hex("-", 2)])
def test_a_fingerprint_is_read_however_it_is_grouped(written: str) -> None:
    assert fingerprint(written) == PIN


@pytest.mark.parametrize("written", ["", "12", PIN.hex()[1:], PIN.hex() + "00", "x" * 64, "\uff11" * 64])
def test_what_is_no_fingerprint_is_refused(written: str) -> None:
    with pytest.raises(UsageError):
        fingerprint(written)
