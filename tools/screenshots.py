"""Takes the pictures of the manual: real clients and a relay, on a screen of their own and in a terminal.

Run it as `python3 main.py screenshots`. The story is the one that the tests tell; then the same window is shown in both
languages, light and dark.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from tests.e2e.desktop.stage import Person, Stage, missing_tools, until  # noqa: E402 -- the path comes first
from tests.e2e.desktop.story import ALICE, Stand, tell  # noqa: E402
from tests.e2e.processes import Processes  # noqa: E402
from tools import terminal_picture  # noqa: E402

TARGET = ROOT / "docs" / "images"
LOOKS = (("light", "en"), ("dark", "en"), ("light", "es"), ("dark", "es"))


def main() -> int:
    """Take all pictures."""
    if missing_tools():
        print(f"Not installed: {', '.join(missing_tools())}", file=sys.stderr)
        return 2
    TARGET.mkdir(parents=True, exist_ok=True)
    for tool in ("front_page", "contents_pictures", "group_pictures", "own_pictures", "cast"):
        # Each chooses Qt's platform and the time zone for its whole process.
        subprocess.run([sys.executable, str(ROOT / "tools" / f"{tool}.py")], check=True)
    with tempfile.TemporaryDirectory() as folder, Processes(Path(folder)) as processes:
        place = Path(folder)
        terminal_picture.take(processes, place, TARGET)
        with Stage(place) as stage:
            stand = Stand(stage, processes, place)
            port = tell(stand, lambda scene, person: person.picture(TARGET / f"desktop-{scene}.png"))
            for theme, language in LOOKS:
                take(stand, port, theme, language)
            invite(stand)
    return 0


def invite(stand: Stand) -> None:
    """Show the owner of a relay an invitation that was just made."""
    relay = stand.processes.relay("--invite-only", home="owned")
    name, password = ALICE
    registered = stand.processes.run("connect", relay.invitation, name, home="owner", password=password)
    registered.stop()
    home = stand.processes.home("owner")
    (home / "desktop.ini").write_text("[preferences]\ntheme=light\nlanguage=en\n", encoding="ascii")
    owner = Person(stand.stage, home, [relay.host, relay.port, *ALICE])
    owner.wait_title("alice")
    until(lambda: invites(owner), "the relay says that its owner may invite")
    owner.press("Return")
    until(lambda: copied(stand, owner), "an invitation can be copied")
    owner.picture(TARGET / "desktop-invitations.png")
    owner.close()
    relay.stop()


def invites(owner: Person) -> bool:
    """Look for invitations in the settings, and tell whether they were there."""
    owner.press("Escape", "ctrl+comma")
    owner.write("invit")
    owner.press("Tab", "Return")
    return "Invitations" in owner.title()


def copied(stand: Stand, owner: Person) -> bool:
    """Press the button that copies, and tell whether it was there."""
    owner.press("Return")
    return stand.stage.clipboard().startswith("babilu://")


def take(stand: Stand, port: str, theme: str, language: str) -> None:
    """Show the first page and the conversation in one look."""
    stage, place = stand.stage, stand.folder
    name = f"{theme}-{language}"
    preferences = f"[preferences]\ntheme={theme}\nlanguage={language}\n"
    for home in (place / f"new-{name}", place / "alice"):
        home.mkdir(exist_ok=True)
        (home / "desktop.ini").write_text(preferences, encoding="ascii")
    stranger = Person(stage, place / f"new-{name}")
    stranger.picture(TARGET / f"desktop-first-{name}.png")
    stranger.close()
    relay = stand.processes.relay(port=port)
    alice = Person(stage, place / "alice", [relay.host, relay.port, *ALICE])
    alice.wait_title("alice")
    alice.press("ctrl+1")
    alice.wait_title("bob")
    alice.picture(TARGET / f"desktop-chat-{name}.png")
    alice.press("ctrl+comma")
    alice.picture(TARGET / f"desktop-settings-{name}.png")
    alice.close()
    relay.stop()


if __name__ == "__main__":
    sys.exit(main())
