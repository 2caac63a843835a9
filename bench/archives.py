"""What a backup costs: written, read to its end, read back by another process, restored, and mended.

    python3 main.py bench archives [--messages 100000]

The profile lies in a folder of the measurement's own; memory is that of a process that does nothing else.
"""

import argparse
import json
import random  # noqa: TID251  # words and damage, no keys
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from babilu.archive.header import Opener  # noqa: E402  # the path has to be set before
from babilu.archive.reader import findings_of  # noqa: E402
from babilu.crypto.keys import AgreementKey, SigningKey  # noqa: E402
from babilu.crypto.secret import Passphrase, Secret  # noqa: E402
from babilu.engine.archives.making import ArchiveMaker, NewArchive  # noqa: E402
from babilu.engine.files.folder import FileFolder  # noqa: E402
from babilu.engine.profile.own_keys import keep_notes, make_profile_record  # noqa: E402
from babilu.engine.profile.restoring import RestoreOrder, Restoring  # noqa: E402
from babilu.identity.codec import encode_shape  # noqa: E402
from babilu.identity.device_list import (  # noqa: E402
    decode_device_list,
    encode_device_list,
    make_device_list,
    make_entry,
    verify_device_list,
)
from babilu.kernel.ids import IdentityKey, conversation_id, message_id  # noqa: E402
from babilu.kernel.states import MessageState, Route  # noqa: E402
from babilu.store.message_records import BufferedMessage  # noqa: E402
from babilu.store.profile_files import ProfilePaths  # noqa: E402
from babilu.store.profile_store import ProfileStore  # noqa: E402
from babilu.store.unit_of_work import UnitOfWork  # noqa: E402
from babilu.system import SystemClock, SystemRandomness  # noqa: E402
from babilu.wire.message_parts import Text  # noqa: E402
from bench.figures import add_option, write  # noqa: E402
from bench.machine import machine, versions  # noqa: E402

CLOCK, RANDOMNESS = SystemClock(), SystemRandomness()
OPENER: Opener = Secret(bytes(range(32)))
PASSWORD = "correct horse"  # noqa: S105  # of a profile that lives for a minute
PEOPLE = 20
BATCH = 2_000
WORDS = (  # noqa: SIM905  # one line to read
    "meeting tomorrow at the harbour with coffee and the new relay which works like a charm since this morning"
).split()

Figures = dict[str, float]


def fill(home: Path, messages: int) -> ProfilePaths:
    """Make a profile with so many messages of twenty people."""
    paths = ProfilePaths.for_direct(home, "alice")
    identity = SigningKey.generate(RANDOMNESS)
    seed = identity.private_bytes()
    store = ProfileStore.create(paths, Passphrase(PASSWORD), RANDOMNESS, CLOCK, identity=seed)
    record = make_profile_record("alice", identity, RANDOMNESS, CLOCK.now_ms())
    try:
        with store.database.write() as unit:
            unit.profile.create(record)
            keep_notes(unit, record, CLOCK.now_ms())
        add_messages(store, IdentityKey(identity.public), messages)
    finally:
        store.close()
    return paths


def add_messages(store: ProfileStore, own: IdentityKey, messages: int) -> None:
    """Put so many messages of twenty people into a profile."""
    dice = random.Random(1)  # noqa: S311  # words, no keys
    with store.database.write() as unit:
        people = [_meet(unit, own, f"person{number}") for number in range(PEOPLE)]
    for start in range(0, messages, BATCH):
        with store.database.write() as unit:
            for number in range(start, min(start + BATCH, messages)):
                _say(unit, own, people[number % PEOPLE], number, " ".join(dice.choices(WORDS, k=12)))


def _meet(unit: UnitOfWork, own: IdentityKey, name: str) -> tuple[int, IdentityKey]:
    identity, signing, agreement = (
        SigningKey.generate(RANDOMNESS),
        SigningKey.generate(RANDOMNESS),
        AgreementKey.generate(RANDOMNESS),
    )
    listed = encode_device_list(make_device_list(identity, 1, [make_entry(identity, signing, agreement.public)]))
    key = IdentityKey(identity.public)
    place = conversation_id(own, key)
    devices = verify_device_list(decode_device_list(listed)).devices
    contact = unit.contacts.add(key, name, name, place, listed, devices, CLOCK.now_ms(), accepted=True)
    return contact.contact, key


