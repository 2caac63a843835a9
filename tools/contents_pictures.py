"""Takes the pictures of what is said beside words, in the window: every state of a message, and what is done with one.

The window is the real one; people and messages are made up. Run through `python3 main.py screenshots`, or alone.
"""

import contextlib
import math
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol, TypeVar

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from tools.front_page import (  # noqa: E402, I001 -- the path comes first, and Qt's platform with this one
    MINUTE,
    NOW,
    RELAY,
    TARGET,
    Chance,
    Clock,
    StoryTime,
    settled,
    until,
)

from babilu.api import commands as c  # noqa: E402
from babilu.api.client import RelayProfile  # noqa: E402
from babilu.api.credentials import Passphrase  # noqa: E402
from babilu.api.events import LinkCodeShown  # noqa: E402
from babilu.api.views import FileView, InspectedFileView, MessageView, PreviewView  # noqa: E402
from babilu.desktop.app import DesktopApp, DesktopOptions, make_application  # noqa: E402
from babilu.desktop.sheets.backup import BackupSheet  # noqa: E402
from babilu.desktop.sheets.link_here import LinkHereSheet  # noqa: E402
from babilu.desktop.sheets.media import MediaSheet  # noqa: E402
from babilu.desktop.theme.theme import ThemeChoice  # noqa: E402
from babilu.desktop.widgets.message_acts import MessageAct  # noqa: E402
from babilu.kernel.ids import MessageId  # noqa: E402
from babilu.kernel.limits import PEAKS  # noqa: E402
from babilu.kernel.states import FileState, MessageState, PictureDetail, TransferState, Trust  # noqa: E402
from babilu.presentation.media_list import MediaPhase  # noqa: E402
from babilu.presentation.pictures import place_of  # noqa: E402
from babilu.bot.fake_client import FakeClient  # noqa: E402
from babilu.bot.fake_voice import voice_note  # noqa: E402
from tests.fakes.client_factory import FakeClientFactory  # noqa: E402
from tools.painted import Landscapes  # noqa: E402
from tools.window_groups import GroupScenes, GroupStory  # noqa: E402

SIZE: Final = (1040, 1000)
CONVERT: Final = shutil.which("convert") or "convert"
LOOKS: Final = tuple((theme, language) for language in ("en", "es") for theme in (ThemeChoice.LIGHT, ThemeChoice.DARK))
OLDER: Final = MessageId(b"\x01" * 16)
LINK_LINE: Final = f"babilu-device:{bytes(range(100, 148)).hex()}"
PLAN: Final = "Does *Saturday at eight* suit everybody? ~Sunday~ is taken.\n> the hall is ours until ten"
CODE: Final = "Then this, on the small machine:\n```\npython3 main.py start --daemon\npython3 main.py status\n```"


SNAPSHOTS: Final = {
    "hall-in-the-evening.jpg": ("1b2a49", "385a7c", "f2b5a7", "f97171"),
    "empty-stage.jpg": ("2d132c", "801336", "c72c41", "ee4540"),
    "garden-behind-it.jpg": ("a8d0e6", "9bd3a3", "4b8f5b", "2f5d3a"),
    "the-new-lamps.jpg": ("fff3b0", "e09f3e", "9e2a2b", "540b0e"),
    "first-rehearsal.jpg": ("d8e2dc", "ffe5d9", "ffcad4", "9d8189"),
}
"""Pictures by their names, and the colours of their previews from above to below."""


