"""All that can be done, found by typing; the help page lists it with its keys."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from textual.screen import Screen

from babilu.api import commands as c
from babilu.api.views import NOTES_LABEL, ConversationView
from babilu.kernel.states import ConversationKind
from babilu.presentation.fuzzy import score
from babilu.terminal.app.app_services import AppServices
from babilu.terminal.app.chooser import Chooser, ChooserItem
from babilu.terminal.app.client_model import TerminalModel
from babilu.terminal.app.dialogs.dialog_set import DialogSet
from babilu.terminal.app.keys import KEYS, Where, shown
from babilu.terminal.app.pages import Act
from babilu.terminal.app.parts import paragraph
from babilu.terminal.app.sheets import Sheet, titled
from babilu.terminal.app.spans import Line, Span
from babilu.terminal.app.themes import OFFERED, Ink, TerminalLook
from babilu.terminal.app.ui_context import UiContext
from babilu.terminal.command_forms import FORMS

PLACES = (
    (Where.WRITING, "app.help.writing"),
    (Where.READING, "app.help.reading"),
    (Where.LIST, "app.help.list"),
    (Where.ANYWHERE, "app.help.anywhere"),
)


class Palette:
    """Offers everything.

    Args:
        screen: Whose keys it offers.
        host: Shows it.
        dialogs: What has no key.
        client_model: Which conversation it is about.
        ui_context: What it is shown with.
        is_selected: Tells whether a message is selected, with which more can be done.
    """

    def __init__(
        self,
        screen: Screen[None],
        host: AppServices,
        dialogs: DialogSet,
        client_model: TerminalModel,
        ui_context: UiContext,
        is_selected: Callable[[], bool],
    ) -> None:
        self._is_selected = is_selected
        self._screen = screen
        self._host = host
        self._dialogs = dialogs
        self._client_model = client_model
        self._say = ui_context.say

    def open(self) -> None:
        """Let the person find something to do."""
        self._host.put(Chooser(titled(self._say("app.key.palette")), self._find, self._say("app.nothing_found")))

    def show_help(self) -> None:
        """Show all keys and commands."""
        self._host.put(Sheet(titled(self._say("app.key.help")), self._help, (Act(self._say("app.do.close"), bool),)))

    def choose_look(self) -> None:
        """Let the person choose colours; each is shown while it has the cursor."""
        looks = [(self._say(f"app.look.{look.value}"), look) for look in OFFERED]

        def find(query: str) -> list[ChooserItem]:
            return [
                ChooserItem((Span(text),), (), lambda look=look: self._look(look))  # type: ignore[misc]  # bound now
                for text, look in looks
                if score(query, text) is not None
            ]

        self._host.put(Chooser(titled(self._say("app.do.look")), find, self._say("app.nothing_found")))

    def _look(self, look: TerminalLook) -> None:
        self._host.prefer(replace(self._host.preferences, look=look))

    def _find(self, query: str) -> list[ChooserItem]:
        scored = [(score(query, text), text, written, do) for text, written, do in self._offers()]
        fitting = [(points, text, written, do) for points, text, written, do in scored if points is not None]
        if query.strip():
            fitting.sort(key=lambda each: -each[0])
        return [ChooserItem((Span(titled(text)),), (Span(written, Ink.KEY),), do) for _, text, written, do in fitting]

    def _offers(self) -> Iterator[tuple[str, str, Callable[[], object]]]:
        for key in KEYS:
            if key.offered and (key.where is not Where.READING or self._is_selected()):
                yield self._say(key.text), shown(key.written, self._say), lambda key=key: self._press(key.action)  # type: ignore[misc]
        yield from self._about_contact()
        yield self._say("app.do.notes"), "", lambda: self._host.open_conversation(NOTES_LABEL)
        yield self._say("app.do.archived"), "", self._dialogs.rooms.archived
        yield self._say("app.group.do.join"), "", self._dialogs.groups.joining.join
        yield self._say("app.group.do.who_may_add"), "", self._dialogs.groups.who_may_add
        yield self._say("app.do.scheduled"), "", lambda: self._dialogs.scheduled.show(None)
        yield self._say("app.do.search_exactly"), "", lambda: self._dialogs.rooms.search(None)
        yield self._say("app.do.receipts"), "", lambda: self._dialogs.rooms.receipts(None)
        yield self._say("app.do.space"), "", self._dialogs.space.show
        yield self._say("app.do.backup"), "", self._dialogs.backups.show
        yield self._say("app.devices"), "", self._dialogs.own_devices.show
        yield self._say("app.do.export_all"), "", lambda: self._dialogs.exports.ask(None)
        yield self._say("app.do.call_address"), "", lambda: self._dialogs.ways.call("")
        if self._client_model.connection_status.listening is None:
            yield self._say("app.do.listen"), "", self._dialogs.ways.listen
        else:
            yield self._say("app.do.stop_listening"), "", lambda: self._client_model.ask(c.StopListening())
        yield self._say("app.do.look"), "", self.choose_look
        bell = self._host.preferences.bell
        change = replace(self._host.preferences, bell=not bell)
        yield self._say("app.do.bell_off" if bell else "app.do.bell_on"), "", lambda: self._host.prefer(change)
        yield self._say("app.do.own_picture"), "", self._dialogs.pictures.ask_own
        if self._client_model.connection_status.picture is not None:
            yield self._say("app.do.own_picture_off"), "", self._dialogs.pictures.take_own_away
        yield self._say("app.key.password"), "", self._dialogs.password

    def _about_contact(self) -> Iterator[tuple[str, str, Callable[[], object]]]:
        known = self._client_model.view(self._client_model.here)
        if known is None:
            return
        name, place, contact = known.label, known.id.hex(), known.contact
        people, ask = self._dialogs.people, self._client_model.ask
        if contact is not None:
            yield self._say("app.do.verify"), "", lambda: people.verify(name)
            if contact.connected:
                yield self._say("app.do.hang_up"), "", lambda: ask(c.HangUp(place))
            else:
                yield self._say("app.do.call"), "", lambda: self._dialogs.ways.call(name)
            yield self._say("app.do.rename"), "", lambda: self._dialogs.rooms.rename(contact)
            if contact.blocked:
                yield self._say("app.do.unblock"), "", lambda: ask(c.Unblock(place, contact.identity))
            else:
                yield self._say("app.do.block"), "", lambda: people.block(name)
        group = self._client_model.groups.of(name)
        if group is not None:
            yield from self._dialogs.groups.offers(group)
        yield from self._about_conversation(known)

    def _about_conversation(self, known: ConversationView) -> Iterator[tuple[str, str, Callable[[], object]]]:
        name, rooms, ask = known.id.hex(), self._dialogs.rooms, self._client_model.ask
        yield self._say("app.do.pins"), "", lambda: rooms.pins(name)
        yield self._say("app.do.media"), "", lambda: self._dialogs.media.show(name)
        if known.kind not in {ConversationKind.GROUP, ConversationKind.IMPORTED}:
            yield self._say("app.do.timer"), "", lambda: rooms.timer(name)
        yield self._say("app.do.date"), "", lambda: rooms.go_to_date(name)
        pinned = self._say("app.do.unpin" if known.pinned else "app.do.pin")
        yield pinned, "", lambda: ask(c.SetPinned(name, not known.pinned))
        if known.muted:
            yield self._say("app.do.unmute"), "", lambda: ask(c.SetMuted(name, muted=False))
        else:
            yield self._say("app.do.mute"), "", lambda: ask(c.SetMuted(name, muted=True))
            yield self._say("app.do.mute_until"), "", lambda: rooms.mute(name)
        archived = self._say("app.do.unarchive" if known.archived else "app.do.archive")
        yield archived, "", lambda: rooms.archive(known)
        unread = self._say("app.do.mark_read" if known.unread or known.marked_unread else "app.do.mark_unread")
        yield unread, "", lambda: rooms.mark_unread(known)
        yield self._say("app.do.export"), "", lambda: self._dialogs.exports.ask(known)
        if known.kind is not ConversationKind.IMPORTED:
            yield self._say("app.do.receipts_here"), "", lambda: rooms.receipts(name)
        yield self._say("app.do.clear_here"), "", lambda: rooms.clear(name)

    def _press(self, action: str) -> None:
        self._screen.call_later(self._screen.run_action, action)

    def _help(self, width: int) -> Sequence[Line]:
        written = {key: shown(key.written, self._say) for key in KEYS}
        up = self._say("app.keyname.up")
        column = max(map(len, written.values())) + 2
        lines: list[Line] = []
        for where, title in PLACES:
            lines.append((Span(self._say(title), Ink.STRONG),))
            for key in KEYS:
                if key.where is where:
                    first, *rest = paragraph(self._say(key.text, up=up), max(8, width - column - 2))
                    lines.append((Span(f"  {written[key]:<{column}}", Ink.KEY), *first))
                    lines.extend((Span(" " * (column + 2)), *line) for line in rest)
            lines.append(())
        lines.append((Span(self._say("app.help.commands"), Ink.STRONG),))
        lines.extend(paragraph(self._say("app.help.commands_note"), width, Ink.FAINT))
        usages = [(self._say("app.send_usage"), self._say("help.send"))]
        usages += [(form.usage(), self._say(f"help.{form.do}")) for form in FORMS if form.on_line]
        for usage, text in usages:
            lines.extend((Span("  "), *line) for line in paragraph(usage, max(8, width - 2), Ink.KEY))
            lines.extend((Span("    "), *line) for line in paragraph(text, max(8, width - 4)))
        return lines
