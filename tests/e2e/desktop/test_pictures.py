"""A picture crosses between real processes, is fetched in the window, decoded in its cage, looked at and copied."""

import subprocess
from pathlib import Path

import pytest

from babilu.api.views import PictureView
from babilu.kernel.ids import MessageId
from babilu.terminal.png import png_of
from tests.e2e.desktop.stage import Person, Stage, missing_tools, until
from tests.e2e.processes import Processes

WIDTH, HEIGHT = 320, 240
RED, BLUE = b"\xd0\x10\x10\xff", b"\x10\x10\xd0\xff"


def copied(stage: Stage) -> bytes:
    """Read the picture on the clipboard, or nothing."""
    command = ["xclip", "-o", "-selection", "clipboard", "-t", "image/png"]
    return subprocess.run(command, env=stage.environment, capture_output=True, check=False, timeout=5).stdout


@pytest.mark.skipif(bool(missing_tools()), reason=f"not installed: {', '.join(missing_tools())}")
def test_a_picture_is_fetched_looked_at_and_copied(processes: Processes, tmp_path: Path) -> None:
    relay = processes.relay()
    bob = processes.client(relay, "bob")
    bob.take("link", state="online")
    photo = tmp_path / "photo.png"
    rows = (RED * (WIDTH // 2) + BLUE * (WIDTH // 2)) * HEIGHT
    photo.write_bytes(png_of(PictureView(MessageId(bytes(16)), 0, WIDTH, HEIGHT, rows)))
    with Stage(tmp_path) as stage:
        alice = Person(stage, tmp_path / "alice", [relay.host, relay.port, "alice", "correct horse battery"])
        alice.wait_title("alice")
        bob.do("send", to="alice", files=[str(photo)])
        alice.wait_title("(1)")
        alice.press("ctrl+1")
        alice.wait_title("bob")

        def looked_at() -> bool:
            alice.press("ctrl+Up", "ctrl+o")
            return "photo.png" in alice.title()

        until(looked_at, "the picture lies over the window")
        # What is offered first is to fetch it.
        alice.press("Return")

        def came() -> bool:
            alice.press("ctrl+c")
            return copied(stage).startswith(b"\x89PNG")

        until(came, "the picture is here and can be copied")
        assert copied(stage)[16:24] == WIDTH.to_bytes(4, "big") + HEIGHT.to_bytes(4, "big")
        alice.press("Escape")
        alice.wait_title("bob")
        assert alice.close() == 0
