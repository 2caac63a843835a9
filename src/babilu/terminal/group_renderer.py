"""What people order and hear about groups, in sentences."""

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.group_views import (
    AudienceView,
    GroupEntryView,
    GroupInvitationView,
    GroupLinkView,
    GroupView,
    JoinRequestView,
    PersonReceiptView,
)
from babilu.api.views import PinView, TimerView
from babilu.kernel.states import GroupAdders, GroupRole
from babilu.presentation.durations import duration
from babilu.presentation.group_words import (
    change_text,
    invitation_sentence,
    join_sentence,
    lacking_reason,
    member_count,
    role_text,
    split_sentence,
)
from babilu.presentation.newcomer_history import newcomers_text
from babilu.presentation.plain_text import one_line
from babilu.presentation.strings import Strings
from babilu.terminal.arguments import is_group
from babilu.terminal.local_time import clock_of, day_of
from babilu.terminal.output import Output
from babilu.terminal.qr_blocks import qr_blocks
from babilu.terminal.sentence_writer import SentenceWriter
from babilu.terminal.style import Style


class GroupRenderer:
    """Says it.

    Args:
        output: Where the conversation goes.
        strings: The language.
        style: Colours and symbols.
    """

    def __init__(self, output: Output, strings: Strings, style: Style) -> None:
        self._output = output
        self._say = strings
        self._style = style
        self._writer = SentenceWriter(output, strings, style)

    def answer(self, action: object, answer: object, own: str) -> bool:
        """Say what came of an order about a group; tells whether it was one. What a line has said is not said again.

        Args:
            action: The order.
            answer: What came of it.
            own: The own name.
        """
        match answer:
            case GroupView():
                self._group(action, answer)
            case GroupLinkView():
                self.link(answer)
                self._output.line(one_line(answer.link))
                for line in self._style.code(qr_blocks(answer.link)):
                    self._output.line(line)
            case GroupAdders():
                self._writer.note(f"who_may_add.{answer}")
            case tuple() if isinstance(action, ABOUT_LISTS):
                self._list(answer, own)
            case PinView() | TimerView():
                # In a group a line has said it.
                return is_group(answer.conversation)
            case None if isinstance(action, c.JoinGroup):
                self._writer.note("did.join")
            case _:
                return False
        return True

    def _group(self, action: object, group: GroupView) -> None:
        name = one_line(group.conversation)
        match action:
            case c.GetGroup():
                self.members(group)
            case c.FollowGroup(_, of):
                self._writer.note("did.follow", group=name, name=one_line(of))
            case c.StartGroup() | c.Accept():
                self._writer.note("did.group", group=name)
            case c.ChangeGroup(history=int()) | c.ChangeGroup(history_days=int()):
                self._writer.note("did.newcomers", what=self._newcomers(group))
            case c.RevokeGroupLink():
                self._writer.note("did.unlink", group=name)

    def _newcomers(self, group: GroupView) -> str:
        return newcomers_text(group.history, group.history_days, self._say)

    def members(self, group: GroupView) -> None:
        """Show what a group is, and who is in."""
        marks = [member_count(len(group.members), self._say)]
        if group.role is None:
            marks.append(self._say("mark.out"))
        if group.timer is not None:
            marks.append(duration(self._say, group.timer))
        self._row(self._join(one_line(group.conversation), one_line(group.title), *marks))
        if group.topic:
            self._row(f"  {one_line(group.topic)}")
        policy = {"adds": group.everybody_adds, "posts": group.everybody_posts, "pins": group.everybody_pins}
        who = {field: self._say("policy.everybody" if may else "policy.admins") for field, may in policy.items()}
        self._row(f"  {self._say('policy', **who)}")
        if group.history:
            self._row(f"  {self._say('app.group.newcomers')}: {self._newcomers(group)}")
        for member in group.members:
            marks = [] if member.role is GroupRole.MEMBER else [role_text(member.role, self._say)]
            marks += [self._say("app.you")] if member.own else []
            marks += [] if member.contact else [self._say("mark.fellow")]
            self._row(f"  {self._join(one_line(member.name), *marks)}")

    def link(self, link: GroupLinkView) -> None:
        """Say what a link is good for."""
        until = f"{day_of(link.expires_at)} {clock_of(link.expires_at)}"
        key = "group_link" if link.left is None else "group_link.counted"
        approval = f" {self._say('group_link.approval')}" if link.approval else ""
        said = self._say(key, group=one_line(link.conversation), until=until, count=link.left or 0)
        self._row(f"{said}{approval}")

    def invited(self, invitation: GroupInvitationView) -> None:
        """Say who has added oneself to what."""
        self._note(invitation_sentence(invitation, self._say))
        self._writer.note("group_answer", id=one_line(invitation.conversation))

    def asked(self, request: JoinRequestView) -> None:
        """Say who wants to join what."""
        self._note(join_sentence(request, self._say, request.conversation))
        self._writer.note("group_answer", id=one_line(request.id))

    def split(self, event: e.GroupSplit) -> None:
        """Say who goes on with a group in different ways, and how one chooses."""
        self._note(split_sentence(event.title or event.conversation, event.names, self._say))
        if event.names:
            self._writer.note("group_split.answer", id=one_line(event.conversation), name=one_line(event.names[0]))

    def reached(self, audience: AudienceView) -> str:
        """Say how many have a message of a group, or have read it, and how many do not get it."""
        key = "group_reached.read" if audience.read else "group_reached"
        said = self._say(key, read=audience.read, delivered=audience.delivered, recipients=audience.recipients)
        return said if not audience.failed else f"{said}, {self._say('group_reached.failed', count=audience.failed)}"

    def people(self, people: tuple[PersonReceiptView, ...]) -> None:
        """Show how far an own message has come for each person."""
        for person in people:
            times = [person.read_at, person.delivered_at]
            at = next((f" {day_of(each)} {clock_of(each)}" for each in times if each is not None), "")
            why = "" if person.error is None else f" ({lacking_reason(person, self._say)})"
            self._row(f"  {one_line(person.name)}: {self._say(f'state.{person.state}')}{at}{why}")

    def _list(self, rows: tuple[object, ...], own: str) -> None:
        if not rows:
            self._writer.note("nothing")
        for row in rows:
            match row:
                case GroupInvitationView():
                    self.invited(row)
                case JoinRequestView():
                    self.asked(row)
                case GroupLinkView():
                    self.link(row)
                    self._output.line(f"    {one_line(row.link)}")
                case GroupEntryView():
                    self._row(f"{day_of(row.at)} {clock_of(row.at)}  {change_text(row.change, self._say, own)}")

    def _join(self, *parts: str) -> str:
        return f" {self._style.note} ".join(parts)

    def _note(self, text: str) -> None:
        self._output.line(self._style.faint(f"{self._style.note} {text}"))

    def _row(self, text: str) -> None:
        self._output.line(f"  {text}")


ABOUT_LISTS = (c.GroupInvitations, c.JoinRequests, c.GroupLinks, c.GroupLogOf)