def _say(unit: UnitOfWork, own: IdentityKey, person: tuple[int, IdentityKey], number: int, text: str) -> None:
    contact, key = person
    place, now = unit.conversations.of_contact(contact), 1_795_337_792_000 + number * 1000
    part = encode_shape(Text(RANDOMNESS.token(16), text, text))
    if number % 2:
        message = message_id(place.id, own, now, part)
        unit.new_messages.add_outgoing(message, place.conversation, text, now, part)
        unit.messages.advance_state(message, MessageState.READ)
        return
    device = unit.contacts.devices(contact)[0].device
    message = message_id(place.id, key, now, part)
    heard = BufferedMessage(
        conversation=place.conversation, author=contact, device=device, chain=place.id, counter=number + 1, id=message,
        text=text, sent_at=now, said_at=now, part=part, route=Route.RELAY, first=False, missing_from=0, release_at=0,
    )  # fmt: skip
    unit.new_messages.add_incoming(heard, now)


def create(home: Path, archive: Path) -> Figures:
    """Write an archive of the profile."""
    store = ProfileStore.open(ProfilePaths.for_direct(home, "alice"), Passphrase(PASSWORD), RANDOMNESS, CLOCK)
    try:
        before, busy = _peak(), time.process_time()
        maker = ArchiveMaker(store, FileFolder(store.paths.files, RANDOMNESS), CLOCK, RANDOMNESS)
        made = maker.make(NewArchive(archive, OPENER))
        return {
            "written: s": made.took_ms / 1000,
            "written: CPU s": time.process_time() - busy,
            "written: MiB more memory": _peak() - before,
            "MiB of the archive": made.size / 2**20,
        }
    finally:
        store.close()


def restore(home: Path, archive: Path) -> Figures:
    """Restore it into another home: read to its end, then imported."""
    home.mkdir()
    before, begun, busy = _peak(), time.perf_counter(), time.process_time()
    order = RestoreOrder(archive, OPENER, home, Passphrase(PASSWORD))
    brought = Restoring(order, CLOCK, RANDOMNESS).bring_back()
    return {
        "restored: s": time.perf_counter() - begun,
        "restored: CPU s": time.process_time() - busy,
        "restored: MiB more memory": _peak() - before,
        "restored: messages": brought.imported.messages,
    }


def verify(_: Path, archive: Path) -> Figures:
    """Read it to its end."""
    begun = time.perf_counter()
    findings_of(archive, OPENER)
    return {"read to its end: s": time.perf_counter() - begun}


def mend(_: Path, archive: Path) -> Figures:
    """Read one in which a hundredth of the bytes is another one."""
    dice = random.Random(1)  # noqa: S311  # damage, no keys
    content = bytearray(archive.read_bytes())
    for place in range(len(content)):
        if dice.random() < 0.01:
            content[place] ^= dice.randrange(1, 256)
    spoiled = archive.with_suffix(".spoiled")
    spoiled.write_bytes(content)
    begun = time.perf_counter()
    found = findings_of(spoiled, OPENER)
    messages = found.counts.messages if found.counts else 0
    return {
        "one byte in a hundred changed: s": time.perf_counter() - begun,
        "one byte in a hundred changed: % of the messages": found.readable / max(messages, 1) * 100,
    }


STEPS: dict[str, Callable[[Path, Path], Figures]] = {
    "create": create,
    "verify": verify,
    "restore": restore,
    "mend": mend,
}


def _peak() -> float:
    """Return the most memory that this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Run the measurements, each step in a process of its own."""
    parser = argparse.ArgumentParser(description="Measure backups.")
    parser.add_argument("--messages", type=int, default=100_000, help="messages of the profile")
    add_option(parser)
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--places", type=Path, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        print(json.dumps(STEPS[options.step](*options.places)))
        return 0
    for words in (machine(), versions()):
        print("; ".join(f"{name} {word}" for name, word in words.items()))
    figures: Figures = {}
    with tempfile.TemporaryDirectory(prefix="babilu-bench-") as folder:
        home, archive = Path(folder) / "home", Path(folder) / "alice.babilu"
        home.mkdir()
        fill(home, options.messages)
        for step in STEPS:
            place = Path(folder) / "restored" if step == "restore" else home
            command = [sys.executable, __file__, "--step", step, "--places", str(place), str(archive)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            figures |= json.loads(done.stdout)
    for figure, value in figures.items():
        print(f"{figure:<58} {value:,.4g}")
    write(options.json, figures)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
