"""Joining groups: links with codes for a camera, invitations that one answers, and people who want in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from babilu.api import commands as c
from babilu.api.group_views import GroupInvitationView, GroupLinkView, GroupView, JoinRequestView
from babilu.presentation.fuzzy import score
from babilu.presentation.group_words import invitation_sentence, join_sentence
from babilu.presentation.invitations import list_invitations
from babilu.presentation.strings import MisuseError
from babilu.terminal.app.cells import label
from babilu.terminal.app.chooser import Chooser, ChooserItem
from babilu.terminal.app.code_screen import CodeScreen
from babilu.terminal.app.conversation_names import TITLE_CELLS
from babilu.terminal.app.dialogs.dialogs import Dialogs
from babilu.terminal.app.message_renderer import NAME_CELLS
from babilu.terminal.app.pages import Act, Lines
from babilu.terminal.app.parts import paragraph, question
from babilu.terminal.app.sheets import Blank, FormSheet, Sheet, titled
from babilu.terminal.app.spans import Line, Span
from babilu.terminal.app.themes import Ink
from babilu.terminal.arguments import check_number

DAYS: Final = 7
MOST_DAYS: Final = 365
MOST_USES: Final = 128
HOURS_OF_DAY: Final = 24


@dataclass(frozen=True, slots=True)
class LinkKind:
    """A kind of link that one can make.

    Attributes:
        text: Id of the sentence that offers it.
        note: Id of the sentence about it.
        approval: Whether one lets in each.
        newcomers: Whether it brings an account at the relay.
    """

    text: str
    note: str
    approval: bool = False
    newcomers: bool = False


KINDS: Final = (
    LinkKind("app.link.make", "app.link.note"),
    LinkKind("app.link.make_approval", "app.link.approval_note", approval=True),
    LinkKind("app.link.make_newcomers", "app.link.newcomers_note", newcomers=True),
)
"""Those that there are; the last one is for those alone who may invite to the relay."""


class JoiningDialogs(Dialogs):
    """Sheets about joining groups."""

    # Links.

    def links(self, group: GroupView) -> None:
        """Show the links to a group; one is looked at or revoked, or another one is made."""

        def came(links: tuple[GroupLinkView, ...]) -> None:
            def show(kinds: Sequence[LinkKind]) -> None:
                self._choose_link(group, links, kinds)

            # Who may list invitations of the relay may make one: then a link can bring an account there.
            self._client_model.request(list_invitations(), lambda _: show(KINDS), lambda _: show(KINDS[:-1]))

        self._client_model.ask(c.GroupLinks(group.conversation), came)

    def _choose_link(self, group: GroupView, links: Sequence[GroupLinkView], kinds: Sequence[LinkKind]) -> None:
        makes = [ChooserItem((Span(self._say(kind.text), Ink.KEY),), (), self._maker(group, kind)) for kind in kinds]

        def find(query: str) -> list[ChooserItem]:
            items = [*makes, *(self._link_item(group, link) for link in links)]
            return [item for item in items if score(query, "".join(span.text for span in item.left)) is not None]

        title = self._say("app.link.title", title=label(group.title, TITLE_CELLS))
        self._host.put(Chooser(title, find, self._say("app.nothing_found")))

    def _link_item(self, group: GroupView, link: GroupLinkView) -> ChooserItem:
        left = (Span(self._about(link)),)
        until = (Span(self._say("app.link.until", until=self._around.time_format.within(link.expires_at)), Ink.FAINT),)
        return ChooserItem(left, until, lambda: self.show_link(group, link))

    def _about(self, link: GroupLinkView) -> str:
        parts = [self._say("app.link.any") if link.left is None else self._say("app.link.left", count=link.left)]
        if link.approval:
            parts.append(self._say("app.link.approval"))
        if link.newcomers:
            parts.append(self._say("app.link.newcomers"))
        return ", ".join(parts)

    def _maker(self, group: GroupView, kind: LinkKind) -> Callable[[], None]:
        return lambda: self._make(group, kind)

    def _make(self, group: GroupView, kind: LinkKind) -> None:
        """Ask how long a link holds and for how many, and make it."""

        def submit(form: FormSheet, values: list[str]) -> None:
            written, days = values[0].strip(), values[1].strip()
            uses = check_number(self._say("app.link.uses"), written, 1, MOST_USES) if written else None
            hours = HOURS_OF_DAY * check_number(self._say("app.link.days"), days, 1, MOST_DAYS)

            def made(link: GroupLinkView) -> None:
                form.done()
                self.show_link(group, link)

            command = c.MakeGroupLink(group.conversation, uses, kind.approval, hours, kind.newcomers)
            self._client_model.ask(command, made, form.fail)

        blanks = (Blank(self._say("app.link.uses")), Blank(self._say("app.link.days"), str(DAYS)))
        self._host.put(FormSheet(self._say(kind.text), self._say(kind.note), blanks, submit, self._say))

    def show_link(self, group: GroupView, link: GroupLinkView) -> None:
        """Show a link as text, to be copied, or as a code for a camera."""
        title = self._say("app.link.one", title=label(group.title, TITLE_CELLS))
        until = self._around.time_format.within(link.expires_at)

        def lines(width: int) -> list[Line]:
            about = paragraph(f"{self._about(link)}, {self._say('app.link.until', until=until)}", width, Ink.FAINT)
            return [*about, (), *paragraph(link.link, width)]

        acts = (
            Act(self._say("app.do.copy"), lambda: self._host.copy(link.link)),
            Act(self._say("app.do.code"), lambda: self._host.put(CodeScreen(title, link.link, self._say))),
            Act(self._say("app.do.close"), bool),
            Act(self._say("app.link.revoke"), lambda: self._ask_to_revoke(link), grave=True),
        )
        self._host.put(Sheet(title, lines, acts))

    def _ask_to_revoke(self, link: GroupLinkView) -> None:
        def revoked(_: object) -> None:
            self._host.say_so(self._say("app.link.revoked"))

        command = c.RevokeGroupLink(link.conversation, link.link)
        act = Act(self._say("app.link.revoke"), lambda: self._client_model.ask(command, revoked), grave=True)
        self._host.put(question(self._say, self._say("app.link.question"), self._say("app.link.revoke_note"), act))

    # Getting in.

    def join(self) -> None:
        """Ask for a link, and join the group that it leads to."""

        def submit(form: FormSheet, values: list[str]) -> None:
            if not values[0].strip():
                raise MisuseError("nothing_given")
            self.join_by(form, values[0].strip())

        title, note = titled(self._say("app.group.do.join")), self._say("app.group.join_note")
        self._host.put(FormSheet(title, note, (Blank(self._say("app.group.link_blank")),), submit, self._say))

    def join_by(self, form: FormSheet, link: str) -> None:
        """Join the group of a link that was written into a form."""

        def asked(_: object) -> None:
            form.done()
            self._host.say_so(self._say("app.group.asked_to_join"))

        self._client_model.ask(c.JoinGroup(link), asked, form.fail)

    def invitation(self, invitation: GroupInvitationView) -> None:
        """Let the person decide about a group that somebody added them to."""

        def accepted(_: object) -> None:
            self._client_model.open_when_listed(invitation.conversation_id.hex(), self._host.open_conversation)

        said = invitation_sentence(invitation, self._say, lambda text: label(text, TITLE_CELLS))
        acts = (
            Act(self._say("app.do.later"), bool),
            Act(self._say("app.do.accept"), lambda: self._client_model.ask(c.Accept(invitation.id), accepted)),
            Act(self._say("app.do.decline"), lambda: self._decline(invitation.id), grave=True),
        )
        note = self._asking(said, "app.group.invitation_note")
        self._host.put(Sheet(self._say("app.group.invitation"), note, acts))

    def request(self, request: JoinRequestView) -> None:
        """Let the person decide about somebody who wants to join a group."""
        title = self._client_model.title_of(request.conversation)
        said = join_sentence(request, self._say, title, lambda text: label(text, TITLE_CELLS))
        name = label(request.name, NAME_CELLS)

        def let_in(_: object) -> None:
            self._host.say_so(self._say("app.group.let_in", name=name))

        acts = (
            Act(self._say("app.do.later"), bool),
            Act(
                self._say("app.group.do.let_in"),
                lambda: self._client_model.ask(c.Accept(request.id, request.identity), let_in),
            ),
            Act(self._say("app.do.decline"), lambda: self._decline(request.id), grave=True),
        )
        note = self._asking(said, "app.group.join_request_note")
        self._host.put(Sheet(self._say("app.group.join_request"), note, acts))

    def _asking(self, said: str, note: str) -> Lines:
        return lambda width: [*paragraph(said, width), (), *paragraph(self._say(note), width, Ink.FAINT)]

    def _decline(self, id_of_request: str) -> None:
        self._client_model.ask(c.Decline(id_of_request))
