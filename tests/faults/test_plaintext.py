"""What people say, their passphrases and whom they know is readable nowhere: on no disk, in no log, on no line."""

import base64
import secrets
from pathlib import Path

import pytest

from tests.e2e.processes import Processes
from tests.faults.conftest import Record
from tests.faults.tools.proxy import Proxy
from tests.faults.tools.town import Town

LETTERS = 20


def _disguises(secret: str) -> list[bytes]:
    """Give the forms in which a text could lie about: as it is, wide, in hexadecimal, in base 64 at any offset."""
    plain = secret.encode()
    # The ends of a piece in base 64 depend on what is beside it: a short text leaves nothing to look for.
    sixty_fours = [base64.b64encode(b"x" * offset + plain)[4:-4] for offset in range(3) if len(plain) > 8]
    return [plain, secret.encode("utf-16-le"), plain.hex().encode(), plain.hex().upper().encode(), *sixty_fours]


def _leaks(places: dict[str, bytes], secret: str) -> list[str]:
    return [name for name, octets in places.items() if any(form in octets for form in _disguises(secret))]


def _read_all(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("end", ["killed", pytest.param("closed", marks=pytest.mark.long)])
def test_planted_texts_names_and_passphrases_are_readable_nowhere(
    processes: Processes, record: Record, tmp_path: Path, end: str
) -> None:
    texts = [f"planted-{secrets.token_hex(12)}" for _ in range(LETTERS)]
    relay = processes.relay("--log-level", "debug", "--log-file", str(tmp_path / "relay.log"))
    with Proxy((relay.host, int(relay.port)), capture=True) as proxy:
        town = Town(processes, record, relay, proxy.words)
        for text in texts[::2]:
            town.alice.say("bob", text)
        town.alice.settle("bob")
        for text in texts[1::2]:
            town.bob.say("alice", text)
        town.bob.settle("alice")
        assert sorted(kept.text for kept in town.alice.history("bob")) == sorted(texts)
        for account in (town.alice, town.bob):
            if end == "killed":
                account.now.kill()
            else:
                account.now.end_input()
                account.now.wait()
        relay.kill()
        captured = bytes(proxy.captured)
    places = {**_read_all(tmp_path), "traffic": captured}
    assert {"relay.log", "alice.log", "relay/relay.db", "traffic"} <= places.keys()
    assert any(name.endswith("-wal") for name in places) or end == "closed"
    for secret in [*texts, "the password of alice", "the password of bob"]:
        assert _leaks(places, secret) == []
    # That the search finds what is there, the relay shows, which must know names.
    assert "relay/relay.db" in " ".join(_leaks(places, "alice"))
    # Whom somebody knows stands in no file of theirs.
    assert not [name for name, octets in places.items() if name.startswith("bob") and b"alice" in octets]
    size = sum(len(octets) for octets in places.values())
    record(f"{len(texts)} planted texts, {end}: none found in {len(places)} places of {size} bytes")


def test_the_search_finds_a_text_in_each_disguise() -> None:
    secret = "planted-0123456789abcdef"
    for octets in (
        b"..." + secret.encode() + b"...",
        "äö".encode("utf-16-le") + secret.encode("utf-16-le"),
        b"00" + secret.encode().hex().encode(),
        *(base64.b64encode(b"y" * offset + secret.encode() + b"zz") for offset in range(6)),
    ):
        assert _leaks({"here": octets}, secret) == ["here"]
    assert _leaks({"here": b"planted-0123456789abcde"}, secret) == []
