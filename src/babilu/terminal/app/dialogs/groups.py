"""Groups: started, changed and left; what they are, who may do what there, and what of it counts."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.cells import cell_len

from babilu.api import commands as c
from babilu.api.group_views import GroupEntryView, GroupView
from babilu.api.views import MessageView
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import EntryHash
from babilu.kernel.limits import TITLE_CHARACTERS, TOPIC_CHARACTERS
from babilu.kernel.states import GroupAdders, MessageKind
from babilu.presentation.client_bridge import Failed
from babilu.presentation.durations import duration
from babilu.presentation.fuzzy import best
from babilu.presentation.group_rights import GroupAct, MemberAct, group_acts
from babilu.presentation.group_words import (
    act_name,
    change_text,
    leaving_sentence,
    member_count,
    role_text,
    split_sentence,
)
from babilu.presentation.newcomer_history import newcomers_text
from babilu.presentation.strings import MisuseError
from babilu.terminal.app.app_services import AppServices
from babilu.terminal.app.cells import label, padded
from babilu.terminal.app.client_model import TerminalModel
from babilu.terminal.app.conversation_names import TITLE_CELLS
from babilu.terminal.app.dialogs.contacts import ContactDialogs
from babilu.terminal.app.dialogs.conversations import ConversationDialogs
from babilu.terminal.app.dialogs.dialogs import Dialogs
from babilu.terminal.app.dialogs.joining import JoiningDialogs
from babilu.terminal.app.dialogs.members import MemberDialogs
from babilu.terminal.app.dialogs.newcomers import NewcomerDialogs
from babilu.terminal.app.dialogs.pictures import picture_path
from babilu.terminal.app.message_renderer import NAME_CELLS
from babilu.terminal.app.pages import Act
from babilu.terminal.app.parts import paragraph, question, table
from babilu.terminal.app.people_chooser import Candidate, PeopleChooser, PeopleWords
from babilu.terminal.app.sheets import Blank, FormSheet, Sheet, titled
from babilu.terminal.app.spans import Line, Span
from babilu.terminal.app.themes import Ink, ink_of
from babilu.terminal.app.ui_context import UiContext
from babilu.terminal.arguments import check_name

ENTRIES: Final = 200
"""Entries of a group's log that are shown, the newest ones."""


@dataclass(frozen=True, slots=True)
class PolicyWords:
    """Ids of the sentences about what everybody may do, or admins alone.

    Attributes:
        field: What `ChangeGroup` and `GroupView` call it.
        about: What it is.
        open: Lets everybody do it.
        close: Lets admins alone do it.
    """

    field: str
    about: str
    open: str
    close: str


POLICIES: Final = (
    PolicyWords("everybody_adds", "app.group.adds", "app.group.do.adds_everybody", "app.group.do.adds_admins"),
    PolicyWords("everybody_posts", "app.group.posts", "app.group.do.posts_everybody", "app.group.do.posts_admins"),
    PolicyWords("everybody_pins", "app.group.pins", "app.group.do.pins_everybody", "app.group.do.pins_admins"),
)

ADDERS: Final = {
    GroupAdders.EVERYBODY: ("app.group.adders_everybody", "app.group.did_adders_everybody"),
    GroupAdders.CONTACTS: ("app.group.adders_contacts", "app.group.did_adders_contacts"),
    GroupAdders.NOBODY: ("app.group.adders_nobody", "app.group.did_adders_nobody"),
}
"""Who may add one to groups, and what is said once that is chosen."""

TEXTS: Final = {
    "title": ("app.group.do.title", "app.group.title_blank", "app.group.title_note"),
    "topic": ("app.group.do.topic", "app.group.topic_blank", "app.group.topic_note"),
    "picture": ("app.group.do.picture", "app.picture_path", "app.group.picture_note"),
}
"""What is written in a field of its own: what that does, what belongs into the field, and what is said about it."""


