import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from babilu.crypto import password as password_module
from babilu.crypto.password import LoginCost, WrapPurpose, login_key, new_salt, stretch, unwrap_key
from babilu.crypto.secret import Passphrase, Secret
from babilu.kernel.errors import CryptoError, ErrorCode, ProfileError, ProtocolError
from tests.unit.session.devices import CountedRandomness
from tests.vectors.vectors import protocol, unhex

COST = LoginCost()


@pytest.mark.parametrize(
    ("memory_kib", "passes", "lanes"),
    [
        (64 * 1024 - 1, 3, 4),
        (1024 * 1024 + 1, 3, 4),
        (64 * 1024, 2, 4),
        (64 * 1024, 11, 4),
        (64 * 1024, 3, 0),
        (64 * 1024, 3, 17),
        (0, 0, 0),
        (2**63, 3, 4),
    ],
)
def test_a_cost_out_of_bounds_is_refused_wherever_it_comes_from(memory_kib: int, passes: int, lanes: int) -> None:
    with pytest.raises(ProtocolError) as refused:
        LoginCost(memory_kib, passes, lanes)
    assert refused.value.code is ErrorCode.NOT_ALLOWED
    encoded = msgspec.msgpack.encode([memory_kib, passes, lanes])
    with pytest.raises((ProtocolError, msgspec.DecodeError)):
        msgspec.msgpack.decode(encoded, type=LoginCost)


def test_the_bounds_themselves_are_allowed() -> None:
    assert LoginCost(64 * 1024, 3, 1).passes == 3
    assert LoginCost(1024 * 1024, 10, 16).lanes == 16


def test_a_login_key_is_as_recorded_and_another_for_another_password_name_salt_or_cost() -> None:
    recorded = protocol()["login_key"]
    salt = unhex(recorded["salt"])
    key = login_key(Passphrase(recorded["password"]), recorded["name"], salt, COST).public
    assert key == unhex(recorded["public"])
    others = [
        login_key(Passphrase("another"), recorded["name"], salt, COST).public,
        login_key(Passphrase(recorded["password"]), "bob", salt, COST).public,
        login_key(Passphrase(recorded["password"]), recorded["name"], salt[::-1], COST).public,
        login_key(Passphrase(recorded["password"]), recorded["name"], salt, LoginCost(passes=4)).public,
    ]
    assert len({key, *others}) == 5


@pytest.mark.parametrize("size", [0, 15, 33])
def test_a_salt_out_of_bounds_is_refused_before_any_work(size: int) -> None:
    with pytest.raises(ProtocolError) as refused:
        login_key(Passphrase("secret"), "alice", bytes(size), COST)
    assert refused.value.code is ErrorCode.NOT_ALLOWED


def test_a_wrapped_key_opens_with_its_passphrase_only_and_its_memory_is_given_back() -> None:
    randomness = CountedRandomness("wrap")
    before = resident_mib()
    wrapped = stretch(Passphrase("correct horse"), randomness).wrap(Secret(b"k" * 32), WrapPurpose.DATABASE)
    assert unwrap_key(Passphrase("correct horse"), wrapped) == Secret(b"k" * 32)
    with pytest.raises(CryptoError) as refused:
        unwrap_key(Passphrase("battery staple"), wrapped)
    assert refused.value.code is ErrorCode.WRONG_CREDENTIALS
    assert b"k" * 8 not in wrapped
    assert resident_mib() - before < 32


def test_a_wrapping_under_another_cost_does_not_open() -> None:
    wrapped = stretch(Passphrase("correct horse"), CountedRandomness("cost")).wrap(
        Secret(b"k" * 32), WrapPurpose.DATABASE
    )
    version, salt, cost, sealed = msgspec.msgpack.decode(wrapped)
    changed = msgspec.msgpack.encode([version, salt, [cost[0], cost[1] + 1, cost[2]], sealed])
    with pytest.raises(CryptoError):
        unwrap_key(Passphrase("correct horse"), changed)


@pytest.mark.parametrize(
    ("wrapped", "code"),
    [
        (b"", ErrorCode.PROFILE_DAMAGED),
        (b"\x91" * 5000, ErrorCode.PROFILE_DAMAGED),
        (msgspec.msgpack.encode([1, b"", [65536, 3, 4], b""]), ErrorCode.PROFILE_DAMAGED),
        (msgspec.msgpack.encode([1, bytes(32), [65535, 3, 4], b""]), ErrorCode.PROFILE_DAMAGED),
        (msgspec.msgpack.encode([2, bytes(32), [65536, 3, 4], b""]), ErrorCode.PROFILE_TOO_NEW),
    ],
)
def test_what_is_no_wrapped_key_is_refused_before_any_work(wrapped: bytes, code: ErrorCode) -> None:
    with pytest.raises(ProfileError) as refused:
        unwrap_key(Passphrase("correct horse"), wrapped)
    assert refused.value.code is code


def test_salts_are_made_new() -> None:
    randomness = CountedRandomness("salt")
    assert new_salt(randomness) != new_salt(randomness)


def resident_mib() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 // 2**20


def test_passwords_are_stretched_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    # Two that share the threads of OpenSSL's pool would wait for each other for ever.
    together, met = threading.Barrier(2), []

    class MeetingArgon2id:
        def __init__(self, **_: object) -> None:
            pass

        def derive(self, _: bytes) -> bytes:
            with suppress(threading.BrokenBarrierError):
                met.append(together.wait(0.2))
            return bytes(32)

    monkeypatch.setattr(password_module, "Argon2id", MeetingArgon2id)
    with ThreadPoolExecutor(2) as threads:
        for each in [threads.submit(login_key, Passphrase("p"), "alice", bytes(32), COST) for _ in range(2)]:
            each.result()
    assert met == []
