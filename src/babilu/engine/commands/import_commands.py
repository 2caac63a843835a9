"""Commands about what other programs have exported: who is who there, what is new, and having it taken over."""

import threading
import unicodedata
from collections.abc import Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from babilu.api import commands as ask_for
from babilu.api import views
from babilu.engine.commands.chat_import import ChatImport, ImportedChat, Somebody, count_new
from babilu.engine.commands.contacts import find_contact
from babilu.engine.conversation.effects import RunEffects
from babilu.engine.files.folder import FileFolder
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.threads import Worker, busy, settle
from babilu.foreign.container import Stopped
from babilu.foreign.mattermost import MattermostExport
from babilu.foreign.model import ForeignChat, ForeignExport, Survey
from babilu.foreign.whatsapp import WhatsAppExport
from babilu.kernel.errors import UsageError
from babilu.kernel.ids import imported_id
from babilu.kernel.states import ImportSource
from babilu.store.contact_records import ContactRecord
from babilu.store.unit_of_work import UnitOfWork


class ImportCommands:
    """Takes over what other programs have exported, one export after the other.

    Args:
        base: The profile and the ports.
        folder: The sealed files.
        run: Runs effects.
    """

    def __init__(self, base: ClientContext, folder: FileFolder, run: RunEffects) -> None:
        self._base = base
        self._folder = folder
        self._run = run
        self._worker = Worker("babilu-imports")
        self._stopping = threading.Event()

    def start(self) -> None:
        """Start the thread."""
        self._worker.start()

    def stop(self) -> None:
        """End what is under way, and the thread."""
        self._stopping.set()
        self._worker.stop()

    def do(self, command: ask_for.ImportChats, future: "Future[Any]") -> None:
        """Do a command in the thread for it.

        Raises:
            BabiluError: ``busy``, or the path is not whole.
        """
        if not Path(command.path).is_absolute():
            raise UsageError("The client needs the whole path of a file.")
        if not self._worker.post(lambda: settle(future, lambda: self._import(command))):
            raise busy()

    def _import(self, command: ask_for.ImportChats) -> views.ImportView:
        export = _opened(command, self._stopping.is_set)
        try:
            survey = export.survey()
            chats = self._plan(survey, command)
            if command.dry_run:
                count_new(self._base.database, export, chats)
            else:
                ChatImport(self._base, self._folder, self._run, self._stopping, export).take(survey, chats, command)
        finally:
            export.close()
        return _view(command, survey, chats)

    def _plan(self, survey: Survey, command: ask_for.ImportChats) -> dict[str, ImportedChat]:
        """Find out who is who, and which conversations are here already."""
        wrote = {name.casefold() for chat in survey.chats.values() for name in chat.people}
        mapped = {each.name.casefold(): each.contact for each in command.people}
        own = {name.casefold() for name in command.own}
        for name in (*(each.name for each in command.people), *command.own):
            if name.casefold() not in wrote:
                raise UsageError(f"Nobody wrote in the export under the name {name}.")
        with self._base.database.read() as unit:
            said = {name: find_contact(unit, contact) for name, contact in mapped.items()}
            known = {_like(each.name): each for each in unit.contacts.listed() if each.accepted}
            chats = {}
            for key, chat in survey.chats.items():
                people = self._people(chat, own, said, known)
                chats[key] = ImportedChat(chat, imported_id(command.source.value, key), people)
                _find(unit, chats[key], {*own, *said})
        return chats

    def _people(
        self, chat: ForeignChat, own: set[str], said: dict[str, ContactRecord], known: dict[str, ContactRecord]
    ) -> dict[str, Somebody]:
        """Tell who each person of a conversation is: as the user says, else by an equal name, else nobody known."""
        people = {}
        for name in chat.people:
            if name.casefold() in own:
                people[name] = Somebody(own=True)
            elif name.casefold() in said:
                people[name] = Somebody(said[name.casefold()])
            elif not own and _like(name) == _like(self._base.show.own_name):
                people[name] = Somebody(own=True)
            else:
                people[name] = Somebody(known.get(_like(name)))
        if not own and len(people) == 2 and chat.title in people and not any(each.own for each in people.values()):
            # With two people in it a conversation is called like the other one.
            me = next(name for name in people if name != chat.title)
            if people[me].contact is None:
                people[me] = Somebody(own=True)
        return people


def _opened(command: ask_for.ImportChats, stopped: Stopped) -> ForeignExport:
    path = Path(command.path)
    match command.source:
        case ImportSource.WHATSAPP:
            return WhatsAppExport(path, command.title, command.dates, stopped)
        case ImportSource.MATTERMOST:
            return MattermostExport(path, command.only, command.own, stopped)


def _find(unit: UnitOfWork, chat: ImportedChat, said: set[str]) -> None:
    """Take note of the conversation that an earlier import has made; who is who there holds until something is said."""
    record = unit.conversations.by_id(chat.id)
    if record is None:
        return
    chat.number, chat.label = record.conversation, record.label
    for person in unit.imports.people(record.conversation):
        if person.name in chat.people and person.name.casefold() not in said:
            contact = None if person.contact is None else unit.contacts.by_contact(person.contact)
            chat.people[person.name] = Somebody(contact, own=person.own)


def _like(name: str) -> str:
    """Return how a name is compared: whatever its case and form."""
    return unicodedata.normalize("NFKC", name).casefold()


def _view(command: ask_for.ImportChats, survey: Survey, chats: dict[str, ImportedChat]) -> views.ImportView:
    lost = tuple(views.ImportLossView(kind, count) for kind, count in sorted(survey.lost.items()) if count)
    return views.ImportView(command.source, command.dry_run, tuple(_chats(chats.values())), lost)


def _chats(chats: Iterable[ImportedChat]) -> Iterable[views.ImportedChatView]:
    for each in chats:
        chat = each.chat
        people = tuple(_person(name, count, each.people[name]) for name, count in chat.people.most_common())
        yield views.ImportedChatView(
            title=chat.title,
            conversation_id=each.id,
            conversation=each.label,
            messages=chat.messages,
            new=each.new,
            files=chat.files,
            first=chat.first or 0,
            last=chat.last or 0,
            people=people,
        )


def _person(name: str, count: int, somebody: Somebody) -> views.ImportedPersonView:
    contact = None if somebody.contact is None else somebody.contact.name
    return views.ImportedPersonView(name, count, contact, own=somebody.own)