class GroupDialogs(Dialogs):
    """Sheets about groups.

    Args:
        host: Shows them.
        client_model: What they show and change.
        ui_context: What they are shown with.
        people: Compares safety numbers.
        rooms: What a group has in common with other conversations.
        joining: Links to groups.
    """

    def __init__(
        self,
        host: AppServices,
        client_model: TerminalModel,
        ui_context: UiContext,
        people: ContactDialogs,
        rooms: ConversationDialogs,
        joining: JoiningDialogs,
    ) -> None:
        super().__init__(host, client_model, ui_context)
        self._rooms = rooms
        self.members = MemberDialogs(host, client_model, ui_context, people, self.ask_to_leave)
        self.newcomers = NewcomerDialogs(host, client_model, ui_context)
        self.joining = joining

    def start(self) -> None:
        """Let the person start a group: a title, and who is in from the first moment."""

        def submit(sheet: PeopleChooser, title: str, names: tuple[str, ...]) -> None:
            if not title:
                raise MisuseError("group_without_title")

            def started(group: GroupView) -> None:
                sheet.done()
                self._client_model.open_when_listed(group.conversation_id.hex(), self._host.open_conversation)

            self._ask(c.StartGroup(title, names), started, sheet.fail)

        words = PeopleWords(
            titled(self._say("app.key.new_group")),
            self._say("app.people.nobody"),
            lambda count: self._say("app.people.starts", count=count),
            self._say("app.group.title_blank"),
            TITLE_CHARACTERS,
        )
        self._host.put(PeopleChooser(words, self._candidates, submit, self._say))

    def add(self, group: GroupView) -> None:
        """Let the person add people to a group."""
        known = tuple(member.name for member in group.members)

        def submit(sheet: PeopleChooser, _: str, names: tuple[str, ...]) -> None:
            if not names:
                raise MisuseError("nobody_chosen")

            def added(_: GroupView) -> None:
                sheet.done()
                self._host.say_so(self._say("app.group.added", count=len(names), title=self._title(group)))

            self._ask(c.AddToGroup(group.conversation, names), added, sheet.fail)

        words = PeopleWords(
            self._say("app.group.add_title", title=self._title(group)),
            self._say("app.people.nobody"),
            lambda count: self._say("app.people.added", count=count) if count else self._say("app.people.none"),
        )
        self._host.put(
            PeopleChooser(words, lambda query, chosen: self._candidates(query, (*chosen, *known)), submit, self._say)
        )

    def _candidates(self, query: str, left_out: Sequence[str]) -> list[Candidate]:
        """Give the contacts who fit, and somebody by the account name that is typed."""
        known = self._client_model.conversations
        names = [
            name
            for name, view in known.items()
            if view.contact is not None and not view.contact.blocked and name not in left_out
        ]
        found = best(query, names) if query.strip() else names
        people = [self._candidate(name) for name in found]
        typed = query.strip()
        if typed and self._is_account(typed) and typed not in {*names, *left_out}:
            mark = (Span("  "), Span(label(typed, NAME_CELLS)))
            right = (Span(self._say("app.people.account"), Ink.FAINT),)
            people.append(Candidate(typed, mark, label(typed, NAME_CELLS), right))
        return people

    def _candidate(self, name: str) -> Candidate:
        shown = label(name, NAME_CELLS)
        contact = self._client_model.conversations[name].contact
        return Candidate(name, (self._around.symbols.contact(contact), Span(" "), Span(shown, ink_of(name))), shown)

    def _is_account(self, word: str) -> bool:
        """Tell whether a word can be the name of an account of the relay, where there is one to ask."""
        if self._client_model.connection_status.relay is None:
            return False
        try:
            check_name("name", word)
        except BabiluError:
            return False
        return True

    # What a group is.

    def details(self, name: str) -> None:
        """Show what a group is, and what one may do there."""
        self._with_group(name, self._show_details)

    def show_members(self, name: str) -> None:
        """Show who is in a group."""
        self._with_group(name, self.members.show)

    def _with_group(self, name: str, show: Callable[[GroupView], None]) -> None:
        """Show something of a group: at once where it is known, for the next key is meant for it."""
        known = self._client_model.groups.of(name)
        if known is None:
            self._client_model.groups.read(name, show)
        else:
            show(known)

    def _show_details(self, group: GroupView) -> None:
        known = self._client_model.listed.get(group.conversation_id)
        acts = [*self._follows(group), Act(self._say("app.group.members"), lambda: self.members.show(group))]
        if GroupAct.ADD in group_acts(group):
            acts.append(Act(self._say("app.group.add"), lambda: self.add(group)))
        if GroupAct.LINK in group_acts(group):
            acts.append(Act(self._say("app.group.links"), lambda: self.joining.links(group)))
        if any(True for _ in self.changes(group)):
            acts.append(Act(self._say("app.group.change"), lambda: self._choose_change(group)))
        acts.append(Act(self._say("app.group.log"), lambda: self.log(group)))
        if known is not None:
            mute = self._say("app.do.unmute" if known.muted else "app.do.mute")
            acts.append(Act(mute, lambda: self._client_model.ask(c.SetMuted(known.id.hex(), not known.muted))))
        if group.role is not None:
            acts.append(Act(act_name(MemberAct.LEAVE, self._say), lambda: self.ask_to_leave(group), grave=True))

        def lines(width: int) -> list[Line]:
            topic = [*paragraph(group.topic, width), ()] if group.topic else []
            split = [*paragraph(self._split(group), width, Ink.WARNING), ()] if group.split else []
            return [*split, *topic, *table(self._facts(group), width)]

        self._put_with_portrait(Sheet(self._title(group), lines, acts), group.conversation, group.picture)

    def _split(self, group: GroupView) -> str:
        name = lambda text: label(text, TITLE_CELLS)  # noqa: E731  # one line of a sentence
        return split_sentence(self._title(group), group.split, self._say, name)

    def _follows(self, group: GroupView) -> list[Act]:
        """Offer to follow each of those who go on with a group in different ways, the most senior first."""

        def follow(of: str) -> Callable[[], object]:
            return lambda: self._client_model.ask(c.FollowGroup(group.conversation, of))

        return [Act(self._say("group.follow", name=label(each, NAME_CELLS)), follow(each)) for each in group.split]

    def _facts(self, group: GroupView) -> list[tuple[str, str]]:
        role = self._say("app.group.out") if group.role is None else role_text(group.role, self._say)
        rows = [
            (self._say("app.group.you_are"), role),
            (self._say("app.group.people"), member_count(len(group.members), self._say)),
        ]
        if group.added_by is not None:
            rows.append((self._say("app.group.added_by"), label(group.added_by, NAME_CELLS)))
        rows += [(self._say(policy.about), self._who(everybody=getattr(group, policy.field))) for policy in POLICIES]
        if GroupAct.HISTORY in group_acts(group):
            given = newcomers_text(group.history, group.history_days, self._say)
            rows.append((self._say("app.group.newcomers"), given))
        timer = self._say("app.timer.never") if group.timer is None else duration(self._say, group.timer)
        return [*rows, (self._say("app.group.timer"), timer), (self._say("app.group.label"), group.conversation)]

    def _who(self, *, everybody: bool) -> str:
        return self._say("app.group.everybody" if everybody else "app.group.admins")

    def log(self, group: GroupView, before: EntryHash | None = None) -> None:
        """Show what was said about a group, what of it counts, and why the rest does not; the newest first.

        Args:
            group: The group.
            before: Shows only what comes after this entry in that order; None for the newest.
        """

        def show(entries: tuple[GroupEntryView, ...]) -> None:
            acts = [Act(self._say("app.do.close"), bool)]
            if len(entries) == ENTRIES:
                acts.append(Act(self._say("app.group.older"), lambda: self.log(group, entries[-1].hash)))
            self._host.put(
                Sheet(
                    self._say("app.group.log_title", title=self._title(group)),
                    lambda width: self._entries(entries, width),
                    acts,
                )
            )

        self._client_model.ask(c.GroupLogOf(group.conversation, ENTRIES, before), show)

    def _entries(self, entries: Sequence[GroupEntryView], width: int) -> list[Line]:
        """Draw entries of a log: when, and beside it what was said; what does not count is marked."""
        own, times = self._client_model.connection_status.name, self._around.time_format
        briefly = [times.brief(entry.at) for entry in entries]
        column = 4 + max(map(cell_len, briefly), default=0)
        lines: list[Line] = []
        for entry, when in zip(entries, briefly, strict=True):
            said = change_text(entry.change, self._say, own, lambda text: label(text, TITLE_CELLS))
            sign = Span("  ") if entry.counts else Span(f"{self._around.symbols.failed} ", Ink.BAD)
            ink = Ink.TEXT if entry.counts else Ink.WARNING
            first, *others = paragraph(said, max(8, width - column), ink)
            lines.append((sign, Span(padded(when, column - 2), Ink.FAINT), *first))
            lines.extend((Span(" " * column), *line) for line in others)
        return lines

    # What is done.

    def offers(self, group: GroupView) -> Iterator[tuple[str, str, Callable[[], object]]]:
        """Give what one may do in a group, as the palette shows it: what it is called, no key, and how it is done."""
        allowed = group_acts(group)
        yield self._say("app.group.do.members"), "", lambda: self.show_members(group.conversation)
        if GroupAct.ADD in allowed:
            yield self._say("app.group.do.add"), "", lambda: self.add(group)
        if GroupAct.LINK in allowed:
            yield self._say("app.group.do.links"), "", lambda: self.joining.links(group)
        for text, do in self.changes(group):
            yield text, "", do
        yield self._say("app.group.do.log"), "", lambda: self.log(group)
        if GroupAct.LEAVE in allowed:
            yield self._say("app.group.do.leave"), "", lambda: self.ask_to_leave(group)

    def changes(self, group: GroupView) -> Iterator[tuple[str, Callable[[], object]]]:
        """Give what one may change in a group: what it is called, and how it is done."""
        allowed = group_acts(group)
        if GroupAct.TITLE in allowed:
            yield self._say("app.group.do.title"), lambda: self._ask_text(group, "title")
        if GroupAct.TOPIC in allowed:
            yield self._say("app.group.do.topic"), lambda: self._ask_text(group, "topic")
        if GroupAct.PICTURE in allowed:
            yield self._say("app.group.do.picture"), lambda: self._ask_text(group, "picture")
            if group.picture is not None:
                yield self._say("app.group.do.picture_off"), lambda: self._change(group, picture="")
        if GroupAct.TIMER in allowed:
            yield self._say("app.do.timer"), lambda: self._rooms.timer(group.conversation)
        if GroupAct.HISTORY in allowed:
            yield self._say("app.group.do.newcomers"), lambda: self.newcomers.choose(group)
        if GroupAct.POLICY in allowed:
            for policy in POLICIES:
                everybody = bool(getattr(group, policy.field))
                text = self._say(policy.close if everybody else policy.open)
                yield text, lambda name=policy.field, on=not everybody: self._change(group, **{name: on})  # type: ignore[misc]

    def _choose_change(self, group: GroupView) -> None:
        self._choose(self._title(group), [(titled(text), do) for text, do in self.changes(group)])

    def _change(self, group: GroupView, **what: Any) -> None:  # noqa: ANN401 -- members of `ChangeGroup`
        self._ask(c.ChangeGroup(group.conversation, **what))

    def _ask_text(self, group: GroupView, what: str) -> None:
        """Ask for another title or topic, or for the path of a picture."""

        def submit(form: FormSheet, values: list[str]) -> None:
            given = picture_path(values[0]) if what == "picture" else values[0].strip()
            if what == "title" and not given:
                raise MisuseError("group_without_title")

            command = c.ChangeGroup(group.conversation, **{what: given})  # type: ignore[arg-type]  # texts all three
            self._ask(command, lambda _: form.done(), form.fail)

        title, field, note = (self._say(key) for key in TEXTS[what])
        before, most = {
            "title": (group.title, TITLE_CHARACTERS),
            "topic": (group.topic, TOPIC_CHARACTERS),
        }.get(what, ("", None))
        blank = Blank(field, before, most=most)
        self._host.put(FormSheet(titled(title), note, (blank,), submit, self._say))

    def can_let_back(self, line: MessageView) -> bool:
        """Tell whether a line is about a key that changed, and one may let its owner in again, who is out by that."""
        group = self._client_model.groups.of(line.conversation)
        if group is None or line.kind is not MessageKind.KEY_CHANGED:
            return False
        return GroupAct.ADD in group_acts(group) and group.member(line.sender) is None

    def let_back(self, line: MessageView) -> None:
        """Ask whether to let somebody in under their new key."""
        name = label(line.sender, NAME_CELLS)
        command = c.AddToGroup(line.conversation, (line.sender,))
        act = Act(self._say("app.group.do.let_in"), lambda: self._ask(command))
        asked, note = self._say("app.group.let_back", name=name), self._say("app.group.let_back_note", name=name)
        self._host.put(question(self._say, asked, note, act))

    def ask_to_leave(self, group: GroupView) -> None:
        """Ask whether to leave a group, and say who goes on as its owner."""

        def left(_: object) -> None:
            self._host.say_so(self._say("app.group.did_leave", title=self._title(group)))

        command = c.QuitGroup(group.conversation)
        act = Act(act_name(MemberAct.LEAVE, self._say), lambda: self._client_model.ask(command, left), grave=True)
        note = leaving_sentence(group, self._say, lambda name: label(name, NAME_CELLS))
        self._host.put(question(self._say, self._say("app.group.leave_question", title=self._title(group)), note, act))

    def who_may_add(self) -> None:
        """Let the person choose who may add them to groups."""
        self._client_model.ask(c.WhoMayAdd(), self._choose_adders)

    def _choose_adders(self, now: GroupAdders) -> None:
        def offer(who: GroupAdders) -> tuple[str, Callable[[], object]]:
            return self._say(ADDERS[who][0]), lambda: self.let_add(who)

        self._choose(
            titled(self._say("app.group.do.who_may_add")), [*map(offer, GroupAdders)], now=self._say(ADDERS[now][0])
        )

    def let_add(self, who: GroupAdders) -> None:
        """Choose who may add oneself to groups."""

        def done(now: GroupAdders) -> None:
            self._host.say_so(self._say(ADDERS[now][1]))

        self._client_model.ask(c.WhoMayAdd(who), done)

    def _ask(
        self,
        command: c.Command[GroupView],
        done: Callable[[GroupView], None] | None = None,
        failed: Failed | None = None,
    ) -> None:
        """Ask for a change of a group, and show at once what it is then."""

        def then(group: GroupView) -> None:
            self._client_model.groups.keep(group)
            if done is not None:
                done(group)

        self._client_model.ask(command, then, failed)

    def _title(self, group: GroupView) -> str:
        return label(group.title or group.conversation, TITLE_CELLS)
