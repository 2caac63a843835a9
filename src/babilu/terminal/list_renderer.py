"""Lists for people: contacts, conversations, requests, threads, where the client stands, and the commands."""

import time
from collections.abc import Callable
from typing import Any

from babilu.api import commands as c
from babilu.api.views import (
    ArchiveStatusView,
    ContactLinkView,
    ContactView,
    ConversationSpaceView,
    ConversationView,
    FileView,
    FreedSpaceView,
    FreeingPlanView,
    InspectedFileView,
    LinkState,
    MessageInfoView,
    OwnDeviceView,
    RequestView,
    SpaceView,
    StatusView,
)
from babilu.export.model import ExportReport
from babilu.kernel.states import ConversationKind, Trust
from babilu.presentation.archive_words import status_words
from babilu.presentation.connections import connection_mark
from babilu.presentation.deletions import deletion_key
from babilu.presentation.durations import duration
from babilu.presentation.files import file_rule, without_message
from babilu.presentation.fingerprints import in_fives
from babilu.presentation.group_words import change_text, member_count
from babilu.presentation.invitations import MadeInvitation
from babilu.presentation.picture_details import inspected_words
from babilu.presentation.plain_text import one_line
from babilu.presentation.sizes import size_text
from babilu.presentation.strings import Strings
from babilu.presentation.voice_notes import clock_of_ms, voice_draft
from babilu.terminal.command_forms import FORMS
from babilu.terminal.local_time import clock_of, day_of
from babilu.terminal.output import Output
from babilu.terminal.qr_blocks import qr_blocks
from babilu.terminal.style import Style

LAST_LETTERS = 60
"""Letters of the newest message that the list of conversations shows."""


