"""What one message costs two clients, from Enter to receipt: Python calls, write transactions, repeated work.

    python3 main.py bench calls [--messages 50] [--most 30]

Both clients run in this process, with real databases, and talk by a relay of its own process. Counted is what their
threads call; figures do not depend on how fast the machine is.
"""

import argparse
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from babilu.api import events  # noqa: E402  # the path has to be set before
from babilu.kernel.states import MessageState  # noqa: E402
from babilu.library import Client  # noqa: E402
from bench.client import PASSWORD, PATIENCE_S, acquainted, online  # noqa: E402
from bench.served import our_server  # noqa: E402

NAMED = {
    "write transactions": "_take_turn",
    "device lists decoded": "decode_device_list",
    "device lists verified": "verify_device_list",
    "outer seals opened": "open_envelope",
    "senders checked": "check_sender",
    "SQL statements": "_execute",
}


class Calls:
    """Counts calls of Python functions in all threads that begin after `watch`, while it is switched on."""

    def __init__(self) -> None:
        self.on = False
        self.counts: Counter[CodeType] = Counter()

    def watch(self) -> None:
        """Look at the threads that begin from now on."""
        threading.setprofile(self._seen)

    def _seen(self, frame: FrameType, what: str, _argument: object) -> None:
        if self.on and what == "call":
            self.counts[frame.f_code] += 1


def measure(messages: int) -> Counter[CodeType]:
    """Send messages one after another, each once the one before was delivered; return what was called."""
    calls = Calls()
    with tempfile.TemporaryDirectory() as folder, our_server("babilu", Path(folder, "relay"), None) as relay:
        home = Path(folder, "profiles")
        acquainted(relay, home)
        calls.watch()
        with (
            Client(*relay.address, "alice", PASSWORD, home=home) as alice,
            Client(*relay.address, "bob", PASSWORD, home=home) as bob,
        ):
            online(alice)
            online(bob)
            delivered = threading.Semaphore(0)
            alice.chat.subscribe(
                lambda _, event: (
                    delivered.release()
                    if isinstance(event, events.MessageStateChanged) and event.state is MessageState.DELIVERED
                    else None
                )
            )
            for number in range(messages + 1):
                # The first one is practice: prekeys, bundles and caches are dealt with by it.
                calls.on = number > 0
                alice.send("bob", f"message {number}")
                if not delivered.acquire(timeout=PATIENCE_S):
                    raise TimeoutError("a message was not delivered in time")
            calls.on = False
    return calls.counts


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=50)
    parser.add_argument("--most", type=int, default=0, help="name so many functions that are called most")
    options = parser.parse_args()
    counts = measure(options.messages)
    print(f"Python calls: {sum(counts.values()) / options.messages:,.0f} a message")
    for title, name in NAMED.items():
        total = sum(count for code, count in counts.items() if code.co_name == name)
        print(f"{title}: {total / options.messages:.1f} a message")
    for code, count in counts.most_common(options.most):
        place = Path(code.co_filename)
        print(f"{count / options.messages:10.1f}  {place.parent.name}/{place.name}:{code.co_qualname}")


if __name__ == "__main__":
    main()
