import pytest

from babilu.presentation.fingerprints import read_fingerprint

PIN = bytes(range(32))


@pytest.mark.parametrize("written", [PIN.hex(), PIN.hex().upper(), PIN.hex(":"), f" {PIN.hex('-', 2)}\t"])
def test_a_fingerprint_is_read_however_it_is_grouped(written: str) -> None:
    assert read_fingerprint(written) == PIN


@pytest.mark.parametrize("written", ["", "12", PIN.hex() + "00", "x" * 64, "\uff11" * 64])
def test_what_is_no_fingerprint_is_none(written: str) -> None:
    assert read_fingerprint(written) is None