class ListRenderer:
    """Shows lists, a line for each row."""

    def __init__(self, output: Output, strings: Strings, style: Style) -> None:
        self._output = output
        self._say = strings
        self._style = style

    def show(self, action: object, rows: tuple[Any, ...], message: Callable[[Any], None]) -> None:
        """Show the answer to a command that asked for a list; ``message`` shows a message or what is like one."""
        if not rows:
            self._output.line(self._style.faint(f"{self._style.note} {self._say('nothing')}"))
        for row in rows:
            match action:
                case c.Search() | c.Pins() | c.Wordings() | c.Scheduled():
                    message(row)
                case c.Threads():
                    self._row(one_line(row))
                case _:
                    self._row(self._describe(row))

    def message_info(self, info: MessageInfoView, number: str) -> None:
        """Show how far a message has come, for each device."""
        message = info.message
        state = self._say(f"state.{message.state.value}") if message.state else self._say("received")
        self._row(f"{number} {message.id.hex()} {one_line(message.conversation)}: {state}")
        for device in info.devices:
            route = f" ({device.route.value})" if device.route else ""
            state = self._say(deletion_key(device) or f"state.{device.state.value}")
            self._row(f"  {one_line(device.device)}: {state}{route}")
        for file in message.files if message.outgoing else ():
            self._row(f"  {one_line(file.name)}: {self._say(f'file.{file.state.value}')}{self._until(file)}")
        lacking = without_message(info.devices)
        if message.outgoing and message.files and lacking:
            self._row(f"  {self._say('files.lacking', count=lacking)}")

    def _until(self, file: FileView) -> str:
        if file.kept_until is None:
            return ""
        return f" {self._say('file.until', until=f'{day_of(file.kept_until)} {clock_of(file.kept_until)}')}"

    def status(self, status: StatusView) -> None:
        """Show where this client stands."""
        relay = str(status.relay) if status.relay else "-"
        self._row(self._say("status.name", name=one_line(status.name)))
        self._row(self._say("status.relay", relay=relay, link=self._say(f"link.{status.link.value}")))
        if status.reached_at not in {None, status.relay}:
            self._row(self._say("status.reached_at", address=str(status.reached_at)))
        self._why_offline(status)
        self._row(self._say("status.queued", queued=status.queued))
        self._row(self._say("status.listening", address=str(status.listening) if status.listening else "-"))
        rule = file_rule(self._say, status.file_bytes, status.files_kept_ms)
        if rule:
            self._row(rule)
        self._row(self._say("status.own_digits", digits=in_fives(status.own_digits)))

    def room(self, answer: SpaceView | FreeingPlanView | FreedSpaceView) -> None:
        """Show what takes how much room, what would be deleted to make room, or what was."""
        match answer:
            case SpaceView(database, files, conversations):
                self._row(self._say("space.database", size=size_text(database, self._say.point)))
                self._row(self._say("space.files", size=size_text(files, self._say.point)))
                for each in conversations:
                    self._conversation_room(each)
            case FreeingPlanView(files=0):
                self._row(self._say("free.nothing"))
                self._kept(answer)
            case FreeingPlanView(files, octets, _, approval):
                self._row(self._say("free.plan", count=files, size=size_text(octets, self._say.point)))
                self._row(self._say("free.again"))
                if answer.own:
                    self._row(self._say("free.own", count=answer.own))
                self._kept(answer)
                self._row(self._say("free.how", approval=approval))
            case FreedSpaceView(files, octets):
                self._row(self._say("free.done", count=files, size=size_text(octets, self._say.point)))

    def _kept(self, plan: FreeingPlanView) -> None:
        if plan.kept:
            self._row(self._say("free.kept", count=plan.kept))

    def _conversation_room(self, room: ConversationSpaceView) -> None:
        parts = [
            self._say(f"space.{kind}", size=size_text(octets, self._say.point))
            for kind, octets in (("pictures", room.pictures), ("voice", room.voice), ("documents", room.files))
            if octets
        ]
        parts.append(self._say("space.messages", count=room.messages))
        self._row(f"{one_line(room.conversation)}: {', '.join(parts)}")

    def show_one(
        self,
        answer: MadeInvitation
        | ContactLinkView
        | SpaceView
        | FreeingPlanView
        | FreedSpaceView
        | ExportReport
        | ArchiveStatusView,
    ) -> None:
        """Show what is passed on to others, what there is to know about the disk and backups, or what was exported."""
        match answer:
            case ArchiveStatusView():
                self._backups(answer)
            case ExportReport():
                self.exported(answer)
            case MadeInvitation():
                self.invitation(answer)
            case ContactLinkView():
                self.contact_link(answer)
            case _:
                self.room(answer)

    def _backups(self, status: ArchiveStatusView) -> None:
        for words in status_words(self._say, status, round(time.time() * 1000), _moment):
            self._row(one_line(words))
        self._row(self._say("backup.how"))

    def exported(self, report: ExportReport) -> None:
        """Say what was written into plain files, and what was not."""
        self._row(one_line(self._say("export.done", count=report.messages, path=report.path)))
        for key, count in (("files", report.files), ("missing", report.missing), ("left_out", report.left_out)):
            if count:
                self._row(self._say(f"export.{key}", count=count))
        self._row(self._say("export.plain"))

    def invitation(self, made: MadeInvitation) -> None:
        """Show an invitation; its text stands alone in its line, to be copied."""
        until = f"{day_of(made.expires_at)} {clock_of(made.expires_at)}"
        self._row(self._say("invitation", number=made.number, count=made.uses, until=until))
        self._output.line(one_line(made.text))

    def contact_link(self, link: ContactLinkView) -> None:
        """Show the link by which others add oneself, alone in its line, and where there are colours as a code."""
        self._row(self._say("contact_link", name=one_line(link.name)))
        self._output.line(one_line(link.text))
        for line in self._style.code(qr_blocks(link.text)):
            self._output.line(line)

    def _why_offline(self, status: StatusView) -> None:
        """Say why the relay cannot be used, and what comes next."""
        if status.link is not LinkState.OFFLINE:
            return
        if status.link_code is not None:
            reason = one_line(self._say.problem(status.link_code, status.link_text, status.link_reason))
            self._row(self._say("status.why", reason=reason))
        if status.retry_in_ms is None:
            self._row(self._say("status.asked"))
        else:
            self._row(self._say("status.again", seconds=-(-status.retry_in_ms // 1000)))

    def help(self) -> None:
        """Show the commands."""
        rows = [("@name text", self._say("help.send"))]
        rows += [(form.usage(), self._say(f"help.{form.do}")) for form in FORMS if form.on_line]
        width = max(len(usage) for usage, _ in rows)
        for usage, text in rows:
            self._row(f"{self._style.strong(usage)}{' ' * (width - len(usage))}  {text}")

    def _describe(self, row: object) -> str:
        match row:
            case ContactView():
                return self._contact(row)
            case ConversationView():
                return self._conversation(row)
            case RequestView():
                return self._join(one_line(row.name), str(row.address), one_line(row.id))
            case OwnDeviceView():
                return self._device(row)
            case InspectedFileView():
                return inspected_words(self._say, row)
            case _:
                raise TypeError(type(row).__name__)

    def _device(self, row: OwnDeviceView) -> str:
        """Show one of the own devices: what it is called, its id, what it is, and when it last said something."""
        marks = [self._say("device.full" if row.full else "device.companion")]
        if row.own:
            marks.append(self._say("device.own"))
        elif row.last_seen is not None:
            seen = f"{day_of(row.last_seen)} {clock_of(row.last_seen)}"
            marks.append(self._say("device.seen", at=seen))
        return self._join(one_line(row.name) or self._say("device.unnamed"), row.device, *marks)

    def _conversation(self, row: ConversationView) -> str:
        mentions = f", @{row.mentions}" if row.mentions else ""
        unread = f" ({row.unread}{mentions})" if row.unread else ""
        given = {"kept": row.pinned, "unread": row.marked_unread, "muted": row.muted, "archived": row.archived}
        marks = [self._say(f"mark.{mark}") for mark, is_so in given.items() if is_so]
        if row.timer is not None:
            marks.append(duration(self._say, row.timer))
        if row.kind is ConversationKind.GROUP:
            marks = [one_line(row.title), self._standing(row), *marks]
        last = self._last(row)
        if row.draft:
            last = self._say("draft", text=one_line(row.draft[:LAST_LETTERS]))
        elif (voice := voice_draft(row)) is not None:
            last = self._say("draft", text=f"{self._say('voice.note')} {clock_of_ms(voice.duration)}")
        return f"{self._join(one_line(row.label) + unread, *marks)}: {last}"

    def _standing(self, row: ConversationView) -> str:
        """Say how many are in a group, or how oneself stands to it."""
        if row.role is None:
            return self._say("mark.out")
        return member_count(row.members, self._say) if row.accepted else self._say("mark.invited")

    def _last(self, row: ConversationView) -> str:
        last = row.last
        if last is None:
            return ""
        if last.deleted:
            return self._say("shown.deleted")
        if last.change is not None:
            return change_text(last.change, self._say, "")
        return one_line(last.text[:LAST_LETTERS])

    def _contact(self, contact: ContactView) -> str:
        marks = []
        if contact.trust is not Trust.FIRST_USE:
            marks.append(self._say(f"mark.{contact.trust.value}"))
        if contact.blocked:
            marks.append(self._say("mark.blocked"))
        if not contact.accepted:
            marks.append(self._say("mark.new"))
        if contact.connected:
            marks.append(connection_mark(self._say, contact))
        if contact.presence is not None:
            marks.append(self._say(f"mark.{contact.presence.value}"))
        return self._join(one_line(contact.name), *marks)

    def _join(self, *parts: str) -> str:
        return f" {self._style.note} ".join(parts)

    def _row(self, text: str) -> None:
        self._output.line(f"  {text}")


def _moment(at: int) -> str:
    return f"{day_of(at)} {clock_of(at)}"
