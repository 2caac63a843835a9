from dataclasses import FrozenInstanceError, fields

import pytest

from babilu.kernel import limits
from babilu.kernel.limits import Limits


def test_limits_do_not_change_once_they_are_made() -> None:
    with pytest.raises(FrozenInstanceError):
        Limits().max_users = 5  # type: ignore[misc]


def test_every_limit_is_described() -> None:
    assert Limits.__doc__ is not None
    described = {line.split(":")[0].strip() for line in Limits.__doc__.splitlines() if ":" in line}
    assert {field.name for field in fields(Limits)} <= described


def test_the_defaults_are_those_of_the_protocol() -> None:
    defaults = Limits()
    assert limits.FRAME_BYTES == defaults.frame_bytes == 96 * 1024
    assert (defaults.tls_ms, defaults.login_ms, defaults.frame_ms) == (10_000, 15_000, 30_000)
    assert (defaults.ping_ms, defaults.silence_ms) == (30_000, 60_000)
    assert (defaults.push_messages, defaults.push_bytes) == (100, 1024 * 1024)
    assert (defaults.half_open, defaults.pending_requests, defaults.pending_requests_per_address) == (32, 50, 4)


def test_a_recipient_remembers_for_longer_than_a_relay_keeps() -> None:
    assert Limits().deduplication_ms < Limits().mail_kept_ms
    assert Limits().mail_kept_ms < limits.ENVELOPE_IDS_KEPT_MS
