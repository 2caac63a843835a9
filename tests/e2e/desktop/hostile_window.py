"""A window full of hostile text, for a tracer to watch: run as a process, it shows everything once and leaves.

Its one argument is a file that the text points at in every way it can.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication

from babilu.api.client import RelayProfile
from babilu.api.credentials import Passphrase
from babilu.api.events import NoticeArrived
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import RELAY
from babilu.desktop.app import DesktopApp, DesktopOptions, make_application
from babilu.system import SystemClock, SystemRandomness
from tests.fakes.client_factory import FakeClientFactory


def main() -> int:
    """Show hostile messages, names, requests, notices and drafts in every sheet, title and notification."""
    bait = Path(sys.argv[1]).as_uri()
    hostile = f'<img src="{bait}"><a href="{bait}">x</a> {bait} https://bait.invalid/x.png <link href="{bait}">'
    application = make_application(["babilu"])
    client = FakeClient("alice")
    name = f"<img src='{bait}'>"
    for text in (hostile, "a" + "\u0301" * 30_000, "\n" * 59_000, f"\u202e{hostile}"):
        client.receive(name, text)
    client.ask_for_conversation(name)
    with tempfile.TemporaryDirectory() as folder:
        options = DesktopOptions(Path(folder), RelayProfile(RELAY, "alice", Passphrase("correct horse")))
        app = DesktopApp(application, FakeClientFactory(client), options, SystemClock(), SystemRandomness())
        app.start()
        run_until(lambda: app.client_model.conversations.get(name) is not None and app.window.can_lock)
        app.window.chat.open(name)
        run_until(lambda: app.client_model.messages.rowCount() == 4)
        client.tell(NoticeArrived(hostile))
        run_until(app.window.toast.isVisible)
        show_everything(app, name)
        notify(app, client, name, hostile)
        app.stop()
    return 0


def show_everything(app: DesktopApp, name: str) -> None:
    """Open every sheet and page that shows text of others, and paint it."""
    navigator, message = app.window.navigator, app.client_model.messages.message(0)
    acts = app.window.message_actions
    app.window.grab()
    sheets = navigator.messages
    for show in (sheets.info, sheets.read, acts.forward, sheets.delete, sheets.delete_for_all):
        show(message)
        app.window.grab()
        app.window.sheets.clear()

    def trust(name: str) -> None:
        known = app.client_model.conversations.get(name)
        assert known is not None
        assert known.contact is not None
        navigator.trust(known.contact)

    for about in (navigator.contact, navigator.verify, navigator.block, trust, navigator.call):
        about(name)
        QApplication.processEvents()
        app.window.grab()
        app.window.sheets.clear()
    navigator.messages.link("https://bait.invalid/x")
    app.window.grab()
    app.window.sheets.clear()
    app.window.chat.show_request(next(iter(app.client_model.requests.values())))
    app.window.grab()


def notify(app: DesktopApp, client: FakeClient, name: str, hostile: str) -> None:
    """Have the desktop's shell told, and the window's title say it."""
    app.window.chat.open(name)
    run_until(lambda: "<img src=" in app.window.windowTitle())
    run_until(lambda: app.notifier.knows_capabilities)
    client.receive(f"{name} too", hostile)
    client.settle()
    run_until(lambda: not app.bridge.is_busy)
    sys.stdout.write("shown\n")


def run_until(done: Callable[[], bool]) -> None:
    """Turn the event loop until something is so."""
    while not done():
        QApplication.processEvents()


if __name__ == "__main__":
    sys.exit(main())