class Story:
    """A conversation in which everything happens once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._time = StoryTime()
        accounts = ["lucia", "kenji", "sofia", "omar"]
        self.client = Landscapes("marta", RELAY, accounts, self._time.tick)
        self._at(120)
        for name in ("kenji", "sofia", "omar"):
            self.client.add_contact(name, trust=Trust.VERIFIED)
            self.client.fill_history(name, 1, "See you on Saturday".format)
        self.client.request(c.SetArchived("omar", True)).result()
        self.client.request(c.MarkUnread("sofia")).result()
        self.client.add_contact("lucia", trust=Trust.VERIFIED)
        self.plan = self._hear(50, PLAN)
        self.answer = self._say(48, "It does, and I bring the keys", self.plan)
        self.client.react("lucia", self.answer, "🎉", "👍")
        self.client.react("marta", self.answer, "👍")
        self.code = self._hear(40, CODE)
        self.edited = self._say(35, "I will _print_ the invitation")
        self.client.edit("marta", self.edited, "I will _print_ the invitations for all 23")
        self.spoiler = self._hear(30, "I know who gets the solo: ||Kenji, of course||")
        gone = self._hear(28, "Not for everybody")
        self.client.delete_for_all("lucia", gone)
        self._hear(20, "So it stays as we said?", OLDER)
        self.client.pin("lucia", self.plan)
        self.client.set_timer("lucia", 86_400)
        self._say(10, "The code of the door is 4711")
        self.opened = "lucia"
        self.newest = self.mention = self._hear(4, "@marta you are the best", mentions=("marta",))
        self.client.react("marta", self.mention, "😂")
        self.client.request(c.Forward(self.plan, ("kenji",))).result()
        self._at(1)
        self.client.request(c.MarkRead("lucia")).result()
        self.client.request(c.Schedule("lucia", "Good luck tonight!", NOW + 3 * 86_400_000)).result()
        self.client.type("sofia")
        self._share_files()
        self._speak()

    def _speak(self) -> None:
        """Let a conversation be of voice notes: one was heard, one is played, one nobody has heard, one waits."""
        self.client.add_contact("nadia", trust=Trust.VERIFIED)
        self._at(30)
        self.client.receive("nadia", "", files=(voice_note(9_000, spoken_peaks(1), unheard=False, here=True),))
        self._at(26)
        self.played = self.client.receive("nadia", "", files=(voice_note(47_000, spoken_peaks(2)),)).id
        self._at(24)
        self.client.receive("nadia", "And the end of it:", files=(voice_note(4_000, spoken_peaks(3)),))
        self._at(20)
        self.client.request(c.StartRecording("nadia")).result()
        self.client.record("nadia", 12_000, 90)
        self.client.request(c.SendRecording("nadia")).result()
        self.client.advance(self.client.messages("nadia")[-1].id, MessageState.READ)

    def show_portraits(self) -> None:
        """Let people show pictures of themselves."""
        for name, colours in (("lucia", "f2b5a7385a7c"), ("kenji", "a8d0e62f5d3a"), ("sofia", "fff3b09e2a2b")):
            self.client.show_picture(name, bytes.fromhex(colours) + bytes(10))

    def close(self) -> None:
        """End the client."""
        self.client.close()

    def _share_files(self) -> None:
        """Let the files of a conversation stand in every state."""
        self._at(9)
        stage = self.client.receive("kenji", "The stage, as built", files=(("stage-plan.pdf", 1_840_000),))
        self.client.request(c.FetchFile(stage.id)).result()
        self._at(8)
        scores = (("all-parts.zip", 48_300_000), ("rehearsal.ogg", 9_700_000), ("poster.png", 3_100_000))
        self.files = self.client.receive("kenji", "", files=scores).id
        self.client.move_file(self.files, 0, 20_900_000)
        self.client.move_file(self.files, 1, 4_000_000, TransferState.PAUSED)
        for number, (name, colours) in enumerate(SNAPSHOTS.items()):
            self._at(90 - number)
            preview = PreviewView(1, len(colours), b"".join(map(bytes.fromhex, colours)))
            picture = FileView(
                0, name, 2_400_000, "image/jpeg", FileState.HERE, 0, width=600, height=400, preview=preview
            )
            self.client.receive("kenji", "", files=(picture,))
        self._at(5)
        self.poster = self.folder / "poster, last version.pdf"
        self.poster.write_bytes(bytes(2_600_000))
        self.photo = self.folder / "stage-from-the-balcony.jpg"
        self.photo.write_bytes(bytes(1_900_000))
        seen = PreviewView(1, 4, bytes.fromhex("f2b5a7f97171385a7c1b2a49"))
        said = (PictureDetail.PLACE, PictureDetail.CAMERA)
        self.client.know_picture(self.photo.name, InspectedFileView("", 0, True, 4_000, 3_000, said, seen))
        sent = self.client.request(c.Send("kenji", "Print this one, please", files=(str(self.poster),))).result()
        self.client.advance(sent.id, MessageState.DELIVERED)
        self.client.move_file(sent.id, 0, 2_600_000, TransferState.DONE)

    def share_pictures(self) -> MessageId:
        """Let somebody send photos, most of which have been fetched; gives the message with the album."""
        self._at(7)
        sides = ((1600, 1000), (1600, 1200), (1200, 1600), (1600, 1067), (1600, 1200))
        album = self.client.send_photos("sofia", "The walk on Sunday: nobody there but two goats", sides)
        self._at(6)
        view = self.client.send_photos("sofia", "", ((1600, 900),), first=8)
        self.client.move_file(view, 0, 700_000)
        self._at(2)
        self.client.send_photos("sofia", "And this from the top", ((1600, 900),), first=6, here=True)
        for index in range(3):
            self.client.request(c.FetchFile(album, index)).result()
        return album

    def _at(self, minutes: int) -> None:
        self._time.now = NOW - minutes * MINUTE

    def _hear(
        self, ago: int, text: str, reply_to: MessageId | None = None, mentions: tuple[str, ...] = ()
    ) -> MessageId:
        self._at(ago)
        return self.client.receive("lucia", text, reply_to=reply_to, mentions=mentions).id

    def _say(self, ago: int, text: str, reply_to: MessageId | None = None) -> MessageId:
        self._at(ago)
        made: MessageView = self.client.request(c.Send("lucia", text, reply_to=reply_to)).result()
        self.client.advance(made.id, MessageState.READ)
        return made.id


def spoken_peaks(seed: int) -> bytes:
    """Draw how loud somebody is who says a few sentences."""
    words = (abs(math.sin(at * (0.31 + seed / 17)) * math.sin(at * 0.083 * seed + seed)) for at in range(PEAKS))
    return bytes(round(20 + 225 * word) for word in words)


class ContentsScenes:
    """What is shown of a story about contents.

    Args:
        app: The desktop.
        story: What has happened.
    """

    def __init__(self, app: DesktopApp, story: Story) -> None:
        self._app = app
        self._story = story
        self._window = app.window
        self._composer = app.window.chat.conversation.composer
        self._album: MessageId | None = None

    def by_name(self) -> dict[str, Callable[[], object]]:
        """Give what is shown, by the name of its picture."""
        navigator, acts, story = self._window.navigator, self._window.message_actions, self._story
        return {
            "contents": bool,
            "reply": self._reply,
            "edit": lambda: self._composer.edit(self._message(story.edited)),
            "emoji": lambda: acts.choose_reaction(self._message(story.mention)),
            "reacted": lambda: acts.do_by_id(story.answer, MessageAct.REACTIONS),
            "wordings": lambda: navigator.messages.wordings(self._message(story.edited)),
            "forward": lambda: acts.forward(self._message(story.plan)),
            "delete-for-all": lambda: navigator.messages.delete_for_all(self._message(story.edited)),
            "timer": lambda: navigator.timer("lucia"),
            "later": navigator.scheduled,
            "search-filters": self._window.chat.conversation.begin_search,
            "add-me": navigator.own_link,
            "files": self._files,
            "pictures": self._pictures,
            "picture": self._picture,
            "media": self._shared,
            "voice": self._voice,
            "recording": self._recording,
            "storage": navigator.storage,
            "backup": self._backup,
            "portraits": self._portraits,
            # The last ones: they show other pages.
            "removed": self._window.show_removed,
            "link-here": self._link_here,
        }

    def _has(self, wanted: MessageId) -> bool:
        return self._app.client_model.messages.window.row_of(wanted) is not None

    def _message(self, wanted: MessageId) -> MessageView:
        messages = self._app.client_model.messages
        row = messages.window.row_of(wanted)
        if row is None:
            raise LookupError("a message is not loaded")
        return messages.message(row)

    def _reply(self) -> None:
        self._composer.reply(self._message(self._story.spoiler))
        self._composer.editor.insertPlainText("I *knew* it")

    def _files(self) -> None:
        story, composer = self._story, self._composer
        self._window.chat.open("kenji")
        until(lambda: self._has(story.files))
        composer.files.add([str(story.poster), str(story.photo)])
        until(composer.files.bytes_switch.isVisible)
        composer.editor.setPlainText("And this one for the programme")

    def _backup(self) -> None:
        self._window.navigator.backup()
        sheet = self._window.sheets.top
        if isinstance(sheet, BackupSheet):
            sheet.model.begin()
            until(sheet.words.isVisible)

    def _link_here(self) -> None:
        self._window.pages.setCurrentWidget(self._window.first)
        sheet = LinkHereSheet(self._app.theme)
        self._window.sheets.put(sheet)
        sheet.show_code(LinkCodeShown("407193", ("spoon", "bag", "truly", "measure"), LINK_LINE))

    def _portraits(self) -> None:
        self._story.show_portraits()
        self._window.navigator.contact("lucia")

    def _shared(self) -> None:
        self._window.chat.open("kenji")
        self._window.navigator.media("kenji")
        sheet = self._window.sheets.top
        until(lambda: isinstance(sheet, MediaSheet) and sheet.media.phase is MediaPhase.READY)

    def _voice(self) -> None:
        story = self._story
        self._window.chat.open("nadia")
        until(lambda: self._has(story.played))
        self._app.client_model.voice.toggle(self._message(story.played), lambda _: None)
        settled(story.client)
        story.client.play_on(18_000)
        story.client.keep_recording("nadia", 21_000)
        until(self._composer.recording.isVisible)

    def _recording(self) -> None:
        client, recording = self._story.client, self._composer.recording
        client.request(c.DiscardRecording("nadia")).result()
        self._window.chat.open("nadia")
        until(lambda: not recording.isVisible())
        self._window.chat.conversation.voice.record()
        until(recording.isVisible)
        for at, level in enumerate(spoken_peaks(4)):
            client.record("nadia", (at + 1) * 200, level)
        until(lambda: recording.time.text() == "0:12")

    def _pictures(self) -> None:
        self._window.chat.open("sofia")
        shown = self._album = self._story.share_pictures()
        until(lambda: self._has(shown))
        album = self._message(shown)
        self._window.grab()
        shelf = self._app.client_model.shelf
        until(lambda: all(shelf.sharp(place_of(album, file)) for file in album.files[:3]))

    def _picture(self) -> None:
        if self._album is not None:
            self._window.file_actions.look_at(self._message(self._album))


def main() -> int:
    """Take all pictures."""
    # There are many of them: they are shown at the size of a screen, and with few colours.
    os.environ["QT_SCALE_FACTOR"] = "1"
    application = make_application(["babilu"])
    with tempfile.TemporaryDirectory() as folder:
        for theme, language in LOOKS:
            with contextlib.closing(Story(Path(folder))) as story:
                take(application, story, ContentsScenes, Path(folder), theme, language)
            with contextlib.closing(GroupStory()) as groups:
                take(application, groups, GroupScenes, Path(folder), theme, language)
    return 0


class Told(Protocol):
    """A story of which pictures are taken."""

    opened: str
    """The conversation that is shown first."""
    newest: MessageId
    """A message in it that is there once it is shown."""

    @property
    def client(self) -> FakeClient:
        """The client that it happened to."""


class Shown(Protocol):
    """What is shown of a story."""

    def by_name(self) -> dict[str, Callable[[], object]]:
        """Give what is shown, by the name of its picture."""


S = TypeVar("S", bound=Told)


def take(
    application: object,
    story: S,
    scenes: Callable[[DesktopApp, S], Shown],
    folder: Path,
    theme: ThemeChoice,
    language: str,
) -> None:
    """Show every scene in one look."""
    home = folder / f"{type(story).__name__}-{theme.value}-{language}"
    home.mkdir()
    profile = RelayProfile(RELAY, "marta", Passphrase("correct horse"))
    options = DesktopOptions(home, profile, language=language)
    app = DesktopApp(application, FakeClientFactory(story.client), options, Clock(), Chance())  # type: ignore[arg-type]
    app.preferences.change(theme=theme, language=language)
    app.start()
    app.window.resize(*SIZE)
    until(lambda: app.window.pages.currentWidget() is app.window.chat)
    until(lambda: app.client_model.conversations.get(story.opened) is not None)
    app.window.chat.open(story.opened)
    until(lambda: app.client_model.messages.window.row_of(story.newest) is not None)
    settled(story.client)
    for name, show in scenes(app, story).by_name().items():
        show()
        settled(story.client, 6)
        file = TARGET / f"desktop-{name}-{theme.value}-{language}.png"
        app.window.grab().save(str(file))
        few = ["+dither", "-colors", "200", "-strip", f"PNG8:{file}"]
        subprocess.run([CONVERT, str(file), *few], check=True)
        print(file.relative_to(ROOT))
        app.window.sheets.clear()
        app.window.chat.conversation.search.leave()
        app.window.chat.conversation.composer.leave()
    app.stop()
    app.window.deleteLater()


if __name__ == "__main__":
    sys.exit(main())
