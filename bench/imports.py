"""Taking over a chat of WhatsApp, and writing all of it out again: 100,000 messages of each.

    python3 main.py bench imports [--messages 100000] [--json FILE]

The profile lies on the disk, synced at each commit; the import goes through the client's own command, the export
through the same pages that every face reads.
"""

import argparse
import random  # noqa: TID251  # words and pauses, no keys
import resource
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from babilu.api import commands  # noqa: E402  # the path has to be set before
from babilu.api.client import ChatClient, DirectProfile  # noqa: E402
from babilu.crypto.secret import Passphrase  # noqa: E402
from babilu.engine.profile.factory import EngineFactory  # noqa: E402
from babilu.export.exporter import Exporter  # noqa: E402
from babilu.export.model import ExportFormat, ExportRequest  # noqa: E402
from babilu.kernel.states import ImportSource  # noqa: E402
from babilu.presentation.strings import Strings  # noqa: E402
from babilu.system import SystemClock, SystemRandomness  # noqa: E402
from bench.client import PASSWORD, WORDS, show  # noqa: E402
from bench.figures import add_option, write  # noqa: E402
from bench.machine import machine, versions  # noqa: E402

PATIENCE_S: Final = 600.0
MOST_S: Final = 60.0
"""So long 100,000 messages may take until they are here."""

PAUSE_MOST_S: Final = 900


def main() -> int:
    """Measure, print, and fail where an import takes too long."""
    parser = argparse.ArgumentParser(description="Measure importing a chat and exporting it.")
    parser.add_argument("--messages", type=int, default=100_000, help="messages of the chat")
    add_option(parser)
    options = parser.parse_args()
    for words in (machine(), versions()):
        show("; ".join(f"{name} {word}" for name, word in words.items()), "")
    with tempfile.TemporaryDirectory(prefix="babilu-bench-") as folder:
        home = Path(folder)
        chat = a_chat(home, options.messages)
        factory = EngineFactory(home, SystemClock(), SystemRandomness())
        profile = DirectProfile("carol", Passphrase(PASSWORD))
        client = factory.open(profile).result(PATIENCE_S)
        try:
            figures = measure_imports(client, chat)
            taken = figures["imported, s"]
            figures |= measure_exports(client, home)
        finally:
            client.close()
    write(options.json, figures)
    return 1 if taken > MOST_S * max(1.0, options.messages / 100_000) else 0


def measure_imports(client: ChatClient, chat: Path) -> dict[str, float]:
    """Import a chat three times: to look, in earnest, and again."""
    wanted = commands.ImportChats(ImportSource.WHATSAPP, str(chat))
    look = commands.ImportChats(ImportSource.WHATSAPP, str(chat), dry_run=True)
    figures: dict[str, float] = {}
    for name, command in (("looked at", look), ("imported", wanted), ("imported again", wanted)):
        began, worked = time.monotonic(), time.process_time()
        (found,) = client.request(command).result(PATIENCE_S).chats
        seconds, cpu = time.monotonic() - began, time.process_time() - worked
        figures |= {f"{name}, s": seconds, f"{name}, CPU s": cpu}
        what = f"{found.messages} messages {name}, of which {found.new} are new, s"
        show(what, f"{seconds:.1f} ({cpu:.1f} of the processor)")
    return figures


def measure_exports(client: ChatClient, home: Path) -> dict[str, float]:
    """Export everything in each format, and tell how much memory that took beside the client's."""
    figures: dict[str, float] = {}
    for how in ExportFormat:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began, worked = time.monotonic(), time.process_time()
        report = Exporter(client, Strings("en"), ExportRequest(home / f"out-{how}", how), SystemClock()).run()
        seconds, cpu = time.monotonic() - began, time.process_time() - worked
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        what = f"exported as {how}"
        figures |= {f"{what}, s": seconds, f"{what}, CPU s": cpu, f"{what}, memory grew by MiB": grown}
        took = f"{seconds:.1f} ({cpu:.1f} of the processor, memory grew by {grown:.0f} MB)"
        show(f"{report.messages} messages {what}, s", took)
    return figures


def a_chat(folder: Path, messages: int) -> Path:
    """Write a chat as an iPhone exports it; the same one in every run."""
    path = folder / "WhatsApp Chat - Alice.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_chat.txt", "".join(lines(messages)))
    return path


def lines(messages: int) -> Iterator[str]:
    """Give the lines of a chat of two people."""
    chance = random.Random(1)  # noqa: S311  # words and pauses, no keys
    at = datetime(2015, 1, 20, 9, tzinfo=UTC)
    for number in range(messages):
        at += timedelta(seconds=chance.randint(1, PAUSE_MOST_S))
        words = " ".join(chance.choices(WORDS, k=chance.randint(2, 20)))
        yield f"[{at:%d/%m/%Y, %H:%M:%S}] {chance.choice(('Alice', 'Carol'))}: {words} {number}\n"


if __name__ == "__main__":
    sys.exit(main())
