"""Attacks on files: changing one at the relay, cutting it off, mixing up its parts, serving another one."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import msgspec

from babilu.api import commands
from babilu.attack.outcome import Outcome, not_played
from babilu.attack.testbed import AttackTestbed, Guest, wait_until
from babilu.crypto.sealed_file import BLOCK_BYTES
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import MessageId
from babilu.kernel.states import FileState
from babilu.wire.relay_frames import BlobData, RelayFrame

SIZE: Final = 3 * BLOCK_BYTES

Spoil = Callable[[BlobData], BlobData]
"""Makes of a part of a file what the operator hands out instead."""


def spoil_files(testbed: AttackTestbed) -> Outcome:
    """Hand out a file otherwise than it was stored, and look whether anything of it is saved."""
    alice, bob = testbed.couple()
    testbed.spoil_couple()
    into = testbed.folder / "saved"
    into.mkdir()
    honest: dict[int, bytes] = {}

    def note(part: BlobData) -> BlobData:
        honest[part.offset] = part.part
        return part

    if not _fetched(testbed, alice, bob, "honest", into, note):
        return not_played("an honest file did not arrive")
    for saved in into.iterdir():
        saved.unlink()
    parts = dict(honest)

    def flip(part: BlobData) -> BlobData:
        changed = bytes([part.part[0] ^ 1]) + part.part[1:] if part.offset else part.part
        return msgspec.structs.replace(part, part=changed)

    def cut(part: BlobData) -> BlobData:
        return msgspec.structs.replace(part, size=BLOCK_BYTES, part=part.part)

    def mix(part: BlobData) -> BlobData:
        other = honest.get(BLOCK_BYTES, part.part) if part.offset == 2 * BLOCK_BYTES else part.part
        honest[part.offset] = part.part
        return msgspec.structs.replace(part, part=other[: len(part.part)])

    def serve_another(part: BlobData) -> BlobData:
        return msgspec.structs.replace(part, part=parts[part.offset])

    for what, spoil in (("changed", flip), ("cut off", cut), ("mixed up", mix), ("another one", serve_another)):
        honest.clear()
        if _fetched(testbed, alice, bob, what, into, spoil) or any(into.iterdir()):
            return Outcome(False, f"A file that was {what} was saved.")
    testbed.leave_alone()
    return Outcome(True, "Four files that were changed, cut off, mixed up or exchanged were refused; none was saved.")


def _fetched(testbed: AttackTestbed, alice: Guest, bob: Guest, name: str, into: Path, spoil: Spoil) -> bool:
    """Send a file and fetch it, as the operator hands it out; tells whether it was saved."""
    source = testbed.folder / f"{name}.bin"
    source.write_bytes(testbed.randomness.token(SIZE))

    def down(_: str, message: RelayFrame) -> Iterable[RelayFrame]:
        return (spoil(message) if isinstance(message, BlobData) else message,)

    testbed.proxy.down = down
    sent = alice.ask(commands.Send(bob.name, name, files=(str(source),)))
    if not bob.shows(alice.name, name) or not wait_until(lambda: _is_stored(alice, sent.id)):
        return False
    try:
        bob.ask(commands.FetchFile(sent.id, 0, str(into)))
    except (BabiluError, TimeoutError):
        return False
    return True


def _is_stored(alice: Guest, message: MessageId) -> bool:
    (file,) = alice.ask(commands.MessageInfo(message)).message.files
    return file.state is FileState.SENT
