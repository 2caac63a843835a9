"""A choir in the window: what `tools.contents_pictures` shows of groups."""

from collections.abc import Callable
from typing import Final

from babilu.api import commands as c
from babilu.api.group_views import GroupChangeView
from babilu.bot.fake_client import FakeClient
from babilu.desktop.app import DesktopApp
from babilu.desktop.sheets.group_links import GroupLinksSheet
from babilu.desktop.sheets.group_people import NewGroupSheet
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import MessageId
from babilu.kernel.states import GroupChangeKind, MessageState, Trust
from tools.front_page import MINUTE, NOW, RELAY, StoryTime

SINGERS: Final = ("lucia", "kenji", "sofia", "omar", "nadia", "pavel", "elena")
TOPIC: Final = "Rehearsals on Sundays at six, in the hall behind the station"
SECOND: Final = "Shall we begin with the new one? I have written the second voice down, and it goes quite high."


class GroupStory:
    """A group in which everything happens once; marta is an admin of it."""

    def __init__(self) -> None:
        self._time = StoryTime()
        client = self.client = FakeClient("marta", RELAY, accounts=[*SINGERS, "ingrid"], now=self._time.tick)
        self._at(300)
        for name in SINGERS[:4]:
            client.add_contact(name, trust=Trust.VERIFIED if name == "kenji" else Trust.FIRST_USE)
            client.fill_history(name, 1, "See you on Sunday".format)
            client.request(c.MarkRead(name)).result()
        began = client.groups.begin(
            "Sunday choir", *SINGERS, by="lucia", admins=("marta", "kenji"), topic=TOPIC, told=False
        )
        self.opened = began.conversation
        self._at(200)
        self._hear("lucia", "Good morning everybody! The hall is ours on Sunday.")
        self._hear("lucia", "Until ten, they say")
        client.groups.act("lucia", c.AddToGroup(self.opened, ("bruno",)))
        self._at(100)
        scores = self._hear("kenji", "Who has the scores?")
        client.react("omar", scores, "👍")
        self._hear("sofia", "@marta has them, I think", mentions=("marta",))
        self._answer(scores)
        spam = self._hear("bruno", "Buy my watches, everybody")
        client.request(c.DeleteMessage(spam, self.opened, for_all=True)).result()
        client.groups.act("lucia", c.RemoveFromGroup(self.opened, ("bruno",)))
        friend = GroupChangeView(GroupChangeKind.ADDED, "bruno", "his cousin", counts=False, why_not="ended")
        client.groups.say(self.opened, friend)
        self._at(8)
        self._hear("nadia", SECOND)
        self.newest = self._hear("omar", "Yes!")
        client.request(c.MarkRead(self.opened)).result()
        client.groups.begin("Allotment garden", "kenji", "sofia", by="pavel", accepted=False)
        client.groups.begin("Announcements of the house", "lucia", "elena", by="elena", told=False)
        client.groups.act("elena", c.ChangeGroup("#announcements-of-the-house", everybody_posts=False))
        self.own = client.groups.begin("Bakers", "kenji", "sofia", told=False).conversation
        client.groups.ask_to_join(self.opened, "ingrid")
        client.request(c.MakeGroupLink(self.opened, 5, approval=True)).result()

    def close(self) -> None:
        """End the client."""
        self.client.close()

    def _answer(self, scores: MessageId) -> None:
        sent = self.client.request(c.Send(self.opened, "I do, and I bring them", reply_to=scores)).result()
        self.answer = sent
        for name in ("lucia", "kenji", "sofia"):
            self.client.groups.advance(sent.id, name, MessageState.READ)
        for name in ("omar", "nadia", "bruno"):
            self.client.groups.advance(sent.id, name, MessageState.DELIVERED)
        self.client.groups.advance(sent.id, "elena", MessageState.HELD)
        self.client.groups.advance(sent.id, "pavel", MessageState.FAILED, ErrorCode.NOT_FOUND)

    def _at(self, minutes: int) -> None:
        self._time.now = NOW - minutes * MINUTE

    def _hear(self, sender: str, text: str, mentions: tuple[str, ...] = ()) -> MessageId:
        return self.client.receive(self.opened, text, sender=sender, mentions=mentions).id


class GroupScenes:
    """What is shown of a story about a group.

    Args:
        app: The desktop.
        story: What has happened.
    """

    def __init__(self, app: DesktopApp, story: GroupStory) -> None:
        self._app = app
        self._story = story

    def by_name(self) -> dict[str, Callable[[], object]]:
        """Give what is shown, by the name of its picture."""
        navigator, label = self._app.window.navigator, self._story.opened
        return {
            "group": bool,
            "group-about": lambda: navigator.groups.details(label),
            "group-members": lambda: navigator.groups.members(label),
            "group-new": self._begin,
            "group-links": self._links,
            "group-newcomers": lambda: navigator.groups.newcomers(label),
            "group-receipts": lambda: navigator.messages.info(self._story.answer),
            "group-leave": lambda: navigator.groups.leave(self._story.own),
            "group-invitation": self._invitation,
        }

    def _begin(self) -> None:
        self._app.window.navigator.groups.begin()
        sheet = self._app.window.sheets.top
        if isinstance(sheet, NewGroupSheet):
            sheet.name.edit.setText("Summer concert")
            for name in ("kenji", "sofia"):
                sheet.picker.choose(name)
            sheet.picker.field.setText("o")

    def _links(self) -> None:
        self._app.window.navigator.groups.links(self._story.opened)
        sheet = self._app.window.sheets.top
        if isinstance(sheet, GroupLinksSheet):
            made = self._story.client.request(c.GroupLinks(self._story.opened)).result()
            sheet.shown.show_one(made[0])

    def _invitation(self) -> None:
        waiting = next(iter(self._app.client_model.groups.invitations.values()))
        self._app.window.chat.show_decision(waiting)
