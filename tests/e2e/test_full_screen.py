"""The full-screen client in a real terminal: it chats, and leaves the terminal as it was, however it ends."""

import os
import re
import shlex
import shutil
import signal
import sys
from pathlib import Path

import pytest

from babilu.api.views import PictureView
from babilu.kernel.ids import MessageId
from babilu.terminal.png import png_of
from tests.e2e.processes import ROOT, Processes
from tests.e2e.tmux import PROMPT, Tmux

HOSTILE = "\x1b[2J\x1b]0;owned\x07 [red]plain[/red]"
RED, BLUE = b"\xd0\x10\x10\xff", b"\x10\x10\xd0\xff"
CELL_COLOUR = re.compile(r"38;2;(\d+);(\d+);(\d+)")
SHOWN = "\\x1b[2J\\x1b]0;owned\\x07 [red]plain[/red]"


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_a_person_chats_over_the_whole_terminal(processes: Processes, tmp_path: Path) -> None:
    relay = processes.relay()
    bob = processes.client(relay, "bob")
    bob.take("link", state="online")
    home = tmp_path / "alice"
    words = ["connect", relay.host, relay.port, "alice", "--home", str(home)]
    environment = {"BABILU_PASSWORD": "correct horse", "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    with Tmux(tmp_path, 100, 30, environment) as terminal:
        terminal.command(f"stty -g > {tmp_path}/before")
        before = terminal.state()
        pid = tmp_path / "pid"
        client = f"echo $$ > {pid}; exec {shlex.join([sys.executable, str(ROOT / 'main.py'), *words])}"
        terminal.command(f"sh -c {shlex.quote(client)}; stty -g > {tmp_path}/after")
        terminal.see("connected to", "Write a message")
        assert terminal.state()["alternate_on"] == "1"

        # Written as in the line mode, and shown with how far it has come.
        terminal.type("@bob hola")
        terminal.press("Enter")
        bob.take("message", text="hola")
        terminal.see("▎ hola", "✓✓")
        bob.send("alice", HOSTILE)
        terminal.see(SHOWN)
        assert "owned" not in terminal.state()["pane_title"]
        bob.do("read", name="alice")

        # A signal ends it in good order.
        os.kill(int(pid.read_text()), signal.SIGTERM)
        terminal.see(PROMPT, gone=["Babilu  alice"])
        expect_sane(terminal, before, tmp_path)

        # So does an error of our own, which is named, and no traceback is shown.
        breaking = shlex.join([sys.executable, str(ROOT / "tests/e2e/breaking_client.py"), *words])
        terminal.command(f"{breaking}; stty -g > {tmp_path}/after")
        terminal.see("connected to", "bob")
        terminal.press("F1")
        seen = terminal.see(PROMPT, "Babilu met an error of its own", gone=["Babilu  alice"])
        assert "Traceback" not in seen
        expect_sane(terminal, before, tmp_path)


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_panes_fold_where_the_terminal_is_made_smaller(processes: Processes, tmp_path: Path) -> None:
    relay = processes.relay()
    bob = processes.client(relay, "bob")
    bob.take("link", state="online")
    client = shlex.join(
        [sys.executable, str(ROOT / "main.py"), "connect", relay.host, relay.port, "alice", "--home", str(tmp_path)]
    )
    # Programs that use readline leave to their children how large the terminal once was.
    stale = {"COLUMNS": "80", "LINES": "24"}
    environment = {"BABILU_PASSWORD": "correct horse", "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", **stale}
    with Tmux(tmp_path, 100, 30, environment) as terminal:
        terminal.command(client)
        terminal.see("connected to", "Write a message")
        terminal.type("@bob hola")
        terminal.press("Enter")
        bob.take("message", text="hola")
        bob.send("alice", HOSTILE)
        terminal.see(SHOWN)
        # One pane is left on a small screen, and the list is behind it.
        terminal.resize(60, 20)
        terminal.see(SHOWN, gone=["Babilu  alice"])
        terminal.type("still here")
        terminal.press("Enter")
        bob.take("message", text="still here")
        terminal.press("Escape")
        terminal.see("Esc back")
        terminal.press("Escape")
        terminal.see("Babilu  alice", gone=["still here\n ▎"])
        terminal.resize(100, 30)
        terminal.see("Babilu  alice", "▎ still here")


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_bytes_that_are_no_letters_do_not_end_it(processes: Processes, tmp_path: Path) -> None:
    relay = processes.relay()
    client = shlex.join(
        [sys.executable, str(ROOT / "main.py"), "connect", relay.host, relay.port, "alice", "--home", str(tmp_path)]
    )
    environment = {"BABILU_PASSWORD": "correct horse", "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    with Tmux(tmp_path, 100, 30, environment) as terminal:
        terminal.command(client)
        terminal.see("connected to", "Write a message")
        terminal.send_bytes(b"\x1b\xd1", b"\x80", b"\xe9", b"\xc0\x80", b"\xed\xa0\x80", b"\x1b[1114112u")
        terminal.type("still here")
        terminal.see("still here", "connected to")


def expect_sane(terminal: Tmux, before: dict[str, str], folder: Path) -> None:
    """Expect a terminal that is as it was: no alternate screen, no mouse, the cursor, echo, its title."""
    assert terminal.state() == before
    assert (folder / "after").read_text() == (folder / "before").read_text()


def has_both_halves(terminal: Tmux) -> bool:
    """Tell whether a picture is seen that is red at its left and blue at its right."""
    found = [tuple(map(int, each)) for each in CELL_COLOUR.findall(terminal.screen(colours=True))]
    red = any(r > 150 and b < 80 for r, _, b in found)
    return red and any(b > 150 and r < 80 for r, _, b in found)


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_a_picture_is_seen_in_small_and_fetched_and_seen_over_the_screen(processes: Processes, tmp_path: Path) -> None:
    relay = processes.relay()
    bob = processes.client(relay, "bob")
    bob.take("link", state="online")
    photo = tmp_path / "photo.png"
    photo.write_bytes(png_of(PictureView(MessageId(bytes(16)), 0, 320, 240, (RED * 160 + BLUE * 160) * 240)))
    client = shlex.join(
        [sys.executable, str(ROOT / "main.py"), "connect", relay.host, relay.port, "alice", "--home", str(tmp_path)]
    )
    colours = {"COLORTERM": "truecolor"}
    environment = {"BABILU_PASSWORD": "correct horse", "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", **colours}
    with Tmux(tmp_path, 100, 30, environment) as terminal:
        terminal.command(client)
        terminal.see("connected to", "Write a message")
        terminal.type("@bob hola")
        terminal.press("Enter")
        bob.take("message", text="hola")
        bob.do("send", to="alice", files=[str(photo)])
        terminal.see("photo.png", "▀▀▀", "not fetched")
        assert has_both_halves(terminal)
        terminal.press("Escape")
        terminal.see(" v look")
        terminal.type("v")
        terminal.see("[ Fetch ]")
        terminal.press("Enter")
        # The decoder in its cage has made pixels of it.
        terminal.see("[ Save ]", "Open outside", gone=["opening", "not fetched", "cannot"])
        assert has_both_halves(terminal)
        terminal.press("Escape")
        terminal.see("here, not saved")


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_a_group_is_started_talks_and_lets_somebody_go(processes: Processes, tmp_path: Path) -> None:
    relay = processes.relay()
    bob, carol = (processes.client(relay, name) for name in ("bob", "carol"))
    words = ["connect", relay.host, relay.port, "alice", "--home", str(tmp_path / "alice")]
    with Tmux(tmp_path, 100, 30, {"BABILU_PASSWORD": "correct horse"}) as terminal:
        terminal.command(shlex.join([sys.executable, str(ROOT / "main.py"), *words]))
        terminal.see("connected to", "Write a message")
        for name, friend in (("bob", bob), ("carol", carol)):
            terminal.type(f"@{name} hola")
            terminal.press("Enter")
            friend.take("message", text="hola")
            friend.do("accept", name="alice")
            terminal.see(name, "hola", "✓✓")

        # Keys come as fast as tmux sends them: each goes where it is meant to.
        terminal.press("C-g")
        terminal.type("Picnic")
        terminal.press("Enter")
        for name in ("bob", "carol"):
            terminal.type(name)
            terminal.press("Enter")
        terminal.press("Enter")
        terminal.see("# Picnic", "3 members", "You started the group.")
        for friend in (bob, carol):
            friend.do("accept", id=friend.take("group_invitation")["id"])
            friend.take("group_invitation_closed")

        terminal.type("Who brings bread, @carol?")
        terminal.press("Enter")
        for friend in (bob, carol):
            friend.take("message", text="Who brings bread, @carol?", conversation="#picnic")
        carol.send("#picnic", "I do")
        terminal.see("▎ carol", "I do")
        bob.do("read", name="#picnic")
        terminal.see("read by 1 of 2")

        terminal.type("/remove bob")
        terminal.press("Enter")
        terminal.see("You removed bob.", "2 members")
        terminal.type("Only us")
        terminal.press("Enter")
        carol.take("message", text="Only us", conversation="#picnic")
        bob.take("group", role=None)
        terminal.press("C-q")
        terminal.see(PROMPT, gone=["Babilu  alice"])
    assert not any(event.get("text") == "Only us" for event in bob.events)
