"""What people say, their passphrases and whom they know is readable nowhere: on no disk, in no log, on no line."""

import secrets
from pathlib import Path

import pytest

from babilu.attack.search import places_of, read_all
from tests.e2e.processes import Processes
from tests.faults.conftest import Record
from tests.faults.tools.proxy import Proxy
from tests.faults.tools.town import Town

LETTERS = 20


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
    places = {str(Path(path).relative_to(tmp_path)): octets for path, octets in read_all([tmp_path]).items()}
    places["traffic"] = captured
    assert {"relay.log", "alice.log", "relay/relay.db", "traffic"} <= places.keys()
    assert any(name.endswith("-wal") for name in places) or end == "closed"
    for secret in [*texts, "the password of alice", "the password of bob"]:
        assert places_of(secret, places) == []
    # That the search finds what is there, the relay shows, which must know names.
    assert "relay/relay.db" in " ".join(places_of("alice", places))
    # Whom somebody knows stands in no file of theirs.
    assert not [name for name, octets in places.items() if name.startswith("bob") and b"alice" in octets]
    size = sum(len(octets) for octets in places.values())
    record(f"{len(texts)} planted texts, {end}: none found in {len(places)} places of {size} bytes")
